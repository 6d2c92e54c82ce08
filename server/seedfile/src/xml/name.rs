//! Names and characters of XML 1.0, and prefixes to namespaces.

use crate::xml::{Fault, MAX_NAME};

/// What every file may say with the prefix `xml`.
pub(super) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The four characters that mean nothing.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a text has only characters that XML allows.
pub(super) fn is_legal(text: &str) -> bool {
    text.chars().all(is_legal_character)
}

pub(super) fn is_legal_character(c: char) -> bool {
    is_blank(c) || c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether a text is a name, with any number of colons.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(begins_name) && text.chars().all(continues_name)
}

fn begins_name(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    begins_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

/// The prefix, if any, and the rest of the name of an element or attribute.
pub(super) fn split_name(name: &str) -> Result<(&str, &str), Fault> {
    if name.len() > MAX_NAME {
        return Err(Fault::Limit("names are at most 256 bytes", "名前は256バイトまで"));
    }
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_name(prefix) => (prefix, local),
        Some(_) => return Err(Fault::Malformed),
        None => ("", name),
    };
    if is_name(local) && !local.contains(':') { Ok((prefix, local)) } else { Err(Fault::Malformed) }
}

/// What a prefix stands for: the innermost declaration counts. No prefix and no declaration is no namespace.
pub(super) fn namespace_of<'a>(prefix: &str, namespaces: &'a [(String, String)]) -> Result<&'a str, Fault> {
    if prefix == "xml" {
        return Ok(XML_NAMESPACE);
    }
    match namespaces.iter().rev().find(|(name, _)| name == prefix) {
        Some((_, uri)) => Ok(uri),
        None if prefix.is_empty() => Ok(""),
        None => Err(Fault::Malformed),
    }
}
