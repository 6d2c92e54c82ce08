//! The crate as its callers see it: whole files in, entries out. All seeds are made up here.

use std::fmt::Write as _;
use std::io::{self, Read};

use proptest::prelude::*;
use tokenfleet_domain::otp::code::Moving;

use super::*;

const HEX: &str = "00112233445566778899aabbccddeeff01234567";
const OTHER_HEX: &str = "9988776655443322110099887766554433221100";
const BASE32: &str = "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB";
const OTHER_BASE32: &str = "PJXXK4TTMVSWI3LBMRSXK4DYO5WXGZDF";
const ENTRA: &str = "upn,serial number,secret key,time interval,manufacturer,model\n";

/// One line for every entry; the last tells a refusal.
fn read_from(input: impl Read, options: &ReadOptions) -> Vec<String> {
    let mut file = match open(input, options) {
        Ok(file) => file,
        Err(refusal) => return vec![format!("refused {}", code(&refusal))],
    };
    let mut told = Vec::new();
    loop {
        match file.next_entry() {
            Ok(Some(entry)) => told.push(tell(&entry)),
            Ok(None) => return told,
            Err(refusal) => {
                assert_eq!(file.next_entry().err(), Some(refusal.clone()), "a refusal stays");
                told.push(format!("refused {}", code(&refusal)));
                return told;
            }
        }
    }
}

fn read(text: &str) -> Vec<String> {
    read_from(text.as_bytes(), &ReadOptions::default())
}

fn read_as(text: &str, encoding: SecretEncoding) -> Vec<String> {
    read_from(text.as_bytes(), &ReadOptions { secret_encoding: Some(encoding), ..ReadOptions::default() })
}

fn tell(entry: &Entry) -> String {
    match entry {
        Entry::Key(key) => tell_key(key),
        Entry::Problem(problem) => tell_problem(problem),
        Entry::LeftOut(problem) => format!("left out {}", tell_problem(problem)),
        Entry::Withdrawn(withdrawn) => format!("withdrawn {} {}", withdrawn.serial, tell_problem(&withdrawn.problem)),
    }
}

fn tell_key(key: &Key) -> String {
    let moving = match key.profile.moving {
        Moving::Time { period, .. } => format!("totp {period}"),
        Moving::Event => format!("hotp {}", key.counter),
    };
    let (digits, algorithm) = (key.profile.digits.get(), key.profile.algorithm.as_str());
    format!("{}: {} {moving} {digits} {algorithm} {} bytes", key.line, key.serial, key.seed.len())
}

fn tell_problem(problem: &Problem) -> String {
    let column = problem.column.map(|column| format!(".{}", column.number)).unwrap_or_default();
    format!("{}{column}: {}", problem.line, code(&problem.why))
}

fn code(refusal: &Rejection) -> &'static str {
    refusal.reason.words().code
}

fn evidence(text: &str) -> Evidence {
    open(text.as_bytes(), &ReadOptions::default()).map(|file| file.evidence().clone()).unwrap()
}

#[test]
fn an_entra_file_is_read_as_totp_and_base32() {
    let text = format!("\u{feff}{ENTRA}a@example.com,0101,{BASE32},60,Maker,Model\r\nupn, 0102,{OTHER_BASE32},30,,");
    assert_eq!(read(&text), ["2: 0101 totp 60 6 sha1 20 bytes", "3: 0102 totp 30 6 sha1 20 bytes"]);
    let evidence = evidence(&text);
    assert_eq!((evidence.layout, evidence.text), (Some(Layout::Entra), Some(TextEncoding::Utf8WithBom)));
    assert_eq!((evidence.format.as_str(), evidence.columns), ("csv", 6));
    assert_eq!(evidence.secrets, Some((SecretEncoding::Base32, Because::Layout)));
}

#[test]
fn manufacturer_model_and_expiry_come_with_a_key() {
    let text = format!("serial,secret,type,vendor,model,policy.expiry_date,id\n1,{HEX},totp,Acme,T1,2031-12-31,k1\n");
    let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
    let Some(Entry::Key(key)) = file.next_entry().unwrap() else { panic!("a key") };
    assert_eq!((key.manufacturer.as_deref(), key.model.as_deref()), (Some("Acme"), Some("T1")));
    assert_eq!(key.expires.map(|at| at.to_rfc3339()).as_deref(), Some("2031-12-31T23:59:59+00:00"));
    assert_eq!(key.key_id.as_str(), "k1");
}

