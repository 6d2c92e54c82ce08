//! Files read by the operator's column map: which rows come out, and which maps are held not to fit. All seeds are made
//! up.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use proptest::prelude::*;
use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    otp::code::Moving,
    reject::Rejection,
};
use tokenfleet_seedfile::{ColumnMap, Entry, Key, Problem, ReadOptions, SecretEncoding, SeedFile, open};

const HEX: &str = "00112233445566778899aabbccddeeff01234567";
const OTHER_HEX: &str = "9988776655443322110099887766554433221100";
const BASE32: &str = "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB";

fn options(map: &str) -> ReadOptions {
    ReadOptions { column_map: Some(map.parse().unwrap()), ..ReadOptions::default() }
}

/// Keys and problems of a file in their order.
fn read(map: &str, text: &str) -> Result<(Vec<Key>, Vec<Problem>), Rejection> {
    read_all(open(text.as_bytes(), &options(map))?)
}

fn read_all(mut file: SeedFile<'_>) -> Result<(Vec<Key>, Vec<Problem>), Rejection> {
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    while let Some(entry) = file.next_entry()? {
        match entry {
            Entry::Key(key) => keys.push(key),
            Entry::Problem(problem) | Entry::LeftOut(problem) => problems.push(problem),
            Entry::Withdrawn(withdrawn) => problems.push(withdrawn.problem),
        }
    }
    Ok((keys, problems))
}

fn serials(map: &str, text: &str) -> Vec<String> {
    let (keys, problems) = read(map, text).unwrap();
    assert_eq!(problems, [], "{map}: {text}");
    keys.into_iter().map(|key| key.serial.shown().to_owned()).collect()
}

fn refused(map: &str, text: &str) -> Rejection {
    let refusal = read(map, text).err();
    assert!(refusal.is_some(), "{map}: {text}");
    refusal.unwrap()
}

#[test]
fn columns_by_number_and_constants_are_read_with_every_delimiter() {
    for delimiter in [",", ";", "\t", "|", " , "] {
        let row = |serial: &str, secret: &str| [serial, "box 7", secret, "Maker"].join(delimiter);
        let text = format!("{}\n{}\n", row("0101", HEX), row("0102", OTHER_HEX));
        let (keys, problems) = read("serial=1,secret=3:hex,type=const:totp,period=const:60,vendor=4", &text).unwrap();
        assert_eq!((keys.len(), problems.len()), (2, 0), "{delimiter:?}");
        let key = &keys[0];
        assert!(matches!(key.profile.moving, Moving::Time { period: 60, .. }));
        assert_eq!((key.seed.len(), key.manufacturer.as_deref()), (20, Some("Maker")));
    }
}

#[test]
fn columns_by_heading_are_found_whatever_their_order_and_spelling() {
    let text = format!("Werk;Geheimnis (roh);TOKEN-NO\nA;{HEX};0101\n");
    assert_eq!(serials("serial=Token No.,secret=\"Geheimnis (roh)\":hex,type=const:hotp", &text), ["0101"]);
    let japanese = format!("管理番号,初期値,備考\nT-1,{BASE32},x\n");
    let (keys, _) = read("serial=管理番号,secret=初期値:base32,period=const:30", &japanese).unwrap();
    assert_eq!((keys[0].serial.shown(), keys[0].seed.len()), ("T-1", 20));
}

#[test]
fn the_heading_is_seen_or_said_and_no_row_is_taken_for_one() {
    let map = "serial=1,secret=2:hex,type=const:totp";
    let row = format!("0101,{HEX}\n");
    for (header, text) in [
        ("", row.clone()),
        ("", format!("Nummer,Geheimnis\n{row}")),
        ("", format!("serial 1,secret\n{row}")),
        (",header=no", row.clone()),
        (",header=yes", format!("No 1,Key 2\n{row}")),
        (",header=3", format!("Delivery 4711\n\nNo 1,Key 2\n{row}")),
        (",header=2", format!("sep=,\nNo 1,Key 2\n{row}")),
    ] {
        assert_eq!(serials(&format!("{map}{header}"), &text), ["0101"], "{header}: {text}");
    }
    // A heading with digits is not seen: it is a row, and its secret does not read.
    let (keys, problems) = read(map, &format!("No 1,Key 2\n{row}")).unwrap();
    assert_eq!((keys.len(), problems[0].line, problems[0].why.reason), (1, 1, Reason::SecretNotHex));
    // A row whose secret is spoiled is no heading either.
    let (keys, problems) = read(map, &format!("ABC,zzzz\n{row}")).unwrap();
    assert_eq!((keys.len(), problems.len()), (1, 0), "words without a digit that are no secret are a heading");
    let (_, problems) = read(&format!("{map},header=no"), &format!("ABC,zzzz\n{row}")).unwrap();
    assert_eq!(problems[0].line, 1);
}

