//! HOTP (RFC 4226) and, over time steps, TOTP (RFC 6238), with HMAC-SHA-1.

use ring::hmac;

/// The code for a counter or time step.
pub(crate) fn code(secret: &[u8], moving_factor: u64, digits: u32) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mac = hmac::sign(&key, &moving_factor.to_be_bytes());
    let number = truncated(mac.as_ref()) % 10_u32.pow(digits);
    format!("{number:0width$}", width = digits as usize)
}

/// Dynamic truncation: 31 bits from where the last four bits point (RFC 4226, section 5.3).
fn truncated(mac: &[u8]) -> u32 {
    let at = usize::from(mac.last().copied().unwrap_or_default() & 0x0f);
    let bits = mac.iter().skip(at).take(4).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
    bits & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_of_rfc_4226_appendix_d_come_out() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(code(SECRET, counter, 6), expected, "counter {counter}");
        }
    }

    #[test]
    fn the_sha_1_codes_of_rfc_6238_appendix_b_come_out() {
        let expected = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (time, expected) in expected {
            assert_eq!(code(SECRET, time / 30, 8), expected, "time {time}");
        }
    }
}
