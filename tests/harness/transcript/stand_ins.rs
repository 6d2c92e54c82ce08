//! What is shown in the place of what differs from run to run.
//!
//! Guarantee: nothing else is touched. A value is replaced where it is known word for word, from another source; an id
//! that the program drew itself, where it has the form of one, by a number that is its own. Each stand-in is as wide as
//! what it stands for, so tables are as they were.

use std::collections::HashMap;

/// A value that differs from run to run, and what is shown in its place.
pub type StandIn = (String, String);

/// What stands before the server's id of a request: in documents, and in either language's talk.
const REQUEST_LABELS: [&str; 3] = ["\"request_id\":\"", "request: ", "要求番号: "];

/// All that is known so far.
#[derive(Default)]
pub(super) struct StandIns {
    known: Vec<StandIn>,
    drawn: HashMap<String, usize>,
}

impl StandIns {
    /// From now on this is shown in the place of a value.
    pub(super) fn add(&mut self, value: &str, shown: &str) {
        assert_eq!(value.len(), shown.len(), "{value} and {shown} are not as wide: tables would not be as they were");
        self.known.push((value.to_owned(), shown.to_owned()));
    }

    /// A text as it is shown; `learned` counts for this text alone.
    pub(super) fn tidy(&mut self, text: &str, learned: &[StandIn]) -> String {
        let mut tidy = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            let (before, word) = rest.split_at(begin);
            let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || ".:-".contains(c))).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            tidy.push_str(before);
            let whole = word.trim_end_matches([':', '.', '-']);
            let shown = self.shown(whole, &tidy, learned);
            tidy.push_str(&shown);
            tidy.push_str(&word[whole.len()..]);
            rest = after;
        }
        tidy.push_str(rest);
        tidy
    }

    /// A word as it is shown behind a text.
    fn shown(&mut self, word: &str, before: &str, learned: &[StandIn]) -> String {
        if let Some((_, shown)) = self.known.iter().chain(learned).find(|(value, _)| value == word) {
            return shown.clone();
        }
        if is_random_uuid(word) {
            return format!("00000000-0000-4000-8000-{:012}", self.nth_drawn(word));
        }
        if is_hex(word, 16) && REQUEST_LABELS.iter().any(|label| before.ends_with(label)) {
            return format!("{:016}", self.nth_drawn(word));
        }
        word.to_owned()
    }

    /// The number of an id: the same for the same, another for any other.
    fn nth_drawn(&mut self, id: &str) -> usize {
        let next = self.drawn.len() + 1;
        *self.drawn.entry(id.to_owned()).or_insert(next)
    }
}

/// Whether it is a UUID of version 4.
fn is_random_uuid(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let as_long = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]);
    let hex = parts.iter().all(|part| is_hex(part, part.len()));
    as_long && hex && parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b'])
}

fn is_hex(word: &str, length: usize) -> bool {
    word.len() == length && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value_is_replaced_as_a_whole_word_only() {
        let mut stand_ins = StandIns::default();
        stand_ins.add("127.0.0.1:41234", "otp.example:443");
        let learned = [("029362".to_owned(), "492039".to_owned())];
        let text = "https://127.0.0.1:41234, 127.0.0.1:412345 and 127.0.0.1:41234: 029362 of 0293621\n";
        assert_eq!(
            stand_ins.tidy(text, &learned),
            "https://otp.example:443, 127.0.0.1:412345 and otp.example:443: 492039 of 0293621\n"
        );
        assert_eq!(stand_ins.tidy("029362", &[]), "029362");
    }

    #[test]
    fn ids_that_were_drawn_are_numbered_and_other_hex_is_left_alone() {
        let mut stand_ins = StandIns::default();
        let (one, other) = ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7");
        let text = format!("{one} {other} {one} request: 0123456789abcdef");
        assert_eq!(
            stand_ins.tidy(&text, &[]),
            "00000000-0000-4000-8000-000000000001 00000000-0000-4000-8000-000000000002 \
             00000000-0000-4000-8000-000000000001 request: 0000000000000003"
        );
        for kept in ["kcv 0123456789abcdef", "01a20ada-2c00-7000-8000-000000000004", "request: 0123456789abcde"] {
            assert_eq!(stand_ins.tidy(kept, &[]), kept);
        }
    }
}
