//! What opens an encrypted file, on its way from the caller to the reader: given beforehand, or asked for while the upload
//! is held back.
//!
//! Guarantee: a key or a passphrase is kept as long as its file is read, in memory that is wiped, and stands in nothing
//! that is remembered, recorded or logged.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Lock, Secret, Unlock};
use tokio::sync::{mpsc, watch};

/// Secrets on their way at most: those that were given beforehand, and an answer.
const ON_THEIR_WAY: usize = 8;

/// Times a caller is asked for what opens one lock.
const ASKED_MAX: usize = 5;

/// The network's end.
pub struct SecretsEnd {
    secrets: mpsc::Sender<Option<Secret>>,
    /// How often the caller was asked for the lock that is waited for; 0 where none is.
    asked: watch::Receiver<usize>,
}

/// The reader's end.
pub struct Secrets {
    coming: mpsc::Receiver<Option<Secret>>,
    can_be_asked: bool,
    told: watch::Sender<usize>,
}

/// The two ends; `can_be_asked` says whether the caller answers when a secret is wanted.
pub fn secrets(can_be_asked: bool) -> (SecretsEnd, Secrets) {
    let (sender, coming) = mpsc::channel(ON_THEIR_WAY);
    let (told, asked) = watch::channel(0);
    (SecretsEnd { secrets: sender, asked }, Secrets { coming, can_be_asked, told })
}

impl SecretsEnd {
    /// Passes on a secret, or that there is none; false where nobody asked for so many.
    pub fn give(&self, secret: Option<Secret>) -> bool {
        // A reader that has gone wants no more, which is no fault of the caller's.
        self.secrets.try_send(secret).is_ok() || self.secrets.is_closed()
    }

    /// How often the caller was asked for what is waited for; 0 where nothing is.
    pub fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    /// Waits until that changes.
    pub async fn changes(&mut self) {
        if self.asked.changed().await.is_err() {
            // The reader has ended: it never changes again.
            future::pending::<()>().await;
        }
    }
}

/// Whether the caller went away when asked.
#[derive(Clone, Default)]
pub(super) struct Gone(Arc<AtomicBool>);

impl Gone {
    /// Why a file was refused: one whose caller has gone is not wrong for that.
    pub(super) fn or(&self, no: Rejection) -> Rejection {
        if self.0.load(Ordering::Relaxed) { Reason::ImportAborted.into() } else { no }
    }
}

/// Tries what was given, then asks.
pub(super) struct Keys<A> {
    secrets: Secrets,
    given: Vec<Secret>,
    /// The first of those given that was not tried on this lock yet.
    untried: usize,
    asked: usize,
    ask: A,
    gone: Gone,
}

impl<A: FnMut(&Lock) -> bool> Keys<A> {
    /// `ask` tells the caller what is wanted, and answers false when the caller has gone.
    pub(super) fn new(secrets: Secrets, ask: A) -> Self {
        Self { secrets, given: Vec::new(), untried: 0, asked: 0, ask, gone: Gone::default() }
    }

    /// Says later whether the caller went away when asked.
    pub(super) fn gone(&self) -> Gone {
        self.gone.clone()
    }

    fn given_for(&mut self, lock: &Lock) -> Option<Secret> {
        while let Ok(secret) = self.secrets.coming.try_recv() {
            self.given.extend(secret);
        }
        let at = self.untried + self.given[self.untried..].iter().position(|secret| lock.takes(secret))?;
        self.untried = at + 1;
        Some(self.given[at].clone())
    }

    /// Blocks this thread until the caller has answered.
    fn asked_for(&mut self, lock: &Lock) -> Option<Secret> {
        if !self.secrets.can_be_asked || self.asked == ASKED_MAX {
            return None;
        }
        self.asked += 1;
        self.secrets.told.send_replace(self.asked);
        let heard = (self.ask)(lock);
        let answer = if heard { self.secrets.coming.blocking_recv() } else { None };
        self.secrets.told.send_replace(0);
        let Some(answer) = answer else {
            self.gone.0.store(true, Ordering::Relaxed);
            return None;
        };
        let secret = answer.filter(|secret| lock.takes(secret))?;
        self.given.push(secret.clone());
        self.untried = self.given.len();
        Some(secret)
    }
}

