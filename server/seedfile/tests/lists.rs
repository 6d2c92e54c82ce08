//! Lists that other servers and tools write, as whole files: what is read, left out and refused. All seeds are made up.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use proptest::prelude::*;
use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    otp::code::Moving,
    reject::Rejection,
};
use tokenfleet_seedfile::{Because, Entry, Evidence, Key, Problem, ReadOptions, SecretEncoding, SeedFile, open};

const HEX: &str = "00112233445566778899aabbccddeeff01234567";
const OTHER_HEX: &str = "9988776655443322110099887766554433221100";
const MIXED_HEX: &str = "9f3a7c51e6b2084d6a1f0e9c8b7d5a4f3e2c1b0a";
const OTHER_MIXED_HEX: &str = "1c9e4b7a0d3f6e2a8c5b1f7d4e0a9b3c6d2f8e5a";
const BASE64: &str = "bWFkZS11cCBzZWVkIG5vLiAyMCE=";
const OTHER_BASE64: &str = "YW5vdGhlciBtYWRlLXVwIHNlZWQ=";

/// One line for every entry; the last tells a refusal.
fn read(text: &str) -> Vec<String> {
    read_with(text.as_bytes(), &ReadOptions::default())
}

fn read_with(bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    match open(bytes, options) {
        Ok(file) => tell_all(file),
        Err(refusal) => vec![format!("refused {}", code(&refusal))],
    }
}

fn tell_all(mut file: SeedFile<'_>) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        told.push(match file.next_entry() {
            Ok(Some(Entry::Key(key))) => tell_key(&key),
            Ok(Some(Entry::Problem(problem))) => tell_problem(&problem),
            Ok(Some(Entry::LeftOut(problem))) => format!("{} {}", tell_problem(&problem), kind_of(&problem)),
            Ok(Some(Entry::Withdrawn(withdrawn))) => format!("withdrawn {}", tell_problem(&withdrawn.problem)),
            Ok(None) => return told,
            Err(refusal) => format!("refused {}", code(&refusal)),
        });
        if told.last().is_some_and(|last| last.starts_with("refused")) {
            return told;
        }
    }
}

fn tell_key(key: &Key) -> String {
    let moving = match key.profile.moving {
        Moving::Time { period, epoch: 0 } => format!("totp {period}"),
        Moving::Time { period, epoch } => format!("totp {period} from {epoch}"),
        Moving::Event => format!("hotp {}", key.counter),
    };
    let (digits, algorithm) = (key.profile.digits.get(), key.profile.algorithm.as_str());
    format!("{}: {} {moving} {digits} {algorithm} {} bytes", key.line, key.serial, key.seed.len())
}

fn tell_problem(problem: &Problem) -> String {
    let column = problem.column.map(|column| format!(".{}", column.number)).unwrap_or_default();
    format!("{}{column}: {}", problem.line, code(&problem.why))
}

/// The type that a message names.
fn kind_of(problem: &Problem) -> String {
    let message = problem.why.message(Lang::En);
    message.split_once("of type ").unwrap().1.split(',').next().unwrap().to_owned()
}

fn code(refusal: &Rejection) -> &'static str {
    refusal.reason.words().code
}

fn evidence(text: &str) -> Evidence {
    open(text.as_bytes(), &ReadOptions::default()).map(|file| file.evidence().clone()).unwrap()
}

/// The word for machines, that for people, and the cells of a row.
fn shown(text: &str) -> (&'static str, &'static str, usize) {
    let evidence = evidence(text);
    (evidence.format.as_str(), evidence.title(), evidence.columns)
}

