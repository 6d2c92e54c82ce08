//! A hundred damaged files, ten of each kind, each in another layout, encoding and place, with what a person would want
//! to be told: which rule, in which line and column, while every sound row is still read. All seeds are made up by a
//! small generator that always makes the same ones.

#![expect(clippy::unwrap_used, reason = "a fault of the generator itself fails the test")]

use encoding_rs::{EUC_JP, Encoding, GBK, SHIFT_JIS, WINDOWS_1252};
use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    reject::Rejection,
};
use tokenfleet_seedfile::{Entry, Field, Problem, ReadOptions, open};

const ROWS: usize = 12;
const VARIANTS: usize = 10;

#[test]
fn the_files_are_read_whole_before_they_are_damaged() {
    for variant in 0..VARIANTS {
        Case { sheet: Sheet::new(variant), expected: Expected::Rows(Vec::new()) }.check("sound", variant);
    }
}

#[test]
fn serials_in_scientific_notation_are_named() {
    const CELLS: [&str; VARIANTS] = [
        "2.30753E+12",
        "2.3E+12",
        "1E+15",
        "2.307530E+12",
        "8.65466e+10",
        "2,30753E+12",
        "1.234567890E+15",
        "9E+09",
        "4.5E12",
        "1.00E-05",
    ];
    for_each("scientific serial", |sheet, variant, row| {
        sheet.with_serial(row, CELLS[variant], Reason::RowSerialScientific)
    });
}

#[test]
fn serials_that_lost_their_zeros_are_named() {
    for_each("lost zeros", |sheet, variant, row| {
        let short = sheet.rows[row].serial[1 + variant % 2..].to_owned();
        sheet.with_serial(row, &short, Reason::RowSerialZeros)
    });
}

#[test]
fn serials_that_lost_their_last_digits_are_named() {
    for_each("lost digits", |mut sheet, variant, _| {
        for (nth, row) in sheet.rows.iter_mut().enumerate() {
            row.serial = format!("{}{}", 100_000_000_000_000 + nth * 7919, "0".repeat(1 + variant % 4));
        }
        let expected = (0..ROWS).map(|row| sheet.place(row, Field::Serial, Reason::RowSerialPrecision)).collect();
        Case { sheet, expected: Expected::Rows(expected) }
    });
}

#[test]
fn serials_that_became_dates_are_named() {
    const CELLS: [&str; VARIANTS] = [
        "2026/11/24",
        "24-Nov",
        "Nov-24",
        "2026-11-24",
        "11月24日",
        "2026年11月24日",
        "24.11.2026",
        "11/24/2026",
        "24-Nov-26",
        "2026/11/24 0:00",
    ];
    for_each("date", |sheet, variant, row| sheet.with_serial(row, CELLS[variant], Reason::RowSerialDate));
}

#[test]
fn serials_with_separators_are_named() {
    const CELLS: [&str; VARIANTS] = [
        "2,307,530",
        "2,307,530,000,001",
        "86,546,559,623",
        "2.307.530.001",
        "2'307'530",
        "23075300.0",
        "23075300.00",
        "230753,00",
        "2,307,530.00",
        "12,345",
    ];
    for_each("amount", |sheet, variant, row| sheet.with_serial(row, CELLS[variant], Reason::RowSerialAmount));
}

#[test]
fn failed_formulas_are_named_also_where_they_look_like_comments() {
    const CELLS: [&str; VARIANTS] =
        ["#NAME?", "#REF!", "#VALUE!", "#N/A", "#NAME?", "#NUM!", "#DIV/0!", "#REF!", "#NAME?", "#NULL!"];
    for_each("failed formula", |sheet, variant, row| match variant % 3 {
        0 => sheet.with_secret(row, CELLS[variant], Reason::SecretSpreadsheet),
        _ => sheet.with_serial(row, CELLS[variant], Reason::RowSerialInvalid),
    });
}

