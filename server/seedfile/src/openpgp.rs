//! Messages of OpenPGP without armour. Their first byte alone says little, so that a message is known by its first two
//! packets: a session key that opens it, with its own version and algorithms, and then another or what it encrypts.

/// Tags of packets (RFC 4880, 4.3; RFC 9580, 5.13).
const SESSION_KEY: u8 = 1;
const PASSPHRASE: u8 = 3;
const ENCRYPTED: [u8; 3] = [9, 18, 20];

/// Whether these are the first bytes of an encrypted message.
pub(crate) fn is_message(head: &[u8]) -> bool {
    let Some((tag, body, rest)) = packet(head) else { return false };
    let is_session_key = match (tag, body) {
        // The version, the key's id, and how the session key is encrypted: RSA, ElGamal, ECDH, X25519, X448.
        (SESSION_KEY, [3, _, _, _, _, _, _, _, _, algorithm, ..]) => matches!(algorithm, 1 | 2 | 16 | 18 | 25 | 26),
        // The version, the cipher, and how the passphrase becomes a key.
        (PASSPHRASE, [4, cipher, method, ..]) => matches!(cipher, 1..=13) && matches!(method, 0 | 1 | 3),
        _ => false,
    };
    is_session_key
        && tag_of(rest).is_some_and(|tag| matches!(tag, SESSION_KEY | PASSPHRASE) || ENCRYPTED.contains(&tag))
}

/// The tag of the first packet, its content, and what follows it.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (first, bytes) = bytes.split_first()?;
    let is_new = first & 0x40 != 0;
    let (length, bytes) = match (is_new, first & 3, bytes) {
        (true, _, [length @ 0..192, rest @ ..]) | (false, 0, [length, rest @ ..]) => (usize::from(*length), rest),
        (true, _, [high @ 192..224, low, rest @ ..]) => {
            (((usize::from(*high) - 192) << 8) + usize::from(*low) + 192, rest)
        }
        (false, 1, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
        _ => return None,
    };
    let (body, rest) = bytes.split_at_checked(length)?;
    Some((tag_of(&[*first])?, body, rest))
}

fn tag_of(bytes: &[u8]) -> Option<u8> {
    match bytes.first()? {
        first if first & 0xc0 == 0xc0 => Some(first & 0x3f),
        first if first & 0xc0 == 0x80 => Some(first >> 2 & 0x0f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_messages_are_known_by_two_packets() {
        let for_key = [&[0x85, 0, 12, 3, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0][..], &[0xd2, 60]].concat();
        let for_two = [&[0x84, 10, 3, 1, 2, 3, 4, 5, 6, 7, 8, 18][..], &[0x84, 10]].concat();
        let with_passphrase = [&[0x8c, 13, 4, 9, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x60][..], &[0xd2, 60]].concat();
        let new_style = [&[0xc3, 4, 4, 9, 0, 8][..], &[0xc9, 1]].concat();
        for message in [for_key, for_two, with_passphrase, new_style] {
            assert!(is_message(&message), "{message:?}");
            assert!(!is_message(&message[..message.len() - 2]), "{message:?}");
        }
        for other in [
            &b""[..],
            b"\x85",
            b"\x8c\x0d",
            b"serial,secret\n",
            b"\xc3\x04\x04\x09\x02\x08\xd2",
            b"\xc3\x04\x04\x09\x00\x08\x20",
        ] {
            assert!(!is_message(other), "{other:?}");
        }
    }
}
