//! Integrity codes, which show that an encrypted value was not changed and that its key is the right one.

use hmac::{Hmac, KeyInit, Mac as _};
use ring::hmac as of_ring;
use sha2::Sha224;
use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::crypt::names;

/// An integrity code that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mac {
    HmacSha1,
    HmacSha224,
    HmacSha256,
    HmacSha384,
    HmacSha512,
}

impl Mac {
    /// The code of a URI, if it is one that is checked.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(match names::algorithm(uri)?.as_str() {
            "hmac-sha1" => Self::HmacSha1,
            "hmac-sha224" => Self::HmacSha224,
            "hmac-sha256" => Self::HmacSha256,
            "hmac-sha384" => Self::HmacSha384,
            "hmac-sha512" => Self::HmacSha512,
            _ => return None,
        })
    }

    /// The word for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha224 => "HMAC-SHA224",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha384 => "HMAC-SHA384",
            Self::HmacSha512 => "HMAC-SHA512",
        }
    }

    /// Whether a tag is that of the data, whole, compared in constant time.
    pub(crate) fn verify(self, key: &[u8], data: &[u8], tag: &[u8]) -> bool {
        let with_ring = |algorithm| of_ring::verify(&of_ring::Key::new(algorithm, key), data, tag).is_ok();
        match self {
            Self::HmacSha1 => with_ring(of_ring::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Self::HmacSha224 => {
                Hmac::<Sha224>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(data).verify_slice(tag).is_ok())
            }
            Self::HmacSha256 => with_ring(of_ring::HMAC_SHA256),
            Self::HmacSha384 => with_ring(of_ring::HMAC_SHA384),
            Self::HmacSha512 => with_ring(of_ring::HMAC_SHA512),
        }
    }
}

/// The refusal of a URI that names no code that is checked.
pub(crate) fn refusal(uri: &str) -> Rejection {
    Rejection::from(Reason::FileMacUnknown).with("name", names::word(known(uri)))
}

fn known(uri: &str) -> Option<&'static str> {
    Some(match names::algorithm(uri)?.as_str() {
        "hmac-md5" => "HMAC-MD5",
        "hmac-ripemd160" => "HMAC-RIPEMD160",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::hex;

    /// RFC 2202 and RFC 4231: what case 2 and case 6 come to.
    const FIGURES: [(Mac, &str, &str); 5] = [
        (Mac::HmacSha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        (
            Mac::HmacSha224,
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
        ),
        (
            Mac::HmacSha256,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            Mac::HmacSha384,
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
             8e2240ca5e69e2c78b3239ecfab21649",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6\
             0c2ef6ab4030fe8296248df163f44952",
        ),
        (
            Mac::HmacSha512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ];

    fn long_key(mac: Mac) -> Vec<u8> {
        vec![0xaa; if mac == Mac::HmacSha1 { 80 } else { 131 }]
    }

    #[test]
    fn codes_are_those_of_the_published_vectors() {
        for (mac, short, long) in FIGURES {
            assert!(mac.verify(b"Jefe", b"what do ya want for nothing?", &hex(short)), "{}", mac.name());
            let data = b"Test Using Larger Than Block-Size Key - Hash Key First";
            assert!(mac.verify(&long_key(mac), data, &hex(long)), "{}", mac.name());
        }
    }

    #[test]
    fn a_code_that_is_changed_cut_off_or_missing_does_not_pass() {
        for (mac, tag, _) in FIGURES {
            let verify = |tag: &[u8]| mac.verify(b"Jefe", b"what do ya want for nothing?", tag);
            let tag = hex(tag);
            for at in 0..tag.len() * 8 {
                let mut changed = tag.clone();
                changed[at / 8] ^= 1 << (at % 8);
                assert!(!verify(&changed), "{} bit {at}", mac.name());
            }
            assert!(!verify(&tag[1..]) && !verify(&tag[..tag.len() - 1]) && !verify(b""), "{}", mac.name());
            assert!(!verify(&[&tag[..], b"\0"].concat()), "{}", mac.name());
            assert!(!mac.verify(b"jefe", b"what do ya want for nothing?", &tag), "{}", mac.name());
        }
    }

    #[test]
    fn codes_are_known_by_their_uris_and_others_refused_by_name() {
        let more = "http://www.w3.org/2001/04/xmldsig-more#";
        assert_eq!(Mac::from_uri("http://www.w3.org/2000/09/xmldsig#hmac-sha1"), Some(Mac::HmacSha1));
        assert_eq!(Mac::from_uri(&format!("{more}hmac-sha224")), Some(Mac::HmacSha224));
        assert_eq!(Mac::from_uri(&format!("{more}hmac-sha512")), Some(Mac::HmacSha512));
        let md5 = format!("{more}hmac-md5");
        assert_eq!(Mac::from_uri(&md5), None);
        assert_eq!(refusal(&md5), Rejection::from(Reason::FileMacUnknown).with("name", "HMAC-MD5"));
        assert!(!format!("{:?}", refusal("urn:a-secret-text")).contains("secret-text"));
    }
}
