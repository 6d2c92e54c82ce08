//! Which token a request means: by serial, by name, or by the person who holds it.

use tokenfleet_domain::audit::{Act, DONE, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{TokenRef, UserId};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::OtpCode;
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::token::{Action, Hold, State, Token, legal_commands, next_state};

use crate::app::{Answer, Call, Decision};
use crate::store::{Found, StoreError, Tx};

/// How a request names a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By its serial or name.
    Token(TokenRef),
    /// By the person who holds it.
    User(UserId),
}

impl Target {
    /// The one token that is meant.
    pub fn find(&self, tx: &mut Tx<'_>, scope: &Scope) -> Decision<Found> {
        let mut found = match self {
            Self::Token(token) => tx.token_find(scope, token)?,
            Self::User(user) => tx.tokens_of_user(scope, user)?,
        };
        let Some(only) = found.pop() else { return Ok(Err(self.missing(scope))) };
        if found.is_empty() {
            return Ok(Ok(only));
        }
        found.push(only);
        let names: Vec<_> = match self {
            Self::Token(_) => found.iter().map(|found| found.token.name().to_string()).collect(),
            Self::User(_) => found.iter().map(|found| found.token.serial.shown().to_owned()).collect(),
        };
        Ok(Err(self.several(&names.join(", "))))
    }

    /// The one token that is meant, where codes are given beside it: what may be a code in the wrong place is not said
    /// again when it is not found.
    pub fn find_beside_codes(&self, tx: &mut Tx<'_>, scope: &Scope) -> Decision<Found> {
        let found = self.find(tx, scope)?;
        Ok(found.map_err(|no| match (no.reason, self.digits_of_a_code()) {
            (Reason::TokenNotFound, Some(_)) => Reason::TokenNotFoundUnsaid.into(),
            (Reason::TokenNotSeen, Some(_)) => Reason::TokenNotSeenUnsaid.into(),
            (_, _) => no,
        }))
    }

    /// How many digits it has, where it reads as a one-time code: somebody may have typed one where the serial belongs.
    fn digits_of_a_code(&self) -> Option<u32> {
        match self {
            Self::Token(TokenRef::Serial(serial)) => serial.key().parse().ok().map(|code: OtpCode| code.digits().get()),
            Self::Token(TokenRef::Name(_)) | Self::User(_) => None,
        }
    }

