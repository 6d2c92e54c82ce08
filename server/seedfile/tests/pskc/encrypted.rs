//! Whole encrypted PSKC files, sound and hostile. All seeds, keys and passphrases are made up.

use std::cell::RefCell;
use std::num::NonZeroU32;

use crate::told::told_with;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use data_encoding::BASE64;
use proptest::prelude::*;
use ring::{hmac, pbkdf2};
use tokenfleet_seedfile::{Closed, Lock, NoSecret, Opens, Protection, ReadOptions, Secret, Unlock, open_with};

use zeroize::Zeroizing;

const KEY: [u8; 16] = *b"sixteen bytes ok";
const MAC_KEY: [u8; 20] = *b"a key of twenty byte";
const AES: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";

/// The check value of the bytes from 0 to 19.
const USUAL: &str = "b78523";

fn encrypted(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    let iv = [7; 16];
    let body = cbc::Encryptor::<aes::Aes128>::new(&(*key).into(), &iv.into()).encrypt_padded_vec::<Pkcs7>(plain);
    [iv.to_vec(), body].concat()
}

fn sealed(element: &str, key: &[u8; 16], plain: &[u8]) -> String {
    let cipher = encrypted(key, plain);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &MAC_KEY), &cipher);
    format!(
        "<{element}><EncryptedValue>{}</EncryptedValue><ValueMAC>{}</ValueMAC></{element}>",
        cipher_data(&cipher),
        BASE64.encode(tag.as_ref())
    )
}

fn cipher_data(cipher: &[u8]) -> String {
    format!(
        "<x:EncryptionMethod Algorithm=\"{AES}\"/>\n<x:CipherData><x:CipherValue>{}</x:CipherValue></x:CipherData>",
        BASE64.encode(cipher)
    )
}

/// A package whose key has this id, and all of its values encrypted.
fn package(id: u8, key: &[u8; 16]) -> String {
    let secret: Vec<u8> = (0..20).collect();
    format!(
        "<KeyPackage><DeviceInfo><SerialNo>{id}</SerialNo></DeviceInfo>\n\
         <Key Id=\"{id}\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:hotp\"><Data>{}{}</Data></Key></KeyPackage>\n",
        sealed("Secret", key, &secret),
        sealed("Counter", key, &[0, 0, 0, 0, 0, 0, 1, id])
    )
}

const AGREED: &str = "<EncryptionKey><KeyName>vendor 7</KeyName></EncryptionKey>";

fn derived(salt: &str, iterations: &str) -> String {
    format!(
        "<EncryptionKey><DerivedKey><KeyDerivationMethod \
         Algorithm=\"http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2\"><PBKDF2-params>\
         {salt}{iterations}<KeyLength>16</KeyLength><PRF/></PBKDF2-params></KeyDerivationMethod></DerivedKey></EncryptionKey>"
    )
}

fn container(encryption: &str, key: &[u8; 16], packages: &str) -> String {
    format!(
        "<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\" \
         xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\">\n{encryption}\n\
         <MACMethod Algorithm=\"{SHA1}\"><MACKey>{}</MACKey></MACMethod>\n{packages}</KeyContainer>",
        cipher_data(&encrypted(key, &MAC_KEY))
    )
}

fn agreed() -> String {
    container(AGREED, &KEY, &format!("{}{}", package(1, &KEY), package(2, &KEY)))
}

#[expect(clippy::unnecessary_wraps, reason = "what may be given is an option")]
fn key_file(bytes: &[u8]) -> Option<Secret> {
    Some(Secret::KeyFile(Zeroizing::new(bytes.to_vec())))
}

#[expect(clippy::unnecessary_wraps, reason = "what may be given is an option")]
fn passphrase(words: &str) -> Option<Secret> {
    Some(Secret::Passphrase(Zeroizing::new(words.to_owned())))
}

fn read(text: &str, secret: Option<Secret>) -> Vec<String> {
    told_with(text.as_bytes(), &ReadOptions::default(), Box::new(secret))
}

fn sound() -> [String; 2] {
    [format!("6: 1~1 hotp 257 6 sha1 {USUAL}"), format!("10: 2~2 hotp 258 6 sha1 {USUAL}")]
}

/// Gives what it has, one by one, and keeps what it was asked.
struct Ring<'a> {
    secrets: Vec<Secret>,
    asked: &'a RefCell<Vec<Lock>>,
}

impl Unlock for Ring<'_> {
    fn secret_for(&mut self, lock: &Lock) -> Option<Secret> {
        self.asked.borrow_mut().push(lock.clone());
        self.secrets.pop()
    }
}

