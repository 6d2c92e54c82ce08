//! Whole PSKC files, sound and hostile: here those in the clear, encrypted ones in a module. All seeds are made up.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture fails the test")]

#[path = "pskc/encrypted.rs"]
mod encrypted;
#[path = "pskc/misread.rs"]
mod misread;
#[path = "pskc/shared.rs"]
mod shared;
mod told;

use proptest::prelude::*;
use tokenfleet_seedfile::{Because, Entry, Format, Key, ReadOptions, SecretEncoding, open};
use told::{damaged, ends_well, read, told};

const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
  <KeyPackage>
    <DeviceInfo>
      <Manufacturer>oath.AC</Manufacturer>
      <SerialNo>0012345</SerialNo>
      <Model>One &amp; Only</Model>
      <StartDate>2026-01-01T00:00:00Z</StartDate>
      <ExpiryDate>2031-12-31T00:00:00Z</ExpiryDate>
    </DeviceInfo>
    <CryptoModuleInfo><Id>module</Id></CryptoModuleInfo>
    <Key Id="k1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
      <Issuer>Issuer</Issuer>
      <AlgorithmParameters>
        <Suite>HMAC-SHA256</Suite>
        <ResponseFormat Length="8" Encoding="DECIMAL"/>
      </AlgorithmParameters>
      <Data>
        <Secret><PlainValue>obLD1OX2BxgpOktc
          bX6PkAESIzRFVmd4iZqrvM3e7wE=</PlainValue></Secret>
        <Time><PlainValue>0</PlainValue></Time>
        <TimeInterval><PlainValue> 60 </PlainValue></TimeInterval>
        <TimeDrift><PlainValue>-4</PlainValue></TimeDrift>
      </Data>
      <UserId>somebody</UserId>
      <Policy>
        <StartDate>2026-04-01T09:00:00+09:00</StartDate>
        <ExpiryDate>2030-03-31</ExpiryDate>
        <KeyUsage>OTP</KeyUsage>
      </Policy>
    </Key>
  </KeyPackage>
  <KeyPackage>
    <DeviceInfo><SerialNo>0012346</SerialNo></DeviceInfo>
    <Key Id="k2" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
      <Data>
        <Secret><PlainValue>AAECAwQFBgcICQoLDA0ODxAREhM=</PlainValue></Secret>
        <Counter><PlainValue>7</PlainValue></Counter>
      </Data>
    </Key>
  </KeyPackage>
</KeyContainer>
"#;

/// The key that others are compared with: 20 bytes, counted up.
const USUAL: &str = "b78523";

fn keys(text: &str) -> Vec<Key> {
    let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
    let mut keys = Vec::new();
    while let Some(entry) = file.next_entry().unwrap() {
        if let Entry::Key(key) = entry {
            keys.push(key);
        }
    }
    keys
}

/// A container with one HOTP key, whose parts are given.
fn with_key(attributes: &str, inner: &str) -> String {
    let container = r#"<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">"#;
    let device = "<DeviceInfo><SerialNo>77</SerialNo></DeviceInfo>";
    format!("{container}<KeyPackage>{device}<Key {attributes}>{inner}</Key></KeyPackage></KeyContainer>")
}

const HOTP: &str = r#"Id="77" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp""#;
const TOTP: &str = r#"Id="77" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp""#;
const DATA: &str = "<Data><Secret><PlainValue>AAECAwQFBgcICQoLDA0ODxAREhM=</PlainValue></Secret></Data>";

/// What becomes of a key whose secret is sound.
fn with_part(attributes: &str, part: &str) -> String {
    read(&with_key(attributes, &format!("{part}{DATA}"))).join(" ")
}

#[test]
fn keys_are_read_with_all_that_the_file_says_of_them() {
    let said = ["12: 0012345~k1 totp 60 8 sha256 fd805e".to_owned(), format!("35: 0012346~k2 hotp 7 6 sha1 {USUAL}")];
    assert_eq!(read(FILE), said);
    let [first, second] = keys(FILE).try_into().ok().unwrap();
    assert_eq!((first.manufacturer.as_deref(), first.model.as_deref()), (Some("AC"), Some("One & Only")));
    let dates = [first.starts, first.expires].map(|date| date.map(|date| date.to_rfc3339()));
    assert_eq!(dates, [Some("2026-04-01T00:00:00+00:00".to_owned()), Some("2030-03-31T23:59:59+00:00".to_owned())]);
    assert_eq!((second.manufacturer, second.starts, second.expires), (None, None, None));
}