    /// The lane its writes go to: the same text always goes to the same one.
    pub fn lane(&self) -> u64 {
        let text = match self {
            Self::Token(TokenRef::Serial(serial)) => serial.key(),
            Self::Token(TokenRef::Name(name)) => &name.serial_key,
            Self::User(user) => user.as_str(),
        };
        // FNV-1a: any even spread will do.
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// As it was typed, but for spelling.
    pub fn words(&self) -> String {
        match self {
            Self::Token(TokenRef::Serial(serial)) => serial.key().to_owned(),
            Self::Token(TokenRef::Name(name)) => name.to_string(),
            Self::User(user) => user.to_string(),
        }
    }

    /// It is not there, or out of sight: the words are the same for both.
    fn missing(&self, scope: &Scope) -> Rejection {
        match (self, scope) {
            (Self::Token(_), Scope::All) => Rejection::from(Reason::TokenNotFound).with("serial", self.words()),
            (Self::Token(_), Scope::Departments(_)) => {
                Rejection::from(Reason::TokenNotSeen).with("serial", self.words())
            }
            (Self::User(user), Scope::All) => Rejection::from(Reason::UserNotFound).with("user", user.as_str()),
            (Self::User(user), Scope::Departments(_)) => {
                Rejection::from(Reason::UserNotSeen).with("user", user.as_str())
            }
        }
    }

    /// As it was typed, for the record. What may be a code never gets there, only its length.
    fn words_on_record(&self) -> String {
        self.digits_of_a_code().map_or_else(|| self.words(), |digits| format!("{digits} digits"))
    }

    fn several(&self, names: &str) -> Rejection {
        match self {
            Self::Token(_) => {
                Rejection::from(Reason::SerialAmbiguous).with("serial", self.words()).with("names", names)
            }
            Self::User(user) => {
                Rejection::from(Reason::UserTokensSeveral).with("user", user.as_str()).with("names", names)
            }
        }
    }
}

/// Where an action leads a token that was found; else the refusal that names what is possible.
pub fn legal(found: &Found, action: Action) -> Result<State, Rejection> {
    let token = &found.token;
    let refused = |reason: Reason| Rejection::from(reason).with("serial", token.serial.shown());
    if let Some(next) = next_state(token.state, found.hold, action) {
        return Ok(next);
    }
    if found.hold != Hold::None && action.needs_no_hold() {
        return Err(on_hold(found));
    }
    if let (Action::Assign, Some(user)) = (action, &token.user) {
        return Err(refused(Reason::TokenAlreadyLent).with("user", user.as_str()));
    }
    let word = token.state.word(found.hold, token.proven_at.is_some());
    Err(refused(Reason::TokenWrongState)
        .with("state", Arg::Word { en: word.en().to_owned(), ja: word.ja().to_owned() })
        .with("action", action.words())
        .with("legal", legal_commands(token.state, found.hold)))
}

/// Whether the token is still as the caller saw it.
pub fn fresh(found: &Found, etag: Option<&str>) -> Answer<()> {
    match etag {
        Some(seen) if seen != found.token.etag() => {
            Err(Rejection::from(Reason::EtagMismatch).with("serial", found.token.serial.shown()))
        }
        _ => Ok(()),
    }
}

/// The refusal of a token that is kept from use.
pub fn on_hold(found: &Found) -> Rejection {
    if found.hold == Hold::Lot {
        let no = Rejection::from(Reason::TokenOfLotOnHold).with("serial", found.token.serial.shown());
        return no.with("lot", found.lot.as_str());
    }
    let hold = Arg::Word { en: found.hold.as_str().to_owned(), ja: found.hold.ja().to_owned() };
    Rejection::from(Reason::TokenOnHold).with("serial", found.token.serial.shown()).with("hold", hold)
}

/// Nobody unlocks or binds a token of their own ID alone.
pub fn not_own(call: &Call, found: &Found) -> Result<(), Rejection> {
    match (&call.operator.user, &found.token.user) {
        (Some(own), Some(user)) if own == user => Err(Reason::SelfTarget.into()),
        _ => Ok(()),
    }
}

/// Puts a token whose row fails its authentication on hold, for good and on record. The row itself is never rewritten.
pub fn hold_if_broken(tx: &mut Tx<'_>, found: &Found) -> Result<(), StoreError> {
    if found.intact {
        return Ok(());
    }
    if tx.hold_add(found.token.id, Hold::Integrity, "the row's MAC is wrong")? {
        tracing::error!(token = %found.token.name(), "a token's row fails its authentication: it is on hold");
        tx.audit_append(Event {
            operator: "system".to_owned(),
            action: Act::TokenHold.as_str().to_owned(),
            outcome: DONE.to_owned(),
            subject: Some(found.token.name().to_string()),
            user: None,
            details: vec![("hold".to_owned(), Hold::Integrity.as_str().to_owned())],
            request_id: None,
        })?;
    }
    Ok(())
}

/// An event about a token, ready for its outcome and details.
pub fn token_event(call: &Call, action: Act, token: &Token, outcome: &Result<(), Rejection>) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: action.as_str().to_owned(),
        outcome: outcome_word(outcome),
        subject: Some(token.name().to_string()),
        user: token.user.clone(),
        details: Vec::new(),
        request_id: call.request.map(|id| id.to_string()),
    }
}

/// Puts on record that what was asked for was not found. What was typed is kept, an ID only as the person it names, and
/// what may be a code only as its length.
pub fn record_unfound(
    tx: &mut Tx<'_>,
    call: &Call,
    action: Act,
    target: &Target,
    no: &Rejection,
) -> Result<(), StoreError> {
    let user = match target {
        Target::User(user) => Some(user.clone()),
        Target::Token(_) => target.words().parse::<UserId>().ok(),
    };
    let details = if user.is_some() { Vec::new() } else { vec![("asked_for".to_owned(), target.words_on_record())] };
    tx.audit_append(Event {
        operator: call.operator.name.to_string(),
        action: action.as_str().to_owned(),
        outcome: outcome_word(&Err(no.clone())),
        subject: None,
        user,
        details,
        request_id: call.request.map(|id| id.to_string()),
    })
}

/// How an outcome stands in the record: `done`, or the reason with its code.
pub fn outcome_word(outcome: &Result<(), Rejection>) -> String {
    match outcome {
        Ok(()) => DONE.to_owned(),
        Err(no) => no.reason.words().reason.to_owned(),
    }
}
