//! Which rows a list gives, and in which order: filters as in AIP-160, read by hand and judged row by row.
//!
//! A list walks one index; what must hold of every row it gives picks the index. Who sees masked IDs learns no more of
//! them by filtering: they give whole IDs, which they know.

mod audit;
mod compare;
mod order;
mod parse;
mod token;

pub use self::audit::{AuditFilter, AuditPlace};
pub use self::order::{AUDIT_ORDER, TOKEN_ORDER, read_order};
pub use self::token::{TokenBy, TokenFilter};

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::operator::Operator as Viewer;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use self::compare::{Field, Test, read_time, search};
use self::parse::{Argument, Atom, Comparison, Expression, Operator, parse};
use crate::app::Answer;

/// The field whose values not everybody sees.
const USER: &str = "user";

/// What tokens and events call it.
const USER_ID: &str = "user_id";

/// A filter as it was typed, over the rows of some list.
struct Filter<R: 'static> {
    text: String,
    tests: Option<Expression<Test<R>>>,
    /// The comparisons that must all hold.
    required: Vec<Comparison>,
}

impl<R: 'static> Filter<R> {
    /// Reads a filter; an empty one takes everything.
    fn parse(text: &str, fields: &[Field<R>], viewer: &Viewer) -> Answer<Self> {
        let masked = viewer.sees_masked_ids();
        let typed =
            parse(text, &names(fields))?.map(|typed| typed.try_map(&mut |atom| by_name(atom, fields))).transpose()?;
        let conjuncts = typed.iter().flat_map(Expression::conjuncts);
        let required = conjuncts.clone().filter_map(comparison).cloned().collect();
        if masked && conjuncts.into_iter().any(searches_users) {
            return Err(Rejection::from(Reason::FilterMasked).in_field("filter"));
        }
        let searched = |field: &&Field<R>| !(masked && field.name == USER);
        let reads: Vec<_> = fields.iter().filter(searched).filter_map(|field| field.searched).collect();
        let mut test = |atom: Atom| match atom {
            Atom::Word(word) => Ok(search(reads.clone(), &word)),
            Atom::Comparison(comparison) => {
                let field = fields.iter().find(|field| field.name == comparison.field);
                field.ok_or_else(|| no_field(&comparison.field, fields))?.test(&comparison)
            }
        };
        let tests = typed.map(|typed| typed.try_map(&mut test)).transpose()?;
        Ok(Self { text: text.trim().to_owned(), tests, required })
    }

    /// The value that every row must have in a field.
    fn required(&self, field: &str) -> Option<&str> {
        self.required.iter().filter(|required| required.field == field).find_map(equality)
    }

    /// The earliest and the latest moment that a row can have in a field.
    fn between(&self, field: &str) -> (Option<Timestamp>, Option<Timestamp>) {
        let of_field = || self.required.iter().filter(|required| required.field == field);
        let earliest = of_field().filter_map(|required| bound(required, Operator::Greater, Operator::AtLeast)).max();
        let latest = of_field().filter_map(|required| bound(required, Operator::Less, Operator::AtMost)).min();
        (earliest, latest)
    }

    /// Whether it takes a row.
    fn takes(&self, row: &R) -> bool {
        self.tests.as_ref().is_none_or(|tests| tests.holds(&|test: &Test<R>| test(row)))
    }
}

/// The same atom, with its field under the name that all else knows it by.
fn by_name<R>(atom: Atom, fields: &[Field<R>]) -> Answer<Atom> {
    let Atom::Comparison(comparison) = atom else { return Ok(atom) };
    let field = fields.iter().find(|field| field.is_called(&comparison.field));
    let field = field.ok_or_else(|| no_field(&comparison.field, fields))?.name.to_owned();
    Ok(Atom::Comparison(Comparison { field, ..comparison }))
}

/// The comparison that an expression is.
fn comparison(expression: &Expression<Atom>) -> Option<&Comparison> {
    match expression {
        Expression::Atom(Atom::Comparison(comparison)) => Some(comparison),
        Expression::All(_) | Expression::Any(_) | Expression::Not(_) | Expression::Atom(Atom::Word(_)) => None,
    }
}

/// The value that a field must have.
fn equality(Comparison { operator, argument, .. }: &Comparison) -> Option<&str> {
    match argument {
        Argument::Text(value) if *operator == Operator::Equal => Some(value),
        Argument::Text(_) | Argument::Anything => None,
    }
}

/// The moment that a field is compared with, where that bounds it to the side of these operators.
fn bound(Comparison { operator, argument, .. }: &Comparison, strict: Operator, loose: Operator) -> Option<Timestamp> {
    match argument {
        Argument::Text(value) if [Operator::Equal, strict, loose].contains(operator) => read_time(value),
        Argument::Text(_) | Argument::Anything => None,
    }
}

/// Whether a part that must hold asks more of users than who it is.
fn searches_users(part: &Expression<Atom>) -> bool {
    let of_user = |atom: &Atom| matches!(atom, Atom::Comparison(Comparison { field, .. }) if field == USER);
    comparison(part).and_then(equality).is_none() && part.mentions(&of_user)
}

/// The right spelling of a person.
fn spell_user(typed: &str) -> Answer<String> {
    Ok(typed.parse::<UserId>()?.to_string())
}

