//! What is left of rows that are not imported: their own lines without seeds. Canaries: files of all layouts are made up
//! and damaged, and nothing of any seed may be found in what is left of them, in whatever spelling.

#![expect(clippy::unwrap_used, reason = "a fault of a fixture itself fails the test")]

use encoding_rs::{EUC_JP, SHIFT_JIS};
use proptest::prelude::*;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Entry, ReadOptions, SecretEncoding, open};
use unicode_normalization::UnicodeNormalization;

const HEX: &str = "00112233445566778899aabbccddeeff01234567";
const BASE32: &str = "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB";
const ENTRA: &str = "upn,serial number,secret key,time interval,manufacturer,model\n";

/// Letters of a secret that stand together in what is left of it: fewer tell nothing.
const CANARY: usize = 8;

/// A line, and what is left of its row.
type Row = (u64, Vec<u8>);

/// What a file of rejected rows holds when every row is one: of keys too.
fn left_of_all(bytes: &[u8], options: &ReadOptions) -> Result<(Vec<u8>, Vec<Row>), Rejection> {
    let mut file = open(bytes, &ReadOptions { keep_rows: true, ..options.clone() })?;
    let head = file.evidence().head.clone();
    let mut rows = Vec::new();
    while let Some(entry) = file.next_entry()? {
        let (line, row) = match entry {
            Entry::Key(key) => (key.line, key.row),
            Entry::Problem(problem) | Entry::LeftOut(problem) => (problem.line, problem.row),
            Entry::Withdrawn(withdrawn) => (withdrawn.problem.line, withdrawn.problem.row),
        };
        rows.push((line, row.unwrap().lines(&format!("line {line}"))));
    }
    rows.sort();
    Ok((head, rows))
}

fn left(text: &str) -> String {
    left_with(text, &ReadOptions::default())
}

fn left_with(text: &str, options: &ReadOptions) -> String {
    let (head, rows) = left_of_all(text.as_bytes(), options).unwrap();
    String::from_utf8([head, rows.into_iter().flat_map(|(_, lines)| lines).collect()].concat()).unwrap()
}

#[test]
fn a_row_is_left_as_it_stood_but_for_its_secret() {
    let text = format!("{ENTRA}a@example.com,0101,{BASE32},60,\"Maker, Ltd\", OTP c200\n\"\",=\"0102\",#NAME?,14,,\n");
    assert_eq!(
        left(&text),
        format!("{ENTRA}# line 2\na@example.com,0101,,60,\"Maker, Ltd\", OTP c200\n# line 3\n\"\",=\"0102\",,14,,\n")
    );
    let list = format!("# made up\ntok1, {HEX}, hotp, 6, 7\ntok2,1j12,totp\n");
    assert_eq!(left(&list), "# line 2\ntok1,, hotp, 6, 7\n# line 3\ntok2,,totp\n");
}

#[test]
fn every_layout_keeps_its_delimiter_heading_and_line_ends() {
    let semicolons = format!("sep=;\r\nserial;seed (hex);type;lot\r\n0101;{HEX};totp;box 7\r\n");
    assert_eq!(left(&semicolons), "sep=;\r\nserial;seed (hex);type;lot\r\n# line 3\r\n0101;;totp;\r\n");
    let tabs = format!("serial\tseed (hex)\tcounter\r0101\t{HEX}\t7\r");
    assert_eq!(left(&tabs), "serial\tseed (hex)\tcounter\r# line 2\r0101\t\t7\r");
    let blanks = format!("serial secret type\n0101 {HEX} totp\n0102 {} totp\n", "00 11 22 33");
    assert_eq!(left(&blanks), "serial secret type\n# line 2\n0101 \"\" totp\n# line 3\n");
    let map = ReadOptions {
        column_map: Some("serial=2,secret=3:hex,type=const:totp,header=3".parse().unwrap()),
        ..ReadOptions::default()
    };
    let mapped = format!("Delivery\n\nBox,Nr,Key 1\nA,0101,{HEX}\n");
    assert_eq!(left_with(&mapped, &map), "#\n#\nBox,Nr,Key 1\n# line 4\n,0101,\n");
}

