use std::fmt::Write as _;

use super::*;

/// All events of a text, an element as `(namespace|name key=value`, its end as `)`.
fn events(bytes: &[u8]) -> Result<String, Rejection> {
    events_in(bytes, TextEncoding::Utf8)
}

fn events_in(bytes: &[u8], encoding: TextEncoding) -> Result<String, Rejection> {
    let mut reader = Reader::new(bytes, encoding);
    let mut all = String::new();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::Start(element) => {
                write!(all, "({}|{}", element.namespace, element.name).unwrap();
                for attribute in &element.attributes {
                    write!(all, " {}|{}={:?}", attribute.namespace, attribute.name, attribute.value).unwrap();
                }
                all.push(' ');
            }
            Event::Text(text) => all += &text,
            Event::End => all.push(')'),
        }
    }
    Ok(all)
}

#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, reason: Reason, line: u64) {
    let refusal = events(bytes.as_ref()).unwrap_err();
    let expected = Arg::Plain(line.to_string());
    let found = refusal.args.iter().find(|(place, _)| place == "line").map(|(_, arg)| arg);
    assert_eq!((refusal.reason, found), (reason, Some(&expected)), "{refusal}");
}

#[test]
fn elements_text_and_attributes_are_given_in_their_order() {
    let text = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<!-- one --><a b='1' c = \"2\n3\"><d/>x&amp;&#x41;&#66;<![CDATA[<&>]]></a >\n<?pi?>\n";
    assert_eq!(events(text).unwrap(), r#"(|a |b="1" |c="2 3" (|d )x&AB<&>)"#);
}

#[test]
fn prefixes_are_resolved_by_the_innermost_declaration() {
    let text =
        b"<p:a xmlns:p='urn:1' xmlns ='urn:0' p:x='1' x='2'><b xmlns=''/><p:c xmlns:p='urn:2'/><p:d xml:id='k'/></p:a>";
    let expected = concat!(
        r#"(urn:1|a urn:1|x="1" |x="2" (|b )(urn:2|c )"#,
        r#"(urn:1|d http://www.w3.org/XML/1998/namespace|id="k" ))"#
    );
    assert_eq!(events(text).unwrap(), expected);
}

#[test]
fn elements_know_their_line() {
    let mut reader = Reader::new(
        &b"\xef\xbb\xbf<?xml version='1.0'?>\r\n<!--\n-->\n<a\n\n><b/>\r<c>1</c></a>"[..],
        TextEncoding::Utf8,
    );
    let root = reader.root().unwrap();
    let [b, c] = [(), ()].map(|()| {
        let child = reader.next_child().unwrap().unwrap();
        reader.skip().unwrap();
        (child.name, child.line)
    });
    assert_eq!((root.line, b, c), (4, ("b".to_owned(), 6), ("c".to_owned(), 7)));
    assert!(reader.next_child().unwrap().is_none());
    reader.finish().unwrap();
}

#[test]
fn text_is_collected_and_elements_are_skipped() {
    let mut reader =
        Reader::new(&b"<a><b><c>x</c><c/></b> <d>1<!-- -->2&lt;<![CDATA[3]]></d></a>"[..], TextEncoding::Utf8);
    reader.root().unwrap();
    assert_eq!(reader.next_child().unwrap().unwrap().name, "b");
    reader.skip().unwrap();
    assert_eq!(reader.next_child().unwrap().unwrap().name, "d");
    assert_eq!(*reader.text().unwrap(), "12<3");
    assert!(reader.next_child().unwrap().is_none());
}

#[test]
fn text_among_elements_and_elements_in_text_are_malformed() {
    let mut reader = Reader::new(&b"<a> x <b/></a>"[..], TextEncoding::Utf8);
    reader.root().unwrap();
    assert_eq!(reader.next_child().unwrap_err().reason, Reason::FileMalformed);
    let mut reader = Reader::new(&b"<a> x <b/></a>"[..], TextEncoding::Utf8);
    reader.root().unwrap();
    assert_eq!(reader.text().unwrap_err().reason, Reason::FileMalformed);
}

#[test]
fn what_is_not_well_formed_is_refused_at_its_line() {
    for (text, line) in [
        ("", 1),
        ("\n\n", 2),
        ("<a>\n<b>\n</a>", 3),
        ("<a>\n</b>", 2),
        ("<a>\n", 1),
        ("<a>\n<b/", 2),
        ("<a/>\n<a/>", 2),
        ("<a/>\nx", 1),
        ("x<a/>", 1),
        ("<a/>&#32;", 1),
        ("<a/><![CDATA[ ]]>", 1),
        (" <?xml version='1.0'?><a/>", 1),
        ("<!-- -->\n<?xml version='1.0'?><a/>", 2),
        ("<a>\n<?xml version='1.0'?></a>", 2),
        ("<?xml?><a/>", 1),
        ("<?xml version='2.0'?><a/>", 1),
        ("<?xml encoding='UTF-8'?><a/>", 1),
        ("<?xml version='1.0' standalone='maybe'?><a/>", 1),
        ("<?XML version='1.0'?><a/>", 1),
        ("<?1 ?><a/>", 1),
        ("<a b='1' b='2'/>", 1),
        ("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", 1),
        ("<a b='1'c='2'/>", 1),
        ("<a b=1/>", 1),
        ("<a b/>", 1),
        ("<a b='<'/>", 1),
        ("<a b='&amp'/>", 1),
        ("<a 1='2'/>", 1),
        ("<p:a/>", 1),
        ("<a p:b='1'/>", 1),
        ("<a:b:c xmlns:a='u'/>", 1),
        ("<:a/>", 1),
        ("<1/>", 1),
        ("<>x</>", 1),
        ("< a/>", 1),
        ("<a xmlns:p=''/>", 1),
        ("<a xmlns:p='u' xmlns:p='v'/>", 1),
        ("<a xmlns:xmlns='u'/>", 1),
        ("<a xmlns:xml='u'/>", 1),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", 1),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", 1),
        ("<a>]]></a>", 1),
        ("<a>& </a>", 1),
        ("<a>&amp</a>", 1),
        ("<a>&#0;</a>", 1),
        ("<a>&#xD800;</a>", 1),
        ("<a>&#+65;</a>", 1),
        ("<a>&#x110000;</a>", 1),
        ("<a>\u{1}</a>", 1),
        ("<a>\u{fffe}</a>", 1),
        ("<a>\u{0}</a>", 1),
        ("<a b='\u{2}'/>", 1),
        ("<!-- \u{2} --><a/>", 1),
        ("<!-- -- --><a/>", 1),
        ("<a/>\u{feff}", 1),
        ("<!b><a/>", 1),
        ("<![cdata[x]]><a/>", 1),
    ] {
        let refusal = events(text.as_bytes()).expect_err(text);
        assert_eq!(refusal.reason, Reason::FileMalformed, "{text:?}: {refusal}");
        let expected = Arg::Plain(line.to_string());
        assert!(refusal.args.contains(&("line".into(), expected)), "{text:?}: {refusal}");
    }
}

