//! What the refusal of a whole file says: what the file is, which part of it is meant, and a hint that can work.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use std::io::{Cursor, Write as _};

use tokenfleet_domain::{catalogue::Lang, catalogue::Reason, reject::Rejection};
use tokenfleet_seedfile::{ReadOptions, open};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SEEDS: &str = "serial number,secret key,time interval\n0101,NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB,60\n";
const BOTH_WAYS: &str = "serial number,secret key,time interval\n71,ABCDEF234567ABCDEF234567ABCDEF23,60\n";
const PSKC: &str = "<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\"/>";
const GRAPH: &str = r#"[{"serialNumber": "1", "secretKey": "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB"}]"#;
const SAFEWORD: &str = "dn: x\nsccAuthenticatorId: 1\nsccTokenData: sccKey=00;sccMode=E\n";
const SAFENET: &str = "<Tokens><Token serial=\"1\"/></Tokens>";
const DUALSHIELD: &str = "<data><header/></data>";

fn refusal(bytes: &[u8], options: &ReadOptions) -> Rejection {
    open(bytes, options).map(|_| ()).unwrap_err()
}

fn part() -> ReadOptions {
    ReadOptions { part: Some("Sheet1".to_owned()), ..ReadOptions::default() }
}

fn map() -> ReadOptions {
    let map = "serial=1,secret=2:hex,type=const:totp,period=const:60";
    ReadOptions { column_map: Some(map.parse().unwrap()), ..ReadOptions::default() }
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_text_is_named_and_never_told_to_be_saved_as_text() {
    // As bytes that have no signature come: no two of them alike, and control characters among them.
    let noise: Vec<u8> = (1..=2_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    for (bytes, named) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"[..], "an image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01", "an image"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF or RTF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Office file (.xls)"),
        (b"\x1f\x8b\x08\0\x01\x02\x83\x84", "a gzip file (.gz)"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive (.7z)"),
        (b"Rar!\x1a\x07\x01\0\x83", "a RAR archive (.rar)"),
        (b"MZ\x90\0\x03\0\0\0\x04\0", "a program"),
        (&noise, "a binary file"),
    ] {
        for options in [ReadOptions::default(), map()] {
            let why = refusal(bytes, &options);
            assert_eq!(why.message(Lang::En), format!("this is {named}, which can't be imported"));
            assert!(!why.hint(Lang::En).contains("UTF-8"), "{named}: {}", why.hint(Lang::En));
        }
    }
}

#[test]
fn a_list_of_people_is_sent_to_the_directory_unless_a_map_finds_tokens_in_it() {
    for heading in ["ID,Name,Department", "共通ID;氏名;部局;最終日", "User ID\tName\tDepartment\tnote"] {
        let people = format!("{heading}\n0123456789,A,B\n");
        let why = refusal(people.as_bytes(), &ReadOptions::default());
        assert_eq!(why.message(Lang::En), "this is a list of people, which can't be imported");
        assert!(why.hint(Lang::En).contains("tokenadm directory import FILE"));
        let why = refusal(people.as_bytes(), &map()).reason;
        assert_ne!(why, Reason::FileFormatRefused, "{heading}");
    }
    // Beside seeds in an archive it is passed over.
    let archive = zip(&[("people.csv", "ID,Name,Department\n0123456789,A,B\n"), ("seeds.csv", SEEDS)]);
    assert_eq!(open(&archive[..], &ReadOptions::default()).unwrap().evidence().part.as_deref(), Some("seeds.csv"));
}

#[test]
fn what_nobody_knows_is_told_with_all_that_is_read() {
    let why = refusal(b"A;B;C\n1;x;blue\n", &ReadOptions::default());
    assert_eq!(why.reason, Reason::FileFormatUnknown);
    for name in ["PSKC", ".xlsx", "zip", "CSV", "--map"] {
        assert!([Lang::En, Lang::Ja].iter().all(|lang| why.hint(*lang).contains(name)), "{name}");
    }
}

#[test]
fn a_part_of_a_file_without_parts_and_a_map_of_one_without_columns_are_refused() {
    for (text, format) in [
        (SEEDS, "CSV"),
        (PSKC, "PSKC"),
        (GRAPH, "Graph JSON"),
        (SAFEWORD, "SafeWord"),
        (SAFENET, "SafeNet XML"),
        (DUALSHIELD, "DualShield XML"),
    ] {
        let why = refusal(text.as_bytes(), &part());
        let told = format!("--part was given, but this file is {format}, which has no parts to choose from [TF-1329]");
        assert_eq!(why.to_string(), told);
        if format != "CSV" {
            let told = format!("--map was given, but this file is {format}, which has no columns [TF-1329]");
            assert_eq!(refusal(text.as_bytes(), &map()).to_string(), told);
        }
    }
    let archive = zip(&[("seeds.csv", SEEDS)]);
    let sheet = ReadOptions { part: Some("seeds.csv:Sheet1".to_owned()), ..ReadOptions::default() };
    assert_eq!(refusal(&archive, &sheet).reason, Reason::FileOptionUnused);
    let member = ReadOptions { part: Some("seeds.csv".to_owned()), ..ReadOptions::default() };
    assert!(open(&archive[..], &member).is_ok());
}

#[test]
fn a_damaged_archive_names_the_member() {
    let mut archive = zip(&[("readme.txt", "hello"), ("seeds.csv", SEEDS)]);
    let at = archive.windows(8).position(|window| window == b"NVQWIZJN").unwrap();
    archive[at] = b'M';
    let why = refusal(&archive, &ReadOptions::default());
    assert_eq!(why.to_string(), "the archive or workbook can't be read: seeds.csv in it is damaged [TF-1320]");
    assert!(why.message(Lang::Ja).ends_with("中の seeds.csv が壊れています"), "{}", why.message(Lang::Ja));
}

#[test]
fn a_workbook_names_the_part_that_is_missing() {
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/book.xml\" \
                 ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
    let why = refusal(&zip(&[("[Content_Types].xml", types)]), &ReadOptions::default());
    let told = "the archive or workbook can't be read: its part xl/_rels/book.xml.rels is missing [TF-1320]";
    assert_eq!(why.to_string(), told);
    let why = refusal(&zip(&[("[Content_Types].xml", "<Other/>")]), &ReadOptions::default());
    let told =
        "the archive or workbook can't be read: a part of it that should be a \"Types\" is something else [TF-1320]";
    assert_eq!(why.to_string(), told);
}

#[test]
fn where_secrets_read_both_ways_it_is_told_what_an_import_would_do() {
    let why = refusal(BOTH_WAYS.as_bytes(), &ReadOptions::default());
    assert_eq!(why.reason, Reason::SecretAmbiguous);
    let told = "imported without it, the lot stays closed until a displayed code settles it (tokenadm lot prove)";
    assert!(why.hint(Lang::En).ends_with(told), "{}", why.hint(Lang::En));
    let with_another = format!("{BOTH_WAYS}72,!?,60\n");
    let why = refusal(with_another.as_bytes(), &ReadOptions::default());
    assert!(
        why.hint(Lang::En).ends_with("--secret-encoding base32"),
        "it would not be imported: {}",
        why.hint(Lang::En)
    );
}
