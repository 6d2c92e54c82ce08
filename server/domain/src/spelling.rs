//! The two ways in which vendors write the same characters: a secret that was read in one can be read again in the other,
//! since the bytes still tell the text.
//!
//! Base64 is no third one: a Base64 secret of hex digits alone does not happen, and the bytes don't tell its cases.

use std::str::FromStr;

use zeroize::Zeroizing;

use crate::seed::Seed;

/// How a text stands for bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Two hex digits a byte.
    Hex,
    /// RFC 4648 Base32.
    Base32,
}

/// A word that names neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a spelling is hex or base32")]
pub struct UnknownSpelling;

impl Spelling {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hex, Self::Base32];

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base32 => "base32",
        }
    }

    /// The seed that the text gives in another spelling, when it gave this one in `self`; none where it can't be read so.
    pub fn reread(self, seed: &Seed, other: Self) -> Option<Seed> {
        other.read(&self.spell(seed.expose()))
    }

    /// Each letter by its value.
    fn letters(self) -> &'static [u8] {
        match self {
            Self::Hex => b"0123456789ABCDEF",
            Self::Base32 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        }
    }

    /// How many bits a letter stands for.
    fn bits(self) -> u32 {
        match self {
            Self::Hex => 4,
            Self::Base32 => 5,
        }
    }

    /// The text that these bytes were read from.
    fn spell(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let (mut text, rest) = regroup(bytes.iter().copied(), bytes.len(), 8, self.bits());
        if let Some(rest) = rest {
            text.push(rest.value << (self.bits() - rest.bits));
        }
        for letter in text.iter_mut() {
            *letter = self.letters()[usize::from(*letter)];
        }
        text
    }

    /// The secret that this text gives; none where a letter is foreign or the end is no end of whole bytes.
    pub(crate) fn read(self, text: &[u8]) -> Option<Seed> {
        let mut values = Zeroizing::new(Vec::with_capacity(text.len()));
        for letter in text {
            values.push(u8::try_from(self.letters().iter().position(|known| known == letter)?).ok()?);
        }
        let (mut bytes, rest) = regroup(values.iter().copied(), values.len(), self.bits(), 8);
        let ends_well = rest.is_none_or(|rest| rest.bits < self.bits() && rest.value == 0);
        ends_well.then(|| Seed::new(std::mem::take(&mut *bytes))).flatten()
    }
}

impl FromStr for Spelling {
    type Err = UnknownSpelling;

    fn from_str(word: &str) -> Result<Self, UnknownSpelling> {
        Self::ALL.into_iter().find(|spelling| spelling.as_str() == word).ok_or(UnknownSpelling)
    }
}

/// Bits that did not fill a group.
struct Rest {
    value: u8,
    bits: u32,
}

/// Cuts a row of groups of `from` bits into groups of `to` bits, the first bit first.
fn regroup(groups: impl Iterator<Item = u8>, count: usize, from: u32, to: u32) -> (Zeroizing<Vec<u8>>, Option<Rest>) {
    // Large enough at once: a vector that grows leaves pieces of the secret behind. Eight bits to four doubles it.
    let mut cut = Zeroizing::new(Vec::with_capacity(count * 2 + 1));
    let (mut held, mut bits) = (0u16, 0);
    for group in groups {
        held = (held << from) | u16::from(group);
        bits += from;
        while bits >= to {
            bits -= to;
            cut.push(low_bits(held >> bits, to));
        }
    }
    let rest = (bits > 0).then(|| Rest { value: low_bits(held, bits), bits });
    (cut, rest)
}

fn low_bits(value: u16, bits: u32) -> u8 {
    let [_, low] = value.to_be_bytes();
    if bits < 8 { low & ((1 << bits) - 1) } else { low }
}

#[cfg(test)]
mod tests {
    use super::Spelling::{Base32, Hex};
    use super::*;
    use crate::otp::fixtures::seed;

    #[test]
    fn texts_of_both_encodings_come_back_as_they_were() {
        for length in 1..=64 {
            let bytes = &[seed(7).expose(), seed(8).expose(), seed(9).expose(), seed(10).expose()].concat()[..length];
            for spelling in Spelling::ALL {
                assert!(spelling.read(&spelling.spell(bytes)).unwrap().expose() == bytes, "{length} bytes");
            }
        }
        let spelt = |text: &[u8]| Base32.spell(text).to_vec();
        assert_eq!([spelt(b"f"), spelt(b"fooba"), spelt(b"foobar")], [&b"MY"[..], b"MZXW6YTB", b"MZXW6YTBOI"]);
        assert_eq!(Hex.spell(b"f\xa0").to_vec(), b"66A0");
    }

    #[test]
    fn texts_of_neither_encoding_are_refused() {
        for text in [&b""[..], b"A", b"ABC", b"MZ", b"AAA", b"AB1D", b"ABCDEFGH="] {
            assert!(Base32.read(text).is_none(), "{} letters", text.len());
        }
        for text in [&b""[..], b"A", b"ABC", b"AG", b"ab"] {
            assert!(Hex.read(text).is_none(), "{} letters", text.len());
        }
    }
}
