//! What was measured, and what bounds it.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// Rows of the report.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>);

struct Figure {
    name: String,
    value: f64,
    limit: f64,
    ratio: f64,
    pass: bool,
}

impl Figures {
    /// What must reach a share of its limit.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, limit: f64, share: f64) {
        let ratio = value / limit;
        self.0.push(Figure { name: name.to_owned(), value, limit, ratio, pass: ratio >= share });
    }

    /// What must not go beyond so many times its limit.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, limit: f64, times: f64) {
        let ratio = value / limit;
        self.0.push(Figure { name: name.to_owned(), value, limit, ratio, pass: ratio <= times });
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:58} {:>12} {:>12} {:>7}\n", "", "measured", "limit", "ratio");
        for Figure { name, value, limit, ratio, pass } in &self.0 {
            let verdict = if *pass { "PASS" } else { "short" };
            writeln!(table, "{name:58} {value:>12.1} {limit:>12.1} {ratio:>7.2} {verdict}").unwrap();
        }
        table
    }

    /// For machines.
    pub(crate) fn document(&self) -> Value {
        let row = |Figure { name, value, limit, ratio, pass }: &Figure| json!({"name": name, "value": value, "limit": limit, "ratio": ratio, "pass": pass});
        json!({"rows": self.0.iter().map(row).collect::<Vec<_>>()})
    }
}