#[test]
fn every_encoding_of_text_is_kept() {
    let text = format!("シリアル番号|シード（16進）|時間間隔|モデル\r\n0101|{HEX}|60|表示ポ\r\n");
    let expected = "シリアル番号|シード（16進）|時間間隔|モデル\r\n# line 2\r\n0101||60|表示ポ\r\n";
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect();
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let cases: [(Vec<u8>, Vec<u8>); 6] = [
        (text.clone().into_bytes(), expected.into()),
        (marked(&text), marked(expected)),
        (SHIFT_JIS.encode(&text).0.into_owned(), SHIFT_JIS.encode(expected).0.into_owned()),
        (EUC_JP.encode(&text).0.into_owned(), EUC_JP.encode(expected).0.into_owned()),
        (wide(&text, u16::to_le_bytes), wide(expected, u16::to_le_bytes)),
        (wide(&text, u16::to_be_bytes), wide(expected, u16::to_be_bytes)),
    ];
    for (bytes, expected) in cases {
        let (head, rows) = left_of_all(&bytes, &ReadOptions::default()).unwrap();
        assert_eq!([head, rows[0].1.clone()].concat(), expected);
    }
}

#[test]
fn a_file_of_rejected_rows_is_read_again_when_its_secrets_are_filled_in() {
    let text = format!("{ENTRA}upn,0101,{BASE32},60,Maker,Model\nupn,0102,{}1,60,Maker,Model\n", &BASE32[1..]);
    let rejected = left(&text);
    let mended = rejected.replace(",0102,,", &format!(",0102,{BASE32},"));
    let mut file = open(mended.as_bytes(), &ReadOptions::default()).unwrap();
    let mut told = Vec::new();
    while let Some(entry) = file.next_entry().unwrap() {
        told.push(match entry {
            Entry::Key(key) => format!("{} {:?}", key.serial.shown(), key.model),
            Entry::Problem(problem) | Entry::LeftOut(problem) => problem.why.reason.words().code.to_owned(),
            Entry::Withdrawn(_) => panic!("no serial stands there twice"),
        });
    }
    assert_eq!(told, ["TF-1208", "0102 Some(\"Model\")"], "what is still blank is named, the rest is read");
}

#[test]
fn a_serial_with_two_secrets_leaves_both_its_rows() {
    let other = BASE32.chars().rev().collect::<String>();
    let text =
        format!("{ENTRA}a@example.com,0101,{BASE32},60,Maker,Model\nupn,0102,{other},60,,\nupn,0101,{other},60,M,O\n");
    let left = left(&text);
    // The first is told twice here: as a key, and when it is taken back, with nothing but its name.
    assert!(left.contains("# line 2\n,0101,,,,\n") && left.contains("# line 4\nupn,0101,,60,M,O\n"), "{left}");
}

#[test]
fn moved_cells_show_no_secret() {
    let spaced = "NVQW IZJN OVYC A43F MVSC A3TP FYQD EMBB";
    for row in [
        format!("0101,{BASE32},60,Maker,Model"),
        format!("x,upn,0101,{BASE32},60,Maker,Model"),
        format!("upn,0101 {BASE32},60,Maker,Model,"),
        format!("\"upn,0101,{BASE32},60,Maker,Model"),
        format!("upn,0101,,60,{spaced},Model"),
        format!("upn,0101,,60,Maker,{}", spaced.to_lowercase()),
        format!("upn,0101,,{BASE32},Maker,{HEX}"),
        format!("{HEX},0101,,60,Maker,Model"),
    ] {
        let left = left(&format!("{ENTRA}{row}\nupn,0199,{BASE32},60,Maker,Model\n"));
        let found = [BASE32, HEX].into_iter().find_map(|secret| canary(&left, secret));
        assert_eq!(found, None, "{row}: {left}");
        assert!(left.ends_with("# line 3\nupn,0199,,60,Maker,Model\n"), "{left}");
    }
}

#[test]
fn a_row_with_a_strange_cell_keeps_its_serial_alone() {
    let sound = |serial: &str| format!("a@example.com,{serial},{BASE32},60,Maker,Model\n");
    let text = format!("{ENTRA}{}a@example.com,0102,,{BASE32},Maker,Model\n{}", sound("0101"), sound("0103"));
    assert!(left(&text).contains("# line 3\n,0102,,,,\n# line 4\na@example.com,0103,,60,"), "{}", left(&text));
    let other = text.replace(",0102,", ",9999999,");
    assert!(left(&other).contains("# line 3\n,,,,,\n"), "it is of no series: {}", left(&other));
}