#[test]
fn document_types_and_entities_are_forbidden() {
    refused("<!DOCTYPE a>\n<a/>", Reason::XmlForbidden, 1);
    refused(
        "\n<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        Reason::XmlForbidden,
        2,
    );
    refused("<a>\n&b;</a>", Reason::XmlForbidden, 2);
    refused("<a b='&c;'/>", Reason::XmlForbidden, 1);
    refused("<a>\n<!DOCTYPE a></a>", Reason::XmlForbidden, 2);
}

#[test]
fn each_limit_is_kept() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(events(nested(64).as_bytes()).is_ok());
    refused(nested(65), Reason::FileLimit, 1);

    let with =
        |count: usize, what: &dyn Fn(usize) -> String| format!("<a {}/>", (0..count).map(what).collect::<String>());
    let attribute = |number: usize| format!(" b{number}='1'");
    assert!(events(with(64, &attribute).as_bytes()).is_ok());
    refused(with(65, &attribute), Reason::FileLimit, 1);

    let namespace = |number: usize| format!(" xmlns:n{number}='u'");
    let around = |count: usize, inner: &str| with(count, &namespace).replace("/>", &format!(">{inner}</a>"));
    assert!(events(around(63, "<b xmlns='u'/><b xmlns='u'/>").as_bytes()).is_ok());
    refused(around(63, "<b xmlns='u'><c xmlns='v'/></b>"), Reason::FileLimit, 1);

    let name = |length: usize| format!("<{}/>", "a".repeat(length));
    assert!(events(name(256).as_bytes()).is_ok());
    refused(name(257), Reason::FileLimit, 1);

    let value = |length: usize| format!("<a b='{}'/>", "c".repeat(length));
    assert!(events(value(16 * 1024).as_bytes()).is_ok());
    refused(value(16 * 1024 + 1), Reason::FileLimit, 1);

    let text = |length: usize| format!("<a>\n{}&amp;</a>", "x".repeat(length - 2));
    assert!(events(text(MAX_TEXT).as_bytes()).is_ok());
    refused(text(MAX_TEXT + 1), Reason::FileLimit, 2);
    refused(format!("<a>\n<!--{}", "x".repeat(MAX_EVENT)), Reason::FileLimit, 2);
}

