//! Filters of lists: comparisons joined by AND, such as `state = "LENT" AND model = "C200"`.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Authenticator, Custody, Hold, Word};

use crate::app::Answer;
use crate::store::{AuditBy, Found};

/// Longest filter that is read, in bytes.
const MAX_LEN: usize = 2_000;

/// A comparison as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    field: String,
    value: String,
}

/// Which tokens a list takes.
#[derive(Debug, Clone)]
pub struct TokenFilter {
    text: String,
    user: Option<UserId>,
    comparisons: Vec<(TokenField, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenField {
    Vendor,
    Model,
    Lot,
    Custody,
    Authenticator,
    Hold,
    State,
}

impl TokenField {
    /// Refuses a word that a state never is, so that a mistyped one is not taken for an empty answer.
    fn check(self, name: &str, value: &str) -> Answer<()> {
        let words: Vec<&str> = match self {
            Self::Vendor | Self::Model | Self::Lot => return Ok(()),
            Self::Custody => Custody::ALL.iter().map(|custody| custody.as_str()).collect(),
            Self::Authenticator => Authenticator::ALL.iter().map(|authenticator| authenticator.as_str()).collect(),
            Self::Hold => Hold::ALL.iter().map(|hold| hold.as_str()).collect(),
            Self::State => Word::ALL.iter().map(|word| word.as_str()).collect(),
        };
        if words.iter().any(|word| word.eq_ignore_ascii_case(value)) {
            return Ok(());
        }
        Err(Rejection::from(Reason::FilterValue)
            .with("name", name)
            .with("value", value)
            .with("choices", words.join(", "))
            .in_field("filter"))
    }
}

const TOKEN_FIELDS: [(&str, TokenField); 7] = [
    ("vendor", TokenField::Vendor),
    ("model", TokenField::Model),
    ("lot", TokenField::Lot),
    ("custody", TokenField::Custody),
    ("authenticator", TokenField::Authenticator),
    ("hold", TokenField::Hold),
    ("state", TokenField::State),
];

const TOKEN_CHOICES: &str = "vendor, model, lot, custody, authenticator, hold, state, user";
const AUDIT_CHOICES: &str = "subject, user, operator, action, outcome";

impl TokenFilter {
    /// Reads a filter; an empty one takes everything.
    pub fn parse(text: &str) -> Answer<Self> {
        let mut filter = Self { text: text.trim().to_owned(), user: None, comparisons: Vec::new() };
        for Comparison { field, value } in parse(text, TOKEN_CHOICES)? {
            if field == "user" {
                filter.user = Some(value.parse().map_err(|bad| Rejection::from(bad).in_field("filter"))?);
                continue;
            }
            let known = TOKEN_FIELDS.iter().find(|(name, _)| *name == field);
            let (name, field) = known.ok_or_else(|| no_field(&field, TOKEN_CHOICES))?;
            field.check(name, &value)?;
            filter.comparisons.push((*field, value));
        }
        Ok(filter)
    }

    /// The filter as it was typed, for its page tokens.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The person it asks for.
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// Whether it takes a token. Words of states are compared without case, as `LENT` or `lent`.
    pub fn takes(&self, found: &Found) -> bool {
        let token = &found.token;
        self.user.as_ref().is_none_or(|user| token.user.as_ref() == Some(user))
            && self.comparisons.iter().all(|(field, value)| match field {
                TokenField::Vendor => token.vendor.as_str() == value,
                TokenField::Model => token.model == *value,
                TokenField::Lot => found.lot.as_str() == value.strip_prefix("lots/").unwrap_or(value),
                TokenField::Custody => token.state.custody.as_str().eq_ignore_ascii_case(value),
                TokenField::Authenticator => token.state.authenticator.as_str().eq_ignore_ascii_case(value),
                TokenField::Hold => found.hold.as_str().eq_ignore_ascii_case(value),
                TokenField::State => {
                    token.state.word(found.hold, token.proven_at.is_some()).as_str().eq_ignore_ascii_case(value)
                }
            })
    }
}

/// Which events a list takes: one index to walk, and what must hold besides.
#[derive(Debug, Clone)]
pub struct AuditFilter {
    text: String,
    /// The index that is walked.
    pub by: AuditBy,
    action: Option<String>,
    outcome: Option<String>,
    operator: Option<OperatorName>,
    subject: Option<String>,
    user: Option<UserId>,
}

impl AuditFilter {
    /// Reads a filter; an empty one takes everything.
    pub fn parse(text: &str) -> Answer<Self> {
        let mut filter = Self {
            text: text.trim().to_owned(),
            by: AuditBy::All,
            action: None,
            outcome: None,
            operator: None,
            subject: None,
            user: None,
        };
        for Comparison { field, value } in parse(text, AUDIT_CHOICES)? {
            match field.as_str() {
                "subject" => filter.subject = Some(value),
                "user" => filter.user = Some(value.parse().map_err(|bad| Rejection::from(bad).in_field("filter"))?),
                "operator" => {
                    filter.operator = Some(value.parse().map_err(|bad| Rejection::from(bad).in_field("filter"))?);
                }
                "action" => filter.action = Some(value),
                "outcome" => filter.outcome = Some(value),
                _ => return Err(no_field(&field, AUDIT_CHOICES)),
            }
        }
        Ok(filter.choose_index())
    }

    /// Only what one operator did.
    #[must_use]
    pub fn of_operator(mut self, operator: &OperatorName) -> Self {
        let nobody = self.operator.as_ref().is_some_and(|asked| asked != operator);
        self.operator = Some(operator.clone());
        if nobody {
            // Another's events were asked for: none can be both.
            self.outcome = Some(String::new());
        }
        self.choose_index()
    }

    fn choose_index(mut self) -> Self {
        self.by = match (&self.subject, &self.user, &self.operator) {
            (Some(subject), _, _) => AuditBy::Subject(subject.clone()),
            (None, Some(user), _) => AuditBy::User(user.clone()),
            (None, None, Some(operator)) => AuditBy::Operator(operator.clone()),
            (None, None, None) => AuditBy::All,
        };
        self
    }

    /// The filter as it was typed, for its page tokens.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it takes an event.
    pub fn takes(&self, event: &tokenfleet_domain::audit::Event) -> bool {
        self.action.as_ref().is_none_or(|action| *action == event.action)
            && self.outcome.as_ref().is_none_or(|outcome| *outcome == event.outcome)
            && self.operator.as_ref().is_none_or(|operator| operator.as_str() == event.operator)
            && self.subject.as_ref().is_none_or(|subject| event.subject.as_ref() == Some(subject))
            && self.user.as_ref().is_none_or(|user| event.user.as_ref() == Some(user))
    }
}

/// `field = "value" AND field = value …`
fn parse(text: &str, choices: &str) -> Answer<Vec<Comparison>> {
    if text.len() > MAX_LEN {
        return Err(Rejection::from(Reason::FieldTooLong).with("field", "filter").with("limit", MAX_LEN.to_string()));
    }
    let chars: Vec<char> = text.chars().collect();
    let mut comparisons = Vec::new();
    let mut at = skip_blanks(&chars, 0);
    while at < chars.len() {
        let bad = |at: usize| bad_filter(at + 1, choices);
        if !comparisons.is_empty() {
            let (word, end) = word(&chars, at);
            if word != "AND" {
                return Err(bad(at));
            }
            at = skip_blanks(&chars, end);
        }
        let (field, end) = word(&chars, at);
        at = skip_blanks(&chars, end);
        if field.is_empty() || chars.get(at) != Some(&'=') {
            return Err(bad(at));
        }
        at = skip_blanks(&chars, at + 1);
        let (value, end) = value(&chars, at).ok_or_else(|| bad(at))?;
        at = skip_blanks(&chars, end);
        comparisons.push(Comparison { field, value });
    }
    Ok(comparisons)
}

fn skip_blanks(chars: &[char], from: usize) -> usize {
    from + chars[from..].iter().take_while(|c| c.is_whitespace()).count()
}

fn word(chars: &[char], from: usize) -> (String, usize) {
    let word: String = chars[from..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
    let end = from + word.len();
    (word, end)
}

/// A quoted text, in which a backslash keeps the next character, or a bare run of letters, digits and `-_.~/@`.
fn value(chars: &[char], from: usize) -> Option<(String, usize)> {
    if chars.get(from) != Some(&'"') {
        let bare = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '/' | '@');
        let text: String = chars[from..].iter().copied().take_while(bare).collect();
        let end = from + text.chars().count();
        return (!text.is_empty()).then_some((text, end));
    }
    let mut text = String::new();
    let mut at = from + 1;
    loop {
        match chars.get(at)? {
            '"' => return Some((text, at + 1)),
            '\\' => {
                text.push(*chars.get(at + 1)?);
                at += 2;
            }
            c => {
                text.push(*c);
                at += 1;
            }
        }
    }
}

fn no_field(name: &str, choices: &str) -> Rejection {
    Rejection::from(Reason::FilterField).with("name", name).with("choices", choices).in_field("filter")
}

fn bad_filter(position: usize, choices: &str) -> Rejection {
    Rejection::from(Reason::FilterSyntax)
        .with("position", position.to_string())
        .with("choices", choices)
        .in_field("filter")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        parse(text, "x").map(|all| all.into_iter().map(|c| (c.field, c.value)).collect()).map_err(|no| no.to_string())
    }

    #[test]
    fn comparisons_are_read() {
        let pair = |field: &str, value: &str| (field.to_owned(), value.to_owned());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("state=LENT"), Ok(vec![pair("state", "LENT")]));
        assert_eq!(
            read(r#" state = "LENT"  AND model = "OTP \"c200\"" "#),
            Ok(vec![pair("state", "LENT"), pair("model", r#"OTP "c200""#)])
        );
        assert_eq!(read("token = tokens/feitian~26"), Ok(vec![pair("token", "tokens/feitian~26")]));
    }

    #[test]
    fn what_can_t_be_read_is_named_by_its_place() {
        for (text, position) in
            [("state", 6), ("= x", 1), ("state = ", 9), ("state = \"x", 9), ("a = b OR c = d", 7), ("a = b c = d", 7)]
        {
            let error = read(text).unwrap_err();
            assert!(error.contains(&format!("from character {position})")), "{text}: {error}");
        }
        let reason = |no: Rejection| no.reason;
        assert_eq!(TokenFilter::parse("vendr = 1").map_err(reason).err(), Some(Reason::FilterField));
        assert_eq!(AuditFilter::parse("state = LENT").map_err(reason).err(), Some(Reason::FilterField));
        assert_eq!(TokenFilter::parse("state = nonsense").map_err(reason).err(), Some(Reason::FilterValue));
        assert!(TokenFilter::parse("state = lent_not_proven AND custody = IN_STOCK AND model = any").is_ok());
        assert!(TokenFilter::parse(&"x".repeat(3_000)).is_err());
    }
}
