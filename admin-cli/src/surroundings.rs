//! What a command takes from the world around it: the time, randomness, and whether somebody sits at the terminal.
//!
//! The one place that names the system's clock and its source of randomness; everything else gets them as arguments.

use std::io::{self, IsTerminal};

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::Complaint;

/// Tells the time.
pub(crate) trait Clock {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;
}

/// Gives random bytes.
pub(crate) trait Entropy {
    /// Fills the whole slice.
    fn fill(&self, out: &mut [u8]) -> Outcome;
}

/// The world as a command sees it.
pub(crate) struct Surroundings {
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) entropy: Box<dyn Entropy>,
    /// Somebody can be asked: stdin and stderr are a terminal.
    pub(crate) interactive: bool,
    /// A line on stderr can be rewritten.
    pub(crate) progress: bool,
    /// Data goes to a terminal.
    pub(crate) data_on_terminal: bool,
}

impl Surroundings {
    /// The real world; `no_input` says that nobody may be asked.
    pub(crate) fn real(no_input: bool) -> Self {
        let talk_on_terminal = io::stderr().is_terminal();
        Self {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy::new()),
            interactive: talk_on_terminal && io::stdin().is_terminal() && !no_input,
            progress: talk_on_terminal && !os::terminal_is_dumb(),
            data_on_terminal: io::stdout().is_terminal(),
        }
    }

    /// A new random UUID (version 4), as a `request_id`.
    pub(crate) fn new_request_id(&self) -> Outcome<String> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(uuid_text(bytes))
    }
}

fn uuid_text(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the system clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the system's source of randomness")]
    fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Outcome {
        self.0.fill(out).map_err(|_unspecified| Failure::plain(Complaint::NoRandomness))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use chrono::Duration;

    use super::*;

    /// A clock that stands still until it is moved.
    #[derive(Clone)]
    pub(crate) struct FakeClock(Rc<Cell<DateTime<Utc>>>);

    impl FakeClock {
        pub(crate) fn at(text: &str) -> Self {
            Self(Rc::new(Cell::new(text.parse().unwrap())))
        }

        pub(crate) fn advance(&self, by: Duration) {
            self.0.set(self.0.get() + by);
        }
    }

    impl Clock for FakeClock {
        fn now(&self) -> DateTime<Utc> {
            self.0.get()
        }
    }

    /// Bytes that count up, the same in every run.
    pub(crate) struct FakeEntropy(pub(crate) Cell<u8>);

    impl Entropy for FakeEntropy {
        fn fill(&self, out: &mut [u8]) -> Outcome {
            for byte in out {
                *byte = self.0.get();
                self.0.set(self.0.get().wrapping_add(1));
            }
            Ok(())
        }
    }

    #[test]
    fn a_request_id_is_a_uuid_of_version_4() {
        assert_eq!(uuid_text([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid_text([0; 16]), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn every_request_id_is_another() {
        let world = Surroundings::real(true);
        assert_ne!(world.new_request_id().unwrap(), world.new_request_id().unwrap());
    }
}
