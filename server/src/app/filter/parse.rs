//! Reads a filter as AIP-160 writes it: a recursive descent over its characters.
//!
//! It guarantees an end: a filter is bounded in length, depth and comparisons, and no text makes it panic. It knows
//! nothing of what the fields of a list are called.
//!
//! ```text
//! filter     = [ expression ]
//! expression = any { [ AND ] any }
//! any        = term { OR term }
//! term       = [ NOT | "-" ] simple
//! simple     = "(" expression ")" | field operator argument | word
//! ```

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;

use crate::app::Answer;

/// Characters of a filter at most.
const LENGTH_MAX: usize = 2_000;
/// Parentheses in each other at most.
const DEPTH_MAX: usize = 32;
/// Comparisons and words of a filter at most, so that a row is never long to judge.
const ATOMS_MAX: usize = 100;

/// What a filter says, over atoms of some kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression<A> {
    /// All of two or more hold.
    All(Vec<Self>),
    /// One of two or more holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// This holds.
    Atom(A),
}

/// The smallest part of a filter, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Atom {
    /// A field against something.
    Comparison(Comparison),
    /// A word alone, which is looked for.
    Word(String),
}

/// A field against something, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) argument: Argument,
}

/// What stands behind an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// A value.
    Text(String),
    /// `*` behind a colon: anything at all.
    Anything,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Has,
}

impl Operator {
    /// All, the longer ones before those they begin with.
    const ALL: [Self; 7] =
        [Self::AtMost, Self::AtLeast, Self::NotEqual, Self::Less, Self::Greater, Self::Equal, Self::Has];

    /// As it is written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Has => ":",
        }
    }
}

impl<A> Expression<A> {
    /// Replaces its atoms.
    pub(super) fn try_map<B, E>(self, read: &mut impl FnMut(A) -> Result<B, E>) -> Result<Expression<B>, E> {
        let mut all =
            |parts: Vec<Self>| -> Result<Vec<_>, E> { parts.into_iter().map(|part| part.try_map(read)).collect() };
        Ok(match self {
            Self::All(parts) => Expression::All(all(parts)?),
            Self::Any(parts) => Expression::Any(all(parts)?),
            Self::Not(part) => Expression::Not(Box::new(part.try_map(read)?)),
            Self::Atom(atom) => Expression::Atom(read(atom)?),
        })
    }

    /// Whether it holds where `is` says which atoms hold.
    pub(super) fn holds(&self, is: &impl Fn(&A) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(is)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(is)),
            Self::Not(part) => !part.holds(is),
            Self::Atom(atom) => is(atom),
        }
    }

    /// Whether one of its atoms is such a one.
    pub(super) fn mentions(&self, is: &impl Fn(&A) -> bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(is)),
            Self::Not(part) => part.mentions(is),
            Self::Atom(atom) => is(atom),
        }
    }

    /// The parts that must all hold.
    pub(super) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            Self::Any(_) | Self::Not(_) | Self::Atom(_) => vec![self],
        }
    }
}

/// Reads a filter; None where it is empty. `fields` is for the hint.
pub(super) fn parse(text: &str, fields: &str) -> Answer<Option<Expression<Atom>>> {
    if text.chars().count() > LENGTH_MAX {
        return Err(Rejection::from(Reason::FieldTooLong)
            .with("field", "filter")
            .with("limit", LENGTH_MAX.to_string())
            .in_field("filter"));
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0, atoms: 0 };
    parser.filter().map_err(|Unread(at)| {
        Rejection::from(Reason::FilterSyntax)
            .with("position", (at + 1).to_string())
            .with("choices", fields)
            .in_field("filter")
    })
}

/// From which character on a filter can't be read, counted from 0.
struct Unread(usize);

type Read<T> = Result<T, Unread>;

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    atoms: usize,
}

impl Parser {
    fn filter(&mut self) -> Read<Option<Expression<Atom>>> {
        self.skip_blanks();
        if self.peek().is_none() {
            return Ok(None);
        }
        let expression = self.expression()?;
        if self.peek().is_some() { self.unread() } else { Ok(Some(expression)) }
    }

