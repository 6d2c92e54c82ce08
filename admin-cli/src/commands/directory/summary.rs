//! What became of the people of a list or of a refresh.

use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;

use crate::failure::Outcome;
use crate::output::{Column, Format, Listing, Printer, plain};
use crate::words::{Lang, Say};

/// The columns of what came of a list; people get sentences instead, so the titles are never seen. A refresh has no file.
pub(super) const SUMMARY: &[Column] = &[
    Column { key: "file", title: Say::HeadFile, show: plain },
    Column { key: "applied", title: Say::HeadOutcome, show: plain },
    Column { key: "people", title: Say::HeadUser, show: plain },
    Column { key: "added", title: Say::HeadUser, show: plain },
    Column { key: "changed", title: Say::HeadUser, show: plain },
    Column { key: "unchanged", title: Say::HeadUser, show: plain },
    Column { key: "gone", title: Say::HeadUser, show: plain },
    Column { key: "refused", title: Say::HeadUser, show: plain },
];

/// As programs read it.
pub(super) fn record(name: &str, summary: &v1::DirectorySummary) -> Value {
    json!({
        "name": name,
        "applied": summary.applied,
        "people": summary.people,
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "gone": summary.gone,
        "refused": summary.refused,
    })
}

/// Tells programs, in whatever form they asked for.
pub(super) fn tell_programs(
    printer: &mut Printer,
    columns: &'static [Column],
    record: Value,
    problems: &[Value],
) -> Outcome {
    match printer.format() {
        Format::Json | Format::Jsonl => {
            let fields = [("directory".to_owned(), record), ("problems".to_owned(), json!(problems))];
            printer.document(Map::from_iter(fields))
        }
        Format::Table | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
            let mut listing = Listing::new("directory", columns);
            printer.page(&mut listing, vec![record])?;
            printer.finish_list(listing)
        }
    }
}

/// What became of whom, as people read it.
pub(super) fn counts_text(summary: &v1::DirectorySummary, lang: Lang) -> String {
    let counts = [
        ("added", summary.added),
        ("changed", summary.changed),
        ("unchanged", summary.unchanged),
        ("gone", summary.gone),
    ]
    .map(|(key, count)| (key, count.to_string()));
    Say::DirectoryCounts.with(lang, &counts.each_ref().map(|(key, count)| (*key, count.as_str())))
}