/// What people may compare.
fn names<R>(fields: &[Field<R>]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

fn no_field<R>(name: &str, fields: &[Field<R>]) -> Rejection {
    Rejection::from(Reason::FilterField).with("name", name).with("choices", names(fields)).in_field("filter")
}

#[cfg(test)]
mod tests {
    use tokenfleet_domain::operator::{Role, Scope};

    use super::*;

    struct Row {
        text: &'static str,
        user: &'static str,
        word: &'static str,
        time: Option<i64>,
        number: Option<i64>,
    }

    type RowField = Field<Row>;

    const FIELDS: &[RowField] = &[
        RowField::text("text", |row| row.text).searched(),
        RowField::spelled(USER, |row| row.user, spell_user).or(USER_ID).searched(),
        RowField::word("word", "WORDS_", |row| row.word, || vec!["none", "in_stock", "lent"]),
        RowField::time("time", |row| Timestamp::from_timestamp(row.time?, 0)),
        RowField::number("number", |row| row.number),
    ];

    const EMPTY: Row = Row { text: "", user: "", word: "none", time: None, number: None };
    const FULL: Row = Row { text: "OTP C200", user: "0123456789", word: "lent", time: Some(0), number: Some(-6) };

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

    fn parse_as(role: Role, text: &str) -> Result<Filter<Row>, Rejection> {
        Filter::parse(text, FIELDS, &viewer(role))
    }

    #[test]
    fn every_operator_says_what_it_means() {
        for (text, full, empty) in [
            ("", true, true),
            (r#"text = "OTP C200""#, true, false),
            (r#"text = "otp c200""#, false, false),
            (r#"text != "OTP C200""#, false, true),
            (r#"text = """#, false, true),
            ("text < P", true, false),
            ("text <= OTP", false, false),
            ("text > OTP", true, false),
            ("text >= P", false, false),
            ("text:c20", true, false),
            ("text:*", true, false),
            ("c20", true, false),
            ("2345", true, false),
            ("c201", false, false),
            (r#"user = "012345-6789""#, true, false),
            ("user != 0123456789", false, true),
            ("user_id = 0123456789", true, false),
            ("user:2345 AND user > 0 AND user:*", true, false),
            ("word = LENT AND word = lent AND word = WORDS_LENT", true, false),
            ("word != lent", false, true),
            ("word = none", false, true),
            ("word:*", true, false),
            ("time = 1970-01-01T09:00:00+09:00", true, false),
            (r#"time != "1970-01-01T00:00:00Z""#, false, true),
            (r#"time < "1970-01-01T00:00:00Z""#, false, false),
            (r#"time <= "1970-01-01T00:00:00Z""#, true, false),
            (r#"time > "1970-01-01T00:00:00Z""#, false, false),
            (r#"time >= "1970-01-01T00:00:00Z""#, true, false),
            ("time:*", true, false),
            ("number = -6", true, false),
            ("number != -6", false, true),
            ("number < -5 AND number <= -6 AND number > -7 AND number >= -6", true, false),
            ("number < -6", false, false),
            ("number:*", true, false),
            ("NOT text:c2", false, true),
            ("-text:c2 OR number:*", true, true),
            ("(word = none OR word = lent) AND NOT (time:* AND number = 7)", true, true),
            ("word = lent AND number = 7 OR text:c2", true, false),
        ] {
            let filter = parse_as(Role::Desk, text).unwrap();
            assert_eq!((filter.takes(&FULL), filter.takes(&EMPTY)), (full, empty), "{text}");
        }
    }

    #[test]
    fn what_a_field_never_is_is_refused() {
        for (text, reason) in [
            ("colour = red", Reason::FilterField),
            ("Text = a", Reason::FilterField),
            ("tokens.text = a", Reason::FilterField),
            ("word = red", Reason::FilterValue),
            ("word < lent", Reason::FilterOperator),
            ("word:le", Reason::FilterOperator),
            ("time:1970-01-01T00:00:00Z", Reason::FilterOperator),
            ("number:6", Reason::FilterOperator),
            ("time = yesterday", Reason::FilterTime),
            ("time > 1970-01-01", Reason::FilterTime),
            ("number = 6.5", Reason::FilterNumber),
            ("number = 9223372036854775808", Reason::FilterNumber),
            ("user = 1", Reason::UserIdLength),
            ("a (", Reason::FilterSyntax),
        ] {
            let no = parse_as(Role::Desk, text).err().map(|no| (no.reason, no.field));
            assert_eq!(no, Some((reason, Some("filter".into()))), "{text}");
        }
    }

    #[test]
    fn who_sees_masked_ids_gives_a_whole_one_and_learns_no_more() {
        for text in [
            "user = 0123456789",
            "user = 0123456789 AND word = lent",
            "word = lent AND (text:c2 AND user = 0123456789)",
            "word = lent OR number = 6",
        ] {
            assert!(parse_as(Role::Counter, text).is_ok(), "{text}");
        }
        for text in [
            "user:0123",
            "user_id:0123",
            "NOT user_id = 0123456789",
            "user:*",
            "user < 0123456789",
            "user != 0123456789",
            "NOT user = 0123456789",
            "user = 0123456789 OR user = 0123456780",
            "word = lent AND (user = 0123456789 OR text:c2)",
        ] {
            assert!(parse_as(Role::Desk, text).is_ok(), "{text}");
            let no = parse_as(Role::Counter, text).err().map(|no| no.reason);
            assert_eq!(no, Some(Reason::FilterMasked), "{text}");
        }
        assert!(!parse_as(Role::Counter, "2345").unwrap().takes(&FULL), "no word is looked for in IDs");
    }

    #[test]
    fn what_every_row_must_have_is_known() {
        let required = |text: &str| parse_as(Role::Desk, text).unwrap().required("text").map(ToOwned::to_owned);
        for (text, value) in [
            ("text = a", Some("a")),
            ("number = 1 AND (word = lent AND (text = a))", Some("a")),
            ("number = 1 text = a", Some("a")),
            ("text != a", None),
            ("text:a", None),
            ("text:*", None),
            ("NOT text = a", None),
            ("text = a OR text = b", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(required(text).as_deref(), value, "{text}");
        }
    }
}
