//! Zip archives: which member is read, with which passphrase, and which archives are refused. All seeds are made up.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use std::cell::RefCell;
use std::io::{Cursor, Write as _};
use std::rc::Rc;

use proptest::prelude::*;
use tokenfleet_domain::{catalogue::Lang, catalogue::Reason, reject::Rejection};
use tokenfleet_seedfile::{Closed, Entry, Lock, NoSecret, Opens, ReadOptions, Secret, SeedFile, Unlock, open_with};
use zeroize::Zeroizing;
use zip::unstable::write::FileOptionsExt;
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{AesMode, CompressionMethod, ZipWriter};

const SEEDS: &str = "serial number,secret key,time interval\n0101,NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB,60\n";
const OTHER: &str = "tok1, 00112233445566778899aabbccddeeff01234567, totp, 6, 30\n";
const README: &str = "Dear customer,\nplease find the seeds enclosed, thank you.\n";

fn plain() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn zip_with(members: &[(&str, &[u8], FileOptions<'_, '_, ()>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, options) in members {
        zip.start_file(*name, *options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    zip_with(&members.iter().map(|(name, text)| (*name, text.as_bytes(), plain())).collect::<Vec<_>>())
}

/// Gives passphrases one after the other, and keeps the locks that it was asked for.
#[derive(Clone, Default)]
struct Ring {
    words: Vec<&'static str>,
    locks: Rc<RefCell<Vec<Lock>>>,
}

impl Ring {
    fn of(words: &[&'static str]) -> Self {
        Self { words: words.to_vec(), locks: Rc::default() }
    }
}

impl Unlock for Ring {
    fn secret_for(&mut self, lock: &Lock) -> Option<Secret> {
        let asked = self.locks.borrow().len();
        self.locks.borrow_mut().push(lock.clone());
        self.words.get(asked).map(|words| Secret::Passphrase(Zeroizing::new((*words).to_owned())))
    }
}

fn part(name: &str) -> ReadOptions {
    ReadOptions { part: Some(name.to_owned()), ..ReadOptions::default() }
}

fn opened<'a>(bytes: &'a [u8], options: &ReadOptions, unlock: impl Unlock + 'a) -> Result<SeedFile<'a>, Rejection> {
    open_with(bytes, options, Box::new(unlock))
}

fn serials(mut file: SeedFile<'_>) -> Vec<String> {
    let mut serials = Vec::new();
    while let Some(entry) = file.next_entry().unwrap() {
        let Entry::Key(key) = entry else { return vec!["problem".to_owned()] };
        serials.push(format!("{}: {}", key.line, key.serial));
    }
    serials
}

fn read(bytes: &[u8]) -> Vec<String> {
    serials(opened(bytes, &ReadOptions::default(), NoSecret).unwrap())
}

fn refusal(bytes: &[u8], options: &ReadOptions, unlock: impl Unlock) -> Rejection {
    opened(bytes, options, unlock).err().unwrap()
}

fn reason(bytes: &[u8]) -> Reason {
    refusal(bytes, &ReadOptions::default(), NoSecret).reason
}

#[test]
fn the_only_seed_file_of_an_archive_is_read() {
    let bytes = zip(&[
        ("readme.txt", README),
        ("docs/manual.pdf", "%PDF-1.7 and so on"),
        ("docs/page.html", "<!DOCTYPE html><html></html>"),
        ("__MACOSX/._seeds.csv", SEEDS),
        (".hidden.csv", SEEDS),
        ("delivery/seeds.csv", SEEDS),
        ("serials.csv", "Serial Number,Model\n0101,C200\n"),
        ("seeds.csv.asc", "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n"),
    ]);
    let file = opened(&bytes, &ReadOptions::default(), NoSecret).unwrap();
    assert_eq!(file.evidence().part.as_deref(), Some("delivery/seeds.csv"));
    assert_eq!((file.evidence().title(), &file.evidence().protection), ("Deepnet", &None));
    assert_eq!(serials(file), ["2: 0101"]);
}

/// A member that holds seeds in a way nobody knows here is not left behind in silence.
#[test]
fn half_of_a_delivery_is_not_passed_over() {
    let hex = "7d6164652d757020736565640a6e6f2e20323021";
    let wide: Vec<u8> =
        format!("\u{feff}Nummer\tGeheim\n0102\t{hex}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("batch2.csv", format!("Nummer,Geheim\n0102,{hex}\n").into_bytes()),
        ("batch2.txt", b"Token 0102 has PJXXK4TTMVSWI3LBMRSXK4DYO5WXGZDF\n".to_vec()),
        ("batch2.tsv", wide),
        ("batch2.json", format!("{{\"devices\":[{{\"no\":\"0102\",\"key\":\"{hex}\"}}]}}").into_bytes()),
        ("batch2.xml", b"<batch><key no='0102'>fWFkZS11cCBzZWVkCm5vLiAyMCE=</key></batch>".to_vec()),
        ("batch2.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0".to_vec()),
        ("batch2.7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec()),
    ] {
        let delivery = zip_with(&[("batch1.csv", SEEDS.as_bytes(), plain()), (name, &bytes, plain())]);
        let why = refusal(&delivery, &ReadOptions::default(), NoSecret);
        assert_eq!(why.reason, Reason::ArchivePart, "{name}");
        assert!(why.message(Lang::En).ends_with(&format!("batch1.csv, {name}")), "{}", why.message(Lang::En));
        assert_eq!(serials(opened(&delivery, &part("batch1.csv"), NoSecret).unwrap()), ["2: 0101"]);
    }
}

#[test]
fn what_was_passed_over_is_named() {
    let list = "Serial Number,Model\n0101,C200\n2307530000001234,C200\n";
    let readme = "See https://www.example.com/support/tokens2026, 25 tokens in 2 boxes.\n";
    let bytes = zip(&[("readme.txt", readme), ("seeds.csv", SEEDS), (".hidden", SEEDS), ("list.csv", list)]);
    let passed_over = |options: &ReadOptions| opened(&bytes, options, NoSecret).unwrap().evidence().passed_over.clone();
    assert_eq!(passed_over(&ReadOptions::default()), ["readme.txt", "list.csv"]);
    assert_eq!(passed_over(&part("seeds.csv")), [""; 0]);
    assert_eq!(opened(SEEDS.as_bytes(), &ReadOptions::default(), NoSecret).unwrap().evidence().passed_over, [""; 0]);
}

#[test]
fn names_are_compared_whole() {
    let long = |end: &str| format!("{}{end}", "n".repeat(240));
    let bytes = zip(&[(&long("1.csv"), SEEDS), (&long("2.csv"), OTHER)]);
    assert_eq!(serials(opened(&bytes, &part(&long("2.csv")), NoSecret).unwrap()), ["1: tok1"]);
    let why = refusal(&bytes, &ReadOptions::default(), NoSecret);
    assert!(why.message(Lang::En).ends_with(&format!("{}, {}", long("1.csv"), long("2.csv"))));
    let whole = "山".repeat(255);
    assert_eq!(read(&zip(&[(&whole, SEEDS)])), ["2: 0101"]);
    assert_eq!(reason(&zip(&[(&format!("{whole}1"), SEEDS)])), Reason::ArchiveLimit);
    for (one, other) in [("seeds.csv", "see\u{200b}ds.csv"), ("a\u{1b}.csv", "a\u{7}.csv")] {
        assert_eq!(reason(&zip(&[(one, SEEDS), (other, OTHER)])), Reason::ArchiveDamaged, "{other:?}");
    }
}

#[test]
fn where_more_may_be_meant_somebody_chooses() {
    let bytes = zip(&[("a/seeds.csv", SEEDS), ("b:c/tok\u{1b}en\u{202e}s.csv", OTHER), ("readme.txt", README)]);
    let why = refusal(&bytes, &ReadOptions::default(), NoSecret);
    assert_eq!(why.reason, Reason::ArchivePart);
    assert!(why.message(Lang::En).ends_with("2 parts that may be meant: a/seeds.csv, b:c/tokens.csv"));
    assert_eq!(serials(opened(&bytes, &part("b:c/tokens.csv"), NoSecret).unwrap()), ["1: tok1"]);
    assert_eq!(serials(opened(&bytes, &part("a/seeds.csv"), NoSecret).unwrap()), ["2: 0101"]);
    assert_eq!(refusal(&bytes, &part("readme.txt"), NoSecret).reason, Reason::FileFormatUnknown);
    for name in ["seeds.csv", "", "../a/seeds.csv"] {
        assert_eq!(refusal(&bytes, &part(name), NoSecret).reason, Reason::ArchivePartMissing, "{name}");
    }
    let many: Vec<_> = (0..12).map(|at| format!("{at:02}.csv")).collect();
    let why = refusal(&zip(&many.iter().map(|n| (n.as_str(), SEEDS)).collect::<Vec<_>>()), &part("x"), NoSecret);
    assert!(why.message(Lang::En).ends_with("08.csv, 09.csv, …"), "{}", why.message(Lang::En));
}

#[test]
fn without_a_seed_file_there_is_nothing_to_read() {
    assert_eq!(reason(&zip(&[("a.txt", README), ("b.txt", README)])), Reason::ArchiveNoSeeds);
    assert_eq!(reason(&zip(&[("a.pdf", "%PDF-1.7")])), Reason::FileFormatRefused);
    assert_eq!(reason(&zip(&[("a.txt", README)])), Reason::FileFormatUnknown);
    assert_eq!(reason(&zip(&[])), Reason::FileEmpty);
    assert_eq!(reason(&zip(&[("__MACOSX/a.csv", SEEDS)])), Reason::FileEmpty);
    // A seed file that is known and not read is what was meant.
    let why = refusal(&zip(&[("a.txt", README), ("b.dpx", "DIGIPASS export 1\n")]), &ReadOptions::default(), NoSecret);
    assert!(why.message(Lang::En).contains("Digipass"));
}

#[test]
fn names_of_japanese_windows_are_read() {
    let bytes = zip(&[("XXXXXX.csv", SEEDS)]);
    let name = encoding_rs_bytes("シード");
    let renamed = replaced(&bytes, b"XXXXXX", &name);
    let file = opened(&renamed, &ReadOptions::default(), NoSecret).unwrap();
    assert_eq!(file.evidence().part.as_deref(), Some("シード.csv"));
}

fn encoding_rs_bytes(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

fn locked(words: &str, cipher: Option<AesMode>, method: CompressionMethod) -> Vec<u8> {
    let options: FileOptions<'_, '_, ()> = FileOptions::default().compression_method(method);
    let options = match cipher {
        Some(mode) => options.with_aes_encryption_bytes(mode, words.as_bytes()),
        None => options.with_deprecated_encryption(words.as_bytes()).unwrap(),
    };
    let plain = plain();
    let long = SEEDS.repeat(50);
    zip_with(&[("readme.txt", README.as_bytes(), plain), ("seeds.csv", long.as_bytes(), options)])
}

#[test]
fn a_passphrase_opens_every_cipher_and_is_asked_for_again() {
    for (cipher, name, mac) in [
        (Some(AesMode::Aes128), "AES-128-CTR", Some("HMAC-SHA1")),
        (Some(AesMode::Aes192), "AES-192-CTR", Some("HMAC-SHA1")),
        (Some(AesMode::Aes256), "AES-256-CTR", Some("HMAC-SHA1")),
        (None, "ZipCrypto", None),
    ] {
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            let bytes = locked("right 山", cipher, method);
            let ring = Ring::of(&["wrong", "right 山"]);
            let file = opened(&bytes, &ReadOptions::default(), ring.clone()).unwrap();
            let protection = file.evidence().protection.clone().unwrap();
            assert_eq!((protection.cipher, protection.mac, protection.opens), (name, mac, Opens::Passphrase));
            assert_eq!(file.evidence().part.as_deref(), Some("seeds.csv"));
            let asked: Vec<_> = ring.locks.borrow().iter().map(|lock| (lock.closed.clone(), lock.was_wrong)).collect();
            assert_eq!(asked, [(Closed::Archive, false), (Closed::Archive, true)]);
        }
    }
}

#[test]
fn a_passphrase_of_japanese_windows_opens_too() {
    let words = encoding_rs_bytes("合言葉");
    let options = FileOptions::default().with_deprecated_encryption(&words).unwrap();
    let bytes = zip_with(&[("seeds.csv", SEEDS.as_bytes(), options)]);
    assert_eq!(serials(opened(&bytes, &ReadOptions::default(), Ring::of(&["合言葉"])).unwrap()), ["2: 0101"]);
}

const PSKC: &str = r#"<?xml version="1.0"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:d="http://www.w3.org/2000/09/xmldsig#"
    xmlns:e="http://www.w3.org/2001/04/xmlenc#">@KEY@<KeyPackage><DeviceInfo><SerialNo>0103</SerialNo></DeviceInfo>
<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters>
<ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret>@SECRET@</Secret>
<TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data></Key></KeyPackage></KeyContainer>"#;

/// The one secret that is asked for goes to the archive, the next to what is in it.
#[test]
fn an_encrypted_file_in_an_encrypted_archive_asks_twice() {
    let plain = PSKC.replace("@KEY@", "").replace("@SECRET@", "<PlainValue>bWFkZSB1cCBmb3IgYSB0ZXN0</PlainValue>");
    let key = "<EncryptionKey><d:KeyName>agreed</d:KeyName></EncryptionKey>\
               <MACMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#hmac-sha1\"><MACKey>@</MACKey></MACMethod>";
    let value = "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes128-cbc\"/><e:CipherData>\
                 <e:CipherValue>AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8AAQIDBAUGBwgJCgsMDQ4P</e:CipherValue></e:CipherData>";
    let secret = format!("<EncryptedValue>{value}</EncryptedValue><ValueMAC>AAECAwQFBgcICQoLDA0ODwABAgM=</ValueMAC>");
    let locked = PSKC.replace("@KEY@", &key.replace('@', value)).replace("@SECRET@", &secret);
    let options = || FileOptions::default().with_aes_encryption_bytes(AesMode::Aes256, b"outer");
    let bytes = |text: &str| {
        zip_with(&[("readme.txt", README.as_bytes(), self::plain()), ("a.xml", text.as_bytes(), options())])
    };
    let ring = Ring::of(&["outer"]);
    let file = opened(&bytes(&plain), &ReadOptions::default(), ring).map(serials);
    assert_eq!(file.unwrap(), ["4: 0103"]);
    let ring = Ring::of(&["outer"]);
    assert_eq!(refusal(&bytes(&locked), &ReadOptions::default(), ring.clone()).reason, Reason::FileKeyNeeded);
    let asked: Vec<_> = ring.locks.borrow().iter().map(|lock| (lock.closed.clone(), lock.name.clone())).collect();
    let inner = Closed::Secrets(Some("a.xml".to_owned()));
    assert_eq!(asked, [(Closed::Archive, None), (inner, Some("agreed".to_owned()))]);
    for (words, told) in [
        (&["inner", "other"][..], "the key or passphrase does not open the archive [TF-1276]"),
        (&[], "the archive is encrypted with a passphrase [TF-1275]"),
        (&["outer"], "a.xml in the archive is encrypted with a key that was agreed on with the vendor [TF-1274]"),
    ] {
        assert_eq!(refusal(&bytes(&locked), &ReadOptions::default(), Ring::of(words)).to_string(), told);
    }
    let why = refusal(&bytes(&locked), &ReadOptions::default(), Ring::of(&["outer"]));
    assert!(why.message(Lang::Ja).starts_with("圧縮ファイルの中の a.xml は製造元と"), "{}", why.message(Lang::Ja));
}

#[test]
fn without_the_right_passphrase_nothing_is_read() {
    for cipher in [Some(AesMode::Aes256), None] {
        let bytes = locked("right", cipher, CompressionMethod::Deflated);
        let options = ReadOptions::default();
        assert_eq!(refusal(&bytes, &options, NoSecret).reason, Reason::FilePassphraseNeeded);
        let key = Some(Secret::KeyFile(Zeroizing::new(b"right".to_vec())));
        assert_eq!(refusal(&bytes, &options, key).reason, Reason::FilePassphraseNeeded);
        let ring = Ring::of(&["a", "b", "c", "d", "e", "right"]);
        assert_eq!(refusal(&bytes, &options, ring.clone()).reason, Reason::FileKeyWrong);
        assert_eq!(ring.locks.borrow().len(), 5);
    }
}

/// The old cipher lets one wrong passphrase of 256 through, which only the check sum gives away.
#[test]
fn no_wrong_passphrase_passes_for_damage() {
    for cipher in [Some(AesMode::Aes128), None] {
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            let bytes = locked("right", cipher, method);
            for at in 0..if cipher.is_some() { 3 } else { 600 } {
                let words = Some(Secret::Passphrase(Zeroizing::new(format!("wrong {at}"))));
                let why = refusal(&bytes, &ReadOptions::default(), words).reason;
                assert_eq!(why, Reason::FileKeyWrong, "{at}");
            }
        }
    }
}

#[test]
fn a_change_to_an_encrypted_member_is_seen() {
    let bytes = locked("right", Some(AesMode::Aes256), CompressionMethod::Stored);
    let start = bytes.windows(9).rposition(|window| window == b"seeds.csv").unwrap();
    for back in [60, 100, 500] {
        let mut changed = bytes.clone();
        changed[start - back] ^= 1;
        let words = Some(Secret::Passphrase(Zeroizing::new("right".to_owned())));
        let why = refusal(&changed, &ReadOptions::default(), words).reason;
        assert!(matches!(why, Reason::FileKeyWrong | Reason::ArchiveDamaged), "{why:?}");
    }
}

#[test]
fn damaged_and_overlapping_archives_are_refused() {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let bytes = zip_with(&[("seeds.csv", SEEDS.as_bytes(), stored)]);
    assert_eq!(read(&bytes), ["2: 0101"]);
    assert_eq!(read(&[&bytes[..], b"appended"].concat()), ["2: 0101"]);
    assert_eq!(reason(&replaced(&bytes, b"NVQWIZJN", b"NVQWIZJM")), Reason::ArchiveDamaged);
    assert_eq!(reason(&bytes[..bytes.len() - 30]), Reason::ArchiveDamaged);
    assert_eq!(reason(&bytes[..40]), Reason::ArchiveDamaged);

    let mut twice = ZipWriter::new(Cursor::new(Vec::new()));
    twice.start_file("a.csv", stored).unwrap();
    twice.write_all(SEEDS.as_bytes()).unwrap();
    twice.shallow_copy_file("a.csv", "b.csv").unwrap();
    assert_eq!(reason(&twice.finish().unwrap().into_inner()), Reason::ArchiveDamaged);
    let same_name = zip_with(&[("a.csv", SEEDS.as_bytes(), stored), ("b.csv", OTHER.as_bytes(), stored)]);
    assert_eq!(reason(&replaced(&same_name, b"b.csv", b"a.csv")), Reason::ArchiveDamaged);
}

#[test]
fn what_is_packed_in_an_unusual_way_is_refused_by_its_name() {
    let bytes = zip(&[("seeds.csv", SEEDS)]);
    let local = 8;
    let central = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap() + 10;
    for (method, name) in [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "Zstandard"), (97, "an unusual method")]
    {
        let mut changed = bytes.clone();
        (changed[local], changed[central]) = (method, method);
        let why = refusal(&changed, &ReadOptions::default(), NoSecret);
        assert_eq!(why.reason, Reason::ArchiveMethod, "{name}");
        assert!(why.message(Lang::En).contains(&format!("seeds.csv is packed or encrypted with {name},")));
    }
    let mut strong = bytes.clone();
    (strong[6], strong[central - 2]) = (0x41, 0x41);
    let why = refusal(&strong, &ReadOptions::default(), Ring::of(&["words"]));
    assert!(why.message(Lang::En).contains("PKWARE"), "{}", why.message(Lang::En));
}

#[test]
fn an_archive_in_an_archive_is_refused() {
    let inner = zip(&[("seeds.csv", SEEDS)]);
    let outer = zip_with(&[("seeds.zip", &inner, plain())]);
    let why = refusal(&outer, &ReadOptions::default(), NoSecret);
    assert!(why.message(Lang::En).contains("a zip archive inside another"));
    let beside = zip_with(&[("seeds.zip", &inner, plain()), ("seeds.csv", SEEDS.as_bytes(), plain())]);
    assert_eq!(reason(&beside), Reason::ArchivePart);
}

#[test]
fn bombs_are_refused_before_they_cost_anything() {
    let heading = "serial,secret,period\n";
    let zeros = |size: usize| [heading.as_bytes(), &vec![b'0'; size]].concat();
    // Small ones do no harm, whatever their ratio: this one has a line that is too long.
    assert_eq!(reason(&zip_with(&[("seeds.csv", &zeros(500_000), plain())])), Reason::RowTooLong);
    assert_eq!(reason(&zip_with(&[("seeds.csv", &zeros(8_000_000), plain())])), Reason::ArchiveLimit);
    let names: Vec<_> = (0..257).map(|at| format!("{at}.txt")).collect();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), README)).collect();
    assert_eq!(reason(&zip(&members)), Reason::ArchiveLimit);
    assert_eq!(reason(&zip(&members[..256])), Reason::ArchiveNoSeeds);
    let entries = [&zip(&[("seeds.csv", SEEDS)])[..], &b"PK\x01\x02".repeat(4_000)].concat();
    assert_eq!(reason(&entries), Reason::ArchiveLimit);
    // One that is too large, and one that is too large together with what is taken out of it.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for size in [70_000_000, 40_000_000] {
        let rows = [heading.as_bytes(), &b"0101,00112233445566778899,60\n".repeat(size / 29)].concat();
        assert_eq!(reason(&zip_with(&[("seeds.csv", &rows, stored)])), Reason::FileTooLarge, "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [b"PK\x03\x04", &tail[..]].concat();
        prop_assert!(opened(&bytes, &ReadOptions::default(), NoSecret).is_err());
    }

    #[test]
    fn no_change_to_a_good_archive_gives_another_key(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = zip(&[("seeds.csv", SEEDS), ("readme.txt", README)]);
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(file) = opened(&bytes, &ReadOptions::default(), NoSecret) {
            prop_assert_eq!(serials(file), ["2: 0101"]);
        }
    }

    #[test]
    fn no_cut_archive_is_read(at in any::<prop::sample::Index>()) {
        let bytes = zip(&[("seeds.csv", SEEDS)]);
        let end = at.index(bytes.len());
        prop_assert!(opened(&bytes[..end], &ReadOptions::default(), NoSecret).is_err());
    }
}
