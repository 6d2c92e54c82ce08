//! The parts of an Office file by their paths, and what kind of file it is.

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::archive::members::{Archive, Fault, Inflating, Member, shown, word};
use crate::foreign::Foreign;
use crate::text::Text;
use crate::xml::Reader;

/// The part that says what the others are.
const CONTENT_TYPES: &str = "[Content_Types].xml";

/// What an OpenDocument file begins with.
const OPEN_DOCUMENT: (&str, &str) = ("mimetype", "META-INF/manifest.xml");

/// What the main part of a file may be.
const MAIN_PARTS: [(&str, Option<Foreign>); 6] = [
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", None),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", None),
    ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", Some(Foreign::MacroWorkbook)),
    ("application/vnd.ms-excel.template.macroEnabled.main+xml", Some(Foreign::MacroWorkbook)),
    ("application/vnd.ms-excel.addin.macroEnabled.main+xml", Some(Foreign::MacroWorkbook)),
    ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", Some(Foreign::BinaryWorkbook)),
];

/// Namespaces of the parts, as Excel writes them and as ISO has them.
const NAMESPACES: [&str; 4] = [
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://schemas.openxmlformats.org/package/2006/content-types",
];

/// Whether an archive is a file of Office or OpenOffice, which is to be taken for no archive.
pub(crate) fn is_office(archive: &Archive) -> bool {
    let has = |path: &str| archive.members().iter().any(|member| member.name == path);
    has(CONTENT_TYPES) || has(OPEN_DOCUMENT.0) && has(OPEN_DOCUMENT.1)
}

/// The XML of one part.
pub(super) type Part<'r, 'a> = Reader<Text<&'r mut Inflating<'a>>>;

/// The parts of an Office file.
pub(super) struct Package {
    archive: Archive,
}

impl Package {
    pub(super) fn of(archive: Archive) -> Self {
        Self { archive }
    }

    /// The path of the workbook's main part; a file of another kind is refused by its name.
    pub(super) fn main_part(&mut self) -> Result<String, Rejection> {
        if self.member(CONTENT_TYPES).is_err() {
            return Err(Foreign::OpenDocument.refusal());
        }
        match self.read(CONTENT_TYPES, main_part)? {
            Some((path, None)) => Ok(path),
            Some((_, Some(foreign))) => Err(foreign.refusal()),
            None => Err(Foreign::OfficeDocument.refusal()),
        }
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, path: &str) -> bool {
        self.member(path).is_ok()
    }

    /// Reads a part to its end.
    pub(super) fn read<T>(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Part<'_, '_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let member = self.member(path)?;
        let read_whole = |inflating: &mut Inflating<'_>| {
            let mut xml = opened(inflating)?;
            let outcome = read(&mut xml)?;
            xml.finish()?;
            Ok(outcome)
        };
        self.archive.with_member(&member, None, read_whole).map_err(unreadable)
    }

    /// Reads as much of a part as is wanted.
    pub(super) fn glance<T>(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Part<'_, '_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let member = self.member(path)?;
        self.archive.glance(&member, |inflating| read(&mut opened(inflating)?)).map_err(unreadable)
    }

    /// Paths of parts are the same in upper and lower case.
    fn member(&self, path: &str) -> Result<Member, Rejection> {
        let found = self.archive.members().iter().find(|member| member.name.eq_ignore_ascii_case(path));
        let missing = || {
            let path = shown(path.as_bytes());
            damaged((format!("its part {path} is missing"), format!("{path} という部分がありません")))
        };
        found.cloned().ok_or_else(missing)
    }
}

fn opened<'r, 'a>(input: &'r mut Inflating<'a>) -> Result<Part<'r, 'a>, Rejection> {
    let text = Text::open(input)?;
    let encoding = text.encoding();
    Ok(Reader::new(text, encoding))
}

/// Parts are never encrypted one by one.
fn unreadable(fault: Fault) -> Rejection {
    match fault {
        Fault::Locked => Foreign::ProtectedWorkbook.refusal(),
        Fault::Refused(why) => why,
    }
}

/// The path of the main part, and what it is if no workbook.
fn main_part(xml: &mut Part<'_, '_>) -> Result<Option<(String, Option<Foreign>)>, Rejection> {
    root(xml, "Types")?;
    let mut found = None;
    while let Some(element) = xml.next_child()? {
        let kind = element.attribute("ContentType").unwrap_or_default();
        let known = MAIN_PARTS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
        if let (Some((_, foreign)), Some(path)) = (known, element.attribute("PartName")) {
            found = Some((path.trim_start_matches('/').to_owned(), foreign));
        }
        xml.skip()?;
    }
    Ok(found)
}

/// Reads the beginning of a part's root, which must be of such a name.
pub(super) fn root(xml: &mut Part<'_, '_>, name: &str) -> Result<(), Rejection> {
    let root = xml.root()?;
    if root.name == name && NAMESPACES.contains(&root.namespace.as_str()) {
        return Ok(());
    }
    Err(damaged((
        format!("a part of it that should be a \"{name}\" is something else"),
        format!("「{name}」であるはずの部分の内容が違います"),
    )))
}

/// A workbook that says something impossible.
pub(super) fn damaged(rule: (impl Into<String>, impl Into<String>)) -> Rejection {
    Rejection::from(Reason::ArchiveDamaged).with("rule", word(rule))
}
