//! Key files: people keep the same key as hex or as bytes, with and without a line end.

use zeroize::Zeroizing;

use crate::lines::BOM;
use crate::secret::{SecretEncoding, decode};

/// What a key file may mean, of a length that fits: its hex digits first, then its bytes, then its bytes without the
/// line end that an editor puts behind them. An integrity code decides which it is.
pub(crate) fn key_candidates(file: &[u8], lengths: &'static [usize]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let readings = [of_hex(file), Some(copy(file)), without_line_end(file)];
    readings.into_iter().flatten().filter(|key| lengths.contains(&key.len()))
}

/// How many bytes a key file holds, where it can't be read as a key of any length that fits.
pub(crate) fn unfit_length(file: &[u8], lengths: &'static [usize]) -> Option<usize> {
    if key_candidates(file, lengths).next().is_some() {
        return None;
    }
    let meant = of_hex(file).or_else(|| without_line_end(file));
    Some(meant.map_or(file.len(), |key| key.len()))
}

/// Hex digits of either case, with or without blanks, `0x` and the byte order mark of an editor.
fn of_hex(file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(file.strip_prefix(BOM).unwrap_or(file)).ok()?;
    Some(copy(decode(text.trim(), SecretEncoding::Hex).ok()?.expose()))
}

fn without_line_end(file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key = file.strip_suffix(b"\n")?;
    Some(copy(key.strip_suffix(b"\r").unwrap_or(key)))
}

fn copy(key: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::slice;

    use crate::crypt::hex;

    fn candidates(file: &[u8], lengths: &'static [usize]) -> Vec<Vec<u8>> {
        key_candidates(file, lengths).map(|key| key.to_vec()).collect()
    }

    #[test]
    fn a_key_is_read_in_every_spelling_of_its_hex_digits() {
        let key = hex("00112233445566778899aabbccddeeff");
        for file in [
            "00112233445566778899aabbccddeeff",
            "00112233445566778899AABBCCDDEEFF\r\n",
            " 0x00112233445566778899aabbccddeeff\n\n",
            "0011 2233 4455 6677\n8899 aabb ccdd eeff\n",
            "\u{feff}00112233445566778899aabbccddeeff",
        ] {
            assert_eq!(candidates(file.as_bytes(), &[16]), slice::from_ref(&key), "{file:?}");
        }
    }

    #[test]
    fn bytes_are_a_key_too_with_or_without_a_line_end() {
        let key = hex("0d0a112233445566778899aabbccdd0a");
        assert_eq!(candidates(&key, &[16]), slice::from_ref(&key));
        for end in ["\n", "\r\n"] {
            assert_eq!(candidates(&[&key, end.as_bytes()].concat(), &[16]), slice::from_ref(&key), "{end:?}");
        }
    }

    #[test]
    fn what_reads_in_two_ways_is_tried_in_both() {
        let file = b"00112233445566778899aabbccddeeff";
        assert_eq!(candidates(file, &[16, 32]), [hex("00112233445566778899aabbccddeeff"), file.to_vec()]);
        let file = b"0123456789abcde\n";
        assert_eq!(candidates(file, &[15, 16]), [file.to_vec(), file[..15].to_vec()]);
    }

    #[test]
    fn what_has_no_fitting_length_is_no_key() {
        for (file, found) in [(&b"00112233\n"[..], 4), (b"not hex\r\n", 7), (&[7; 17], 17)] {
            assert_eq!(unfit_length(file, &[16, 24]), Some(found));
        }
        assert_eq!(unfit_length(&[7; 16], &[16, 24]), None);
        for file in [&b""[..], b"\n", b"00112233", b"\xff\xfe0\x000\x00", &[7; 17], b"0x", b"\xef\xbb\xbf"] {
            assert!(candidates(file, &[16, 24]).is_empty(), "{file:?}");
            assert!(unfit_length(file, &[16, 24]).is_some(), "{file:?}");
        }
    }
}
