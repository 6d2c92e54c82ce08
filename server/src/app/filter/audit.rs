//! Which events a list takes.

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Act, DONE, Entry};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::operator::Operator as Viewer;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use super::compare::Field;
use super::{Filter, USER, USER_ID, spell_user};
use crate::app::Answer;
use crate::store::{AuditBy, Order};

/// A place in the record: when, in which chain, and where in it.
pub type AuditPlace = (Timestamp, String, i64);

/// Which events a list takes: one index to walk, and what must hold besides.
pub struct AuditFilter {
    filter: Filter<Entry>,
    /// Whose events alone the viewer may see.
    only: Option<OperatorName>,
    /// The index that is walked.
    pub by: AuditBy,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl AuditFilter {
    /// Reads a filter; an empty one takes everything that the viewer may see: auditors of the whole university all,
    /// everybody else their own. Who sees their own alone walks over them alone: where a page ends must not tell of others'.
    pub fn parse(text: &str, viewer: &Viewer) -> Answer<Self> {
        let filter = Filter::parse(text, FIELDS, viewer)?;
        let only = (!viewer.reads_all_events()).then(|| viewer.name.clone());
        let by = match (&only, filter.required(SUBJECT), filter.required(USER), filter.required(OPERATOR)) {
            (Some(only), ..) => AuditBy::Operator(only.clone()),
            (None, Some(subject), ..) => AuditBy::Subject(subject.to_owned()),
            (None, None, Some(user), _) => AuditBy::User(user.parse()?),
            (None, None, None, Some(operator)) => AuditBy::Operator(operator.parse()?),
            (None, None, None, None) => AuditBy::All,
        };
        let (earliest, latest) = filter.between(RECORD_TIME);
        Ok(Self { filter, only, by, earliest, latest })
    }

    /// The filter as it was typed, for its page tokens.
    pub fn text(&self) -> &str {
        &self.filter.text
    }

    /// Before which place a walk can take nothing.
    pub fn begin(&self, order: Order) -> Option<AuditPlace> {
        let at = match order {
            Order::Oldest => self.earliest?,
            Order::Newest => self.latest?.checked_add_signed(TimeDelta::microseconds(1))?,
        };
        // No chain's name is empty, so this is before all events of the moment.
        Some((at, String::new(), 0))
    }

    /// Whether a walk that has come to a moment can take nothing more.
    pub fn ends_before(&self, order: Order, at: Timestamp) -> bool {
        match order {
            Order::Oldest => self.latest.is_some_and(|latest| at > latest),
            Order::Newest => self.earliest.is_some_and(|earliest| at < earliest),
        }
    }

    /// Whether it takes an event.
    pub fn takes(&self, entry: &Entry) -> bool {
        self.only.as_ref().is_none_or(|only| entry.event.operator == only.as_str()) && self.filter.takes(entry)
    }
}

const SUBJECT: &str = "subject";
const OPERATOR: &str = "operator";
const ACTION: &str = "action";
const OUTCOME: &str = "outcome";
const RECORD_TIME: &str = "record_time";

type AuditField = Field<Entry>;

const FIELDS: &[AuditField] = &[
    AuditField::spelled(SUBJECT, |entry| entry.event.subject.as_deref().unwrap_or_default(), spell_subject).searched(),
    AuditField::spelled(USER, |entry| entry.event.user.as_ref().map_or("", UserId::as_str), spell_user)
        .or(USER_ID)
        .searched(),
    AuditField::spelled(
        OPERATOR,
        |entry| &entry.event.operator,
        |typed| Ok(typed.parse::<OperatorName>()?.to_string()),
    )
    .searched(),
    AuditField::spelled(ACTION, |entry| &entry.event.action, spell_action).searched(),
    AuditField::spelled(OUTCOME, |entry| &entry.event.outcome, spell_outcome).searched(),
    AuditField::time(RECORD_TIME, |entry| Some(entry.recorded_at)),
    AuditField::text("request_id", |entry| entry.event.request_id.as_deref().unwrap_or_default()),
];

/// What everything is called that an event is about.
const SUBJECTS: &str =
    "tokens/VENDOR~SERIAL, lots/NAME, operators/NAME, locations/NAME, stocktakes/NAME, campaigns/NAME";

/// A serial alone is no name: it would be taken for an empty answer.
fn spell_subject(typed: &str) -> Answer<String> {
    let kind = |name: &str| typed.starts_with(name.split_inclusive('/').next().unwrap_or(name));
    if typed.is_empty() || SUBJECTS.split(", ").any(kind) {
        return Ok(typed.to_owned());
    }
    Err(never(SUBJECT, typed, SUBJECTS))
}

fn spell_action(typed: &str) -> Answer<String> {
    let words = Act::ALL.map(Act::as_str);
    let word = words.iter().find(|word| word.eq_ignore_ascii_case(typed));
    word.map(|word| (*word).to_owned()).ok_or_else(|| never(ACTION, typed, &words.join(", ")))
}

fn spell_outcome(typed: &str) -> Answer<String> {
    let reasons = Reason::ALL.iter().map(|reason| reason.words().reason);
    let word = std::iter::once(DONE).chain(reasons).find(|word| word.eq_ignore_ascii_case(typed));
    word.map(ToOwned::to_owned).ok_or_else(|| never(OUTCOME, typed, "done, CODE_WRONG, TOKEN_NOT_FOUND …"))
}

/// A mistyped word is refused, so that it is not taken for an empty answer.
fn never(name: &'static str, typed: &str, choices: &str) -> Rejection {
    Rejection::from(Reason::FilterValue).with("name", name).with("value", typed).with("choices", choices)
}

#[cfg(test)]
mod tests {
    use tokenfleet_domain::audit::Event;
    use tokenfleet_domain::catalogue::Lang;
    use tokenfleet_domain::operator::{Role, Scope};

