//! The benchmark program: every figure stands beside its limit, which was measured in the same run on the same machine, so
//! that ratios can be compared and figures of different machines are not.
//!
//! `tests/bench` builds and runs it. It prints a table, or with `--json` one document.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops where something is not as it should be"
)]

mod figures;
mod importing;

use figures::Figures;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|given| given == word);
    let rows = if has("--long") { 1_000_000 } else { 100_000 };
    let mut figures = Figures::default();
    importing::measure(rows, &mut figures).await;
    println!("{}", if has("--json") { figures.document().to_string() } else { figures.table() });
}