#[test]
fn a_serial_of_letters_and_digits_is_kept_where_others_are_like_it() {
    let rows = ["7A3-00F1B", "7A3-00F1C", "46a1cf07"].map(|serial| format!("upn,{serial},{BASE32},60,Maker,Model\n"));
    let left = left(&format!("{ENTRA}{}", rows.concat()));
    assert!(left.contains("\nupn,7A3-00F1B,,60,Maker,Model\n") && left.ends_with("# line 4\n,,,,,\n"), "{left}");
}

#[test]
fn what_a_row_shares_with_its_secret_is_not_kept() {
    let text = "2600215704919,2600215704919aabbccddeeff00112233445566,totp,6\n";
    assert_eq!(left(text), "# line 1\n,,totp,6\n");
}

/// A part of a secret that is found in a text, whatever its case and width and whatever stands between its letters.
fn canary(text: &str, secret: &str) -> Option<String> {
    let squeeze = |text: &str| -> String {
        text.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let (text, secret) = (squeeze(text), squeeze(secret));
    let parts = (0..secret.len().saturating_sub(CANARY - 1)).map(|at| &secret[at..at + CANARY]);
    parts.filter(|part| text.contains(part)).map(str::to_owned).next()
}

/// A layout: its heading, and where serial, secret and another cell stand in its rows.
#[derive(Debug, Clone, Copy)]
struct Layout {
    header: &'static str,
    row: &'static str,
    encoding: SecretEncoding,
}

impl Layout {
    fn delimiter(self) -> char {
        let signs = ['|', ',', ';', '\t', ' '];
        signs.into_iter().find(|sign| self.row.contains(*sign)).unwrap()
    }
}

const LAYOUTS: [Layout; 7] = [
    Layout {
        header: "upn,serial number,secret key,time interval,manufacturer,model\n",
        row: "a@example.com,SERIAL,SECRET,60,Contoso Security,HardwareKey\n",
        encoding: SecretEncoding::Base32,
    },
    Layout { header: "", row: "a@example.com,SERIAL,SECRET,60,Maker,OTP c200\n", encoding: SecretEncoding::Base32 },
    Layout { header: "", row: "SERIAL, SECRET, totp, 6, 30, sha1\n", encoding: SecretEncoding::Hex },
    Layout {
        header: "シリアル番号;シードキー;時間間隔;製造元;モデル\n",
        row: "SERIAL;SECRET;60;飛天ジャパン;OTP c200\n",
        encoding: SecretEncoding::Hex,
    },
    Layout {
        header: "serial\tsecret\ttype\tcounter\tlot\n",
        row: "SERIAL\tSECRET\thotp\t7\tbox A\n",
        encoding: SecretEncoding::Base32,
    },
    Layout { header: "serial secret type\n", row: "SERIAL SECRET totp\n", encoding: SecretEncoding::Hex },
    Layout {
        header: "model|seed (base64)|serial|period\n",
        row: "\"Safe | ID\"|SECRET|SERIAL|30\n",
        encoding: SecretEncoding::Base64,
    },
];

fn written(seed: &[u8], encoding: SecretEncoding) -> String {
    let (alphabet, bits) = match encoding {
        SecretEncoding::Hex => ("0123456789abcdef", 4),
        SecretEncoding::Base32 => ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5),
        SecretEncoding::Base64 => ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6),
    };
    let letters: Vec<char> = alphabet.chars().collect();
    let stream: Vec<u8> = seed.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let value = |bits: &[u8]| bits.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
    stream.chunks(bits).map(|chunk| letters[value(chunk) << (bits - chunk.len())]).collect()
}

/// What was done to a secret or its row.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Nothing,
    LowerCase,
    UpperCase,
    Groups,
    Padded,
    LostFirst,
    LostSome,
    Strange,
    Quote,
    CellLost,
    CellMore,
    BlankForDelimiter,
    AsSerial,
}

const DAMAGES: [Damage; 13] = [
    Damage::Nothing,
    Damage::LowerCase,
    Damage::UpperCase,
    Damage::Groups,
    Damage::Padded,
    Damage::LostFirst,
    Damage::LostSome,
    Damage::Strange,
    Damage::Quote,
    Damage::CellLost,
    Damage::CellMore,
    Damage::BlankForDelimiter,
    Damage::AsSerial,
];

