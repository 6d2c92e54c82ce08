//! The words that tokenadm says itself, in English and Japanese; what the server says comes translated from there.
//!
//! `Say` is what tokenadm tells while it works; `Complaint` is every "no" of its own. Texts hold places such as
//! `{serial}`, and words that follow a count, such as `{tokens} {tokens|token|tokens}`. No text has a place for a seed or
//! a code.

pub(crate) mod cause;
mod complaint;
pub(crate) mod help;
mod say;
pub(crate) mod usage;
pub(crate) mod wrap;

pub(crate) use complaint::Complaint;
pub(crate) use say::Say;

/// The languages that tokenadm speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The language of a locale such as `ja_JP.UTF-8`; English for any other.
    pub(crate) fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ja") { Self::Ja } else { Self::En }
    }

    /// The BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        self.choose(["en", "ja"])
    }

    fn choose(self, [english, japanese]: [&'static str; 2]) -> &'static str {
        match self {
            Self::En => english,
            Self::Ja => japanese,
        }
    }
}

/// A value for a place in a text.
pub(crate) type Place<'a> = (&'static str, &'a str);

/// A text with its places filled.
pub(crate) fn fill(text: &str, places: &[Place<'_>]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(value_at(place, places));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// The value of a place; of `count|token|tokens` the first word where the count is 1, else the second.
fn value_at<'a>(place: &'a str, places: &[Place<'a>]) -> &'a str {
    let value = |name: &str| places.iter().find(|place| place.0 == name).map_or("", |place| place.1);
    match place.split_once('|') {
        None => value(place),
        Some((count, words)) => {
            let (one, several) = words.split_once('|').unwrap_or((words, words));
            if value(count) == "1" { one } else { several }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        let places = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place);
        places.map(|place| place.split_once('|').map_or(place, |(count, _)| count)).collect()
    }

    #[test]
    fn every_phrase_has_both_languages_and_the_same_places() {
        for say in Say::ALL {
            let [english, japanese] = say.texts();
            assert!(!english.is_empty() && !japanese.is_empty(), "{say:?}");
            assert_eq!(places(english), places(japanese), "{say:?}");
        }
    }

    #[test]
    fn every_complaint_has_both_languages_the_same_places_and_a_code_of_its_own() {
        let mut codes = HashSet::new();
        for complaint in Complaint::ALL {
            let words = complaint.words();
            assert!(codes.insert(words.code), "{complaint:?} shares its code");
            for (english, japanese) in words.texts(Lang::En).into_iter().zip(words.texts(Lang::Ja)) {
                assert!(!english.is_empty() && !japanese.is_empty(), "{complaint:?}");
                assert_eq!(places(english), places(japanese), "{complaint:?}");
            }
        }
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_left_alone() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
    }

    #[test]
    fn english_words_follow_their_count_and_japanese_has_one_form() {
        let reverted = |lang, tokens| Say::LotReverted.with(lang, &[("lot", "a"), ("tokens", tokens)]);
        assert_eq!(reverted(Lang::En, "1"), "lot a is taken out again (1 token)");
        for several in ["0", "2", "11"] {
            assert_eq!(reverted(Lang::En, several), format!("lot a is taken out again ({several} tokens)"));
        }
        assert_eq!(reverted(Lang::Ja, "1"), "ロット a を取り消しました（1本）");
    }

    #[test]
    fn a_japanese_locale_is_japanese_and_any_other_is_english() {
        assert_eq!(Lang::of_locale("ja_JP.UTF-8"), Lang::Ja);
        assert_eq!(Lang::of_locale("C"), Lang::En);
    }
}
