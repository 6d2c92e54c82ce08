//! What opens an encrypted file: how it is asked for, and in which forms it comes. The reader asks while it reads, so that
//! a wrong key can be followed by another without the file being sent again.

use std::fmt;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
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

/// What a lock closes. An archive may have one, and what is in it another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// An archive; no key file opens it.
    Archive,
    /// The secrets in a file, or in this member of an archive.
    Secrets(Option<String>),
}

/// A lock and what was tried on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What it closes.
    pub closed: Closed,
    /// What opens it.
    pub opens: Opens,
    /// What the file calls its key, without control characters.
    pub name: Option<String>,
    /// Whether what was given before did not open it.
    pub was_wrong: bool,
}

impl Lock {
    /// That of an archive.
    pub(crate) fn of_archive() -> Self {
        Self { closed: Closed::Archive, opens: Opens::Passphrase, name: None, was_wrong: false }
    }

    /// Whether such a secret may open it. A key may be the one that was made from a passphrase.
    pub fn takes(&self, secret: &Secret) -> bool {
        match (secret, self.opens, &self.closed) {
            (Secret::Passphrase(_), Opens::Passphrase, _) | (Secret::KeyFile(_), _, Closed::Secrets(_)) => true,
            (Secret::Passphrase(_), Opens::Key, _) | (Secret::KeyFile(_), _, Closed::Archive) => false,
        }
    }

    /// Why it stayed shut.
    fn refusal(&self, misfit: Option<Misfit>) -> Rejection {
        let why = match (misfit, self.opens) {
            (Some(Misfit::Wrong), _) => return self.closed.stayed_shut(),
            (Some(Misfit::Length { found, wanted }), _) => {
                Rejection::from(Reason::FileKeyLength).with("found", found.to_string()).with("wanted", one_of(wanted))
            }
            (Some(Misfit::OtherKind) | None, Opens::Key) => Rejection::from(Reason::FileKeyNeeded),
            (Some(Misfit::OtherKind) | None, Opens::Passphrase) => Reason::FilePassphraseNeeded.into(),
        };
        why.with("what", self.closed.word())
    }
}

impl Closed {
    /// That what was given does not open it.
    pub(crate) fn stayed_shut(&self) -> Rejection {
        Rejection::from(Reason::FileKeyWrong).with("what", self.word())
    }

    /// The word for people.
    fn word(&self) -> Arg {
        let (en, ja) = match self {
            Self::Archive => ("the archive".to_owned(), "圧縮ファイル".to_owned()),
            Self::Secrets(None) => ("this file".to_owned(), "このファイル".to_owned()),
            Self::Secrets(Some(name)) => (format!("{name} in the archive"), format!("圧縮ファイルの中の {name} ")),
        };
        Arg::Word { en, ja }
    }
}

/// Lengths as people say them.
fn one_of(lengths: &[usize]) -> Arg {
    let lengths: Vec<_> = lengths.iter().map(usize::to_string).collect();
    Arg::Word { en: lengths.join(" or "), ja: lengths.join("または") }
}

/// Why a secret does not open a lock. Of several, the last of these says most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Misfit {
    /// A key where a passphrase is needed, or the reverse.
    OtherKind,
    /// A key of so many bytes where its cipher takes others.
    Length { found: usize, wanted: &'static [usize] },
    /// It was tried.
    Wrong,
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

/// Most secrets that are tried on a lock.
const MAX_TRIES: usize = 5;

/// Opens the locks of a file with what it is given, and knows which file that is.
pub(crate) struct Opener<'a> {
    unlock: Box<dyn Unlock + 'a>,
    member: Option<String>,
}

impl<'a> Opener<'a> {
    pub(crate) fn new(unlock: Box<dyn Unlock + 'a>) -> Self {
        Self { unlock, member: None }
    }

    /// The same for a member of an archive.
    pub(crate) fn in_member(self, name: &str) -> Self {
        Self { member: Some(name.to_owned()), ..self }
    }

    /// The lock of the secrets in the file.
    pub(crate) fn lock_of_secrets(&self, opens: Opens, name: Option<String>) -> Lock {
        Lock { closed: Closed::Secrets(self.member.clone()), opens, name, was_wrong: false }
    }

    /// Asks for secrets until one opens the lock. An error of `try_on` refuses the file.
    pub(crate) fn open<T>(
        &mut self,
        mut lock: Lock,
        mut try_on: impl FnMut(&Secret) -> Result<Result<T, Misfit>, Rejection>,
    ) -> Result<T, Rejection> {
        let mut told = None;
        for _ in 0..MAX_TRIES {
            let Some(secret) = self.unlock.secret_for(&lock) else { break };
            match try_on(&secret)? {
                Ok(opened) => return Ok(opened),
                Err(misfit) => told = told.max(Some(misfit)),
            }
            lock.was_wrong = true;
        }
        Err(lock.refusal(told))
    }
}
