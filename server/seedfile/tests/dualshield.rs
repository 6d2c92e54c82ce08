//! Whole files of DualShield's XML, sound and hostile. All seeds are made up.

mod told;

use proptest::prelude::*;
use tokenfleet_domain::catalogue::Lang;
use tokenfleet_seedfile::{Because, Entry, Format, ReadOptions, SecretEncoding, open};

use told::{damaged, ends_well, read, told};

const FILE: &str = r#"<?xml version="1.0"?>
<data>
  <header>
    <manufacturerCode>DN</manufacturerCode>
    <productCode>ST</productCode>
    <encrypt>NONE</encrypt>
    <encode>HEX</encode>
    <digits>6</digits>
    <timeWindow>60</timeWindow>
    <crypto>HmacSHA1</crypto>
  </header>
  <tokens>
    <token>
      <serial>09001001</serial>
      <seed>A1B2C3D4E5F60718293A4B5C6D7E8F9001122334</seed>
    </token>
    <token><serial> 09001002 </serial><seed>
      0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0
    </seed><description>spare</description></token>
  </tokens>
</data>
"#;

const KEYS: [&str; 2] = ["13: 09001001 totp 60 6 sha1 1bfe2f", "17: 09001002 totp 60 6 sha1 00949f"];

#[test]
fn tokens_are_read_as_their_header_says() {
    assert_eq!(read(FILE), KEYS);
    let other = FILE.replace("HmacSHA1", "HmacSHA256").replace(">6<", ">8<").replace(">60<", ">30<");
    assert_eq!(read(&other)[0], "13: 09001001 totp 30 8 sha256 1bfe2f");
    let google =
        FILE.replace("timeWindow>", "synchronisation>").replace("<crypto>HmacSHA1</crypto>", "<syncsize>2</syncsize>");
    assert_eq!(read(&google), KEYS);
}

#[test]
fn seeds_are_read_in_the_encoding_that_the_header_names() {
    let with = |encode: &str, seed: &str| {
        let file = FILE.replace(">HEX<", &format!(">{encode}<"));
        read(&file.replace("A1B2C3D4E5F60718293A4B5C6D7E8F9001122334", seed))[0].clone()
    };
    assert_eq!(with("BASE64", "obLD1OX2BxgpOktcbX6PkAESIzQ="), KEYS[0]);
    assert_eq!(with("Base32", "UGZMHVHF6YDRQKJ2JNOG27UPSAAREIZU"), KEYS[0]);
    assert_eq!(with("BASE64", "obLD1OX2BxgpOktcbX6PkAESIzQ?"), "13: TF-1230");
    let hex = ReadOptions { secret_encoding: Some(SecretEncoding::Hex), ..ReadOptions::default() };
    assert_eq!(told(FILE.replace(">HEX<", ">BASE64<").as_bytes(), &hex), KEYS);
}

#[test]
fn the_evidence_names_the_format_and_the_header_names_maker_and_model() {
    let mut file = open(FILE.as_bytes(), &ReadOptions::default()).ok();
    let evidence = file.as_ref().map(|file| (file.evidence().format, file.evidence().secrets));
    assert_eq!(evidence, Some((Format::DualShieldXml, Some((SecretEncoding::Hex, Because::Layout)))));
    let names = match file.as_mut().and_then(|file| file.next_entry().ok().flatten()) {
        Some(Entry::Key(key)) => (key.manufacturer, key.model),
        Some(Entry::Problem(_) | Entry::LeftOut(_) | Entry::Withdrawn(_)) | None => (None, None),
    };
    assert_eq!(names, (Some("Deepnet Security".to_owned()), Some("ST".to_owned())));
}

#[test]
fn a_header_that_leaves_open_what_the_seeds_are_refuses_the_file() {
    for (from, to, code) in [
        ("<encrypt>NONE</encrypt>", "", "TF-1269"),
        (">NONE<", "><", "TF-1270"),
        (">NONE<", ">AES256<", "TF-1270"),
        (">NONE<", ">ROT13<", "TF-1270"),
        ("<encode>HEX</encode>", "", "TF-1269"),
        (">HEX<", ">BASE85<", "TF-1269"),
        (">6<", ">5<", "TF-1269"),
        (">6<", "><", "TF-1269"),
        ("<timeWindow>60</timeWindow>", "", "TF-1269"),
        (">60<", ">0<", "TF-1269"),
        (">60<", ">a minute<", "TF-1269"),
        ("<crypto>", "<synchronisation>30</synchronisation><crypto>", "TF-1269"),
        (">HmacSHA1<", ">HmacMD5<", "TF-1269"),
        ("<digits>6</digits>", "<digits>6</digits><digits>6</digits>", "TF-1269"),
        ("<encode>", "<encode><b/>", "TF-1265"),
        ("<digits>6</digits>", "<Digits>8</Digits>", "TF-1269"),
        ("<crypto>HmacSHA1</crypto>", "<Crypto>HmacSHA256</Crypto>", "TF-1269"),
        ("<digits>6</digits>", "<otpLength>8</otpLength>", "TF-1314"),
        ("<crypto>", "<algorithm>HOTP</algorithm><crypto>", "TF-1314"),
        ("<digits>", "<digits unit=\"bytes\">", "TF-1269"),
        ("<encode>HEX</encode>", "<x:encode xmlns:x=\"urn:x\">HEX</x:encode>", "TF-1269"),
        ("<header>", "<header digits=\"8\">", "TF-1269"),
        ("<data>", "<data digits=\"8\">", "TF-1269"),
        ("<tokens>", "<tokens digits=\"8\">", "TF-1269"),
        ("<tokens>", "<settings/><tokens>", "TF-1314"),
    ] {
        assert_eq!(read(&FILE.replacen(from, to, 1)), [format!("refused {code}")], "{from} {to}");
    }
    let twice = FILE.replace("<tokens>", "<header/><tokens>");
    assert_eq!(read(&twice), ["refused TF-1269"]);
    let late = FILE.replace("</tokens>", "</tokens><header/>");
    assert_eq!(read(&late)[2..], ["refused TF-1269"]);
}

