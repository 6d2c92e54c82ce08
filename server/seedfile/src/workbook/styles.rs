//! The styles of cells, of which only one thing matters: whether a number is shown as a day.

use std::collections::HashSet;
use tokenfleet_domain::reject::Rejection;

use crate::workbook::date::{is_builtin, is_date_format};
use crate::workbook::package::{Part, damaged, root};

/// Most styles; Excel has 65,490.
const MAX_STYLES: usize = 65_536;

/// Which styles show days, by their numbers.
#[derive(Default)]
pub(super) struct Styles {
    shows_day: Vec<bool>,
}

impl Styles {
    pub(super) fn read(xml: &mut Part<'_, '_>) -> Result<Self, Rejection> {
        let (mut days, mut others) = (HashSet::new(), HashSet::new());
        let mut formats = Vec::new();
        root(xml, "styleSheet")?;
        while let Some(part) = xml.next_child()? {
            let (is_formats, is_cells) = (part.name == "numFmts", part.name == "cellXfs");
            if !is_formats && !is_cells {
                xml.skip()?;
                continue;
            }
            while let Some(element) = xml.next_child()? {
                let format = element.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok()).unwrap_or_default();
                if is_cells {
                    formats.push(format);
                } else if element.attribute("formatCode").is_some_and(is_date_format) {
                    days.insert(format);
                } else {
                    others.insert(format);
                }
                if formats.len() + days.len() + others.len() > MAX_STYLES {
                    return Err(damaged(("it has more styles than Excel knows", "スタイルが多すぎます")));
                }
                xml.skip()?;
            }
        }
        // A workbook's own format goes before the one that every workbook has.
        let shows_day = |format: &u32| days.contains(format) || is_builtin(*format) && !others.contains(format);
        Ok(Self { shows_day: formats.iter().map(shows_day).collect() })
    }

    /// Whether a style shows days.
    pub(super) fn shows_day(&self, style: Option<&str>) -> bool {
        let number = style.and_then(|style| style.parse::<usize>().ok()).unwrap_or_default();
        self.shows_day.get(number).copied().unwrap_or_default()
    }
}
