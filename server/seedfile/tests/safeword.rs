//! Whole SafeWord files, sound and hostile. All seeds are made up.

mod told;

use proptest::prelude::*;
use tokenfleet_seedfile::{Because, Evidence, Format, ReadOptions, SecretEncoding, SeedFile, open};
use told::{damaged, ends_well, read, told};

const FILE: &str = "
# ===== SafeWord Authenticator Records $Version: 100$ =====
dn: sccAuthenticatorId=ALP0001
objectclass: sccCompatibleToken
sccAuthenticatorId: ALP0001
sccTokenType: eToken-PASS-ES
sccTokenData: sccKey=A1B2C3D4E5F60718293A4B5C6D7E8F9001122334;sccMode=E;sccPwLen=6;sccVer=6.20;
sccSignature:MC0CFEzuQk1hZGUgdXA=

dn: sccAuthenticatorId=ALP0002
objectclass: sccCompatibleToken
sccAuthenticatorId: ALP0002
sccTokenType: eToken-PASS-TS
sccTokenData: sccKey=0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0;sccMode=T;sccPwLen=8;\
sccVer=6.20;sccTick=60;sccPrTime=2013/03/12 00:00:00;crypto=HmacSHA256
sccSignature: MC4CFQDNYWRlIHVw";

#[test]
fn both_kinds_of_tokens_are_read() {
    let keys = ["3: ALP0001 hotp 0 6 sha1 1bfe2f", "10: ALP0002 totp 60 from 946684800 8 sha256 00949f"];
    assert_eq!(read(FILE), keys);
    let windows = FILE.replace('\n', "\r\n");
    assert_eq!(read(&windows), keys);
    let wide: Vec<u8> =
        "\u{feff}".chars().chain(FILE.chars()).collect::<String>().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(told(&wide, &ReadOptions::default()), keys);
}

#[test]
fn the_evidence_names_the_format_and_hex() {
    let file = open(FILE.as_bytes(), &ReadOptions::default()).ok();
    let evidence = file.as_ref().map(SeedFile::evidence);
    assert_eq!(evidence.map(|evidence| evidence.format), Some(Format::SafeWord));
    assert_eq!(evidence.map(Evidence::title), Some("SafeWord"));
    assert_eq!(evidence.and_then(|evidence| evidence.secrets), Some((SecretEncoding::Hex, Because::Layout)));
}

/// A record with these parameters.
fn record(data: &str) -> String {
    format!("sccAuthenticatorId: AB01\nsccTokenData: {data}\n")
}

#[test]
fn what_a_record_leaves_open_is_the_usual() {
    let key = "sccKey=a1b2c3d4e5f60718293a4b5c6d7e8f9001122334";
    assert_eq!(read(&record(&format!("{key};sccMode=e"))), ["1: AB01 hotp 0 6 sha1 1bfe2f"]);
    assert_eq!(read(&record(&format!("{key};sccMode=T"))), ["1: AB01 totp 30 from 946684800 6 sha1 1bfe2f"]);
    assert_eq!(read(&record(&format!(" SCCSEQ = 4711 ; {key};sccmode=E;; "))), ["1: AB01 hotp 4711 6 sha1 1bfe2f"]);
}

#[test]
fn parameters_that_are_wrong_are_named_and_the_next_record_is_read() {
    let key = "sccKey=a1b2c3d4e5f60718293a4b5c6d7e8f9001122334";
    for (data, code) in [
        ("sccMode=E".to_owned(), "TF-1208"),
        ("sccKey=;sccMode=E".to_owned(), "TF-1208"),
        ("sccKey=a1b2c;sccMode=E".to_owned(), "TF-1204"),
        ("sccKey=a1b2x3;sccMode=E".to_owned(), "TF-1205"),
        (key.to_owned(), "TF-1231"),
        (format!("{key};sccMode=A"), "TF-1215"),
        (format!("{key};sccMode=E;sccPwLen="), "TF-1213"),
        (format!("{key};sccMode=E;sccPwLen=9"), "TF-1213"),
        (format!("{key};sccMode=T;sccTick=0"), "TF-1214"),
        (format!("{key};sccMode=T;sccTick=thirty"), "TF-1214"),
        (format!("{key};sccMode=E;crypto=HmacMD5"), "TF-1216"),
        (format!("{key};sccMode=E;sccSeq=-1"), "TF-1217"),
        (format!("{key};sccMode=E;{key}"), "TF-1311"),
        (format!("{key};sccMode=E;E"), "TF-1311"),
        (format!("{key};sccMode"), "TF-1311"),
        (format!("{key};sccMode=E;sccHash=SHA256"), "TF-1313"),
        (format!("{key};sccMode=E;sccEncKey=1"), "TF-1313"),
        ("sccKey=(aes:00112233445566778899aabbccddeeff);sccMode=E;sccSeq=(des:0011)".to_owned(), "TF-1286"),
    ] {
        let text = format!("{}\n{FILE}", record(&data));
        let told = read(&text);
        assert_eq!(told[0], format!("1: {code}"), "{data}");
        assert_eq!(told.len(), 3, "{data}");
    }
}