#[test]
fn an_agreed_key_opens_all_values() {
    let hex = data_encoding::HEXLOWER.encode(&KEY);
    for file in [hex.as_bytes(), format!("0x{}\r\n", hex.to_uppercase()).as_bytes(), &KEY, &[&KEY[..], b"\n"].concat()]
    {
        assert_eq!(read(&agreed(), key_file(file)), sound());
    }
}

#[test]
fn a_passphrase_opens_all_values() {
    let mut key = [0; 16];
    let rounds = NonZeroU32::new(1_000).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, rounds, b"salty salt", b"open it", &mut key);
    let salt = format!("<Salt><Specified>{}</Specified></Salt>", BASE64.encode(b"salty salt"));
    let text = container(
        &derived(&salt, "<IterationCount>1000</IterationCount>"),
        &key,
        &format!("{}{}", package(1, &key), package(2, &key)),
    );
    assert_eq!(read(&text, passphrase("open it")), sound());
    assert_eq!(read(&text, key_file(&key)), sound());
    assert_eq!(read(&text, passphrase("open it ")), ["refused TF-1276"]);
    assert_eq!(read(&text, None), ["refused TF-1275"]);
    for (salt, iterations) in [
        ("", "<IterationCount>1000</IterationCount>"),
        (salt.as_str(), ""),
        (salt.as_str(), "<IterationCount>2147483648</IterationCount>"),
    ] {
        let text = container(&derived(salt, iterations), &key, &package(1, &key));
        assert_eq!(read(&text, passphrase("open it")), ["refused TF-1273"]);
    }
}