#[test]
fn a_declared_encoding_is_strict_and_names_the_way_out() {
    let text = format!("{ENTRA}a@example.com,0101,{HEX},60,,\na@example.com,0102,{BASE32},60,,\n");
    assert_eq!(read(&text), ["2.3: TF-1206", "3: 0102 totp 60 6 sha1 20 bytes"]);
    assert_eq!(read_as(&text, SecretEncoding::Hex), ["2: 0101 totp 60 6 sha1 20 bytes", "3.3: TF-1205"]);
    let base64 = format!("{ENTRA}a@example.com,0101,bWFkZS11cCBzZWVkIG5vLiAyMCE=,60,,\n");
    assert_eq!(read_as(&base64, SecretEncoding::Base64), ["2: 0101 totp 60 6 sha1 20 bytes"]);
}

#[test]
fn a_column_that_reads_both_ways_is_base32_where_the_layout_says_so_and_refused_elsewhere() {
    let both = "abcdef234567abcdef234567abcdef23";
    assert_eq!(read(&format!("{ENTRA}upn,1,{both},30,,")), ["2: 1 totp 30 6 sha1 20 bytes"]);
    let deepnet = format!("serial number,secret key,time interval\n1,{both},30\n");
    assert_eq!(read(&deepnet), ["refused TF-1207"]);
    assert_eq!(read_as(&deepnet, SecretEncoding::Hex), ["2: 1 totp 30 6 sha1 16 bytes"]);
}

#[test]
fn an_undeclared_column_is_decided_by_the_first_row_that_can_be_read_in_one_way() {
    let header = "serial number,secret key,time interval,manufacturer,model\n";
    let both = "abcdef234567abcdef234567abcdef23";
    let text = format!("{header}1,{both},60,,\n2,{BASE32},60,,\n");
    assert_eq!(read(&text), ["2: 1 totp 60 6 sha1 20 bytes", "3: 2 totp 60 6 sha1 20 bytes"]);
    let because = Because::Row { line: 3, contains: 'N' };
    assert_eq!(evidence(&text).secrets, Some((SecretEncoding::Base32, because)));
    let text = format!("{header}1,{both},60,,\n2,{HEX},60,,\n");
    assert_eq!(read(&text), ["2: 1 totp 60 6 sha1 16 bytes", "3: 2 totp 60 6 sha1 20 bytes"]);
}

#[test]
fn a_row_that_contradicts_the_others_refuses_the_file_and_a_damaged_one_only_itself() {
    let header = "serial,secret,period\n";
    let text = format!("{header}1,{BASE32},60\n2,{HEX},60\n3,{BASE32},60\n");
    assert_eq!(read(&text), ["2: 1 totp 60 6 sha1 20 bytes", "refused TF-1221"]);
    let text = format!("{header}1,{HEX},60\n2,{}1G,60\n3,{},60\n", &HEX[..38], &HEX[1..]);
    assert_eq!(read(&text), ["2: 1 totp 60 6 sha1 20 bytes", "3.2: TF-1205", "4.2: TF-1204"]);
    assert_eq!(read(&format!("{header}1,a+b/c,60\n")), ["refused TF-1229"]);
}

#[test]
fn an_encoding_is_found_behind_many_rows_that_do_not_show_it() {
    let mut text = "serial,secret,period\n".to_owned();
    for row in 0..20_000 {
        writeln!(text, "{row},abcdef234567abcdef234567abcdef23,60").unwrap();
    }
    assert_eq!(read(&text), ["refused TF-1207"]);
    writeln!(text, "last,{HEX},60").unwrap();
    assert_eq!(read(&text).len(), 20_001);
    let because = Because::Row { line: 20_002, contains: '0' };
    assert_eq!(evidence(&text).secrets, Some((SecretEncoding::Hex, because)));
}

#[test]
fn an_encoding_that_shows_only_behind_four_mebibytes_is_refused() {
    let row = format!("1,abcdef234567abcdef234567abcdef23,60,{}\n", "x".repeat(1000));
    let text = format!("serial,secret,period,model\n{}2,{HEX},60,\n", row.repeat(4200));
    assert_eq!(read(&text), ["refused TF-1207"]);
}

#[test]
fn rows_without_secrets_are_problems_and_no_riddle() {
    assert_eq!(read("serial,secret,period\n1,,60\n2,-,60\n"), ["2.2: TF-1208", "3.2: TF-1208"]);
}