#[test]
fn privacyideas_version_2_has_user_resolver_and_realm_before_the_serial() {
    let text = format!(
        "# version: 2\nuser1, ldap, realm1, tok1, {HEX}, hotp, 6, 345\n# a comment\nuser2, ldap, realm1, , {HEX}, hotp\n\
         ,,, tok3, {OTHER_HEX}, totp, 8, 60\nuser4, ldap, realm1, tok4, {HEX}, ocra, OCRA-1:HOTP-SHA1-8:QH40\n"
    );
    let expected =
        ["2: tok1 hotp 345 6 sha1 20 bytes", "4.4: TF-1210", "5: tok3 totp 60 8 sha1 20 bytes", "6.6: TF-1285 ocra"];
    assert_eq!(read(&text), expected);
    assert_eq!(read(&format!("\u{feff}{}", text.replace('\n', "\r\n"))), expected);
    assert_eq!(read(&text.replace("# version: 2", "#version:2")), expected);
    assert_eq!(shown(&text), ("oath-csv", "OATH CSV, version 2", 8));
    assert_eq!(read(&text.replace("version: 2", "version: 3")), ["refused TF-1203"]);
    // It says what it is; rows of another version are not read as if it had not.
    assert_eq!(read(&format!("# version: 2\ntok1, {HEX}, hotp, 6\n")), ["refused TF-1202"]);
    // The line is a comment like any other above a heading.
    assert_eq!(
        read(&format!("# version: 2\nserial,seed (hex),type\nA1,{HEX},totp\n")),
        ["3: A1 totp 30 6 sha1 20 bytes"]
    );
    // Without the line that names it the columns mean something else, and nothing reads.
    assert!(!read(&text[13..]).iter().any(|told| told.contains("bytes")));
}

#[test]
fn a_list_of_version_2_is_given_back_as_one() {
    let options = ReadOptions { keep_rows: true, ..ReadOptions::default() };
    let text = format!("# version: 2\r\nuser1, ldap, realm1, tok1, {}, hotp\r\n", &HEX[1..]);
    let mut file = open(text.as_bytes(), &options).unwrap();
    let head = file.evidence().head.clone();
    let Some(Entry::Problem(problem)) = file.next_entry().unwrap() else { panic!("a problem") };
    let left = [head, problem.row.unwrap().lines("line 2")].concat();
    assert_eq!(String::from_utf8(left).unwrap(), "# version: 2\r\n# line 2\r\nuser1,,, tok1,, hotp\r\n");
}

#[test]
fn multi_otps_list_has_the_maker_second_and_the_seed_fourth() {
    for delimiter in [";", ",", "\t"] {
        let rows = [
            ["A1", "Maker 1", "HOTP", HEX, "6", "5"],
            ["A2", "Maker 1", "totp", OTHER_HEX, "8", "60"],
            ["A3", "Maker 1", "mOTP", "00112233445566778899aabbccddeeff", "6", "10"],
            ["A4", "Maker 1", "TOTP", &HEX[1..], "6", "30"],
            ["A5", "Maker 1", "xOTP", HEX, "6", "30"],
            ["2.30753E+12", "Maker 1", "TOTP", HEX, "6", "30"],
        ];
        let text: String = rows.map(|row| row.join(delimiter) + "\r\n").concat();
        let expected = [
            "1: A1 hotp 5 6 sha1 20 bytes",
            "2: A2 totp 60 8 sha1 20 bytes",
            "3.3: TF-1285 motp",
            "4.4: TF-1204",
            "5.3: TF-1215",
            "6.1: TF-1211",
        ];
        assert_eq!(read(&text), expected, "{delimiter:?}");
        assert_eq!(shown(&text), ("multiotp-csv", "multiOTP", 6));
    }
}

#[test]
fn a_heading_of_multi_otps_own_names_is_read_the_same() {
    let heading = "serial_number;manufacturer;algorithm;seed;digits;interval_or_event";
    let text = format!("{heading}\nA1;M;HOTP;{HEX};6;5\nA2;M;TOTP;{OTHER_HEX};6;60\n");
    assert_eq!(read(&text), ["2: A1 hotp 5 6 sha1 20 bytes", "3: A2 totp 60 6 sha1 20 bytes"]);
}

/// Data of a token as WebADM writes them.
fn data(key: &str, kind: &str, rest: &str) -> String {
    format!("TokenKey={key},TokenType={kind},{rest}")
}