#[test]
fn secrets_that_became_numbers_are_named() {
    const CELLS: [&str; VARIANTS] = [
        "1E10",
        "1.23E+15",
        "3.13E+39",
        "1e+10",
        "9.8E+31",
        "4,56E+20",
        "1E+10",
        "1.00E+10",
        "2E23",
        "31323334353637300000000000000000",
    ];
    for_each("secret as number", |sheet, variant, row| {
        sheet.with_secret(row, CELLS[variant], Reason::SecretSpreadsheet)
    });
}

#[test]
fn secrets_that_lost_or_changed_a_character_are_named() {
    for_each("secret", |sheet, variant, row| {
        let (sound, is_hex) = (sheet.rows[row].secret.clone(), sheet.style.is_hex);
        let (damaged, reason) = match (variant % 2, is_hex) {
            (0, true) => (sound[1..].to_owned(), Reason::SecretOddHex),
            (0, false) => (sound[1..31].to_owned(), Reason::SecretLength),
            (_, true) => (format!("{}O{}", &sound[..20], &sound[21..]), Reason::SecretNotHex),
            (_, false) => (format!("{}0{}", &sound[..20], &sound[21..]), Reason::SecretNotBase32),
        };
        sheet.with_secret(row, &damaged, reason)
    });
}

#[test]
fn rows_that_lost_their_form_are_named() {
    for_each("form", |mut sheet, variant, row| {
        let text = sheet.row_text(row);
        let whole = |sheet: &Sheet, reason| Expected::Rows(vec![(sheet.line(row), None, reason)]);
        let expected = match variant {
            0 | 5 => {
                sheet.replaced = Some((row, format!("\"{text}")));
                whole(&sheet, Reason::RowUnreadable)
            }
            1 | 6 => {
                sheet.replaced = Some((row, format!("{text}{0}{0}surplus", sheet.style.delimiter)));
                whole(&sheet, Reason::RowColumns)
            }
            2 | 7 => {
                sheet.replaced = Some((row, sheet.header_text()));
                whole(&sheet, Reason::RowHeading)
            }
            3 => return sheet.with_serial(row, "", Reason::RowSerialMissing),
            4 => return sheet.with_secret(row, "", Reason::SecretMissing),
            _ => {
                let serial = sheet.rows[row - 1].serial.clone();
                sheet.rows[row].serial = serial;
                let place = |row| sheet.place(row, Field::Serial, Reason::RowSerialRepeated);
                Expected::Rows(vec![place(row - 1), place(row)])
            }
        };
        Case { sheet, expected }
    });
}

#[test]
fn text_that_can_not_be_decoded_refuses_the_file_with_its_line() {
    for_each("text", |sheet, variant, row| {
        let line = sheet.line(row).to_string();
        let unknown = Rejection::from(Reason::FileEncoding).with("line", line.clone());
        let broken = |encoding: &str| {
            Rejection::from(Reason::FileEncodingBroken).with("encoding", encoding).with("line", line.clone())
        };
        let (bytes, refusal) = match variant {
            // The cells of one row in another encoding.
            0 => (sheet.bytes_with(row, &encode("Société", WINDOWS_1252)), unknown),
            1 => (sheet.bytes_with(row, &encode("飞天诚信", GBK)), unknown),
            2 => (sheet.bytes_with(row, &[0x00, 0xd8]), broken("UTF-16LE")),
            3 => (sheet.bytes_with(row, b"\x83"), broken("Shift_JIS (CP932)")),
            4 => (sheet.bytes_with(row, b"\xa5"), broken("EUC-JP")),
            5 => (sheet.bytes_with(row, b"\xfd\xfe"), broken("Shift_JIS (CP932)")),
            6 => (sheet.bytes_with(row, &encode("トークン", SHIFT_JIS)), unknown),
            7 => (sheet.bytes_with(row, b"\xe3\x83"), unknown),
            8 => (sheet.bytes_with(row, b"\x80"), unknown),
            _ => (sheet.bytes_with(row, &[0xdc, 0x00]), broken("UTF-16BE")),
        };
        Case { sheet: Sheet { bytes: Some(bytes), ..sheet }, expected: Expected::Refusal(refusal) }
    });
}