#[test]
fn an_oath_list_is_read_with_its_usual_values() {
    let text = format!(
        "\n  # made up\n  tok1, {HEX}\n  tok2, {OTHER_HEX}, totp\n  tok0, {OTHER_HEX}\n\ttok3, 1212, hotp, 8, 345,,\n\n  tok4, 1213, totp, 8, 60\n  tok5\n  tok6, 1j12, totp, 6\n  tok7, 1214, ocra, OCRA-1:HOTP-SHA1-8:QH40\n  tok8, 1215, totp, 6, 30, sha512\n"
    );
    assert_eq!(
        read(&text),
        [
            "3: tok1 hotp 0 6 sha1 20 bytes",
            "4: tok2 totp 30 6 sha1 20 bytes",
            "5: tok0 hotp 0 6 sha1 20 bytes",
            "6: tok3 hotp 345 8 sha1 2 bytes",
            "8: tok4 totp 60 8 sha1 2 bytes",
            "9.2: TF-1208",
            "10.2: TF-1205",
            "left out 11.3: TF-1285",
            "12: tok8 totp 30 6 sha512 2 bytes",
        ]
    );
    assert_eq!(evidence(&text).format, Format::OathCsv);
}

#[test]
fn only_an_oath_list_takes_the_digest_from_the_length_of_the_seed() {
    let (long, longer) = ("ab".repeat(32), "cd".repeat(64));
    assert_eq!(
        read(&format!("t1,{long},totp\nt2,{longer},totp\nt3,{},totp\n", "ef".repeat(24))),
        ["1: t1 totp 30 6 sha256 32 bytes", "2: t2 totp 30 6 sha512 64 bytes", "3: t3 totp 30 6 sha1 24 bytes"]
    );
    assert_eq!(read(&format!("serial,seed (hex),period\n1,{long},30\n")), ["2: 1 totp 30 6 sha1 32 bytes"]);
}

#[test]
fn entra_rows_without_their_header_are_read() {
    let text =
        format!("a@example.com,0101,{BASE32},60,Maker,Model 2\nb@example.com,0102,{OTHER_BASE32},60,Maker,Key\n");
    assert_eq!(read(&text), ["1: 0101 totp 60 6 sha1 20 bytes", "2: 0102 totp 60 6 sha1 20 bytes"]);
    assert_eq!(evidence(&text).layout, Some(Layout::EntraRows));
}

#[test]
fn headers_of_usual_names_are_read_with_every_delimiter() {
    for delimiter in [",", ";", "\t", "|", " , "] {
        let rows = [
            ["Serial", "Secret", "Type", "Length", "TimeStep", "Counter", "Hash"],
            ["00001", HEX, "TOTP", "8", "60", "", "SHA-256"],
            ["00002", OTHER_HEX, "HOTP", "", "", "7", ""],
        ];
        let text = rows.map(|row| row.join(delimiter)).join("\n");
        let expected = ["2: 00001 totp 60 8 sha256 20 bytes", "3: 00002 hotp 7 6 sha1 20 bytes"];
        assert_eq!(read(&text), expected, "{delimiter:?}");
    }
    assert_eq!(read(&format!("sep=;\r\nserial;secret;period\r\n1;{HEX};30")), ["3: 1 totp 30 6 sha1 20 bytes"]);
    assert_eq!(read(&format!("serial secret type\n1 {HEX} totp\n")), ["2: 1 totp 30 6 sha1 20 bytes"]);
}

#[test]
fn pskc_names_japanese_headings_and_graph_names_are_read() {
    let pskc = format!(
        "serial,secret,algorithm,response_length,time_interval\n1,{HEX},urn:ietf:params:xml:ns:keyprov:pskc:hotp,8,\n2,31323334,urn:ietf:params:xml:ns:keyprov:pskc:pin,4,\n"
    );
    assert_eq!(read(&pskc), ["2: 1 hotp 0 8 sha1 20 bytes", "left out 3.3: TF-1285"]);
    let japanese = format!("シリアル番号,シードキー,時間間隔,製造元,モデル\n０１,{BASE32},６０,飛天,c200\n");
    assert_eq!(read(&japanese), ["2: ０１ totp 60 6 sha1 20 bytes"]);
    let graph = format!("serialNumber,secretKey,timeIntervalInSeconds,hashFunction\n1,{BASE32},30,hmacsha256\n");
    assert_eq!(read(&graph), ["2: 1 totp 30 6 sha256 20 bytes"]);
}

