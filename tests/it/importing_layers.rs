//! Files with something around them: an archive with a lock of its own, a member or a sheet that has to be named, and
//! what is said where the operator believed something of a file that is not so.

use std::io::{Cursor, Write};
use std::process::Stdio;

use tokenfleet_tests::command::binary;
use tokenfleet_tests::terminal::{on_a_terminal, typed};
use tokenfleet_tests::{Device, Fleet, entra_file};
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{AesMode, ZipWriter};

use crate::importing_keys::{DERIVED, ENCRYPTED, PASSPHRASE};

const OUTER: &str = "what was sent by post";

/// An archive of these members.
fn zip(members: &[(&str, &[u8])], options: FileOptions<'_, '_, ()>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same under AES-256.
pub(crate) fn locked_zip(members: &[(&str, &[u8])], passphrase: &str) -> Vec<u8> {
    zip(members, FileOptions::default().with_aes_encryption(AesMode::Aes256, passphrase))
}

/// A workbook whose sheets, `Sheet1` and so on, hold these tables.
pub(crate) fn workbook(tables: &[&str]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let numbers = || 1..=tables.len();
    let name = |nth| format!("<sheet name=\"Sheet{nth}\" sheetId=\"{nth}\" r:id=\"r{nth}\"/>");
    let names: String = numbers().map(name).collect();
    let place = |nth| format!("<Relationship Id=\"r{nth}\" Type=\"{OFFICE}/worksheet\" Target=\"s{nth}.xml\"/>");
    let places: String = numbers().map(place).collect();
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |line: &str| format!("<row>{}</row>", line.split(',').map(cell).collect::<String>());
    let sheet = |(nth, table): (usize, &&str)| {
        let rows: String = table.lines().map(row).collect();
        let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        (format!("xl/s{nth}.xml"), sheet)
    };
    let sheets: Vec<_> = numbers().zip(tables).map(sheet).collect();
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{PACKAGE}/content-types\"><Override PartName=\"/xl/workbook.xml\" \
                 ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{names}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{places}</Relationships>"),
        ),
    ];
    let parts = parts.iter().map(|(name, text)| (*name, text.as_bytes()));
    let sheets = sheets.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
    zip(&parts.chain(sheets).collect::<Vec<_>>(), SimpleFileOptions::default())
}

fn device(nth: usize) -> Device {
    Device::clock(&format!("27{nth:011}"))
}

