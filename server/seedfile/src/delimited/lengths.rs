//! How long the secrets of a file are. Guarantee: a length is called damage only beside others that agree on another one,
//! and never where seeds usually have it: files of two models are honest.
//!
//! The secrets of a file's beginning (128 KiB at least) are counted, and what is found there holds for all its rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::secret::{SecretEncoding, decode, significant};

/// Bytes of seeds that tokens have; a text that lost a character does not end up at one of them.
const USUAL_BYTES: [usize; 5] = [16, 20, 24, 32, 64];

/// Secrets of one length from which on it is the usual one.
const USUAL_SECRETS: usize = 3;

/// A length is rare where the usual one is this many times as frequent.
const RARE: usize = 3;

/// The secrets at the beginning of a file.
#[derive(Default)]
pub(crate) struct Secrets {
    /// How many there are of each length, for each make: models have seeds of different lengths.
    lengths: HashMap<String, HashMap<String, BTreeMap<usize, usize>>>,
    /// The same of all makes together.
    all: BTreeMap<usize, usize>,
}

impl Secrets {
    /// Looks at one more. Those that don't read tell nothing.
    pub(crate) fn note(&mut self, secret: &str, encoding: SecretEncoding, make: (&str, &str)) {
        if decode(secret, encoding).is_err() {
            return;
        }
        let models = self.lengths.entry(make.0.to_owned()).or_default();
        let lengths = models.entry(make.1.to_owned()).or_default();
        let length = significant(secret, encoding);
        *lengths.entry(length).or_default() += 1;
        *self.all.entry(length).or_default() += 1;
    }

    pub(crate) fn lengths(self) -> Lengths {
        let usual = |(model, lengths)| Some((model, Usual::of(&lengths)?));
        let of_maker = |(maker, models): (_, HashMap<_, _>)| (maker, models.into_iter().filter_map(usual).collect());
        Lengths { usual: self.lengths.into_iter().map(of_maker).collect(), all: self.all }
    }
}

/// How long the secrets of a file are.
#[derive(Default)]
pub(crate) struct Lengths {
    usual: HashMap<String, HashMap<String, Usual>>,
    all: BTreeMap<usize, usize>,
}

impl Lengths {
    /// What is wrong with a secret among the others.
    pub(crate) fn damage(&self, secret: &str, encoding: SecretEncoding, make: (&str, &str)) -> Option<Rejection> {
        let usual = self.usual.get(make.0)?.get(make.1)?;
        let length = significant(secret, encoding);
        let is_usual =
            usual.frequent.contains(&length) || USUAL_BYTES.map(|bytes| encoding.length(bytes)).contains(&length);
        (!is_usual).then(|| unusual(length, usual.length))
    }

    /// What is wrong with a secret at the very end of a file that may have been cut off: it is shorter than all others,
    /// which agree, even where seeds may be so short.
    pub(crate) fn damage_at_end(&self, secret: &str, encoding: SecretEncoding) -> Option<Rejection> {
        let length = significant(secret, encoding);
        let is_other = |(other, count): &(&usize, &usize)| **other != length || **count > 1;
        let mut others = self.all.iter().filter(is_other).map(|(other, _)| *other);
        let (other, more) = (others.next()?, others.next());
        (more.is_none() && length < other).then(|| unusual(length, other))
    }
}

fn unusual(length: usize, usual: usize) -> Rejection {
    let why = Rejection::from(Reason::SecretLengthUnusual).with("length", length.to_string());
    why.with("usual", usual.to_string())
}

/// The length that most secrets of a make have.
struct Usual {
    length: usize,
    /// It and the others that are too frequent to be damage.
    frequent: BTreeSet<usize>,
}

impl Usual {
    fn of(lengths: &BTreeMap<usize, usize>) -> Option<Self> {
        let (length, most) = lengths.iter().max_by_key(|(_, count)| **count)?;
        let is_frequent = |(_, count): &(&usize, &usize)| **count * RARE > *most;
        let frequent = lengths.iter().filter(is_frequent).map(|(length, _)| *length).collect();
        (*most >= USUAL_SECRETS).then_some(Self { length: *length, frequent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretEncoding::{Base32, Hex};

    fn lengths(secrets: &[(usize, usize)], encoding: SecretEncoding) -> Lengths {
        let mut noted = Secrets::default();
        for (length, count) in secrets {
            for _ in 0..*count {
                noted.note(&"A".repeat(*length), encoding, ("", ""));
            }
        }
        noted.lengths()
    }

    fn is_damaged(secrets: &[(usize, usize)], encoding: SecretEncoding, length: usize) -> bool {
        lengths(secrets, encoding).damage(&"A".repeat(length), encoding, ("", "")).is_some()
    }

    #[test]
    fn a_secret_whose_length_is_its_own_is_damaged_where_the_others_agree() {
        for length in [31, 29, 28, 40] {
            assert!(is_damaged(&[(32, 3), (length, 1)], Base32, length), "{length}");
        }
        assert!(is_damaged(&[(40, 9)], Hex, 38) && is_damaged(&[(40, 9)], Hex, 42));
        let why = lengths(&[(32, 3)], Base32).damage(&"A".repeat(31), Base32, ("", ""));
        assert_eq!(why, Some(Rejection::from(Reason::SecretLengthUnusual).with("length", "31").with("usual", "32")));
    }

    #[test]
    fn the_last_secret_is_damaged_where_all_others_agree_on_a_greater_length() {
        let at_end = |secrets: &[(usize, usize)], length: usize| {
            lengths(secrets, Hex).damage_at_end(&"A".repeat(length), Hex).is_some()
        };
        assert!(at_end(&[(40, 9), (32, 1)], 32) && at_end(&[(40, 9)], 32) && at_end(&[(40, 1), (32, 1)], 32));
        assert!(!at_end(&[(40, 9), (32, 2)], 32) && !at_end(&[(40, 9), (64, 1)], 64) && !at_end(&[(40, 9)], 40));
        assert!(!at_end(&[(40, 3), (64, 3), (32, 1)], 32) && !at_end(&[], 32));
    }

    #[test]
    fn files_of_two_honest_lengths_are_left_alone() {
        // 16, 32 and 64 bytes beside 20; an odd length that many have; too few to say what is usual.
        for length in [26, 52, 103] {
            assert!(!is_damaged(&[(32, 900), (length, 1)], Base32, length), "{length}");
        }
        assert!(!is_damaged(&[(40, 5), (38, 2)], Hex, 38));
        assert!(!is_damaged(&[(40, 2)], Hex, 38));
        assert!(lengths(&[(40, 9)], Hex).damage(&"A".repeat(38), Hex, ("Maker", "Two")).is_none());
    }
}