#[test]
fn japanese_text_is_read_in_every_encoding_and_named() {
    use encoding_rs::{EUC_JP, SHIFT_JIS};
    let text = format!("シリアル番号|シード（16進）|時間間隔|モデル\r\n0101|{HEX}|60|表示ポ\r\n");
    let wide = |unit: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<_>>();
    for (bytes, name) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (SHIFT_JIS.encode(&text).0.into_owned(), "Shift_JIS (CP932)"),
        (EUC_JP.encode(&text).0.into_owned(), "EUC-JP"),
        (wide(u16::to_le_bytes), "UTF-16LE"),
        (wide(u16::to_be_bytes), "UTF-16BE"),
    ] {
        let mut file = open(&bytes[..], &ReadOptions::default()).unwrap();
        assert_eq!(file.evidence().text.map(TextEncoding::as_str), Some(name));
        let Some(Entry::Key(key)) = file.next_entry().unwrap() else { panic!("a key in {name}") };
        // In Shift_JIS the last character ends in the byte of the delimiter.
        assert_eq!((key.serial.shown(), key.model.as_deref()), ("0101", Some("表示ポ")), "{name}");
        assert!(file.next_entry().unwrap().is_none());
    }
}

#[test]
fn a_row_that_does_not_decode_refuses_the_file_and_puts_nothing_in_its_place() {
    use encoding_rs::SHIFT_JIS;
    let mut bytes = SHIFT_JIS.encode(&format!("シリアル番号,シード,時間間隔\n0101,{BASE32},60\n")).0.into_owned();
    bytes.extend(b"01\x8302,");
    let told = read_from(&bytes[..], &ReadOptions::default());
    assert_eq!(told, ["refused TF-1234"]);
}

#[test]
fn serials_that_lost_zeros_are_refused_far_behind_the_rows_that_show_it() {
    let mut text = String::new();
    for row in 0..5000 {
        writeln!(text, "{},{HEX},hotp", 1_000_000 + row).unwrap();
    }
    write!(text, "999999,{HEX},hotp\n99999,{HEX},hotp\n9999,{HEX},hotp\n").unwrap();
    let told = read(&text);
    assert_eq!(told[5000..], ["5001.1: TF-1235", "5002.1: TF-1235", "5003: 9999 hotp 0 6 sha1 20 bytes"]);
}

#[test]
fn a_series_that_goes_over_a_power_of_ten_is_believed_when_somebody_has_seen_the_tokens() {
    // 09998, 09999, 10000, … without their zeros is the same file.
    let serials = ["9998", "9999", "10000", "10001", "10002"];
    let text: String = serials.map(|serial| format!("{serial},{HEX},hotp\n")).concat();
    assert_eq!(read(&text)[..2], ["1.1: TF-1235", "2.1: TF-1235"]);
    let seen = ReadOptions { serials_as_written: true, ..ReadOptions::default() };
    let expected: Vec<_> =
        (1..).zip(serials).map(|(line, serial)| format!("{line}: {serial} hotp 0 6 sha1 20 bytes")).collect();
    assert_eq!(read_from(text.as_bytes(), &seen), expected);
    // What shows in the cell itself is damage all the same.
    assert_eq!(read_from(format!("{text}1E+5,{HEX},hotp\n").as_bytes(), &seen).last().unwrap(), "6.1: TF-1211");
}

