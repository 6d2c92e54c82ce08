//! A key and its certificates as one file behind a password: a PFX as RFC 7292 has it, which Windows, .NET and Java read.
//!
//! Guarantee: certificates and key are encrypted (PBES2 with AES-256), the whole is authenticated, and nothing of it opens
//! without the password. Knows bytes; knows nothing of profiles, files or terminals.

use std::num::NonZeroU32;

use aes::Aes256;
use cbc::Encryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use ring::digest::{self, SHA256};
use ring::{hmac, pbkdf2};
use yasna::models::ObjectIdentifier;
use yasna::{Tag, construct_der};
use zeroize::Zeroizing;

use crate::failure::Outcome;
use crate::surroundings::Entropy;

/// How often a guess at the password is hashed, for each of the certificates, the key and the MAC. It is about as slow as
/// readers put up with: .NET refuses more than 300,000 for one of the three, and 1,000,000 for all together.
const ROUNDS: NonZeroU32 = NonZeroU32::new(200_000).unwrap();
/// Characters of the shortest password: whoever finds the file may try as many as they like.
pub(crate) const PASSWORD_MIN: usize = 12;
/// Characters of the longest password, which is more than anybody types.
pub(crate) const PASSWORD_MAX: usize = 128;
/// Bytes of a salt; more make no difference.
const SALT: usize = 16;

// What the parts of the file are called.
const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const ENCRYPTED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 6];
const SHROUDED_KEY_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
const LOCAL_KEY_ID: &[u64] = &[1, 2, 840, 113_549, 1, 9, 21];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
const PBKDF2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 12];
const HMAC_SHA256: &[u64] = &[1, 2, 840, 113_549, 2, 9];
const AES256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];
const SHA256_NAME: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
/// The DER of nothing, which algorithms have where others have parameters.
const NULL: &[u8] = &[5, 0];

/// What goes into the file.
pub(crate) struct Identity<'a> {
    /// What people see it called where it is installed.
    pub(crate) name: &'a str,
    /// The key, PKCS #8.
    pub(crate) key: &'a [u8],
    /// Its certificate.
    pub(crate) certificate: &'a [u8],
    /// The certificates above it.
    pub(crate) authorities: Vec<&'a [u8]>,
}

/// A password that every reader takes for the same bytes: printable ASCII. Of other characters each system has an
/// encoding of its own.
pub(crate) struct Password(Zeroizing<String>);

impl Password {
    /// The password, if it is one.
    pub(crate) fn new(text: Zeroizing<String>) -> Option<Self> {
        let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        (printable && (PASSWORD_MIN..=PASSWORD_MAX).contains(&text.len())).then_some(Self(text))
    }

    /// In two bytes a character, with its end marked, as the key of the MAC wants it.
    fn wide(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.bytes().chain([0]).flat_map(|byte| [0, byte]).collect())
    }
}

/// The file.
pub(crate) fn file(identity: &Identity<'_>, password: &Password, entropy: &dyn Entropy) -> Outcome<Vec<u8>> {
    let own = Attributes { name: identity.name, key_id: digest::digest(&SHA256, identity.certificate) };
    let mut certificates = certificate_bag(identity.certificate, &own.set());
    certificates.extend(identity.authorities.iter().flat_map(|authority| certificate_bag(authority, &[])));
    let certificates = seal(&sequence(&[&certificates]), password, entropy)?;
    let key = seal(identity.key, password, entropy)?;
    let key = bag(SHROUDED_KEY_BAG, &sequence(&[&key.algorithm, &octets(&key.bytes)]), &own.set());
    let content = sequence(&[&encrypted_data(&certificates), &data(&sequence(&[&key]))]);
    let mac = mac(&content, password, entropy)?;
    Ok(sequence(&[&number(3), &data(&content), &mac]))
}

/// What ties a certificate to its key, and what both are called.
struct Attributes<'a> {
    name: &'a str,
    key_id: digest::Digest,
}

impl Attributes<'_> {
    fn set(&self) -> Vec<u8> {
        let name = construct_der(|writer| writer.write_bmp_string(self.name));
        let attribute = |kind, value: &[u8]| sequence(&[&object(kind), &set(&[value])]);
        set(&[&attribute(FRIENDLY_NAME, &name), &attribute(LOCAL_KEY_ID, &octets(self.key_id.as_ref()))])
    }
}

fn certificate_bag(certificate: &[u8], attributes: &[u8]) -> Vec<u8> {
    bag(CERTIFICATE_BAG, &sequence(&[&object(X509_CERTIFICATE), &tagged(&octets(certificate))]), attributes)
}

fn bag(kind: &[u64], value: &[u8], attributes: &[u8]) -> Vec<u8> {
    sequence(&[&object(kind), &tagged(value), attributes])
}

fn data(content: &[u8]) -> Vec<u8> {
    sequence(&[&object(DATA), &tagged(&octets(content))])
}

fn encrypted_data(sealed: &Sealed) -> Vec<u8> {
    let bytes = construct_der(|writer| {
        writer.write_tagged_implicit(Tag::context(0), |writer| writer.write_bytes(&sealed.bytes));
    });
    let content = sequence(&[&object(DATA), &sealed.algorithm, &bytes]);
    sequence(&[&object(ENCRYPTED_DATA), &tagged(&sequence(&[&number(0), &content]))])
}

/// Something encrypted, and how.
struct Sealed {
    algorithm: Vec<u8>,
    bytes: Vec<u8>,
}

