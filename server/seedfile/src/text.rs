//! The bytes of a file to UTF-8, whatever they were written in, and how that is known. Guarantee: nothing is replaced.
//! A character that can't be decoded becomes a byte that no UTF-8 has, so that `lines` refuses the file with the line.
//! It refuses the file and not the row, since such a line may mean that the others were decoded wrongly too.
//!
//! The rule, over the first 128 KiB: a byte order mark decides; what is UTF-8 is UTF-8;
//! else it is the one of Shift_JIS (CP932) and EUC-JP in which some line, decoded strictly, shows itself: by a heading
//! that is known, or by two characters side by side as only that encoding writes them. Where both show or neither,
//! and where other lines are UTF-8, it is read as UTF-8 and refused where it is not. Chinese, Korean and Western text
//! decodes as Japanese only too often: that a file decodes proves nothing.

use std::io::{self, Chain, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult, EUC_JP, Encoding, SHIFT_JIS, UTF_16BE, UTF_16LE};
use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::delimited::cells::{Delimiter, split};
use crate::evidence::TextEncoding;
use crate::field::heading;
use crate::lines::{BOM, read_up_to};
use crate::magic;

/// What is read to know the encoding.
const HEAD_BYTES: usize = 128 * 1024;

const CHUNK: usize = 16 * 1024;

/// No byte of UTF-8.
const UNDECODABLE: u8 = 0xff;

/// A file as UTF-8.
pub(crate) struct Text<R> {
    input: Chain<Cursor<Zeroizing<Vec<u8>>>, R>,
    encoding: TextEncoding,
    /// None where the bytes are UTF-8 as they come.
    decoding: Option<Decoding>,
}

impl<R: Read> Text<R> {
    /// Looks at the beginning and decides.
    pub(crate) fn open(mut input: R) -> Result<Self, Rejection> {
        let mut head = Zeroizing::new(Vec::new());
        read_up_to(&mut input, &mut head, HEAD_BYTES)?;
        let encoding = encoding_of(&head);
        let decoding = decoder(encoding).map(Decoding::new);
        Ok(Self { input: Cursor::new(head).chain(input), encoding, decoding })
    }

    pub(crate) fn encoding(&self) -> TextEncoding {
        self.encoding
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.decoding {
            None => self.input.read(into),
            Some(decoding) => decoding.read(&mut self.input, into),
        }
    }
}

/// A decoder between two buffers.
struct Decoding {
    decoder: Decoder,
    raw: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
    text: Zeroizing<Vec<u8>>,
    given: usize,
    decoded: usize,
    is_last: bool,
    ended: bool,
}

impl Decoding {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            raw: Zeroizing::new(vec![0; CHUNK]),
            taken: 0,
            filled: 0,
            text: Zeroizing::new(vec![0; CHUNK]),
            given: 0,
            decoded: 0,
            is_last: false,
            ended: false,
        }
    }

    fn read(&mut self, input: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded && !self.ended {
            self.decode_some(input)?;
        }
        let ready = &self.text[self.given..self.decoded];
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }

    fn decode_some(&mut self, input: &mut impl Read) -> io::Result<()> {
        if self.taken == self.filled && !self.is_last {
            self.filled = input.read(&mut self.raw)?;
            self.taken = 0;
            self.is_last = self.filled == 0;
        }
        // The last place is for the mark of a character that can't be decoded.
        let (room, raw) = (self.text.len() - 1, &self.raw[self.taken..self.filled]);
        let (result, taken, decoded) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text[..room], self.is_last);
        self.taken += taken;
        (self.given, self.decoded) = (0, decoded);
        match result {
            DecoderResult::InputEmpty => self.ended = self.is_last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                self.text[decoded] = UNDECODABLE;
                self.decoded += 1;
            }
        }
        Ok(())
    }
}

/// Marks stay in the text: `lines` removes them there, as it does with that of UTF-8.
fn decoder(encoding: TextEncoding) -> Option<Decoder> {
    let encoding = match encoding {
        TextEncoding::Utf8 | TextEncoding::Utf8WithBom => return None,
        TextEncoding::Utf16Le => UTF_16LE,
        TextEncoding::Utf16Be => UTF_16BE,
        TextEncoding::ShiftJis => SHIFT_JIS,
        TextEncoding::EucJp => EUC_JP,
    };
    Some(encoding.new_decoder_without_bom_handling())
}

impl TextEncoding {
    /// The bytes of a text. A character that the encoding lacks becomes its number (`&#8364;`).
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf8WithBom => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::ShiftJis => SHIFT_JIS.encode(text).0.into_owned(),
            Self::EucJp => EUC_JP.encode(text).0.into_owned(),
        }
    }

    /// Whether a byte order mark begins the file.
    pub(crate) fn has_mark(self) -> bool {
        match self {
            Self::Utf8WithBom | Self::Utf16Le | Self::Utf16Be => true,
            Self::Utf8 | Self::ShiftJis | Self::EucJp => false,
        }
    }
}

