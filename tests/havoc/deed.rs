//! What the load does to tokens, and what must come of it: a model of one button token, and the mix of deeds.

use tokenfleet_domain::otp::code::{Algorithm, Digits, Generator};
use tokenfleet_domain::seed::Seed;
use tokenfleet_proto::v1::{ResumeTokenRequest, SuspendTokenRequest, resume_token_request, suspend_token_request};
use tokenfleet_tests::{Caller, Device, Refusal};
use tonic::Status;

use crate::random::Random;

/// Steps around the next one that a judgement looks at, both ways.
const WINDOW: i64 = 10;
/// Wrong codes in a row that cost no delay.
const FREE_FAILURES: i64 = 2;

/// A token with a button, and who borrows it.
pub(crate) struct Token {
    /// What is on its back, and its seed.
    pub(crate) device: Device,
    /// Its borrower's ID.
    pub(crate) user: String,
    generator: Generator,
}

impl Token {
    /// The token with this number.
    pub(crate) fn numbered(number: usize) -> Self {
        let device = Device::button(&format!("HV{number:06}"));
        let generator = generator(&device);
        Self { device, user: format!("{number:010}"), generator }
    }

    /// What it shows after a press.
    pub(crate) fn press(&self, number: i64) -> String {
        shown(&self.generator, number)
    }

    /// A code that it shows at no press that is looked at after press `last`.
    pub(crate) fn wrong(&self, last: i64) -> String {
        let near: Vec<_> = ((last - WINDOW).max(0)..=last + WINDOW).map(|press| self.press(press)).collect();
        (0..100).map(|code| format!("{code:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// Whether the code of press `last` is one of the next ones too, as happens to one of 100,000.
    fn repeats(&self, last: i64) -> bool {
        let used = self.press(last);
        (last + 1..=last + WINDOW).any(|press| self.press(press) == used)
    }
}

/// A device's codes, computed here: `oathtool` is too slow for a load (T-23 compares the two).
pub(crate) fn generator(device: &Device) -> Generator {
    Generator::new(&Seed::new(device.seed().to_vec()).unwrap(), Algorithm::Sha1, Digits::SIX)
}

/// The code of a step.
pub(crate) fn shown(generator: &Generator, step: i64) -> String {
    // A code shows itself to nobody but a hash: its length, then its number.
    let [digits, number @ ..] = generator.code_at(step).unwrap().hash_input();
    format!("{:0width$}", u32::from_be_bytes(number), width = usize::from(digits))
}

/// A token's row, as far as the load changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Whether it is lent.
    pub(crate) lent: bool,
    /// Whether it is suspended.
    pub(crate) suspended: bool,
    /// The last press that was accepted.
    pub(crate) last: i64,
    /// Wrong codes in a row.
    pub(crate) failures: i64,
}

impl State {
    /// A token in stock that never showed a code.
    pub(crate) const NEW: Self = Self { lent: false, suspended: false, last: -1, failures: 0 };

    /// As the database has it: `in_stock none -1 0`.
    pub(crate) fn in_words(self) -> String {
        let words = match (self.lent, self.suspended) {
            (false, _) => "in_stock none",
            (true, false) => "lent ready",
            (true, true) => "lent suspended",
        };
        format!("{words} {} {}", self.last, self.failures)
    }

    /// After a deed was done.
    pub(crate) fn after(self, deed: Deed) -> Self {
        match deed {
            Deed::Press(press) => Self { last: press, failures: 0, ..self },
            Deed::Resync(press) => Self { last: press + 1, failures: 0, ..self },
            Deed::Wrong => Self { failures: self.failures + 1, ..self },
            Deed::Again | Deed::Stopped | Deed::Read => self,
            Deed::Lend => Self { lent: true, failures: 0, ..self },
            Deed::GiveBack => Self { lent: false, suspended: false, failures: 0, ..self },
            Deed::Suspend => Self { suspended: true, ..self },
            Deed::Resume => Self { suspended: false, ..self },
        }
    }

    /// What comes next for it: 70 right codes of a hundred, 20 wrong ones, 4 used ones, 3 reads, 2 loans or returns, and
    /// one resync or suspension. A token that is not ready is let go again, or refuses a right code.
    pub(crate) fn draw(self, token: &Token, random: &mut Random) -> Deed {
        let drawn = random.below(100);
        match (self.lent, self.suspended) {
            (false, _) | (_, true) if drawn < 25 => Deed::Stopped,
            (false, _) => Deed::Lend,
            (true, true) => Deed::Resume,
            (true, false) => match drawn {
                70..90 if self.failures < FREE_FAILURES => Deed::Wrong,
                90..94 if self.last >= 0 && !token.repeats(self.last) => Deed::Again,
                94..97 => Deed::Read,
                97..98 => Deed::GiveBack,
                98..99 => Deed::Suspend,
                99 => Deed::Resync(self.last + 1),
                _ => Deed::Press(self.last + 1),
            },
        }
    }
}

/// Something that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The code of a press.
    Press(i64),
    /// A code that it does not show.
    Wrong,
    /// The last code that was accepted.
    Again,
    /// The next code, where the token may not be used.
    Stopped,
    /// Looking at it.
    Read,
    /// A loan.
    Lend,
    /// A return.
    GiveBack,
    /// A suspension.
    Suspend,
    /// Its end.
    Resume,
    /// Two presses from this one on.
    Resync(i64),
}

impl Deed {
    /// What must be answered, as the record has it: `code.verify done`. Reads have no record.
    pub(crate) fn record(self) -> Option<String> {
        let action = match self {
            Self::Press(_) | Self::Wrong | Self::Again | Self::Stopped => "code.verify",
            Self::Read => return None,
            Self::Lend => "token.assign",
            Self::GiveBack => "token.return",
            Self::Suspend => "token.suspend",
            Self::Resume => "token.resume",
            Self::Resync(_) => "token.resync",
        };
        Some(format!("{action} {}", self.answer()))
    }

