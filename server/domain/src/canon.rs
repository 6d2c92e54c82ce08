//! One unambiguous byte encoding for everything that is hashed, MACed or chained.
//!
//! Every field is written with its length, absence differs from emptiness, so no two different records share bytes.

/// Builds a canonical encoding, field by field in a fixed order.
pub struct Canon(Vec<u8>);

impl Canon {
    /// Starts an encoding; the label says what is encoded and in which version.
    pub fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).text(label)
    }

    /// A field of bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// A field of text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A whole number.
    #[must_use]
    pub fn int(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// A field of text that may be absent.
    #[must_use]
    pub fn opt_text(self, text: Option<&str>) -> Self {
        self.opt_bytes(text.map(str::as_bytes))
    }

    /// A whole number that may be absent.
    #[must_use]
    pub fn opt_int(self, number: Option<i64>) -> Self {
        self.opt_bytes(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    /// Bytes that may be absent. Absence is a length no field can have.
    #[must_use]
    pub fn opt_bytes(mut self, bytes: Option<&[u8]>) -> Self {
        if let Some(bytes) = bytes {
            return self.bytes(bytes);
        }
        self.0.extend_from_slice(&u64::MAX.to_be_bytes());
        self
    }

    /// The finished encoding.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Canon;

    #[test]
    fn moving_a_boundary_or_dropping_an_empty_field_changes_the_bytes() {
        let of = |a: &str, b: Option<&str>| Canon::new("t").text(a).opt_text(b).finish();
        assert_ne!(of("ab", Some("c")), of("a", Some("bc")));
        assert_ne!(of("a", None), of("a", Some("")));
    }
}