    fn expression(&mut self) -> Read<Expression<Atom>> {
        let mut parts = vec![self.any()?];
        while !matches!(self.peek(), None | Some(')')) {
            self.keyword("AND");
            parts.push(self.any()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn any(&mut self) -> Read<Expression<Atom>> {
        let mut parts = vec![self.term()?];
        while self.keyword("OR") {
            parts.push(self.term()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn term(&mut self) -> Read<Expression<Atom>> {
        if self.take("-") || self.keyword("NOT") {
            self.skip_blanks();
            return Ok(Expression::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Read<Expression<Atom>> {
        if self.peek() == Some('(') { self.group() } else { Ok(Expression::Atom(self.atom()?)) }
    }

    fn group(&mut self) -> Read<Expression<Atom>> {
        if self.depth == DEPTH_MAX {
            return self.unread();
        }
        self.depth += 1;
        self.at += 1;
        self.skip_blanks();
        let expression = self.expression()?;
        if !self.take(")") {
            return self.unread();
        }
        self.depth -= 1;
        self.skip_blanks();
        Ok(expression)
    }

    fn atom(&mut self) -> Read<Atom> {
        // A hyphen in front is a NOT, of which there is one at most.
        if self.atoms == ATOMS_MAX || self.peek() == Some('-') {
            return self.unread();
        }
        self.atoms += 1;
        let begin = self.at;
        let quoted = self.peek() == Some('"');
        let word = self.text(is_bare)?;
        self.skip_blanks();
        let Some(operator) = Operator::ALL.into_iter().find(|operator| self.take(operator.as_str())) else {
            return Ok(Atom::Word(word));
        };
        if quoted {
            return Err(Unread(begin));
        }
        self.skip_blanks();
        let argument = self.argument(operator)?;
        self.skip_blanks();
        Ok(Atom::Comparison(Comparison { field: word, operator, argument }))
    }

    fn argument(&mut self, operator: Operator) -> Read<Argument> {
        if operator == Operator::Has && self.take("*") {
            return if self.peek().is_some_and(is_bare) { self.unread() } else { Ok(Argument::Anything) };
        }
        // A time may stand without quotes.
        self.text(|c| is_bare(c) || matches!(c, ':' | '+')).map(Argument::Text)
    }

    /// A quoted text, in which a backslash keeps the next character, or a bare run of such characters, which is no
    /// keyword.
    fn text(&mut self, fits: impl Fn(char) -> bool) -> Read<String> {
        let begin = self.at;
        if self.take("\"") {
            return self.rest_of_quoted().ok_or(Unread(begin));
        }
        let text: String = self.chars[begin..].iter().copied().take_while(|c| fits(*c)).collect();
        if text.is_empty() || matches!(text.as_str(), "AND" | "OR" | "NOT") {
            return self.unread();
        }
        self.at = begin + text.chars().count();
        Ok(text)
    }

    /// None where its end is missing.
    fn rest_of_quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.next()?),
                c => text.push(c),
            }
        }
    }

    /// Takes a keyword and the blanks behind it.
    fn keyword(&mut self, word: &str) -> bool {
        let begin = self.at;
        let taken = self.take(word) && !self.peek().is_some_and(is_bare);
        if taken {
            self.skip_blanks();
        } else {
            self.at = begin;
        }
        taken
    }

    fn take(&mut self, text: &str) -> bool {
        let taken = self.chars[self.at..].iter().copied().take(text.len()).eq(text.chars());
        if taken {
            self.at += text.len();
        }
        taken
    }

    fn skip_blanks(&mut self) {
        self.at += self.chars[self.at..].iter().take_while(|c| c.is_whitespace()).count();
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn unread<T>(&self) -> Read<T> {
        Err(Unread(self.at))
    }
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '/' | '@')
}

fn one_or<A>(mut parts: Vec<Expression<A>>, several: fn(Vec<Expression<A>>) -> Expression<A>) -> Expression<A> {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            several(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    impl fmt::Display for Expression<Atom> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::All(parts) => joined(f, parts, self.rank(), " AND "),
                Self::Any(parts) => joined(f, parts, self.rank(), " OR "),
                Self::Not(part) => {
                    f.write_str("NOT ")?;
                    inner(f, part, self.rank())
                }
                Self::Atom(Atom::Word(word)) => quoted(f, word),
                Self::Atom(Atom::Comparison(Comparison { field, operator, argument })) => {
                    write!(f, "{field} {} ", operator.as_str())?;
                    match argument {
                        Argument::Text(text) => quoted(f, text),
                        Argument::Anything => f.write_str("*"),
                    }
                }
            }
        }
    }

    impl Expression<Atom> {
        fn rank(&self) -> u8 {
            match self {
                Self::All(_) => 0,
                Self::Any(_) => 1,
                Self::Not(_) => 2,
                Self::Atom(_) => 3,
            }
        }
    }

    fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expression<Atom>], rank: u8, between: &str) -> fmt::Result {
        for (place, part) in parts.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { between })?;
            inner(f, part, rank)?;
        }
        Ok(())
    }

    fn inner(f: &mut fmt::Formatter<'_>, part: &Expression<Atom>, rank: u8) -> fmt::Result {
        if part.rank() > rank { write!(f, "{part}") } else { write!(f, "({part})") }
    }

    fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    fn read(text: &str) -> String {
        parse(text, "x").unwrap().map_or_else(String::new, |expression| expression.to_string())
    }

    #[test]
    fn filters_are_read_as_aip_160_says() {
        for (text, meaning) in [
            ("", ""),
            ("  ", ""),
            ("state=LENT", r#"state = "LENT""#),
            (r#" state = "LENT"  AND user = "1" "#, r#"state = "LENT" AND user = "1""#),
            (r#"model = "OTP \"c200\"""#, r#"model = "OTP \"c200\"""#),
            ("token = tokens/feitian~26", r#"token = "tokens/feitian~26""#),
            ("a < 1 b <= 2 c > 3 d >= 4 e != 5", r#"a < "1" AND b <= "2" AND c > "3" AND d >= "4" AND e != "5""#),
            ("t >= 2026-01-01T00:00:00+09:00", r#"t >= "2026-01-01T00:00:00+09:00""#),
            ("offset > -30", r#"offset > "-30""#),
            ("a:b c:* d: \"*\"", r#"a : "b" AND c : * AND d : "*""#),
            // OR binds tighter than AND, and NOT tightest.
            ("a AND b OR c AND d", r#""a" AND "b" OR "c" AND "d""#),
            ("(a AND b) OR c", r#"("a" AND "b") OR "c""#),
            ("a AND (b OR c)", r#""a" AND "b" OR "c""#),
            ("a b OR c", r#""a" AND "b" OR "c""#),
            ("NOT a OR -b", r#"NOT "a" OR NOT "b""#),
            ("NOT(a b)", r#"NOT ("a" AND "b")"#),
            ("-(-(a))", r#"NOT (NOT "a")"#),
            ("((a))", r#""a""#),
            ("ANDROID NOTE ORB", r#""ANDROID" AND "NOTE" AND "ORB""#),
        ] {
            assert_eq!(read(text), meaning, "{text}");
        }
        let Some(Expression::All(parts)) = parse("a AND b OR c AND d", "x").unwrap() else { panic!("no conjunction") };
        assert!(matches!(&parts[1], Expression::Any(parts) if parts.len() == 2), "{parts:?}");
    }

    #[test]
    fn what_can_t_be_read_is_named_by_its_place() {
        for (text, position) in [
            ("= x", 1),
            ("state = ", 9),
            ("日本 = ", 6),
            ("state = \"x", 9),
            ("a = b = c", 7),
            ("a AND", 6),
            ("a OR OR b", 6),
            ("AND a", 1),
            ("a = NOT", 5),
            ("NOT NOT a", 5),
            ("--a", 2),
            ("(a", 3),
            ("a)", 2),
            ("()", 2),
            ("\"a\" = b", 1),
            ("a = *", 5),
            ("a:*b", 4),
            ("a ! b", 3),
            ("a'; DROP TABLE token", 2),
        ] {
            let error = parse(text, "x").unwrap_err();
            assert_eq!(error.reason, Reason::FilterSyntax);
            assert!(error.to_string().contains(&format!("from character {position})")), "{text}: {error}");
        }
    }

    #[test]
    fn length_depth_and_comparisons_are_bounded() {
        let reason = |text: String| parse(&text, "x").map(|_| ()).map_err(|no| no.reason);
        let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(reason(nested(32)), Ok(()));
        assert_eq!(reason(nested(33)), Err(Reason::FilterSyntax));
        assert_eq!(reason("-(".repeat(999)), Err(Reason::FilterSyntax));
        assert_eq!(reason("(a)".repeat(100)), Ok(()));
        assert_eq!(reason("a ".repeat(101)), Err(Reason::FilterSyntax));
        assert_eq!(reason("字".repeat(2_000)), Ok(()));
        assert_eq!(reason("a".repeat(2_001)), Err(Reason::FieldTooLong));
    }

    fn expression() -> impl Strategy<Value = Expression<Atom>> {
        let operator = (0..Operator::ALL.len()).prop_map(|place| Operator::ALL[place]);
        let comparison = ("[a-z][a-z_]{0,9}", operator, ".{0,9}").prop_map(|(field, operator, text)| Comparison {
            field,
            operator,
            argument: Argument::Text(text),
        });
        let presence = "[a-z][a-z_]{0,9}".prop_map(|field| Comparison {
            field,
            operator: Operator::Has,
            argument: Argument::Anything,
        });
        let atom = prop_oneof![
            ".{0,9}".prop_map(Atom::Word),
            comparison.prop_map(Atom::Comparison),
            presence.prop_map(Atom::Comparison),
        ];
        atom.prop_map(Expression::Atom).prop_recursive(4, 24, 3, |part| {
            prop_oneof![
                vec(part.clone(), 2..4).prop_map(Expression::All),
                vec(part.clone(), 2..4).prop_map(Expression::Any),
                part.prop_map(|part| Expression::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(expression in expression()) {
            let text = expression.to_string();
            prop_assert_eq!(parse(&text, "x").unwrap(), Some(expression), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}", alike in "[-a-zANDORT()\"\\\\ :=<>!*]{0,80}") {
            for text in [text, alike] {
                if let Ok(Some(expression)) = parse(&text, "x") {
                    prop_assert_eq!(parse(&expression.to_string(), "x").unwrap(), Some(expression));
                }
            }
        }
    }
}
