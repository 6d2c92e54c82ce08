//! Encrypted values. Guarantee: a value is decrypted only where its integrity code fits, so that the code decides which
//! key is right; a code that doesn't fit and a padding that is wrong are one and the same answer.

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;

use crate::crypt::cipher::{self, Cipher};
use crate::crypt::derive::{Derivation, Prf, is_pbkdf2, not_pbkdf2};
use crate::crypt::key::{key_candidates, unfit_length};
use crate::crypt::mac::{self, Mac};
use crate::evidence::Protection;
use crate::pskc::header::{EncryptionKey, Header, MacKey, MacMethod};
use crate::pskc::misplaced;
use crate::pskc::raw::{Encrypted, Value};
use crate::secret::{SecretEncoding, decode};
use crate::unlock::{Misfit, Opener, Opens, Secret};

/// The keys of a file, once they were proven by its first encrypted value.
pub(super) struct Vault<'a> {
    opener: Opener<'a>,
    keys: Option<Keys>,
    protection: Option<Protection>,
}

struct Keys {
    encryption: Zeroizing<Vec<u8>>,
    mac: Option<Zeroizing<Vec<u8>>>,
}

/// Keys that open a value, and the value.
type Proven = (Keys, Zeroizing<Vec<u8>>);

/// A value with all that is needed to open it but the key.
struct Sealed {
    cipher: Cipher,
    data: Zeroizing<Vec<u8>>,
    mac: Option<(Mac, Zeroizing<Vec<u8>>, SealedMacKey)>,
}

/// Where the key of integrity codes comes from.
enum SealedMacKey {
    Same,
    Encrypted(Cipher, Zeroizing<Vec<u8>>),
}

impl<'a> Vault<'a> {
    pub(super) fn new(opener: Opener<'a>) -> Self {
        Self { opener, keys: None, protection: None }
    }

    /// Whether its key was found.
    pub(super) fn is_open(&self) -> bool {
        self.keys.is_some()
    }

    /// What is to be told of it.
    pub(super) fn protection(&self) -> Option<Protection> {
        self.protection.clone()
    }

    /// Opens a value. The outer error refuses the file, the inner one is that of its key alone.
    pub(super) fn open(
        &mut self,
        value: &Value,
        encrypted: &Encrypted,
        header: &Header,
    ) -> Result<Result<Zeroizing<Vec<u8>>, Rejection>, Rejection> {
        let uri = encrypted.algorithm.as_deref();
        let uri = uri.ok_or_else(|| misplaced("EncryptionMethod", encrypted.line))?;
        if cipher::is_to_public_key(uri) || header.key.as_ref().is_some_and(|key| key.is_for_private_key) {
            return Ok(Err(for_private_key()));
        }
        let Some(sealed) = Sealed::new(uri, value, encrypted, header)? else {
            return Ok(Err(Reason::SecretTampered.into()));
        };
        if let Some(keys) = &self.keys {
            return Ok(sealed.open_with(keys).ok_or_else(|| Reason::SecretTampered.into()));
        }
        self.find_key(&sealed, header.key.as_ref()).map(Ok)
    }

    /// Asks for keys until one opens the value.
    fn find_key(&mut self, sealed: &Sealed, key: Option<&EncryptionKey>) -> Result<Zeroizing<Vec<u8>>, Rejection> {
        let derivation = derivation(key, sealed.cipher)?;
        let opens = if derivation.is_some() { Opens::Passphrase } else { Opens::Key };
        self.protection = Some(Protection {
            cipher: sealed.cipher.name(),
            opens,
            mac: sealed.mac.as_ref().map(|(mac, ..)| mac.name()),
            iterations: derivation.as_ref().map(Derivation::iterations),
        });
        let lock = self.opener.lock_of_secrets(opens, key.and_then(|key| key.name.clone()));
        let (keys, plain) = self.opener.open(lock, |secret| Ok(sealed.try_secret(secret, derivation.as_ref())))?;
        self.keys = Some(keys);
        Ok(plain)
    }
}

