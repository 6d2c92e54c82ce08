//! Attacks on encrypted PSKC: changed bits, missing integrity codes, ciphers that nobody has, and work without end. All
//! are variations of one sound file of three keys.

use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_seedfile::Secret;
use zeroize::Zeroizing;

use crate::hostile::{HEX, Hostile, Outcome, read};

const KEY: [u8; 16] = *b"an agreed-on key";
const MAC_KEY: [u8; 20] = *b"key of the MACs only";
const CIPHERS: &str = "http://www.w3.org/2001/04/xmlenc#";
const MACS: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const KEYS: usize = 3;

/// The parts of a file, each of which an attack may change.
struct File {
    key_info: String,
    mac_method: String,
    cipher: String,
    /// Where the encrypted key of integrity codes goes into the method.
    mac_key: Vec<u8>,
    /// Encrypted values with their integrity codes.
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl File {
    /// The one that reads.
    fn sound() -> Self {
        let value = |nth: usize| {
            let mut seed = HEXLOWER.decode(HEX.as_bytes()).unwrap();
            seed[0] = nth.to_le_bytes()[0];
            let data = sealed(&seed, nth);
            let code = code_of(&data);
            (data, Some(code))
        };
        Self {
            key_info: "<ds:KeyName>a key</ds:KeyName>".to_owned(),
            mac_method: format!("{MACS}hmac-sha256"),
            cipher: format!("{CIPHERS}aes128-cbc"),
            mac_key: sealed(&MAC_KEY, 99),
            values: (0..KEYS).map(value).collect(),
        }
    }

    /// One whose key is made from a passphrase.
    fn derived(parameters: &str) -> Self {
        let method = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2";
        let key_info = format!(
            "<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm=\"{method}\"><xenc11:PBKDF2-params>{parameters}\
             </xenc11:PBKDF2-params></xenc11:KeyDerivationMethod></xenc11:DerivedKey>"
        );
        Self { key_info, ..Self::sound() }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { key_info, cipher, .. } = self;
        let method = match self.mac_method.as_str() {
            "" => String::new(),
            uri => format!(
                "<MACMethod Algorithm=\"{uri}\"><MACKey>{}</MACKey></MACMethod>",
                encrypted(cipher, &self.mac_key)
            ),
        };
        let package = |(nth, (data, tag)): (usize, &(Vec<u8>, Option<Vec<u8>>))| {
            let tag = tag.as_ref().map_or(String::new(), |tag| format!("<ValueMAC>{}</ValueMAC>", BASE64.encode(tag)));
            format!(
                "<KeyPackage><DeviceInfo><SerialNo>HT{nth}</SerialNo></DeviceInfo><Key Id=\"{nth}\" \
                 Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:totp\"><AlgorithmParameters><ResponseFormat \
                 Length=\"6\" Encoding=\"DECIMAL\"/></AlgorithmParameters><Data><Secret><EncryptedValue>{}\
                 </EncryptedValue>{tag}</Secret><TimeInterval><PlainValue>30</PlainValue></TimeInterval></Data></Key>\
                 </KeyPackage>\n",
                encrypted(cipher, data)
            )
        };
        let packages: String = self.values.iter().enumerate().map(package).collect();
        container(&format!("<EncryptionKey>{key_info}</EncryptionKey>\n{method}\n{packages}"))
    }
}

fn container(content: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KeyContainer Version=\"1.0\" \
         xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\">\n\
         {content}</KeyContainer>\n"
    )
    .into_bytes()
}

fn encrypted(cipher: &str, data: &[u8]) -> String {
    format!(
        "<xenc:EncryptionMethod Algorithm=\"{cipher}\"/><xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue>\
         </xenc:CipherData>",
        BASE64.encode(data)
    )
}

/// AES-128 in CBC mode; where it starts from is made up of a number.
fn sealed(plain: &[u8], nth: usize) -> Vec<u8> {
    let padding = 16 - plain.len() % 16;
    sealed_as_is(&[plain, &vec![padding.to_le_bytes()[0]; padding]].concat(), nth)
}

/// The same of whole blocks, whatever they end in.
fn sealed_as_is(blocks: &[u8], nth: usize) -> Vec<u8> {
    let start = [nth.to_le_bytes()[0]; 16];
    let data = cbc::Encryptor::<aes::Aes128>::new(&KEY.into(), &start.into()).encrypt_padded_vec::<NoPadding>(blocks);
    [&start[..], &data].concat()
}

fn code_of(data: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &MAC_KEY), data).as_ref().to_vec()
}

