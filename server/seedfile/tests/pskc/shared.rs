//! Properties that keys of drafts share: what a key says itself goes first, part by part.

use crate::told::read;
use crate::{DATA, USUAL, keys};

/// A container with these properties and one key.
fn file(properties: &str, attributes: &str, inner: &str) -> String {
    format!(
        r#"<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc:1.0">
{properties}
<Device><DeviceInfo><SerialNo>77</SerialNo></DeviceInfo><Key KeyId="77" {attributes}>{inner}</Key>
</Device></KeyContainer>"#
    )
}

/// The same with one `KeyProperties`, of which these are the parts.
fn sharing(shared: &str, inner: &str) -> String {
    let properties = format!(
        r#"<KeyProperties xml:id="p" KeyAlgorithm="urn:ietf:params:xml:ns:keyprov:pskc#totp">{shared}</KeyProperties>"#
    );
    file(&properties, r#"KeyProperties="p""#, inner)
}

const PROPERTIES: &str = r#"<KeyProperties xml:id="p" KeyAlgorithm="urn:ietf:params:xml:ns:keyprov:pskc#totp">
<Issuer>Acme</Issuer><Usage OTP="true"><ResponseFormat Length="8"/></Usage></KeyProperties>"#;

#[test]
fn properties_that_keys_share_are_theirs() {
    for reference in [r#"KeyProperties="p""#, r##"KeyProperties="#p""##, r#"KeyPropertiesId="p""#] {
        let text = file(PROPERTIES, reference, DATA);
        assert_eq!(read(&text), [format!("4: 77~77 totp 30 8 sha1 {USUAL}")], "{reference}");
        assert_eq!(keys(&text)[0].manufacturer.as_deref(), Some("Acme"));
    }
    let older = PROPERTIES.replace("xml:id", "KeyPropertiesId");
    assert_eq!(read(&file(&older, r#"KeyPropertiesId="p""#, DATA)), [format!("4: 77~77 totp 30 8 sha1 {USUAL}")]);
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    for reference in ["KeyProperties", "KeyPropertiesId", "KeyPropertiesRef", "KeyPropertyRef"] {
        let lost = file(PROPERTIES, &format!(r#"{reference}="q" KeyAlgorithm="HOTP""#), DATA);
        assert_eq!(read(&lost), ["4: TF-1311"], "{reference}");
    }
}

#[test]
fn every_part_that_keys_share_is_read_and_what_a_key_says_itself_goes_first() {
    let value = |name: &str, value: &str| format!("<{name}><PlainValue>{value}</PlainValue></{name}>");
    let data = |parts: &str| format!("<Data>{parts}</Data>");
    let secret = value("Secret", "AAECAwQFBgcICQoLDA0ODxAREhM=");
    let format = |attributes: &str| format!("<Usage><ResponseFormat {attributes}/></Usage>");
    for (shared, inner, expected) in [
        (data(&value("TimeInterval", "60")), DATA.to_owned(), "totp 60 6 sha1"),
        (
            data(&value("TimeInterval", "60")),
            data(&format!("{secret}{}", value("TimeInterval", "30"))),
            "totp 30 6 sha1",
        ),
        (data(&format!("{secret}{}", value("TimeInterval", "60"))), String::new(), "totp 60 6 sha1"),
        (
            format(r#"Length="8" Format="DECIMAL""#),
            format!("{}{DATA}", format(r#"Format="DECIMAL""#)),
            "totp 30 8 sha1",
        ),
        (format(r#"Length="8""#), format!("{}{DATA}", format(r#"Length="7""#)), "totp 30 7 sha1"),
        (
            "<AlgorithmParameters><Suite>sha256</Suite></AlgorithmParameters>".to_owned(),
            DATA.to_owned(),
            "totp 30 6 sha256",
        ),
    ] {
        let text = sharing(&shared, &inner);
        assert_eq!(read(&text), [format!("3: 77~77 {expected} {USUAL}")], "{text}");
    }
    for (shared, code) in [
        (format(r#"Length="6" Format="HEXADECIMAL""#), "TF-1215"),
        (format(r#"Length="6" CheckDigits="true""#), "TF-1296"),
        (data(&value("Time", "46000000")), "TF-1291"),
        (data(&format!("{}{}", value("TimeInterval", "60"), value("TimeInterval", "30"))), "TF-1311"),
        ("<Policy><KeyUsage>CR</KeyUsage></Policy>".to_owned(), "TF-1287"),
    ] {
        let text = sharing(&shared, &format!("{}{DATA}", format(r#"Length="6""#)));
        assert_eq!(read(&text), [format!("3: {code}")], "{text}");
    }
    let counter = sharing(&data(&value("Counter", "7")), DATA).replace("pskc#totp", "pskc#hotp");
    assert_eq!(read(&counter), [format!("3: 77~77 hotp 7 6 sha1 {USUAL}")]);
}

#[test]
fn a_date_of_the_key_takes_the_place_of_the_shared_one() {
    let text = sharing("<ExpiryDate>2030-12-31</ExpiryDate>", &format!("<ExpiryDate>2035-12-31</ExpiryDate>{DATA}"));
    let expires = keys(&text)[0].expires.map(|date| date.to_rfc3339());
    assert_eq!(expires.as_deref(), Some("2035-12-31T23:59:59+00:00"));
}

#[test]
fn properties_that_nobody_can_tell_apart_refuse_the_file() {
    let doubled = format!("{PROPERTIES}{}", PROPERTIES.replace("\"8\"", "\"6\""));
    let nested = PROPERTIES.replace("xml:id=\"p\"", "xml:id=\"p\" KeyProperties=\"q\"");
    for properties in [doubled, nested, PROPERTIES.replace("xml:id=\"p\"", "")] {
        assert_eq!(read(&file(&properties, r#"KeyProperties="p""#, DATA)), ["refused TF-1269"], "{properties}");
    }
}