fn for_each(kind: &str, damage: impl Fn(Sheet, usize, usize) -> Case) {
    for variant in 0..VARIANTS {
        damage(Sheet::new(variant), variant, 2 + variant).check(kind, variant);
    }
}

/// A damaged file and what should be said of it.
struct Case {
    sheet: Sheet,
    expected: Expected,
}

enum Expected {
    /// The problems in the order of lines; all other rows are keys.
    Rows(Vec<Place>),
    Refusal(Rejection),
}

/// Line, column and rule.
type Place = (u64, Option<(u32, Field)>, Reason);

impl Case {
    fn check(&self, kind: &str, variant: usize) {
        let found = self.sheet.read();
        for why in found.problems.iter().map(|problem| &problem.why).chain(&found.refusal) {
            self.check_words(why);
        }
        match &self.expected {
            Expected::Refusal(expected) => assert_eq!(found.refusal.as_ref(), Some(expected), "{kind} {variant}"),
            Expected::Rows(expected) => {
                let place = |problem: &Problem| {
                    (problem.line, problem.column.map(|column| (column.number, column.field)), problem.why.reason)
                };
                let mut problems: Vec<_> = found.problems.iter().map(place).collect();
                problems.sort_by_key(|(line, ..)| *line);
                assert_eq!((found.refusal, &problems), (None, expected), "{kind} {variant}");
                let is_sound = |row: &usize| expected.iter().all(|(line, ..)| *line != self.sheet.line(*row));
                let serial = |row: usize| self.sheet.rows[row].serial.clone();
                let sound: Vec<_> = (0..ROWS).filter(is_sound).map(serial).collect();
                assert_eq!(found.serials, sound, "{kind} {variant}");
            }
        }
    }

    /// Sentence and cure are there in both languages, with every place filled, and show no secret.
    fn check_words(&self, why: &Rejection) {
        for lang in [Lang::En, Lang::Ja] {
            let (message, hint) = (why.message(lang), why.hint(lang));
            for text in [&message, &hint] {
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{:?}: {text}", why.reason);
                assert!(self.sheet.rows.iter().all(|row| row.secret.is_empty() || !text.contains(&row.secret)));
            }
        }
    }
}

/// What became of a file.
#[derive(Default)]
struct Found {
    serials: Vec<String>,
    problems: Vec<Problem>,
    refusal: Option<Rejection>,
}

/// How a file is laid out and written.
#[derive(Clone, Copy)]
struct Style {
    encoding: Written,
    delimiter: char,
    line_end: &'static str,
    above: &'static [&'static str],
    header: Option<&'static [&'static str]>,
    columns: &'static [Field],
    maker: &'static str,
    is_quoted: bool,
    is_hex: bool,
}

