//! Round trips with python-pskc: files that it writes, with parameters drawn at random, are read to the keys that it put
//! in. Where it is not installed the test says that it was not run.

#![expect(clippy::unwrap_used, reason = "a fault of the peer fails the test")]

use std::fs::File;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tokenfleet_domain::otp::code::Moving;
use tokenfleet_seedfile::{Entry, Key, ReadOptions, Secret, open_with};
use zeroize::Zeroizing;

/// Writes files into a folder and says in a line of JSON each what is in them.
const WRITER: &str = r"
import json, os, random, sys
from pskc import PSKC
folder, rng = sys.argv[1], random.Random(int(sys.argv[2]))
ciphers = {'aes128-cbc': 16, 'aes192-cbc': 24, 'aes256-cbc': 32, 'tripledes-cbc': 24,
           'kw-aes128': 16, 'kw-aes192': 24, 'kw-aes256': 32, 'kw-tripledes': 24}
for number in range(60):
    pskc, said = PSKC(), {'keys': []}
    cipher = rng.choice([None] + list(ciphers))
    # The key wrap of 3DES takes whole blocks only.
    sizes = [16, 24, 32, 64] + ([] if cipher == 'kw-tripledes' else [20] * 4)
    for place in range(rng.randrange(1, 5)):
        kind, size = rng.choice(['hotp', 'totp']), rng.choice(sizes)
        key = {'serial': '%08d' % rng.randrange(10**8), 'id': 'k%d' % place, 'type': kind,
               'secret': rng.randbytes(size).hex(), 'digits': rng.choice([6, 7, 8]),
               'algorithm': rng.choice(['sha1', 'sha256', 'sha512']),
               'number': rng.choice([15, 30, 60]) if kind == 'totp' else rng.choice([0, 1, 200, 831791, 2**40 + 1])}
        pskc.add_key(serial=key['serial'], id=key['id'], manufacturer='Acme', response_encoding='DECIMAL',
                     algorithm='urn:ietf:params:xml:ns:keyprov:pskc:' + kind, response_length=key['digits'],
                     algorithm_suite='HMAC-' + key['algorithm'].upper(), secret=bytes.fromhex(key['secret']),
                     **{'time_interval' if kind == 'totp' else 'counter': key['number']})
        said['keys'].append(key)
    fields = ['secret', 'counter'] if cipher and cipher.endswith('cbc') and rng.random() < 0.5 else ['secret']
    if cipher and cipher.endswith('cbc'):
        pskc.mac.setup(algorithm='hmac-' + rng.choice(['sha1', 'sha224', 'sha256', 'sha384', 'sha512']))
    if cipher and rng.random() < 0.3:
        said['passphrase'] = 'correct horse %d' % rng.randrange(100)
        prf = rng.choice([None, 'hmac-sha256', 'hmac-sha512'])
        pskc.encryption.setup_pbkdf2(said['passphrase'], algorithm=cipher, iterations=1000, fields=fields,
                                     **({'prf': prf} if prf else {}))
    elif cipher:
        secret = rng.randbytes(ciphers[cipher])
        said['key'] = secret.hex()
        pskc.encryption.setup_preshared_key(key=secret, algorithm=cipher, key_name='agreed', fields=fields)
    said['cipher'], said['file'] = cipher, os.path.join(folder, '%d.xml' % number)
    pskc.write(said['file'])
    print(json.dumps(said))
";

#[test]
fn what_python_pskc_writes_is_read_as_it_was_meant() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if !Command::new("python3").args(["-c", "import pskc"]).output().is_ok_and(|output| output.status.success()) {
        say("not run: python3 has no module pskc (python-pskc)\n");
        return;
    }
    // Another seed each time; it is named where something differs.
    let seed = std::process::id().to_string();
    let output = Command::new("python3").args(["-c", WRITER]).arg(folder).arg(&seed).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases = String::from_utf8(output.stdout).unwrap();
    assert_eq!(cases.lines().count(), 60);
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let expected: Vec<_> = case["keys"].as_array().unwrap().iter().map(meant).collect();
        assert_eq!(read(&case), expected, "seed {seed}, {}", case["cipher"]);
    }
    say("60 files of python-pskc were read\n");
}

fn read(case: &Value) -> Vec<String> {
    let file = File::open(case["file"].as_str().unwrap()).unwrap();
    let passphrase = case["passphrase"].as_str().map(|words| Secret::Passphrase(Zeroizing::new(words.to_owned())));
    let key = case["key"].as_str().map(|hex| Secret::KeyFile(Zeroizing::new(hex.as_bytes().to_vec())));
    let mut file = match open_with(file, &ReadOptions::default(), Box::new(passphrase.or(key))) {
        Ok(file) => file,
        Err(refusal) => return vec![refusal.to_string()],
    };
    let mut lines = Vec::new();
    loop {
        lines.push(match file.next_entry() {
            Ok(Some(Entry::Key(key))) => told(&key),
            Ok(Some(Entry::Problem(problem) | Entry::LeftOut(problem))) => problem.why.to_string(),
            Ok(Some(Entry::Withdrawn(withdrawn))) => withdrawn.problem.why.to_string(),
            Ok(None) => return lines,
            Err(refusal) => refusal.to_string(),
        });
    }
}

fn told(key: &Key) -> String {
    let (kind, number) = match key.profile.moving {
        Moving::Time { period, .. } => ("totp", i64::from(period)),
        Moving::Event => ("hotp", key.counter),
    };
    let (serial, id) = (key.serial.shown(), key.key_id.as_str());
    let (digits, algorithm) = (key.profile.digits.get(), key.profile.algorithm.as_str());
    format!("{serial} {id} {kind} {number} {digits} {algorithm} {}", hex(key.seed.expose()))
}

fn meant(key: &Value) -> String {
    let text = |field: &str| key[field].as_str().unwrap();
    let (number, digits) = (&key["number"], &key["digits"]);
    let names = [text("serial"), text("id"), text("type")].join(" ");
    format!("{names} {number} {digits} {} {}", text("algorithm"), text("secret"))
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Through the handle, since the print macros are for the programs.
fn say(text: &str) {
    stdout().lock().write_all(text.as_bytes()).unwrap();
}