    /// The answer it must get: `done`, or the reason of a refusal.
    pub(crate) fn answer(self) -> &'static str {
        match self {
            Self::Wrong => "CODE_WRONG",
            Self::Again => "CODE_REPLAYED",
            Self::Stopped => "TOKEN_WRONG_STATE",
            Self::Press(_)
            | Self::Read
            | Self::Lend
            | Self::GiveBack
            | Self::Suspend
            | Self::Resume
            | Self::Resync(_) => "done",
        }
    }

    /// Asks for it.
    pub(crate) async fn ask(self, desk: &Caller, token: &Token, state: State) -> Told {
        let serial = &token.device.serial;
        Told::from(match self {
            Self::Press(press) => desk.verify(serial, &token.press(press)).await.map(drop),
            Self::Wrong => desk.verify(serial, &token.wrong(state.last)).await.map(drop),
            Self::Again => desk.verify(serial, &token.press(state.last)).await.map(drop),
            Self::Stopped => desk.verify(serial, &token.press(state.last + 1)).await.map(drop),
            Self::Read => desk.token(serial).await.map(drop),
            Self::Lend => desk.assign(serial, &token.user).await.map(drop),
            Self::GiveBack => desk.take_back(serial).await.map(drop),
            Self::Suspend => suspend(desk, serial).await,
            Self::Resume => resume(desk, serial).await,
            Self::Resync(press) => desk.resync(serial, &[token.press(press), token.press(press + 1)]).await.map(drop),
        })
    }
}

/// Suspends a token.
pub(crate) async fn suspend(desk: &Caller, serial: &str) -> Result<(), Status> {
    let target = Some(suspend_token_request::Target::Token(serial.to_owned()));
    let request = SuspendTokenRequest { target, leaves_none: true, ..SuspendTokenRequest::default() };
    desk.lending().suspend_token(request).await.map(drop)
}

/// Lets a suspended token go again.
pub(crate) async fn resume(desk: &Caller, serial: &str) -> Result<(), Status> {
    let target = Some(resume_token_request::Target::Token(serial.to_owned()));
    let request = ResumeTokenRequest { target, ..ResumeTokenRequest::default() };
    desk.lending().resume_token(request).await.map(drop)
}

/// What somebody who asked was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// `done`, or the reason of a refusal.
    Answer(String),
    /// That it was not done, for want of what the server needs.
    Undone(String),
    /// Nothing that says whether it was done.
    Nothing,
}

impl From<Result<(), Status>> for Told {
    fn from(result: Result<(), Status>) -> Self {
        let Err(status) = result else { return Self::Answer("done".to_owned()) };
        // What does not come from the server's catalogue comes from a connection that broke.
        if status.details().is_empty() {
            return Self::Nothing;
        }
        let reason = Refusal::of(&status).reason;
        match reason.as_str() {
            "UNKNOWN_OUTCOME" | "DEADLINE_EXCEEDED" => Self::Nothing,
            "DATABASE_UNAVAILABLE" | "SHUTTING_DOWN" | "BUSY" => Self::Undone(reason),
            _ => Self::Answer(reason),
        }
    }
}
