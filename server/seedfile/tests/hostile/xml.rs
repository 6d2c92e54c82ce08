//! Attacks on XML, on every format that is made of it: entities, depth, names and texts without end, what is not
//! well-formed, and texts in other encodings than declared.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{HEX, Hostile, numbered};

const FORBIDDEN: &[Reason] = &[Reason::XmlForbidden];
const LIMIT: &[Reason] = &[Reason::FileLimit];
/// A root's tag that is longer than what is looked at to know the format never seems to end.
const LIMIT_OF_ROOT: &[Reason] = &[Reason::FileLimit, Reason::FileMalformed];
const MALFORMED: &[Reason] = &[Reason::FileMalformed];

/// A format, in pieces: its root's name, what stands in its start tag, what shows it beyond that, and a key.
struct Shape {
    name: &'static str,
    root: &'static str,
    declared: &'static str,
    header: &'static str,
    key: String,
}

const PSKC: &str = "xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\" Version=\"1.0\"";

fn shapes() -> [Shape; 3] {
    let secret = "bWFkZS11cCBzZWVkIHdpdGggMjA=";
    let pskc = format!(
        "<KeyPackage><DeviceInfo><SerialNo>HT1</SerialNo></DeviceInfo><Key Id=\"1\" \
         Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:hotp\"><AlgorithmParameters><ResponseFormat Length=\"6\" \
         Encoding=\"DECIMAL\"/></AlgorithmParameters><Data><Secret><PlainValue>{secret}</PlainValue></Secret>\
         <Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>"
    );
    let safenet = format!(
        "<Token serial=\"HT1\"><Applications><Application ConnectorID=\"{{a61c4073-2fc8-4170-99d1-9f5b70a2cec6}}\">\
         <Seed>{HEX}</Seed><MovingFactor>1</MovingFactor></Application></Applications></Token>"
    );
    let header = "<header><manufacturerCode>SD</manufacturerCode><productCode>SafeID</productCode>\
         <encrypt>NONE</encrypt><encode>HEX</encode><digits>6</digits><timeWindow>60</timeWindow>\
         <crypto>HmacSHA1</crypto></header><tokens><token>";
    // An attack stands within a token: of elements beside it none is passed over.
    let dualshield = format!("<serial>71358472</serial><seed>{HEX}</seed></token></tokens>");
    [
        Shape { name: "PSKC", root: "KeyContainer", declared: PSKC, header: "", key: pskc },
        Shape { name: "SafeNet", root: "Tokens", declared: "", header: "", key: safenet },
        Shape { name: "DualShield", root: "data", declared: "", header, key: dualshield },
    ]
}

impl Shape {
    /// A whole file: what stands above the root, in its start tag, before its first key and behind its last.
    fn with(&self, above: &str, tag: &str, before: &str, behind: &str) -> Vec<u8> {
        let Self { root, declared, header, key, .. } = self;
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        format!("{head}{above}<{root} {declared} {tag}>\n{header}{before}{key}\n{behind}</{root}>\n").into_bytes()
    }
}

/// The same attack on each format.
fn on_each(name: &str, why: &'static [Reason], attack: impl Fn(&Shape) -> Vec<u8> + Clone + 'static) -> Vec<Hostile> {
    let attacked = |shape: Shape| {
        let attack = attack.clone();
        Hostile::refused(format!("{name} in {}", shape.name), why, move || attack(&shape))
    };
    shapes().into_iter().map(attacked).collect()
}

/// Document types, with what they bring in from elsewhere.
pub(crate) fn external_entities() -> Vec<Hostile> {
    const DECLARATIONS: [(&str, &str, &str); 12] = [
        ("a file", "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n", "&x;"),
        ("an address", "<!DOCTYPE r [<!ENTITY x SYSTEM \"http://127.0.0.1:9/x\">]>\n", "&x;"),
        ("a public name", "<!DOCTYPE r [<!ENTITY x PUBLIC \"-//X//X\" \"file:///etc/passwd\">]>\n", "&x;"),
        ("a parameter entity", "<!DOCTYPE r [<!ENTITY % x SYSTEM \"file:///etc/passwd\"> %x;]>\n", ""),
        ("an external document type", "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/x.dtd\">\n", ""),
        ("a public document type", "<!DOCTYPE r PUBLIC \"-//X//X\" \"x.dtd\">\n", ""),
        ("an empty document type", "<!DOCTYPE r []>\n", ""),
        ("a document type by name", "<!DOCTYPE r>\n", ""),
        ("default attributes", "<!DOCTYPE r [<!ATTLIST Token serial CDATA \"1\">]>\n", ""),
        ("an unparsed entity", "<!DOCTYPE r [<!NOTATION n SYSTEM \"n\"><!ENTITY x SYSTEM \"x\" NDATA n>]>\n", ""),
        ("an element that is declared", "<!DOCTYPE r [<!ELEMENT r ANY>]>\n", ""),
        ("a document type in other letters", "<!doctype r>\n", ""),
    ];
    let declared = DECLARATIONS.into_iter().flat_map(|(name, above, inside)| {
        on_each(name, &[Reason::XmlForbidden, Reason::FileMalformed], move |shape| shape.with(above, "", inside, ""))
    });
    let inside = on_each("a document type inside of the root", FORBIDDEN, |shape| {
        shape.with("", "", "<!DOCTYPE r [<!ENTITY x \"y\">]>", "")
    });
    let behind = on_each("a document type behind the keys", FORBIDDEN, |shape| shape.with("", "", "", "<!DOCTYPE r>"));
    declared.chain(inside).chain(behind).collect()
}