    use super::*;

    fn viewer(role: Role) -> Viewer {
        Viewer {
            name: "hanako".parse().unwrap(),
            roles: vec![role],
            scope: Scope::All,
            user: None,
            created_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
            version: 1,
        }
    }

    fn entry(operator: &str) -> Entry {
        let event = Event {
            operator: operator.to_owned(),
            action: "token.assign".to_owned(),
            outcome: "done".to_owned(),
            subject: Some("tokens/feitian~26".to_owned()),
            user: Some("0123456789".parse().unwrap()),
            details: Vec::new(),
            request_id: Some("0198".to_owned()),
        };
        let recorded_at = Timestamp::UNIX_EPOCH;
        Entry { chain: "0".to_owned(), seq: 1, recorded_at, event, user_mac: None, hash: [0; 32] }
    }

    #[test]
    fn every_field_is_what_the_list_shows_of_it() {
        let shown = [
            "subject = tokens/feitian~26",
            "user = 0123456789",
            "operator = taro",
            "action = token.assign",
            "outcome = done",
            "record_time = 1970-01-01T00:00:00Z",
            "request_id = 0198",
        ];
        assert_eq!(shown.len(), FIELDS.len());
        for (text, field) in shown.iter().zip(FIELDS) {
            assert!(text.starts_with(field.name), "{text}");
            assert!(AuditFilter::parse(text, &viewer(Role::Auditor)).unwrap().takes(&entry("taro")), "{text}");
            let other = text.replace(" = ", " != ");
            assert!(!AuditFilter::parse(&other, &viewer(Role::Auditor)).unwrap().takes(&entry("taro")), "{other}");
        }
    }

