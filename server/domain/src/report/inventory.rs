//! The inventory: how many tokens of which kind there are, by place, lot and custody.

use std::collections::BTreeMap;

use super::{Table, columns, row};
use crate::lot::LotState;
use crate::token::Custody;

/// Tokens of one kind in one place, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The lot they came with.
    pub lot: String,
    /// How far the lot is.
    pub lot_state: LotState,
    /// Where they are kept; empty where nobody said.
    pub location: String,
    /// Who makes them.
    pub vendor: String,
    /// The model, as files name it; may be empty.
    pub model: String,
    /// Where they are with respect to people.
    pub custody: Custody,
    /// How many.
    pub count: i64,
}

/// By custody, in the order of its words.
type Counts = BTreeMap<Custody, i64>;

/// The inventory, by place, kind and lot.
pub fn inventory(counted: Vec<Counted>) -> Table {
    let mut lines: BTreeMap<_, (LotState, Counts)> = BTreeMap::new();
    for one in counted {
        let key = (one.location, one.vendor, one.model, one.lot);
        let (_, counts) = lines.entry(key).or_insert_with(|| (one.lot_state, Counts::new()));
        *counts.entry(one.custody).or_default() += one.count;
    }
    let line = |((location, vendor, model, lot), (state, counts)): ((String, String, String, String), _)| {
        let counts: Counts = counts;
        let count = |custody| counts.get(&custody).copied().unwrap_or(0);
        row![
            location,
            vendor,
            model,
            lot,
            LotState::as_str(state),
            count(Custody::InStock),
            count(Custody::Lent),
            count(Custody::Lost),
            count(Custody::Faulty),
            count(Custody::Ordered),
            count(Custody::Retired),
            counts.values().sum::<i64>(),
        ]
    };
    let rows = lines.into_iter().map(line).collect();
    Table { columns: COLUMNS, rows, notes: Vec::new() }
}

const COLUMNS: &[super::Column] = columns![
    "location": Text,
    "vendor": Text,
    "model": Text,
    "lot": Text,
    "lot_state": Text,
    "in_stock": Number,
    "lent": Number,
    "lost": Number,
    "faulty": Number,
    "ordered": Number,
    "retired": Number,
    "tokens": Number,
];

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    #[test]
    fn tokens_are_added_up_by_place_kind_and_lot() {
        let one = |location: &str, custody, count| Counted {
            lot: "2026-11-24-a".to_owned(),
            lot_state: LotState::Open,
            location: location.to_owned(),
            vendor: "feitian".to_owned(),
            model: "c200".to_owned(),
            custody,
            count,
        };
        let table = inventory(vec![
            one("hongo", Custody::Lent, 2),
            one("", Custody::InStock, 5),
            one("hongo", Custody::InStock, 3),
            one("hongo", Custody::Lent, 1),
        ]);
        let numbers = |row: &[Cell]| row[5..].to_vec();
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[0][0], Cell::Absent, "nobody said where");
        assert_eq!(numbers(&table.rows[1]), [3, 3, 0, 0, 0, 0, 6].map(Cell::Number));
        assert!(inventory(Vec::new()).rows.is_empty());
    }
}
