//! Which keys of a file become tokens, and what is told of those that do though something is odd with them.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64, HEXLOWER};
use tokenfleet_tests::{Device, Fleet};

fn device(nth: usize) -> Device {
    Device::clock(&format!("26{nth:011}"))
}

/// A list of seeds in hex, with their digest.
fn list(seeds: &[(&[u8], &str)]) -> String {
    let row = |(nth, (seed, digest)): (usize, &(&[u8], &str))| {
        format!("26{nth:05},{},totp,{digest}\n", HEXLOWER.encode(seed))
    };
    format!("serial,seed (hex),type,algorithm\n{}", seeds.iter().enumerate().map(row).collect::<String>())
}

/// A PSKC file of one clock that may be used from a moment on.
fn pskc(device: &Device, starts: DateTime<Utc>) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
  <DeviceInfo><Manufacturer>Feitian</Manufacturer><SerialNo>{}</SerialNo></DeviceInfo>
  <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
    <AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
    <Data>
      <Secret><PlainValue>{}</PlainValue></Secret>
      <Time><PlainValue>0</PlainValue></Time>
      <TimeInterval><PlainValue>30</PlainValue></TimeInterval>
    </Data>
    <Policy><StartDate>{}</StartDate></Policy>
  </Key>
</KeyPackage></KeyContainer>"#,
        device.serial,
        BASE64.encode(device.seed()),
        starts.format("%Y-%m-%dT%H:%M:%SZ"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_weak_seed_is_refused_for_a_reason_of_its_own_and_none_is_repeated_in_it() {
    let fleet = Fleet::start().await;
    let (row, sound) = ((0..20).collect::<Vec<u8>>(), device(1));
    let seeds: [(&[u8], &str); 7] = [
        (b"12345678901234567890", "sha1"),
        (b"12345678901234567890123456789012", "sha256"),
        (b"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef", "sha1"),
        (&[7; 20], "sha1"),
        (b"abcabcabcabcabcabcab", "sha1"),
        (&row, "sha1"),
        (sound.seed(), "sha1"),
    ];
    let import = fleet.admin.import(&list(&seeds)).await.unwrap();
    let codes: Vec<_> = import.problems.iter().map(|problem| (problem.line, problem.code.as_str())).collect();
    let [public, repeats, in_order] = ["TF-1241", "TF-1330", "TF-1331"];
    assert_eq!(codes, [(2, public), (3, public), (4, public), (5, repeats), (6, repeats), (7, in_order)]);
    assert_eq!((import.summary.refused, import.summary.applied), (6, false));
    for problem in &import.problems {
        assert!(!problem.message.contains("12345") && !problem.message.contains("abc"), "{problem:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_short_a_seed_may_be_is_the_owners_to_say() {
    let mut fleet = Fleet::start().await;
    let seed = device(1).seed().to_vec();
    let of = |length: usize| list(&[(&seed[..length], "sha1")]);
    for (shortest, length, code) in
        [(16, 15, Some("TF-1240")), (16, 16, None), (20, 19, Some("TF-1240")), (10, 9, Some("TF-1240")), (10, 10, None)]
    {
        fleet.config.settings.shortest_seed = shortest;
        fleet.restart().await;
        let import =
            fleet.admin.import(&of(length).replace("2600000", &format!("26{shortest}{length}"))).await.unwrap();
        assert_eq!(import.problems.first().map(|problem| problem.code.as_str()), code, "{shortest} {length}");
        if code.is_some() {
            assert!(import.problems[0].message.ends_with(&format!("{length} of at least {shortest} bytes")));
        }
        let path = fleet.path("short.csv");
        std::fs::write(&path, of(length)).unwrap();
        let looked = fleet.done(&["inspect", path.to_str().unwrap(), "--json"]).await.document();
        assert_eq!(looked["warnings"][0]["code"].as_str(), code, "inspect says the same, and lists the key");
        assert_eq!(looked["keys"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seeds_shorter_than_their_digest_come_in_with_a_word() {
    let fleet = Fleet::start().await;
    let [one, other] = [device(1), device(2)];
    let seeds = [(&one.seed()[..19], "sha1"), (other.seed(), "sha1"), (&one.seed()[..20], "sha256")];
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, list(&seeds[..2])).unwrap();
    let ran = fleet.done(&["import", path.to_str().unwrap()]).await;
    assert!(ran.stderr.contains("! 1 seed is shorter than RFC 4226 and RFC 6238 recommend (20 bytes;"), "{ran:?}");

    std::fs::write(&path, list(&seeds[2..]).replace("2600000", "26777")).unwrap();
    let ran = fleet.done(&["import", path.to_str().unwrap(), "--json"]).await.document();
    assert_eq!(ran["imports"][0]["short_seeds"], 1, "20 bytes are short for SHA-256");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_be_used_later_only_comes_in_with_a_warning() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.xml");
    let path = path.to_str().unwrap();
    std::fs::write(path, pskc(&device(1), fleet.now() + TimeDelta::days(400))).unwrap();
    let looked = fleet.done(&["inspect", path, "--json"]).await.document();
    let starts = looked["keys"][0]["start_time"].as_str().unwrap().to_owned();
    let ran = fleet.done(&["import", path, "--dry-run", "--json"]).await.document();
    assert_eq!((&ran["imports"][0]["not_yet"], ran["imports"][0]["start_time"].as_str()), (&1.into(), Some(&*starts)));
    let ran = fleet.done(&["import", path]).await;
    assert!(ran.stderr.contains("! 1 token may not be used before "), "{ran:?}");
    let record = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!(record[0].details["not_yet"], "1");

    std::fs::write(path, pskc(&device(2), fleet.now() - TimeDelta::days(400))).unwrap();
    let ran = fleet.done(&["import", path]).await;
    assert!(!ran.stderr.contains("may not be used before"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_key_goes_with_it_when_the_file_takes_it_back() {
    let fleet = Fleet::start().await;
    let seed = device(1).seed().to_vec();
    let short = HEXLOWER.encode(&seed[..16]);
    let [sound, other] = [device(2), device(3)].map(|device| HEXLOWER.encode(device.seed()));
    let file = format!("serial,seed (hex),type\n1001,{short},totp\n1002,{sound},totp\n1001,{other},totp\n");
    let import = fleet.admin.import(&file).await.unwrap();
    assert_eq!((import.summary.refused, import.summary.created, import.summary.short_seeds), (2, 1, 0));
}