#[test]
fn the_edges_of_csv_are_read() {
    let entra = |rows: &str| format!("{ENTRA}{rows}");
    let template = "upn,serial number,secret key,time interval,manufacturer,model,enabled\n";
    for (what, text, expected) in [
        (
            "cells that are missing at the end",
            entra(&format!("upn,0101,{BASE32}\n")),
            "2: 0101 totp 30 6 sha1 20 bytes",
        ),
        (
            "empty cells behind the last",
            entra(&format!("upn,0101,{BASE32},60,,,,,\n")),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "a template of seven columns",
            format!("{template}upn,0101,{BASE32},60,M,M,true\n"),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "capitals and blanks in headings",
            format!(" Serial Number , SECRET_KEY,Time-Interval\n0101,{BASE32},60\n"),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "camel case in headings",
            format!("serialNumber,secretKey,timeInterval\n0101,{BASE32},60\n"),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "quotes around all",
            format!("\"serial\",\"seed\",\"type\"\n\"0101\",\"{HEX}\",\"totp\"\n"),
            "2: 0101 totp 30 6 sha1 20 bytes",
        ),
        (
            "padding around all",
            format!("serial     , seed   , type \n 0101  ,  {HEX} ,  TOTP \n"),
            "2: 0101 totp 30 6 sha1 20 bytes",
        ),
        ("tabs for padding", format!("serial,seed,type\n\t0101\t,\t{HEX}\t,totp\n"), "2: 0101 totp 30 6 sha1 20 bytes"),
        (
            "a comment between rows",
            entra(&format!("#upn,0100,x\n # 見本\nupn,0101,{BASE32},60,,\n")),
            "4: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "a mark, a sep line and no end",
            format!("\u{feff}sep=;\nserial;seed;type\n0101;{HEX};totp"),
            "3: 0101 totp 30 6 sha1 20 bytes",
        ),
        (
            "a formula that keeps zeros",
            entra(&format!("upn,=\"0101\",{BASE32},60,,\n")),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "lower case, blanks and padding in a secret",
            entra("upn,0101,nvqw izjn ovyc a43f mvsc a3tp fyqd embb,60,,\n"),
            "2: 0101 totp 60 6 sha1 20 bytes",
        ),
        (
            "bits behind the last byte",
            entra("upn,0101,2234567abcdef2234567abcdef,60,,\n"),
            "2: 0101 totp 60 6 sha1 16 bytes",
        ),
        (
            "a counter beyond 32 bits",
            format!("0101,{HEX},hotp,8,5000000000\n"),
            "1: 0101 hotp 5000000000 8 sha1 20 bytes",
        ),
        (
            "48 hex digits",
            format!("serial,seed (hex),type\n0101,{HEX}01234567,hotp\n"),
            "2: 0101 hotp 0 6 sha1 24 bytes",
        ),
        (
            "SHA-256 with a short seed",
            format!("serial,seed (hex),type,hash\n0101,{HEX},totp,SHA-256\n"),
            "2: 0101 totp 30 6 sha256 20 bytes",
        ),
        (
            "a long serial",
            entra(&format!("upn,1234567890123456,{BASE32},60,,\n")),
            "2: 1234567890123456 totp 60 6 sha1 20 bytes",
        ),
    ] {
        assert_eq!(read(&text), [expected], "{what}");
    }
    assert_eq!(read("\u{feff}# version: 2\nu,r,r,tok1,1212\n"), ["2: tok1 hotp 0 6 sha1 2 bytes"]);
    assert_eq!(read("\u{feff}# version: 3\nu,r,r,tok1,1212\n"), ["refused TF-1203"]);
}

#[test]
fn the_type_follows_the_columns_that_are_filled() {
    let text = format!("serial,seed,period,counter\n1,{HEX},60,\n2,{HEX},,5\n3,{HEX},,\n");
    assert_eq!(read(&text), ["2: 1 totp 60 6 sha1 20 bytes", "3: 2 hotp 5 6 sha1 20 bytes", "4: TF-1231"]);
    assert_eq!(read(&format!("serial,seed,counter\n1,{HEX},9\n")), ["2: 1 hotp 9 6 sha1 20 bytes"]);
}

#[test]
fn every_cell_that_is_wrong_is_named_by_its_column() {
    for (row, expected) in [
        (format!("1,{HEX},totp,5,30,,"), "2.4: TF-1213"),
        (format!("1,{HEX},totp,six,30,,"), "2.4: TF-1213"),
        (format!("1,{HEX},totp,6,14,,"), "2.5: TF-1214"),
        (format!("1,{HEX},totp,6,30.5,,"), "2.5: TF-1214"),
        (format!("1,{HEX},hotp,6,,-1,"), "2.6: TF-1217"),
        (format!("1,{HEX},xotp,6,,,"), "2.3: TF-1215"),
        (format!("1,{HEX},motp,4,,,"), "left out 2.3: TF-1285"),
        (format!("1,{HEX},totp,6,30,,soon"), "2.7: TF-1228"),
        (format!(",{HEX},totp,6,,,"), "2.1: TF-1210"),
        (format!("2.30753E+12,{HEX},totp,6,,,"), "2.1: TF-1211"),
        (format!("a/b,{HEX},totp,6,,,"), "2.1: TF-1212"),
        (format!("1,{HEX},totp,6,30,,,,x"), "2: TF-1224"),
        (format!("1,\"{HEX},totp"), "2: TF-1225"),
        ("serial,seed,type".to_owned(), "2: TF-1232"),
        ("1".to_owned(), "2.2: TF-1208"),
    ] {
        let text = format!("serial,seed (hex),type,digits,period,counter,expires\n{row}\n3,{HEX},totp,6,30,,,,,\n");
        assert_eq!(read(&text), [expected, "3: 3 totp 30 6 sha1 20 bytes"], "{row}");
    }
}

