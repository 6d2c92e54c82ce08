//! Buffers that grow without leaving copies behind.

use zeroize::Zeroizing;

/// Appends to a text that may be a secret. Where it has to move, the place it leaves is wiped.
pub(crate) fn push_wiped(text: &mut Zeroizing<String>, piece: &str) {
    if text.capacity() - text.len() < piece.len() {
        let mut longer = Zeroizing::new(String::with_capacity((text.len() + piece.len()).next_power_of_two()));
        longer.push_str(text);
        *text = longer;
    }
    text.push_str(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_grows_to_what_was_put_into_it() {
        let (mut text, mut plain) = (Zeroizing::new(String::new()), String::new());
        for piece in ["", "a", "bc", "défg", &"h".repeat(100), "i"] {
            push_wiped(&mut text, piece);
            plain.push_str(piece);
        }
        assert_eq!(*text, plain);
    }
}
