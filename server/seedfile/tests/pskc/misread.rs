//! Files that are easily read wrongly: each is read right, or refused by what is wrong with it.

use tokenfleet_seedfile::{Because, ReadOptions, SecretEncoding, open};

use crate::told::{read, told};
use crate::{DATA, FILE, HOTP, TOTP, USUAL, with_key, with_part};

fn secret(text: &str) -> String {
    with_key(HOTP, &format!("<Data><Secret><PlainValue>{text}</PlainValue></Secret></Data>"))
}

fn asked(text: &str, encoding: SecretEncoding) -> Vec<String> {
    told(text.as_bytes(), &ReadOptions { secret_encoding: Some(encoding), ..ReadOptions::default() })
}

fn value(name: &str, value: &str) -> String {
    format!("<{name}><PlainValue>{value}</PlainValue></{name}>")
}

/// What becomes of a TOTP key with these parts beside its secret.
fn totp_with(parts: &str) -> String {
    read(&with_key(TOTP, &DATA.replace("</Data>", &format!("{parts}</Data>")))).join(" ")
}

#[test]
fn a_secret_that_looks_like_hex_or_base32_is_read_as_the_operator_says_or_not_at_all() {
    for text in [
        "000102030405060708090a0b0c0d0e0f10111213",
        "000102030405060708090A0B0C0D0E0F10111213",
        "0x000102030405060708090a0b0c0d0e0f10111213",
        "00010203 04050607 08090a0b 0c0d0e0f 10111213",
        "00010203-04050607-08090a0b-0c0d0e0f-10111213",
    ] {
        assert_eq!(read(&secret(text)), ["1: TF-1294"], "{text}");
        assert_eq!(asked(&secret(text), SecretEncoding::Hex), [format!("1: 77~77 hotp 0 6 sha1 {USUAL}")], "{text}");
    }
    for text in [
        "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT",
        "aaaqeayeaudaocajbifqydiob4ibceqt",
        "AAAQ EAYE AUDA OCAJ BIFQ YDIO B4IB CEQT",
    ] {
        assert_eq!(read(&secret(text)), ["1: TF-1294"], "{text}");
        assert_eq!(asked(&secret(text), SecretEncoding::Base32), [format!("1: 77~77 hotp 0 6 sha1 {USUAL}")], "{text}");
    }
    let damaged = "000102030405060708090a0b0c0d0e0f1011121";
    assert_eq!(
        (read(&secret(damaged)), asked(&secret(damaged), SecretEncoding::Hex)),
        (vec!["1: TF-1294".to_owned()], vec!["1: TF-1204".to_owned()])
    );
    let padded = "AAAQEAYEAUDAOCAJBIFQYDIOB4======";
    assert_eq!(read(&secret(padded)), ["1: TF-1294"]);
    assert_eq!(read(&secret("QUFBUUVBWUVBVURBT0NBSkJJRlFZRElPQjRJQkNFUVQ=")), ["1: TF-1301"], "Base32 in Base64");
    assert_eq!(asked(&secret("0001020304050607"), SecretEncoding::Base64).len(), 1);
    assert!(asked(&secret("0001020304050607"), SecretEncoding::Base64)[0].starts_with("1: 77~77 hotp 0 6 sha1 "));
}

#[test]
fn the_evidence_says_when_the_operator_named_the_encoding() {
    let options = ReadOptions { secret_encoding: Some(SecretEncoding::Hex), ..ReadOptions::default() };
    let file = open(FILE.as_bytes(), &options).unwrap();
    assert_eq!(file.evidence().secrets, Some((SecretEncoding::Hex, Because::Asked)));
}

