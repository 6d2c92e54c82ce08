//! Attacks on JSON and on SafeWord's records: depth, numbers and texts without end, what is no JSON, names twice.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, HEX, Hostile, numbered};

const MALFORMED: &[Reason] = &[Reason::FileMalformed];
const LIMIT: &[Reason] = &[Reason::FileLimit];

/// Two sound tokens, a third with other members, and what stands behind them all.
fn graph(third: &str, behind: &str) -> Vec<u8> {
    let token = |serial: &str| {
        format!("{{\"serialNumber\":\"{serial}\",\"secretKey\":\"{BASE32}\",\"timeIntervalInSeconds\":30}}")
    };
    let (first, second) = (token("HT1"), token("HT2"));
    format!("{{\"@context\":\"#$delta\",\"value\":[\n{first},\n{second},\n{{{third}}}\n]}}{behind}").into_bytes()
}

/// A third token with one member that is not as it should be.
fn member(serial: &str, secret: &str, more: &str) -> String {
    format!("\"serialNumber\":{serial},\"secretKey\":{secret}{more}")
}

/// Attacks on the structure of JSON.
pub(crate) fn json() -> Vec<Hostile> {
    let sound = |more: &str| member("\"HT3\"", &format!("\"{BASE32}\""), more);
    let refused = |name: &str, why: &'static [Reason], third: String, behind: &str| {
        let behind = behind.to_owned();
        Hostile::refused(name, why, move || graph(&third, &behind))
    };
    let mut files = Vec::new();
    for depth in [17, 1_000, 100_000] {
        for (name, open, close) in [("arrays", "[", "]"), ("objects", "{\"a\":", "}")] {
            let value = format!(",\"x\":{}1{}", open.repeat(depth), close.repeat(depth));
            files.push(refused(&format!("{depth} {name} in one another"), LIMIT, sound(&value), ""));
            let open = format!(",\"x\":{}", open.repeat(depth));
            files.push(refused(&format!("{depth} open {name}"), LIMIT, sound(&open), ""));
        }
    }
    let members = numbered(80_000, |nth| format!(",\"a{nth}\":1"));
    files.push(refused("80,000 members", LIMIT, sound(&members), ""));
    for (name, value) in [
        ("a text of a mebibyte", format!("\"{}\"", "a".repeat(1024 * 1024))),
        ("a text of escapes", format!("\"{}\"", "\\u0061".repeat(20_000))),
        ("a text that does not end", format!("\"{}", "a".repeat(1024 * 1024))),
        ("a number of a mebibyte", "1".repeat(1024 * 1024)),
        ("a fraction of a mebibyte", format!("0.{}", "1".repeat(1024 * 1024))),
        ("an exponent of a mebibyte", format!("1e{}", "1".repeat(1024 * 1024))),
    ] {
        files.push(refused(name, &[Reason::FileLimit, Reason::FileMalformed], sound(&format!(",\"x\":{value}")), ""));
    }
    files.push(refused("a name of a mebibyte", LIMIT, sound(&format!(",\"{}\":1", "a".repeat(1024 * 1024))), ""));
    for (name, more) in [
        ("a name twice", ",\"model\":\"a\",\"model\":\"b\""),
        ("another serial", ",\"serialNumber\":\"HT4\""),
        ("another secret by escapes", ",\"secret\\u004bey\":\"AAAA\""),
        ("a comma at the end", ","),
        ("a comment", ",/* a comment */\"x\":1"),
        ("a comment to the end of its line", ",//x\n\"x\":1"),
        ("a name without quotes", ",x:1"),
        ("a name in single quotes", ",'x':1"),
        ("no colon", ",\"x\" 1"),
        ("no value", ",\"x\":"),
        ("no number", ",\"x\":NaN"),
        ("infinity", ",\"x\":Infinity"),
        ("a number with a zero before it", ",\"x\":01"),
        ("a number with a plus", ",\"x\":+1"),
        ("a number that ends in a point", ",\"x\":1."),
        ("a hex number", ",\"x\":0x10"),
        ("half of a pair", ",\"x\":\"\\ud800\""),
        ("the other half", ",\"x\":\"\\udc00\""),
        ("an escape that there is not", ",\"x\":\"\\x41\""),
        ("an escape that is cut off", ",\"x\":\"\\u00\""),
        ("a line end in a text", ",\"x\":\"a\nb\""),
        ("a control character in a text", ",\"x\":\"\u{1}\""),
        ("a word that there is not", ",\"x\":nul"),
        ("an array that ends as an object", ",\"x\":[1}"),
    ] {
        files.push(refused(name, MALFORMED, sound(more), ""));
    }
    for (name, behind) in
        [("text", "x"), ("another object", "{}"), ("another end", "}"), ("a comma", ","), ("a comment", "//")]
    {
        files.push(refused(&format!("{name} behind the end"), MALFORMED, sound(""), behind));
    }
    files.push(Hostile::refused("the file twice", MALFORMED, move || {
        [graph(&sound(""), ""), graph(&sound(""), "")].concat()
    }));
    files.push(Hostile::refused("half of the file", MALFORMED, move || {
        let whole = graph(&sound(""), "");
        whole[..whole.len() / 2].to_vec()
    }));
    files
}

