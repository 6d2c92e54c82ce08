//! Which seeds are admitted to the stock. Reading a file is another matter: a seed may be read well and still be none.

use crate::catalogue::Reason;
use crate::otp::Algorithm;
use crate::reject::Rejection;
use crate::seed::Seed;

/// Bytes of the shortest seed that is admitted where nobody says otherwise: RFC 4226 asks for 128 bits at least.
pub const SHORTEST: usize = 16;

/// Bytes of the shortest seed that may ever be admitted: no vendor ships less than 80 bits.
pub const SHORTEST_EVER: usize = 10;

/// Bytes of a pattern that makes a seed when it is repeated.
const PATTERN_MAX: usize = 4;

/// Seeds that stand in public documents, or that people make up, repeat one of these.
const PUBLIC_PATTERNS: [&[u8]; 11] = [
    // The test vectors of RFC 4226 and RFC 6238, and digits in their order.
    b"1234567890",
    b"0123456789",
    b"9876543210",
    // Hex digits in their order.
    b"\x01\x23\x45\x67\x89\xab\xcd\xef",
    b"\xfe\xdc\xba\x98\x76\x54\x32\x10",
    b"\x12\x34\x56\x78\x90\xab\xcd\xef",
    b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
    // The sample of most OTP libraries, and the one of the otpauth address.
    b"Hello!\xde\xad\xbe\xef",
    b"\x3d\xc6\xca\xa4\x82\x4a\x6d\x28\x87\x67\xb2\x33\x1e\x20\xb4\x31\x66\xcb\x85\xd9",
    // The samples of what Microsoft writes about files for Entra ID.
    b"\xd6\xb7\xce\xfb\xe0\x08\x86\x42\xeb\x5b\xe7\x7d\xf0\x04\x43\x21",
    b"\x00\x44\x32\x17\x5a\xdf\x3b\xef\x80\x22\x19\x0b\xad\x6f\x9d\xf7",
];

/// Refuses a seed that protects nobody: one that is public, that has a simple order, or of fewer than `shortest` bytes.
///
/// Of random seeds of 16 bytes fewer than one in 2⁹⁵ is refused, of 10 bytes (the shortest ever) fewer than one in 2⁴⁷.
pub fn admit(seed: &Seed, shortest: usize) -> Result<(), Rejection> {
    let bytes = seed.expose();
    if PUBLIC_PATTERNS.into_iter().any(|pattern| repeats(bytes, pattern)) {
        return Err(Reason::SeedTestVector.into());
    }
    if bytes.len() < shortest {
        let no = Rejection::from(Reason::SeedShort).with("length", bytes.len().to_string());
        return Err(no.with("least", shortest.to_string()));
    }
    if (1..=PATTERN_MAX).any(|length| repeats(bytes, &bytes[..length.min(bytes.len())])) {
        return Err(Reason::SeedRepeats.into());
    }
    if is_a_row(bytes) {
        return Err(Reason::SeedInOrder.into());
    }
    Ok(())
}

/// Whether a seed is shorter than what its digest gives: RFC 4226 and RFC 6238 recommend as much. It works all the same.
pub fn is_shorter_than_recommended(seed: &Seed, algorithm: Algorithm) -> bool {
    seed.len() < algorithm.output_bytes()
}

/// Whether bytes are a pattern over and over, the last time perhaps in part.
fn repeats(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.iter().zip(pattern.iter().cycle()).all(|(byte, expected)| byte == expected)
}

