//! Attacks on the text below the rows: what is no text, lines without an end, files without rows.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, HEX, Hostile};

const HEADER: &str = "serial number,secret key,time interval\n";

/// Three sound rows under a header.
fn sound() -> String {
    let row = |serial: &str| format!("{serial},{BASE32},30\n");
    [HEADER.to_owned(), row("HT000001"), row("HT000002"), row("HT000003")].concat()
}

/// A byte that no text has, at thirty places of a sound file.
pub(crate) fn zeros() -> Vec<Hostile> {
    let length = sound().len();
    let zero = |at: usize| {
        Hostile::refused(format!("at byte {at}"), &[Reason::FileFormatRefused], move || {
            let mut bytes = sound().into_bytes();
            bytes[at] = 0;
            bytes
        })
    };
    (0..30).map(|nth| zero(nth * (length - 1) / 29)).collect()
}

/// Lines that never end, in every place where a reader might wait for the end of one.
pub(crate) fn giant_lines() -> Vec<Hostile> {
    const TOO_LONG: &[Reason] = &[Reason::RowTooLong];
    let mut files = Vec::new();
    for mebibytes in [1, 16, 64] {
        let size = mebibytes * 1024 * 1024;
        for (name, start) in [
            ("letters", String::new()),
            ("a comment", "#".to_owned()),
            ("a heading", HEADER.trim_end().to_owned()),
            ("a serial", format!("{HEADER}HT0001")),
            ("a secret", format!("{HEADER}HT0001,{BASE32}")),
            ("a cell that no quote closes", format!("{HEADER}HT0001,\"")),
            ("a row that comes late", sound()),
        ] {
            files.push(Hostile::refused(format!("{mebibytes} MiB of {name}"), TOO_LONG, move || {
                [start.as_bytes(), &vec![b'A'; size]].concat()
            }));
        }
    }
    files.push(Hostile::refused("one byte more than a line has", TOO_LONG, || {
        format!("{HEADER}{}", "A".repeat(64 * 1024 + 1)).into_bytes()
    }));
    files
}

/// A lot of what is no row, or is one of far too many cells.
pub(crate) fn floods() -> Vec<Hostile> {
    const NO_ROWS: &[Reason] = &[Reason::FileEmpty, Reason::FileFormatUnknown, Reason::RowTooLong];
    let mut files = Vec::new();
    for (name, piece) in [
        ("empty lines", "\n"),
        ("returns", "\r"),
        ("blanks", " \n"),
        ("comments", "# a comment\n"),
        ("declared delimiters", "sep=;\n"),
        ("byte order marks", "\u{feff}"),
    ] {
        files
            .push(Hostile::refused(format!("nothing but {name}"), NO_ROWS, move || piece.repeat(100_000).into_bytes()));
    }
    for (name, piece) in [("commas", ","), ("semicolons", ";"), ("tabs", "\t"), ("bars", "|")] {
        let (cells, rows) = (piece.repeat(60_000), piece.repeat(60_000));
        files.push(Hostile::refused(format!("a heading of {name}"), &[Reason::HeaderKindMissing], move || {
            format!("serial number{piece}secret key{cells}\nHT1{piece}{BASE32}\n").into_bytes()
        }));
        files.push(Hostile::problem(format!("a row of {name}"), &[Reason::SecretMissing], 3, move || {
            format!("{}HT4{rows}\n", sound().replace(',', piece)).into_bytes()
        }));
    }
    files.push(Hostile::refused("nothing", &[Reason::FileEmpty], Vec::new));
    files
}

/// Quotes and delimiters where none belong.
pub(crate) fn quotes() -> Vec<Hostile> {
    const DAMAGED: &[Reason] = &[
        Reason::RowUnreadable,
        Reason::RowColumns,
        Reason::RowSerialInvalid,
        Reason::SecretMissing,
        Reason::RowSerialMissing,
    ];
    let with_row = |name: &str, row: String| {
        Hostile::problem(name, DAMAGED, 3, move || format!("{}{row}\n", sound()).into_bytes())
    };
    vec![
        with_row("a quote that is not closed", format!("\"HT4,{BASE32},30")),
        with_row("a quote in a cell", format!("H\"T4,{BASE32},30")),
        with_row("text behind a quote", format!("\"HT4\"x,{BASE32},30")),
        with_row("60,000 quotes", "\"".repeat(60_001)),
        with_row("30,000 quoted nothings", "\"\"".repeat(30_000)),
        with_row("20,000 cells of a quote", "\",".repeat(20_000)),
        with_row("a secret of another row behind", format!("HT4,{BASE32},30,{HEX},HT5")),
        with_row("two rows in one", format!("HT4,{BASE32},30,HT5,{BASE32},30")),
        with_row("another delimiter", format!("HT4;{BASE32};30")),
    ]
}