#[test]
fn an_inventory_of_rcdevs_holds_its_values_in_base64() {
    let (totp, hotp, ocra, yubikey) = ("VE9UUA==", "SE9UUA==", "T0NSQQ==", "WVVCSUtFWQ==");
    let clock = "TokenState=MA==,OTPLength=Ng==,TOTPTimeStep=NjA=";
    let text = format!(
        "# made up\n\nType, Reference, Description, Data\n\"OTP Token\", \"0101\", \"RC200\", \"{}\"\n\
         \"OTP Token\", \"0102\", \"RC100\", \"{}\"\n\"OTP Token\", \"0103\", \"RC300\", \"{}\"\n\
         \"OTP Token\", \"0104\", \"YK\", \"{}\"\n\"FIDO\", \"0105\", \"key\", \"{}\"\n",
        data(BASE64, totp, clock),
        data(OTHER_BASE64, hotp, "TokenState=MTIzNDU2Nzg5MA==,OTPLength=OA=="),
        data(BASE64, ocra, "OCRASuite=T0NSQQ=="),
        data(BASE64, yubikey, "TokenState=MA=="),
        data(BASE64, totp, clock),
    );
    assert_eq!(
        read(&text),
        [
            "4: 0101 totp 60 6 sha1 20 bytes",
            "5: 0102 hotp 1234567890 8 sha1 20 bytes",
            "6.4: TF-1285 ocra",
            "7.4: TF-1285 yubikey",
            "8.4: TF-1285 fido",
        ]
    );
    assert_eq!(shown(&text), ("rcdevs-inventory-csv", "RCDevs inventory", 4));
    assert_eq!(evidence(&text).secrets, Some((SecretEncoding::Base64, Because::Layout)));
    // PowerShell writes the columns in an order of its own.
    let moved = format!(
        "\"Description\",\"Data\",\"Reference\",\"Type\"\r\n\"RC200\",\"{}\",\"0101\",\"OTP Token\"\r\n",
        data(BASE64, totp, clock)
    );
    assert_eq!(read(&moved), ["2: 0101 totp 60 6 sha1 20 bytes"]);
    let other = format!("serial,secret,type,reference,data\nA1,{HEX},totp,x,y\n");
    assert_eq!(read(&other), ["2: A1 totp 30 6 sha1 20 bytes"]);
    let headless = format!("\"OTP Token\", \"0101\", \"RC200\", \"{}\"\n", data(BASE64, totp, clock));
    assert_eq!(read(&headless), ["1: 0101 totp 60 6 sha1 20 bytes"]);
}

#[test]
fn what_is_wrong_with_the_data_of_an_inventory_is_named() {
    let ok = "TokenType=VE9UUA==,TOTPTimeStep=MzA=";
    let twice = "TlZRV0laSk5PVllDQTQzRk1WU0NBM1RQRllRREVNQkI=";
    for (serial, data, expected) in [
        ("0101", format!("{ok},TokenKey={HEX}"), "2.4: TF-1294"),
        ("0101", format!("{ok},TokenKey={twice}"), "2.4: TF-1301"),
        ("0101", format!("{ok},TokenKey=bWFkZS11"), "2: 0101 totp 30 6 sha1 6 bytes"),
        ("0101", format!("{ok},TokenKey=bWFkZS11c"), "2.4: TF-1230"),
        ("0101", format!("{ok},TokenKey="), "2.4: TF-1208"),
        ("0101", ok.to_owned(), "2.4: TF-1208"),
        ("0101", format!("TokenKey={BASE64},TOTPTimeStep=30"), "2: TF-1300"),
        ("0101", format!("TokenKey={BASE64},{ok},HMACAlgorithm=U0hBMjU2"), "2: TF-1300"),
        ("0101", format!("TokenKey={BASE64},{ok},TokenKey={BASE64}"), "2: TF-1300"),
        ("0101", format!("TokenKey={BASE64},{ok},"), "2: TF-1300"),
        ("0101", format!("TokenKey={BASE64},TokenType=/////w=="), "2: TF-1300"),
        ("0101", format!("TokenKey={BASE64},TokenType=U0hBMQ==,TokenState=MA=="), "2.4: TF-1231"),
        ("0101", format!("TokenKey={BASE64},TokenType=VE9UUA==,TOTPTimeStep=NQ=="), "2.4: TF-1214"),
        ("0101", format!("TokenKey={BASE64},TokenType=SE9UUA==,TokenState=LTE="), "2.4: TF-1217"),
        ("5.29253E+12", format!("TokenKey={BASE64},{ok}"), "2.2: TF-1211"),
        ("", format!("TokenKey={BASE64},{ok}"), "2.2: TF-1210"),
    ] {
        let text = format!("Type,Reference,Description,Data\n\"OTP Token\",\"{serial}\",\"RC200\",\"{data}\"\n");
        assert_eq!(read(&text), [expected], "{data}");
    }
    let unquoted = format!("Type,Reference,Description,Data\nOTP Token,0101,RC200,{ok},TokenKey={BASE64}\n");
    assert_eq!(read(&unquoted), ["2: TF-1224"]);
    let joined =
        format!("Type,Reference,Description,Data\nType,Reference,Description,Data\nOTP Token,0101,RC200,\"{ok}");
    assert_eq!(read(&joined), ["2: TF-1232", "3: TF-1225"]);
}

