//! What was measured, and what bounds it: for people, for machines, and as a document.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The report: chapters of rows.
#[derive(Default)]
pub(crate) struct Figures(Vec<Chapter>);

struct Chapter {
    title: String,
    /// What the ratios mean and what bounds them.
    why: String,
    rows: Vec<Figure>,
}

struct Figure {
    name: String,
    value: f64,
    bar: Option<Bar>,
}

/// What a figure is held against.
struct Bar {
    limit: f64,
    ratio: f64,
    /// What the ratio must reach, or not exceed, in words.
    wanted: String,
    pass: bool,
}

impl Figures {
    /// Begins a chapter.
    pub(crate) fn chapter(&mut self, title: &str, why: &str) {
        self.0.push(Chapter { title: title.to_owned(), why: why.to_owned(), rows: Vec::new() });
    }

    /// What must reach a share of its limit.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, limit: f64, share: f64) {
        let ratio = value / limit;
        self.row(name, value, Some(Bar { limit, ratio, wanted: format!("≥ {share}"), pass: ratio >= share }));
    }

    /// What must not go beyond so many times its limit.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, limit: f64, times: f64) {
        let ratio = value / limit;
        self.row(name, value, Some(Bar { limit, ratio, wanted: format!("≤ {times}"), pass: ratio <= times }));
    }

    /// What is a limit of others, or told beside them.
    pub(crate) fn plain(&mut self, name: &str, value: f64) {
        self.row(name, value, None);
    }

    fn row(&mut self, name: &str, value: f64, bar: Option<Bar>) {
        self.0.last_mut().unwrap().rows.push(Figure { name: name.to_owned(), value, bar });
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:72} {:>12} {:>12} {:>7}\n", "", "measured", "limit", "ratio");
        for Chapter { title, rows, .. } in &self.0 {
            writeln!(table, "\n{title}").unwrap();
            for Figure { name, value, bar } in rows {
                match bar {
                    None => writeln!(table, "  {name:70} {value:>12.2}").unwrap(),
                    Some(Bar { limit, ratio, wanted, pass }) => {
                        let verdict = if *pass { "PASS".to_owned() } else { format!("short: {wanted} is wanted") };
                        writeln!(table, "  {name:70} {value:>12.2} {limit:>12.2} {ratio:>7.2} {verdict}").unwrap();
                    }
                }
            }
        }
        table
    }

    /// For machines. A row without a bar has neither limit nor ratio, and can't fall short.
    pub(crate) fn document(&self) -> Value {
        let rows = self.0.iter().flat_map(|chapter| &chapter.rows).map(|Figure { name, value, bar }| {
            let (limit, ratio) = (bar.as_ref().map(|bar| bar.limit), bar.as_ref().map(|bar| bar.ratio));
            json!({"name": name, "value": value, "limit": limit, "ratio": ratio, "pass": bar.as_ref().map(|bar| bar.pass)})
        });
        json!({"rows": rows.collect::<Vec<_>>()})
    }

    /// As docs/performance.md has them.
    pub(crate) fn markdown(&self, head: &str) -> String {
        let mut text = head.to_owned();
        for Chapter { title, why, rows } in &self.0 {
            write!(text, "\n## {title}\n\n{why}\n\n").unwrap();
            text.push_str("| | measured | limit | ratio | wanted | |\n|---|--:|--:|--:|---|---|\n");
            for Figure { name, value, bar } in rows {
                match bar {
                    None => writeln!(text, "| {name} | {value:.2} | | | | |").unwrap(),
                    Some(Bar { limit, ratio, wanted, pass }) => {
                        let verdict = if *pass { "PASS" } else { "short" };
                        writeln!(text, "| {name} | {value:.2} | {limit:.2} | {ratio:.2} | {wanted} | {verdict} |")
                            .unwrap();
                    }
                }
            }
        }
        text
    }
}
