//! Columns and lines of delimited text that look like what they are not: they are read right or refused by name. All
//! seeds are made up.

mod told;

use proptest::prelude::*;
use tokenfleet_seedfile::{ReadOptions, SecretEncoding, open};

use crate::told::{damaged, ends_well, read, told};

const HEX: &str = "00112233445566778899aabbccddeeff01234567";
const OTHER_HEX: &str = "9988776655443322110099887766554433221100";

/// Base64, of which the first has no character that Base32 lacks.
const LUCKY: &str = "MjQgYnlvZXMgcmVmZXTpbWVzdmVyIHNl";
const BASE64: &str = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
const OTHER_BASE64: &str = "YSB0aGlyZCBzZWVkIG9mIDI0IGJ5dGVz";

/// A heading with words that nobody knows, a comment and a row that looks like one.
const MIXED: &str = "ID,Serial,Secret,Interval (sec),OTP Digit,Battery\n# made up\n\
    1,FT-1,MjQgYnl0ZXMgc29tZXRpbWVz,60,8,2031\n#2,FT-2,00112233445566778899aabbccddeeff01234567,60,8,2031\n";

#[test]
fn headings_in_other_words_are_read() {
    let english = "Serial Number,Seed (Base32),Type,Interval (sec),OTP Digit,Hash Algo";
    let row = "FT-1,JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    assert!(read(&format!("{english}\n{row},TOTP,60,8,SHA256\n"))[0].starts_with("2: FT-1 totp 60 8 sha256 "));
    let japanese = "シリアル番号,シード（Base32）,方式,更新間隔（秒／回）,桁,ハッシュ種別";
    assert!(read(&format!("{japanese}\n{row},時刻同期,60,8,SHA256\n"))[0].starts_with("2: FT-1 totp 60 8 sha256 "));
    let entra = "upn,serial number,secret key,time interval,manufacturer,model,OTP digit length";
    assert!(read(&format!("{entra}\nupn,{row},60,M,M1,8\n"))[0].starts_with("2: FT-1 totp 60 8 sha1 "));
    let graph = "serialNumber,secretKey,timeIntervalInSeconds,hash_algo";
    assert!(read(&format!("{graph}\n{row},60,hmacsha256\n"))[0].starts_with("2: FT-1 totp 60 6 sha256 "));
    assert!(read(&format!("serial,secret,\"time step, s\"\n{row},60\n"))[0].starts_with("2: FT-1 totp 60 "));
}

#[test]
fn a_heading_that_may_say_how_codes_are_made_refuses_the_file() {
    for heading in [
        "digits shown",
        "code update step",
        "interval (ms)",
        "crypto algo",
        "moving value",
        "更新の周期",
        "device type",
        &format!("{}digits", "x ".repeat(100)),
        "表示の桁",
        "Key Type",
        "Key Algorithm",
        "Secret Hash",
        "Key Time Step",
        "Key digits",
        "Key code length",
        "Cycle",
        "LCD",
        "MAC",
        "Sync",
        "T0 (unix)",
    ] {
        // The kind is said twice over where that is not the question.
        let known = if heading.to_lowercase().ends_with("type") { "period" } else { "type" };
        let value = if known == "type" { "totp" } else { "60" };
        let cell = if known == "type" { "x" } else { "OCRA" };
        let text = format!("serial,secret,{known},{heading}\nFT-1,{HEX},{value},{cell}\n");
        assert_eq!(read(&text), ["refused TF-1304"], "{heading}");
        let map = format!("serial=serial,secret=secret,{known}={known}").parse().ok();
        let mapped = ReadOptions { column_map: map, ..ReadOptions::default() };
        assert_eq!(told(text.as_bytes(), &mapped).len(), 1, "{heading}");
        assert!(told(text.as_bytes(), &mapped)[0].starts_with("2: FT-1 "), "{heading}");
    }
}

