//! A plan: what a dry run came to, as a short word. An import that names it applies only the bytes that were planned, read
//! as they were then, where they still come to the same.
//!
//! Nothing is kept of it: the word itself holds what it was made from, under the fleet's key.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use ring::digest;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::Answer;
use crate::app::import::order::options_content;
use crate::app::import::{ImportOrder, ImportSummary};
use crate::seal::Keyring;

/// Letters for the file: somebody could look for another that has the same.
const FILE_LETTERS: usize = 8;

/// Letters for the options, and for what it came to: enough to tell chance apart.
const OTHER_LETTERS: usize = 4;

/// Which rows came to what, in whatever order that was heard.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rows(u128);

impl Rows {
    /// A row that is no new token, and what it is.
    pub(super) fn note(&mut self, line: u64, what: &str) {
        let digest =
            digest::digest(&digest::SHA256, &Canon::new("plan-row/1").bytes(&line.to_be_bytes()).text(what).finish());
        let first = digest.as_ref().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
        self.0 = self.0.wrapping_add(first);
    }
}

/// `mzxw6ytb-onsw-k4tj`: of the file, of the options, of what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    file: String,
    options: String,
    outcome: String,
}

impl Plan {
    /// The plan of an import that was tried.
    pub(super) fn of(keyring: &Keyring, order: &ImportOrder, summary: &ImportSummary, rows: Rows) -> Self {
        let counts = summary
            .counts()
            .into_iter()
            .fold(Canon::new("plan-outcome/2"), |canon, (name, value)| canon.text(&name).text(&value))
            .bytes(&rows.0.to_be_bytes());
        Self {
            file: letters(keyring.caller_mac(Canon::new("plan-file/1").text(&summary.file_sha256)), FILE_LETTERS),
            options: options(keyring, order),
            outcome: letters(keyring.caller_mac(counts), OTHER_LETTERS),
        }
    }

    /// Refuses other options than those of the plan.
    pub(super) fn fits_options(&self, keyring: &Keyring, order: &ImportOrder) -> Answer<()> {
        if self.options == options(keyring, order) {
            Ok(())
        } else {
            Err(mismatch("its options are", "オプションが"))
        }
    }

    /// Refuses another file than the one of the plan, and one that would come to something else by now.
    pub(super) fn fits(&self, now: &Self) -> Answer<()> {
        if self.file != now.file {
            return Err(mismatch("its file is", "ファイルが"));
        }
        if self.outcome == now.outcome { Ok(()) } else { Err(Reason::PlanStale.into()) }
    }
}

fn options(keyring: &Keyring, order: &ImportOrder) -> String {
    letters(keyring.caller_mac(options_content(Canon::new("plan-options/2"), order)), OTHER_LETTERS)
}

fn letters(mac: [u8; 32], count: usize) -> String {
    let mut text = BASE32_NOPAD.encode(&mac).to_ascii_lowercase();
    text.truncate(count);
    text
}

fn mismatch(en: &str, ja: &str) -> Rejection {
    Rejection::from(Reason::PlanMismatch).with("what", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.file, self.options, self.outcome)
    }
}

impl FromStr for Plan {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let text = text.to_ascii_lowercase();
        let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        let is_word = |word: &str, letters: usize| word.len() == letters && word.bytes().all(is_letter);
        match text.split('-').collect::<Vec<_>>()[..] {
            [file, options, outcome]
                if is_word(file, FILE_LETTERS)
                    && is_word(options, OTHER_LETTERS)
                    && is_word(outcome, OTHER_LETTERS) =>
            {
                Ok(Self { file: file.to_owned(), options: options.to_owned(), outcome: outcome.to_owned() })
            }
            _ => Err(Reason::PlanInvalid.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_is_written_in_capitals_too() {
        let plan: Plan = "MZXW6YTB-onsw-k4tj".parse().unwrap();
        assert_eq!(plan.to_string(), "mzxw6ytb-onsw-k4tj");
        for text in ["", "mzxw6ytb", "mzxw6ytb-onsw", "mzxw6ytb-onsw-k4t", "mzxw6yt1-onsw-k4tj", "mzxw6ytb-onsw-k4tj-a"]
        {
            assert_eq!(text.parse::<Plan>().unwrap_err().reason, Reason::PlanInvalid, "{text}");
        }
    }

    #[test]
    fn it_is_said_what_does_not_fit() {
        let plan = |text: &str| text.parse::<Plan>().unwrap();
        let planned = plan("mzxw6ytb-onsw-k4tj");
        assert_eq!(planned.fits(&planned), Ok(()));
        assert_eq!(planned.fits(&plan("aaaaaaaa-onsw-bbbb")).unwrap_err().reason, Reason::PlanMismatch);
        assert_eq!(planned.fits(&plan("mzxw6ytb-onsw-bbbb")).unwrap_err().reason, Reason::PlanStale);
    }
}