/// Entities that grow.
pub(crate) fn bombs() -> Vec<Hostile> {
    let laughs = |width: usize, depth: usize| {
        let step = |nth: usize| format!("<!ENTITY e{} \"{}\">", nth + 1, format!("&e{nth};").repeat(width));
        let steps: String = (0..depth).map(step).collect();
        format!("<!DOCTYPE r [<!ENTITY e0 \"ha\">{steps}]>\n")
    };
    let wide = format!("<!DOCTYPE r [<!ENTITY e \"{}\">]>\n", "x".repeat(100_000));
    let circle = "<!DOCTYPE r [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]>\n";
    let parameters = "<!DOCTYPE r [<!ENTITY % a '<!ENTITY &#37; b \"x\">'> %a; %b;]>\n";
    let mut files: Vec<_> = Vec::new();
    for (name, above, inside) in [
        ("a billion laughs", laughs(10, 10), "&e10;".to_owned()),
        ("laughs of two", laughs(2, 60), "&e60;".to_owned()),
        ("laughs in an attribute", laughs(10, 9), "<x a=\"&e9;\"/>".to_owned()),
        ("one long entity 10,000 times", wide, "&e;".repeat(10_000)),
        ("entities of one another", circle.to_owned(), "&a;".to_owned()),
        ("entities that make entities", parameters.to_owned(), "&b;".to_owned()),
        ("100,000 entities that nobody declared", String::new(), "&e;".repeat(100_000)),
    ] {
        files.extend(on_each(name, FORBIDDEN, move |shape| shape.with(&above, "", &inside, "")));
    }
    files
}

/// Elements in elements, attributes and namespaces in one.
pub(crate) fn crowds() -> Vec<Hostile> {
    let mut files = Vec::new();
    for depth in [64, 1_000, 100_000] {
        for (name, open, close) in
            [("open elements", "<x>", ""), ("elements", "<x>", "</x>"), ("declarations", "<x xmlns=\"u\">", "</x>")]
        {
            files.extend(on_each(&format!("{depth} {name} in one another"), LIMIT, move |shape| {
                shape.with("", "", &format!("{}{}", open.repeat(depth), close.repeat(depth)), "")
            }));
        }
    }
    for count in [65, 80_000] {
        let attributes = move || numbered(count, |nth| format!(" a{nth}=\"\""));
        let namespaces = move || numbered(count, |nth| format!(" xmlns:n{nth}=\"u\""));
        files.extend(on_each(&format!("{count} attributes of the root"), LIMIT_OF_ROOT, move |shape| {
            shape.with("", &attributes(), "", "")
        }));
        files.extend(on_each(&format!("{count} namespaces of the root"), LIMIT_OF_ROOT, move |shape| {
            shape.with("", &namespaces(), "", "")
        }));
        files.extend(on_each(&format!("{count} attributes inside"), LIMIT, move |shape| {
            shape.with("", "", "", &format!("<x{}/>", attributes()))
        }));
    }
    files.extend(on_each("80,000 times one attribute", &[Reason::FileLimit, Reason::FileMalformed], |shape| {
        shape.with("", &"a=\"\" ".repeat(80_000), "", "")
    }));
    files
}

/// Names, values, texts, comments and instructions without end.
pub(crate) fn giants() -> Vec<Hostile> {
    let mut files = Vec::new();
    for size in [2 * 1024 * 1024, 16 * 1024 * 1024] {
        let mebibytes = size / 1024 / 1024;
        for (name, before, behind) in [
            ("an element's name", "<", "/>"),
            ("an attribute's name", "<x ", "=\"\"/>"),
            ("an attribute's value", "<x y=\"", "\"/>"),
            ("a text", "<x>", "</x>"),
            ("a section", "<x><![CDATA[", "]]></x>"),
            ("a comment", "<!--", "-->"),
            ("an instruction", "<?x ", "?>"),
            ("a tag that does not end", "<x ", ""),
            ("a reference", "<x>&", ";</x>"),
        ] {
            files.extend(on_each(&format!("{mebibytes} MiB of {name}"), LIMIT, move |shape| {
                shape.with("", "", &format!("{before}{}{behind}", "a".repeat(size)), "")
            }));
        }
    }
    files
}

