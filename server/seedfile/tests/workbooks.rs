//! Excel workbooks: what comes out of their sheets, and which cells, rows and files are refused. All seeds are made up.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::LazyLock;

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use tokenfleet_domain::{catalogue::Lang, catalogue::Reason, otp::code::Moving, reject::Rejection};
use tokenfleet_seedfile::{Entry, Field, Key, Layout, NoSecret, Problem, ReadOptions, SeedFile, open_with};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SEED: &str = "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB";
const OTHER: &str = "PJXXK4TTMVSWI3LBMRSXK4DYO5WXGZDF";
const HEADINGS: [&str; 6] = ["upn", "serial number", "secret key", "time interval", "manufacturer", "model"];

fn opened<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<SeedFile<'a>, Rejection> {
    open_with(bytes, options, Box::new(NoSecret))
}

fn all(mut file: SeedFile<'_>) -> Result<(Vec<Key>, Vec<Problem>), Rejection> {
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    while let Some(entry) = file.next_entry()? {
        match entry {
            Entry::Key(key) => keys.push(key),
            Entry::Problem(problem) | Entry::LeftOut(problem) => problems.push(problem),
            Entry::Withdrawn(withdrawn) => problems.push(withdrawn.problem),
        }
    }
    Ok((keys, problems))
}

fn read(bytes: &[u8]) -> (Vec<Key>, Vec<Problem>) {
    all(opened(bytes, &ReadOptions::default()).unwrap()).unwrap()
}

fn serials(bytes: &[u8]) -> Vec<String> {
    let (keys, problems) = read(bytes);
    assert_eq!(problems, []);
    keys.iter().map(|key| format!("{}: {}", key.line, key.serial)).collect()
}

fn refusal(bytes: &[u8], options: &ReadOptions) -> Rejection {
    opened(bytes, options).and_then(all).err().unwrap()
}

fn reason(bytes: &[u8]) -> Reason {
    refusal(bytes, &ReadOptions::default()).reason
}

/// A workbook of one sheet.
fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        if !cell.is_empty() {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
}

fn headed(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    workbook(|sheet| {
        write_row(sheet, 0, &HEADINGS);
        fill(sheet);
    })
}

#[test]
fn a_sheet_is_read_like_the_csv_it_would_be() {
    let bytes = headed(|sheet| {
        for (row, serial) in [(1, "0000101"), (4, "0000102")] {
            write_row(
                sheet,
                row,
                &["a@example.com", serial, if row == 1 { SEED } else { OTHER }, "", "Maker", "C\"200\""],
            );
            sheet.write_number(row, 3, 60).unwrap();
        }
    });
    let file = opened(&bytes, &ReadOptions::default()).unwrap();
    let evidence = file.evidence();
    assert_eq!((evidence.format.as_str(), evidence.layout, evidence.text), ("xlsx", Some(Layout::Entra), None));
    assert_eq!((evidence.title(), evidence.part.as_deref()), ("Entra", Some("Sheet1")));
    assert_eq!(file.column(Field::Secret).map(|column| column.number), Some(3));
    let (keys, problems) = all(file).unwrap();
    assert_eq!(problems, []);
    let lines: Vec<_> = keys.iter().map(|key| (key.line, key.serial.shown())).collect();
    assert_eq!(lines, [(2, "0000101"), (5, "0000102")]);
    assert!(matches!(keys[0].profile.moving, Moving::Time { period: 60, .. }));
    assert_eq!((keys[0].manufacturer.as_deref(), keys[0].model.as_deref()), (Some("Maker"), Some("C\"200\"")));
}

#[test]
fn japanese_headings_below_a_title_are_found() {
    let bytes = workbook(|sheet| {
        write_row(sheet, 0, &["トークン一覧"]);
        write_row(sheet, 1, &["納品日", "2026/11/24", "", "株式会社"]);
        write_row(sheet, 3, &["#", "シリアル\n番号", "シード（Base32）", "時間間隔（秒）", "有効期限"]);
        write_row(sheet, 4, &["#1", "0101", SEED]);
        sheet.write_number(4, 3, 60).unwrap();
        let day = ExcelDateTime::from_ymd(2031, 12, 31).unwrap();
        sheet
            .write_datetime_with_format(4, 4, &day, &Format::new().set_num_format("ggge\"年\"m\"月\"d\"日\""))
            .unwrap();
    });
    let (keys, problems) = read(&bytes);
    assert_eq!(problems, []);
    assert_eq!((keys[0].line, keys[0].serial.shown()), (5, "0101"));
    assert_eq!(keys[0].expires.unwrap().to_rfc3339(), "2031-12-31T23:59:59+00:00");
    // What may be a key is no title.
    let bytes = workbook(|sheet| {
        write_row(sheet, 0, &["0100", OTHER, "60"]);
        write_row(sheet, 1, &["serial number", "secret key", "time interval"]);
        write_row(sheet, 2, &["0101", SEED, "60"]);
    });
    assert_eq!(reason(&bytes), Reason::FileFormatUnknown);
}

