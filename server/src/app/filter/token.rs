//! Which tokens a list takes.

use tokenfleet_domain::ids::{Serial, UserId, Vendor};
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::operator::Operator as Viewer;
use tokenfleet_domain::otp::{Algorithm, Moving};
use tokenfleet_domain::token::{Authenticator, Custody, Hold, Word};

use super::compare::Field;
use super::{Filter, USER, USER_ID, spell_user};
use crate::app::Answer;
use crate::store::Found;

/// Which tokens a list takes: one index to walk, and what must hold besides.
pub struct TokenFilter {
    filter: Filter<Found>,
    /// The index that is walked.
    pub by: TokenBy,
}

/// Which tokens are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenBy {
    /// All.
    All,
    /// Those of one lot.
    Lot(LotName),
    /// Those of one person.
    User(UserId),
}

impl TokenFilter {
    /// Reads a filter; an empty one takes everything.
    pub fn parse(text: &str, viewer: &Viewer) -> Answer<Self> {
        let filter = Filter::parse(text, FIELDS, viewer)?;
        let by = match (filter.required(USER), filter.required(LOT)) {
            (Some(user), _) => TokenBy::User(user.parse()?),
            (None, Some(lot)) => TokenBy::Lot(lot.parse()?),
            (None, None) => TokenBy::All,
        };
        Ok(Self { filter, by })
    }

    /// The filter as it was typed, for its page tokens.
    pub fn text(&self) -> &str {
        &self.filter.text
    }

    /// The one person it asks for.
    pub fn user(&self) -> Option<&UserId> {
        match &self.by {
            TokenBy::User(user) => Some(user),
            TokenBy::All | TokenBy::Lot(_) => None,
        }
    }

    /// Whether it takes a token.
    pub fn takes(&self, found: &Found) -> bool {
        self.filter.takes(found)
    }
}

const LOT: &str = "lot";

type TokenField = Field<Found>;

const FIELDS: &[TokenField] = &[
    TokenField::spelled(
        "serial",
        |found| found.token.serial.key(),
        |typed| Ok(typed.parse::<Serial>()?.key().to_owned()),
    )
    .searched(),
    TokenField::spelled(
        "vendor",
        |found| found.token.vendor.as_str(),
        |typed| Ok(typed.parse::<Vendor>()?.to_string()),
    ),
    TokenField::text("key_id", |found| found.token.key_id.as_str()),
    TokenField::text("manufacturer", |found| &found.token.manufacturer).searched(),
    TokenField::text("model", |found| &found.token.model).searched(),
    TokenField::spelled(LOT, |found| found.lot.as_str(), |typed| Ok(typed.parse::<LotName>()?.to_string())),
    TokenField::word("type", "OTP_TYPE_", kind, || vec![TOTP, HOTP]),
    TokenField::word(
        "algorithm",
        "ALGORITHM_",
        |found| found.token.profile.algorithm.as_str(),
        || vec![Algorithm::Sha1.as_str(), Algorithm::Sha256.as_str(), Algorithm::Sha512.as_str()],
    ),
    TokenField::number("digits", |found| Some(found.token.profile.digits.get().into())),
    TokenField::number("period_seconds", period).or("period"),
    TokenField::word(
        "custody",
        "CUSTODY_",
        |found| found.token.state.custody.as_str(),
        || Custody::ALL.iter().map(|custody| custody.as_str()).collect(),
    ),
    TokenField::word(
        "authenticator",
        "AUTHENTICATOR_",
        |found| found.token.state.authenticator.as_str(),
        || Authenticator::ALL.iter().map(|authenticator| authenticator.as_str()).collect(),
    ),
    TokenField::word(
        "hold",
        "HOLD_",
        |found| found.hold.as_str(),
        || Hold::ALL.iter().map(|hold| hold.as_str()).collect(),
    ),
    TokenField::word(
        "state",
        "TOKEN_STATE_",
        |found| found.token.state.word(found.hold, found.token.proven_at.is_some()).as_str(),
        || Word::ALL.iter().map(|word| word.as_str()).collect(),
    ),
    TokenField::word("without_seed", "", without_seed, || vec![YES, NO]),
    TokenField::spelled(USER, |found| found.token.user.as_ref().map_or("", UserId::as_str), spell_user)
        .or(USER_ID)
        .searched(),
    TokenField::text("department", |found| found.token.department.as_deref().unwrap_or_default()),
    TokenField::text("location", |found| found.token.location.as_deref().unwrap_or_default()),
    TokenField::time("lent_time", |found| found.token.lent_at),
    TokenField::time("proven_time", |found| found.token.proven_at),
    TokenField::time("last_accepted_time", |found| found.token.last_ok_at),
    TokenField::time("create_time", |found| Some(found.token.created_at)),
    TokenField::time("update_time", |found| Some(found.token.updated_at)),
    TokenField::time("expire_time", |found| found.token.expires_at),
    TokenField::number("failures", |found| Some(found.token.fail_count)),
    TokenField::number("clock_offset_seconds", |found| {
        period(found).map(|period| found.token.drift_steps.saturating_mul(period))
    }),
];

const YES: &str = "true";
const NO: &str = "false";

fn without_seed(found: &Found) -> &'static str {
    if found.has_no_seed() { YES } else { NO }
}

const TOTP: &str = "totp";
const HOTP: &str = "hotp";

