//! Randomness that is none: numbers that count up, the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use tokenfleet_domain::ports::{Entropy, NoEntropy};

/// Gives every question the next number, as its last bytes: what is drawn later sorts later.
#[derive(Debug, Default)]
pub(crate) struct TestEntropy(AtomicU64);

impl Entropy for TestEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        out.fill(0);
        out.iter_mut().rev().zip(number.iter().rev()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
