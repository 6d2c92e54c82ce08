//! The ciphers that secrets are encrypted with. CBC shows no change by itself: whoever decrypts such a value has checked
//! its integrity code first.

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Iso10126;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::{TdesEde2, TdesEde3};
use ring::aead::{self, LessSafeKey, UnboundKey};
use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::crypt::names;
use crate::crypt::wrap::{unwrap_aes, unwrap_triple_des};

/// A cipher that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128Cbc,
    Aes192Cbc,
    Aes256Cbc,
    TripleDesCbc,
    Aes128Gcm,
    Aes256Gcm,
    KwAes128,
    KwAes192,
    KwAes256,
    KwTripleDes,
}

impl Cipher {
    /// The cipher of a URI, if it is one that is read. Of AES key wrap both kinds go by either name: what is wrapped says
    /// itself whether it is padded, and writers pad under the plain name where a seed needs it.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(match names::algorithm(uri)?.as_str() {
            "aes128-cbc" => Self::Aes128Cbc,
            "aes192-cbc" => Self::Aes192Cbc,
            "aes256-cbc" => Self::Aes256Cbc,
            "tripledes-cbc" => Self::TripleDesCbc,
            "aes128-gcm" => Self::Aes128Gcm,
            "aes256-gcm" => Self::Aes256Gcm,
            "kw-aes128" | "kw-aes-128-pad" => Self::KwAes128,
            "kw-aes192" | "kw-aes-192-pad" => Self::KwAes192,
            "kw-aes256" | "kw-aes-256-pad" => Self::KwAes256,
            "kw-tripledes" => Self::KwTripleDes,
            _ => return None,
        })
    }

    /// The word for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::TripleDesCbc => "3DES-CBC",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes256Gcm => "AES-256-GCM",
            Self::KwAes128 => "AES-128 key wrap",
            Self::KwAes192 => "AES-192 key wrap",
            Self::KwAes256 => "AES-256 key wrap",
            Self::KwTripleDes => "3DES key wrap",
        }
    }

    /// Bytes that its key may have.
    pub(crate) fn key_lengths(self) -> &'static [usize] {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm | Self::KwAes128 => &[16],
            Self::Aes192Cbc | Self::KwAes192 => &[24],
            Self::Aes256Cbc | Self::Aes256Gcm | Self::KwAes256 => &[32],
            // Two keys of DES, the first used twice, or three.
            Self::TripleDesCbc | Self::KwTripleDes => &[16, 24],
        }
    }

    /// Whether it shows by itself that nothing was changed; else a value needs an integrity code.
    pub(crate) fn is_authenticated(self) -> bool {
        match self {
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc | Self::TripleDesCbc => false,
            Self::Aes128Gcm
            | Self::Aes256Gcm
            | Self::KwAes128
            | Self::KwAes192
            | Self::KwAes256
            | Self::KwTripleDes => true,
        }
    }

    /// The plain text; None for anything that is wrong, and nothing says what.
    pub(crate) fn decrypt(self, key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if !self.key_lengths().contains(&key.len()) {
            return None;
        }
        match self {
            Self::Aes128Cbc => cbc::<Decryptor<Aes128>, 16>(key, data),
            Self::Aes192Cbc => cbc::<Decryptor<Aes192>, 16>(key, data),
            Self::Aes256Cbc => cbc::<Decryptor<Aes256>, 16>(key, data),
            Self::TripleDesCbc if key.len() == 16 => cbc::<Decryptor<TdesEde2>, 8>(key, data),
            Self::TripleDesCbc => cbc::<Decryptor<TdesEde3>, 8>(key, data),
            Self::Aes128Gcm => gcm(&aead::AES_128_GCM, key, data),
            Self::Aes256Gcm => gcm(&aead::AES_256_GCM, key, data),
            Self::KwAes128 => unwrap_aes::<Aes128>(key, data),
            Self::KwAes192 => unwrap_aes::<Aes192>(key, data),
            Self::KwAes256 => unwrap_aes::<Aes256>(key, data),
            Self::KwTripleDes if key.len() == 16 => unwrap_triple_des::<TdesEde2>(key, data),
            Self::KwTripleDes => unwrap_triple_des::<TdesEde3>(key, data),
        }
    }
}