fn key() -> Secret {
    Secret::KeyFile(Zeroizing::new(KEY.to_vec()))
}

fn passphrase() -> Secret {
    Secret::Passphrase(Zeroizing::new("a passphrase".to_owned()))
}

/// A file with a part changed, and its key.
fn changed(name: impl Into<String>, why: &'static [Reason], change: impl FnOnce(&mut File) + 'static) -> Hostile {
    let make = || {
        let mut file = File::sound();
        change(&mut file);
        file.bytes()
    };
    Hostile::refused(name, why, make).opened_by(key())
}

/// Bits changed in the first value, which tells the right key from a wrong one, and in the key of integrity codes.
pub(crate) fn changed_first_values() -> Vec<Hostile> {
    const WRONG: &[Reason] = &[Reason::FileKeyWrong];
    let data =
        (0..48).map(|at| changed(format!("byte {at} of the first"), WRONG, move |file| file.values[0].0[at] ^= 1));
    let tag = (0..32).step_by(4).map(|at| {
        changed(format!("byte {at} of the first code"), WRONG, move |file| {
            file.values[0].1.as_mut().unwrap()[at] ^= 0x80;
        })
    });
    let mac_key = (0..48)
        .step_by(3)
        .map(|at| changed(format!("byte {at} of the key of codes"), WRONG, move |file| file.mac_key[at] ^= 0x10));
    data.chain(tag).chain(mac_key).collect()
}

/// Bits changed in a later value: its key alone is refused.
pub(crate) fn changed_later_values() -> Vec<Hostile> {
    later_changes()
        .into_iter()
        .map(|(name, bytes)| Hostile::problem(name, &[Reason::SecretTampered], KEYS - 1, || bytes).opened_by(key()))
        .collect()
}

/// Every way to change the second value: its start, its text, its padding, its length, its code, its code's length.
fn later_changes() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, change: &dyn Fn(&mut Vec<u8>, &mut Vec<u8>)| {
        let mut file = File::sound();
        let (data, tag) = &mut file.values[1];
        change(data, tag.as_mut().unwrap());
        files.push((name, file.bytes()));
    };
    for at in 0..48 {
        add(format!("byte {at} of the second"), &|data, _| data[at] ^= 1);
    }
    for at in (0..32).step_by(4) {
        add(format!("byte {at} of the second code"), &|_, tag| tag[at] ^= 1);
    }
    for length in [1, 15, 16, 17, 31, 32, 47] {
        add(format!("{length} bytes of the second"), &|data, _| data.truncate(length));
        add(format!("{length} bytes of the second, with their code"), &|data, tag| {
            data.truncate(if length % 16 == 0 { 16 } else { length });
            *tag = code_of(data);
        });
    }
    for last in [0, 17, 128, 255] {
        add(format!("a padding of {last}, with its code"), &|data, tag| {
            *data = sealed_as_is(&[&[9; 31][..], &[last]].concat(), 1);
            *tag = code_of(data);
        });
    }
    for length in [1, 4, 20, 31] {
        add(format!("{length} bytes of the second code"), &|_, tag| tag.truncate(length));
    }
    add("a block more".to_owned(), &|data, _| data.extend([0; 16]));
    add("a code of zeros".to_owned(), &|_, tag| tag.fill(0));
    add("a value of zeros".to_owned(), &|data, _| data.fill(0));
    add("700 KiB".to_owned(), &|data, _| data.resize(700 * 1024, 7));
    files
}

/// Files that could be changed unseen, or are encrypted in a way that is not read.
pub(crate) fn unprotected() -> Vec<Hostile> {
    const MISSING: &[Reason] = &[Reason::FileMacMissing];
    let mut files = vec![
        changed("no codes at all", MISSING, |file| {
            file.mac_method.clear();
            file.values.iter_mut().for_each(|value| value.1 = None);
        }),
        changed("codes without a method", MISSING, |file| file.mac_method.clear()),
        changed("a method without codes", MISSING, |file| file.values.iter_mut().for_each(|value| value.1 = None)),
        changed("a method and the second code missing", MISSING, |file| file.values[1].1 = None),
        changed("an empty key of codes", &[Reason::FileElement], |file| file.mac_key.clear()),
        Hostile::problem("empty codes", &[Reason::SecretTampered], 0, || {
            let mut file = File::sound();
            file.values.iter_mut().for_each(|value| value.1 = Some(Vec::new()));
            file.bytes()
        })
        .opened_by(key()),
    ];
    for name in ["hmac-md5", "hmac-ripemd160", "hmac-sha3", "none", "sha256"] {
        files.push(changed(format!("codes of {name}"), &[Reason::FileMacUnknown], move |file| {
            file.mac_method = format!("{MACS}{name}");
        }));
    }
    for name in ["camellia128-cbc", "arcfour", "seed128-cbc", "aes128-ecb", "aes128-ctr", "none", "aes192-gcm"] {
        files.push(changed(format!("encrypted with {name}"), &[Reason::FileCipher], move |file| {
            file.cipher = format!("{MACS}{name}");
        }));
    }
    for name in ["aes192-cbc", "aes256-cbc", "tripledes-cbc", "kw-aes128", "kw-aes256", "kw-tripledes"] {
        let wrong = &[Reason::FileKeyWrong, Reason::FileKeyLength];
        files.push(changed(format!("said to be {name}"), wrong, move |file| {
            file.cipher = format!("{CIPHERS}{name}");
        }));
    }
    files
}

