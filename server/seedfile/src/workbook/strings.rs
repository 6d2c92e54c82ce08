//! The texts that cells share, and how a text of a workbook is written.

use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::blocks::Budget;
use crate::wiped::push_wiped;
use crate::workbook::package::{Part, root};

/// What a text costs beside its characters.
const OVERHEAD: usize = 64;

/// The texts of a workbook by their numbers.
#[derive(Default)]
pub(super) struct Strings {
    texts: Vec<Zeroizing<String>>,
}

impl Strings {
    pub(super) fn read(xml: &mut Part<'_, '_>, budget: &mut Budget) -> Result<Self, Rejection> {
        let mut texts = Vec::new();
        root(xml, "sst")?;
        while let Some(element) = xml.next_child()? {
            if element.name == "si" {
                let text = rich_text(xml)?;
                budget.spend(text.capacity() + OVERHEAD)?;
                texts.push(text);
            } else {
                xml.skip()?;
            }
        }
        Ok(Self { texts })
    }

    pub(super) fn get(&self, number: &str) -> Option<&str> {
        self.texts.get(number.parse::<usize>().ok()?).map(|text| text.as_str())
    }
}

/// The text of the element whose beginning was read: of all its runs, without the readings that Japanese workbooks give
/// for words.
pub(super) fn rich_text(xml: &mut Part<'_, '_>) -> Result<Zeroizing<String>, Rejection> {
    let mut text = Zeroizing::new(String::new());
    while let Some(element) = xml.next_child()? {
        match element.name.as_str() {
            "t" => push_wiped(&mut text, &xml.text()?),
            "r" => push_wiped(&mut text, &run(xml)?),
            _ => xml.skip()?,
        }
    }
    Ok(unescaped(text))
}

/// The text of one run of characters that look alike.
fn run(xml: &mut Part<'_, '_>) -> Result<Zeroizing<String>, Rejection> {
    let mut text = Zeroizing::new(String::new());
    while let Some(element) = xml.next_child()? {
        match element.name.as_str() {
            "t" => push_wiped(&mut text, &xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(text)
}

/// Characters that XML can't hold are written as `_x000D_`.
pub(super) fn unescaped(text: Zeroizing<String>) -> Zeroizing<String> {
    if !text.contains("_x") {
        return text;
    }
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(c) = escaped(from) {
            plain.push(c);
            rest = &from[ESCAPE..];
        } else {
            plain.push_str("_x");
            rest = &from["_x".len()..];
        }
    }
    plain.push_str(rest);
    plain
}

const ESCAPE: usize = "_x000D_".len();

fn escaped(text: &str) -> Option<char> {
    let digits = text.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    char::from_u32(code).filter(|_| text[6..].starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_read_and_nothing_else_is() {
        for (text, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x000D", "_x000D"),
            ("_x00zz_", "_x00zz_"),
            ("_xD800_", "_xD800_"),
            ("_x+001_", "_x+001_"),
            ("シ_xー", "シ_xー"),
            ("a_b", "a_b"),
        ] {
            assert_eq!(*unescaped(Zeroizing::new(text.to_owned())), plain, "{text}");
        }
    }
}