/// A row of the traditional log.
fn logged(event: &str, id: &str, secret: &str, digits: &str, counter: &str) -> String {
    format!("{event},11.12.13 18:55,1,{id},,{secret},,,0,0,0,{digits},{counter},0,0,0,0,0\n")
}

#[test]
fn both_logs_of_yubicos_tool_are_read_also_in_one_file() {
    let text = [
        "LOGGING START,11.12.13 16:43\n",
        &logged("OATH-HOTP", "ubhe00000012", HEX, "6", "0"),
        &logged("OATH-HOTP", "cccccccccccb", OTHER_HEX, "8", "65536"),
        &logged("Yubico OTP", "vvgutbiedkvi", &HEX[..32], "0", "0"),
        &logged("Static Password: Scan Code", "0512", "", "0", "0"),
        &logged("Challenge-Response: HMAC-SHA1", "", HEX, "0", "0"),
        &logged("OATH-HOTP", "", HEX, "6", "0"),
        &format!("508327,,0,{HEX},,2013-12-12T08:41:07,\n"),
        &format!("1382042,cccccccccccd,65536,{OTHER_HEX},000000000000,2013-12-12T08:41:17,\n"),
        &format!("508328,cccccccccccc,83cebdfb7b93,{},,2013-12-12T08:43:17,\n", &HEX[..32]),
        &format!("508329,,,{},,2013-12-12T08:44:34,\n", &HEX[..32]),
        "Configuration Update,11.12.13 18:55,1,,,,,,0,0,0,0,0,0,0,0,0,0\n",
    ]
    .concat();
    assert_eq!(
        read(&text),
        [
            "2: ubhe00000012 hotp 0 6 sha1 20 bytes",
            "3: cccccccccccb hotp 65536 8 sha1 20 bytes",
            "4.1: TF-1285 yubikeyaes",
            "5.1: TF-1285 static",
            "6.1: TF-1285 challengeresponse",
            "7.4: TF-1210",
            "8: 508327 hotp 0 6 sha1 20 bytes",
            "9: 1382042 hotp 65536 6 sha1 20 bytes",
            "10.3: TF-1285 yubikeyaes",
            "11.3: TF-1285 static",
        ]
    );
    assert_eq!(shown(&text), ("yubico-csv", "Yubico log (6-digit HOTP assumed where it does not say)", 18));
    let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
    let Some(Entry::Key(key)) = file.next_entry().unwrap() else { panic!("a key") };
    assert_eq!((key.manufacturer.as_deref(), key.key_id.as_str()), (Some("Yubico"), "1"));
}

#[test]
fn a_log_that_says_all_is_not_followed_by_rows_that_do_not() {
    let told = logged("OATH-HOTP", "ubhe00000012", HEX, "8", "0");
    let short = format!("508327,,0,{HEX},,2013-12-12T08:41:07,\n");
    assert_eq!(shown(&told), ("yubico-csv", "Yubico log", 18));
    let starts = "LOGGING START,11.12.13 16:43\n".repeat(70);
    assert_eq!(
        read(&format!("{told}{starts}{short}")),
        ["1: ubhe00000012 hotp 0 8 sha1 20 bytes".to_owned(), "72: TF-1298".to_owned()]
    );
    let more = short.replace(":07,", ":07,more");
    assert_eq!(read(&format!("{told}{more}")).pop().unwrap(), "2: TF-1302");
}