#[test]
fn a_list_without_headings_is_read_too() {
    let hex = "00112233445566778899aabbccddeeff01234567";
    let bytes = workbook(|sheet| write_row(sheet, 1, &["tok1", hex, "totp", "8", "60"]));
    assert_eq!(serials(&bytes), ["2: tok1"]);
}

/// One row with a cell that is odd in some way, beside a row that is sound.
fn with_odd(column: u16, write: impl FnOnce(&mut Worksheet)) -> Problem {
    let bytes = headed(|sheet| {
        write_row(sheet, 1, &["", "0101", SEED, "60", "Maker", "C200"]);
        let mut cells = ["", "0102", OTHER, "60", "Maker", "C200"];
        cells[usize::from(column)] = "";
        write_row(sheet, 6, &cells);
        write(sheet);
    });
    let (keys, problems) = read(&bytes);
    assert_eq!((keys.len(), problems.len()), (1, 1));
    problems.into_iter().next().unwrap()
}

fn told(problem: &Problem) -> (Reason, u64, Option<u32>, bool) {
    let names_cell =
        problem.why.message(Lang::En).contains("cell B7") || problem.why.message(Lang::En).contains("cell C7");
    (problem.why.reason, problem.line, problem.column.map(|column| column.number), names_cell)
}

#[test]
fn serials_and_secrets_that_are_no_text_are_problems_of_their_cells() {
    let number = with_odd(1, |sheet| {
        sheet.write_number(6, 1, 102).unwrap();
    });
    assert_eq!(told(&number), (Reason::RowSerialNumber, 7, Some(2), true));
    let long = with_odd(1, |sheet| {
        sheet.write_number(6, 1, 2_307_530_000_001_f64).unwrap();
    });
    assert_eq!(told(&long), (Reason::RowSerialNumber, 7, Some(2), true));
    let padded = Format::new().set_num_format("0000000");
    let padded = with_odd(1, |sheet| {
        sheet.write_number_with_format(6, 1, 102, &padded).unwrap();
    });
    assert_eq!(told(&padded), (Reason::RowSerialNumber, 7, Some(2), true));
    let day = ExcelDateTime::from_ymd(2026, 11, 24).unwrap();
    let format = Format::new().set_num_format("yyyy/m/d");
    let day = with_odd(1, |sheet| {
        sheet.write_datetime_with_format(6, 1, &day, &format).unwrap();
    });
    assert_eq!(told(&day), (Reason::RowSerialNumber, 7, Some(2), true));
    let secret = with_odd(2, |sheet| {
        sheet.write_number(6, 2, 1e39).unwrap();
    });
    assert_eq!(told(&secret), (Reason::SecretSpreadsheet, 7, Some(3), false));
    let formula = |result: &str| Formula::new("=A1").set_result(result);
    let serial = with_odd(1, |sheet| {
        sheet.write_formula(6, 1, formula("0102")).unwrap();
    });
    assert_eq!(told(&serial), (Reason::CellFormula, 7, Some(2), true));
    let secret = with_odd(2, |sheet| {
        sheet.write_formula(6, 2, formula(OTHER)).unwrap();
    });
    assert_eq!(told(&secret), (Reason::CellFormula, 7, Some(3), true));
    let wrapped = with_odd(2, |sheet| {
        sheet.write_string(6, 2, "PJXXK4TTMVSWI3LB\nMRSXK4DYO5WXGZDF").unwrap();
    });
    assert_eq!(told(&wrapped), (Reason::CellUnwritten, 7, Some(3), true));
}

