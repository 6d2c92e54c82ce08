//! The fields of a list, and how what a row has in them is compared with what was typed.
//!
//! What is not set is different from every value, and before and after none.

use std::cmp::Ordering;

use chrono::DateTime;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use super::parse::{Argument, Comparison, Operator};
use crate::app::Answer;

/// Whether a row is such a one.
pub(super) type Test<R> = Box<dyn Fn(&R) -> bool + Send>;

/// A field of a list.
pub(super) struct Field<R: 'static> {
    pub(super) name: &'static str,
    /// What it is called elsewhere: in messages, or in a column of `tokenadm`.
    alias: Option<&'static str>,
    /// Where a word alone is looked for in it: how it is read.
    pub(super) searched: Option<fn(&R) -> &str>,
    kind: Kind<R>,
}

/// What a field holds, and how it is read.
enum Kind<R: 'static> {
    Text { read: fn(&R) -> &str, spell: fn(&str) -> Answer<String> },
    Word { read: fn(&R) -> &'static str, wire: &'static str, words: fn() -> Vec<&'static str> },
    Time(fn(&R) -> Option<Timestamp>),
    Number(fn(&R) -> Option<i64>),
}

impl<R> Field<R> {
    /// A text; empty where it is not set.
    pub(super) const fn text(name: &'static str, read: fn(&R) -> &str) -> Self {
        Self::spelled(name, read, |text| Ok(text.to_owned()))
    }

    /// A text with one right spelling: `=` compares with what `spell` makes of what was typed.
    pub(super) const fn spelled(name: &'static str, read: fn(&R) -> &str, spell: fn(&str) -> Answer<String>) -> Self {
        Self::of(name, Kind::Text { read, spell })
    }

    /// One of some words, typed in either case, with or without what the contract's enum begins with. `none` is not
    /// set.
    pub(super) const fn word(
        name: &'static str,
        wire: &'static str,
        read: fn(&R) -> &'static str,
        words: fn() -> Vec<&'static str>,
    ) -> Self {
        Self::of(name, Kind::Word { read, wire, words })
    }

    /// A moment.
    pub(super) const fn time(name: &'static str, read: fn(&R) -> Option<Timestamp>) -> Self {
        Self::of(name, Kind::Time(read))
    }

    /// A whole number.
    pub(super) const fn number(name: &'static str, read: fn(&R) -> Option<i64>) -> Self {
        Self::of(name, Kind::Number(read))
    }

    const fn of(name: &'static str, kind: Kind<R>) -> Self {
        Self { name, alias: None, searched: None, kind }
    }