#[test]
fn how_a_key_is_derived_is_said_once() {
    let salt = format!("<Salt><Specified>{}</Specified></Salt>", BASE64.encode(b"salty salt"));
    let rounds = "<IterationCount>1000</IterationCount>";
    for (salt, rounds) in [
        (salt.repeat(2), rounds.to_owned()),
        (salt.replace("<Specified>", "<Specified>AAAA</Specified><Specified>"), rounds.to_owned()),
        (salt.clone(), rounds.repeat(2)),
        (salt.clone(), format!("<KeyLength>32</KeyLength>{rounds}")),
        (salt.clone(), format!(r#"<PRF Algorithm="urn:one"/><PRF Algorithm="urn:other"/>{rounds}"#)),
        (salt.clone(), format!("{rounds}</PBKDF2-params><PBKDF2-params>{rounds}")),
        (salt.clone(), format!("{rounds}</PBKDF2-params></KeyDerivationMethod><KeyDerivationMethod><PBKDF2-params>")),
    ] {
        let text = container(&derived(&salt, &rounds), &KEY, &package(1, &KEY));
        assert_eq!(read(&text, passphrase("open it")), ["refused TF-1269"], "{text}");
    }
}

#[test]
fn a_value_with_an_integrity_code_is_not_taken_for_one_in_the_clear() {
    let text = agreed();
    let (head, rest) = text.split_once("<Secret>").unwrap();
    let (secret, rest) = rest.split_once("</Secret>").unwrap();
    let tag = &secret[secret.find("<ValueMAC>").unwrap()..];
    let written = format!("{head}<Secret>\n<Value>AAECAwQFBgcICQoLDA0ODxAREhM=</Value>{tag}</Secret>{rest}");
    assert_eq!(read(&written, key_file(&KEY)), ["6: TF-1311", sound()[1].as_str()]);
}

#[test]
fn text_that_was_encrypted_in_the_place_of_a_secret_is_named() {
    let text = agreed();
    let (head, rest) = text.split_once("<Secret>").unwrap();
    let (_, rest) = rest.split_once("</Secret>").unwrap();
    let secret = sealed("Secret", &KEY, b"000102030405060708090a0b0c0d0e0f10111213");
    assert_eq!(read(&format!("{head}{secret}{rest}"), key_file(&KEY)), ["6: TF-1301", sound()[1].as_str()]);
}

#[test]
fn the_evidence_says_how_it_is_protected() {
    let text = agreed();
    let file = open_with(text.as_bytes(), &ReadOptions::default(), Box::new(key_file(&KEY))).unwrap();
    let expected = Protection { cipher: "AES-128-CBC", opens: Opens::Key, mac: Some("HMAC-SHA1"), iterations: None };
    assert_eq!(file.evidence().protection, Some(expected));
}

#[test]
fn a_wrong_key_asks_again_and_five_are_enough() {
    let asked = RefCell::default();
    let secrets = [&KEY, b"not that either!", b"not the key, no!"].map(|key| key_file(key).unwrap()).to_vec();
    let ring = Box::new(Ring { secrets, asked: &asked });
    assert_eq!(told_with(agreed().as_bytes(), &ReadOptions::default(), ring), sound());
    let lock = |was_wrong| Lock {
        closed: Closed::Secrets(None),
        opens: Opens::Key,
        name: Some("vendor 7".to_owned()),
        was_wrong,
    };
    assert_eq!(asked.take(), [lock(false), lock(true), lock(true)]);
    let secrets = vec![key_file(b"not the key, no!").unwrap(); 9];
    let ring = Box::new(Ring { secrets, asked: &asked });
    assert_eq!(told_with(agreed().as_bytes(), &ReadOptions::default(), ring), ["refused TF-1276"]);
    assert_eq!(asked.take().len(), 5);
}

#[test]
fn a_key_that_does_not_open_it_is_known_before_anything_is_given_out() {
    let plain =
        "<KeyPackage><DeviceInfo><SerialNo>9</SerialNo></DeviceInfo><Key Id=\"9\" Algorithm=\"x:pin\"/></KeyPackage>";
    let text = container(AGREED, &KEY, &format!("{plain}{plain}{}", package(1, &KEY)));
    let opened = |unlock: Box<dyn Unlock>| open_with(text.as_bytes(), &ReadOptions::default(), unlock).map(|_| ());
    assert!(opened(Box::new(NoSecret)).unwrap_err().to_string().ends_with("[TF-1274]"));
    assert!(opened(Box::new(key_file(b"not the key, no!"))).unwrap_err().to_string().ends_with("[TF-1276]"));
    assert!(opened(Box::new(key_file(&KEY))).is_ok());
    assert_eq!(read(&text, key_file(&KEY)).len(), 3);
}

#[test]
fn a_secret_of_the_other_kind_is_not_called_wrong_and_a_key_of_another_length_is_counted() {
    let refusal = |text: &str, secret: Option<Secret>| {
        let refused = open_with(text.as_bytes(), &ReadOptions::default(), Box::new(secret)).map(|_| ());
        refused.unwrap_err().to_string()
    };
    let agreed = agreed();
    let needed = "this file is encrypted with a key that was agreed on with the vendor [TF-1274]";
    assert_eq!(refusal(&agreed, passphrase("words")), needed);
    for (file, found) in [(&b"00112233445566778899\n"[..], 10), (b"a passphrase\n", 12), (&[7; 20], 20)] {
        let told = format!("the key file holds {found} bytes, and this file is encrypted with a key of 16 [TF-1328]");
        assert_eq!(refusal(&agreed, key_file(file)), told);
    }
    let salt = "<Salt><Specified>c2FsdHk=</Specified></Salt>";
    let derived = container(&derived(salt, "<IterationCount>9</IterationCount>"), &KEY, &package(1, &KEY));
    let needed = "this file is encrypted with a passphrase [TF-1275]";
    for file in [&b"not the key, no!"[..], b"0011\n"] {
        assert_eq!(refusal(&derived, key_file(file)), needed);
    }
    assert_eq!(refusal(&derived, passphrase("words")), "the key or passphrase does not open this file [TF-1276]");
}

#[test]
fn of_several_secrets_that_do_not_open_it_the_one_that_came_nearest_is_told() {
    let asked = RefCell::default();
    let secrets = [key_file(b"0011"), key_file(b"not the key, no!"), passphrase("words")].map(Option::unwrap).to_vec();
    let ring = Box::new(Ring { secrets, asked: &asked });
    assert_eq!(told_with(agreed().as_bytes(), &ReadOptions::default(), ring), ["refused TF-1276"]);
    assert_eq!(asked.take().len(), 4);
}

#[test]
fn nobody_is_asked_where_no_key_needs_it() {
    let text = agreed().replace("pskc:hotp", "pskc:ocra");
    assert_eq!(read(&text, None), ["left out 6: TF-1285", "left out 10: TF-1285"]);
}

#[test]
fn a_value_that_was_changed_costs_its_own_key() {
    let text = agreed();
    let (head, last) = text.rsplit_once("<Secret>").unwrap();
    let flipped = |what: &str| {
        let at = last.find(what).unwrap() + what.len() + 30;
        let other = if last.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{head}<Secret>{}{other}{}", &last[..at], &last[at + 1..])
    };
    let bad_mac = {
        let at = last.find("<ValueMAC>").unwrap() + 12;
        let other = if last.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{head}<Secret>{}{other}{}", &last[..at], &last[at + 1..])
    };
    for text in [flipped("<x:CipherValue>"), bad_mac] {
        assert_eq!(read(&text, key_file(&KEY)), [sound()[0].as_str(), "10: TF-1288"]);
    }
}

#[test]
fn a_wrong_mac_and_a_wrong_padding_are_one_answer() {
    let last_of = |text: &str| {
        let refusal = open_with(text.as_bytes(), &ReadOptions::default(), Box::new(key_file(&KEY))).err().unwrap();
        (refusal.reason, refusal.args)
    };
    let secret: Vec<u8> = (0..20).collect();
    let mut cipher = encrypted(&KEY, &secret);
    let sound = BASE64.encode(&cipher);
    // The byte before the last block's last decides over its padding.
    cipher[31] ^= 0x80;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &MAC_KEY), &cipher);
    let text = container(AGREED, &KEY, &package(1, &KEY));
    let bad_mac = text.replacen(&sound, &BASE64.encode(&cipher), 1);
    let (before, behind) = bad_mac.split_once("<ValueMAC>").unwrap();
    let bad_padding =
        format!("{before}<ValueMAC>{}{}", BASE64.encode(tag.as_ref()), &behind[behind.find("</ValueMAC>").unwrap()..]);
    // Only the secret, so that no counter proves the key before.
    let without_counter = |text: &str| {
        let (head, counter) = text.split_once("<Counter>").unwrap();
        format!("{head}{}", counter.split_once("</Counter>").unwrap().1)
    };
    assert_eq!(last_of(&without_counter(&bad_mac)), last_of(&without_counter(&bad_padding)));
}

