//! Texts in encodings that nothing declares, that only look like one, or that hide a delimiter in a character.

use encoding_rs::{EUC_JP, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, WINDOWS_1251};
use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, Hostile};

const ENCODING: &[Reason] = &[Reason::FileEncoding, Reason::FileEncodingBroken];
const BY_NAME: &[Reason] = &[Reason::FileFormatRefused];
/// Where a reader may see that it is no text at all, or only that nothing in it makes sense.
const SOMEHOW: &[Reason] = &[
    Reason::FileEncoding,
    Reason::FileEncodingBroken,
    Reason::FileFormatRefused,
    Reason::FileFormatUnknown,
    Reason::HeaderColumnMissing,
];

/// Every file of the class.
pub(crate) fn files() -> Vec<Hostile> {
    [wide(), seven_bits(), broken(), foreign()].into_iter().flatten().collect()
}

fn text() -> String {
    format!(
        "serial number,secret key,time interval,manufacturer\nHT000001,{BASE32},30,東京\nHT000002,{BASE32},30,大学\n"
    )
}

/// UTF-16 and UTF-32, with and without a mark.
fn wide() -> Vec<Hostile> {
    let utf16 = |swap: bool| {
        move || -> Vec<u8> {
            let bytes = |unit: u16| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text().encode_utf16().flat_map(bytes).collect()
        }
    };
    let utf32 = |swap: bool, mark: &'static str| {
        move || -> Vec<u8> {
            let bytes = |c: char| if swap { u32::from(c).to_be_bytes() } else { u32::from(c).to_le_bytes() };
            mark.chars().chain(text().chars()).flat_map(bytes).collect()
        }
    };
    let broken = |name: &str, unit: [u8; 2]| {
        Hostile::refused(name, ENCODING, move || {
            let mut bytes = [&[0xff, 0xfe][..], &utf16(false)()].concat();
            let at = bytes.len() / 2 / 2 * 2;
            bytes.splice(at..at, unit);
            bytes
        })
    };
    vec![
        Hostile::refused("UTF-16LE without a mark", BY_NAME, utf16(false)),
        Hostile::refused("UTF-16BE without a mark", BY_NAME, utf16(true)),
        Hostile::refused("UTF-32LE", BY_NAME, utf32(false, "\u{feff}")),
        Hostile::refused("UTF-32BE", BY_NAME, utf32(true, "\u{feff}")),
        Hostile::refused("UTF-32LE without a mark", BY_NAME, utf32(false, "")),
        Hostile::refused("UTF-32BE without a mark", BY_NAME, utf32(true, "")),
        broken("half a pair of UTF-16, the first", [0x00, 0xd8]),
        broken("half a pair of UTF-16, the second", [0x00, 0xdc]),
        Hostile::refused("UTF-16 of an odd number of bytes", ENCODING, move || {
            [&[0xff, 0xfe][..], &utf16(false)(), b"x"].concat()
        }),
        Hostile::refused("UTF-16 with the other's mark", SOMEHOW, move || {
            [&[0xfe, 0xff][..], &utf16(false)()].concat()
        }),
    ]
}

/// Encodings whose bytes are all ASCII, so that only a reader who guesses sees other text in them.
fn seven_bits() -> Vec<Hostile> {
    let utf7 = "+AHMAZQByAGkAYQBs number,+AHMAZQBjAHIAZQB0 key,+AHQAaQBtAGU- interval\nHT000001,+AEEAQgBD,30\n";
    let modified = "+/v8-serial+AC0-number+ACw-secret+AC0-key\nHT000001+ACw-ABCDEFGH\n";
    vec![
        Hostile::refused("UTF-7", SOMEHOW, move || utf7.as_bytes().to_vec()),
        Hostile::refused("UTF-7 with a mark", SOMEHOW, move || modified.as_bytes().to_vec()),
        Hostile::refused("ISO-2022-JP headings", SOMEHOW, || {
            ISO_2022_JP.encode("シリアル番号,秘密鍵,時間間隔\n番号,秘密,三十\n").0.into_owned()
        }),
        Hostile::refused("HZ", SOMEHOW, || b"~{VPND~},~{VPND~}\n~{VPND~},~{VPND~}\n".to_vec()),
    ]
}