#[test]
fn a_file_that_ends_within_a_row_was_cut_off() {
    let whole = format!("{ENTRA}upn,0101,{BASE32},60,M,O\nupn,0102,{OTHER_BASE32},60,M,O\n");
    let row = format!("upn,0103,{BASE32},60,M,O");
    let last = |length: usize, end: &str| read(&format!("{whole}{}{end}", &row[..length])).pop().unwrap();
    for length in [17, 25, 40, 42, 45] {
        assert_eq!(last(length, ""), "4: TF-1249", "{length}");
    }
    assert_eq!(last(row.len(), ""), "4: 0103 totp 60 6 sha1 20 bytes", "a whole last row needs no line end");
    assert_eq!(last(17, "\n"), "4.4: TF-1248", "within the file it lost its cells");
    assert_eq!(last(45, "\n"), "4: TF-1224");
    let list = format!("t1,{HEX},totp,6,60\nt2,{HEX},totp,6,60\nt3,{}", &HEX[..38]);
    assert_eq!(read(&list).pop().unwrap(), "3: TF-1249");
}

#[test]
fn a_cell_that_the_other_rows_fill_was_lost() {
    let text = format!("{ENTRA}upn,0101,{BASE32},60,M,O\nupn,0102,{BASE32},,M,O\nupn,0103,{BASE32},60,,\n");
    let sound = |line: u64| format!("{line}: 010{} totp 60 6 sha1 20 bytes", line - 1);
    assert_eq!(read(&text), [sound(2), "3.4: TF-1248".to_owned(), sound(4)], "names may be blank");
    let text = format!("serial,seed (hex),type,period,counter\n1,{HEX},totp,60,\n2,{HEX},hotp,,7\n3,{HEX},,60,\n");
    assert_eq!(
        read(&text),
        ["2: 1 totp 60 6 sha1 20 bytes", "3: 2 hotp 7 6 sha1 20 bytes", "4.3: TF-1248"],
        "a button has no interval, a clock no counter"
    );
    let text = format!("serial,seed (hex),type,hash\n1,{HEX},totp,sha256\n2,{HEX},totp,sha256\n3,{HEX},totp,\n");
    assert_eq!(read(&text).pop().unwrap(), "4.4: TF-1248");
    let rows = |full: usize| format!("{}t0,{HEX}\n", format!("t1,{HEX},totp,6,60\n").repeat(full));
    assert_eq!(read(&rows(3)).pop().unwrap(), "4: t0 hotp 0 6 sha1 20 bytes", "a list may end early");
    assert_eq!(read(&rows(4)).pop().unwrap(), "5.3: TF-1248", "unless hardly any other row does");
}

#[test]
fn a_secret_that_lost_a_character_is_told_and_one_that_is_as_the_vendor_says_is_read() {
    let rows = |header: &str, secrets: &[&str]| {
        let rows = (1..).zip(secrets).map(|(at, secret)| format!("S{at},{secret},60\n"));
        format!("serial,{header},period\n{}", rows.collect::<String>())
    };
    let last = |header: &str, sound: &str, lost: &str| read(&rows(header, &[sound, sound, sound, lost])).pop().unwrap();
    assert_eq!(last("seed (hex)", HEX, &HEX[2..]), "5.2: TF-1247");
    assert_eq!(last("seed (hex)", HEX, &format!("{HEX}00")), "5.2: TF-1247");
    assert_eq!(last("seed (hex)", HEX, &HEX[..32]), "5: S4 totp 60 6 sha1 16 bytes");
    assert_eq!(last("secret (base32)", BASE32, &BASE32[1..]), "5.2: TF-1246");
    assert_eq!(last("secret (base32)", BASE32, &format!("{}A", &BASE32[2..])), "5.2: TF-1247");
    let base64 = "bWFkZS11cCBzZWVkIG5vLiAyMCE=";
    assert_eq!(last("secret (base64)", base64, &base64[1..]), "5.2: TF-1230");
    let options = ReadOptions { secrets_as_written: true, ..ReadOptions::default() };
    let text = rows("seed (hex)", &[HEX, HEX, HEX, &HEX[2..]]);
    assert_eq!(read_from(text.as_bytes(), &options).pop().unwrap(), "5: S4 totp 60 6 sha1 19 bytes");
}