#[test]
fn the_evidence_names_the_format() {
    let file = open(FILE.as_bytes(), &ReadOptions::default()).unwrap();
    let evidence = file.evidence();
    assert_eq!((evidence.format, evidence.title(), evidence.format.as_str()), (Format::Pskc, "PSKC", "pskc-xml"));
    assert_eq!(evidence.secrets, Some((SecretEncoding::Base64, Because::Layout)));
    assert_eq!(evidence.protection, None);
}

#[test]
fn prefixes_marks_and_line_ends_are_no_matter() {
    let expected = read(FILE);
    let prefixed = FILE.replace("</", "</p:").replace(" xmlns=", " xmlns:p =");
    let prefixed = prefixed.replace("<?", "<!?").replace('<', "<p:").replace("<p:/p:", "</p:").replace("<p:!?", "<?");
    assert_eq!(read(&prefixed), expected);
    assert_eq!(read(&FILE.replace('\n', "\r\n")), expected);
    assert_eq!(read(&format!("\u{feff}{FILE}")), expected);
    let wide: Vec<u8> =
        format!("\u{feff}{FILE}").replace("UTF-8", "UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(told(&wide, &ReadOptions::default()), expected);
}

#[test]
fn keys_of_drafts_are_read() {
    let draft = r#"<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc:1.0">
<Device><DeviceInfo><Manufacturer>Acme</Manufacturer><SerialNo>77</SerialNo></DeviceInfo>
<Key KeyAlgorithm="urn:ietf:params:xml:ns:keyprov:pskc#totp" KeyId="a">
<Usage OTP="true"><ResponseFormat Length="8" Format="DECIMAL"/></Usage>
<Data><Secret><PlainValue>AAECAwQFBgcICQoLDA0ODxAREhM=</PlainValue></Secret></Data></Key>
<Key KeyAlgorithm="HOTP" KeyId="b">
<Data><Secret><PlainValue>AAECAwQFBgcICQoLDA0ODxAREhM=</PlainValue></Secret></Data></Key>
</Device></KeyContainer>"#;
    assert_eq!(read(draft), [format!("3: 77~a totp 30 8 sha1 {USUAL}"), format!("6: 77~b hotp 0 6 sha1 {USUAL}")]);
    let older = r#"<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:container:1.0">
<EncryptionMethod algorithm="NONE"/><DigestMethod algorithm="HMAC-SHA1"/>
<Device><DeviceId><SerialNo>77</SerialNo><Expiry>31/12/2030</Expiry></DeviceId>
<Key KeyAlgorithm="http://www.ietf.org/keyprov/pskc#hotp" KeyId="77">
<Usage><ResponseFormat format="DECIMAL" length="7"/></Usage>
<Data Name="SECRET"><Value>AAECAwQFBgcICQoLDA0ODxAREhM=</Value><ValueDigest>AAAA</ValueDigest></Data>
<Data Name="COUNTER"><Value>AAAAAAAAAAw=</Value></Data></Key></Device></KeyContainer>"#;
    assert_eq!(read(older), [format!("4: 77~77 hotp 12 7 sha1 {USUAL}")]);
    assert!(keys(older)[0].expires.is_some());
}

#[test]
fn counters_are_read_in_every_form() {
    for (counter, read_as) in [("42", 42), ("NDI=", 42), ("AAAAAAAAACo=", 42), ("0", 0), ("KgA=", 10_752)] {
        let part = format!("<Data><Counter><PlainValue>{counter}</PlainValue></Counter></Data>");
        let inner = format!("{}{}", part.trim_end_matches("</Data>"), DATA.trim_start_matches("<Data>"));
        assert_eq!(read(&with_key(HOTP, &inner)), [format!("1: 77~77 hotp {read_as} 6 sha1 {USUAL}")], "{counter}");
    }
}

#[test]
fn keys_that_are_no_oath_keys_are_named_and_left_out() {
    for (algorithm, named) in [
        ("urn:ietf:params:xml:ns:keyprov:pskc:ocra", "ocra"),
        ("urn:ietf:params:xml:ns:keyprov:pskc:pin", "pin"),
        ("urn:ietf:params:xml:ns:keyprov:pskc:pw", "pw"),
        ("urn:ietf:params:xml:ns:keyprov:pskc#OCRA-1:HOTP-SHA1-6:QN08", "ocra"),
        ("http://www.rsa.com/names/2008/04/algorithms/SecurID/SecurID-AES128-Counter", "securidaes128counter"),
        ("http://www.actividentity.com/2008/04/algorithms/algorithms#ActivIdentity-3DES", "actividentity3des"),
    ] {
        let text = with_key(&format!(r#"Id="1" Algorithm="{algorithm}""#), DATA);
        let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
        let Ok(Some(Entry::LeftOut(problem))) = file.next_entry() else { panic!("{algorithm} is not left out") };
        assert!(problem.why.to_string().contains(&format!("type {named},")), "{}", problem.why);
    }
}

#[test]
fn a_digest_is_known_by_any_of_its_names() {
    for (suite, digest) in [
        ("HMAC-SHA1", "sha1"),
        ("hmac-sha-256", "sha256"),
        ("sha512", "sha512"),
        ("HmacSHA256", "sha256"),
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", "sha512"),
        ("TOTP", "sha1"),
    ] {
        let part = format!("<AlgorithmParameters><Suite>{suite}</Suite></AlgorithmParameters>");
        assert_eq!(with_part(TOTP, &part), format!("1: 77~77 totp 30 6 {digest} {USUAL}"), "{suite}");
    }
}

#[test]
fn what_is_wrong_with_a_key_is_named() {
    let response =
        |attributes: &str| format!("<AlgorithmParameters><ResponseFormat {attributes}/></AlgorithmParameters>");
    for (part, code) in [
        (response(r#"Length="FOUR""#), "TF-1213"),
        (response(r#"Length="9""#), "TF-1213"),
        (response(r#"Length="6" Encoding="HEXADECIMAL""#), "TF-1215"),
        (response(r#"Length="6" CheckDigits="true""#), "TF-1296"),
        (response(r#"Length="6" CheckDigits="not really""#), "TF-1296"),
        ("<AlgorithmParameters><Suite>HMAC-MD5</Suite></AlgorithmParameters>".to_owned(), "TF-1216"),
        ("<Policy><KeyUsage>CR</KeyUsage></Policy>".to_owned(), "TF-1287"),
        ("<Policy><NumberOfTransactions>5</NumberOfTransactions></Policy>".to_owned(), "TF-1287"),
        (r#"<Policy><PINPolicy PINUsageMode="Append"/></Policy>"#.to_owned(), "TF-1287"),
        (r#"<Policy><PINPolicy Mood="good"/></Policy>"#.to_owned(), "TF-1287"),
        ("<Policy><PINPolicy><More/></PINPolicy></Policy>".to_owned(), "TF-1287"),
        ("<Policy><Moon>full</Moon></Policy>".to_owned(), "TF-1287"),
        (r#"<Policy><Moon xmlns="urn:moon">full</Moon></Policy>"#.to_owned(), "TF-1287"),
        (r#"<Usage CR="true"/>"#.to_owned(), "TF-1287"),
        ("<Policy><ExpiryDate>02/03/2030</ExpiryDate></Policy>".to_owned(), "TF-1228"),
        ("<Policy><StartDate>soon</StartDate></Policy>".to_owned(), "TF-1297"),
        ("<Data><Secret><PlainValue>AAAA</PlainValue></Secret></Data>".to_owned(), "TF-1311"),
    ] {
        assert_eq!(with_part(HOTP, &part), format!("1: {code}"), "{part}");
    }
    for (inner, code) in [
        ("", "TF-1208"),
        ("<Data><Secret/></Data>", "TF-1208"),
        ("<Data><Secret><PlainValue> </PlainValue></Secret></Data>", "TF-1208"),
        ("<KeyReference>master</KeyReference>", "TF-1286"),
        ("<Data><Secret><PlainValue>AAECAwQFBgcICQoLDA0ODxAREh</PlainValue></Secret></Data>", "SECRET"),
    ] {
        let found = read(&with_key(HOTP, inner)).join(" ");
        assert!(found == format!("1: {code}") || code == "SECRET" && found.starts_with("1: TF-12"), "{inner}: {found}");
    }
    let interval = DATA.replace("</Data>", "<TimeInterval><PlainValue>7</PlainValue></TimeInterval></Data>");
    assert_eq!(read(&with_key(TOTP, &interval)), ["1: TF-1214"]);
    let counter = DATA.replace("</Data>", "<Counter><PlainValue>TWELVE!</PlainValue></Counter></Data>");
    assert_eq!(read(&with_key(HOTP, &counter)), ["1: TF-1217"]);
    assert_eq!(read(&with_key(r#"Id="77""#, DATA)), ["1: TF-1231"]);
    assert_eq!(read(&with_key(&HOTP.replace("77", "a/b"), DATA)), ["1: TF-1212"]);
}

#[test]
fn policies_that_can_be_kept_are_no_matter() {
    for part in [
        "<Policy/>",
        "<Policy><KeyUsage>CR</KeyUsage><KeyUsage>OTP</KeyUsage></Policy>",
        r#"<Policy><PINPolicy MinLength="4" PINUsageMode="Local" PINKeyId="9"/></Policy>"#,
        r#"<Usage OTP="true" CR="false"/>"#,
        r#"<Extensions><Anything xmlns="urn:any">x</Anything></Extensions>"#,
    ] {
        assert_eq!(with_part(HOTP, part), format!("1: 77~77 hotp 0 6 sha1 {USUAL}"), "{part}");
    }
}

#[test]
fn without_a_serial_number_the_key_id_is_the_serial() {
    let text = with_key(HOTP, DATA).replace("<DeviceInfo><SerialNo>77</SerialNo></DeviceInfo>", "");
    assert_eq!(read(&text.replace("\"77\"", "\"abc\"")), [format!("1: abc~abc hotp 0 6 sha1 {USUAL}")]);
    assert_eq!(read(&text.replace("Id=\"77\" ", "")), ["1: TF-1210"]);
}

#[test]
fn files_that_are_no_sound_containers_are_refused_whole() {
    let doubled = format!("{FILE}{}", FILE.split_once('\n').unwrap().1);
    for (text, code) in [
        (FILE.replace("Version=\"1.0\" xmlns", "Version=\"1.1\" xmlns"), "TF-1268"),
        (FILE.replace("</KeyContainer>", ""), "TF-1265"),
        (FILE.replace("</KeyContainer>", "</KeyContainer>x"), "TF-1265"),
        (doubled, "TF-1265"),
        (format!(" {FILE}"), "TF-1265"),
        (FILE.replace("<KeyContainer ", "<!DOCTYPE x [<!ENTITY a 'b'>]><KeyContainer "), "TF-1266"),
        (FILE.replace("somebody", "&who;"), "TF-1266"),
        (FILE.replace("<UserId>somebody", "<UserId>\u{1}"), "TF-1265"),
        (FILE.replace("<KeyPackage>\n    <DeviceInfo><", "<EncryptionKey/><KeyPackage><DeviceInfo><"), "TF-1269"),
        (FILE.replace("</Key>", "</Key><DeviceInfo/>"), "TF-1269"),
        (FILE.replace("UTF-8", "UTF-16"), "TF-1295"),
        (
            FILE.replace("<KeyPackage>\n    <DeviceInfo><", "<KeyPackage xmlns='urn:other'>\n    <DeviceInfo><"),
            "TF-1269",
        ),
        (FILE.replace("<Key Id=\"k2\"", "<Key xmlns='urn:other' Id=\"k2\""), "TF-1269"),
        (FILE.replace("<SerialNo>0012345</SerialNo>", "<SerialNo>1</SerialNo><SerialNo>2</SerialNo>"), "TF-1269"),
    ] {
        let last = read(&text).pop().unwrap();
        assert_eq!(last, format!("refused {code}"), "{text}");
    }
    assert_eq!(
        read("<KeyContainer Version='1.0' xmlns='urn:ietf:params:xml:ns:keyprov:pskc'/>").pop().unwrap(),
        "refused TF-1201"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_damaged_file_makes_it_panic(bytes in damaged(FILE)) {
        ends_well(&bytes)?;
    }

    #[test]
    fn no_bytes_behind_a_root_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        ends_well(&[&b"<KeyContainer Version='1.0'><Device><Key>"[..], &bytes].concat())?;
    }
}