#[test]
fn rows_that_no_log_has_are_named() {
    let good = logged("OATH-HOTP", "cccccccccccc", HEX, "6", "0");
    for (row, expected) in [
        (logged("OATH-HOTP", "cccccccccccb", &HEX[1..], "6", "0"), "2.6: TF-1204"),
        (logged("OATH-HOTP", "cccccccccccb", HEX, "0", "0"), "2.12: TF-1213"),
        (logged("OATH-HOTP", "cccccccccccb", HEX, "6", "-1"), "2.13: TF-1217"),
        (logged("OATH-TOTP", "cccccccccccb", HEX, "6", "0"), "2: TF-1302"),
        (
            format!("OATH-HOTP,\"Dec 11, 2013\",1,cccccccccccb,,{HEX},,,0,0,0,6,0,0,0,0,0,0"),
            "2: cccccccccccb hotp 0 6 sha1 20 bytes",
        ),
        (format!("OATH-HOTP,Dec 11, 2013,1,cccccccccccb,,{HEX},,,0,0,0,6,0,0,0,0,0,0"), "2: TF-1302"),
        (format!("OATH-HOTP,11.12.13 18:55,1,cccccccccccb,,{HEX},,,0,0"), "2: TF-1249"),
        (format!("OATH-HOTP,11.12.13 18:55,1,cccccccccccb,,{HEX},,,0,0\n"), "2: TF-1224"),
        (format!("{HEX},,,0,0,0,0,0,0,0,0,0,0"), "2: TF-1302"),
        (format!("508327,,x,{HEX},,2013-12-12T08:41:07,"), "2: TF-1302"),
        (format!("508327,,0,{HEX},,2013-12-12"), "2: TF-1302"),
        (format!("2.30753E+12,,0,{HEX},,2013-12-12T08:41:07,"), "2: TF-1302"),
        ("1,,0,0,000000000000,2021-07-20T12:42:35,".to_owned(), "2.4: TF-1204"),
    ] {
        assert_eq!(read(&format!("{good}{row}"))[1..], [expected], "{row}");
    }
    assert_eq!(read("LOGGING START,11.12.13 16:43\n"), ["refused TF-1201"]);
}

#[test]
fn the_numbers_of_yubikeys_are_counted_and_lose_no_zeros() {
    let row = |serial: u32| format!("{serial},,0,{HEX},,2013-12-12T08:41:07,\n");
    let text = (999_997..1_000_003).map(row).collect::<Vec<_>>().concat();
    assert_eq!(read(&text).iter().filter(|told| told.contains("bytes")).count(), 6);
}

#[test]
fn one_id_with_two_secrets_in_a_log_is_refused_and_two_slots_are_two_keys() {
    let twice = [logged("OATH-HOTP", "cccc", HEX, "6", "0"), logged("OATH-HOTP", "cccc", OTHER_HEX, "6", "0")].concat();
    assert_eq!(read(&twice), ["1: cccc hotp 0 6 sha1 20 bytes", "withdrawn 1: TF-1220", "2: TF-1220"]);
    let slots = twice.replacen("18:55,1,", "18:55,2,", 1);
    assert_eq!(read(&slots).iter().filter(|told| told.contains("bytes")).count(), 2);
}

#[test]
fn phenixids_rows_have_an_order_for_each_type() {
    let text = format!(
        "TOTP;10001;SHA1;{HEX};0;30;6\nTOTP;10002;SHA256;{OTHER_HEX};946684800;60;8\nHOTP;10003;{HEX};5\n10004;{HEX};7\n\
         HOTP;10005;{HEX}\nTOTP;10006;{HEX};0;30;6\nTOTP;10007;MD5;{HEX};0;30;6\nTOTP;10008;SHA1;{HEX};1700000000000;30;6\n\
         XOTP;10009;SHA1;{HEX};0;30;6\nTOTP;1.0010E+5;SHA1;{HEX};0;30;6\nTOTP;10011;SHA1;{HEX};0;30;5\n"
    );
    assert_eq!(
        read(&text),
        [
            "1: 10001 totp 30 6 sha1 20 bytes",
            "2: 10002 totp 60 from 946684800 8 sha256 20 bytes",
            "3: 10003 hotp 5 6 sha1 20 bytes",
            "4: 10004 hotp 7 6 sha1 20 bytes",
            "5: TF-1224",
            "6: TF-1224",
            "7.3: TF-1216",
            "8.5: TF-1303",
            "9: TF-1215",
            "10.2: TF-1211",
            "11.7: TF-1213",
        ]
    );
    assert_eq!(shown(&text), ("phenixid-csv", "PhenixID", 7));
    assert_eq!(read(&format!("HOTP;10001;{HEX};5\nTOTP;10002;SHA1;{HEX};0;3"))[1..], ["2: TF-1249"]);
}