#[test]
fn a_stray_quote_costs_its_own_row_only() {
    let text =
        format!("{ENTRA}upn,1,\"{BASE32},60,,\nupn,2,{OTHER_BASE32},60,\"Maker, Ltd\",\nupn,3,{BASE32},60,\"x,\n");
    assert_eq!(read(&text), ["2: TF-1225", "3: 2 totp 60 6 sha1 20 bytes", "4: TF-1225"]);
}

#[test]
fn a_serial_with_two_secrets_loses_all_its_rows() {
    let text = format!("a1,{HEX},hotp\nb,{HEX}\n A1,{OTHER_HEX}\na1,{HEX}\nb,{HEX}\n");
    assert_eq!(
        read(&text),
        [
            "1: a1 hotp 0 6 sha1 20 bytes",
            "2: b hotp 0 6 sha1 20 bytes",
            "withdrawn A1 1.1: TF-1220",
            "3.1: TF-1220",
            "4.1: TF-1220",
            "5: b hotp 0 6 sha1 20 bytes",
        ]
    );
}

#[test]
fn keys_of_one_serial_with_ids_of_their_own_are_several_keys() {
    let text = format!("serial,seed,type,key id\n1,{HEX},hotp,a\n1,{OTHER_HEX},hotp,b\n");
    assert_eq!(read(&text), ["2: 1 hotp 0 6 sha1 20 bytes", "3: 1 hotp 0 6 sha1 20 bytes"]);
}

#[test]
fn files_that_hold_nothing_are_empty() {
    for text in ["", "\n \n", "\u{feff}", "# only this\n", ENTRA, "sep=;\n"] {
        assert_eq!(read(text), ["refused TF-1201"], "{text:?}");
    }
    assert_eq!(read(&format!("{ENTRA},,,,,\n")), ["refused TF-1201"]);
}

#[test]
fn other_texts_are_refused_as_a_whole() {
    for (text, expected) in [
        ("nr,key,start date,info\n1,0011,2017-04-01,x\n", "refused TF-1222"),
        ("id,secret\n1,00112233\n", "refused TF-1222"),
        ("serial,secret,key,type\n", "refused TF-1223"),
        ("<html><body>Sign in</body></html>", "refused TF-1203"),
        ("{\"value\": []}", "refused TF-1203"),
        ("Dear all, please find\nthe keys attached.\n", "refused TF-1202"),
        ("one\ntwo\n", "refused TF-1202"),
        ("100 00112233445566778899\n", "refused TF-1203"),
    ] {
        assert_eq!(read(text), [expected], "{text:?}");
    }
}

#[test]
fn faults_of_the_text_refuse_the_file_wherever_they_stand() {
    let good = format!("tok1,{HEX},hotp\n").repeat(8000);
    for (bad, expected) in [
        (&b"tok2,M\xfcller\n"[..], "refused TF-1219"),
        (b"tok2,\0\n", "refused TF-1203"),
        (&vec![b'x'; 70_000], "refused TF-1226"),
    ] {
        let told = read_from(&[good.as_bytes(), bad].concat()[..], &ReadOptions::default());
        assert_eq!((told.len(), told.last().unwrap().as_str()), (8001, expected));
        let told = read_from(&[&good.as_bytes()[..60], b"\n", bad].concat()[..], &ReadOptions::default());
        assert_eq!(told, [expected]);
    }
}

#[test]
fn too_many_rows_refuse_the_file() {
    let text = format!("tok1,{HEX},hotp\ntok2,{HEX}\n# no row\n,,\ntok3,{HEX}\n");
    let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
    file.max_rows = 2;
    assert!(file.next_entry().is_ok_and(|entry| entry.is_some()));
    assert!(file.next_entry().is_ok_and(|entry| entry.is_some()));
    assert_eq!(file.next_entry().err().map(|refusal| refusal.reason), Some(Reason::TooManyRows));
}

#[test]
fn no_message_shows_a_part_of_a_row() {
    use tokenfleet_domain::catalogue::Lang;
    let text = format!(
        "serial,seed (hex),type,digits\nQQQQ~,{HEX},totp\n1,QQQQZZ11,totp\n2,{HEX},QQQQ\n3,{HEX},totp,QQQQ\n4,\"QQQQ\n"
    );
    let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
    let mut problems = 0;
    while let Some(entry) = file.next_entry().unwrap() {
        let Entry::Problem(problem) = entry else { panic!("{}", tell(&entry)) };
        problems += 1;
        for lang in [Lang::En, Lang::Ja] {
            assert!(!format!("{problem:?}{}{}", problem.why.message(lang), problem.why.hint(lang)).contains("QQ"));
        }
    }
    assert_eq!(problems, 5);
}

