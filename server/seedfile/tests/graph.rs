//! Whole files of JSON for Microsoft Graph, sound and hostile. All seeds are made up.

mod told;

use proptest::prelude::*;
use tokenfleet_domain::catalogue::Lang;
use tokenfleet_seedfile::{Because, Entry, Format, ReadOptions, SecretEncoding, SeedFile, open};

use told::{damaged, ends_well, read, told};

const FILE: &str = r##"{
  "@context": "#$delta",
  "value": [
    {
      "@contentId": "1",
      "serialNumber": "0012345",
      "manufacturer": "Acme",
      "model": "Card 1",
      "secretKey": "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB",
      "timeIntervalInSeconds": 60,
      "hashFunction": "hmacsha1"
    },
    { "serialNumber": "AB-2", "secretKey": "pjxxk4ttmvswi3lbmrsxk4dyo5wxgzdf",
      "displayName": "Desk", "timeIntervalInSeconds": "30", "hashFunction": "hmacsha256",
      "assignTo": { "id": "0cadbf92", "other": [1, { "serialNumber": "none" }] } }
  ],
  "@odata.count": 2
}
"##;

const FIRST: &str = "4: 0012345 totp 60 6 sha1 a712dd";
const SECOND: &str = "13: AB-2 totp 30 6 sha256 574311";