#[test]
fn a_map_that_does_not_fit_is_refused_with_column_and_rule() {
    let text = format!("0101,{HEX}\n0102,{OTHER_HEX}\n");
    let no = refused("serial=1,secret=3:hex,type=const:totp", &text);
    assert_eq!(no.reason, Reason::MapColumn);
    assert!(no.to_string().contains("the secret key from column 3, but the rows have 2"), "{no}");
    let no = refused("serial=1,secret=2:base32,type=const:totp", &text);
    assert_eq!(no.reason, Reason::MapSecrets);
    assert!(no.to_string().contains("from column 2, where none reads as base32"), "{no}");
    let headed = format!("Serial;Seed;Seed\n0101;{HEX};x\n");
    for (map, found) in
        [("serial=Number,secret=Seed,type=const:totp", 0), ("serial=Serial,secret=Seed,type=const:totp", 2)]
    {
        let no = refused(map, &headed);
        assert_eq!(no.reason, Reason::MapHeading);
        assert!(no.to_string().contains(&format!("stands over {found} columns of line 1")), "{no}");
    }
    assert_eq!(refused("serial=Serial,secret=9:hex,type=const:totp", &headed).reason, Reason::MapColumn);
    let both = ReadOptions {
        secret_encoding: Some(SecretEncoding::Base64),
        ..options("serial=1,secret=2:hex,type=const:totp")
    };
    assert_eq!(open(text.as_bytes(), &both).err().unwrap().reason, Reason::MapEncodings);
}

#[test]
fn columns_that_a_map_leaves_out_are_named_and_refused_where_they_are_parameters() {
    let text = format!("Token,Key value,Interval,Colour\nFT-1,{HEX},60,red\n");
    for map in ["serial=1,secret=2:hex,type=const:totp", "serial=Token,secret=Key value:hex,type=const:totp"] {
        assert_eq!(refused(map, &text).reason, Reason::ColumnUnread, "{map}");
        for period in ["period=3", "period=const:30"] {
            let file = open(text.as_bytes(), &options(&format!("{map},{period}"))).unwrap();
            assert!(file.evidence().ignored_columns.ends_with(&["Colour".to_owned()]), "{map}");
        }
    }
}

#[test]
fn without_a_word_on_the_encoding_the_column_decides_as_ever() {
    let map = "serial=1,secret=2,type=const:totp";
    let evidence = |text: &str| open(text.as_bytes(), &options(map)).map(|file| file.evidence().clone());
    let shown = evidence(&format!("0101,{HEX}\n")).unwrap();
    assert_eq!((shown.title(), shown.secrets.map(|(secrets, _)| secrets)), ("column map", Some(SecretEncoding::Hex)));
    assert_eq!(evidence("1,abcdef234567abcdef234567abcdef23\n").unwrap_err().reason, Reason::SecretAmbiguous);
}

#[test]
fn a_list_that_is_refused_by_name_is_read_by_the_map_that_the_refusal_shows() {
    let duo = format!("0101 {HEX}\n0102 {OTHER_HEX}\n");
    let users = format!("# made up\nHOTP/T30/6\t0101\t-\t{HEX}\nHOTP/T30/6 0102 - {OTHER_HEX}\n");
    for (text, map) in [
        (duo, "serial=1,secret=2:hex,type=const:totp,period=const:60"),
        (users, "serial=2,secret=4:hex,type=const:totp,period=const:30"),
    ] {
        let refusal = open(text.as_bytes(), &ReadOptions::default()).err().unwrap();
        assert_eq!(refusal.reason, Reason::FileFormatRefused);
        for lang in [Lang::En, Lang::Ja] {
            assert!(refusal.hint(lang).contains(&format!("--map {map}")), "{}", refusal.hint(lang));
        }
        assert_eq!(serials(map, &text), ["0101", "0102"]);
    }
}