/// Attacks on the members of a token.
pub(crate) fn tokens() -> Vec<Hostile> {
    let secret = &format!("\"{BASE32}\"");
    let serials: &[Reason] =
        &[Reason::KeySerialNumber, Reason::RowSerialMissing, Reason::RowSerialInvalid, Reason::KeyElement];
    let secrets: &[Reason] = &[
        Reason::SecretMissing,
        Reason::SecretNotBase32,
        Reason::SecretCutOff,
        Reason::SecretLength,
        Reason::KeyElement,
        Reason::KeyNoSecret,
        Reason::SecretSpreadsheet,
    ];
    let periods: &[Reason] = &[Reason::RowPeriod];
    let problem =
        |name: String, why: &'static [Reason], third: String| Hostile::problem(name, why, 2, move || graph(&third, ""));
    let mut files = Vec::new();
    for value in [
        "1234567",
        "12345678901234567890",
        "1e10",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"\\u0000HT3\"",
        "\"HT\\n3\"",
        "\"\\u202eHT3\"",
        "\"=1+1\"",
        "[\"HT3\"]",
    ] {
        files.push(problem(format!("{value} as a serial"), serials, member(value, secret, "")));
    }
    for value in ["0", "1e9", "null", "false", "[]", "\"\"", "\"AAAA1\"", "\"A\"", "\"\\u0000\"", "{\"a\":\"b\"}"] {
        files.push(problem(format!("{value} as a secret"), secrets, member("\"HT3\"", value, "")));
    }
    for value in ["0", "-30", "30.5", "3e1", "4294967326", "18446744073709551646", "1e999", "true", "[]", "\"0\""] {
        let more = format!(",\"timeIntervalInSeconds\":{value}");
        files.push(problem(format!("{value} seconds"), periods, member("\"HT3\"", secret, &more)));
    }
    for value in ["\"md5\"", "\"hmacsha3\"", "1", "[]", "\"\""] {
        let more = format!(",\"hashFunction\":{value}");
        files.push(problem(format!("{value} as a hash"), &[Reason::RowAlgorithm], member("\"HT3\"", secret, &more)));
    }
    files.push(Hostile::problem("20,000 tokens of nothing", &[Reason::RowSerialMissing], 2, || {
        graph(&vec!["\"id\":1"; 20_000].join("},{"), "")
    }));
    files
}

/// Attacks on SafeWord's records.
pub(crate) fn safeword() -> Vec<Hostile> {
    const TITLE: &str = "# ===== SafeWord Authenticator Records $Version: 100$ =====\n";
    let record = |serial: &str, data: &str| {
        format!(
            "dn: sccAuthenticatorId={serial}\nobjectclass: sccCompatibleToken\nsccAuthenticatorId: {serial}\n\
             sccTokenType: eToken-PASS-TS\nsccTokenData: {data}\n\n"
        )
    };
    let data = |key: &str, more: &str| {
        format!("sccKey={key};sccMode=T;sccPwLen=6;sccTick=30;sccPrTime=2013/03/12 00:00:00{more}")
    };
    let sound = format!("{TITLE}{}", record("HT000001", &data(HEX, "")));
    let with = |name: &str, why: &'static [Reason], more: String| {
        let sound = sound.clone();
        Hostile::problem(name, why, 1, move || format!("{sound}{more}").into_bytes())
    };
    let refused = |name: &str, why: &'static [Reason], more: String| {
        let sound = sound.clone();
        Hostile::refused(name, why, move || format!("{sound}{more}").into_bytes())
    };
    let field = |text: &str| record("HT000002", &format!("sccKey={HEX};sccMode=T;{text}"));
    vec![
        with("a key of half a byte", &[Reason::SecretOddHex], record("HT000002", &data("001", ""))),
        with("a key that is no hex", &[Reason::SecretNotHex], record("HT000002", &data("zz", ""))),
        with("no key", &[Reason::SecretMissing], record("HT000002", "sccMode=T;sccPwLen=6;sccTick=30")),
        with("an empty key", &[Reason::SecretMissing, Reason::KeyElement], record("HT000002", &data("", ""))),
        with("two keys", &[Reason::KeyElement], record("HT000002", &data(HEX, ";sccKey=00112233"))),
        with("a clock of no seconds", &[Reason::RowPeriod], field("sccPwLen=6;sccTick=0")),
        with("a clock of 2^32 + 30 seconds", &[Reason::RowPeriod], field("sccPwLen=6;sccTick=4294967326")),
        with("no digits", &[Reason::RowDigits], field("sccPwLen=0;sccTick=30")),
        with("2^32 + 6 digits", &[Reason::RowDigits], field("sccPwLen=4294967302;sccTick=30")),
        with("a hash that there is not", &[Reason::RowAlgorithm], field("sccPwLen=6;sccTick=30;crypto=HmacMD5")),
        with("a serial of controls", &[Reason::RowSerialInvalid], record("HT\u{7}2", &data(HEX, ""))),
        with("a serial turned around", &[Reason::RowSerialInvalid], record("\u{202e}HT2", &data(HEX, ""))),
        with("a serial that is a formula", &[Reason::RowSerialInvalid], record("=1+1", &data(HEX, ""))),
        with("a serial twice", &[Reason::RowSerialRepeated], {
            let other = "ff".repeat(20);
            [record("HT000003", &data(HEX, "")), record("HT000003", &data(&other, ""))].concat()
        }),
        with("a record that is cut off", &[Reason::KeyCutOff, Reason::SecretMissing], {
            "dn: sccAuthenticatorId=HT000002\nobjectclass: sccCompatibleToken\nsccAuthenticatorId: HT000002\n"
                .to_owned()
        }),
        refused("a line of a mebibyte", &[Reason::RowTooLong], format!("sccTokenData: {}", "a".repeat(1024 * 1024))),
        refused("a value of folded lines", &[Reason::RowTooLong], format!("sccTokenData: a{}", "\n a".repeat(400_000))),
        refused("a line of no attribute", MALFORMED, "not an attribute\n".to_owned()),
        refused("a zero", &[Reason::FileFormatRefused, Reason::FileMalformed], "sccTokenData: \0\n".to_owned()),
    ]
}
