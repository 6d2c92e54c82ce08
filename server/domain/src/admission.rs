//! Which seeds are admitted to the stock. Reading a file is another matter: a seed may be read well and still be none.

use crate::catalogue::Reason;
use crate::reject::Rejection;
use crate::seed::Seed;

/// RFC 4226 asks for 128 bits at least.
const SHORTEST: usize = 16;

/// Seeds printed in public documents repeat one of these: the RFCs' test vectors, and the sample of most OTP libraries.
const PUBLIC_PATTERNS: [&[u8]; 2] = [b"1234567890", b"Hello!\xde\xad\xbe\xef"];

/// Refuses a seed that protects nobody.
pub fn admit(seed: &Seed) -> Result<(), Rejection> {
    let bytes = seed.expose();
    if bytes.len() < SHORTEST {
        return Err(Rejection::from(Reason::SeedShort).with("length", bytes.len().to_string()));
    }
    let repeats = |pattern: &[u8]| bytes.iter().zip(pattern.iter().cycle()).all(|(byte, expected)| byte == expected);
    if repeats(&bytes[..1]) || PUBLIC_PATTERNS.into_iter().any(repeats) {
        return Err(Reason::SeedTestVector.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(bytes: &[u8]) -> Option<Reason> {
        admit(&Seed::new(bytes.to_vec()).unwrap()).err().map(|no| no.reason)
    }

    #[test]
    fn short_seeds_are_refused_and_sixteen_bytes_are_enough() {
        let bytes: Vec<u8> = (1..=64).collect();
        assert_eq!(reason(&bytes[..15]), Some(Reason::SeedShort));
        for length in [16, 19, 20, 32, 64] {
            assert_eq!(reason(&bytes[..length]), None, "{length}");
        }
    }

    #[test]
    fn public_seeds_are_refused_at_every_length() {
        for length in [16, 20, 32, 64] {
            for pattern in [b"1234567890".as_slice(), b"Hello!\xde\xad\xbe\xef", &[0], &[0xff]] {
                let seed: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
                assert_eq!(reason(&seed), Some(Reason::SeedTestVector), "{length}");
            }
        }
    }
}