/// Whether each byte is as far from the one before it as the second from the first.
fn is_a_row(bytes: &[u8]) -> bool {
    let mut steps = bytes.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LENGTHS: [usize; 6] = [10, 16, 19, 20, 32, 64];

    fn reason(bytes: &[u8], shortest: usize) -> Option<Reason> {
        admit(&Seed::new(bytes.to_vec()).unwrap(), shortest).err().map(|no| no.reason)
    }

    /// Bytes in no order.
    fn sound(length: usize) -> Vec<u8> {
        (1..=length).map(|n| u8::try_from(n * n * 7 % 251).unwrap()).collect()
    }

    fn repeated(pattern: &[u8], length: usize) -> Vec<u8> {
        pattern.iter().copied().cycle().take(length).collect()
    }

    #[test]
    fn seeds_below_the_shortest_are_refused_and_the_shortest_is_enough() {
        for shortest in [SHORTEST_EVER, SHORTEST, 20] {
            assert_eq!(reason(&sound(shortest - 1), shortest), Some(Reason::SeedShort));
            for length in [shortest, 20, 64, 65] {
                assert_eq!(reason(&sound(length), shortest), None, "{length}");
            }
        }
    }

    #[test]
    fn public_seeds_are_refused_as_such_at_every_length() {
        for length in LENGTHS {
            for pattern in PUBLIC_PATTERNS {
                let seed = repeated(pattern, length);
                assert_eq!(reason(&seed, SHORTEST), Some(Reason::SeedTestVector), "{pattern:?} {length}");
            }
        }
        for text in ["12345678901234567890", "12345678901234567890123456789012", "1234567890123456"] {
            assert_eq!(reason(text.as_bytes(), SHORTEST), Some(Reason::SeedTestVector), "{text}");
        }
    }

    #[test]
    fn seeds_with_a_simple_order_are_refused() {
        for (bytes, expected) in [
            (repeated(&[0], 20), Reason::SeedRepeats),
            (repeated(&[0xff], 20), Reason::SeedRepeats),
            (repeated(b"ab", 20), Reason::SeedRepeats),
            (repeated(b"\xde\xad\xbe\xef", 32), Reason::SeedRepeats),
            (repeated(b"abc", 20), Reason::SeedRepeats),
            ((0..20).collect(), Reason::SeedInOrder),
            ((b'a'..=b't').collect(), Reason::SeedInOrder),
            ((200..=219).rev().collect(), Reason::SeedInOrder),
            ((0..20).map(|n| n * 3).collect(), Reason::SeedInOrder),
            ((250..=255).chain(0..14).collect(), Reason::SeedInOrder),
        ] {
            assert_eq!(reason(&bytes, SHORTEST), Some(expected), "{bytes:?}");
        }
        assert_eq!(reason(&repeated(b"abcde", 20), SHORTEST), None, "longer patterns are not looked for");
    }

    #[test]
    fn a_seed_shorter_than_its_digest_is_worth_a_word() {
        let is_short =
            |length: usize, algorithm| is_shorter_than_recommended(&Seed::new(sound(length)).unwrap(), algorithm);
        for (algorithm, recommended) in [(Algorithm::Sha1, 20), (Algorithm::Sha256, 32), (Algorithm::Sha512, 64)] {
            assert!(is_short(recommended - 1, algorithm) && !is_short(recommended, algorithm), "{algorithm:?}");
        }
    }

    proptest! {
        /// At 16 bytes fewer than one in 2⁹⁵ fails by chance.
        #[test]
        fn a_random_seed_is_admitted(bytes in proptest::collection::vec(any::<u8>(), 16..=64)) {
            prop_assert_eq!(reason(&bytes, SHORTEST), None);
        }

        #[test]
        fn no_pattern_and_no_row_is_admitted(
            pattern in proptest::collection::vec(any::<u8>(), 1..=PATTERN_MAX),
            first in any::<u8>(),
            step in any::<u8>(),
            length in SHORTEST_EVER..=64,
        ) {
            let row = std::iter::successors(Some(first), |byte| Some(byte.wrapping_add(step))).take(length);
            prop_assert!(reason(&repeated(&pattern, length), SHORTEST_EVER).is_some());
            prop_assert!(reason(&row.collect::<Vec<_>>(), SHORTEST_EVER).is_some());
        }
    }
}
