//! What a member of an archive is taken for by its first bytes. Guarantee: what may hold seeds is never passed over for
//! being in a form that nobody knows here, so that no half of a delivery is left behind in silence.

use tokenfleet_domain::catalogue::Reason;
use zeroize::Zeroizing;

use crate::archive::is_zip;
use crate::delimited::prefix::Beginning;
use crate::foreign::Foreign;
use crate::secret::{SecretEncoding, decode};
use crate::unlock::{NoSecret, Opener};
use crate::{ReadOptions, signature};

/// Bytes of a secret from which on a word may be one. No shorter one is admitted to the fleet.
const LEAST_SEED: usize = 16;

/// What a member is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A file that somebody may mean as a seed file, whether or not it is read here.
    SeedFile,
    /// None that is known, with something in it that may be a seed.
    MayHoldSeeds,
    /// Anything else: a letter, a picture, a signature.
    Other,
}

/// Looks at the first bytes of a member.
pub(super) fn look(head: &[u8], options: &ReadOptions) -> Look {
    let contains = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    if is_zip(head) {
        let is_document = !contains(b"xl/") && (contains(b"word/") || contains(b"ppt/"));
        return if is_document { Look::Other } else { Look::SeedFile };
    }
    // What stands beside a signed file.
    if contains(b"-----BEGIN PGP SIGNATURE") || contains(b"-----BEGIN PGP PUBLIC KEY") {
        return Look::Other;
    }
    let options = ReadOptions { part: None, ..options.clone() };
    match signature::open(head, &options, Opener::new(Box::new(NoSecret))).err().map(|why| why.reason) {
        Some(Reason::FileFormatRefused) => look_of_foreign(head),
        Some(reason) if NO_SEED_FILE.contains(&reason) => look_by_words(head),
        Some(_) | None => Look::SeedFile,
    }
}

/// What is said of files that are no seed files. Others are such files with something wrong.
const NO_SEED_FILE: [Reason; 9] = [
    Reason::FileEmpty,
    Reason::FileFormatUnknown,
    Reason::FileEncoding,
    Reason::FileEncodingBroken,
    Reason::HeaderColumnMissing,
    Reason::RowTooLong,
    Reason::MapColumn,
    Reason::MapHeading,
    Reason::MapSecrets,
];

fn look_of_foreign(head: &[u8]) -> Look {
    match Foreign::of_bytes(head) {
        Some(Foreign::OtherXml | Foreign::OtherJson | Foreign::People) => look_by_words(head),
        Some(foreign) if !foreign.may_hold_seeds() => Look::Other,
        Some(_) | None => Look::SeedFile,
    }
}

/// A text of no known form, by the words in it.
fn look_by_words(head: &[u8]) -> Look {
    let text = text_of(head);
    let is_part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let has_seed = text.split(|c| !is_part_of_word(c)).any(may_be_seed);
    if has_seed { Look::MayHoldSeeds } else { Look::Other }
}

/// The text as it is meant, or what of it is ASCII where its encoding is not known.
fn text_of(head: &[u8]) -> Zeroizing<String> {
    match Beginning::read(head) {
        Ok(beginning) => Zeroizing::new(String::from_utf8_lossy(beginning.bytes()).into_owned()),
        Err(_) => Zeroizing::new(String::from_utf8_lossy(head).into_owned()),
    }
}

/// Words of letters alone are words, but for hex; of secrets hardly any has no digit, and no file of them.
fn may_be_seed(word: &str) -> bool {
    let has = |is_it: fn(&char) -> bool| word.chars().any(|c| is_it(&c));
    let reads_as = |encoding| decode(word, encoding).is_ok_and(|seed| seed.len() >= LEAST_SEED);
    let (digit, upper, lower) =
        (has(char::is_ascii_digit), has(char::is_ascii_uppercase), has(char::is_ascii_lowercase));
    reads_as(SecretEncoding::Hex)
        || digit && (upper || lower) && reads_as(SecretEncoding::Base32)
        || digit && upper && lower && reads_as(SecretEncoding::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_no_known_form_are_looked_through_for_seeds() {
        let look = |text: &str| look(text.as_bytes(), &ReadOptions::default());
        for text in [
            "Nummer,Geheim\n0102,7d6164652d757020736565640a6e6f2e20323021\n",
            "Token 0102: PJXXK4TTMVSWI3LBMRSXK4DYO5WXGZDF\n",
            "0102 -> bWFkZS11cCBzZWVkCm5vLiAyMCE=\n",
            "<keys><key>pjxxk4ttmvswi3lbmrsxk4dyo5</key></keys>",
        ] {
            assert_eq!(look(text), Look::MayHoldSeeds, "{text}");
        }
        for text in [
            "Dear customer,\nplease find the seeds enclosed, thank you.\n",
            "Internationalisierungsrichtlinie, Donaudampfschifffahrtsgesellschaft\n",
            "Serial Number,Model\n2307530000001234,C200\n",
            "<readme version=\"2\">see https://www.example.com/tokens</readme>",
            "----------------------------------------\nInvoice of 2026-11-24\n",
            "",
        ] {
            assert_eq!(look(text), Look::Other, "{text}");
        }
        assert_eq!(look("serial,secret,type\n"), Look::SeedFile);
    }
}