#[test]
fn what_another_column_says_already_is_no_question() {
    let text = format!("serial,secret,type,digits,digits on the label,period\nFT-1,{HEX},totp,8,8,60\n");
    assert!(read(&text)[0].starts_with("2: FT-1 totp 60 8 "));
}

#[test]
fn values_that_say_how_codes_are_made_refuse_the_file_whatever_stands_above_them() {
    let read_values = |values: &[&str]| {
        let rows: Vec<_> = (1..).zip(values).map(|(row, value)| format!("FT-{row},{HEX},totp,{value}\n")).collect();
        read(&format!("serial,secret,type,Spec\n{}", rows.concat()))
    };
    for values in [
        &["8", "8"][..],
        &["6", "8"],
        &["60 sec", "60秒"],
        &["SHA-256", "SHA-1"],
        &["", "8 digits"],
        &["8", "-"],
        &["8", "red"],
        &["red", "６０秒"],
        &["1分"],
        &["x", "SHA-2 (256)"],
        &["60s/8digits"],
    ] {
        assert_eq!(read_values(values), ["refused TF-1304"], "{values:?}");
    }
    for values in [
        &["6", "6"][..],
        &["30", "30"],
        &["SHA1", "sha1"],
        &["8", "60"],
        &["", ""],
        &["9"],
        &["1", "8"],
        &["30 sec"],
        &["-"],
    ] {
        assert_eq!(read_values(values).len(), values.len(), "{values:?}");
        assert!(read_values(values).iter().all(|line| line.contains(" totp 30 6 sha1 ")), "{values:?}");
    }
    let of_user = format!("serial,secret,type,User code size\nFT-1,{HEX},totp,8 chars\n");
    assert_eq!(read(&of_user), ["refused TF-1304"]);
    let unnamed = format!("serial,secret,type,\nFT-1,{HEX},totp,8\n");
    assert_eq!(read(&unnamed), ["refused TF-1304"]);
}

#[test]
fn a_column_that_says_that_secrets_are_encrypted_refuses_the_file() {
    for (heading, cell, is_plain) in [
        ("Encryption", "AES-256-CBC", false),
        ("Encrypted", "Yes", false),
        ("Seed format", "reversed hex", false),
        ("暗号", "あり", false),
        ("Cipher", "-", true),
        ("Seed Encryption", "None", true),
        ("Seed format", "hex", true),
        ("暗号化", "なし", true),
    ] {
        let text = format!("serial,secret,period,{heading}\nFT-1,{HEX},60,{cell}\n");
        assert_eq!(read(&text) != ["refused TF-1304"], is_plain, "{heading}: {cell}");
    }
}

#[test]
fn a_row_far_down_that_says_how_codes_are_made_is_a_problem() {
    let rows: Vec<_> = (0..5_000).map(|row| format!("FT-{row:05},{HEX},totp,red\n")).collect();
    let text = format!("serial,secret,type,Note\n{}FT-99999,{HEX},totp,60 sec\n", rows.concat());
    assert_eq!(read(&text).pop().as_deref(), Some("5002: TF-1304"));
}

#[test]
fn a_heading_that_begins_with_a_running_number_is_no_comment() {
    for heading in ["#,Serial Number,Secret Key,Time Interval", "\"#\",serial,secret,period"] {
        let text = format!("# Delivery 7\n{heading}\n1,FT-1,JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP,60\n");
        assert!(read(&text)[0].starts_with("3: FT-1 totp 60 "), "{heading}");
    }
    let commented = format!("# serial,secret,period\nserial,secret,type\nFT-1,{HEX},hotp\n");
    assert!(read(&commented)[0].starts_with("3: FT-1 hotp "));
}

#[test]
fn a_suite_of_python_pskc_is_a_hash() {
    let text = format!("serial,secret,algorithm,algorithm_suite\nFT-1,{HEX},totp,HMAC-SHA256\n");
    assert!(read(&text)[0].contains(" sha256 "));
}

