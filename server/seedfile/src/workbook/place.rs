//! Where a cell is: `B7`, and ranges of cells: `A1:C1`.

/// The last row and column that a sheet has.
pub(super) const MAX_ROW: u32 = 1_048_576;
const MAX_COLUMN: u16 = 16_384;

/// A cell, both numbers from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) row: u32,
    pub(super) column: u16,
}

impl Place {
    /// Reads `B7`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let (letters, row) = text.split_at(digits);
        let is_column = (1..=3).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_row = row.len() <= 7 && row.bytes().all(|byte| byte.is_ascii_digit());
        if !is_column || !is_row {
            return None;
        }
        let column = letters.bytes().fold(0, |column, letter| column * 26 + u16::from(letter - b'A' + 1));
        Self { row: row.parse().ok()?, column }.within()
    }

    /// Itself, if a sheet has it.
    pub(super) fn within(self) -> Option<Self> {
        ((1..=MAX_ROW).contains(&self.row) && (1..=MAX_COLUMN).contains(&self.column)).then_some(self)
    }

    /// Reads `A1:C1`.
    pub(super) fn parse_range(text: &str) -> Option<(Self, Self)> {
        let (from, to) = text.split_once(':')?;
        let (from, to) = (Self::parse(from)?, Self::parse(to)?);
        (from.row <= to.row && from.column <= to.column).then_some((from, to))
    }

    /// As people name it.
    pub(super) fn name(self) -> String {
        let (mut letters, mut column) = (Vec::new(), self.column);
        while column > 0 {
            letters.push(char::from(b'A' + ((column - 1) % 26).to_le_bytes()[0]));
            column = (column - 1) / 26;
        }
        letters.iter().rev().chain(self.row.to_string().chars().collect::<Vec<_>>().iter()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_in_a_sheet() {
        for (name, row, column) in [
            ("A1", 1, 1),
            ("Z9", 9, 26),
            ("AA10", 10, 27),
            ("AZ1", 1, 52),
            ("ZZ1", 1, 702),
            ("XFD1048576", MAX_ROW, MAX_COLUMN),
        ] {
            let place = Place { row, column };
            assert_eq!(Place::parse(name), Some(place), "{name}");
            assert_eq!(place.name(), name);
        }
        for name in ["", "A", "1", "a1", "A0", "XFE1", "A1048577", "AAAA1", "A1B", "A99999999", "$A$1", "A-1", "é1"] {
            assert_eq!(Place::parse(name), None, "{name}");
        }
        let range = |text| Place::parse_range(text).map(|(from, to)| (from.name(), to.name()));
        assert_eq!(range("A1:C1"), Some(("A1".to_owned(), "C1".to_owned())));
        assert_eq!(range("C1:A1"), None);
        assert_eq!(range("A1"), None);
    }
}
