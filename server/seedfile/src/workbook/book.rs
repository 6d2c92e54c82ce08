//! The main part of a workbook: its sheets, and where the other parts are.

use tokenfleet_domain::reject::Rejection;

use crate::archive::members::limit;
use crate::workbook::package::{Package, Part, damaged, root};
use crate::xml::Element;

/// The namespaces of relationships' ids, as Excel writes them and as ISO has them.
const RELATIONSHIPS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];

/// Most sheets, twice as many as anybody makes. Each is looked at, to know which has rows.
const MAX_SHEETS: usize = 255;

/// A workbook.
pub(super) struct Book {
    pub(super) sheets: Vec<Sheet>,
    /// The path of the texts that cells share.
    pub(super) strings: Option<String>,
    /// The path of the styles.
    pub(super) styles: Option<String>,
    /// Whether its days count from 1904, as on old Macs.
    pub(super) is_1904: bool,
}

/// A sheet of rows.
#[derive(Clone)]
pub(super) struct Sheet {
    /// Without control characters.
    pub(super) name: String,
    pub(super) is_hidden: bool,
    pub(super) path: String,
}

/// Where a part is that another one names.
struct Related {
    id: String,
    /// The last word of its type: `worksheet`, `styles`.
    kind: String,
    path: String,
}

impl Book {
    pub(super) fn read(package: &mut Package) -> Result<Self, Rejection> {
        let path = package.main_part()?;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let related = package.read(&join(folder, &format!("_rels/{name}.rels")), |xml| relationships(xml, folder))?;
        let MainPart { sheets, is_1904 } = package.read(&path, main_part)?;
        let path_of = |kind: &str| related.iter().find(|part| part.kind == kind).map(|part| part.path.clone());
        // A chart on a sheet of its own has no rows.
        let with_rows = |sheet: NamedSheet| {
            let part = related.iter().find(|part| part.id == sheet.id && part.kind == "worksheet")?;
            Some(Sheet { name: sheet.name, is_hidden: sheet.is_hidden, path: part.path.clone() })
        };
        Ok(Self {
            sheets: sheets.into_iter().filter_map(with_rows).collect(),
            strings: path_of("sharedStrings").filter(|path| package.has(path)),
            styles: path_of("styles").filter(|path| package.has(path)),
            is_1904,
        })
    }
}

/// What the main part says itself.
struct MainPart {
    sheets: Vec<NamedSheet>,
    is_1904: bool,
}

/// A sheet by the id of its relationship.
struct NamedSheet {
    id: String,
    name: String,
    is_hidden: bool,
}

fn main_part(xml: &mut Part<'_, '_>) -> Result<MainPart, Rejection> {
    let mut book = MainPart { sheets: Vec::new(), is_1904: false };
    root(xml, "workbook")?;
    while let Some(element) = xml.next_child()? {
        match element.name.as_str() {
            "sheets" => {
                while let Some(sheet) = xml.next_child()? {
                    if book.sheets.len() == MAX_SHEETS {
                        return Err(limit(("more than 255 sheets", "シートが255枚を超えています")));
                    }
                    book.sheets.push(named_sheet(&sheet)?);
                    xml.skip()?;
                }
            }
            "workbookPr" => {
                book.is_1904 = matches!(element.attribute("date1904"), Some("1" | "true" | "on"));
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
    }
    Ok(book)
}

fn named_sheet(sheet: &Element) -> Result<NamedSheet, Rejection> {
    let id = RELATIONSHIPS.into_iter().find_map(|namespace| sheet.attribute_in(namespace, "id"));
    let (Some(id), Some(name)) = (id, sheet.attribute("name")) else {
        return Err(damaged(("a sheet has no name or place", "シートの名前または場所がありません")));
    };
    let name = name.chars().filter(|c| !c.is_control()).collect();
    let is_hidden = sheet.attribute("state").is_some_and(|state| state != "visible");
    Ok(NamedSheet { id: id.to_owned(), name, is_hidden })
}

fn relationships(xml: &mut Part<'_, '_>, folder: &str) -> Result<Vec<Related>, Rejection> {
    let mut related = Vec::new();
    root(xml, "Relationships")?;
    while let Some(element) = xml.next_child()? {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        // What stands outside of the file is never looked for.
        if attribute("TargetMode") != "External" {
            let kind = attribute("Type").rsplit('/').next().unwrap_or_default().to_owned();
            related.push(Related { id: attribute("Id").to_owned(), kind, path: join(folder, attribute("Target")) });
        }
        xml.skip()?;
    }
    Ok(related)
}

/// The path of a part as another one in a folder names it.
fn join(folder: &str, target: &str) -> String {
    let whole = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut steps = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_parts_are_joined() {
        for (folder, target, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "../xl/./styles.xml", "xl/styles.xml"),
            ("", "workbook.xml", "workbook.xml"),
            ("xl", "../../../etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(join(folder, target), expected);
        }
    }
}