#[test]
fn an_algorithm_is_known_by_its_whole_name() {
    let of = |algorithm: &str| read(&with_key(&format!(r#"Id="77" Algorithm="{algorithm}""#), DATA)).join(" ");
    for (algorithm, kind) in [
        ("urn:ietf:params:xml:ns:keyprov:pskc:hotp", "hotp 0"),
        ("URN:IETF:params:xml:ns:keyprov:pskc:HOTP", "hotp 0"),
        ("urn:ietf:params:xml:ns:keyprov:pskc#totp", "totp 30"),
        ("urn:ietf:params:xml:ns:keyprov:pskc:1.0#totp", "totp 30"),
        ("http://www.ietf.org/keyprov/pskc#totp", "totp 30"),
        ("TOTP", "totp 30"),
    ] {
        assert_eq!(of(algorithm), format!("1: 77~77 {kind} 6 sha1 {USUAL}"), "{algorithm}");
    }
    for algorithm in [
        "urn:vendor:notreally/hotp",
        "http://example.org/#totp",
        "urn:ietf:params:xml:ns:keyprov:pskc:totp-sha256",
        "TOTP-SHA256",
        "urn:ietf:params:xml:ns:keyprov:pskc:other:hotp",
        "http://example.org/AAECAwQFBgcICQoLDA0ODxAREhM",
    ] {
        assert_eq!(of(algorithm), "1: TF-1293", "{algorithm}");
    }
    let suite =
        |suite: &str| with_part(TOTP, &format!("<AlgorithmParameters><Suite>{suite}</Suite></AlgorithmParameters>"));
    for name in ["urn:vendor:notreally/sha256", "http://example.org/#hmac-sha256", "HOTP"] {
        assert_eq!(suite(name), "1: TF-1216", "{name}");
    }
}

#[test]
fn a_part_in_another_namespace_or_place_is_named_where_nothing_else_says_it() {
    let v = r#"xmlns:v="urn:vendor""#;
    let interval = format!("<v:TimeInterval {v}><PlainValue>60</PlainValue></v:TimeInterval>");
    let format = format!(r#"<v:ResponseFormat {v} Length="8"/>"#);
    let parameters = |inner: &str| format!("<AlgorithmParameters>{inner}</AlgorithmParameters>");
    for part in [
        parameters(&format),
        format!(r#"<v:AlgorithmParameters {v}><ResponseFormat Length="8"/></v:AlgorithmParameters>"#),
        format!("<v:Usage {v}>{format}</v:Usage>"),
        parameters(&format!("<v:Suite {v}>HMAC-SHA256</v:Suite>")),
        r#"<ResponseFormat Length="8"/>"#.to_owned(),
        "<Suite>HMAC-SHA256</Suite>".to_owned(),
        format!("<v:Data {v}><v:TimeInterval>60</v:TimeInterval></v:Data>"),
        format!(r#"<v:Data {v} Name="TIME_INTERVAL"><Value>60</Value></v:Data>"#),
        value("TimeInterval", "60"),
        format!("<v:Data {v}><v:Time>46000000</v:Time></v:Data>"),
    ] {
        assert_eq!(with_part(TOTP, &part), "1: TF-1290", "{part}");
    }
    assert_eq!(totp_with(&interval), "1: TF-1290");
    assert_eq!(with_part(HOTP, &format!("<v:Data {v}><v:Counter>9</v:Counter></v:Data>")), "1: TF-1290");
    assert_eq!(with_part(HOTP, &format!("<v:Policy {v}><v:KeyUsage>CR</v:KeyUsage></v:Policy>")), "1: TF-1287");
    // Said in its own place too, or of no matter to this kind of key.
    assert_eq!(
        totp_with(&format!("{interval}{}", value("TimeInterval", "60"))),
        format!("1: 77~77 totp 60 6 sha1 {USUAL}")
    );
    assert_eq!(with_part(HOTP, &format!("<v:Data {v}>{interval}</v:Data>")), format!("1: 77~77 hotp 0 6 sha1 {USUAL}"));
    let own = format!(r#"<ResponseFormat Length="7"/>{format}"#);
    assert_eq!(with_part(HOTP, &parameters(&own)), format!("1: 77~77 hotp 0 7 sha1 {USUAL}"));
}

#[test]
fn a_value_in_another_namespace_is_none() {
    let foreign = |text: &str| {
        text.replace("<PlainValue>", r#"<v:PlainValue xmlns:v="urn:vendor">"#)
            .replace("</PlainValue>", "</v:PlainValue>")
    };
    assert_eq!(read(&with_key(HOTP, &foreign(DATA))), ["1: TF-1290"]);
    assert_eq!(totp_with(&foreign(&value("TimeInterval", "60"))), "1: TF-1290");
    let both = DATA.replace("<PlainValue>", r#"<v:PlainValue xmlns:v="urn:vendor">AAAA</v:PlainValue><PlainValue>"#);
    assert_eq!(read(&with_key(HOTP, &both)), [format!("1: 77~77 hotp 0 6 sha1 {USUAL}")]);
}

#[test]
fn a_serial_number_in_another_namespace_is_not_passed_over() {
    let text = with_key(HOTP, DATA);
    let foreign = r#"<v:SerialNo xmlns:v="urn:vendor">88</v:SerialNo>"#;
    assert_eq!(read(&text.replace("<SerialNo>77</SerialNo>", foreign)), ["1: TF-1290"]);
    let both = text.replace("<SerialNo>77</SerialNo>", &format!("{foreign}<SerialNo>77</SerialNo>"));
    assert_eq!(read(&both), [format!("1: 77~77 hotp 0 6 sha1 {USUAL}")]);
    let misplaced = text.replace("<DeviceInfo><SerialNo>77</SerialNo></DeviceInfo>", "<SerialNo>77</SerialNo>");
    assert_eq!(read(&misplaced), ["1: TF-1290"]);
    let device = text
        .replace("<DeviceInfo>", r#"<v:DeviceInfo xmlns:v="urn:vendor">"#)
        .replace("</DeviceInfo>", "</v:DeviceInfo>");
    assert_eq!(read(&device), ["refused TF-1269"]);
}

#[test]
fn a_clock_that_does_not_count_from_1970_is_named() {
    for zero in ["0", "00", "AAAAAAAAAAA=", "MA=="] {
        assert_eq!(totp_with(&value("Time", zero)), format!("1: 77~77 totp 30 6 sha1 {USUAL}"), "{zero}");
    }
    for other in ["46000000", "1", "-1", "AAAAAAAAAAE=", "noon", ""] {
        assert_eq!(totp_with(&value("Time", other)), "1: TF-1291", "{other}");
    }
    let named = r#"<Data Name="TIME"><PlainValue>946684800</PlainValue></Data>"#;
    assert_eq!(with_part(TOTP, named), "1: TF-1291");
    assert_eq!(with_part(HOTP, named), format!("1: 77~77 hotp 0 6 sha1 {USUAL}"));
    assert_eq!(totp_with(&value("TimeDrift", "-122")), format!("1: 77~77 totp 30 6 sha1 {USUAL}"));
}

#[test]
fn a_key_that_expires_before_it_begins_is_named() {
    let policy = |starts: &str, expires: &str| {
        with_part(HOTP, &format!("<Policy><StartDate>{starts}</StartDate><ExpiryDate>{expires}</ExpiryDate></Policy>"))
    };
    assert_eq!(policy("2031-01-01", "2030-12-31"), "1: TF-1292");
    assert_eq!(policy("2031-01-01", "2031-01-01"), format!("1: 77~77 hotp 0 6 sha1 {USUAL}"));
}

#[test]
fn what_stands_twice_is_named() {
    let twice = |part: &str| format!("{part}{part}");
    for part in [
        twice("<Issuer>Acme</Issuer>"),
        twice("<StartDate>2026-01-01</StartDate>"),
        twice("<ExpiryDate>2030-01-01</ExpiryDate>"),
        format!("<Policy>{}</Policy>", twice("<StartDate>2026-01-01</StartDate>")),
        twice("<Policy><ExpiryDate>2030-01-01</ExpiryDate></Policy>"),
        format!("<AlgorithmParameters>{}</AlgorithmParameters>", twice(r#"<ResponseFormat Length="6"/>"#)),
        format!("<AlgorithmParameters>{}</AlgorithmParameters>", twice("<Suite>sha1</Suite>")),
    ] {
        assert_eq!(with_part(HOTP, &part), "1: TF-1311", "{part}");
    }
    assert_eq!(totp_with(&twice(&value("Time", "0"))), "1: TF-1311");
}

#[test]
fn a_length_that_is_not_said_is_not_taken_for_the_usual_one() {
    let format =
        |attributes: &str| format!("<AlgorithmParameters><ResponseFormat {attributes}/></AlgorithmParameters>");
    for attributes in ["", r#"Encoding="DECIMAL""#, r#"xmlns:v="urn:vendor" v:Length="8""#] {
        assert_eq!(with_part(HOTP, &format(attributes)), "1: TF-1311", "{attributes}");
    }
    let profile = "<KeyProfileId>profile 1</KeyProfileId>";
    assert_eq!(with_part(HOTP, profile), "1: TF-1311");
    let said = format!("{profile}{}", format(r#"Length="6""#));
    assert_eq!(with_part(HOTP, &said), format!("1: 77~77 hotp 0 6 sha1 {USUAL}"));
    assert_eq!(with_part(TOTP, &said), "1: TF-1311");
}