impl Sealed {
    /// An error where a file is encrypted in a way that is not read; None where this value is no Base64.
    fn new(uri: &str, value: &Value, encrypted: &Encrypted, header: &Header) -> Result<Option<Self>, Rejection> {
        let cipher = Cipher::from_uri(uri).ok_or_else(|| cipher::refusal(uri))?;
        let Some(text) = &encrypted.cipher_value else {
            return Err(misplaced("CipherValue", encrypted.line));
        };
        let mac = match (&header.mac, &value.mac) {
            (Some(method), Some(tag)) => Some((method, tag)),
            (_, _) if cipher.is_authenticated() => None,
            (_, _) => return Err(Reason::FileMacMissing.into()),
        };
        let mac = match mac {
            Some((method, tag)) => {
                let mac = Mac::from_uri(&method.algorithm).ok_or_else(|| mac::refusal(&method.algorithm))?;
                let key = SealedMacKey::new(method)?;
                let Some(tag) = bytes_of(tag) else { return Ok(None) };
                Some((mac, tag, key))
            }
            None => None,
        };
        Ok(bytes_of(text).map(|data| Self { cipher, data, mac }))
    }

    /// Tries a secret on this value. A key file for a file with a passphrase may be the key made from it.
    fn try_secret(&self, secret: &Secret, derivation: Option<&Derivation>) -> Result<Proven, Misfit> {
        match (secret, derivation) {
            (Secret::Passphrase(words), Some(derivation)) => {
                self.try_key(derivation.derive(words)).ok_or(Misfit::Wrong)
            }
            (Secret::Passphrase(_), None) => Err(Misfit::OtherKind),
            (Secret::KeyFile(file), _) => {
                let wanted = self.cipher.key_lengths();
                let opened = key_candidates(file, wanted).find_map(|key| self.try_key(key));
                opened.ok_or_else(|| match (derivation, unfit_length(file, wanted)) {
                    (Some(_), _) => Misfit::OtherKind,
                    (None, Some(found)) => Misfit::Length { found, wanted },
                    (None, None) => Misfit::Wrong,
                })
            }
        }
    }

    /// Tries a key that was not proven yet, on this value.
    fn try_key(&self, encryption: Zeroizing<Vec<u8>>) -> Option<Proven> {
        let mac = match &self.mac {
            Some((_, _, SealedMacKey::Encrypted(cipher, data))) => Some(cipher.decrypt(&encryption, data)?),
            Some((_, _, SealedMacKey::Same)) => Some(encryption.clone()),
            None => None,
        };
        let keys = Keys { encryption, mac };
        let plain = self.open_with(&keys)?;
        Some((keys, plain))
    }

    /// The integrity code comes first.
    fn open_with(&self, keys: &Keys) -> Option<Zeroizing<Vec<u8>>> {
        let fits = match (&self.mac, &keys.mac) {
            (Some((mac, tag, _)), Some(key)) => mac.verify(key, &self.data, tag),
            (Some(_), None) => false,
            (None, _) => self.cipher.is_authenticated(),
        };
        if fits { self.cipher.decrypt(&keys.encryption, &self.data) } else { None }
    }
}

impl SealedMacKey {
    fn new(method: &MacMethod) -> Result<Self, Rejection> {
        match &method.key {
            MacKey::Same => Ok(Self::Same),
            MacKey::Elsewhere => Err(misplaced("MACKey", method.line)),
            MacKey::Encrypted(encrypted) => {
                let is_missing = || misplaced("MACKey", encrypted.line);
                let uri = encrypted.algorithm.as_deref().ok_or_else(is_missing)?;
                let cipher = Cipher::from_uri(uri).ok_or_else(|| cipher::refusal(uri))?;
                let text = encrypted.cipher_value.as_ref().ok_or_else(is_missing)?;
                let data = bytes_of(text).ok_or_else(is_missing)?;
                Ok(Self::Encrypted(cipher, data))
            }
        }
    }
}

/// How the key is made from a passphrase; None where it was agreed on as it is.
fn derivation(key: Option<&EncryptionKey>, cipher: Cipher) -> Result<Option<Derivation>, Rejection> {
    let Some(said) = key.and_then(|key| key.derivation.as_ref()) else { return Ok(None) };
    if !is_pbkdf2(&said.algorithm) {
        return Err(not_pbkdf2());
    }
    let prf = Prf::from_uri(said.prf.as_deref())?;
    Derivation::new(said.salt.clone(), said.iterations, said.key_length, prf, cipher).map(Some)
}

fn bytes_of(base64: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = decode(base64, SecretEncoding::Base64).ok()?;
    Some(Zeroizing::new(bytes.expose().to_vec()))
}

fn for_private_key() -> Rejection {
    let rule = Arg::Word {
        en: "it is encrypted to a certificate, whose private key only its owner has".to_owned(),
        ja: "証明書の公開鍵で暗号化されており，その持ち主しか開けません".to_owned(),
    };
    Rejection::from(Reason::KeyNoSecret).with("rule", rule)
}
