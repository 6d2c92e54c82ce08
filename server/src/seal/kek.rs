//! The key-encryption key: 32 random bytes in a file of its own, kept apart from the database and its backups.

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest;
use tokenfleet_domain::ports::{Entropy, NoEntropy};
use zeroize::Zeroizing;

use super::SealError;

const LEN: usize = 32;

/// Wraps and unwraps the keys of the keyring.
pub struct Kek(Zeroizing<[u8; LEN]>);

impl Kek {
    /// Draws a new key.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut key = Zeroizing::new([0; LEN]);
        entropy.fill(key.as_mut())?;
        Ok(Self(key))
    }

    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let bytes = Zeroizing::new(HEX.decode(text.trim().as_bytes()).map_err(|_| SealError::KeyFile)?);
        let mut key = Zeroizing::new([0; LEN]);
        if bytes.len() != LEN {
            return Err(SealError::KeyFile);
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }

    /// The text of a key file; for writing it once, at `init`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(HEX.encode(self.0.as_ref()));
        text.push('\n');
        text
    }

    /// A name for the key that tells nothing about it.
    pub fn id(&self) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"tokenfleet-kek-id-v1");
        hash.update(self.0.as_ref());
        data_encoding::HEXLOWER.encode(&hash.finish().as_ref()[..8])
    }

    /// Encrypts `key` for the place `aad`: nonce, ciphertext and tag.
    pub fn wrap(&self, aad: &[u8], key: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let mut sealed = Zeroizing::new(key.to_vec());
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *sealed)
            .map_err(|_| SealError::KeyMissing)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what `wrap` made for the same place.
    pub fn unwrap(&self, aad: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(SealError::WrongKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::WrongKey)?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let length =
            self.cipher()?.open_in_place(nonce, Aad::from(aad), &mut bytes).map_err(|_| SealError::WrongKey)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        UnboundKey::new(&AES_256_GCM, self.0.as_ref()).map(LessSafeKey::new).map_err(|_| SealError::KeyFile)
    }
}