#[test]
fn nexus_rows_hold_seed_and_counter_in_base64() {
    let text = format!(
        "SN0001:{BASE64}:MA==\nSN0002:{OTHER_BASE64}:AAAAAAAAAAU=\nSN0003:{BASE64}\nSN0004:{BASE64}:-\nSN0005:{HEX}:MA==\n"
    );
    assert_eq!(
        read(&text),
        [
            "1: SN0001 hotp 0 6 sha1 20 bytes",
            "2: SN0002 hotp 5 6 sha1 20 bytes",
            "3: TF-1224",
            "4: TF-1217",
            "5.2: TF-1294",
        ]
    );
    assert_eq!(shown(&text), ("nexus-csv", "Nexus", 3));
}

#[test]
fn pingids_third_number_is_a_counter_only_where_it_can_be_nothing_else() {
    let text = format!("SN1,{HEX},0\nSN2,{OTHER_HEX},60\nSN3,{HEX}\n");
    assert_eq!(
        read(&text),
        ["1: SN1 hotp 0 6 sha1 20 bytes", "2: SN2 hotp 60 6 sha1 20 bytes", "3: SN3 hotp 0 6 sha1 20 bytes"]
    );
    assert_eq!(shown(&text), ("pingid-csv", "PingID", 3));
    for third in ["60", "30", "6", "8", "345", "20261124"] {
        assert_eq!(read(&format!("SN1,{HEX},{third}\nSN2,{HEX},{third}\n")), ["refused TF-1202"], "{third}");
    }
}

#[test]
fn the_same_bytes_in_two_dialects_are_told_apart_by_what_only_one_has() {
    // The fifth cell is privacyIDEA's counter for a button and the interval for a clock.
    assert_eq!(read(&format!("tok1,{HEX},hotp,6,345\n")), ["1: tok1 hotp 345 6 sha1 20 bytes"]);
    assert_eq!(read(&format!("tok1,{HEX},totp,6,60\n")), ["1: tok1 totp 60 6 sha1 20 bytes"]);
    // A script writes hex below Microsoft's names, and means 60 seconds where they would mean 30.
    let script = format!("SerialNumber,SecretKey,UserPrincipalName,Manufacturer,Model\nA1,{HEX},a@example.com,M,O\n");
    assert_eq!(read(&script), ["refused TF-1233"]);
    // python-pskc's columns begin with a number and have six cells, as Yubico's have.
    let pskc = format!("serial,secret,algorithm,response_length,time_interval,counter\n508327,{HEX},hotp,8,,7\n");
    assert_eq!(read(&pskc), ["2: 508327 hotp 7 8 sha1 20 bytes"]);
    // Nobody says whether this is an interval, a length or a counter.
    assert_eq!(read(&format!("100,{HEX},60\n")), ["refused TF-1202"]);
    // privacyIDEA takes 28 and 48 bytes for digests that no token has, LinOTP for SHA-1.
    for length in [28, 48] {
        let seed = &HEX.repeat(3)[..2 * length];
        assert_eq!(read(&format!("tok1,{seed},totp,6,30\n")), ["1.6: TF-1216"], "{length}");
        assert_eq!(read(&format!("tok1,{seed},totp,6,30,sha1\n")), [format!("1: tok1 totp 30 6 sha1 {length} bytes")]);
    }
    // Headings are no tokens, whoever takes them for some.
    assert_eq!(read(&format!("tok1,{HEX},hotp\nid,secret\n")), ["1: tok1 hotp 0 6 sha1 20 bytes", "2.2: TF-1205"]);
}

#[test]
fn linotps_rows_leave_out_what_is_usual_wherever_it_stands() {
    let long = HEX.repeat(4)[..128].to_owned();
    let text = format!(
        "{long}\n\n#\nt1, {long}, hotp,       8   ,\nt2, {long} , hotp,,,sha512\nt3, {long}, hotp, 8 ,,sha512,\n\
         t4, {long}, totp,\nt5, {long}, totp, 8, 60, sha512\n#\nt6, {HEX}, hotp, 8, , , ,\nt7, {HEX}, hotp, 8 ,, sHa512,\n\
         t8, {HEX}, totp, 8, 30 , SHA512\n\n\n"
    );
    assert_eq!(
        read(&text),
        [
            "1.1: TF-1212",
            "4: t1 hotp 0 8 sha512 64 bytes",
            "5: t2 hotp 0 6 sha512 64 bytes",
            "6: t3 hotp 0 8 sha512 64 bytes",
            "7: t4 totp 30 6 sha512 64 bytes",
            "8: t5 totp 60 8 sha512 64 bytes",
            "10: t6 hotp 0 8 sha1 20 bytes",
            "11: t7 hotp 0 8 sha512 20 bytes",
            "12: t8 totp 30 8 sha512 20 bytes",
        ]
    );
}