#[test]
fn units_and_full_width_letters_are_read() {
    let header = "シリアル番号,シード（16進）,種別,時間間隔,桁数";
    for row in ["ＴＯＴＰ,60秒,8桁", "TOTP,60 sec,8 digits", "TOTP,６０s,８"] {
        assert!(read(&format!("{header}\nFT-1,{HEX},{row}\n"))[0].starts_with("2: FT-1 totp 60 8 "), "{row}");
    }
    assert_eq!(read(&format!("{header}\nFT-1,{HEX},TOTP,1分,8\n")), ["2: TF-1214"]);
}

#[test]
fn a_last_secret_that_was_cut_to_a_usual_length_is_a_problem() {
    let text = |last: &str| format!("serial,type,secret\nFT-1,hotp,{HEX}\nFT-2,hotp,{OTHER_HEX}\nFT-3,hotp,{last}");
    assert_eq!(read(&text(&HEX[..32])).pop().as_deref(), Some("4: TF-1247"));
    assert_eq!(read(&(text(&HEX[..32]) + "\n")).len(), 3);
    assert!(read(&(text(&HEX[..32]) + "\n"))[2].starts_with("4: FT-3 "));
    assert!(read(&text(&"0123456789abcdef".repeat(4)))[2].starts_with("4: FT-3 "));
}

#[test]
fn what_counts_or_sorts_the_tokens_is_no_question() {
    for (heading, cell) in [
        ("Box No", "7"),
        ("box", "8"),
        ("Grade", "8"),
        ("箱番号", "8"),
        ("箱", "7"),
        ("No.", "8"),
        ("Pallet", "60"),
        ("Warranty", "60"),
        ("Product Type", "OTP card"),
        ("device type", "hardware"),
        ("Case Type", "Keyfob"),
        ("employee type", "full time"),
        ("利用者種別", "職員"),
    ] {
        let text = format!("serial,secret,period,{heading}\nFT-1,{HEX},60,{cell}\n");
        assert!(read(&text)[0].starts_with("2: FT-1 totp 60 6 sha1 "), "{heading}: {cell}");
    }
}

#[test]
fn every_other_column_is_named_and_not_read() {
    let headings = ["Battery date", "Warranty period", "key length", "箱番号", "保証期間（秒）", "Colour\u{1b}[31m"];
    let text = format!("serial,secret,type,{},\nFT-1,{HEX},hotp,2031-01,5 years,160,7A,x,red,\n", headings.join(","));
    let file = open(text.as_bytes(), &ReadOptions::default()).map(|file| file.evidence().ignored_columns.clone());
    let shown = ["Battery date", "Warranty period", "key length", "箱番号", "保証期間（秒）", "Colour[31m"];
    assert_eq!(file.ok().as_deref(), Some(&shown.map(str::to_owned)[..]));
    let ids = format!("ID,serial,secret,type\n7A,FT-1,{HEX},hotp\n");
    let ids = open(ids.as_bytes(), &ReadOptions::default()).map(|file| file.evidence().ignored_columns.clone());
    assert_eq!(ids.ok(), Some(vec!["ID".to_owned()]));
}

#[test]
fn a_column_of_base64_is_named_even_where_one_of_its_rows_reads_as_base32() {
    let header = "serial,secret,period\n";
    let rows = |secrets: &[&str]| -> String {
        secrets.iter().enumerate().map(|(at, secret)| format!("FT-{at},{secret},60\n")).collect::<Vec<_>>().concat()
    };
    let text = format!("{header}{}", rows(&[BASE64, LUCKY, OTHER_BASE64]));
    assert_eq!(read(&text), ["refused TF-1305"]);
    assert_eq!(read(&format!("{header}{}", rows(&[LUCKY]))), ["refused TF-1305"], "it alone is Base64 too");
    let as_base64 = ReadOptions { secret_encoding: Some(SecretEncoding::Base64), ..ReadOptions::default() };
    assert!(told(text.as_bytes(), &as_base64).iter().all(|line| line.contains(" totp 60 6 sha1 ")));
    assert_eq!(told(text.as_bytes(), &as_base64).len(), 3);
    let declared = format!("serialNumber,secretKey,manufacturer\n{}", rows(&[LUCKY]).replace(",60", ",Maker"));
    assert_eq!(read(&declared).last().map(String::as_str), Some("refused TF-1305"), "a layout can't know better");
}

