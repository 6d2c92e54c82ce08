//! Which reader a file belongs to, by its first bytes.

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::delimited::prefix::Beginning;
use crate::evidence::Format;
use crate::foreign::{Foreign, readable};
use crate::lines::BOM;
use crate::source::Opened;
use crate::unlock::Opener;
use crate::{ReadOptions, archive, delimited, dualshield, graph, magic, pskc, safenet, safeword, xml};

/// Formats that are read and are no delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    GraphJson,
    SafeWord,
}

impl Known {
    /// Names a file by its first bytes.
    fn of_bytes(head: &[u8]) -> Option<Self> {
        if magic::foreign(head).is_some() {
            return None;
        }
        let text = readable(head.strip_prefix(BOM).unwrap_or(head));
        match text.trim_start().as_bytes().first()? {
            b'{' | b'[' => graph::is_graph(text).then_some(Self::GraphJson),
            _ => safeword::is_safeword(text).then_some(Self::SafeWord),
        }
    }
}

/// Opens a file with the reader of its format. An error refuses the whole file.
pub(crate) fn open<'a, R: Read + 'a>(
    input: R,
    options: &ReadOptions,
    opener: Opener<'a>,
) -> Result<Opened<'a>, Rejection> {
    let beginning = Beginning::read(input)?;
    if archive::is_zip(beginning.bytes()) {
        return archive::open(beginning.into_text(), options, opener);
    }
    if is_xml(beginning.bytes()) {
        return open_xml(beginning, options, opener);
    }
    let foreign = match Known::of_bytes(beginning.bytes()) {
        Some(Known::GraphJson) => {
            check_use(options, Format::GraphJson)?;
            return Ok(graph::open(beginning, options));
        }
        Some(Known::SafeWord) => {
            check_use(options, Format::SafeWord)?;
            return Ok(safeword::open(beginning, options));
        }
        None => Foreign::of_bytes(beginning.bytes()),
    };
    match foreign {
        Some(foreign) if options.column_map.is_none() || !foreign.yields_to_map() => Err(foreign.refusal()),
        Some(_) | None => {
            let opened = delimited::open(beginning, options)?;
            check_use(options, opened.evidence.format).map(|()| opened)
        }
    }
}

/// Refuses what the operator said of a file that has no such thing: it may be another file than was meant.
fn check_use(options: &ReadOptions, format: Format) -> Result<(), Rejection> {
    let (option, (en, ja)) = match (&options.part, &options.column_map) {
        (Some(_), _) => ("--part", ("parts to choose from", "選ぶ部分")),
        (None, Some(_)) if !format.has_columns() => ("--map", ("columns", "列")),
        (None, _) => return Ok(()),
    };
    let things = Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
    let why = Rejection::from(Reason::FileOptionUnused).with("option", option).with("format", format.title());
    Err(why.with("things", things))
}

/// Neither CSV nor any other text begins so.
fn is_xml(head: &[u8]) -> bool {
    magic::foreign(head).is_none() && head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start().starts_with(b"<")
}

/// The root tells what an XML file is. Where there is none, a web page and RSA's files are still named.
fn open_xml<'a, R: Read + 'a>(
    beginning: Beginning<R>,
    options: &ReadOptions,
    opener: Opener<'a>,
) -> Result<Opened<'a>, Rejection> {
    let (head, text) = (beginning.bytes(), beginning.text_encoding());
    let foreign = Foreign::of_bytes(head).unwrap_or(Foreign::OtherXml);
    match (xml::root(head, text), foreign) {
        (Ok(root), _) if pskc::is_root(&root) => {
            check_use(options, Format::Pskc)?;
            pskc::open(beginning, options, opener)
        }
        (Ok(root), _) if safenet::is_root(&root) => {
            check_use(options, Format::SafeNetXml)?;
            safenet::open(beginning, options)
        }
        (Ok(_), _) if dualshield::is_dualshield(head, text) => {
            check_use(options, Format::DualShieldXml)?;
            dualshield::open(beginning, options)
        }
        (Ok(_), foreign) | (Err(_), foreign @ (Foreign::Html | Foreign::SecurIdXml)) => Err(foreign.refusal()),
        (Err(malformed), _) => Err(malformed),
    }
}