fn written(fleet: &Fleet, name: &str, content: impl AsRef<[u8]>) -> String {
    std::fs::write(fleet.path(name), content).unwrap();
    fleet.path(name).to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_and_the_file_in_it_open_each_with_a_passphrase_of_its_own() {
    let fleet = Fleet::start().await;
    let archive = written(&fleet, "order.zip", locked_zip(&[("seeds.xml", ENCRYPTED.as_bytes())], OUTER));
    let outer = written(&fleet, "outer.txt", OUTER.to_owned() + "\n");
    let inner = written(&fleet, "inner.txt", PASSPHRASE);
    let other = written(&fleet, "other.txt", "what was sent with another order");
    let derived = written(&fleet, "derived.key", DERIVED);
    let phrase = |file: &str| ["--passphrase-file".to_owned(), file.to_owned()];
    let key = ["--key-file".to_owned(), derived.clone()];

    for (options, told) in [
        (vec![], "the archive is encrypted with a passphrase   [TF-1275 "),
        (vec![key.clone()], "the archive is encrypted with a passphrase   [TF-1275 "),
        (vec![phrase(&other), phrase(&inner)], "the key or passphrase does not open the archive   [TF-1276 "),
        (vec![phrase(&outer)], "the key or passphrase does not open seeds.xml in the archive   [TF-1276 "),
    ] {
        let options: Vec<_> = options.iter().flatten().map(String::as_str).collect();
        let ran = fleet.tokenadm(&[&["import", &archive][..], &options].concat()).await;
        assert_eq!(ran.exit, 2, "{ran:?}");
        assert!(ran.stderr.contains(&format!("error: {archive}: {told}")), "{ran:?}");
        let unused = format!("! no file asked for what these options give: --key-file {derived}\n");
        assert_eq!(ran.stderr.contains(&unused), options.contains(&"--key-file"), "{ran:?}");
    }
    assert!(fleet.admin.lots().await.unwrap().is_empty());

    for options in [
        [phrase(&outer), phrase(&inner)].concat(),
        [phrase(&other), phrase(&inner), phrase(&outer)].concat(),
        [key, phrase(&outer)].concat(),
    ] {
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let ran = fleet.done(&[&["inspect", &archive][..], &options].concat()).await;
        assert!(ran.stderr.contains("2 keys in "), "{ran:?}");
        assert!(!ran.stderr.contains("no file asked"), "{ran:?}");
    }
    let options = ["--passphrase-file", &inner, "--passphrase-file", &outer];
    let ran = fleet.done(&[&["import", &archive][..], &options].concat()).await;
    assert!(ran.stdout.contains("✓ 2 tokens in stock, lot "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_each_layer_is_asked_for_by_its_name_and_the_first_answer_is_not_called_wrong() {
    let fleet = Fleet::start().await;
    let archive = locked_zip(&[("seeds.xml", ENCRYPTED.as_bytes())], OUTER);
    std::fs::write(fleet.admin.folder.join("order.zip"), archive).unwrap();
    let child = on_a_terminal(&fleet.admin.folder, "inspect order.zip");
    let (exit, seen) = typed(child, "(it is not shown): ", &["wrong one", OUTER, "wrong too", PASSPHRASE]).await;
    assert!(exit == 0 && seen.contains("2 keys in order.zip"), "{seen}");
    assert_eq!(seen.matches("The passphrase of order.zip (it is not shown): ").count(), 2, "{seen}");
    assert_eq!(seen.matches("The passphrase for “delivery 7” of order.zip:seeds.xml (").count(), 2, "{seen}");
    assert_eq!(seen.matches("that does not open it; try again").count(), 2, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_can_not_be_the_one_is_told_for_what_it_is() {
    let fleet = Fleet::start().await;
    let encrypted = written(&fleet, "seeds.xml", ENCRYPTED);
    let key = written(&fleet, "some.key", "00112233445566778899aabbccddeeff\n");
    let ran = fleet.tokenadm(&["import", &encrypted, "--key-file", &key]).await;
    let told = format!("error: {encrypted}: this file is encrypted with a passphrase   [TF-1275 ");
    assert!(ran.exit == 2 && ran.stderr.contains(&told), "{ran:?}");

    let start = ENCRYPTED.find("<DerivedKey>").unwrap();
    let end = ENCRYPTED.find("</EncryptionKey>").unwrap();
    let agreed = written(&fleet, "agreed.xml", [&ENCRYPTED[..start], &ENCRYPTED[end..]].concat());
    let words = written(&fleet, "words.txt", PASSPHRASE);
    let short = written(&fleet, "short.key", "0011223344\n");
    let derived = written(&fleet, "derived.key", DERIVED);
    for (option, file, told) in [
        (
            "--passphrase-file",
            &words,
            "this file is encrypted with a key that was agreed on with the vendor   [TF-1274 ",
        ),
        ("--key-file", &key, "the key or passphrase does not open this file   [TF-1276 "),
        ("--key-file", &short, "the key file holds 5 bytes, and this file is encrypted with a key of 16   [TF-1328 "),
    ] {
        let ran = fleet.tokenadm(&["import", &agreed, option, file]).await;
        assert!(ran.exit == 2 && ran.stderr.contains(&format!("error: {agreed}: {told}")), "{ran:?}");
    }
    fleet.done(&["inspect", &agreed, "--key-file", &short, "--key-file", &derived]).await;
    let six = ["--key-file", key.as_str()].repeat(6);
    let ran = fleet.tokenadm(&[&["inspect", &agreed][..], &six].concat()).await;
    assert!(ran.exit == 2 && ran.stderr.contains("[TF-9142 "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_file_asked_for_is_told_and_keeps_none_from_being_imported() {
    let fleet = Fleet::start().await;
    let plain = written(&fleet, "seeds.csv", entra_file(&[&device(1)]));
    let key = written(&fleet, "some.key", "00112233\n");
    let ran = fleet.done(&["import", &plain, "--key-file", &key]).await;
    assert!(ran.stdout.contains("✓ 1 token in stock"), "{ran:?}");
    let told = format!("! no file asked for what these options give: --key-file {key}\n");
    assert!(ran.stderr.contains(&told), "{ran:?}");

    let encrypted = written(&fleet, "seeds.xml", ENCRYPTED);
    let words = written(&fleet, "words.txt", PASSPHRASE);
    let ran = fleet.done(&["import", &plain, &encrypted, "--passphrase-file", &words]).await;
    assert!(!ran.stderr.contains("no file asked"), "one of the files did: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_and_a_sheet_of_a_workbook_in_an_archive_are_imported_by_their_names() {
    let fleet = Fleet::start().await;
    let devices = [1, 2, 3].map(device);
    let files = devices.each_ref().map(|device| entra_file(&[device]));
    let book = workbook(&[&files[1], &files[2]]);
    let members = [("a/first.csv", files[0].as_bytes()), ("book.xlsx", &book)];
    let archive = written(&fleet, "order.zip", zip(&members, SimpleFileOptions::default()));

    let ran = fleet.tokenadm(&["import", &archive]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("[TF-1277 "), "{ran:?}");
    assert!(ran.stderr.contains("it holds 2 parts that may be meant: a/first.csv, book.xlsx"), "{ran:?}");
    let ran = fleet.tokenadm(&["import", &archive, "--part", "book.xlsx"]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("parts that may be meant: Sheet1, Sheet2"), "{ran:?}");
    for (part, device) in ["a/first.csv", "book.xlsx:Sheet1", "book.xlsx:Sheet2"].iter().zip(&devices) {
        let imported = fleet.done(&["import", &archive, "--part", part, "--json"]).await.document();
        let report = &imported["imports"][0];
        assert_eq!((&report["created"], &report["evidence"]["part"]), (&1.into(), &(*part).into()), "{imported}");
        assert!(fleet.admin.token(&device.serial).await.is_ok());
    }
    let alone = written(&fleet, "book.xlsx", &book);
    let ran = fleet.done(&["inspect", &alone, "--part", "Sheet2"]).await;
    assert!(ran.stdout.contains(&devices[2].serial) && !ran.stdout.contains(&devices[1].serial), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_that_a_file_has_no_use_for_is_refused() {
    let fleet = Fleet::start().await;
    let plain = written(&fleet, "seeds.csv", entra_file(&[&device(1)]));
    let encrypted = written(&fleet, "seeds.xml", ENCRYPTED);
    for (file, option, value, told) in [
        (&plain, "--part", "Sheet1", "--part was given, but this file is CSV, which has no parts to choose from"),
        (&encrypted, "--map", "serial=1,secret=2:hex,type=const:totp", "this file is PSKC, which has no columns"),
    ] {
        for command in ["import", "inspect"] {
            let ran = fleet.tokenadm(&[command, file, option, value]).await;
            assert!(ran.exit == 2 && ran.stderr.contains("[TF-1329 FILE_OPTION_UNUSED]"), "{ran:?}");
            assert!(ran.stderr.contains(&format!("error: {file}: ")) && ran.stderr.contains(told), "{ran:?}");
        }
    }
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_named_as_it_was_typed_and_stdin_by_its_words() {
    let fleet = Fleet::start().await;
    let picture = written(&fleet, "scan.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0");
    for command in ["import", "inspect"] {
        let ran = fleet.tokenadm(&[command, &picture]).await;
        let told = format!("error: {picture}: this is an image, which can't be imported   [TF-1203 ");
        assert!(ran.exit == 2 && ran.stderr.contains(&told), "{ran:?}");
        let output = tokio::process::Command::new(binary("tokenadm"))
            .args([command, "-"])
            .env_clear()
            .env("TOKENADM_CONFIG", fleet.admin.folder.join("config.toml"))
            .stdin(Stdio::from(std::fs::File::open(&picture).unwrap()))
            .output()
            .await
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("error: standard input: this is an image"), "{stderr}");
    }
    let ran = fleet.tokenadm(&["import", &picture, "--json"]).await;
    assert_eq!(ran.document()["imports"][0]["error"]["code"], "TF-1203", "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_is_a_line_of_json_a_file() {
    let fleet = Fleet::start().await;
    let good = written(&fleet, "good.csv", entra_file(&[&device(1)]));
    let bad = written(&fleet, "bad.csv", entra_file(&[&device(2)]) + "u@example.com,,AAAA,30,Contoso,HardwareKey\n");
    let ran = fleet.tokenadm(&["import", &good, &bad, "-n", "-o", "jsonl"]).await;
    assert_eq!(ran.exit, 6, "{ran:?}");
    let lines: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        lines.iter().map(|line| (&line["file"], &line["created"], line["problems"][0]["line"].as_i64())).collect();
    assert_eq!(told, [(&good.as_str().into(), &1.into(), None), (&bad.as_str().into(), &1.into(), Some(3))], "{ran:?}");
}