#[test]
fn a_map_says_also_what_few_files_have() {
    let text = format!("0101,{HEX},946684800,k1,2031-12-31\n0102,{OTHER_HEX},0,k2,\n");
    let map = "serial=1,secret=2:hex,epoch=3,id=4,expires=5,period=const:30,digits=const:8,hash=const:sha512";
    let (keys, problems) = read(map, &text).unwrap();
    assert_eq!((keys.len(), problems.len()), (2, 0));
    assert_eq!(keys[0].profile.moving, Moving::Time { period: 30, epoch: 946_684_800 });
    assert_eq!((keys[0].key_id.as_str(), keys[0].profile.digits.get()), ("k1", 8));
    assert!(keys[0].expires.is_some() && keys[1].expires.is_none());
    let safeword = "serial=1,secret=2:hex,type=const:totp,period=const:30,epoch=const:946684800";
    assert_eq!(read(safeword, &text).unwrap().0[1].profile.moving, Moving::Time { period: 30, epoch: 946_684_800 });
    for value in ["-1", "946684800000", "2000-01-01"] {
        let map = format!("serial=1,secret=2:hex,period=const:30,epoch=const:{value}");
        assert!(map.parse::<ColumnMap>().is_err(), "{value}");
    }
}

#[test]
fn what_is_wrong_with_a_row_is_still_told_by_line_and_column() {
    let text = format!("0101;x;{HEX}\n0102;x;{}\n2.30753E+12;x;{OTHER_HEX}\n", &HEX[1..]);
    let (keys, problems) = read("serial=1,secret=3:hex,type=const:totp", &text).unwrap();
    let places: Vec<_> =
        problems.iter().map(|problem| (problem.line, problem.column.unwrap().number, problem.why.reason)).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(places, [(2, 3, Reason::SecretOddHex), (3, 1, Reason::RowSerialScientific)]);
}

#[test]
fn half_a_secret_is_no_secret() {
    let map = "serial=1,secret=2:hex,type=const:totp,period=const:60";
    let (front, back) = HEX.split_at(20);
    let (keys, problems) = read(map, &format!("A1;{HEX}\nA2;{front};{back}\nA3;{OTHER_HEX}\n")).unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(problems.iter().map(|problem| problem.why.reason).collect::<Vec<_>>(), [Reason::RowColumns]);
}

proptest! {
    #[test]
    fn a_file_in_any_order_of_columns_is_read_by_its_map(
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
        seeds in prop::collection::vec(prop::collection::vec(any::<u8>(), 16..33), 1..9),
        delimiter in prop::sample::select(vec![",", ";", "\t", "|"]),
        headed in any::<bool>(),
    ) {
        let arrange = |cells: [&str; 5]| order.map(|at| cells[at].to_owned()).join(delimiter);
        let hex = |seed: &[u8]| seed.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let mut text = if headed { arrange(["Nr", "Wert", "Art", "Takt", "Notiz"]) + "\n" } else { String::new() };
        for (at, seed) in seeds.iter().enumerate() {
            text += &(arrange([&format!("S{at:03}"), &hex(seed), "totp", "60", "box A"]) + "\n");
        }
        let column = |field: usize| order.iter().position(|at| *at == field).unwrap() + 1;
        let map = format!("serial={},secret={}:hex,type={},period={}", column(0), column(1), column(2), column(3));
        let options = ReadOptions { secrets_as_written: true, ..options(&map) };
        let (keys, problems) = open(text.as_bytes(), &options).and_then(read_all).unwrap();
        prop_assert_eq!((keys.len(), problems.len()), (seeds.len(), 0));
        for (key, seed) in keys.iter().zip(&seeds) {
            prop_assert!(key.seed.expose() == seed.as_slice(), "line {}", key.line);
        }
    }

    #[test]
    fn no_map_and_no_bytes_make_it_panic(
        bytes in prop::collection::vec(prop::sample::select(b"01aAzZ,;\t| \"\n\r=#+\xff\x83".to_vec()), 0..400),
        map in prop::sample::select(vec![
            "serial=1,secret=2,type=const:totp",
            "serial=2,secret=1:hex,period=3,header=2",
            "serial=A,secret=Z:base64,counter=1",
            "serial=1000,secret=1:base32,type=4,header=yes",
        ]),
    ) {
        let options = ReadOptions { keep_rows: true, serials_as_written: true, ..options(map) };
        drop(open(&bytes[..], &options).and_then(read_all));
    }
}