    #[test]
    fn what_no_event_ever_has_is_refused_with_what_events_have() {
        for (text, choice) in [
            ("action = foo", "token.assign, token.return"),
            ("action != 貸出", "operator.issue_cert"),
            ("outcome = OK", "done"),
            ("subject = 9984795", "tokens/VENDOR~SERIAL"),
            ("user:* AND NOT subject = 26", "lots/NAME"),
        ] {
            let no = AuditFilter::parse(text, &viewer(Role::Auditor)).err().unwrap();
            assert_eq!((no.reason, no.field.as_deref()), (Reason::FilterValue, Some("filter")), "{text}");
            assert!(no.hint(Lang::En).contains(choice), "{text}: {}", no.hint(Lang::En));
        }
        for (text, takes) in [
            ("action = TOKEN.ASSIGN outcome = Done", true),
            ("outcome = token_not_found", false),
            ("action:assign AND subject:26 AND outcome:one", true),
            (r#"subject = """#, false),
        ] {
            let filter = AuditFilter::parse(text, &viewer(Role::Auditor)).unwrap();
            assert_eq!(filter.takes(&entry("taro")), takes, "{text}");
        }
    }

    #[test]
    fn whoever_is_no_auditor_sees_their_own_events_only() {
        for text in ["", "operator = taro", "operator = hanako OR operator = taro", "subject = tokens/feitian~26"] {
            let filter = AuditFilter::parse(text, &viewer(Role::Desk)).unwrap();
            assert!(!filter.takes(&entry("taro")), "{text}");
            assert_eq!(filter.takes(&entry("hanako")), text != "operator = taro", "{text}");
        }
        let departments = Scope::Departments(vec!["law".to_owned()]);
        let of_law = AuditFilter::parse("", &Viewer { scope: departments, ..viewer(Role::Auditor) }).unwrap();
        assert!(!of_law.takes(&entry("taro")) && of_law.takes(&entry("hanako")));
    }

    #[test]
    fn the_narrowest_index_is_walked() {
        let by = |role, text: &str| AuditFilter::parse(text, &viewer(role)).unwrap().by;
        let subject = AuditBy::Subject("lots/a".to_owned());
        let user = AuditBy::User("0123456789".parse().unwrap());
        let operator = |name: &str| AuditBy::Operator(name.parse().unwrap());
        assert_eq!(by(Role::Auditor, ""), AuditBy::All);
        assert_eq!(by(Role::Auditor, "operator = taro AND subject = lots/a"), subject);
        assert_eq!(by(Role::Auditor, "operator = taro AND user = 0123456789"), user);
        assert_eq!(by(Role::Auditor, "operator = taro"), operator("taro"));
        assert_eq!(by(Role::Auditor, "operator = taro OR subject = lots/a"), AuditBy::All);
        for others in ["operator = taro", "subject = lots/a", "user = 0123456789"] {
            assert_eq!(by(Role::Desk, others), operator("hanako"), "{others}: nothing of others is walked over");
        }
    }

    #[test]
    fn a_walk_keeps_to_the_times_that_are_asked_for() {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        let bounds = |text: &str| {
            let filter = AuditFilter::parse(text, &viewer(Role::Auditor)).unwrap();
            let begin = [Order::Oldest, Order::Newest].map(|order| filter.begin(order).map(|(at, _, _)| at));
            let ends = [at(1), at(4), at(9)].map(|at| filter.ends_before(Order::Oldest, at));
            let ends_back = [at(1), at(4), at(9)].map(|at| filter.ends_before(Order::Newest, at));
            (begin, ends, ends_back)
        };
        let after_4 = at(4) + TimeDelta::microseconds(1);
        let (never, late, early) = ([false; 3], [false, false, true], [true, false, false]);
        let four = "1970-01-01T00:00:04Z";
        for (text, expected) in [
            (format!("record_time >= {four}"), ([Some(at(4)), None], never, early)),
            (format!("record_time > {four} AND user:*"), ([Some(at(4)), None], never, early)),
            (format!("record_time <= {four}"), ([None, Some(after_4)], late, never)),
            (format!("record_time < {four}"), ([None, Some(after_4)], late, never)),
            (format!("record_time = {four}"), ([Some(at(4)), Some(after_4)], late, early)),
            (format!("record_time > {four} record_time > 1970-01-01T00:00:01Z"), ([Some(at(4)), None], never, early)),
            (format!("record_time != {four}"), ([None, None], never, never)),
            (format!("NOT record_time > {four}"), ([None, None], never, never)),
            (format!("record_time > {four} OR user:*"), ([None, None], never, never)),
            ("record_time:*".to_owned(), ([None, None], never, never)),
        ] {
            assert_eq!(bounds(&text), expected, "{text}");
        }
    }
}