#[derive(Clone, Copy)]
enum Written {
    Utf8,
    Utf8WithBom,
    Utf16Le,
    Utf16Be,
    Legacy(&'static Encoding),
}

const ENTRA: &[Field] =
    &[Field::UserName, Field::Serial, Field::Secret, Field::Period, Field::Manufacturer, Field::Model];
const ENTRA_HEADER: Option<&[&str]> =
    Some(&["upn", "serial number", "secret key", "time interval", "manufacturer", "model"]);
const JAPANESE: &[Field] = &[Field::Serial, Field::Secret, Field::Period, Field::Manufacturer, Field::Model];
const JAPANESE_HEADER: Option<&[&str]> = Some(&["シリアル番号", "シードキー", "時間間隔", "製造元", "モデル"]);
const DEEPNET_HEADER: Option<&[&str]> =
    Some(&["Serial Number", "Secret Key", "Time Interval", "Manufacturer", "Model"]);

const PLAIN: Style = Style {
    encoding: Written::Utf8,
    delimiter: ',',
    line_end: "\n",
    above: &[],
    header: ENTRA_HEADER,
    columns: ENTRA,
    maker: "Contoso",
    is_quoted: false,
    is_hex: false,
};

const CP932: Written = Written::Legacy(SHIFT_JIS);

const STYLES: [Style; VARIANTS] = [
    PLAIN,
    Style { encoding: Written::Utf8WithBom, delimiter: ';', line_end: "\r\n", ..PLAIN },
    Style { encoding: Written::Utf16Le, delimiter: '\t', header: DEEPNET_HEADER, columns: JAPANESE, ..PLAIN },
    Style {
        encoding: CP932, header: JAPANESE_HEADER, columns: JAPANESE, maker: "表示器ソフト", is_hex: true, ..PLAIN
    },
    Style {
        encoding: Written::Legacy(EUC_JP),
        header: JAPANESE_HEADER,
        columns: JAPANESE,
        maker: "飛天ジャパン",
        is_hex: true,
        ..PLAIN
    },
    Style {
        encoding: CP932,
        delimiter: ';',
        line_end: "\r\n",
        above: &["sep=;"],
        header: JAPANESE_HEADER,
        columns: JAPANESE,
        maker: "ﾄｰｸﾝ",
        ..PLAIN
    },
    Style { is_quoted: true, maker: "飛天ジャパン", line_end: "\r\n", ..PLAIN },
    Style {
        delimiter: '|',
        header: Some(&["serialNo", "Seed (HEX)", "Type", "Digits"]),
        columns: &[Field::Serial, Field::Secret, Field::Type, Field::Digits],
        line_end: "\r",
        is_hex: true,
        ..PLAIN
    },
    Style {
        above: &["# made up", ""],
        header: None,
        columns: &[Field::Serial, Field::Secret, Field::Type],
        is_hex: true,
        ..PLAIN
    },
    Style {
        encoding: Written::Utf16Be,
        delimiter: '\t',
        line_end: "\r\n",
        above: &["# 見本", ""],
        header: JAPANESE_HEADER,
        columns: JAPANESE,
        maker: "𠮷野",
        ..PLAIN
    },
];

/// One token.
struct Token {
    serial: String,
    secret: String,
}

/// A file before it is bytes.
struct Sheet {
    style: Style,
    rows: Vec<Token>,
    /// Another text for one row.
    replaced: Option<(usize, String)>,
    /// Other bytes for the whole file.
    bytes: Option<Vec<u8>>,
}

impl Sheet {
    fn new(variant: usize) -> Self {
        let style = STYLES[variant];
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ variant as u64);
        let first = 23_456_780 * 10_u64.pow(u32::try_from(variant % 7).unwrap());
        let token = |nth: u64| Token { serial: (first + nth).to_string(), secret: dice.secret(style.is_hex) };
        Self { style, rows: (0..ROWS as u64).map(token).collect(), replaced: None, bytes: None }
    }

    fn with_serial(mut self, row: usize, cell: &str, reason: Reason) -> Case {
        cell.clone_into(&mut self.rows[row].serial);
        let expected = Expected::Rows(vec![self.place(row, Field::Serial, reason)]);
        Case { sheet: self, expected }
    }

    fn with_secret(mut self, row: usize, cell: &str, reason: Reason) -> Case {
        cell.clone_into(&mut self.rows[row].secret);
        let expected = Expected::Rows(vec![self.place(row, Field::Secret, reason)]);
        Case { sheet: self, expected }
    }

    fn place(&self, row: usize, field: Field, reason: Reason) -> Place {
        let at = self.style.columns.iter().position(|column| *column == field).unwrap();
        (self.line(row), Some((u32::try_from(at + 1).unwrap(), field)), reason)
    }

