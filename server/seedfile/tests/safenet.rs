//! Whole files of SafeNet's XML, sound and hostile. All seeds are made up.

mod told;

use proptest::prelude::*;
use tokenfleet_seedfile::{Because, Entry, Format, ReadOptions, SecretEncoding, open};

use told::{damaged, ends_well, read, told};

const FILE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Tokens>
  <Token serial="00123CFA51">
    <CaseModel>5</CaseModel>
    <Model>101</Model>
    <ProductionDate>02/19/2009</ProductionDate>
    <ProductName>eToken PASS</ProductName>
    <Applications>
      <Application ConnectorID="{11111111-2222-3333-4444-555555555555}">
        <Seed>a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718</Seed>
        <MovingFactor>1</MovingFactor>
      </Application>
    </Applications>
  </Token>
  <Token serial="00123CFA52"><Applications><Application>
    <Seed>0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0</Seed>
  </Application></Applications></Token>
</Tokens>
"#;

const FIRST: &str = "3: 00123CFA51 hotp 1 6 sha1 0639a4";
const SECOND: &str = "15: 00123CFA52 hotp 0 6 sha256 00949f";

#[test]
fn tokens_are_read_in_their_order_and_the_digest_is_told_by_the_seed() {
    assert_eq!(read(FILE), [FIRST, SECOND]);
    assert_eq!(read(&FILE.replace('\n', "\r\n")), [FIRST, SECOND]);
    assert_eq!(read(&format!("\u{feff}{FILE}")), [FIRST, SECOND]);
    let wide = format!("\u{feff}{}", FILE.replace("utf-8", "utf-16"));
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(told(&wide, &ReadOptions::default()), [FIRST, SECOND]);
    let (_, undeclared) = FILE.split_once('\n').unwrap_or_default();
    assert_eq!(read(&format!("\n  {undeclared}  <!-- end -->\n"))[1..], [SECOND]);
}

#[test]
fn the_evidence_names_the_format_and_the_product_becomes_the_model() {
    let mut file = open(FILE.as_bytes(), &ReadOptions::default()).ok();
    let evidence = file.as_ref().map(|file| (file.evidence().format, file.evidence().secrets));
    assert_eq!(evidence, Some((Format::SafeNetXml, Some((SecretEncoding::Hex, Because::Layout)))));
    let entry = file.as_mut().and_then(|file| file.next_entry().ok().flatten());
    assert!(matches!(entry, Some(Entry::Key(key)) if key.model.as_deref() == Some("eToken PASS")));
}

/// A token with this inside its one application, before a sound one.
fn with(application: &str) -> String {
    let before = format!("<Token serial=\"1\"><Applications>{application}</Applications></Token>");
    FILE.replacen("<Tokens>", &format!("<Tokens>{before}"), 1)
}

#[test]
fn a_token_that_is_wrong_is_named_and_the_next_one_is_read() {
    for (application, code) in [
        ("", "TF-1208"),
        ("<Application/>", "TF-1208"),
        ("<Application><Seed></Seed></Application>", "TF-1208"),
        ("<Application><MovingFactor>1</MovingFactor></Application>", "TF-1208"),
        ("<Application><Seed>123412354</Seed></Application>", "TF-1204"),
        ("<Application><Seed>12341235x4</Seed></Application>", "TF-1205"),
        ("<Application><Seed>0011</Seed><MovingFactor>-1</MovingFactor></Application>", "TF-1217"),
        ("<Application><Seed>0011</Seed><MovingFactor>1e3</MovingFactor></Application>", "TF-1217"),
        ("<Application><Seed>0011</Seed><MovingFactor></MovingFactor></Application>", "TF-1217"),
        ("<Application><seed>00112233</seed></Application>", "TF-1311"),
        ("<Application><Seed>0011</Seed><Seed>2233</Seed></Application>", "TF-1311"),
        ("<Application><Seed>0011</Seed><TimeStep>30</TimeStep></Application>", "TF-1313"),
        ("<Application><Seed encoding=\"base64\">00112233</Seed></Application>", "TF-1311"),
        ("<Application><x:Seed xmlns:x=\"urn:x\">0011</x:Seed></Application>", "TF-1311"),
        ("<Application Type=\"TOTP\"><Seed>0011</Seed></Application>", "TF-1311"),
        ("<application><Seed>0011</Seed></application>", "TF-1311"),
    ] {
        let lines = read(&with(application));
        assert_eq!(lines[0], format!("2: {code}"), "{application}");
        assert_eq!(lines.len(), 3, "{application}");
    }
}