/// Passphrases that are to be hashed for ever, or not at all.
pub(crate) fn derivations() -> Vec<Hostile> {
    const DERIVATION: &[Reason] = &[Reason::FileDerivation, Reason::FileElement];
    let salt = "<Salt><Specified>c2FsdA==</Specified></Salt>";
    let counts = [
        "0",
        "1000001",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "4294967297",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551617",
        "1e9",
        "-1",
        "0x10",
        "",
        "１０００",
        "1000.0",
    ];
    let lengths =
        ["0", "1", "15", "17", "32", "2147483648", "4294967312", "18446744073709551632", "-16", "sixteen", ""];
    let with = |name: String, parameters: String| {
        Hostile::refused(name, DERIVATION, move || File::derived(&parameters).bytes()).opened_by(passphrase())
    };
    let count = |text: &str| format!("<IterationCount>{text}</IterationCount>");
    let length = |text: &str| format!("<KeyLength>{text}</KeyLength>");
    let mut files: Vec<_> = counts
        .into_iter()
        .map(|text| with(format!("{text:?} rounds"), format!("{salt}{}{}", count(text), length("16"))))
        .collect();
    files.extend(
        lengths
            .into_iter()
            .map(|text| with(format!("{text:?} bytes"), format!("{salt}{}{}", count("1000"), length(text)))),
    );
    files.push(with("no salt".to_owned(), format!("{}{}", count("1000"), length("16"))));
    files.push(with("an empty salt".to_owned(), format!("<Salt><Specified/></Salt>{}{}", count("1"), length("16"))));
    files.push(with("no count".to_owned(), format!("{salt}{}", length("16"))));
    files.push(with("no length".to_owned(), format!("{salt}{}", count("1000"))));
    files.push(with("nothing".to_owned(), String::new()));
    for (name, rounds) in [("the most rounds there may be", 1_000_000), ("one round", 1)] {
        let parameters = format!("{salt}{}{}", count(&rounds.to_string()), length("16"));
        let file = Hostile::refused(name, &[Reason::FileKeyWrong], move || File::derived(&parameters).bytes());
        files.push(file.opened_by(passphrase()));
    }
    files
}

/// Files that want to be held in memory until their first encrypted value comes, which never does.
pub(crate) fn floods() -> Vec<Hostile> {
    let head = "<EncryptionKey><ds:KeyName>k</ds:KeyName></EncryptionKey>";
    let mut files = Vec::new();
    for (name, before, piece, behind) in [
        ("keys of nothing", "<KeyPackage>", "<Key/>", "</KeyPackage>"),
        ("packages of a key of nothing", "", "<KeyPackage><Key/></KeyPackage>", ""),
        ("packages of nothing", "", "<KeyPackage/>", ""),
        ("extensions", "", "<x/>", ""),
    ] {
        let make = move || container(&format!("{head}{before}{}{behind}", piece.repeat(160_000)));
        let name = format!("160,000 {name}");
        files.push(if piece.contains("<Key/>") {
            Hostile::problem(name, &[Reason::RowTypeMissing], 0, make)
        } else {
            Hostile::refused(name, &[Reason::FileEmpty], make)
        });
    }
    files
}

/// What is said of values that were changed in one way must not differ from what is said of those changed in another: a
/// padding that is told from a code opens a value byte by byte.
pub(crate) fn answers() -> Vec<(String, Outcome)> {
    later_changes().into_iter().map(|(name, bytes)| (name, read(&bytes, Some(key())))).collect()
}
