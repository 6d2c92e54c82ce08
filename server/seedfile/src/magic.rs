//! Files that are no text: what their first bytes say. Guarantee: a kind is named only for a signature of its own;
//! what has none and can be no text is a binary file.

use crate::foreign::Foreign;
use crate::openpgp;

/// Where the mark of a tar archive stands.
const TAR_MARK: usize = 257;

/// Bytes that show whether a text is in UTF-16.
const WIDE_BYTES: usize = 256;

/// Names a file that is no text. UTF-16 behind a byte order mark is read, but for what follows it as in UTF-32.
pub(crate) fn foreign(head: &[u8]) -> Option<Foreign> {
    match head {
        [0xd0, 0xcf, 0x11, 0xe0, ..] if has_encrypted_package(head) => Some(Foreign::ProtectedWorkbook),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(Foreign::OldWorkbook),
        [b'%', b'P', b'D', b'F', b'-', ..] | [b'{', b'\\', b'r', b't', b'f', ..] => Some(Foreign::Pdf),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Foreign::Wide),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => None,
        _ if head.starts_with(b"age-encryption.org/v1\n") => Some(Foreign::Age),
        _ if openpgp::is_message(head) => Some(Foreign::Pgp),
        _ => archive(head).or_else(|| picture_or_program(head)).or_else(|| no_text(head)),
    }
}

fn archive(head: &[u8]) -> Option<Foreign> {
    match head {
        [0x1f, 0x8b, ..] => Some(Foreign::Gzip),
        [b'7', b'z', 0xbc, 0xaf, ..] => Some(Foreign::SevenZip),
        [b'R', b'a', b'r', b'!', 0x1a, ..] => Some(Foreign::Rar),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'M', b'S', b'C', b'F', 0, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..]
        | [_, _, b'-', b'l', b'h', b'0'..=b'7', b'-', ..] => Some(Foreign::Archive),
        _ if head.get(TAR_MARK..).is_some_and(|mark| mark.starts_with(b"ustar")) => Some(Foreign::Archive),
        _ => None,
    }
}

fn picture_or_program(head: &[u8]) -> Option<Foreign> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]
        | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..]
        | [b'I', b'I', b'*', 0, ..]
        | [b'M', b'M', 0, b'*', ..]
        | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
        | [0, 0, 0, _, b'f', b't', b'y', b'p', b'h' | b'm' | b'a', ..] => Some(Foreign::Picture),
        [0x7f, b'E', b'L', b'F', ..] | [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] => Some(Foreign::Program),
        [b'M', b'Z', ..] if head.contains(&0) => Some(Foreign::Program),
        _ => None,
    }
}

fn no_text(head: &[u8]) -> Option<Foreign> {
    match () {
        () if is_wide_text(head) => Some(Foreign::Wide),
        () if head.contains(&0) || is_unreadable(head) => Some(Foreign::Binary),
        () => None,
    }
}

/// What Office puts around a workbook that it encrypts.
fn has_encrypted_package(head: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    head.windows(name.len()).any(|window| window == name)
}

/// ASCII text in UTF-16 has a zero in every second byte, also without a mark.
fn is_wide_text(head: &[u8]) -> bool {
    let start = &head[..head.len().min(WIDE_BYTES)];
    let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    even + odd >= start.len() * 2 / 5 && (even == 0 || odd == 0) && even + odd > 1
}

/// Neither UTF-8 nor, for the control characters in it, text in any other encoding.
fn is_unreadable(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    !is_utf8 && head.iter().any(|byte| is_control(*byte))
}

/// Control characters that no text has. Form feeds, escapes and the end mark of DOS do stand in texts.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a | 0x1b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named_by_its_signature() {
        for (head, expected) in [
            (&b"\xd0\xcf\x11\xe0\xa1\xb1"[..], Foreign::OldWorkbook),
            (b"\xd0\xcf\x11\xe0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", Foreign::ProtectedWorkbook),
            (b"age-encryption.org/v1\n-> X25519 x\n", Foreign::Age),
            (b"\x1f\x8b\x08", Foreign::Gzip),
            (b"7z\xbc\xaf\x27\x1c\0\x04", Foreign::SevenZip),
            (b"Rar!\x1a\x07\x01\0", Foreign::Rar),
            (b"\x22\x10-lh5-\x01\0", Foreign::Archive),
            (b"BZh91AY&SY\x01", Foreign::Archive),
            (b"%PDF-1.7", Foreign::Pdf),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Foreign::Picture),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", Foreign::Picture),
            (b"GIF89a\x01\0\x01\0", Foreign::Picture),
            (b"\0\0\0\x18ftypheic", Foreign::Picture),
            (b"MZ\x90\0\x03\0\0\0", Foreign::Program),
            (b"\x7fELF\x02\x01", Foreign::Program),
            (b"\xff\xfe\0\0s\0\0\0", Foreign::Wide),
            (b"s\0e\0r\0i\0a\0l\0", Foreign::Wide),
            (b"\0s\0e\0r\0i\0a\0l", Foreign::Wide),
            (b"abc\0def", Foreign::Binary),
            (b"\x93\xe4\x01\x82\xa0\x1f", Foreign::Binary),
        ] {
            assert_eq!(foreign(head), Some(expected), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn texts_are_not_named_for_the_letters_they_begin_with_nor_for_signs_that_texts_have() {
        for head in [
            &b"MZ01,00112233\n"[..],
            b"BM,0011,totp,6\n",
            b"GIF,RIFF,II*\n",
            b"serial\x0c\n\x1b$B\x1a",
            b"\x83V\x83\x8a\x83A\x83\x8b,1\n\x1a",
            b"caf\xe9,1\n",
            b"caf\x01,1\n",
            b"\xff\xfes\0",
            b"",
        ] {
            assert_eq!(foreign(head), None, "{}", head.escape_ascii());
        }
    }
}
