//! Attacks on workbooks: parts that inflate, XML that is none of Excel's, cells that are not what they show.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, Hostile, numbered};
use crate::zipped::{Member, Zip};

const MIB: usize = 1024 * 1024;
const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

/// The parts of a workbook, each of which an attack may change.
struct Book {
    above: &'static str,
    workbook: String,
    relations: String,
    strings: String,
    styles: String,
    rows: String,
}

impl Book {
    /// One with a heading and two rows.
    fn sound() -> Self {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relation = |id: &str, kind: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
        };
        Self {
            above: "",
            workbook: "<sheets><sheet name=\"Seeds\" sheetId=\"1\" r:id=\"rId1\"/></sheets>".to_owned(),
            relations: [
                relation("rId1", "worksheet", "worksheets/sheet1.xml"),
                relation("rId2", "sharedStrings", "sharedStrings.xml"),
                relation("rId3", "styles", "styles.xml"),
            ]
            .concat(),
            strings: format!("<si><t>{BASE32}</t></si>"),
            styles: "<cellXfs count=\"1\"><xf numFmtId=\"0\"/></cellXfs>".to_owned(),
            rows: [heading(), row(2, &text("HT2")), row(3, &text("HT3"))].concat(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { above, workbook, relations, strings, styles, rows } = self;
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        let types = "http://schemas.openxmlformats.org/package/2006/content-types";
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let part = |name: &str, text: String| Member::sound(name, format!("{head}{text}").as_bytes());
        Zip::of(vec![
            part(
                "[Content_Types].xml",
                format!(
                    "<Types xmlns=\"{types}\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}\"/></Types>"
                ),
            ),
            part(
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" \
                     Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            part("xl/workbook.xml", format!("{above}<workbook {MAIN} xmlns:r=\"{office}\">{workbook}</workbook>")),
            part(
                "xl/_rels/workbook.xml.rels",
                format!("<Relationships xmlns=\"{package}\">{relations}</Relationships>"),
            ),
            part("xl/sharedStrings.xml", format!("{above}<sst {MAIN}>{strings}</sst>")),
            part("xl/styles.xml", format!("<styleSheet {MAIN}>{styles}</styleSheet>")),
            part(
                "xl/worksheets/sheet1.xml",
                format!("{above}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"),
            ),
        ])
        .bytes()
    }
}

fn heading() -> String {
    format!(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\">{}</c><c r=\"B1\" t=\"inlineStr\">{}</c>\
         <c r=\"C1\" t=\"inlineStr\">{}</c></row>",
        inline("serial number"),
        inline("secret key"),
        inline("time interval")
    )
}

fn inline(text: &str) -> String {
    format!("<is><t>{text}</t></is>")
}

/// A serial as text.
fn text(serial: &str) -> String {
    format!("t=\"inlineStr\">{}", inline(serial))
}

/// A row with a serial, given as the rest of its cell.
fn row(number: u32, serial: &str) -> String {
    format!(
        "<row r=\"{number}\"><c r=\"A{number}\" {serial}</c><c r=\"B{number}\" t=\"s\"><v>0</v></c>\
         <c r=\"C{number}\"><v>30</v></c></row>"
    )
}

fn changed(name: impl Into<String>, why: &'static [Reason], change: impl FnOnce(&mut Book) + 'static) -> Hostile {
    Hostile::refused(name, why, || {
        let mut book = Book::sound();
        change(&mut book);
        book.bytes()
    })
}

/// A third row of which a cell is not what it shows; the others are read.
fn third(name: impl Into<String>, why: &'static [Reason], more: String) -> Hostile {
    Hostile::problem(name, why, 2, move || {
        let mut book = Book::sound();
        book.rows.push_str(&more);
        book.bytes()
    })
}