impl Damage {
    fn row(self, layout: Layout, serial: &str, secret: &str) -> String {
        let cut = |from: usize, to: usize| secret[from..secret.len() - to].to_owned();
        let secret = match self {
            Self::LowerCase => secret.to_lowercase(),
            Self::UpperCase => secret.to_uppercase(),
            Self::Groups => secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group) + " ").collect(),
            Self::Padded => format!("{secret}=="),
            Self::LostFirst => cut(1, 0),
            Self::LostSome => cut(0, 5),
            Self::Strange => format!("{}!{}", &secret[..9], &secret[10..]),
            Self::Quote => format!("\"{secret}"),
            Self::Nothing | Self::CellLost | Self::CellMore | Self::BlankForDelimiter | Self::AsSerial => {
                secret.to_owned()
            }
        };
        let is_as_serial = matches!(self, Self::AsSerial);
        let row = if is_as_serial { layout.row.replace("SERIAL", "SECRET") } else { layout.row.to_owned() };
        let row = row.replace("SERIAL", serial).replace("SECRET", &secret);
        let delimiter = layout.delimiter();
        match self {
            Self::CellLost => row.split_once(delimiter).map_or(row.clone(), |(_, rest)| rest.to_owned()),
            Self::CellMore => format!("x{delimiter}{row}"),
            Self::BlankForDelimiter => row.replacen(delimiter, " ", 1),
            Self::Nothing
            | Self::LowerCase
            | Self::UpperCase
            | Self::Groups
            | Self::Padded
            | Self::LostFirst
            | Self::LostSome
            | Self::Strange
            | Self::Quote
            | Self::AsSerial => row,
        }
    }
}