#[test]
fn base64_behind_the_beginning_refuses_the_file_too() {
    let rows: Vec<_> = (0..5_000).map(|row| format!("FT-{row:05},JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP,60\n")).collect();
    let text = format!("serial,secret,period\n{}FT-99999,{LUCKY},60\n", rows.concat());
    assert_eq!(read(&text).last().map(String::as_str), Some("refused TF-1305"));
}

#[test]
fn a_running_number_is_no_key_id() {
    let twice = format!("ID,Serial,Secret,Type\n1,FT-1,{HEX},HOTP\n2,FT-1,{OTHER_HEX},HOTP\n");
    assert_eq!(read(&twice).split_off(1), ["withdrawn 2: TF-1220", "3: TF-1220"]);
    let with_ids = twice.replace("ID,", "Key ID,");
    assert!(read(&with_ids).iter().all(|line| line.contains("FT-1~")));
    let of_pskc =
        format!("serial,secret,algorithm,response_length,id\nFT-1,{HEX},hotp,6,a\nFT-1,{OTHER_HEX},hotp,6,b\n");
    assert!(read(&of_pskc).iter().all(|line| line.contains("FT-1~")));
}

#[test]
fn a_heading_of_very_many_columns_is_refused() {
    let header = |columns: usize| format!("serial,secret,period{}\n", ",".repeat(columns - 3));
    let row = format!("FT-1,{HEX},60\n");
    assert_eq!(read(&(header(1_001) + &row)), ["refused TF-1306"]);
    assert_eq!(read(&(header(60_000) + &row)), ["refused TF-1306"]);
    assert_eq!(read(&(header(1_000) + &row)).len(), 1);
    let map =
        ReadOptions { column_map: "serial=serial,secret=secret,period=period".parse().ok(), ..ReadOptions::default() };
    assert_eq!(told((header(1_001) + &row).as_bytes(), &map), ["refused TF-1306"]);
}

#[test]
fn a_list_of_check_sums_is_no_seed_file() {
    assert_eq!(read("firmware.bin,9e107d9d372bb6826bd81d3542a419d6\n"), ["refused TF-1307"]);
    let map =
        ReadOptions { column_map: "serial=1,secret=2:hex,type=const:hotp".parse().ok(), ..ReadOptions::default() };
    assert_eq!(told(format!("FT-1,{HEX}\n").as_bytes(), &map).len(), 1);
}

#[test]
fn a_row_that_begins_like_a_comment_is_not_lost() {
    let header = "serial,secret,type\n";
    for row in [format!("#0101,{HEX},totp"), format!(" # 0101,{HEX},totp"), "#0101,damaged!,totp".to_owned()] {
        assert_eq!(read(&format!("{header}{row}\n")), ["2: TF-1308"], "{row}");
    }
    let entra = "upn,serial number,secret key,time interval\n#a@example.com,0101,MFRGGZDF,60\n";
    assert_eq!(read(entra), ["2: TF-1308"]);
    let comments = ["#", "# a, b, c", "# line 3, column 2: TF-1206", "# Batch 7, March, 200 tokens", "#----,----,----"];
    for comment in comments {
        assert_eq!(read(&format!("{header}{comment}\nFT-1,{HEX},hotp\n")).len(), 1, "{comment}");
        assert!(read(&format!("{header}{comment}\nFT-1,{HEX},hotp\n"))[0].starts_with("3: FT-1"), "{comment}");
    }
}

proptest! {
    #[test]
    fn damaged_columns_end_well(bytes in damaged(MIXED)) {
        ends_well(&bytes)?;
    }
}