fn kind(found: &Found) -> &'static str {
    match found.token.profile.moving {
        Moving::Time { .. } => TOTP,
        Moving::Event => HOTP,
    }
}

/// How long a code is shown; a button token shows its codes for no set time.
fn period(found: &Found) -> Option<i64> {
    match found.token.profile.moving {
        Moving::Time { period, .. } => Some(period.into()),
        Moving::Event => None,
    }
}

#[cfg(test)]
mod tests {
    use tokenfleet_domain::ids::{KeyId, RowId};
    use tokenfleet_domain::lot::LotState;
    use tokenfleet_domain::operator::{Role, Scope};
    use tokenfleet_domain::otp::{Digits, Profile};
    use tokenfleet_domain::ports::Timestamp;
    use tokenfleet_domain::token::{State, Token};

    use super::*;

    fn desk() -> Viewer {
        Viewer {
            name: "hanako".parse().unwrap(),
            roles: vec![Role::Desk],
            scope: Scope::All,
            user: None,
            created_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
            version: 1,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn lent() -> Found {
        let moving = Moving::Time { period: 30, epoch: 0 };
        let profile = Profile { algorithm: Algorithm::Sha256, digits: Digits::new(8).unwrap(), moving };
        let key = ("feitian".parse().unwrap(), "ab-26".parse().unwrap(), KeyId::default());
        let token = Token {
            manufacturer: "Feitian".to_owned(),
            model: "C200".to_owned(),
            expires_at: Some(at(6)),
            state: State { custody: Custody::Lent, authenticator: Authenticator::Ready },
            user: Some("0123456789".parse().unwrap()),
            lent_at: Some(at(3)),
            department: Some("law".to_owned()),
            location: Some("Hongo".to_owned()),
            drift_steps: -2,
            last_ok_at: Some(at(5)),
            proven_at: Some(at(4)),
            fail_count: 1,
            created_at: at(1),
            updated_at: at(2),
            ..Token::arrived(RowId([7; 16]), key, RowId([1; 16]), profile, at(1))
        };
        let lot = "2026-11-24-a".parse().unwrap();
        Found { token, lot, lot_state: LotState::Open, hold: Hold::None, intact: true }
    }

    #[test]
    fn every_field_is_what_the_list_shows_of_it() {
        let shown = [
            r#"serial = " AB-26""#,
            "vendor = feitian",
            r#"key_id = """#,
            "manufacturer = Feitian",
            "model = C200",
            "lot = lots/2026-11-24-a",
            "type = TOTP",
            "algorithm = SHA256",
            "digits = 8",
            "period_seconds = 30",
            "custody = LENT",
            "authenticator = READY",
            "hold = NONE",
            "state = TOKEN_STATE_LENT",
            "without_seed = true",
            "user = 0123456789",
            "department = law",
            "location = Hongo",
            "lent_time = 1970-01-01T00:00:03Z",
            "proven_time = 1970-01-01T00:00:04Z",
            "last_accepted_time = 1970-01-01T00:00:05Z",
            "create_time = 1970-01-01T00:00:01Z",
            "update_time = 1970-01-01T00:00:02Z",
            "expire_time = 1970-01-01T00:00:06Z",
            "failures = 1",
            "clock_offset_seconds = -60",
        ];
        assert_eq!(shown.len(), FIELDS.len());
        for (text, field) in shown.iter().zip(FIELDS) {
            assert!(text.starts_with(field.name), "{text}");
            assert!(TokenFilter::parse(text, &desk()).unwrap().takes(&lent()), "{text}");
            let other = text.replace(" = ", " != ");
            assert!(!TokenFilter::parse(&other, &desk()).unwrap().takes(&lent()), "{other}");
        }
    }

    #[test]
    fn a_field_may_be_called_as_its_column_is() {
        for text in ["period = 30", "user_id = 0123456789"] {
            assert!(TokenFilter::parse(text, &desk()).unwrap().takes(&lent()), "{text}");
        }
    }

    #[test]
    fn a_button_token_has_no_period_and_no_clock() {
        let mut found = lent();
        found.token.profile.moving = Moving::Event;
        for (text, takes) in
            [("type = HOTP", true), ("period_seconds:*", false), ("NOT clock_offset_seconds < 9", true)]
        {
            assert_eq!(TokenFilter::parse(text, &desk()).unwrap().takes(&found), takes, "{text}");
        }
    }

    #[test]
    fn a_word_is_looked_for_where_people_would() {
        for (word, takes) in [("b-2", true), ("feit", true), ("c200", true), ("4567", true), ("Hongo", false)] {
            assert_eq!(TokenFilter::parse(word, &desk()).unwrap().takes(&lent()), takes, "{word}");
        }
    }

    #[test]
    fn the_narrowest_index_is_walked() {
        let by = |text: &str| TokenFilter::parse(text, &desk()).unwrap().by;
        let lot = TokenBy::Lot("2026-11-24-a".parse().unwrap());
        let user = TokenBy::User("0123456789".parse().unwrap());
        assert_eq!(by("lot = 2026-11-24-a AND model = a"), lot);
        assert_eq!(by(r#"lot = 2026-11-24-a AND user = "012345-6789""#), user);
        assert_eq!(by("user_id = 0123456789"), user, "under its other name too");
        assert_eq!(by("lot = 2026-11-24-a OR user = 0123456789"), TokenBy::All);
    }
}
