//! The character set of the terminal, where it is not UTF-8: a locale such as `ja_JP.SJIS` or `ja_JP.eucJP`.
//!
//! What people read and type is in the locale's characters, on a terminal or not, as with other tools; documents for
//! programs are UTF-8 everywhere. Guarantee: a character that the set lacks becomes a readable stand-in, never an error.
//! On Windows nothing is to be done: std speaks UTF-16 with the console.

use std::io::{self, Write};

use encoding_rs::{EncoderResult, Encoding, UTF_8};

use crate::os;

/// Names that locales have for character sets and that the web does not know.
const LOCALE_NAMES: [(&str, &str); 5] =
    [("utf8", "utf-8"), ("eucjp", "euc-jp"), ("ujis", "euc-jp"), ("cp932", "shift_jis"), ("pck", "shift_jis")];

/// A character set in which ASCII is ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charset(&'static Encoding);

impl Charset {
    /// The one of documents, and of most terminals.
    pub(crate) const UTF_8: Self = Self(UTF_8);

    /// The one of the locale; UTF-8 where it names none, such as in the locale C.
    pub(crate) fn of_locale() -> Self {
        os::codeset().map_or(Self::UTF_8, |name| Self::named(&name))
    }

    /// The one of a name such as `eucJP`; UTF-8 for names that nobody knows.
    fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let label = LOCALE_NAMES.iter().find(|(locale, _)| *locale == name).map_or(name.as_str(), |(_, label)| label);
        let known = Encoding::for_label_no_replacement(label.as_bytes());
        known.filter(|encoding| encoding.is_ascii_compatible()).map_or(Self::UTF_8, Self)
    }

    /// What was typed in it.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        self.0.decode_without_bom_handling(bytes).0.into_owned()
    }

    /// A writer of text that puts it into this set.
    pub(crate) fn writer(self, to: impl Write + 'static) -> Box<dyn Write> {
        if self == Self::UTF_8 { Box::new(to) } else { Box::new(Encoded { charset: self, begun: Vec::new(), to }) }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        let mut encoder = self.0.new_encoder();
        let mut bytes = Vec::new();
        let mut rest = text;
        loop {
            bytes.reserve(rest.len() * 2 + 16);
            let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            rest = &rest[read..];
            match result {
                EncoderResult::InputEmpty => return bytes,
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(lacking) => bytes.extend(self.encode(stand_in(lacking))),
            }
        }
    }
}

/// What is written for a character that a set lacks. What is no ASCII here has a stand-in of its own.
fn stand_in(lacking: char) -> &'static str {
    match lacking {
        '✓' => "OK",
        '→' => "->",
        '−' | '–' | '—' | '・' => "-",
        '·' => "・",
        '±' => "+/-",
        '…' => "...",
        '〜' => "～",
        '～' => "~",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        '\u{a0}' => " ",
        _ => "?",
    }
}

/// A writer that gets UTF-8 in any pieces.
struct Encoded<W> {
    charset: Charset,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
    to: W,
}

impl<W: Write> Write for Encoded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(cut) if cut.error_len().is_none() => cut.valid_up_to(),
            Ok(_) | Err(_) => self.begun.len(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
        self.to.write_all(&self.charset.encode(&String::from_utf8_lossy(&text)))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, SHIFT_JIS};

    use super::*;
    use crate::output::tests::Kept;

    const TEXT: &str = "シリアル番号  機種\n";

    #[test]
    fn a_charset_is_known_by_the_name_that_a_locale_has_for_it() {
        for (name, encoding) in [
            ("SJIS", SHIFT_JIS),
            ("shift_jis", SHIFT_JIS),
            ("PCK", SHIFT_JIS),
            ("CP932", SHIFT_JIS),
            ("eucJP", EUC_JP),
            ("EUC-JP", EUC_JP),
            ("ujis", EUC_JP),
            ("UTF-8", UTF_8),
            ("utf8", UTF_8),
            ("nonsense", UTF_8),
            // Its escapes would confuse a terminal, and no locale has it.
            ("ISO-2022-JP", UTF_8),
        ] {
            assert_eq!(Charset::named(name), Charset(encoding), "{name}");
        }
    }

    #[test]
    fn text_is_written_in_the_charset_however_it_is_cut() {
        for (charset, first) in [(Charset(SHIFT_JIS), [0x83, 0x56]), (Charset(EUC_JP), [0xa5, 0xb7])] {
            for size in 1..TEXT.len() {
                let kept = Kept::default();
                let mut writer = charset.writer(kept.clone());
                for piece in TEXT.as_bytes().chunks(size) {
                    writer.write_all(piece).unwrap();
                }
                assert_eq!(kept.bytes()[..2], first, "シ");
                assert_eq!(charset.decode(&kept.bytes()), TEXT, "cut into pieces of {size}");
            }
        }
    }

    #[test]
    fn a_character_that_the_charset_lacks_has_a_stand_in() {
        let written = |text: &str| Charset(SHIFT_JIS).decode(&Charset(SHIFT_JIS).encode(text));
        assert_eq!(written("✓ 在庫 1 · 貸出中 2 → 한 〜"), "OK 在庫 1 ・ 貸出中 2 → ? ～");
        let latin = Charset::named("ISO-8859-1");
        assert_eq!(latin.encode("±1 · 貸 〜 →"), b"\xb11 \xb7 ? ~ ->");
    }
}