#[test]
fn every_type_that_is_no_oath_one_is_left_out_of_every_list() {
    for (kind, word) in [("ocra", "ocra"), ("mOTP", "motp"), ("TAN", "tan"), ("pw", "pw"), ("yubikey", "yubikey")] {
        let list = format!("tok1,{HEX},hotp\ntok2,{HEX},{kind},6\n");
        assert_eq!(read(&list)[1..], [format!("2.3: TF-1285 {word}")]);
        let headed = format!("serial,seed (hex),type\ntok1,{HEX},hotp\ntok2,{HEX},{kind}\n");
        assert_eq!(read(&headed)[1..], [format!("3.3: TF-1285 {word}")]);
    }
    assert_eq!(read(&format!("tok1,{HEX},hotp\ntok2,{HEX},secret-of-somebody\n"))[1..], ["2.3: TF-1215"]);
}

#[test]
fn serials_that_a_spreadsheet_changed_are_seen_in_every_list() {
    let inventory = data(BASE64, "VE9UUA==", "TOTPTimeStep=MzA=");
    let rows: [&dyn Fn(&str) -> String; 5] = [
        &|serial| format!("{serial};Maker;TOTP;{HEX};6;30\n"),
        &|serial| format!("TOTP;{serial};SHA1;{HEX};0;30;6\n"),
        &|serial| format!("\"OTP Token\",\"{serial}\",\"RC200\",\"{inventory}\"\n"),
        &|serial| format!("{serial}:{BASE64}:MA==\n"),
        &|serial| format!("{serial},{HEX},0\n"),
    ];
    for row in rows {
        let text = |serials: &[&str]| serials.iter().map(|serial| row(serial)).collect::<String>();
        let usual = ["100001", "100002", "100003"];
        for (serial, code) in
            [("99999", "TF-1235"), ("1.00004E+5", "TF-1211"), ("2026/11/24", "TF-1237"), ("100004.0", "TF-1238")]
        {
            let told = read(&text(&[&usual[..], &[serial]].concat()));
            assert!(told[3].ends_with(code), "{}: {told:?}", row(serial));
            assert_eq!(told.iter().filter(|told| told.contains("bytes")).count(), 3);
        }
        let lost = ["2307530000000010", "2307530000000020", "2307530000000030"];
        assert!(read(&text(&lost)).iter().all(|told| told.ends_with("TF-1236")), "{}", row("1"));
    }
}

#[test]
fn empty_cells_behind_a_row_mean_nothing() {
    for (row, delimiter) in [
        (format!("A1;Maker;TOTP;{HEX};6;30"), ";"),
        (format!("TOTP;10001;SHA1;{HEX};0;30;6"), ";"),
        (format!("HOTP;10001;{HEX};5"), ";"),
        (format!("SN1,{HEX},0"), ","),
        (format!("508327,,0,{HEX},,2013-12-12T08:41:07"), ","),
        (format!("\"OTP Token\",\"0101\",\"c\",\"{}\"", data(BASE64, "VE9UUA==", "TOTPTimeStep=MzA=")), ","),
    ] {
        let expected = read(&format!("{row}\n"));
        assert!(expected[0].contains("bytes"), "{expected:?}");
        assert_eq!(read(&format!("{row}{delimiter}{delimiter}{delimiter}\n")), expected, "{row}");
    }
}

#[test]
fn what_is_known_and_not_read_is_refused_with_a_way_out() {
    for (text, way) in [
        (format!("HOTP/T30/6\tjoe\t-\t{HEX}\n"), "--map serial=2,secret=4:hex"),
        (format!("0101 {HEX}\n"), "--map serial=1,secret=2:hex,type=const:totp,period=const:60"),
        ("otpauth://totp/Fleet:joe?secret=MFRGGZDF\n".to_owned(), "ask the vendor for CSV"),
        (format!("AUTHENEXDB\nINSERT INTO OTP (ESN, SEED) VALUES ('1', '{HEX}')\n"), "ask the vendor for CSV"),
        (format!("# version: 9\nu,r,r,tok1,{HEX}\n"), "name the one that it is in the first line"),
    ] {
        let refusal = open(text.as_bytes(), &ReadOptions::default()).err().unwrap();
        assert_eq!(refusal.reason, Reason::FileFormatRefused, "{text}");
        assert!(refusal.hint(Lang::En).contains(way), "{}", refusal.hint(Lang::En));
    }
}

