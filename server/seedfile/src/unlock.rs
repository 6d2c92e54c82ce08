//! What opens an encrypted file: how it is asked for, and in which forms it comes. The reader asks while it reads, so that
//! a wrong key can be followed by another without the file being sent again.

use std::fmt;

use zeroize::Zeroizing;

/// What opens a file, as somebody gives it.
#[derive(Clone)]
pub enum Secret {
    /// The bytes of a key file: hex, or raw, with or without a line end. Integrity codes decide which.
    KeyFile(Zeroizing<Vec<u8>>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

/// Never shows what it holds.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyFile(_) => "KeyFile",
            Self::Passphrase(_) => "Passphrase",
        })
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// A key that was agreed on before.
    Key,
    /// A passphrase.
    Passphrase,
}

/// A lock and what was tried on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What opens it.
    pub opens: Opens,
    /// What the file calls its key, without control characters.
    pub name: Option<String>,
    /// Whether what was given before did not open it.
    pub was_wrong: bool,
}

/// Gives keys and passphrases.
pub trait Unlock {
    /// Answers for a lock; None where there is nothing (more) to try.
    fn secret_for(&mut self, lock: &Lock) -> Option<Secret>;
}

/// Has none.
pub struct NoSecret;

impl Unlock for NoSecret {
    fn secret_for(&mut self, _lock: &Lock) -> Option<Secret> {
        None
    }
}

/// One secret, tried once.
impl Unlock for Option<Secret> {
    fn secret_for(&mut self, _lock: &Lock) -> Option<Secret> {
        self.take()
    }
}