    /// The same, with another name that means it too.
    pub(super) const fn or(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// Whether it is called so.
    pub(super) fn is_called(&self, typed: &str) -> bool {
        self.name == typed || self.alias == Some(typed)
    }

    /// The same text, in which a word alone is looked for.
    pub(super) const fn searched(mut self) -> Self {
        if let Kind::Text { read, .. } = self.kind {
            self.searched = Some(read);
        }
        self
    }

    /// The test of a comparison with this field.
    pub(super) fn test(&self, Comparison { operator, argument, .. }: &Comparison) -> Answer<Test<R>> {
        let (operator, typed) = match argument {
            Argument::Anything => return Ok(self.is_set()),
            Argument::Text(typed) => (*operator, typed),
        };
        match self.kind {
            Kind::Text { read, spell } => text(read, operator, typed, spell),
            Kind::Word { read, wire, words } => self.word_test(read, operator, || self.word_of(typed, wire, &words())),
            Kind::Time(read) => {
                self.ordered(read, operator, read_time(typed).ok_or_else(|| self.refused(Reason::FilterTime))?)
            }
            Kind::Number(read) => {
                let number = typed.parse::<i64>();
                self.ordered(read, operator, number.map_err(|_| self.refused(Reason::FilterNumber))?)
            }
        }
    }

    fn is_set(&self) -> Test<R> {
        match self.kind {
            Kind::Text { read, .. } => Box::new(move |row| !read(row).is_empty()),
            Kind::Word { read, .. } => Box::new(move |row| read(row) != "none"),
            Kind::Time(read) => Box::new(move |row| read(row).is_some()),
            Kind::Number(read) => Box::new(move |row| read(row).is_some_and(|number| number != 0)),
        }
    }

    fn word_test(
        &self,
        read: fn(&R) -> &'static str,
        operator: Operator,
        right: impl FnOnce() -> Answer<&'static str>,
    ) -> Answer<Test<R>> {
        let equal = match operator {
            Operator::Equal => true,
            Operator::NotEqual => false,
            Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast | Operator::Has => {
                return Err(self.no_operator(operator, "=, !=, :*"));
            }
        };
        let right = right()?;
        Ok(Box::new(move |row| (read(row) == right) == equal))
    }

    /// A mistyped word is refused, so that it is not taken for an empty answer.
    fn word_of(&self, typed: &str, wire: &str, words: &[&'static str]) -> Answer<&'static str> {
        let plain = typed.strip_prefix(wire).unwrap_or(typed);
        let word = words.iter().copied().find(|word| word.eq_ignore_ascii_case(plain));
        word.ok_or_else(|| self.refused(Reason::FilterValue).with("value", typed).with("choices", words.join(", ")))
    }

    fn ordered<T: Ord + Send + 'static>(
        &self,
        read: fn(&R) -> Option<T>,
        operator: Operator,
        right: T,
    ) -> Answer<Test<R>> {
        let holds = holds(operator).ok_or_else(|| self.no_operator(operator, "=, !=, <, <=, >, >=, :*"))?;
        let unset = operator == Operator::NotEqual;
        Ok(Box::new(move |row| read(row).map_or(unset, |left| holds(left.cmp(&right)))))
    }

    fn no_operator(&self, operator: Operator, choices: &str) -> Rejection {
        self.refused(Reason::FilterOperator).with("operator", operator.as_str()).with("choices", choices)
    }

    fn refused(&self, reason: Reason) -> Rejection {
        Rejection::from(reason).with("name", self.name).in_field("filter")
    }
}

/// The test of a word alone: some text has it.
pub(super) fn search<R: 'static>(reads: Vec<fn(&R) -> &str>, word: &str) -> Test<R> {
    let word = word.to_lowercase();
    Box::new(move |row| reads.iter().any(|read| has(read(row), &word)))
}

/// A moment as RFC 3339 writes it.
pub(super) fn read_time(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text).map(Timestamp::from).ok()
}

fn text<R: 'static>(
    read: fn(&R) -> &str,
    operator: Operator,
    typed: &str,
    spell: fn(&str) -> Answer<String>,
) -> Answer<Test<R>> {
    let Some(holds) = holds(operator) else {
        let part = typed.to_lowercase();
        return Ok(Box::new(move |row| has(read(row), &part)));
    };
    if matches!(operator, Operator::Equal | Operator::NotEqual) {
        let right = spell(typed).map_err(|no| no.in_field("filter"))?;
        return Ok(Box::new(move |row| holds(read(row).cmp(&right))));
    }
    let right = typed.to_owned();
    Ok(Box::new(move |row| !read(row).is_empty() && holds(read(row).cmp(&right))))
}

/// Whether a text has a part, whatever their case.
fn has(text: &str, lower_part: &str) -> bool {
    text.to_lowercase().contains(lower_part)
}

/// What an operator asks of the order of two values; `:` asks nothing of it.
fn holds(operator: Operator) -> Option<fn(Ordering) -> bool> {
    match operator {
        Operator::Equal => Some(Ordering::is_eq),
        Operator::NotEqual => Some(Ordering::is_ne),
        Operator::Less => Some(Ordering::is_lt),
        Operator::AtMost => Some(Ordering::is_le),
        Operator::Greater => Some(Ordering::is_gt),
        Operator::AtLeast => Some(Ordering::is_ge),
        Operator::Has => None,
    }
}