#[test]
fn a_record_without_its_serial_or_its_data_is_a_problem_and_others_are_none() {
    assert_eq!(read("sccTokenData: sccKey=0011;sccMode=E\n"), ["1: TF-1210"]);
    assert_eq!(read("sccAuthenticatorId: AB01\n\nsccTokenData: sccKey=0011;sccMode=E\n"), ["1: TF-1208", "3: TF-1210"]);
    assert_eq!(read("sccAuthenticatorId: 1.2E+10\nsccTokenData: sccKey=0011;sccMode=E\n"), ["1: TF-1211"]);
    let users =
        "version: 1\n\ndn: ou=people\nobjectclass: top\n\ndn: sccUserId=u1\nobjectclass: SccUser\nsccUserId: u1\n";
    let token = &FILE[FILE.find("dn:").unwrap_or(0)..];
    let title = "# ===== SafeWord Authenticator Records $Version: 100$ =====\n";
    assert_eq!(read(&format!("{title}{users}\n{token}")).len(), 2);
    assert_eq!(read(&format!("{title}{users}")), ["refused TF-1201"]);
}

#[test]
fn tokens_of_the_older_class_are_left_out() {
    let text = "objectclass: sccDesAuthenticator\nsccAuthenticatorId: AB01\nsccTokenData: sccKey=0011223344556677;sccMode=E;sccOther=1\n";
    assert_eq!(read(text), ["left out 1: TF-1285"]);
}

#[test]
fn records_end_at_a_blank_line_a_signature_or_the_next_record() {
    let key = |id: &str| format!("sccAuthenticatorId: {id}\nsccTokenData: sccKey=00112233{};sccMode=E\n", &id[2..]);
    let whole = [key("AB01"), key("AB02")];
    let separated = [
        whole.join("\n"),
        whole.join(""),
        whole.clone().map(|key| format!("{key}sccSignature: x\n")).concat(),
        whole.clone().map(|key| format!("dn: x\n{key}")).concat(),
    ];
    for text in separated {
        let told = read(&text);
        assert!(told.len() == 2 && told[1].contains("AB02 hotp 0"), "{text}: {told:?}");
    }
}

#[test]
fn folded_lines_are_one_and_indented_ones_are_several() {
    let folded = FILE.replace(";sccPwLen", ";scc\n PwLen").replace("4b5a", "4b\n 5a");
    assert_eq!(
        read(&folded),
        ["3: ALP0001 hotp 0 6 sha1 1bfe2f", "11: ALP0002 totp 60 from 946684800 8 sha256 00949f"]
    );
    let indented = FILE.replace('\n', "\n        ");
    assert_eq!(read(&indented), read(FILE));
}

#[test]
fn a_record_that_contradicts_itself_is_a_problem() {
    assert_eq!(read(&FILE.replacen("=ALP0001", "=ALP0003", 1))[0], "3: TF-1311");
    let twice = FILE.replacen("sccTokenType: eToken-PASS-ES", "sccTokenData: sccKey=0011;sccMode=E", 1);
    assert_eq!(read(&twice)[0], "3: TF-1311");
    let same = FILE.replace("ALP0002", "ALP0001");
    assert_eq!(read(&same)[1..], ["withdrawn 3: TF-1220", "10: TF-1220"]);
}

#[test]
fn a_file_that_was_cut_off_is_told_at_its_last_key() {
    let (signed, _) = FILE.rsplit_once("\nsccSignature").unwrap_or_default();
    assert_eq!(read(signed)[1..], ["10: TF-1312"]);
    assert_eq!(read(&format!("{signed}\n"))[1..], ["10: TF-1312"]);
    let open = |end: &str| read(&format!("sccAuthenticatorId: AB01\nsccTokenData: sccMode=E;{end}"));
    assert_eq!(open("sccKey=00112233445566778899"), ["1: TF-1312"]);
    assert_eq!(open("sccKey=00112233445566778899;sccSeq=1"), ["1: TF-1312"]);
    assert_eq!(open("sccKey=00112233445566778899;sccPwLen=6").len(), 1);
    assert!(open("sccKey=00112233445566778899\n")[0].contains("hotp"));
}

#[test]
fn what_is_no_attribute_refuses_the_file() {
    let lines = read(&format!("{FILE}\n\nDear customer,\n"));
    assert_eq!(lines[2..], ["refused TF-1265"]);
    assert_eq!(read("sccTokenData: x\n\n folded onto nothing\n"), ["1: TF-1210", "refused TF-1265"]);
    assert_eq!(read(&format!("sccTokenData: sccKey={}", "0".repeat(70_000))), ["refused TF-1226"]);
    let folded = format!("sccTokenData: sccKey=00\n{}", " 00112233445566778899\n".repeat(4000));
    assert_eq!(read(&folded), ["refused TF-1226"]);
    assert_eq!(told(b"sccTokenData: sccKey=00\n\xff\n", &ReadOptions::default()), ["refused TF-1219"]);
    assert_eq!(told(b"sccTokenData: sccKey=00\n\0\n", &ReadOptions::default()), ["refused TF-1203"]);
}

proptest! {
    #[test]
    fn a_damaged_file_ends_in_keys_or_in_problems_within_it(bytes in damaged(FILE)) {
        ends_well(&bytes)?;
    }
}