/// Encrypts under the password: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
fn seal(plain: &[u8], password: &Password, entropy: &dyn Entropy) -> Outcome<Sealed> {
    let (mut salt, mut start) = ([0; SALT], [0; 16]);
    entropy.fill(&mut salt)?;
    entropy.fill(&mut start)?;
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &salt, password.0.as_bytes(), &mut *key);
    let bytes = Encryptor::<Aes256>::new((&*key).into(), &start.into()).encrypt_padded_vec::<Pkcs7>(plain);
    let derivation = sequence(&[&octets(&salt), &number(ROUNDS.get()), &sequence(&[&object(HMAC_SHA256), NULL])]);
    let derivation = sequence(&[&object(PBKDF2), &derivation]);
    let encryption = sequence(&[&object(AES256_CBC), &octets(&start)]);
    Ok(Sealed { algorithm: sequence(&[&object(PBES2), &sequence(&[&derivation, &encryption])]), bytes })
}

/// The MAC of the content, which tells a reader whether the password is right and nothing was changed.
fn mac(content: &[u8], password: &Password, entropy: &dyn Entropy) -> Outcome<Vec<u8>> {
    let mut salt = [0; SALT];
    entropy.fill(&mut salt)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, mac_key(password, &salt, ROUNDS.get()).as_ref());
    let tag = hmac::sign(&key, content);
    let digest = sequence(&[&sequence(&[&object(SHA256_NAME), NULL]), &octets(tag.as_ref())]);
    Ok(sequence(&[&digest, &octets(&salt), &number(ROUNDS.get())]))
}

/// The key of the MAC after RFC 7292, appendix B. SHA-256 gives as many bytes as the key has, so the first round of that
/// construction is all of it.
fn mac_key(password: &Password, salt: &[u8], rounds: u32) -> digest::Digest {
    const PURPOSE: [u8; 64] = [3; 64];
    let mut first = digest::Context::new(&SHA256);
    first.update(&PURPOSE);
    first.update(&in_blocks(salt));
    first.update(&in_blocks(&password.wide()));
    (1..rounds).fold(first.finish(), |hash, _| digest::digest(&SHA256, hash.as_ref()))
}

/// The bytes, over and over, up to a whole number of the hash's blocks.
fn in_blocks(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = bytes.len().next_multiple_of(64);
    Zeroizing::new(bytes.iter().copied().cycle().take(length).collect())
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    construct_der(|writer| writer.write_sequence(|writer| parts.iter().for_each(|part| writer.next().write_der(part))))
}

fn set(parts: &[&[u8]]) -> Vec<u8> {
    construct_der(|writer| writer.write_set_of(|writer| parts.iter().for_each(|part| writer.next().write_der(part))))
}

fn tagged(content: &[u8]) -> Vec<u8> {
    construct_der(|writer| writer.write_tagged(Tag::context(0), |writer| writer.write_der(content)))
}

fn object(name: &[u64]) -> Vec<u8> {
    construct_der(|writer| writer.write_oid(&ObjectIdentifier::from_slice(name)))
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    construct_der(|writer| writer.write_bytes(bytes))
}

fn number(number: u32) -> Vec<u8> {
    construct_der(|writer| writer.write_u32(number))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use data_encoding::HEXLOWER;

    use super::*;
    use crate::surroundings::tests::FakeEntropy;

    fn password(text: &str) -> Option<Password> {
        Password::new(Zeroizing::new(text.to_owned()))
    }

    /// What `openssl kdf … PKCS12KDF` makes of the same.
    #[test]
    fn the_key_of_the_mac_is_what_others_derive() {
        let salt: Vec<u8> = (0..16).collect();
        let long = "0123456789".repeat(5);
        for (text, salt, rounds, key) in [
            ("correct horse battery", &salt[..], 1, "46306054a9893f0c9450d3f4b99a28cb54ee6cacc7a3944affe5afa75f51807f"),
            ("correct horse battery", &salt, 2, "e889b83d4a33ba48f508157c14b0f099e4dacf726b755d40fde2a6fbd6905a4f"),
            (
                "correct horse battery",
                &salt,
                ROUNDS.get(),
                "55d34405ddf0477e8fe2686ddef19eb2f25ce176b9a59ee6dc3f3eb7f7a8a00c",
            ),
            (&long, &[15], 1000, "886fee9b0cb8e597f186dbc6f92c9df6704f05daeda5a69670fb871d480282df"),
        ] {
            let derived = mac_key(&password(text).unwrap(), salt, rounds);
            assert_eq!(HEXLOWER.encode(derived.as_ref()), key, "{text} {rounds}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_the_same_bytes_everywhere() {
        for good in ["a long password", "0123456789ab", "~!@#$%^&*()_+", &"x".repeat(PASSWORD_MAX)] {
            assert!(password(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "0123456789a",
            "パスワードパスワード",
            "with an ä inside",
            "with\ta tab in it",
            &"x".repeat(PASSWORD_MAX + 1),
        ] {
            assert!(password(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn neither_the_key_nor_the_password_stands_in_the_file_and_no_file_is_like_another() {
        let identity =
            Identity { name: "hanako", key: &[7; 64], certificate: b"certificate", authorities: vec![b"authority"] };
        let password = password("a long password").unwrap();
        let entropy = FakeEntropy(Cell::new(0));
        let files = [(); 2].map(|()| file(&identity, &password, &entropy).unwrap());
        assert_ne!(files[0], files[1]);
        for secret in [&[7; 16][..], b"a long password", &password.wide(), b"authority"] {
            assert!(files.iter().all(|file| !file.windows(secret.len()).any(|part| part == secret)));
        }
    }
}