#[test]
fn a_list_of_tokens_is_read_in_its_order() {
    assert_eq!(read(FILE), [FIRST, SECOND]);
    assert_eq!(read(&FILE.replace('\n', "\r\n")), [FIRST, SECOND]);
    assert_eq!(read(&format!("\u{feff}{FILE}")), [FIRST, SECOND]);
    let wide: Vec<u8> = format!("\u{feff}{FILE}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(told(&wide, &ReadOptions::default()), [FIRST, SECOND]);
}

#[test]
fn a_bare_array_and_a_single_token_are_read() {
    let token = r#"{"serialNumber":"1","secretKey":"NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB"}"#;
    assert_eq!(read(token), ["1: 1 totp 30 6 sha1 a712dd"]);
    assert_eq!(read(&format!("[{token}]")), ["1: 1 totp 30 6 sha1 a712dd"]);
    assert_eq!(read(&format!("[{token},\n{}]", token.replace("\"1\"", "\"2\""))).len(), 2);
    assert_eq!(read(&format!("{{\"value\":[{token}]}}")), ["1: 1 totp 30 6 sha1 a712dd"]);
}

#[test]
fn the_evidence_names_the_format_and_what_it_declares() {
    let of = |options: &ReadOptions| {
        let file = open(FILE.as_bytes(), options).ok();
        file.map(|file| (file.evidence().format, file.evidence().secrets))
    };
    let declared = Some((SecretEncoding::Base32, Because::Layout));
    assert_eq!(of(&ReadOptions::default()), Some((Format::GraphJson, declared)));
    let hex = ReadOptions { secret_encoding: Some(SecretEncoding::Hex), ..ReadOptions::default() };
    assert_eq!(of(&hex), Some((Format::GraphJson, Some((SecretEncoding::Hex, Because::Asked)))));
    let text = r#"{"serialNumber":"1","secretKey":"6d6164652d757020736565642037"}"#;
    assert_eq!(read(text), ["1: TF-1206"]);
    assert!(told(text.as_bytes(), &hex)[0].starts_with("1: 1 totp 30"));
}

#[test]
fn makers_and_models_are_kept() {
    let mut file = open(FILE.as_bytes(), &ReadOptions::default()).ok();
    let entry = file.as_mut().and_then(|file| file.next_entry().ok().flatten());
    let names = entry.and_then(|entry| match entry {
        Entry::Key(key) => Some((key.manufacturer, key.model)),
        Entry::Problem(_) | Entry::LeftOut(_) | Entry::Withdrawn(_) => None,
    });
    assert_eq!(names, Some((Some("Acme".to_owned()), Some("Card 1".to_owned()))));
}

#[test]
fn members_that_are_wrong_are_named_and_the_next_token_is_read() {
    let secret = r#""secretKey":"NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB""#;
    for (members, code) in [
        (secret.to_owned(), "TF-1210"),
        (format!(r#""serialNumber":null,{secret}"#), "TF-1210"),
        (format!(r#""serialNumber":"",{secret}"#), "TF-1210"),
        (format!(r#""serialNumber":12345,{secret}"#), "TF-1310"),
        (format!(r#""serialNumber":1e9,{secret}"#), "TF-1310"),
        (format!(r#""serialNumber":["1"],{secret}"#), "TF-1311"),
        (format!(r#""serialNumber":"2.30753E+12",{secret}"#), "TF-1211"),
        (format!(r#""serialNumber":"2026/11/24",{secret}"#), "TF-1237"),
        (format!(r#""serialNumber":"a\u0007b",{secret}"#), "TF-1212"),
        (r#""serialNumber":"1""#.to_owned(), "TF-1208"),
        (r#""serialNumber":"1","secretKey":"""#.to_owned(), "TF-1208"),
        (r#""serialNumber":"1","secretKey":null"#.to_owned(), "TF-1286"),
        (r#""serialNumber":"1","secretKey":22345"#.to_owned(), "TF-1311"),
        (r#""serialNumber":"1","secretKey":"1E+10""#.to_owned(), "TF-1239"),
        (r#""serialNumber":"1","secretKey":"C1dE""#.to_owned(), "TF-1206"),
        (r#""serialNumber":"1","secretKey":"ABC""#.to_owned(), "TF-1209"),
        (format!(r#""serialNumber":"1",{secret},"timeIntervalInSeconds":"half a minute""#), "TF-1214"),
        (format!(r#""serialNumber":"1",{secret},"timeIntervalInSeconds":30.0"#), "TF-1214"),
        (format!(r#""serialNumber":"1",{secret},"timeIntervalInSeconds":-30"#), "TF-1214"),
        (format!(r#""serialNumber":"1",{secret},"timeIntervalInSeconds":{{}}"#), "TF-1214"),
        (format!(r#""serialNumber":"1",{secret},"hashFunction":"hmacmd5""#), "TF-1216"),
        (format!(r#""serialNumber":"1",{secret},"hashFunction":1"#), "TF-1216"),
        (format!(r#""serialNumber":"1",{secret},"model":1"#), "TF-1311"),
        (r#""SerialNumber":"1""#.to_owned(), "TF-1311"),
        (format!(r#""serialNumber":"1",{secret},"HashFunction":"hmacsha256""#), "TF-1311"),
        (format!(r#""serialNumber":"1",{secret},"type":"HOTP","counter":3"#), "TF-1313"),
        (format!(r#""serialNumber":"1",{secret},"digits":8"#), "TF-1313"),
        (format!(r#""serialNumber":"1",{secret},"timeInterval":60"#), "TF-1313"),
        (format!(r#""serialNumber":"1",{secret},"value":60"#), "TF-1313"),
        (format!(r#""serialNumber":"1",{secret},"@removed":{{"reason":"deleted"}}"#), "TF-1313"),
    ] {
        let file = format!("[{{{members}}},\n{{\"serialNumber\":\"2\",{secret}}}]");
        assert_eq!(read(&file), [format!("1: {code}"), "2: 2 totp 30 6 sha1 a712dd".to_owned()], "{members}");
    }
}

#[test]
fn members_that_microsoft_documents_and_that_say_nothing_about_the_key_are_passed_over() {
    let text = r##"{ "@odata.context": "https://graph.microsoft.com/beta/$metadata#x/$entity", "@odata.etag": "W/1",
        "@odata.type": "#microsoft.graph.hardwareOathTokenAuthenticationMethodDevice", "id": "3dee0e53",
        "displayName": null, "serialNumber": "1", "secretKey": "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB",
        "status": "available", "lastUsedDateTime": "0001-01-01T00:00:00Z", "assignedTo": { "id": "0cadbf92" },
        "assignTo@odata.navigationLink": "x" }"##;
    assert_eq!(read(text), ["1: 1 totp 30 6 sha1 a712dd"]);
}

#[test]
fn one_page_of_a_list_is_no_list() {
    let token = r#"{"serialNumber":"1","secretKey":"NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB"}"#;
    for link in ["@odata.nextLink", "@nextLink", "@odata.nextlink"] {
        assert_eq!(read(&format!("{{\"{link}\":\"x\",\"value\":[{token}]}}")), ["refused TF-1315"], "{link}");
        assert_eq!(read(&format!("{{\"value\":[{token}],\"{link}\":\"x\"}}"))[1..], ["refused TF-1315"], "{link}");
    }
}

#[test]
fn what_stands_beside_a_list_may_be_meant_for_all_that_is_in_it() {
    let token = r#"{"serialNumber":"1","secretKey":"NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB"}"#;
    for (member, code) in [("timeIntervalInSeconds", "TF-1265"), ("digits", "TF-1314"), ("HashFunction", "TF-1269")] {
        assert_eq!(read(&format!("{{\"{member}\":60,\"value\":[{token}]}}"))[1..], [format!("refused {code}")]);
        assert_eq!(read(&format!("{{\"value\":[{token}],\"{member}\":60}}"))[1..], [format!("refused {code}")]);
    }
}

#[test]
fn a_member_is_named_only_in_words_of_ours() {
    let message = |member: &str| {
        let text = format!(r#"[{{"serialNumber":"1","{member}":1}}]"#);
        let mut file = open(text.as_bytes(), &ReadOptions::default()).ok();
        match file.as_mut().and_then(|file| file.next_entry().ok().flatten()) {
            Some(Entry::Problem(problem)) => [Lang::En, Lang::Ja].map(|lang| problem.why.message(lang)).concat(),
            Some(Entry::Key(_) | Entry::LeftOut(_) | Entry::Withdrawn(_)) | None => String::new(),
        }
    };
    assert!(message("Otp_Length").starts_with("otpLength is nothing that this format is known to have"));
    let told = message("NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB");
    assert!(told.starts_with("something in it is nothing") && !told.contains("NVQW"), "{told}");
}

#[test]
fn no_message_shows_a_part_of_a_secret() {
    let text = r#"[{"serialNumber":"1","secretKey":"NVQWIZJN1VYCA43FMVSCA3TPFYQDEMBB"},{"serialNumber":"2","secretKey":22345}]"#;
    let mut file = open(text.as_bytes(), &ReadOptions::default()).ok();
    while let Some(Ok(Some(Entry::Problem(problem)))) = file.as_mut().map(SeedFile::next_entry) {
        for text in [Lang::En, Lang::Ja].map(|lang| [problem.why.message(lang), problem.why.hint(lang)]).concat() {
            assert!(!text.contains("NVQW") && !text.contains("EMBB") && !text.contains("22345"), "{text}");
        }
    }
}

#[test]
fn json_of_another_kind_is_refused_by_its_name() {
    for text in [
        "{}",
        "[]",
        "[1, 2]",
        "{\"value\": []}",
        "{\"key\": {\"secretKey\": 1}}",
        "\u{feff} {\"a\":1}",
        "[section]\na=1\n",
    ] {
        assert_eq!(read(text), ["refused TF-1203"], "{text}");
    }
}

#[test]
fn what_was_cut_off_doubled_or_bent_is_refused_with_its_line() {
    let cut = FILE.len() - 5;
    assert_eq!(read(&FILE[..cut])[2..], ["refused TF-1265"]);
    assert_eq!(read(&FILE.repeat(2))[2..], ["refused TF-1265"]);
    assert_eq!(read(&format!("{FILE}x"))[2..], ["refused TF-1265"]);
    let token = r#"{"serialNumber":"1","secretKey":"NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB"}"#;
    for text in [
        format!("[{token}"),
        format!("[{token},]"),
        format!("[{token},7]"),
        format!("[{token},[{token}]]"),
        format!("{{\"serialNumber\":\"1\",\"value\":[{token}]}}"),
        format!("{{\"value\":[{token}],\"value\":[{token}]}}"),
        format!("[{token},{{\"serialNumber\":\"1\",\"serialNumber\":\"2\"}}]"),
        format!("[{token},{{\"serialNumber\":\"1\",\"assignTo\":{{\"id\":1,\"id\":2}}}}]"),
    ] {
        assert_eq!(read(&text)[1..], ["refused TF-1265"], "{text}");
    }
    assert_eq!(read(&token[..30]), ["refused TF-1265"]);
}

#[test]
fn what_goes_beyond_a_limit_is_refused_and_costs_nothing() {
    assert_eq!(read(&format!("{{\"serialNumber\":{}", "[".repeat(100_000))), ["refused TF-1267"]);
    assert_eq!(read(&format!("{{\"serialNumber\":\"{}\"}}", "1".repeat(100_000))), ["refused TF-1267"]);
    let many = (0..100).map(|at| format!("\"{at}\":0")).collect::<Vec<_>>().join(",");
    assert_eq!(read(&format!("{{\"serialNumber\":\"1\",{many}}}")), ["refused TF-1267"]);
}

proptest! {
    #[test]
    fn a_damaged_file_ends_in_keys_or_in_problems_within_it(bytes in damaged(FILE)) {
        ends_well(&bytes)?;
    }
}