/// Parts that inflate, repeat or refer to one another without end.
pub(crate) fn parts() -> Vec<Hostile> {
    const LIMIT: &[Reason] = &[Reason::ArchiveLimit, Reason::FileLimit, Reason::FileTooLarge];
    const SOMEHOW: &[Reason] = &[
        Reason::ArchiveDamaged,
        Reason::ArchiveLimit,
        Reason::FileLimit,
        Reason::FileMalformed,
        Reason::FileTooLarge,
        Reason::FileEmpty,
        Reason::XmlForbidden,
    ];
    let mut files = Vec::new();
    for (name, above) in [
        ("an external entity", "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
        ("a document type", "<!DOCTYPE r>"),
        ("laughs", "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>"),
    ] {
        files.push(changed(name, &[Reason::XmlForbidden], move |book| book.above = above));
    }
    for (name, target) in [
        ("a file", "file:///etc/passwd"),
        ("an address", "http://127.0.0.1:9/sheet.xml"),
        ("a path upwards", "../../../../etc/passwd"),
        ("the workbook itself", "workbook.xml"),
        ("nothing", ""),
        ("no part", "worksheets/sheet9.xml"),
        ("the archive", "/"),
    ] {
        files.push(changed(format!("a sheet that is {name}"), SOMEHOW, move |book| {
            book.relations = book.relations.replace("worksheets/sheet1.xml", target);
        }));
    }
    for (name, value) in
        [("deep rows", "<row>".repeat(100_000)), ("deep cells", format!("<row><c>{}", "<x>".repeat(100_000)))]
    {
        files.push(changed(name, LIMIT, move |book| book.rows = value));
    }
    files.push(changed("a text of 16 MiB", LIMIT, |book| {
        book.strings = format!("<si><t>{}</t></si>", "a".repeat(16 * MIB));
    }));
    files.push(changed("texts of 24 MiB", LIMIT, |book| {
        book.strings = format!("<si><t>{}</t></si>", "a".repeat(512 * 1024)).repeat(48);
    }));
    files.push(changed("a million empty texts", SOMEHOW, |book| book.strings = "<si/>".repeat(1_000_000)));
    files.push(changed("100,000 styles", LIMIT, |book| {
        book.styles = format!("<cellXfs>{}</cellXfs>", "<xf numFmtId=\"0\"/>".repeat(100_000));
    }));
    files.push(changed("100,000 sheets", LIMIT, |book| {
        book.workbook =
            format!("<sheets>{}</sheets>", "<sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/>".repeat(100_000));
    }));
    files.push(changed("no sheets", SOMEHOW, |book| "<sheets/>".clone_into(&mut book.workbook)));
    files.push(changed("100,000 relations", SOMEHOW, |book| {
        book.relations = numbered(100_000, |nth| format!("<Relationship Id=\"r{nth}\" Type=\"t\" Target=\"t{nth}\"/>"));
    }));
    files
}

/// Cells that are not what they show, or stand where no cell is.
pub(crate) fn cells() -> Vec<Hostile> {
    let mut files = vec![
        third("a serial that is a number", &[Reason::RowSerialNumber], row(4, "><v>12345678</v>")),
        third("a serial of 19 digits", &[Reason::RowSerialNumber], row(4, "><v>2.308000123456789E18</v>")),
        third("a serial that is a formula", &[Reason::CellFormula], row(4, "t=\"str\"><f>A2</f><v>HT4</v>")),
        third("a serial that a formula fetches", &[Reason::CellFormula], {
            row(4, "t=\"str\"><f>WEBSERVICE(\"http://127.0.0.1:9/\"&amp;B2)</f><v>HT4</v>")
        }),
        third("a serial that is an error", &[Reason::CellError], row(4, "t=\"e\"><v>#REF!</v>")),
        third(
            "a serial that is true",
            &[Reason::RowSerialNumber, Reason::RowSerialInvalid],
            row(4, "t=\"b\"><v>1</v>"),
        ),
        third("a serial with a line end", &[Reason::CellUnwritten, Reason::RowSerialInvalid], row(4, &text("HT\n4"))),
        third("a serial with a tab", &[Reason::CellUnwritten, Reason::RowSerialInvalid], row(4, &text("HT&#9;4"))),
        third("a serial with a quote", &[Reason::CellUnwritten, Reason::RowSerialInvalid], row(4, &text("\"HT4"))),
        third("a serial turned around", &[Reason::RowSerialInvalid], row(4, &text("\u{202e}HT4"))),
        third(
            "a serial of 100 KiB",
            &[Reason::CellUnwritten, Reason::RowSerialInvalid],
            row(4, &text(&"9".repeat(100_000))),
        ),
        third("a formula as text", &[Reason::RowSerialInvalid], row(4, &text("=1+1"))),
    ];
    let impossible: &[Reason] =
        &[Reason::ArchiveDamaged, Reason::FileMalformed, Reason::FileLimit, Reason::ArchiveLimit, Reason::TooManyRows];
    for (name, rows) in [
        ("a row 0", row(0, &text("HT4"))),
        ("a row of 2^32 + 4", row(4, &text("HT4")).replace("r=\"4\"", "r=\"4294967300\"")),
        ("a row behind the last", row(1_048_577, &text("HT4"))),
        ("a column behind the last", row(4, &text("HT4")).replace("r=\"A4\"", "r=\"XFE4\"")),
        ("a column of ten letters", row(4, &text("HT4")).replace("r=\"A4\"", "r=\"AAAAAAAAAA4\"")),
        ("a cell of another row", row(4, &text("HT4")).replace("r=\"A4\"", "r=\"A3\"")),
        ("rows in another order", [row(6, &text("HT6")), row(5, &text("HT5"))].concat()),
        ("a cell twice", row(4, &text("HT4")).replace("r=\"B4\"", "r=\"A4\"")),
        ("a text that there is not", row(4, "t=\"s\"><v>4294967296</v>")),
        ("a text of another number", row(4, "t=\"s\"><v>-1</v>")),
    ] {
        files.push(changed(name, impossible, move |book| book.rows.push_str(&rows)));
    }
    files.push(Hostile::harmless("a style that there is not", 3, || {
        let mut book = Book::sound();
        book.rows.push_str(&row(4, "s=\"4294967296\" t=\"str\"><v>HT4</v>"));
        book.bytes()
    }));
    files.push(changed("100,000 merged cells", impossible, |book| {
        let cells = numbered(100_000, |nth| format!("<mergeCell ref=\"A{}:B{}\"/>", nth + 1, nth + 1));
        book.rows = format!("{}</sheetData><mergeCells>{cells}</mergeCells><sheetData>", book.rows);
    }));
    files.push(third("a row far away", &[Reason::RowSerialNumber], row(1_048_576, "><v>12345678</v>")));
    files
}