/// A good file of each list.
fn good_files() -> Vec<String> {
    let inventory = data(BASE64, "VE9UUA==", "TokenState=MA==,OTPLength=Ng==,TOTPTimeStep=MzA=");
    vec![
        format!("# version: 2\nu, r, m, tok1, {HEX}, hotp, 6, 3\n\nu, r, m, tok2, {OTHER_HEX}, totp, 8, 60\n"),
        format!("A1;Maker 1;HOTP;{HEX};6;5\nA2;Maker 1;TOTP;{OTHER_HEX};8;60\n"),
        format!("# made up\nType, Reference, Description, Data\n\"OTP Token\", \"0101\", \"RC200\", \"{inventory}\"\n"),
        format!("{}508327,,0,{HEX},,2013-12-12T08:41:07,\n", logged("OATH-HOTP", "cccc", HEX, "6", "0")),
        format!("TOTP;10001;SHA1;{HEX};0;30;6\nHOTP;10003;{HEX};5\n"),
        format!("SN0001:{BASE64}:MA==\nSN0002:{OTHER_BASE64}:AAAAAAAAAAU=\n"),
        format!("SN1,{HEX},0\nSN2,{OTHER_HEX},12\n"),
    ]
}

#[test]
fn lines_are_the_same_whatever_ends_them() {
    for text in good_files() {
        let expected = read(&text);
        assert!(expected.iter().all(|told| told.contains("bytes")), "{expected:?}");
        for end in ["\r\n", "\r"] {
            let ended = text.replace('\n', end);
            assert_eq!(read(&ended), expected, "{end:?}");
            assert_eq!(read(&format!("\u{feff}{ended}{end}{end}")), expected, "{end:?}");
            assert_eq!(read(ended.trim_end()), expected, "{end:?}");
        }
    }
}

#[test]
fn the_line_of_a_row_far_behind_is_right_whatever_ends_it() {
    for end in ["\n", "\r\n", "\r"] {
        // Every length of a row, so that line ends stand on both sides of each border between two reads.
        let rows = (0..9000).map(|row| format!("{}tok{row},{HEX},hotp{end}", " ".repeat(row % 61)));
        let text = rows.collect::<String>() + &format!("last,{HEX}x,hotp{end}");
        let told = read_with(text.as_bytes(), &ReadOptions { serials_as_written: true, ..ReadOptions::default() });
        assert_eq!(told.last().unwrap(), "9001.2: TF-1205", "{end:?}");
        assert_eq!(told[8999], "9000: tok8999 hotp 0 6 sha1 20 bytes", "{end:?}");
    }
}

proptest! {
    #[test]
    fn a_changed_file_has_problems_within_it_and_shows_nothing_of_a_secret(
        file in prop::sample::select(good_files()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0a;,:\t \"\n\r=#-\xff".to_vec())), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        // A piece of digits alone could be a serial.
        let mut bytes = file.replace(HEX, MIXED_HEX).replace(OTHER_HEX, OTHER_MIXED_HEX).into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() as u64 + 1;
        let options = ReadOptions { keep_rows: true, ..ReadOptions::default() };
        let Ok(mut seeds) = open(&bytes[..], &options) else { return Ok(()) };
        while let Ok(Some(entry)) = seeds.next_entry() {
            let (Entry::Problem(problem) | Entry::LeftOut(problem)) = entry else { continue };
            prop_assert!((1..=lines).contains(&problem.line));
            let told = format!("{}{}", problem.why.message(Lang::En), problem.why.hint(Lang::Ja));
            let left = String::from_utf8_lossy(&problem.row.unwrap().lines("")).into_owned();
            for secret in [MIXED_HEX, OTHER_MIXED_HEX, BASE64, OTHER_BASE64] {
                let shows = |text: &str| secret.as_bytes().windows(8).any(|part| text.as_bytes().windows(8).any(|text| text == part));
                prop_assert!(!shows(&told) && !shows(&left));
            }
        }
    }
}