    fn line(&self, row: usize) -> u64 {
        (self.style.above.len() + usize::from(self.style.header.is_some()) + row + 1) as u64
    }

    fn header_text(&self) -> String {
        let header = self.style.header.unwrap_or_default();
        header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>().join(&self.style.delimiter.to_string())
    }

    fn row_text(&self, row: usize) -> String {
        if let Some((_, text)) = self.replaced.as_ref().filter(|(replaced, _)| *replaced == row) {
            return text.clone();
        }
        let cells: Vec<_> = self.style.columns.iter().map(|field| self.cell(row, *field)).collect();
        cells.join(&self.style.delimiter.to_string())
    }

    fn cell(&self, row: usize, field: Field) -> String {
        let text = match field {
            Field::Serial => &self.rows[row].serial,
            Field::Secret => &self.rows[row].secret,
            Field::Type => "totp",
            Field::Digits => "6",
            Field::Period => "60",
            Field::Manufacturer => self.style.maker,
            Field::Model => "OTP c200",
            Field::UserName => "upn",
            Field::Algorithm
            | Field::Hash
            | Field::Epoch
            | Field::Counter
            | Field::Issuer
            | Field::KeyId
            | Field::Expiry
            | Field::CodeFormat => "",
        };
        if self.style.is_quoted || text.contains(self.style.delimiter) {
            format!("\"{text}\"")
        } else {
            text.to_owned()
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes.clone().unwrap_or_else(|| self.bytes_with(0, b""))
    }

    /// The file, with bytes behind the last cell of a row.
    fn bytes_with(&self, row: usize, tail: &[u8]) -> Vec<u8> {
        let end = self.style.line_end;
        let mut head = String::new();
        if matches!(self.style.encoding, Written::Utf8WithBom | Written::Utf16Le | Written::Utf16Be) {
            head.push('\u{feff}');
        }
        let above = self.style.above.iter().map(|line| (*line).to_owned());
        let header = self.style.header.map(|_| self.header_text());
        head.extend(above.chain(header).map(|line| line + end));
        let mut bytes = self.style.encoding.write(&head);
        for nth in 0..ROWS {
            bytes.extend(self.style.encoding.write(&self.row_text(nth)));
            if nth == row {
                bytes.extend(tail);
            }
            bytes.extend(self.style.encoding.write(end));
        }
        bytes
    }

    fn read(&self) -> Found {
        let mut found = Found::default();
        if let Err(refusal) = self.read_into(&mut found) {
            found.refusal = Some(refusal);
        }
        found
    }

    fn read_into(&self, found: &mut Found) -> Result<(), Rejection> {
        let bytes = self.bytes();
        let mut file = open(&bytes[..], &ReadOptions::default())?;
        while let Some(entry) = file.next_entry()? {
            match entry {
                Entry::Key(key) => found.serials.push(key.serial.shown().to_owned()),
                Entry::Problem(problem) | Entry::LeftOut(problem) => found.problems.push(problem),
                Entry::Withdrawn(withdrawn) => {
                    found.serials.retain(|serial| serial != withdrawn.serial.shown());
                    found.problems.push(withdrawn.problem);
                }
            }
        }
        Ok(())
    }
}

impl Written {
    fn write(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf8WithBom => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Legacy(encoding) => encode(text, encoding),
        }
    }
}

fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, has_unknown) = encoding.encode(text);
    assert!(!has_unknown, "{text}");
    bytes.into_owned()
}

/// Numbers without chance (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The text of 20 bytes.
    fn secret(&mut self, is_hex: bool) -> String {
        let (alphabet, length) =
            if is_hex { ("0123456789abcdef", 40) } else { ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32) };
        let letters: Vec<char> = alphabet.chars().collect();
        let letter = |_| letters[usize::try_from(self.roll() >> 32).unwrap() % letters.len()];
        (0..length).map(letter).collect()
    }
}
