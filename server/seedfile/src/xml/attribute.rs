//! The attributes of a tag, and the XML declaration, which is written like one.

use crate::xml::name::{XML_NAMESPACE, is_blank, is_legal_character, namespace_of, split_name};
use crate::xml::{Fault, MAX_NAMESPACES};

/// Most attributes of an element, declarations of namespaces included.
const MAX_ATTRIBUTES: usize = 64;

/// Longest value, in bytes.
const MAX_VALUE: usize = 16 * 1024;

/// What the prefix `xmlns` stands for, which nobody may declare.
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// An attribute with its namespace; one without a prefix has none.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// Reads what stands behind the name of a tag. Declarations of namespaces are added to those that hold.
pub(super) fn resolved_attributes(text: &str, namespaces: &mut Vec<(String, String)>) -> Result<Vec<Attribute>, Fault> {
    let pairs = pairs(text)?;
    let outer = namespaces.len();
    for (name, value) in &pairs {
        if let Some(prefix) = declared_prefix(name) {
            declare(prefix, value.clone(), namespaces, outer)?;
        }
    }
    let mut attributes: Vec<Attribute> = Vec::new();
    for (name, value) in pairs.into_iter().filter(|(name, _)| declared_prefix(name).is_none()) {
        let (prefix, name) = split_name(name)?;
        let namespace = if prefix.is_empty() { "" } else { namespace_of(prefix, namespaces)? };
        if attributes.iter().any(|other| other.name == name && other.namespace == namespace) {
            return Err(Fault::Malformed);
        }
        attributes.push(Attribute { namespace: namespace.to_owned(), name: name.to_owned(), value });
    }
    Ok(attributes)
}

/// What the XML declaration says of the encoding; it must say a version of XML 1.
pub(super) fn declared_encoding(text: &str) -> Result<Option<String>, Fault> {
    let mut pairs = pairs(text)?.into_iter().peekable();
    match pairs.next() {
        Some(("version", version)) if is_version(&version) => {}
        Some(_) | None => return Err(Fault::Malformed),
    }
    let encoding = pairs.next_if(|(name, _)| *name == "encoding").map(|(_, encoding)| encoding);
    pairs.next_if(|(name, value)| *name == "standalone" && matches!(value.as_str(), "yes" | "no"));
    match pairs.next() {
        None => Ok(encoding),
        Some(_) => Err(Fault::Malformed),
    }
}

fn is_version(text: &str) -> bool {
    text.strip_prefix("1.").is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The character behind `&name;`. A name of the file's own would be an entity, which may grow without end.
pub(super) fn resolved_reference(name: &str) -> Result<char, Fault> {
    let number = |digits: &str, radix: u32| {
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| is_number);
        code.and_then(char::from_u32).filter(|c| is_legal_character(*c)).ok_or(Fault::Malformed)
    };
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
            (Some(digits), _) => number(digits, 16),
            (None, Some(digits)) => number(digits, 10),
            (None, None) => Err(Fault::Forbidden),
        },
    }
}

fn declared_prefix(name: &str) -> Option<&str> {
    if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") }
}

fn declare(prefix: &str, uri: String, namespaces: &mut Vec<(String, String)>, outer: usize) -> Result<(), Fault> {
    let is_twice = namespaces[outer..].iter().any(|(other, _)| other == prefix);
    // The empty prefix may be declared to be nothing, and `xml` to be what it always is.
    let is_name = prefix.is_empty() || split_name(prefix)?.0.is_empty() && !uri.is_empty();
    let is_reserved = prefix == "xmlns" || uri == XMLNS_NAMESPACE || (prefix == "xml") != (uri == XML_NAMESPACE);
    if is_twice || !is_name || is_reserved {
        return Err(Fault::Malformed);
    }
    if namespaces.len() == MAX_NAMESPACES {
        return Err(Fault::Limit("at most 64 namespaces hold at one place", "同時に有効な名前空間は64個まで"));
    }
    namespaces.push((prefix.to_owned(), uri));
    Ok(())
}

/// ` name="value" name='value'`.
fn pairs(text: &str) -> Result<Vec<(&str, String)>, Fault> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        let begin = rest.trim_start_matches(is_blank);
        if begin.is_empty() {
            return Ok(pairs);
        }
        if begin.len() == rest.len() {
            return Err(Fault::Malformed);
        }
        if pairs.len() == MAX_ATTRIBUTES {
            return Err(Fault::Limit("an element has at most 64 attributes", "要素の属性は64個まで"));
        }
        let end = begin.find(|c| is_blank(c) || c == '=').ok_or(Fault::Malformed)?;
        let (name, behind) = begin.split_at(end);
        let behind = behind.trim_start_matches(is_blank).strip_prefix('=').ok_or(Fault::Malformed)?;
        let (value, behind) = quoted(behind.trim_start_matches(is_blank))?;
        pairs.push((name, unescaped(value)?));
        rest = behind;
    }
}

/// The text in quotes, and what stands behind them.
fn quoted(text: &str) -> Result<(&str, &str), Fault> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(Fault::Malformed)?;
    text[1..].split_once(quote).ok_or(Fault::Malformed)
}

/// A value with references replaced; every blank in it is a space.
fn unescaped(value: &str) -> Result<String, Fault> {
    if value.len() > MAX_VALUE {
        return Err(Fault::Limit("the value of an attribute is at most 16 KiB", "属性の値は16 KiBまで"));
    }
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['&', '<']) {
        plain.extend(rest[..at].chars().map(|c| if is_blank(c) { ' ' } else { c }));
        let (name, behind) =
            rest[at..].strip_prefix('&').and_then(|rest| rest.split_once(';')).ok_or(Fault::Malformed)?;
        plain.push(resolved_reference(name)?);
        rest = behind;
    }
    plain.extend(rest.chars().map(|c| if is_blank(c) { ' ' } else { c }));
    Ok(plain)
}