#[test]
fn failed_formulas_are_problems_wherever_they_are_read() {
    for (column, error) in [(1, "#N/A"), (2, "#REF!"), (3, "#VALUE!"), (5, "#NAME?")] {
        let formula = Formula::new("=A1").set_result(error);
        let problem = with_odd(column, |sheet| {
            sheet.write_formula(6, column, formula).unwrap();
        });
        assert_eq!((problem.why.reason, problem.line), (Reason::CellError, 7), "{error}");
        assert_eq!(problem.column.map(|read| read.number), Some(u32::from(column) + 1));
    }
    let interval = with_odd(3, |sheet| {
        sheet.write_formula(6, 3, Formula::new("=30*2").set_result("60")).unwrap();
    });
    assert_eq!((interval.why.reason, interval.line), (Reason::CellFormula, 7));
    // A formula for a model is what it shows; a failed one for a user is nobody's business.
    let bytes = headed(|sheet| {
        write_row(sheet, 1, &["", "0101", SEED, "60", "Maker", ""]);
        sheet.write_formula(1, 5, Formula::new("=\"C200\"").set_result("C200")).unwrap();
        sheet.write_formula(1, 0, Formula::new("=X1").set_result("#N/A")).unwrap();
    });
    assert_eq!(serials(&bytes), ["2: 0101"]);
}