/// How a secret is written that stands where it should not.
#[derive(Debug, Clone)]
struct Spelling {
    group: usize,
    between: &'static str,
    is_wide: bool,
    case: Case,
    tail: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Case {
    Kept,
    Lower,
    Upper,
}

fn spelling() -> impl Strategy<Value = Spelling> {
    let groups = prop::sample::select(vec![2_usize, 4, 5, 6, 8, 10, 12, 16, 99]);
    let signs = vec![
        " ", "-", ":", ".", "_", ";", "|", "*", "/", "'", "\"", ",", "\t", "\u{a0}", "\u{3000}", "\u{200b}", "\u{ad}",
        "\u{301}", "", "・", "-0x",
    ];
    let cases = prop::sample::select(vec![Case::Kept, Case::Lower, Case::Upper]);
    let tails = prop::sample::select(vec!["", "", ":hotp", "#totp", "==", "@example.ac.jp"]);
    (groups, prop::sample::select(signs), any::<bool>(), cases, tails)
        .prop_map(|(group, between, is_wide, case, tail)| Spelling { group, between, is_wide, case, tail })
}

impl Spelling {
    fn write(&self, secret: &str) -> String {
        let secret = match self.case {
            Case::Kept => secret.to_owned(),
            Case::Lower => secret.to_lowercase(),
            Case::Upper => secret.to_uppercase(),
        };
        let wide = |c: char| if self.is_wide { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
        let letters: Vec<char> = secret.chars().map(wide).collect();
        let groups: Vec<String> = letters.chunks(self.group).map(|group| group.iter().collect()).collect();
        groups.join(self.between) + self.tail
    }
}

/// A row with a secret in one of its columns, and what else was done to it.
#[derive(Debug, Clone)]
struct Stray {
    column: prop::sample::Index,
    spelling: Spelling,
    /// What stands in the secret's own column.
    own: Own,
    empty_before: usize,
    lost_before: usize,
}

#[derive(Debug, Clone, Copy)]
enum Own {
    Same,
    Nothing,
    Damaged,
}

fn stray() -> impl Strategy<Value = Stray> {
    let own = prop::sample::select(vec![Own::Same, Own::Nothing, Own::Damaged]);
    (any::<prop::sample::Index>(), spelling(), own, 0..3_usize, 0..3_usize).prop_map(
        |(column, spelling, own, empty_before, lost_before)| Stray { column, spelling, own, empty_before, lost_before },
    )
}

impl Stray {
    fn row(&self, layout: Layout, serial: &str, secret: &str) -> String {
        let delimiter = layout.delimiter();
        let own = match self.own {
            Own::Same => secret.to_owned(),
            Own::Nothing => String::new(),
            Own::Damaged => format!("!{}", &secret[2..]),
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut cells: Vec<String> =
            layout.row.trim_end().replace(" | ", " ").split(delimiter).map(str::to_owned).collect();
        let at = self.column.index(cells.len());
        cells[at] = quoted(&self.spelling.write(secret));
        let moved = vec![String::new(); self.empty_before].into_iter().chain(cells.into_iter().skip(self.lost_before));
        let row = moved.collect::<Vec<_>>().join(&delimiter.to_string());
        row.replace("SERIAL", serial).replace("SECRET", &own) + "\n"
    }
}

proptest! {
    #[test]
    fn no_spelling_of_a_secret_is_left_in_any_column(
        layout in prop::sample::select(LAYOUTS.to_vec()),
        sound in 0..4_usize,
        rows in prop::collection::vec((prop::collection::vec(any::<u8>(), 16..33), stray()), 1..8),
    ) {
        let secrets: Vec<_> = rows.iter().map(|(seed, _)| written(seed, layout.encoding)).collect();
        let mut text = layout.header.to_owned();
        for at in 0..sound {
            let seed: Vec<u8> = (0..20).map(|byte| byte * 7 + u8::try_from(at).unwrap()).collect();
            text += &Damage::Nothing.row(layout, &format!("26{:011}", at + 50), &written(&seed, layout.encoding));
        }
        for (at, (_, stray)) in rows.iter().enumerate() {
            text += &stray.row(layout, &format!("26{at:011}"), &secrets[at]);
        }
        let options = ReadOptions { secret_encoding: Some(layout.encoding), ..ReadOptions::default() };
        let Ok((head, rows)) = left_of_all(text.as_bytes(), &options) else { return Ok(()) };
        let left = [head, rows.into_iter().flat_map(|(_, lines)| lines).collect()].concat();
        let left = String::from_utf8(left).unwrap();
        for secret in &secrets {
            prop_assert_eq!(canary(&left, secret), None, "of {} in {}", text, left);
        }
    }

    #[test]
    fn nothing_of_a_secret_is_left_of_any_row(
        layout in prop::sample::select(LAYOUTS.to_vec()),
        rows in prop::collection::vec((prop::collection::vec(any::<u8>(), 16..33), prop::sample::select(DAMAGES.to_vec())), 1..12),
    ) {
        let secrets: Vec<_> = rows.iter().map(|(seed, _)| written(seed, layout.encoding)).collect();
        let mut text = layout.header.to_owned();
        for (at, (_, damage)) in rows.iter().enumerate() {
            text += &damage.row(layout, &format!("26{at:011}"), &secrets[at]);
        }
        let options = ReadOptions { secret_encoding: Some(layout.encoding), ..ReadOptions::default() };
        let Ok((head, rows)) = left_of_all(text.as_bytes(), &options) else { return Ok(()) };
        let left = String::from_utf8([head, rows.into_iter().flat_map(|(_, lines)| lines).collect()].concat()).unwrap();
        for secret in &secrets {
            prop_assert_eq!(canary(&left, secret), None, "of {} in {}", text, left);
        }
    }

    #[test]
    fn rows_that_are_only_refused_for_their_secret_keep_everything_else(
        layout in prop::sample::select(LAYOUTS.to_vec()),
        seed in prop::collection::vec(any::<u8>(), 16..33),
    ) {
        let good = Damage::Nothing.row(layout, "2600000000001", &written(&seed, layout.encoding));
        let options = ReadOptions { secret_encoding: Some(layout.encoding), ..ReadOptions::default() };
        let left = left_with(&format!("{}{good}", layout.header), &options);
        let blank = if layout.header == LAYOUTS[5].header { "\"\"" } else { "" };
        let unread = layout.row.replace("box A", "").replace(" SECRET", "SECRET");
        let unread = if layout.header == LAYOUTS[5].header { layout.row.to_owned() } else { unread };
        let expected = unread.replace("SERIAL", "2600000000001").replace("SECRET", blank);
        prop_assert!(left.ends_with(&expected), "{} is not {}", left, expected);
    }
}