/// UTF-8 that is none.
fn broken() -> Vec<Hostile> {
    const PIECES: [(&str, &[u8]); 12] = [
        ("a comma in two bytes", b"\xc0\xac"),
        ("a zero in two bytes", b"\xc0\x80"),
        ("a line end in three bytes", b"\xe0\x80\x8a"),
        ("a quote in four bytes", b"\xf0\x80\x80\xa2"),
        ("half of a pair", b"\xed\xa0\x80"),
        ("a pair of halves", b"\xed\xa0\x80\xed\xb0\x80"),
        ("more than Unicode has", b"\xf4\x90\x80\x80"),
        ("five bytes", b"\xf8\x88\x80\x80\x80"),
        ("a character that is cut off", b"\xe6\x9d"),
        ("the second byte alone", b"\x80"),
        ("no byte of UTF-8", b"\xff"),
        ("another", b"\xfe\xfe"),
    ];
    let place = |(name, piece): (&str, &'static [u8]), place: &'static str| {
        Hostile::refused(format!("{name} in {place}"), ENCODING, move || {
            let text = text();
            let at = text.find(if place == "a serial" { "HT000002" } else { "大学" }).unwrap();
            [&text.as_bytes()[..at], piece, &text.as_bytes()[at..]].concat()
        })
    };
    PIECES.into_iter().flat_map(|piece| ["a serial", "a manufacturer"].map(|at| place(piece, at))).collect()
}

/// Encodings of other places, and damaged Japanese ones.
fn foreign() -> Vec<Hostile> {
    let encoded = |encoding: &'static Encoding, words: &'static str| {
        move || {
            let text = text().replace("東京", words).replace("大学", words);
            encoding.encode(&text).0.into_owned()
        }
    };
    let damaged = |encoding: &'static Encoding, piece: &'static [u8]| {
        move || {
            let heading = "シリアル番号,秘密鍵,時間間隔,製造元\n";
            let good =
                encoding.encode(&format!("{heading}HT000001,{BASE32},30,東京\nHT000002,{BASE32},30,")).0.into_owned();
            [&good[..], piece, b"\n"].concat()
        }
    };
    vec![
        Hostile::refused("Chinese in GBK", ENCODING, encoded(GBK, "北京飞天诚信科技")),
        Hostile::refused("Chinese in GB18030", ENCODING, encoded(GB18030, "龦龧龨飞天")),
        Hostile::refused("Russian", ENCODING, encoded(WINDOWS_1251, "Москва")),
        Hostile::refused("Shift_JIS with half a character", ENCODING, damaged(SHIFT_JIS, b"\x83")),
        Hostile::refused("Shift_JIS with a byte it lacks", ENCODING, damaged(SHIFT_JIS, b"\xfd\xfe")),
        Hostile::refused("Shift_JIS with a character that takes the line end", ENCODING, damaged(SHIFT_JIS, b"\x81")),
        Hostile::refused("EUC-JP with half a character", ENCODING, damaged(EUC_JP, b"\xa4")),
        Hostile::refused("EUC-JP with three bytes cut", ENCODING, damaged(EUC_JP, b"\x8f\xa1")),
        Hostile::refused("EUC-JP behind Shift_JIS", ENCODING, damaged(SHIFT_JIS, b"\xc5\xec\xb5\xfe\xff")),
        Hostile::refused("EBCDIC", SOMEHOW, || {
            b"\xa2\x85\x99\x89\x81\x93\x6b\xa2\x85\x83\x99\x85\xa3\x15\xc8\xe3\xf0\xf1\x6b\xc1\xc2\xc3\x15".to_vec()
        }),
    ]
}