#[test]
fn rows_under_merged_cells_are_problems() {
    let bytes = workbook(|sheet| {
        sheet.merge_range(0, 0, 0, 4, "Delivery of tokens", &Format::new()).unwrap();
        write_row(sheet, 1, &["serial number", "secret key", "time interval", "manufacturer", "box"]);
        for (row, serial, seed) in
            [(2, "0101", SEED), (3, "0102", OTHER), (4, "0103", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")]
        {
            write_row(sheet, row, &[serial, seed, "60"]);
        }
        sheet.merge_range(2, 3, 3, 3, "Maker", &Format::new()).unwrap();
        sheet.merge_range(2, 4, 4, 4, "Box 7", &Format::new()).unwrap();
    });
    let (keys, problems) = read(&bytes);
    assert_eq!(keys.iter().map(|key| key.serial.shown()).collect::<Vec<_>>(), ["0103"]);
    let why: Vec<_> = problems.iter().map(|problem| (problem.line, problem.why.message(Lang::En))).collect();
    let expected = "cell D3 is merged with others, so that which rows it is meant for can't be known".to_owned();
    assert_eq!(why, [(3, expected.clone()), (4, expected)]);
}

/// In these lists each row has its own order, or a cell holds several values.
#[test]
fn odd_cells_of_lists_whose_rows_have_an_order_of_their_own_are_problems_too() {
    const HEX: &str = "6d6164652d757020736565640a6e6f2e20323021";
    const HEX_2: &str = "7d6164652d757020736565640a6e6f2e20323021";
    let result = |bytes: &[u8]| {
        let (keys, problems) = read(bytes);
        let column = |problem: &Problem| problem.column.map_or(0, |column| column.number);
        let why =
            problems.iter().map(|problem| format!("{} {:?} {}", problem.line, problem.why.reason, column(problem)));
        keys.iter().map(|key| format!("{} {}", key.line, key.serial)).chain(why).collect::<Vec<_>>()
    };
    let phenix = |write: fn(&mut Worksheet)| {
        workbook(|sheet| {
            write_row(sheet, 0, &["TOTP", "A1", "SHA1", HEX, "", "", "6"]);
            write_row(sheet, 1, &["HOTP", "A2", HEX_2, "5"]);
            for (column, number) in [(4, 0), (5, 60)] {
                sheet.write_number(0, column, number).unwrap();
            }
            write(sheet);
        })
    };
    let formula = |shown: &str| Formula::new("=X9").set_result(shown);
    assert_eq!(result(&phenix(|_| {})), ["1 A1", "2 A2"]);
    let number = phenix(|sheet| drop(sheet.write_number(0, 1, 12_345)));
    assert_eq!(result(&number), ["2 A2", "1 RowSerialNumber 2"]);
    let secret = phenix(|sheet| drop(sheet.write_formula(1, 2, Formula::new("=X9").set_result(HEX_2))));
    assert_eq!(result(&secret), ["1 A1", "2 CellFormula 3"]);
    let merged = phenix(|sheet| {
        sheet.merge_range(0, 3, 1, 3, "", &Format::new()).unwrap();
        sheet.write_string(0, 3, HEX).unwrap();
        sheet.write_string(1, 3, "5").unwrap();
    });
    assert_eq!(result(&merged), ["1 CellMerged 4", "2 CellMerged 4"]);

    let rcdevs = workbook(|sheet| {
        write_row(sheet, 0, &["Type", "Reference", "Description", "Data"]);
        let data = "TokenKey=bWFkZS11cCBzZWVkCm5vLiAyMCE=,TokenType=VE9UUA==";
        write_row(sheet, 1, &["OTP Token", "A1", "C202", data]);
        write_row(sheet, 2, &["OTP Token", "", "C202", &data.replace("bWFk", "fWFk")]);
        sheet.write_number(2, 1, 12_345).unwrap();
        write_row(sheet, 3, &["OTP Token", "A3", "C202"]);
        sheet.write_formula(3, 3, formula(&data.replace("bWFk", "nWFk"))).unwrap();
    });
    assert_eq!(result(&rcdevs), ["2 A1", "3 RowSerialNumber 2", "4 CellFormula 4"]);

    let yubico = workbook(|sheet| {
        write_row(sheet, 0, &["508327", "", "0", HEX, "", "2026-11-24T08:41:07"]);
        write_row(sheet, 1, &["", "", "0", HEX_2, "", "2026-11-24T08:42:07"]);
        sheet.write_number(1, 0, 508_328).unwrap();
    });
    assert_eq!(result(&yubico), ["1 508327", "2 RowSerialNumber 1"]);

    let nexus = workbook(|sheet| write_row(sheet, 0, &["SN1:bWFkZS11cCBzZWVkCm5vLiAyMCE=:MA=="]));
    assert_eq!(reason(&nexus), Reason::FileFormatUnknown);
}

#[test]
fn the_only_visible_sheet_with_rows_is_read_or_the_one_that_is_named() {
    let of_sheets = |sheets: &[(&str, &str, bool)]| {
        let mut workbook = Workbook::new();
        for (name, serial, is_hidden) in sheets {
            let sheet = workbook.add_worksheet().set_name(*name).unwrap();
            if !serial.is_empty() {
                write_row(sheet, 0, &HEADINGS);
                write_row(sheet, 1, &["", serial, SEED, "60", "", ""]);
            }
            sheet.set_hidden(*is_hidden);
        }
        workbook.save_to_buffer().unwrap()
    };
    let part = |name: &str| ReadOptions { part: Some(name.to_owned()), ..ReadOptions::default() };
    let bytes = of_sheets(&[("Empty", "", false), ("トークン", "0101", false), ("Old", "0102", true)]);
    assert_eq!(serials(&bytes), ["2: 0101"]);
    let (keys, _) = all(opened(&bytes, &part("Old")).unwrap()).unwrap();
    assert_eq!(keys[0].serial.shown(), "0102");
    let why = refusal(&bytes, &part("New"));
    assert_eq!(why.reason, Reason::ArchivePartMissing);
    assert!(why.message(Lang::En).ends_with("Empty, トークン, Old"));
    let why = refusal(&of_sheets(&[("One", "0101", false), ("Two", "0102", false)]), &ReadOptions::default());
    assert!(why.message(Lang::En).ends_with("2 parts that may be meant: One, Two"));
    assert_eq!(reason(&of_sheets(&[("Empty", "", false)])), Reason::FileEmpty);
}

#[test]
fn a_workbook_in_an_archive_is_read() {
    let sheet = |bytes: &[u8]| serials(bytes);
    let inner = headed(|sheet| write_row(sheet, 1, &["", "0101", SEED, "60", "", ""]));
    let outer = zip(&[("readme.txt", b"Thank you for your order."), ("seeds.xlsx", &inner)]);
    assert_eq!(sheet(&outer), ["2: 0101"]);
    for part in [None, Some("seeds.xlsx"), Some("seeds.xlsx:Sheet1")] {
        let options = ReadOptions { part: part.map(str::to_owned), ..ReadOptions::default() };
        assert_eq!(opened(&outer, &options).unwrap().evidence().part.as_deref(), Some("seeds.xlsx:Sheet1"));
    }
    let options = ReadOptions { part: Some("seeds.xlsx:Sheet2".to_owned()), ..ReadOptions::default() };
    assert_eq!(refusal(&outer, &options).reason, Reason::ArchivePartMissing);
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

/// A workbook by hand: its kind, the strings that cells share, and the rows.
struct ByHand {
    kind: &'static str,
    properties: &'static str,
    strings: String,
    styles: &'static str,
    sheet: String,
}

impl Default for ByHand {
    fn default() -> Self {
        let names = HEADINGS
            .iter()
            .fold(String::new(), |names, name| names + "<c t=\"inlineStr\"><is><t>" + name + "</t></is></c>");
        Self {
            kind: SHEET,
            properties: "",
            strings: String::new(),
            styles: "",
            sheet: format!("<sheetData><row>{names}</row>@</sheetData>"),
        }
    }
}

impl ByHand {
    fn rows(rows: &str) -> Self {
        let by_hand = Self::default();
        Self { sheet: by_hand.sheet.replace('@', rows), ..by_hand }
    }

    fn bytes(&self) -> Vec<u8> {
        let types = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"{}\"/></Types>",
            self.kind
        );
        let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"/xl/sheets/One.xml\"/><Relationship Id=\"r2\" Type=\"x/sharedStrings\" Target=\"strings.xml\"/><Relationship Id=\"r3\" Type=\"x/styles\" Target=\"styles.xml\"/></Relationships>";
        let main = format!(
            "<x:workbook xmlns:x=\"{MAIN}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">{}<x:sheets><x:sheet name=\"One\" r:id=\"r1\"/></x:sheets></x:workbook>",
            self.properties
        );
        let strings = format!("<sst xmlns=\"{MAIN}\">{}</sst>", self.strings);
        let styles = format!("<styleSheet xmlns=\"{MAIN}\">{}</styleSheet>", self.styles);
        let sheet = format!("<worksheet xmlns=\"{MAIN}\">{}</worksheet>", self.sheet);
        zip(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/workbook.xml", main.as_bytes()),
            ("xl/strings.xml", strings.as_bytes()),
            ("xl/styles.xml", styles.as_bytes()),
            ("xl/sheets/one.xml", sheet.as_bytes()),
        ])
    }
}

fn inline(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn texts_are_read_in_all_their_forms() {
    let strings = "<si><r><rPr><b/></rPr><t>01</t></r><r><t>01</t></r></si>\
                   <si><t>製造元</t><rPh sb=\"0\" eb=\"3\"><t>セイゾウモト</t></rPh><phoneticPr fontId=\"1\"/></si>";
    let rows = format!(
        "<row r=\"3\"><c r=\"A3\" t=\"str\"><v>a@example.com</v></c><c r=\"B3\" t=\"s\"><v>0</v></c>{}<c r=\"D3\"><v>6.0E1</v></c>\
         <c r=\"E3\" t=\"s\"><v>1</v></c><c r=\"F3\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> C200_x000D_ </t></is></c></row>",
        inline(SEED)
    );
    let (keys, problems) = read(&ByHand { strings: strings.to_owned(), ..ByHand::rows(&rows) }.bytes());
    assert_eq!(problems, []);
    let key = &keys[0];
    assert_eq!(
        (key.line, key.serial.shown(), key.manufacturer.as_deref(), key.model.as_deref()),
        (3, "0101", Some("製造元"), Some("C200"))
    );
    assert!(matches!(key.profile.moving, Moving::Time { period: 60, .. }));
}

#[test]
fn days_are_counted_as_the_workbook_says() {
    let heading: String =
        ["serial number", "secret key", "time interval", "expiry"].iter().map(|name| inline(name)).collect();
    let row = format!("<row>{}{}<c><v>60</v></c><c s=\"1\"><v>46751</v></c></row>", inline("0101"), inline(SEED));
    let by_hand = |properties| ByHand {
        properties,
        styles: "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>",
        sheet: format!("<sheetData><row>{heading}</row>{row}</sheetData>"),
        ..ByHand::default()
    };
    for (properties, day) in [("", "2027-12-30"), ("<x:workbookPr date1904=\"1\"/>", "2031-12-31")] {
        let (keys, problems) = read(&by_hand(properties).bytes());
        assert_eq!(problems, []);
        assert_eq!(keys[0].expires.unwrap().to_rfc3339(), format!("{day}T23:59:59+00:00"));
    }
}

#[test]
fn what_is_no_workbook_of_cells_is_refused_by_its_name() {
    for (kind, name) in [
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "macros"),
        ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", "binary workbook"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "no workbook"),
    ] {
        let why = refusal(&ByHand { kind, ..ByHand::default() }.bytes(), &ReadOptions::default());
        assert!(why.message(Lang::En).contains(name), "{}", why.message(Lang::En));
    }
    let ods = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", b"<a/>"),
        ("META-INF/manifest.xml", b"<a/>"),
    ]);
    assert!(refusal(&ods, &ReadOptions::default()).message(Lang::En).contains("OpenDocument"));
    let package = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let locked = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 512], &package].concat();
    assert!(refusal(&locked, &ReadOptions::default()).message(Lang::En).contains("encrypted with a password"));
}

