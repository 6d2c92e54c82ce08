//! The secret inside a token. It can be used, never shown: no `Debug`, no `Clone`, no comparison.

use ring::{digest, hmac};
use zeroize::Zeroizing;

/// A token's shared secret, wiped when dropped.
pub struct Seed(Zeroizing<Vec<u8>>);

impl Seed {
    /// Takes over the bytes of a secret; an empty secret is none.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true; here because `len` is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes themselves: for sealing and for computing codes, nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The key check value: the first six hex digits of a SHA-256, so that two systems can compare what they hold.
    pub fn check_value(&self) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"tokenfleet-kcv-v1");
        hash.update(&self.0);
        let hash = hash.finish();
        let [a, b, c] = [0, 1, 2].map(|at| hash.as_ref()[at]);
        format!("{a:02x}{b:02x}{c:02x}")
    }

    /// A keyed fingerprint: equal seeds have equal fingerprints, and without the key it tells nothing.
    pub fn fingerprint(&self, key: &hmac::Key) -> [u8; 32] {
        let mut print = [0; 32];
        print.copy_from_slice(hmac::sign(key, &self.0).as_ref());
        print
    }
}