impl<A: FnMut(&Lock) -> bool> Unlock for Keys<A> {
    fn secret_for(&mut self, lock: &Lock) -> Option<Secret> {
        if !lock.was_wrong {
            self.untried = 0;
            self.asked = 0;
        }
        self.given_for(lock).or_else(|| self.asked_for(lock))
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use tokenfleet_seedfile::{Closed, Opens};

    fn key(text: &str) -> Secret {
        Secret::KeyFile(Zeroizing::new(text.into()))
    }

    fn phrase(text: &str) -> Secret {
        Secret::Passphrase(Zeroizing::new(text.to_owned()))
    }

    fn shown(secret: Option<Secret>) -> Option<String> {
        secret.map(|secret| match secret {
            Secret::KeyFile(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Secret::Passphrase(text) => text.to_string(),
        })
    }

    fn lock(opens: Opens, was_wrong: bool) -> Lock {
        Lock { closed: Closed::Secrets(None), opens, name: None, was_wrong }
    }

    #[test]
    fn what_was_given_is_tried_in_its_order_and_on_every_lock() {
        let (end, secrets) = secrets(false);
        for secret in [key("k1"), phrase("p"), key("k2")] {
            assert!(end.give(Some(secret)));
        }
        let mut keys = Keys::new(secrets, |_: &Lock| panic!("nobody is to be asked"));
        for _ in 0..2 {
            assert_eq!(shown(keys.secret_for(&lock(Opens::Key, false))).as_deref(), Some("k1"));
            assert_eq!(shown(keys.secret_for(&lock(Opens::Key, true))).as_deref(), Some("k2"));
            assert_eq!(shown(keys.secret_for(&lock(Opens::Key, true))), None);
            assert_eq!(shown(keys.secret_for(&lock(Opens::Passphrase, false))).as_deref(), Some("k1"));
            assert_eq!(shown(keys.secret_for(&lock(Opens::Passphrase, true))).as_deref(), Some("p"));
        }
    }

    #[test]
    fn an_archive_is_never_tried_with_a_key() {
        let (end, secrets) = secrets(false);
        for secret in [key("k"), phrase("p")] {
            assert!(end.give(Some(secret)));
        }
        let mut keys = Keys::new(secrets, |_: &Lock| panic!("nobody is to be asked"));
        let archive = |was_wrong| Lock { closed: Closed::Archive, ..lock(Opens::Passphrase, was_wrong) };
        assert_eq!(shown(keys.secret_for(&archive(false))).as_deref(), Some("p"));
        assert_eq!(shown(keys.secret_for(&archive(true))), None);
    }

    #[test]
    fn somebody_is_asked_five_times_and_an_answer_opens_later_locks_too() {
        let (end, secrets) = secrets(true);
        let mut keys = Keys::new(secrets, move |lock: &Lock| end.give(Some(phrase(&format!("{}", lock.was_wrong)))));
        let mut wrong = |was_wrong| shown(keys.secret_for(&lock(Opens::Passphrase, was_wrong)));
        assert_eq!(wrong(false).as_deref(), Some("false"));
        assert_eq!([(); 5].map(|()| wrong(true).is_some()), [true, true, true, true, false]);
        assert_eq!(wrong(false).as_deref(), Some("false"), "the first answer, on another lock");
    }

    #[test]
    fn nothing_more_to_try_is_an_answer_and_going_away_is_another_matter() {
        let (end, coming) = secrets(true);
        let mut keys = Keys::new(coming, move |_: &Lock| end.give(None));
        assert!(keys.secret_for(&lock(Opens::Key, false)).is_none());
        assert_eq!(keys.gone().or(Reason::FileKeyNeeded.into()).reason, Reason::FileKeyNeeded);

        let (end, coming) = secrets(true);
        let mut keys = Keys::new(coming, |_: &Lock| true);
        drop(end);
        assert!(keys.secret_for(&lock(Opens::Key, false)).is_none());
        assert_eq!(keys.gone().or(Reason::FileKeyNeeded.into()).reason, Reason::ImportAborted);
    }

    #[test]
    fn so_many_secrets_that_nobody_asked_for_are_refused() {
        let (end, secrets) = secrets(true);
        assert_eq!((0..9).filter(|_| end.give(Some(key("k")))).count(), ON_THEIR_WAY);
        drop(secrets);
        assert!(end.give(Some(key("k"))), "the reader has ended");
    }
}