#[test]
fn workbooks_that_say_something_impossible_are_refused() {
    let cell = inline("0101");
    for rows in [
        "<row r=\"3\"></row><row r=\"2\"></row>",
        "<row r=\"3\"></row><row r=\"3\"></row>",
        "<row r=\"1048577\"></row>",
        "<row r=\"x\"></row>",
        "<row r=\"3\"><c r=\"B4\"><v>1</v></c></row>",
        "<row r=\"3\"><c r=\"B3\"><v>1</v></c><c r=\"A3\"><v>1</v></c></row>",
        "<row r=\"3\"><c r=\"XFE3\"><v>1</v></c></row>",
        "<row><c t=\"s\"><v>7</v></c></row>",
        "<row><c t=\"n\"><v>seven</v></c></row>",
        "<row><c t=\"n\"><v>1e999</v></c></row>",
        "<row><c t=\"b\"><v>2</v></c></row>",
        "<row><c t=\"z\"><v>2</v></c></row>",
        "<col/>",
    ] {
        assert_eq!(reason(&ByHand::rows(rows).bytes()), Reason::ArchiveDamaged, "{rows}");
    }
    let by_hand = ByHand::default();
    let merged = ByHand {
        sheet: format!("{}<mergeCells><mergeCell ref=\"B1:A1\"/></mergeCells>", by_hand.sheet.replace('@', "")),
        ..by_hand
    };
    assert_eq!(reason(&merged.bytes()), Reason::ArchiveDamaged);
    for (rows, why) in [
        (format!("<row>{cell}"), Reason::FileMalformed),
        (format!("<row>{cell}</row>text"), Reason::FileMalformed),
        ("<row>&seed;</row>".to_owned(), Reason::XmlForbidden),
    ] {
        assert_eq!(reason(&ByHand::rows(&rows).bytes()), why, "{rows}");
    }
}

