//! Loans by month and department: how many began, how many ended.

use std::collections::BTreeMap;

use super::{Table, columns, row};

/// Loans of one department in one month, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The month in Japan, `2026-11`.
    pub month: String,
    /// The department; empty where it was none in particular.
    pub department: String,
    /// How many began.
    pub began: i64,
    /// How many ended.
    pub ended: i64,
}

/// The loans, the newest month first.
pub fn loans(counted: Vec<Counted>) -> Table {
    let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    for one in counted {
        let (began, ended) = sums.entry((one.month, one.department)).or_default();
        *began += one.began;
        *ended += one.ended;
    }
    let mut lines: Vec<_> = sums.into_iter().collect();
    // The departments of a month stay in their order.
    lines.sort_by(|((a, _), _), ((b, _), _)| b.cmp(a));
    let rows = lines.into_iter().map(|((month, department), (began, ended))| row![month, department, began, ended]);
    Table { columns: COLUMNS, rows: rows.collect(), notes: Vec::new() }
}

const COLUMNS: &[super::Column] = columns!["month": Text, "department": Text, "began": Number, "ended": Number];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loans_are_added_up_and_the_newest_month_comes_first() {
        let one = |month: &str, department: &str, began, ended| Counted {
            month: month.to_owned(),
            department: department.to_owned(),
            began,
            ended,
        };
        let table = loans(vec![
            one("2026-10", "law", 2, 0),
            one("2026-11", "letters", 1, 0),
            one("2026-11", "", 4, 0),
            one("2026-10", "law", 0, 1),
        ]);
        let expected = [
            row!["2026-11", "", 4_i64, 0_i64],
            row!["2026-11", "letters", 1_i64, 0_i64],
            row!["2026-10", "law", 2_i64, 1_i64],
        ];
        assert_eq!(table.rows, expected);
    }
}
