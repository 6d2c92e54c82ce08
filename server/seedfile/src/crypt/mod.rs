//! The cryptography of encrypted seed files, as RFC 6030 and XML Encryption name it: ciphers, integrity codes, keys made
//! from passphrases, and the forms in which keys are handed over.
//!
//! Guarantee: whatever is wrong with an encrypted value (its length, its padding, its key), the answer is one and the
//! same, no key or plain text outlives its use, and no file can ask for more than about a second of computing. Knows
//! bytes and names; knows nothing of XML, of packages or of whom to ask for a key.

pub(crate) mod cipher;
pub(crate) mod derive;
pub(crate) mod key;
pub(crate) mod mac;
mod names;
mod wrap;

#[cfg(test)]
fn hex(digits: &str) -> Vec<u8> {
    use crate::secret::{SecretEncoding, decode};
    decode(digits, SecretEncoding::Hex).map(|bytes| bytes.expose().to_vec()).unwrap_or_default()
}
