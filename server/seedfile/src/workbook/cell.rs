//! One cell to the text that it stands for, and what is odd about it.

use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::workbook::date;
use crate::workbook::package::{Part, damaged};
use crate::workbook::sheet::Context;
use crate::workbook::strings::{rich_text, unescaped};
use crate::xml::Element;

/// Longest text of a cell that is kept, in characters. No cell of a seed file comes near.
const MAX_TEXT: usize = 1_024;

/// Whole numbers up to here are exact in a workbook.
const EXACT: f64 = 1e15;

/// A cell that holds something.
pub(super) struct Cell {
    pub(super) column: u16,
    /// Without outer blanks, tabs and line ends.
    pub(super) text: Zeroizing<String>,
    pub(super) odd: Option<Odd>,
}

/// What makes a cell no plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// A number or a day, which keeps no zeros before it and no more than 15 digits.
    Number,
    /// What a formula showed when the workbook was saved.
    Formula,
    /// A failed formula.
    Error,
    /// A text with line ends, or a longer one than any that is kept.
    Unwritten,
}

/// Reads the cell whose beginning was read; None where it is empty.
pub(super) fn read(
    xml: &mut Part<'_, '_>,
    element: &Element,
    column: u16,
    context: &Context<'_>,
) -> Result<Option<Cell>, Rejection> {
    let (mut value, mut inline, mut is_formula) = (None, None, false);
    while let Some(child) = xml.next_child()? {
        match child.name.as_str() {
            "v" => value = Some(xml.text()?),
            "is" => inline = Some(rich_text(xml)?),
            "f" => {
                is_formula = true;
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
    }
    let Some((text, mut odd)) = meaning(element, value, inline, context)? else { return Ok(None) };
    if is_formula && odd != Some(Odd::Error) {
        odd = Some(Odd::Formula);
    }
    let (text, is_changed) = in_one_line(&text);
    let odd = odd.or(is_changed.then_some(Odd::Unwritten));
    Ok((!text.is_empty()).then_some(Cell { column, text, odd }))
}

type Meaning = (Zeroizing<String>, Option<Odd>);

/// What a cell of a type stands for.
fn meaning(
    element: &Element,
    value: Option<Zeroizing<String>>,
    inline: Option<Zeroizing<String>>,
    context: &Context<'_>,
) -> Result<Option<Meaning>, Rejection> {
    let kind = element.attribute("t").unwrap_or("n");
    if kind == "inlineStr" {
        return Ok(inline.map(|text| (text, None)));
    }
    let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return Ok(None) };
    let known = match kind {
        "s" => context.strings.get(value.trim()).map(|text| (Zeroizing::new(text.to_owned()), None)),
        "str" => Some((unescaped(value), None)),
        "d" => Some((value, Some(Odd::Number))),
        "e" => Some((value, Some(Odd::Error))),
        "b" => match value.trim() {
            "0" => Some((plain("FALSE"), Some(Odd::Number))),
            "1" => Some((plain("TRUE"), Some(Odd::Number))),
            _ => None,
        },
        "n" => number(value.trim(), element.attribute("s"), context).map(|text| (text, Some(Odd::Number))),
        _ => None,
    };
    known.map(Some).ok_or_else(|| damaged(("a cell holds what its type does not allow", "セルの内容が型に合いません")))
}

/// A number as it is meant: a day by its style, else with all digits where they are exact.
fn number(text: &str, style: Option<&str>, context: &Context<'_>) -> Option<Zeroizing<String>> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    if let Some(day) = date::iso(number, context.is_1904).filter(|_| context.styles.shows_day(style)) {
        return Some(Zeroizing::new(day));
    }
    let is_exact = number.fract() == 0.0 && number.abs() < EXACT;
    Some(if is_exact { Zeroizing::new(format!("{number:.0}")) } else { plain(text) })
}

fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// A text without outer blanks, its line ends and tabs as blanks, and no longer than is kept; and whether that changed it.
fn in_one_line(text: &str) -> (Zeroizing<String>, bool) {
    let trimmed = text.trim();
    let is_plain = !trimmed.chars().any(char::is_control) && trimmed.len() <= MAX_TEXT;
    if is_plain {
        return (plain(trimmed), false);
    }
    let mut line = Zeroizing::new(String::with_capacity(4 * MAX_TEXT));
    line.extend(trimmed.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }));
    (line, true)
}