/// What stands beside the applications may say how their codes are made.
#[test]
fn a_token_of_which_more_is_said_than_is_known_is_a_problem() {
    let model = "<Model>101</Model>";
    for (from, to, code) in [
        (model, "<OtpLength>8</OtpLength>", "TF-1313"),
        (model, "<TimeStep>30</TimeStep>", "TF-1313"),
        (model, "<Algorithm>TOTP</Algorithm>", "TF-1313"),
        (model, "<model>101</model>", "TF-1311"),
        (model, "<Model digits=\"8\">101</Model>", "TF-1311"),
        ("<Applications>", "<Applications digits=\"8\">", "TF-1311"),
        ("serial=\"00123CFA51\"", "serial=\"00123CFA51\" digits=\"8\"", "TF-1311"),
    ] {
        assert_eq!(read(&FILE.replacen(from, to, 1)), [format!("3: {code}"), SECOND.to_owned()], "{to}");
    }
    assert_eq!(read(&FILE.replace("<Tokens>", "<Tokens encoding=\"base64\">")), ["refused TF-1269"]);
    assert_eq!(read(&FILE.replace("<Tokens>", "<Tokens xmlns:x=\"urn:x\">")), [FIRST, SECOND]);
}

#[test]
fn a_token_without_its_serial_is_a_problem_however_many_keys_it_has() {
    for (attributes, code) in
        [("", "TF-1210"), ("info=\"a\"", "TF-1210"), ("Serial=\"1\"", "TF-1210"), ("serial=\"1.2E+10\"", "TF-1211")]
    {
        assert_eq!(read(&FILE.replacen("serial=\"00123CFA51\"", attributes, 1))[0], format!("3: {code}"));
    }
}

#[test]
fn what_may_be_a_token_in_other_letters_is_not_passed_over() {
    assert_eq!(read(&FILE.replacen("<Tokens>", "<Tokens><token serial=\"1\"/>", 1))[0], "2: TF-1311");
}

#[test]
fn two_applications_of_a_token_are_two_keys() {
    let application = |id: &str, seed: &str| format!("<Application {id}><Seed>{seed}</Seed></Application>");
    let two = application("ConnectorID=\"{aa-1}\"", "00112233") + &application("ConnectorID=\"{aa-2}\"", "44556677");
    let lines = read(&with(&two));
    assert!(lines[0].starts_with("2: 1~aa-1 hotp 0 6 sha1 ") && lines[1].starts_with("2: 1~aa-2 hotp 0 6 sha1 "));
    let unnamed = application("", "00112233") + &application("ConnectorID=\"{aa-2}\"", "44556677");
    assert_eq!(read(&with(&unnamed))[0], "2: TF-1311");
    let same = application("ConnectorID=\"{aa}\"", "00112233") + &application("ConnectorID=\"{aa}\"", "44556677");
    assert_eq!(read(&with(&same))[1..3], ["withdrawn 2: TF-1220", "2: TF-1220"]);
}

#[test]
fn a_file_that_was_cut_off_doubled_or_bent_is_refused() {
    for cut in ["</Tokens>", "</Token>\n</Tokens>", "Application></Applications></Token>\n</Tokens>"] {
        let (begin, _) = FILE.rsplit_once(cut).unwrap_or_default();
        assert_eq!(read(begin).last().map(String::as_str), Some("refused TF-1265"), "{cut}");
    }
    for bent in [
        FILE.repeat(2),
        format!("{FILE}<Tokens/>"),
        format!("{FILE}x"),
        FILE.replace("</Model>", "</model>"),
        FILE.replace("<Model>", "text <Model>"),
        FILE.replace("<Seed>a1", "<Seed><b/>a1"),
        format!(" {FILE}"),
    ] {
        assert_eq!(read(&bent).last().map(String::as_str), Some("refused TF-1265"), "{bent}");
    }
    assert_eq!(read("<Tokens/>"), ["refused TF-1201"]);
}

#[test]
fn hostile_files_are_refused_before_they_cost_anything() {
    let (_, body) = FILE.split_once('\n').unwrap_or_default();
    let external = format!("<!DOCTYPE Tokens [<!ENTITY s SYSTEM \"file:///etc/hostname\">]>{body}");
    assert_eq!(read(&external), ["refused TF-1266"]);
    assert_eq!(read(&FILE.replace("a1b2", "&seed;")), ["refused TF-1266"]);
    let deep = format!("<Tokens>{}", "<a>".repeat(100_000));
    assert_eq!(read(&deep), ["refused TF-1267"]);
    let attributes = " a=''".repeat(80_000);
    assert_eq!(read(&format!("<Tokens><Token{attributes}/></Tokens>")), ["refused TF-1267"]);
    let long = FILE.replacen("a1b2", &"00".repeat(1024 * 1024), 1);
    assert_eq!(read(&long), ["refused TF-1267"]);
    let many = "<Application/>".repeat(17);
    assert_eq!(read(&with(&many)), ["refused TF-1267"]);
}

#[test]
fn other_roots_are_refused_by_name() {
    for text in ["<Token serial=\"1\"/>", "<tokens/>", "<x:Tokens xmlns:x=\"urn:x\"/>", "<TKNBatch/>", "<html/>"] {
        assert_eq!(read(text), ["refused TF-1203"], "{text}");
    }
}

proptest! {
    #[test]
    fn a_damaged_file_ends_in_keys_or_in_problems_within_it(bytes in damaged(FILE)) {
        ends_well(&bytes)?;
    }
}
