//! Keys made from passphrases: PBKDF2 as PKCS #5 has it. The file says how much work that is, so its limit stands here.

use std::num::NonZeroU32;

use ring::pbkdf2;
use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;

use crate::crypt::cipher::Cipher;
use crate::crypt::names;

/// Most rounds. With the slowest hash and the longest key they take nine tenths of a second on a core of 2020.
const MAX_ITERATIONS: u32 = 1_000_000;

/// What PBKDF2 hashes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prf {
    HmacSha1,
    HmacSha256,
    HmacSha384,
    HmacSha512,
}

impl Prf {
    /// The hash of a URI. Where the file names none, it is HMAC-SHA1, as PKCS #5 says.
    pub(crate) fn from_uri(uri: Option<&str>) -> Result<Self, Rejection> {
        let Some(uri) = uri.filter(|uri| !uri.trim_ascii().is_empty()) else { return Ok(Self::HmacSha1) };
        match names::algorithm(uri).as_deref() {
            Some("hmac-sha1") => Ok(Self::HmacSha1),
            Some("hmac-sha256") => Ok(Self::HmacSha256),
            Some("hmac-sha384") => Ok(Self::HmacSha384),
            Some("hmac-sha512") => Ok(Self::HmacSha512),
            Some(_) | None => Err(refusal(
                "it hashes with something other than HMAC-SHA1, SHA256, SHA384 or SHA512",
                "ハッシュが HMAC-SHA1，SHA256，SHA384，SHA512 のいずれでもありません",
            )),
        }
    }

    fn of_ring(self) -> pbkdf2::Algorithm {
        match self {
            Self::HmacSha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::HmacSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::HmacSha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::HmacSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// Whether a URI names PBKDF2.
pub(crate) fn is_pbkdf2(uri: &str) -> bool {
    names::algorithm(uri).is_some_and(|name| name == "pbkdf2")
}

/// How a key is made from a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Derivation {
    salt: Vec<u8>,
    iterations: NonZeroU32,
    key_length: usize,
    prf: Prf,
}

impl Derivation {
    /// What a file says of it, if it says all and asks for no more work than there may be. Nothing is computed yet.
    pub(crate) fn new(
        salt: Option<Vec<u8>>,
        iterations: Option<u64>,
        key_length: Option<u64>,
        prf: Prf,
        cipher: Cipher,
    ) -> Result<Self, Rejection> {
        let salt = salt.filter(|salt| !salt.is_empty());
        let (Some(salt), Some(iterations), Some(key_length)) = (salt, iterations, key_length) else {
            return Err(refusal(
                "salt, iteration count or key length is missing",
                "ソルト，反復回数，鍵長のいずれかがありません",
            ));
        };
        let iterations = u32::try_from(iterations).ok().filter(|count| *count <= MAX_ITERATIONS);
        let iterations = iterations.and_then(NonZeroU32::new).ok_or_else(|| {
            refusal(
                &format!("its iteration count is not from 1 to {MAX_ITERATIONS}"),
                &format!("反復回数が1から{MAX_ITERATIONS}の範囲にありません"),
            )
        })?;
        let fits = |length: &usize| cipher.key_lengths().contains(length);
        let key_length = usize::try_from(key_length)
            .ok()
            .filter(fits)
            .ok_or_else(|| refusal("its key length is not that of the cipher", "鍵長が暗号方式に合いません"))?;
        Ok(Self { salt, iterations, key_length, prf })
    }

    /// The rounds that it takes.
    pub(crate) fn iterations(&self) -> u32 {
        self.iterations.get()
    }

    /// The key.
    pub(crate) fn derive(&self, passphrase: &str) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; self.key_length]);
        pbkdf2::derive(self.prf.of_ring(), self.iterations, &self.salt, passphrase.as_bytes(), &mut key);
        key
    }
}

/// The refusal of a derivation other than PBKDF2.
pub(crate) fn not_pbkdf2() -> Rejection {
    refusal("it is not PBKDF2", "PBKDF2 ではありません")
}