/// What no reader of XML may accept.
pub(crate) fn malformed() -> Vec<Hostile> {
    const PIECES: [(&str, &str); 16] = [
        ("an end without a beginning", "</x>"),
        ("ends in the wrong order", "<x><y></x></y>"),
        ("an attribute twice", "<x a=\"1\" a=\"2\"/>"),
        ("an attribute twice by two prefixes", "<x xmlns:p=\"u\" xmlns:q=\"u\" p:a=\"1\" q:a=\"2\"/>"),
        ("an attribute without quotes", "<x a=1/>"),
        ("an attribute without a value", "<x a/>"),
        ("a tag in a value", "<x a=\"<\"/>"),
        ("a prefix that nobody declared", "<p:x/>"),
        ("the character 0 by number", "<x>&#0;</x>"),
        ("half of a pair by number", "<x>&#xD800;</x>"),
        ("more than Unicode by number", "<x>&#x110000;</x>"),
        ("a number that wraps", "<x>&#4294967361;</x>"),
        ("an ampersand alone", "<x>a & b</x>"),
        ("a control character", "<x>\u{1}</x>"),
        ("the end of a section in a text", "<x>]]></x>"),
        ("two hyphens in a comment", "<!-- a -- b -->"),
    ];
    let mut files: Vec<_> = PIECES
        .into_iter()
        .flat_map(|(name, piece)| {
            on_each(name, &[Reason::FileMalformed, Reason::XmlForbidden], move |shape| shape.with("", "", piece, ""))
        })
        .collect();
    for (name, behind) in [
        ("a second root", "<x/>"),
        ("text behind the root", "x"),
        ("the file once more", ""),
        ("an open tag behind the root", "<"),
    ] {
        files.extend(on_each(name, MALFORMED, move |shape| {
            let whole = shape.with("", "", "", "");
            let more = if behind.is_empty() { whole.clone() } else { behind.as_bytes().to_vec() };
            [whole, more].concat()
        }));
    }
    for (name, parts) in [("half", 2), ("nine tenths", 10)] {
        files.extend(on_each(&format!("{name} of a file"), MALFORMED, move |shape| {
            let whole = shape.with("", "", "", "");
            whole[..whole.len() - whole.len() / parts].to_vec()
        }));
    }
    files.extend(on_each("the last tag cut off", MALFORMED, |shape| {
        let whole = shape.with("", "", "", "");
        whole[..whole.len() - shape.root.len() - 4].to_vec()
    }));
    files
}

/// Encodings that are declared and not there, or there and not declared.
pub(crate) fn encodings() -> Vec<Hostile> {
    const SOMEHOW: &[Reason] = &[
        Reason::FileEncoding,
        Reason::FileEncodingBroken,
        Reason::XmlEncoding,
        Reason::FileFormatRefused,
        Reason::FileMalformed,
    ];
    let declared = ["UTF-7", "UTF-16", "UTF-32", "ISO-8859-1", "IBM037", "Shift_JIS", "no-such-encoding"];
    let mut files: Vec<_> = declared
        .into_iter()
        .flat_map(|encoding| {
            on_each(&format!("{encoding} declared over UTF-8"), SOMEHOW, move |shape| {
                let whole = String::from_utf8(shape.with("", "", "<!-- é -->", "")).unwrap();
                whole.replacen("UTF-8", encoding, 1).into_bytes()
            })
        })
        .collect();
    files.extend(on_each("UTF-16 without a mark", SOMEHOW, |shape| {
        String::from_utf8(shape.with("", "", "", "")).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect()
    }));
    files.extend(on_each("UTF-32 with a mark", SOMEHOW, |shape| {
        let whole = String::from_utf8(shape.with("", "", "", "")).unwrap();
        "\u{feff}".chars().chain(whole.chars()).flat_map(|c| u32::from(c).to_le_bytes()).collect()
    }));
    for (name, piece) in [("a zero", &b"\0"[..]), ("a comma in two bytes", b"\xc0\xac"), ("half a character", b"\xe6")]
    {
        files.extend(on_each(&format!("{name} in a text"), SOMEHOW, move |shape| {
            let whole = shape.with("", "", "<x>here</x>", "");
            let at = whole.windows(4).position(|part| part == b"here").unwrap();
            [&whole[..at], piece, &whole[at..]].concat()
        }));
    }
    files
}
