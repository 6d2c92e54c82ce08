use std::io;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The events, one word each, with their lines where `lines`; the last tells a refusal.
fn events(text: impl Read) -> Vec<String> {
    let mut json = Json::new(text);
    let mut found = Vec::new();
    loop {
        let event = match json.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => return found,
            Err(refusal) => {
                found.push(refusal.reason.words().code.to_owned());
                return found;
            }
        };
        found.push(match event {
            Event::BeginObject => "{".to_owned(),
            Event::EndObject => "}".to_owned(),
            Event::BeginArray => "[".to_owned(),
            Event::EndArray => "]".to_owned(),
            Event::Name => format!("{}:", json.text()),
            Event::Text => format!("'{}'", json.text()),
            Event::Number => json.text().to_owned(),
            Event::Boolean => "bool".to_owned(),
            Event::Null => "null".to_owned(),
        });
    }
}

fn read(text: &str) -> String {
    events(text.as_bytes()).join(" ")
}

/// Gives one byte at a time.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(into.len()).min(1);
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn values_of_every_kind_are_read() {
    let text = "\u{feff} {\"a\" : [1, -0.5e+3, [], {}, true, false, null, \"b\"], \"c\": \"\" }\r\n";
    assert_eq!(read(text), "{ a: [ 1 -0.5e+3 [ ] { } bool bool null 'b' ] c: '' }");
    assert_eq!(read("7"), "7");
    assert_eq!(read("\"x\""), "'x'");
}

#[test]
fn escapes_are_what_they_stand_for() {
    assert_eq!(read(r#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00é""#), "'\"\\/\u{8}\u{c}\n\r\tAé😀é'");
}

#[test]
fn whatever_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "}",
        "]",
        "1 2",
        "{}{}",
        "[] x",
        "tru",
        "truex",
        "nul",
        "True",
        "'a'",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "1.5.2",
        "NaN",
        "\"a",
        "\"\t\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud83d\"",
        "\"\\ud83dxx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\udc00\"",
        "// comment\n1",
        "\u{a0}1",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
    ] {
        assert!(read(text).ends_with("TF-1265"), "{text}: {}", read(text));
    }
    for bytes in [&b"\xef[]"[..], b"\xef\xbb[]", b"\xff[]"] {
        assert_eq!(events(bytes), ["TF-1265"]);
    }
    assert_eq!(events(&b"\"\xff\""[..]), ["TF-1219"]);
}

#[test]
fn what_goes_beyond_a_limit_is_refused() {
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(!read(&deep(MAX_DEPTH)).contains("TF"));
    assert!(read(&deep(MAX_DEPTH + 1)).ends_with("TF-1267"));
    assert!(read(&"[".repeat(1_000_000)).ends_with("TF-1267"));
    let long = |length| format!("\"{}\"", "x".repeat(length));
    assert!(!read(&long(MAX_TEXT)).contains("TF"));
    assert_eq!(read(&long(MAX_TEXT + 1)), "TF-1267");
    assert_eq!(read(&"1".repeat(MAX_TEXT + 1)), "TF-1267");
    let wide = |members| (0..members).map(|at| format!("\"{at}\":0")).collect::<Vec<_>>().join(",");
    assert!(!read(&format!("{{{}}}", wide(MAX_MEMBERS))).contains("TF"));
    assert!(read(&format!("{{{}}}", wide(MAX_MEMBERS + 1))).ends_with("TF-1267"));
    let capped = |max_file| Json { max_file, ..Json::new(&b"[]  "[..]) };
    let end = |mut json: Json<_>| [json.next_event(), json.next_event(), json.next_event()].map(|event| event.is_ok());
    assert_eq!([4, 3, 1].map(|cap| end(capped(cap))), [[true; 3], [true, true, false], [true, false, false]]);
}

#[test]
fn every_line_end_counts_one_line() {
    for text in ["[1,\n\n2]", "[1,\r\n\r\n2]", "[1,\r\r2]"] {
        let mut json = Json::new(text.as_bytes());
        let mut lines = Vec::new();
        while let Ok(Some(_)) = json.next_event() {
            lines.push(json.event_line());
        }
        assert_eq!(lines, [1, 1, 3, 3], "{text:?}");
    }
}

#[test]
fn a_value_is_skipped_to_its_end() {
    let mut json = Json::new(&b"[{\"a\":[1,{}]},2]"[..]);
    let mut next = || json.next_event().ok().flatten();
    assert_eq!([next(), next()], [Some(Event::BeginArray), Some(Event::BeginObject)]);
    assert!(json.skip(Event::BeginObject).is_ok());
    assert_eq!(json.next_event().ok().flatten(), Some(Event::Number));
    assert!(json.skip(Event::Number).is_ok());
    assert_eq!(json.next_event().ok().flatten(), Some(Event::EndArray));
}

#[test]
fn an_input_that_breaks_off_is_an_aborted_upload() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    assert_eq!(events(b"[1".chain(Broken)), ["[", "TF-1252"]);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}|[\\x00-\\x1f\"\\\\]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_another_writer_writes_is_read(value in values()) {
        let told = |text: &str| read(text).contains("TF-12");
        let (plain, indented) = (value.to_string(), format!("{value:#}"));
        prop_assert!(!told(&plain) && !told(&indented));
    }

    #[test]
    fn bytes_are_taken_or_refused_as_by_another_reader(text in "[\\[\\]{}:, 01e.\\-\"a\\\\untrl]{0,12}") {
        // The other reader takes a name twice, and this one a number of any size.
        let ours = !read(&text).contains("TF-12");
        match serde_json::from_str::<Value>(&text) {
            Ok(_) => prop_assert!(ours || text.matches('"').count() >= 4, "{}", text),
            Err(error) => prop_assert!(!ours || error.to_string().contains("number out of range"), "{}", text),
        }
    }

    #[test]
    fn bytes_that_come_one_by_one_are_read_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}:, 01e.\\-\"a\\\\u\r\n]{0,40}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            prop_assert_eq!(events(bytes), events(Slowly(bytes)));
        }
    }
}