#[test]
fn bombs_are_refused() {
    // Blanks, shared strings that are held, and rows that are mostly tabs.
    assert_eq!(reason(&ByHand::rows(&" ".repeat(8_000_000)).bytes()), Reason::ArchiveLimit);
    let strings = format!("<si><t>{}</t></si>", noise(16_385)).repeat(2_100);
    assert_eq!(reason(&ByHand { strings, ..ByHand::default() }.bytes()), Reason::FileTooLarge);
    let mut rows = String::new();
    for row in 2..5_000 {
        write!(rows, "<row r=\"{row}\"><c r=\"XFD{row}\" t=\"str\"><v>{}</v></c></row>", row * 7_919).unwrap();
    }
    assert_eq!(reason(&ByHand::rows(&rows).bytes()), Reason::FileTooLarge);
}

/// Text that hardly shrinks.
fn noise(length: usize) -> String {
    let mut text = String::new();
    let mut state = 1_u64;
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        write!(text, "{state:x}").unwrap();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_rows_make_it_panic_or_name_a_line_that_is_not_there(
        rows in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9#\"\t=\\-@ ]{0,40}", 0..7), 0..8),
    ) {
        let bytes = headed(|sheet| {
            for (row, cells) in (1..).zip(&rows) {
                write_row(sheet, row, &cells.iter().map(String::as_str).collect::<Vec<_>>());
            }
        });
        if let Ok((keys, problems)) = opened(&bytes, &ReadOptions::default()).and_then(all) {
            let lines = 2..=u64::try_from(rows.len() + 1).unwrap();
            prop_assert!(keys.iter().map(|key| key.line).chain(problems.iter().map(|problem| problem.line)).all(|line| lines.contains(&line)));
        }
    }

    #[test]
    fn no_change_to_a_good_workbook_gives_another_key(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        static GOOD: LazyLock<Vec<u8>> =
            LazyLock::new(|| headed(|sheet| write_row(sheet, 1, &["", "0101", SEED, "60", "", ""])));
        let mut bytes = GOOD.clone();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok((keys, problems)) = opened(&bytes, &ReadOptions::default()).and_then(all) {
            prop_assert!(problems.is_empty());
            prop_assert_eq!(keys.iter().map(|key| key.serial.shown()).collect::<Vec<_>>(), ["0101"]);
        }
    }
}