#[test]
fn the_encoding_is_the_one_that_is_declared() {
    let declared = |name: &str, text: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?><a>{text}</a>");
    for (name, text, encoding) in [
        ("utf-8", "é", TextEncoding::Utf8),
        ("UTF-8", "é", TextEncoding::Utf8WithBom),
        ("UTF-16", "é", TextEncoding::Utf16Le),
        ("us-ascii", "e", TextEncoding::Utf8),
        ("ISO-8859-1", "e", TextEncoding::Utf8),
        ("Shift_JIS", "e", TextEncoding::Utf8),
        ("Shift_JIS", "カ", TextEncoding::ShiftJis),
        ("EUC-JP", "カ", TextEncoding::EucJp),
    ] {
        assert!(events_in(declared(name, text).as_bytes(), encoding).is_ok(), "{name}");
    }
    for (name, text, encoding) in [
        ("UTF-16", "e", TextEncoding::Utf8),
        ("UTF-8", "e", TextEncoding::Utf16Be),
        ("US-ASCII", "é", TextEncoding::Utf8),
        ("ISO-8859-1", "é", TextEncoding::Utf8),
        ("UTF-7", "e", TextEncoding::Utf8),
        ("UTF-32", "e", TextEncoding::Utf8),
        ("UTF-8", "カ", TextEncoding::ShiftJis),
        ("EUC-JP", "カ", TextEncoding::ShiftJis),
    ] {
        let refusal = events_in(declared(name, text).as_bytes(), encoding).expect_err(name);
        assert_eq!(refusal.reason, Reason::XmlEncoding, "{name}");
    }
    assert_eq!(events_in("<a>é</a>".as_bytes(), TextEncoding::EucJp).unwrap_err().reason, Reason::XmlEncoding);
    assert_eq!(events(b"<a>\n\xff</a>").unwrap_err().reason, Reason::XmlEncoding);
    assert_eq!(events(b"<a b='\xff'/>").unwrap_err().reason, Reason::XmlEncoding);
}

#[test]
fn only_one_byte_order_mark_is_one() {
    assert!(events(b"\xef\xbb\xbf<a/>").is_ok());
    refused(b"\xef\xbb\xbf\xef\xbb\xbf<a/>", Reason::FileMalformed, 1);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        drop(events(&bytes));
    }

    #[test]
    fn no_markup_makes_it_panic(text in "([<>/a:= '\"&;!?\\-\\[\\]\n#xD]|xmlns|<!DOCTYPE|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?xml|&#x41;|<!ENTITY){0,60}") {
        let lines = text.lines().count().max(1) as u64;
        let mut reader = Reader::new(text.as_bytes(), TextEncoding::Utf8);
        while let Ok(Some(_)) = reader.next_event() {}
        proptest::prop_assert!((1..=lines).contains(&reader.line()));
    }
}