#[test]
fn encryption_that_is_not_safe_or_not_known_is_refused_by_its_name() {
    let text = agreed();
    let without = |begin: &str, end: &str| {
        let (head, rest) = text.split_once(begin).unwrap();
        format!("{head}{}", rest.split_once(end).unwrap().1)
    };
    for (text, code) in [
        (without("<MACMethod", "</MACMethod>"), "TF-1271"),
        (text.replace("ValueMAC>", "Other>"), "TF-1271"),
        (text.replace(SHA1, "http://www.w3.org/2001/04/xmldsig-more#hmac-md5"), "TF-1272"),
        (text.replace(AES, "http://www.w3.org/2001/04/xmldsig-more#camellia128-cbc"), "TF-1270"),
        (text.replace(&format!("Algorithm=\"{AES}\""), ""), "TF-1269"),
        (text.replace("CipherValue>", "CipherReference>"), "TF-1269"),
        (without("<MACKey>", "</MACKey>").replace("></MACMethod>", "><MACKey/></MACMethod>"), "TF-1269"),
    ] {
        assert_eq!(read(&text, key_file(&KEY)), [format!("refused {code}")], "{text}");
    }
}

#[test]
fn without_a_key_of_its_own_the_integrity_code_is_made_with_the_one_that_encrypts() {
    let cipher = encrypted(&KEY, &(0..20).collect::<Vec<u8>>());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &KEY), &cipher);
    let value = format!(
        "<Secret><EncryptedValue>{}</EncryptedValue><ValueMAC>{}</ValueMAC></Secret>",
        cipher_data(&cipher),
        BASE64.encode(tag.as_ref())
    );
    let text = format!(
        "<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\" \
         xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"><MACMethod Algorithm=\"{SHA1}\"/><KeyPackage>\
         <Key Id=\"5\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:totp\"><Data>{value}</Data></Key>\
         </KeyPackage></KeyContainer>"
    );
    assert_eq!(read(&text, key_file(&KEY)), [format!("1: 5~5 totp 30 6 sha1 {USUAL}")]);
}

#[test]
fn what_only_a_private_key_opens_is_no_key_here() {
    let rsa = agreed().replace(AES, "http://www.w3.org/2001/04/xmlenc#rsa_1_5");
    assert_eq!(read(&rsa, None), ["6: TF-1286", "10: TF-1286"]);
    let certificate = agreed().replace("<KeyName>vendor 7</KeyName>", "<X509Data><X509Certificate/></X509Data>");
    assert_eq!(read(&certificate, None), ["6: TF-1286", "10: TF-1286"]);
}

proptest! {
    #[test]
    fn no_damaged_file_makes_it_panic(place in 0..3_000_usize, byte in any::<u8>(), cut in 0..3_000_usize) {
        let mut bytes = agreed().into_bytes();
        let (place, cut) = (place % bytes.len(), cut % bytes.len());
        bytes[place] = byte;
        let options = ReadOptions::default();
        drop(told_with(&bytes, &options, Box::new(key_file(&KEY))));
        let cut_off = told_with(&bytes[..cut], &options, Box::new(key_file(&KEY)));
        prop_assert!(cut_off.last().is_some_and(|line| line.starts_with("refused")), "{cut_off:?}");
    }
}
