//! What a file was taken for, and why: what `inspect` and `import` show before anything else.

use crate::cells::Delimiter;
use crate::secret::SecretEncoding;

/// What a file was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The format.
    pub format: Format,
    /// The order and meaning of its columns.
    pub layout: Layout,
    /// How its text is written.
    pub text: TextEncoding,
    /// What stands between its cells.
    pub delimiter: Delimiter,
    /// Cells of a whole row.
    pub columns: usize,
    /// How its secrets are written; None where no row has one.
    pub secrets: Option<(SecretEncoding, Because)>,
    /// With `keep_rows`, what a file of its rejected rows begins with: byte order mark, `sep=` line and heading as they
    /// stand in it. Else empty.
    pub head: Vec<u8>,
}

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delimited text whose columns are named, or in Entra's order.
    Csv,
    /// `serial, hex seed[, type[, digits[, interval or counter[, hash]]]]` without a header.
    OathCsv,
}

impl Format {
    /// The word for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::OathCsv => "oath-csv",
        }
    }
}

/// Whose order of columns it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Entra's upload file, formerly Azure's; Token2, Thales and others ship it.
    Entra,
    /// The same without its header, as Feitian Japan ships it.
    EntraRows,
    /// The names of Microsoft Graph.
    Graph,
    /// Entra's file without users, as Deepnet ships it.
    Deepnet,
    /// Any other header of usual names.
    Header,
    /// The order of privacyIDEA, LinOTP and NetIQ.
    OathCsv,
    /// What the operator's column map says.
    Map,
}

impl Layout {
    /// The format it is a layout of.
    pub fn format(self) -> Format {
        match self {
            Self::OathCsv => Format::OathCsv,
            Self::Entra | Self::EntraRows | Self::Graph | Self::Deepnet | Self::Header | Self::Map => Format::Csv,
        }
    }

    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "Entra",
            Self::EntraRows => "Entra without header",
            Self::Graph => "Graph",
            Self::Deepnet => "Deepnet",
            Self::Header => "header",
            Self::OathCsv => "OATH CSV",
            Self::Map => "column map",
        }
    }
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 behind a byte order mark, as Excel writes it.
    Utf8WithBom,
    /// UTF-16 behind a byte order mark, as Excel writes "Unicode text".
    Utf16Le,
    /// The same in the other order of bytes.
    Utf16Be,
    /// What Japanese Windows calls ANSI, and Excel writes as plain CSV there.
    ShiftJis,
    /// Japanese on older Unix.
    EucJp,
}

impl TextEncoding {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8WithBom => "UTF-8 with BOM",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::ShiftJis => "Shift_JIS (CP932)",
            Self::EucJp => "EUC-JP",
        }
    }
}

/// Why secrets are read as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The layout is always written so.
    Layout,
    /// The heading of the column says it.
    Heading,
    /// The operator said it.
    Asked,
    /// A row can be read in no other way.
    Row {
        /// The line of that row.
        line: u64,
        /// The character that the other encoding does not have.
        contains: char,
    },
}