fn refusal(en: &str, ja: &str) -> Rejection {
    Rejection::from(Reason::FileDerivation).with("rule", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::hex;

    fn key(passphrase: &str, salt: &[u8], iterations: u64, prf: Prf, cipher: Cipher) -> Vec<u8> {
        let length = cipher.key_lengths()[0] as u64;
        let derivation = Derivation::new(Some(salt.to_vec()), Some(iterations), Some(length), prf, cipher);
        derivation.unwrap().derive(passphrase).to_vec()
    }

    #[test]
    fn keys_are_those_of_the_published_vectors() {
        // RFC 6070, of the shorter figures the beginning.
        let sha1 = |count| key("password", b"salt", count, Prf::HmacSha1, Cipher::Aes128Cbc);
        assert_eq!(sha1(1), hex("0c60c80f961f0e71f3a9b524af601206"));
        assert_eq!(sha1(2), hex("ea6c014dc72d6f8ccd1ed92ace1d41f0"));
        assert_eq!(sha1(4096), hex("4b007901b765489abead49d926f721d0"));
        let salt = b"saltSALTsaltSALTsaltSALTsaltSALTsalt";
        let long = key("passwordPASSWORDpassword", salt, 4096, Prf::HmacSha1, Cipher::Aes192Cbc);
        assert_eq!(long, hex("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f070"));
        // The same with SHA-2, as the independent implementation of Python has it.
        let sha2 = |prf| key("password", b"salt", 4096, prf, Cipher::Aes256Cbc);
        assert_eq!(sha2(Prf::HmacSha256), hex("c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"));
        assert_eq!(sha2(Prf::HmacSha384), hex("559726be38db125bc85ed7895f6e3cf574c7a01c080c3447db1e8a76764deb3c"));
        assert_eq!(sha2(Prf::HmacSha512), hex("d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"));
    }

    #[test]
    fn what_is_missing_or_too_much_is_refused_before_anything_is_computed() {
        let make = |salt: &[u8], iterations, length| {
            Derivation::new(Some(salt.to_vec()), iterations, length, Prf::HmacSha1, Cipher::TripleDesCbc)
        };
        let most = u64::from(MAX_ITERATIONS);
        assert!(make(b"salt", Some(1), Some(16)).is_ok());
        assert_eq!(make(b"salt", Some(most), Some(24)).unwrap().iterations(), MAX_ITERATIONS);
        for (what, refused) in [
            ("no salt", Derivation::new(None, Some(1), Some(16), Prf::HmacSha1, Cipher::TripleDesCbc)),
            ("empty salt", make(b"", Some(1), Some(16))),
            ("no count", make(b"salt", None, Some(16))),
            ("no length", make(b"salt", Some(1), None)),
            ("no rounds", make(b"salt", Some(0), Some(16))),
            ("too many rounds", make(b"salt", Some(most + 1), Some(16))),
            ("2^31 rounds", make(b"salt", Some(1 << 31), Some(16))),
            ("2^32 + 1 rounds", make(b"salt", Some((1 << 32) + 1), Some(16))),
            ("another length", make(b"salt", Some(1), Some(32))),
            ("a vast length", make(b"salt", Some(1), Some(u64::MAX))),
        ] {
            assert_eq!(refused.unwrap_err().reason, Reason::FileDerivation, "{what}");
        }
    }

    #[test]
    fn the_hash_is_sha1_unless_the_file_names_another() {
        let more = "http://www.w3.org/2001/04/xmldsig-more#";
        assert_eq!(Prf::from_uri(None).unwrap(), Prf::HmacSha1);
        assert_eq!(Prf::from_uri(Some(" ")).unwrap(), Prf::HmacSha1);
        assert_eq!(Prf::from_uri(Some(&format!("{more}hmac-sha512"))).unwrap(), Prf::HmacSha512);
        assert_eq!(Prf::from_uri(Some(&format!("{more}hmac-md5"))).unwrap_err().reason, Reason::FileDerivation);
        assert!(is_pbkdf2("http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"));
        assert!(is_pbkdf2("http://www.w3.org/2009/xmlenc11#pbkdf2"));
        assert!(!is_pbkdf2("http://www.w3.org/2009/xmlenc11#ConcatKDF"));
        assert_eq!(not_pbkdf2().reason, Reason::FileDerivation);
    }
}