/// The initialization vector, one block, stands in front. Of the padding only its last byte, which counts it, is agreed
/// on; PKCS #7 is one way to fill the rest.
fn cbc<D: BlockModeDecrypt + KeyIvInit, const BLOCK: usize>(key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (start, blocks) = data.split_at_checked(BLOCK)?;
    let mut plain = Zeroizing::new(blocks.to_vec());
    let length = D::new_from_slices(key, start).ok()?.decrypt_padded::<Iso10126>(&mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

/// The nonce of 12 bytes stands in front, the tag of 16 behind.
fn gcm(algorithm: &'static aead::Algorithm, key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = data.split_at_checked(aead::NONCE_LEN)?;
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = key.open_in_place(nonce, aead::Aad::empty(), &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

/// Whether a URI names an encryption to somebody's public key, which nothing that was agreed on before opens.
pub(crate) fn is_to_public_key(uri: &str) -> bool {
    names::algorithm(uri).is_some_and(|name| name.starts_with("rsa"))
}

/// The refusal of a URI that names no cipher that is read.
pub(crate) fn refusal(uri: &str) -> Rejection {
    Rejection::from(Reason::FileCipher).with("name", names::word(known(uri)))
}

fn known(uri: &str) -> Option<&'static str> {
    Some(match names::algorithm(uri)?.as_str() {
        "aes192-gcm" => "AES-192-GCM",
        "arcfour" => "RC4",
        "camellia128-cbc" => "Camellia-128-CBC",
        "camellia192-cbc" => "Camellia-192-CBC",
        "camellia256-cbc" => "Camellia-256-CBC",
        "kw-camellia128" => "Camellia-128 key wrap",
        "kw-camellia192" => "Camellia-192 key wrap",
        "kw-camellia256" => "Camellia-256 key wrap",
        "seed128-cbc" => "SEED-128-CBC",
        "kw-seed128" => "SEED-128 key wrap",
        "rsa-1_5" | "rsa_1_5" => "RSA 1.5",
        "rsa-oaep-mgf1p" | "rsa-oaep" => "RSA-OAEP",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::hex;

    /// NIST SP 800-38A: the plain text of all its figures, and where they start from.
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
        30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    const START: &str = "000102030405060708090a0b0c0d0e0f";
    /// Each cipher with a key and a value of it: the published figures, with a block of padding behind those of CBC.
    const FIGURES: [(Cipher, &str, &str, &str); 7] = [
        (
            Cipher::Aes128Cbc,
            "2b7e151628aed2a6abf7158809cf4f3c",
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e22229516\
             3ff1caa1681fac09120eca307586e1a78cb82807230e1321d3fae00d18cc2012",
            START,
        ),
        (
            Cipher::Aes192Cbc,
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e0\
             08b0e27988598881d920a9e64f5615cd612ccd79224b350935d45dd6a98f8176",
            START,
        ),
        (
            Cipher::Aes256Cbc,
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461\
             b2eb05e2c39be9fcda6c19078c6a9d1b3f461796d6b0d6b2e0c2a72b4d80e644",
            START,
        ),
        (
            Cipher::TripleDesCbc,
            "0123456789abcdef23456789abcdef01456789abcdef0123",
            "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da733830d1a78387028",
            "f69f2445df4f9b17",
        ),
        (
            Cipher::TripleDesCbc,
            "0123456789abcdef23456789abcdef01",
            "7401ce1eab6d003caff84bf47b36cc2154f0238f9ffecd8f6acf118392b45581dcb0d2607c9dd8a3",
            "f69f2445df4f9b17",
        ),
        (
            Cipher::Aes128Gcm,
            "feffe9928665731c6d6a8f9467308308",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05\
             1ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4",
            "cafebabefacedbaddecaf888",
        ),
        (
            Cipher::Aes256Gcm,
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
             c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c",
            "cafebabefacedbaddecaf888",
        ),
    ];
    const GCM_PLAIN: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";

    #[test]
    fn values_decrypt_as_published() {
        for (cipher, key, data, start) in FIGURES {
            let data = [hex(start), hex(data)].concat();
            let expected = hex(if cipher.is_authenticated() { GCM_PLAIN } else { PLAIN });
            let whole = &expected[..if cipher == Cipher::TripleDesCbc { 32 } else { 64 }];
            assert_eq!(*cipher.decrypt(&hex(key), &data).unwrap(), whole, "{}", cipher.name());
        }
    }

    #[test]
    fn of_padding_only_the_last_byte_counts() {
        use cbc::cipher::{BlockModeEncrypt, block_padding::NoPadding};
        let (key, start) = ([7; 16], [9; 16]);
        let seal = |plain: &[u8]| {
            let sealed =
                cbc::Encryptor::<Aes128>::new(&key.into(), &start.into()).encrypt_padded_vec::<NoPadding>(plain);
            [&start[..], &sealed].concat()
        };
        let padded = |last: u8| [&b"twelve bytes"[..], &[0xa5, 0xc3, 0x01, last]].concat();
        for (last, expected) in [
            (4, Some(&b"twelve bytes"[..])),
            (1, Some(b"twelve bytes\xa5\xc3\x01")),
            (16, Some(b"")),
            (0, None),
            (17, None),
            (255, None),
        ] {
            let plain = Cipher::Aes128Cbc.decrypt(&key, &seal(&padded(last)));
            assert_eq!(plain.as_ref().map(|plain| plain.as_slice()), expected, "{last}");
        }
    }

    #[test]
    fn nothing_that_is_cut_off_or_has_another_key_panics_or_decrypts() {
        for (cipher, key, data, start) in FIGURES {
            let data = [hex(start), hex(data)].concat();
            let block = if cipher == Cipher::TripleDesCbc { 8 } else { 16 };
            for length in 0..data.len() {
                let is_cut_inside = cipher.is_authenticated() || length % block != 0 || length <= block;
                let plain = cipher.decrypt(&hex(key), &data[..length]);
                assert!(plain.is_none() || !is_cut_inside, "{} at {length}", cipher.name());
            }
            for length in [0, 8, 15, 17, 64] {
                assert!(cipher.decrypt(&vec![1; length], &data).is_none(), "{} with {length}", cipher.name());
            }
        }
    }

    #[test]
    fn a_changed_bit_of_an_authenticated_value_is_seen() {
        for (cipher, key, data, start) in FIGURES.into_iter().filter(|figure| figure.0.is_authenticated()) {
            let data = [hex(start), hex(data)].concat();
            for at in 0..data.len() * 8 {
                let mut changed = data.clone();
                changed[at / 8] ^= 1 << (at % 8);
                assert!(cipher.decrypt(&hex(key), &changed).is_none(), "{} bit {at}", cipher.name());
            }
        }
    }

    #[test]
    fn ciphers_are_known_by_their_uris() {
        let encryption = "http://www.w3.org/2001/04/xmlenc#";
        for (name, expected) in [
            ("aes128-cbc", Some(Cipher::Aes128Cbc)),
            ("aes192-cbc", Some(Cipher::Aes192Cbc)),
            ("aes256-cbc", Some(Cipher::Aes256Cbc)),
            ("tripledes-cbc", Some(Cipher::TripleDesCbc)),
            ("kw-aes128", Some(Cipher::KwAes128)),
            ("kw-aes192", Some(Cipher::KwAes192)),
            ("kw-aes256", Some(Cipher::KwAes256)),
            ("kw-tripledes", Some(Cipher::KwTripleDes)),
            ("aes512-cbc", None),
            ("rsa-1_5", None),
        ] {
            assert_eq!(Cipher::from_uri(&format!("{encryption}{name}")), expected, "{name}");
        }
        let newer = "http://www.w3.org/2009/xmlenc11#";
        assert_eq!(Cipher::from_uri(&format!("{newer}aes128-gcm")), Some(Cipher::Aes128Gcm));
        assert_eq!(Cipher::from_uri(&format!("{newer}aes256-gcm")), Some(Cipher::Aes256Gcm));
        assert_eq!(Cipher::from_uri(&format!("{newer}kw-aes-192-pad")), Some(Cipher::KwAes192));
        assert_eq!(Cipher::from_uri("aes128-cbc"), None);
    }

    #[test]
    fn a_cipher_that_is_not_read_is_refused_by_its_name_if_that_is_known() {
        let more = "http://www.w3.org/2001/04/xmldsig-more#";
        let camellia = refusal(&format!("{more}camellia256-cbc"));
        assert_eq!(camellia, Rejection::from(Reason::FileCipher).with("name", "Camellia-256-CBC"));
        let unknown = refusal("http://example.org/#a-secret-text");
        assert!(!format!("{unknown:?}").contains("secret-text"));
        assert!(is_to_public_key("http://www.w3.org/2001/04/xmlenc#rsa_1_5"));
        assert!(is_to_public_key("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"));
        assert!(!is_to_public_key("http://www.w3.org/2001/04/xmlenc#aes128-cbc"));
    }
}