fn encoding_of(head: &[u8]) -> TextEncoding {
    match head {
        _ if head.starts_with(BOM) => return TextEncoding::Utf8WithBom,
        // UTF-32, which is refused by its name.
        [0xff, 0xfe, 0, 0, ..] => return TextEncoding::Utf8,
        [0xff, 0xfe, ..] => return TextEncoding::Utf16Le,
        [0xfe, 0xff, ..] => return TextEncoding::Utf16Be,
        _ => {}
    }
    let lines = || head.split(|byte| matches!(byte, b'\r' | b'\n'));
    let is_utf8_word = |line: &[u8]| !line.is_ascii() && std::str::from_utf8(line).is_ok();
    if is_utf8(head) || magic::foreign(head).is_some() || lines().any(is_utf8_word) {
        return TextEncoding::Utf8;
    }
    let shows = |japanese: Japanese| lines().any(|line| japanese.shows_in(line));
    match (shows(Japanese::ShiftJis), shows(Japanese::EucJp)) {
        (true, false) => TextEncoding::ShiftJis,
        (false, true) => TextEncoding::EucJp,
        (true, true) | (false, false) => TextEncoding::Utf8,
    }
}

/// A character that the end of the head cuts is no fault.
fn is_utf8(head: &[u8]) -> bool {
    std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// The encodings that nothing declares.
#[derive(Clone, Copy)]
enum Japanese {
    ShiftJis,
    EucJp,
}

impl Japanese {
    fn shows_in(self, line: &[u8]) -> bool {
        !line.is_ascii() && self.decodes(line).is_some_and(|text| self.has_word(line) || has_heading(&text))
    }

    fn decodes(self, line: &[u8]) -> Option<Zeroizing<String>> {
        let encoding: &Encoding = match self {
            Self::ShiftJis => SHIFT_JIS,
            Self::EucJp => EUC_JP,
        };
        let text = encoding.decode_without_bom_handling_and_without_replacement(line)?;
        Some(Zeroizing::new(text.into_owned()))
    }

    /// Two of its characters side by side, at least one of which is of its own.
    fn has_word(self, line: &[u8]) -> bool {
        let (mut rest, mut before) = (line, Sign::None);
        while let Some(first) = rest.first() {
            let (character, after) = rest.split_at(self.length(*first).min(rest.len()));
            let sign = self.sign(character);
            match (before, sign) {
                (Sign::Own, Sign::Own | Sign::Usual) | (Sign::Usual, Sign::Own) => return true,
                (Sign::Own | Sign::Usual | Sign::None, _) => {}
            }
            (rest, before) = (after, sign);
        }
        false
    }

    /// Of its own is, in Shift_JIS, what begins with a byte that is none of EUC-JP: kana and most kanji. In EUC-JP these
    /// are kana: in Shift_JIS they would be a comma or dot of half width before every letter, and they are no Chinese.
    fn sign(self, character: &[u8]) -> Sign {
        match (self, character) {
            (Self::ShiftJis, [0x8e | 0x8f, _]) | (Self::EucJp, [0xa1, 0xbc]) => Sign::Usual,
            (Self::ShiftJis, [0x81..=0x9f, _]) | (Self::EucJp, [0xa4 | 0xa5, _]) => Sign::Own,
            (Self::ShiftJis | Self::EucJp, _) => Sign::None,
        }
    }

    /// Bytes of a character.
    fn length(self, first: u8) -> usize {
        match (self, first) {
            (Self::ShiftJis, 0x81..=0x9f | 0xe0..=0xfc) | (Self::EucJp, 0x8e | 0xa1..=0xfe) => 2,
            (Self::EucJp, 0x8f) => 3,
            (Self::ShiftJis | Self::EucJp, _) => 1,
        }
    }
}

/// What one character says for an encoding.
#[derive(Clone, Copy)]
enum Sign {
    /// It has no such meaning in the other.
    Own,
    /// It stands in words of this encoding, but might be of another.
    Usual,
    None,
}

fn has_heading(line: &str) -> bool {
    Delimiter::ALL.into_iter().filter_map(|delimiter| split(line, delimiter).ok()).flatten().any(|cell| {
        let is_known = heading(&cell).is_some();
        is_known && !cell.is_ascii()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable, "{text}");
        bytes.into_owned()
    }

    fn wide(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    fn read(bytes: &[u8]) -> (TextEncoding, Vec<u8>) {
        let mut text = Text::open(bytes).unwrap();
        let mut all = Vec::new();
        text.read_to_end(&mut all).unwrap();
        (text.encoding(), all)
    }

    #[test]
    fn every_encoding_is_known_and_decoded() {
        let text = "シリアル番号,モデル\r\n0101,ワンタイム 表示器\r\n";
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), TextEncoding::Utf8),
            (bytes(text, SHIFT_JIS), TextEncoding::ShiftJis),
            (bytes(text, EUC_JP), TextEncoding::EucJp),
        ] {
            assert_eq!(read(&bytes), (encoding, text.as_bytes().to_vec()), "{encoding:?}");
        }
        let marked = format!("\u{feff}{text}𠮷");
        for (bytes, encoding) in [
            (marked.as_bytes().to_vec(), TextEncoding::Utf8WithBom),
            (wide(&marked, u16::to_le_bytes), TextEncoding::Utf16Le),
            (wide(&marked, u16::to_be_bytes), TextEncoding::Utf16Be),
        ] {
            assert_eq!(read(&bytes), (encoding, marked.as_bytes().to_vec()), "{encoding:?}");
        }
    }

    #[test]
    fn one_word_or_one_heading_shows_a_japanese_encoding() {
        for (text, encoding, expected) in [
            ("serial,maker\n1,株式\n", SHIFT_JIS, TextEncoding::ShiftJis),
            ("型番,serial\n", SHIFT_JIS, TextEncoding::ShiftJis),
            ("ｼﾘｱﾙ,key\n", SHIFT_JIS, TextEncoding::ShiftJis),
            ("serial,model\n1,カード\n", EUC_JP, TextEncoding::EucJp),
            ("製造番号,key\n", EUC_JP, TextEncoding::EucJp),
            ("ｼﾘｱﾙ,key\n1,ﾄｰｸﾝ\n", EUC_JP, TextEncoding::EucJp),
        ] {
            assert_eq!(encoding_of(&bytes(text, encoding)), expected, "{text}");
        }
    }

    #[test]
    fn what_only_decodes_is_not_taken_for_japanese() {
        use encoding_rs::{BIG5, EUC_KR, GBK, WINDOWS_1252};
        for (text, encoding) in [
            ("serial,maker\n1,飞天诚信科技\n", GBK),
            ("serial,maker\n1,飛天誠信科技\n", BIG5),
            ("serial,maker\n1,한국 보안 토큰\n", EUC_KR),
            ("serial,maker\n1,Société Générale d’été «ÉÈ»\n", WINDOWS_1252),
            ("serial,maker\n1,製造\n", EUC_JP),
            ("serial,maker\n1,ﾄｰｸﾝ ｶｰﾄﾞ\n", SHIFT_JIS),
        ] {
            assert_eq!(encoding_of(&bytes(text, encoding)), TextEncoding::Utf8, "{text}");
        }
        let mixed = [bytes("型番,シリアル番号\n", SHIFT_JIS), "1,カード\n".as_bytes().to_vec()].concat();
        assert_eq!(encoding_of(&mixed), TextEncoding::Utf8);
        let both = [bytes("型番,シリアル番号\n", SHIFT_JIS), bytes("1,カード\n", EUC_JP)].concat();
        assert_eq!(encoding_of(&both), TextEncoding::Utf8);
        assert_eq!(encoding_of(b"PK\x03\x04\0\x83V\x83\x8a"), TextEncoding::Utf8);
    }

    #[test]
    fn behind_a_head_of_ascii_nothing_but_utf_8_is_taken() {
        let near = format!("{}1,カード\n", "serial,model\n".repeat(1_000));
        assert_eq!(read(&bytes(&near, EUC_JP)), (TextEncoding::EucJp, near.into_bytes()));
        let far = format!("{}1,カード\n", "serial,model\n".repeat(20_000));
        assert_eq!(read(&bytes(&far, EUC_JP)).0, TextEncoding::Utf8);
    }

    #[test]
    fn a_character_that_is_cut_or_unknown_becomes_no_utf_8_and_swallows_nothing() {
        let broken = [&bytes("型番,表示器\n1,表", SHIFT_JIS)[..], b"\x83\n2,\xfe\n\x83"].concat();
        let expected = ["型番,表示器\n1,表".as_bytes(), b"\xff\n2,\xff\n\xff"].concat();
        assert_eq!(read(&broken), (TextEncoding::ShiftJis, expected));
        assert_eq!(read(b"\xff\xfea\0\x00\xd8\n\0b"), (TextEncoding::Utf16Le, b"\xef\xbb\xbfa\xff\n\xff".to_vec()));
        // Cut there, it would read as Shift_JIS.
        let cut = "チスト".as_bytes();
        assert!(Japanese::ShiftJis.shows_in(&cut[..cut.len() - 1]));
        assert_eq!(encoding_of(&cut[..cut.len() - 1]), TextEncoding::Utf8);
    }
}
