//! No seed of a file is anywhere but in that file and in its sealed row, whatever kind of file it was and however loud
//! the log is.

use std::fs;

use data_encoding::HEXLOWER;
use tokenfleet_tests::{Daemon, Device, entra_file};

use crate::importing_keys::{DERIVED, ENCRYPTED, PASSPHRASE};
use crate::importing_layers::{locked_zip, workbook};
use crate::integrity::{contains, files, spellings};

/// The seeds of the encrypted file.
const ENCRYPTED_SEEDS: [&str; 2] =
    ["6aa105d35a2270db7426338572ff739c99c06550", "ab6506347f15a93e7a477d9f4098a5e0276f971a"];

const OUTER: &str = "what was sent by post";

fn device(nth: usize) -> Device {
    Device::clock(&format!("28{nth:011}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_seed_and_no_secret_of_an_imported_file_is_left_anywhere() {
    let mut daemon = Daemon::make();
    let config = daemon.path("tokenfleetd.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("level = \"info\"", "level = \"trace\"")).unwrap();
    let [vendor, temporary] = ["vendor", "temporary"].map(|name| daemon.folder().join(name));
    for folder in [&vendor, &temporary] {
        fs::create_dir(folder).unwrap();
    }
    daemon.resume_under(&["env", &format!("TMPDIR={}", temporary.display())]);
    let admin = daemon.admin();

    let broken = |device: &Device| device.entra_row().replace(&device.serial, "2.8E+12");
    let sheet = entra_file(&[&device(1)]) + &broken(&device(2));
    let list = entra_file(&[&device(3)]) + &broken(&device(4));
    for (name, content) in [
        ("seeds.xml", ENCRYPTED.as_bytes()),
        ("order.zip", &locked_zip(&[("list.csv", entra_file(&[&device(5)]).as_bytes())], OUTER)),
        ("layers.zip", &locked_zip(&[("seeds.xml", ENCRYPTED.as_bytes())], OUTER)),
        ("book.xlsx", &workbook(&[&sheet])),
        ("list.csv", list.as_bytes()),
        ("inner.txt", PASSPHRASE.as_bytes()),
        ("outer.txt", OUTER.as_bytes()),
        ("derived.key", DERIVED.as_bytes()),
    ] {
        fs::write(vendor.join(name), content).unwrap();
    }
    let given: Vec<_> = files(vendor.clone());

    let mut said = String::new();
    for line in [
        "import layers.zip --passphrase-file outer.txt -v",
        "inspect layers.zip --passphrase-file outer.txt --key-file derived.key --json",
        "import seeds.xml --passphrase-file outer.txt -v",
        "import layers.zip --passphrase-file outer.txt --passphrase-file inner.txt -v",
        "import order.zip --passphrase-file outer.txt --json",
        "inspect book.xlsx -v",
        "import book.xlsx -v",
        "import book.xlsx --keep-going -v",
        "import list.csv -n -o csv",
        "import list.csv -n -o jsonl",
        "import list.csv --keep-going --json",
        "import list.csv --secret-encoding hex",
        "list --json",
        "audit list --json",
    ] {
        let in_folder = |word: &str| match vendor.join(word) {
            path if path.exists() => path.to_str().unwrap().to_owned(),
            _ => word.to_owned(),
        };
        let words: Vec<_> = line.split(' ').map(in_folder).collect();
        let ran = admin.tokenadm(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
        said.push_str(&ran.stdout);
        said.push_str(&ran.stderr);
    }
    assert_eq!(admin.tokens("").await.unwrap().len(), 5, "all kinds of files were imported: {said}");
    let mut kept = files(daemon.path(""));
    daemon.stop();
    kept.extend(files(daemon.path("")));
    assert!(daemon.logged.contains("\"level\":\"TRACE\""));
    kept.push(("the log".to_owned(), daemon.logged.clone().into_bytes()));
    kept.push(("what tokenadm said".to_owned(), said.into_bytes()));
    kept.extend(files(temporary));
    let left_behind = files(vendor.clone()).into_iter().filter(|file| !given.contains(file)).collect::<Vec<_>>();
    assert_eq!(left_behind.len(), 2, "the lists of rejected rows");
    kept.extend(left_behind);

    let seeds = (1..=5).map(|nth| device(nth).seed().to_vec());
    let encrypted = ENCRYPTED_SEEDS.map(|seed| HEXLOWER.decode(seed.as_bytes()).unwrap());
    let wanted = seeds.chain(encrypted).flat_map(|seed| spellings(&seed));
    let secrets = [PASSPHRASE, OUTER, DERIVED].map(|secret| secret.as_bytes().to_vec());
    for secret in wanted.chain(secrets).chain([HEXLOWER.decode(DERIVED.as_bytes()).unwrap()]) {
        for (place, bytes) in &kept {
            assert!(!contains(bytes, &secret), "a secret is in {place}");
        }
    }
    assert!(kept.iter().any(|(_, bytes)| contains(bytes, device(3).serial.as_bytes())), "serials are found so");
}