#[test]
fn a_cipher_is_named_and_nothing_of_the_file() {
    let refusal = |cipher: &str| {
        let file = FILE.replace("NONE", cipher);
        open(file.as_bytes(), &ReadOptions::default()).err().map(|why| why.message(Lang::En)).unwrap_or_default()
    };
    assert!(refusal("AES256").contains("DualShield AES256"));
    assert!(!refusal("A1B2C3D4E5F6").contains("A1B2"));
}

#[test]
fn a_token_that_is_wrong_is_named_and_the_next_one_is_read() {
    for (token, code) in [
        ("<token/>", "TF-1210"),
        ("<token><serial/><seed>0011</seed></token>", "TF-1210"),
        ("<token><serial>2.30753E+12</serial><seed>0011</seed></token>", "TF-1211"),
        ("<token><serial>1</serial></token>", "TF-1208"),
        ("<token><serial>1</serial><seed/></token>", "TF-1208"),
        ("<token><serial>1</serial><seed>001</seed></token>", "TF-1204"),
        ("<token><serial>1</serial><Seed>0011</Seed></token>", "TF-1311"),
        ("<token><serial>1</serial><seed>0011</seed><interval>30</interval></token>", "TF-1313"),
        ("<token><serial>1</serial><seed>0011</seed><counter>5</counter></token>", "TF-1313"),
        ("<token><serial>1</serial><seed encrypt=\"AES\">0011</seed></token>", "TF-1311"),
        ("<token><serial>1</serial><x:seed xmlns:x=\"urn:x\">0011</x:seed></token>", "TF-1311"),
        ("<token digits=\"8\"><serial>1</serial><seed>0011</seed></token>", "TF-1311"),
        ("<token><serial>1</serial><seed>0011</seed><seed>2233</seed></token>", "TF-1311"),
        ("<token><serial>1</serial><serial>2</serial><seed>0011</seed></token>", "TF-1311"),
        ("<token><serial>1</serial><seed>0011</seed><digits>8</digits></token>", "TF-1311"),
        ("<Token><serial>1</serial><seed>0011</seed></Token>", "TF-1311"),
    ] {
        let lines = read(&FILE.replacen("<tokens>", &format!("<tokens>{token}"), 1));
        assert_eq!(lines[0], format!("12: {code}"), "{token}");
        assert_eq!(lines[1..], KEYS, "{token}");
    }
}

#[test]
fn a_file_that_was_cut_off_doubled_or_bent_is_refused() {
    for cut in ["</data>", "</tokens>", "</header>"] {
        let (begin, _) = FILE.split_once(cut).unwrap_or_default();
        assert_eq!(read(begin).last().map(String::as_str), Some("refused TF-1265"), "{cut}");
    }
    for bent in [FILE.repeat(2), format!("{FILE}x"), FILE.replace("<tokens>", "<tokens>x"), format!("\n{FILE}")] {
        assert_eq!(read(&bent).last().map(String::as_str), Some("refused TF-1265"), "{bent}");
    }
    let other = FILE.replace("<tokens>", "<others>").replace("</tokens>", "</others>");
    assert_eq!(read(&other), ["refused TF-1314"]);
    let (header, _) = FILE.split_once("<tokens>").unwrap_or_default();
    assert_eq!(read(&format!("{header}<tokens/></data>")), ["refused TF-1201"]);
}

#[test]
fn hostile_files_are_refused_before_they_cost_anything() {
    let external = FILE.replace("<data>", "<!DOCTYPE data [<!ENTITY a \"b\">]><data>");
    assert_eq!(read(&external), ["refused TF-1266"]);
    assert_eq!(read(&FILE.replace("A1B2", "&seed;")), ["refused TF-1266"]);
    assert_eq!(read(&FILE.replacen("<token>", &format!("<token>{}", "<a>".repeat(100_000)), 1)), ["refused TF-1267"]);
    let long = FILE.replacen("A1B2", &"00".repeat(1024 * 1024), 1);
    assert_eq!(read(&long), ["refused TF-1267"]);
}

#[test]
fn data_of_another_kind_is_refused_by_name() {
    for text in ["<data/>", "<data><tokens><token/></tokens></data>", "<data xmlns=\"urn:x\"><header/></data>"] {
        assert_eq!(read(text), ["refused TF-1203"], "{text}");
    }
}

proptest! {
    #[test]
    fn a_damaged_file_ends_in_keys_or_in_problems_within_it(bytes in damaged(FILE)) {
        ends_well(&bytes)?;
    }
}
