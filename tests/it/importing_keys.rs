//! Keys that an import leaves out, and those that open a file: what a caller who can be asked sends, and in which order.

use std::time::Duration;

use data_encoding::HEXLOWER;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::import_tokens_request::Part;
use tokenfleet_proto::v1::{self, FileLock, import_tokens_response};
use tokenfleet_tests::terminal::{on_a_terminal, typed};
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

const PATIENCE: Duration = Duration::from_secs(20);

fn device(nth: usize) -> Device {
    Device::clock(&format!("26{nth:011}"))
}

fn row(device: &Device, kind: &str) -> String {
    format!("{},{},{kind}\n", device.serial, HEXLOWER.encode(device.seed()))
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_no_oath_ones_are_named_and_keep_no_other_from_being_imported() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.csv");
    let rows = [row(&device(1), "totp"), row(&device(2), "pin"), row(&device(3), "ocra"), row(&device(4), "pin")];
    std::fs::write(&path, rows.concat()).unwrap();
    let path = path.to_str().unwrap();

    let inspected = fleet.done(&["inspect", path, "--json"]).await.document();
    let problems = inspected["problems"].as_array().unwrap();
    assert_eq!((inspected["keys"].as_array().unwrap().len(), problems.len()), (1, 3), "{inspected}");
    assert_eq!((&problems[0]["line"], &problems[0]["code"]), (&2.into(), &"TF-1285".into()));

    let ran = fleet.done(&["import", path, "--vendor", "acme"]).await;
    assert!(ran.stdout.contains("✓ 1 token in stock, lot "), "{ran:?}");
    let lines: Vec<_> = ran.stderr.lines().filter(|line| line.contains("left out (")).collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    assert!(lines[0].contains("! 2 keys left out (") && lines[0].contains("line 2"), "{ran:?}");
    assert!(lines[0].contains("a key of type pin, which is no OATH one") && lines[0].ends_with("[TF-1285]"), "{ran:?}");
    assert!(!ran.stderr.contains(&HEXLOWER.encode(device(2).seed())), "{ran:?}");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1);
    let ended = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!((ended[0].details["created"].as_str(), ended[0].details["left_out"].as_str()), ("1", "3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_nothing_but_other_keys_imports_nothing_and_is_no_fault() {
    let fleet = Fleet::start().await;
    let path = fleet.path("pins.csv");
    std::fs::write(&path, format!("serial,seed (hex),type\n{}", row(&device(1), "pin"))).unwrap();
    let path = path.to_str().unwrap();
    let inspected = fleet.done(&["inspect", path]).await;
    assert!(inspected.stderr.contains("0 keys in ") && inspected.stderr.contains("1 key left out ("), "{inspected:?}");
    let imported = fleet.done(&["import", path, "--json"]).await.document();
    let report = &imported["imports"][0];
    assert_eq!((&report["rows"], &report["created"], &report["left_out"]), (&1.into(), &0.into(), &1.into()));
    assert_eq!((&report["lot"], &report["problems"][0]["code"]), (&().into(), &"TF-1285".into()));
    assert!(fleet.admin.lots().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_can_be_asked_says_where_the_file_ends_and_keeps_the_stream_open() {
    let fleet = Fleet::start().await;
    let mut talk = Talk::begin(&fleet.admin).await;
    // A key that the file does not need is no matter.
    talk.send(Part::KeyFile(b"00112233".to_vec())).await;
    talk.send(Part::Chunk(entra_file(&[&device(1)]).into_bytes())).await;
    talk.send(Part::End(true)).await;
    talk.send(Part::Chunk(b"what comes behind the end is not looked at".to_vec())).await;
    assert_eq!(talk.end().await.unwrap().created, 1);

    let mut talk = Talk::begin(&fleet.admin).await;
    talk.send(Part::Chunk(entra_file(&[&device(2)]).into_bytes())).await;
    talk.close();
    assert_eq!(talk.end().await.unwrap().created, 1, "closing it says the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_out_of_order_or_is_no_secret_ends_an_import_with_nothing_changed() {
    let fleet = Fleet::start().await;
    let chunk = || Part::Chunk(entra_file(&[&device(1)]).into_bytes());
    let nine = vec![Part::NoSecret(true); 9];
    for (parts, code) in [
        (nine, "TF-1023"),
        (vec![chunk(), Part::Header(v1::ImportHeader::default())], "TF-1023"),
        (vec![Part::KeyFile(Vec::new())], "TF-1013"),
        (vec![Part::KeyFile(vec![b'0'; 4097])], "TF-1014"),
        (vec![Part::Passphrase("a".repeat(1025))], "TF-1014"),
    ] {
        let mut talk = Talk::begin(&fleet.admin).await;
        for part in parts {
            talk.send(part).await;
        }
        assert_eq!(refused(talk.end().await).code, code);
        assert!(fleet.admin.tokens("").await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_pskc_that_looks_like_hex_is_read_once_somebody_says_so() {
    let fleet = Fleet::start().await;
    let (path, token) = (fleet.path("hex.xml"), device(1));
    let (serial, hex) = (&token.serial, HEXLOWER.encode(token.seed()));
    let key = format!(
        "<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\"><KeyPackage><DeviceInfo>\
         <SerialNo>{serial}</SerialNo></DeviceInfo><Key Id=\"1\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:totp\">\
         <Data><Secret><PlainValue>{hex}</PlainValue></Secret></Data></Key></KeyPackage></KeyContainer>"
    );
    std::fs::write(&path, key).unwrap();
    let path = path.to_str().unwrap();
    let ran = fleet.tokenadm(&["import", path]).await;
    assert!(ran.exit == 6 && ran.stderr.contains("the secret key looks like hex"), "{ran:?}");
    assert!(ran.stderr.contains("--secret-encoding hex") && !ran.stderr.contains(&hex), "{ran:?}");
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
    let ran = fleet.done(&["import", path, "--secret-encoding", "hex"]).await;
    assert!(ran.stdout.contains("✓ 1 token in stock, lot "), "{ran:?}");
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 1);
}

/// A PSKC file of two tokens, encrypted with this passphrase.
pub(crate) const ENCRYPTED: &str = include_str!("fixtures/passphrase.pskc.xml");
pub(crate) const PASSPHRASE: &str = "correct horse";

/// The key that is made from it, and the check values of its two keys.
pub(crate) const DERIVED: &str = "042e08567f7b0db23c4046ce5ceff30e";
const CHECK_VALUES: [&str; 2] = ["b3f5d3", "246aba"];

/// The encrypted file, and files that may open it.
fn encrypted(fleet: &Fleet) -> String {
    for (name, content) in [
        ("right.txt", PASSPHRASE.to_owned() + "\r\n"),
        ("wrong.txt", "correct horse battery".to_owned()),
        ("derived.key", DERIVED.to_owned()),
    ] {
        std::fs::write(fleet.path(name), content).unwrap();
    }
    let path = fleet.path("seeds.xml");
    std::fs::write(&path, ENCRYPTED).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_file_opens_with_its_passphrase_or_its_key_and_nothing_of_them_is_told() {
    let fleet = Fleet::start().await;
    let path = encrypted(&fleet);
    let file = |name: &str| fleet.path(name).to_str().unwrap().to_owned();
    for (option, name) in [("--passphrase-file", "right.txt"), ("--key-file", "derived.key")] {
        let inspected = fleet.done(&["inspect", &path, option, &file(name), "--json"]).await.document();
        let protection = &inspected["evidence"]["protection"];
        assert_eq!((&protection["opens"], &protection["pbkdf2_iterations"]), (&"passphrase".into(), &1000.into()));
        assert_eq!((&protection["cipher"], &protection["mac"]), (&"AES-128-CBC".into(), &"HMAC-SHA1".into()));
        let keys = inspected["keys"].as_array().unwrap();
        assert_eq!([&keys[0]["kcv"], &keys[1]["kcv"]], CHECK_VALUES, "{inspected}");
    }
    for (options, reason) in [
        (vec![], "FILE_PASSPHRASE_NEEDED"),
        (vec!["--passphrase-file".to_owned(), file("wrong.txt")], "FILE_KEY_WRONG"),
    ] {
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let ran = fleet.tokenadm(&[&["import", &path, "--json"], &options[..]].concat()).await;
        assert_eq!((ran.exit, &ran.error()["error"]["reason"]), (2, &reason.into()), "{ran:?}");
        assert!(fleet.admin.lots().await.unwrap().is_empty());
    }
    let imported = fleet.done(&["import", &path, "--passphrase-file", &file("right.txt"), "-v"]).await;
    assert!(imported.stdout.contains("✓ 2 tokens in stock, lot "), "{imported:?}");
    assert!(imported.stderr.contains("opened by a passphrase (PBKDF2, 1000 rounds)"), "{imported:?}");
    let record = format!("{:?} {imported:?}", fleet.admin.audit("").await.unwrap());
    assert!(!record.contains(PASSPHRASE) && !record.contains(DERIVED), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_asked_for_at_the_terminal_until_it_is_right_while_a_long_file_waits() {
    let fleet = Fleet::start().await;
    encrypted(&fleet);
    // Longer by far than what is on its way before the server has asked.
    let padding = format!("<!--{}-->\n", " ".repeat(512 << 10)).repeat(48);
    let long = ENCRYPTED.replace("</KeyContainer>", &format!("{padding}</KeyContainer>"));
    std::fs::write(fleet.admin.folder.join("long.xml"), long).unwrap();
    let child = on_a_terminal(&fleet.admin.folder, "import long.xml");
    let (exit, seen) = typed(child, "(it is not shown): ", &["wrong one", "correct", PASSPHRASE]).await;
    assert_eq!(exit, 0, "{seen}");
    assert_eq!(seen.matches("The passphrase for “delivery 7” of long.xml (it is not shown): ").count(), 3, "{seen}");
    assert_eq!(seen.matches("that does not open it; try again").count(), 2, "{seen}");
    assert!(seen.contains("2 tokens in stock, lot "), "{seen}");
    for typed in ["wrong one", "correct"] {
        assert!(!seen.contains(typed), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_may_give_up_after_a_wrong_passphrase() {
    let fleet = Fleet::start().await;
    let path = encrypted(&fleet);
    let child = on_a_terminal(&fleet.admin.folder, &format!("inspect '{path}'"));
    let (exit, seen) = typed(child, "(it is not shown): ", &["wrong one", ""]).await;
    assert!(exit == 2 && seen.contains("[TF-1276 FILE_KEY_WRONG]"), "{seen}");
    let child = on_a_terminal(&fleet.admin.folder, &format!("import --no-input '{path}'"));
    let (exit, seen) = typed(child, "", &[]).await;
    assert!(exit == 2 && seen.contains("[TF-1275 FILE_PASSPHRASE_NEEDED]"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_when_asked_leaves_nothing_behind() {
    let fleet = Fleet::start().await;
    let mut talk = Talk::begin(&fleet.admin).await;
    talk.send(Part::Chunk(ENCRYPTED.as_bytes().to_vec())).await;
    talk.send(Part::End(true)).await;
    let wanted = talk.asked().await;
    assert_eq!((wanted.opens(), wanted.name.as_str(), wanted.was_wrong), (FileLock::Passphrase, "delivery 7", false));
    drop(talk);
    let ended = timeout(PATIENCE, async {
        loop {
            let ended = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
            if !ended.is_empty() {
                return ended;
            }
        }
    });
    assert_eq!(ended.await.unwrap()[0].outcome, "IMPORT_ABORTED");
    assert!(fleet.admin.lots().await.unwrap().is_empty());

    let mut talk = Talk::begin(&fleet.admin).await;
    talk.send(Part::Passphrase("wrong one".to_owned())).await;
    talk.send(Part::Chunk(ENCRYPTED.as_bytes().to_vec())).await;
    talk.send(Part::End(true)).await;
    assert!(talk.asked().await.was_wrong, "what was sent beforehand was tried");
    talk.send(Part::Passphrase(PASSPHRASE.to_owned())).await;
    assert_eq!(talk.end().await.unwrap().created, 2);
}

/// An import by somebody who can be asked, in the hands of a test.
struct Talk {
    parts: Option<mpsc::Sender<v1::ImportTokensRequest>>,
    news: Streaming<v1::ImportTokensResponse>,
}

impl Talk {
    async fn begin(caller: &Caller) -> Self {
        let (parts, incoming) = mpsc::channel(32);
        let reading = v1::ReadingOptions { can_be_asked: true, ..v1::ReadingOptions::default() };
        let header = v1::ImportHeader { reading: Some(reading), ..v1::ImportHeader::default() };
        parts.send(v1::ImportTokensRequest { part: Some(Part::Header(header)) }).await.unwrap();
        let mut service = ImportServiceClient::new(caller.door());
        let news = service.import_tokens(ReceiverStream::new(incoming)).await.unwrap().into_inner();
        Self { parts: Some(parts), news }
    }

    async fn send(&mut self, part: Part) {
        // Where the server has ended the call already, its answer says why.
        drop(self.parts.as_ref().unwrap().send(v1::ImportTokensRequest { part: Some(part) }).await);
    }

    fn close(&mut self) {
        self.parts = None;
    }

    /// What is wanted, once the server asks.
    async fn asked(&mut self) -> v1::SecretWanted {
        let asked = async {
            loop {
                let news = self.news.message().await.unwrap().unwrap().news;
                if let Some(import_tokens_response::News::SecretWanted(wanted)) = news {
                    return wanted;
                }
            }
        };
        timeout(PATIENCE, asked).await.unwrap()
    }

    /// What the import came to, with the way to it still open.
    async fn end(mut self) -> Result<v1::ImportSummary, Status> {
        let ended = async {
            loop {
                let news = self.news.message().await?.unwrap().news;
                if let Some(import_tokens_response::News::Summary(summary)) = news {
                    return Ok(summary);
                }
            }
        };
        timeout(PATIENCE, ended).await.unwrap()
    }
}
