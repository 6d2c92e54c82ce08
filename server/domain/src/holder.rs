//! Whose a loan is: a person's, or, long after its end, somebody's whose ID retention has removed.
//!
//! Guarantee: the word for somebody who was removed is the same for the same person, so that their loans still count as
//! theirs, and nobody finds the ID in it without the fleet's keys.

use std::fmt;
use std::str::FromStr;

use ring::hmac;

use crate::canon::Canon;
use crate::ids::UserId;

/// Whose a loan is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Of this person.
    Person(UserId),
    /// Of somebody whose ID was removed.
    Former(Former),
}

impl Holder {
    /// The person, unless their ID was removed.
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Self::Person(user) => Some(user),
            Self::Former(_) => None,
        }
    }
}

impl From<UserId> for Holder {
    fn from(user: UserId) -> Self {
        Self::Person(user)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(user) => user.fmt(f),
            Self::Former(former) => former.fmt(f),
        }
    }
}

impl FromStr for Holder {
    type Err = BadHolder;

    fn from_str(text: &str) -> Result<Self, BadHolder> {
        match text.strip_prefix(Former::PREFIX) {
            Some(hash) if is_hash(hash) => Ok(Self::Former(Former(hash.to_owned()))),
            Some(_) => Err(BadHolder),
            None => text.parse().map(Self::Person).map_err(|_| BadHolder),
        }
    }
}

/// A text that names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an ID nor the word for somebody whose ID was removed")]
pub struct BadHolder;

/// Somebody whose ID was removed: `former-1a2b3c4d5e6f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former(String);

impl Former {
    const PREFIX: &'static str = "former-";

    /// Bytes of the hash that are kept: enough that no two people of a university ever share a word.
    const BYTES: usize = 6;

    /// The word for a person.
    pub fn of(user: &UserId, key: &hmac::Key) -> Self {
        let hash = hmac::sign(key, &Canon::new("former/1").text(user.as_str()).finish());
        let number = hash.as_ref().iter().take(Self::BYTES).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        Self(format!("{number:0digits$x}", digits = 2 * Self::BYTES))
    }
}

impl fmt::Display for Former {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0)
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 2 * Former::BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn former(user: &str, key: &[u8]) -> String {
        Former::of(&user.parse().unwrap(), &hmac::Key::new(hmac::HMAC_SHA256, key)).to_string()
    }

    #[test]
    fn one_person_is_one_word_and_another_another_under_each_key() {
        assert_eq!(former("0123456789", b"key"), former("0123456789", b"key"));
        assert_ne!(former("0123456789", b"key"), former("0123456780", b"key"));
        assert_ne!(former("0123456789", b"key"), former("0123456789", b"another"));
    }

    #[test]
    fn both_kinds_read_back_and_nothing_else_does() {
        for text in ["0123456789".to_owned(), former("0123456789", b"key"), "former-1a2b3c4d5e6f".to_owned()] {
            let holder: Holder = text.parse().unwrap();
            assert_eq!(holder.to_string(), text);
            assert_eq!(holder.person().is_some(), text.starts_with('0'), "{text}");
        }
        for text in ["", "former-", "former-1a2b3c", "former-1A2B3C4D5E6F", "former-0123456789xy", "123456789"] {
            assert_eq!(text.parse::<Holder>(), Err(BadHolder), "{text}");
        }
    }
}