/// Gives one byte a read.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(1);
        self.0.read(&mut into[..count])
    }
}

/// Bytes that resemble seed files more than chance does.
fn almost_a_file() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        ENTRA,
        "serial,secret,period\n",
        "serial;seed;type;counter\n",
        "sep=;\n",
        "# version: 2\n",
        HEX,
        OTHER_HEX,
        BASE32,
        "tok1",
        "0102",
        "2.30753E+12",
        ",",
        ",",
        ",",
        ";",
        "\t",
        "|",
        " ",
        "\"",
        "\n",
        "\n",
        "\r",
        "\r\n",
        "totp",
        "hotp",
        "6",
        "30",
        "a@example.com",
        "=\"0",
        "0x",
        "#",
        "\u{feff}",
        "シリアル番号",
        "\0",
        "<",
        "{",
        "PK\u{3}\u{4}",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::sample::select(vec![&b"\xff\xfe"[..], b"\x83V\x83\x8a\x83A\x83\x8b", b"\xa5\xb7\xa5\xea", b"\x83"])
            .prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        read_from(&bytes[..], &ReadOptions::default());
    }

    #[test]
    fn bytes_that_come_one_by_one_are_read_the_same(bytes in almost_a_file(), option in 0..4_usize) {
        let options = ReadOptions { secret_encoding: SecretEncoding::ALL.get(option).copied(), ..ReadOptions::default() };
        prop_assert_eq!(read_from(&bytes[..], &options), read_from(Trickle(&bytes), &options));
    }

    #[test]
    fn whatever_comes_ends_in_keys_or_in_problems_that_are_named_within_the_file(
        bytes in prop_oneof![almost_a_file(), prop::collection::vec(any::<u8>(), 0..400)],
        map in prop::sample::select(vec![None, Some("serial=1,secret=2,type=const:totp"), Some("serial=2,secret=1:hex,period=3")]),
        as_written in any::<bool>(),
    ) {
        let column_map = map.map(|map| map.parse().unwrap());
        let options = ReadOptions { column_map, serials_as_written: as_written, keep_rows: true, ..ReadOptions::default() };
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() as u64 + 1;
        let named = |why: &Rejection| {
            use tokenfleet_domain::catalogue::Lang;
            let texts = [Lang::En, Lang::Ja].map(|lang| [why.message(lang), why.hint(lang)]).concat();
            texts.iter().all(|text| !text.is_empty() && !text.contains(['{', '}']))
        };
        let (mut keys, mut problems) = (0, 0);
        let refusal = (|| {
            let mut file = open(&bytes[..], &options)?;
            while let Some(entry) = file.next_entry()? {
                match entry {
                    Entry::Key(key) => {
                        keys += 1;
                        assert!(key.line <= lines && !key.seed.is_empty() && key.row.is_some());
                    }
                    Entry::Problem(problem)
                    | Entry::LeftOut(problem)
                    | Entry::Withdrawn(Withdrawn { problem, .. }) => {
                        problems += 1;
                        assert!(problem.line <= lines && named(&problem.why) && problem.row.is_some(), "{problem:?}");
                        assert!(problem.column.is_none_or(|column| column.number > 0));
                    }
                }
            }
            Ok(())
        })();
        prop_assert!(refusal.as_ref().err().is_none_or(named), "{:?}", refusal);
        // A key that is taken back is told once more.
        prop_assert!(keys + problems <= 2 * lines && (refusal.is_err() || keys + problems > 0));
    }

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(("[A-Z0-9]{1,20}", prop::collection::vec(any::<u8>(), 1..65), 6..9_u32, 15..121_u32), 1..20),
        delimiter in prop::sample::select(vec![",", ";", "\t", "|"]),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut text = ["serial", "seed (hex)", "type", "digits", "period"].join(delimiter);
        let mut expected = Vec::new();
        for (at, (serial, seed, digits, period)) in rows.iter().enumerate() {
            let hex = seed.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            let serial = format!("S{at}-{serial}");
            write!(text, "{end}{}", [&serial, &hex, "totp", &digits.to_string(), &period.to_string()].join(delimiter)).unwrap();
            expected.push(format!("{}: {serial} totp {period} {digits} sha1 {} bytes", at + 2, seed.len()));
        }
        let options = ReadOptions { secrets_as_written: true, ..ReadOptions::default() };
        prop_assert_eq!(read_from(text.as_bytes(), &options), expected);
    }
}
