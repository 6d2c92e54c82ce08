//! What a file was taken for, and why: what `inspect` and `import` show before anything else.

use crate::secret::SecretEncoding;
use crate::unlock::Opens;

/// What a file was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The format.
    pub format: Format,
    /// The order and meaning of its columns, of formats that have more than one.
    pub layout: Option<Layout>,
    /// How its text is written; None of what is no text.
    pub text: Option<TextEncoding>,
    /// Cells of a whole row; 0 where there are no columns.
    pub columns: usize,
    /// The headings of columns that are not read, without control characters.
    pub ignored_columns: Vec<String>,
    /// How its secrets are written; None where no row has one.
    pub secrets: Option<(SecretEncoding, Because)>,
    /// How its secrets are encrypted, if they are.
    pub protection: Option<Protection>,
    /// The member of an archive or the sheet of a workbook that is read, without control characters.
    pub part: Option<String>,
    /// Members of an archive that nobody chose between, since nothing in them may be a seed.
    pub passed_over: Vec<String>,
    /// With `keep_rows`, what a file of its rejected rows begins with: byte order mark, `sep=` line and heading as they
    /// stand in it. Else empty.
    pub head: Vec<u8>,
}

/// How the secrets of a file are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The cipher: `AES-128-CBC`.
    pub cipher: &'static str,
    /// What opens it.
    pub opens: Opens,
    /// What shows that nothing was changed: `HMAC-SHA1`; None where the cipher does so itself.
    pub mac: Option<&'static str>,
    /// Rounds of PBKDF2 over a passphrase.
    pub iterations: Option<u32>,
}

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delimited text whose columns are named, or in Entra's order.
    Csv,
    /// `serial, hex seed[, type[, digits[, interval or counter[, hash]]]]` without a header.
    OathCsv,
    /// A sheet of an Excel workbook, in any layout that delimited text may have.
    Xlsx,
    /// RFC 6030, and the drafts before it.
    Pskc,
    /// Records of a SafeWord server: `sccTokenData: sccKey=…;sccMode=T`.
    SafeWord,
    /// JSON as Microsoft Graph takes it.
    GraphJson,
    /// SafeNet's `<Tokens><Token serial="…">`.
    SafeNetXml,
    /// Deepnet's `<data><header>…</header><tokens>`.
    DualShieldXml,
    /// `serial;maker;type;hex seed;digits;interval or counter` without a header.
    MultiOtp,
    /// The log of Yubico's personalization tool.
    Yubico,
    /// The inventory of RCDevs WebADM, whose last cell holds Base64 in Base64.
    Rcdevs,
    /// `TOTP;serial;hash;seed;epoch;interval;digits` and `HOTP;serial;seed;counter`.
    PhenixId,
    /// `serial:Base64 seed:Base64 counter`.
    Nexus,
    /// `serial,hex seed,counter`.
    PingId,
}

impl Evidence {
    /// That of a format without columns.
    pub(crate) fn of_records(format: Format, text: TextEncoding, secrets: (SecretEncoding, Because)) -> Self {
        Self {
            format,
            layout: None,
            text: Some(text),
            columns: 0,
            ignored_columns: Vec::new(),
            secrets: Some(secrets),
            protection: None,
            part: None,
            passed_over: Vec::new(),
            head: Vec::new(),
        }
    }

    /// The word for people.
    pub fn title(&self) -> &'static str {
        self.layout.map_or(self.format.title(), Layout::as_str)
    }
}

impl Format {
    /// The word for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::OathCsv => "OATH CSV",
            Self::Xlsx => "Excel workbook",
            Self::Pskc => "PSKC",
            Self::SafeWord => "SafeWord",
            Self::GraphJson => "Graph JSON",
            Self::SafeNetXml => "SafeNet XML",
            Self::DualShieldXml => "DualShield XML",
            Self::MultiOtp => "multiOTP",
            Self::Yubico => "Yubico log",
            Self::Rcdevs => "RCDevs inventory",
            Self::PhenixId => "PhenixID",
            Self::Nexus => "Nexus",
            Self::PingId => "PingID",
        }
    }

    /// Whether its rows have columns, which the operator may say something of.
    pub(crate) fn has_columns(self) -> bool {
        match self {
            Self::Csv
            | Self::OathCsv
            | Self::Xlsx
            | Self::MultiOtp
            | Self::Yubico
            | Self::Rcdevs
            | Self::PhenixId
            | Self::Nexus
            | Self::PingId => true,
            Self::Pskc | Self::SafeWord | Self::GraphJson | Self::SafeNetXml | Self::DualShieldXml => false,
        }
    }

    /// The word for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::OathCsv => "oath-csv",
            Self::Xlsx => "xlsx",
            Self::Pskc => "pskc-xml",
            Self::SafeWord => "safeword-dat",
            Self::GraphJson => "graph-json",
            Self::SafeNetXml => "safenet-xml",
            Self::DualShieldXml => "dualshield-xml",
            Self::MultiOtp => "multiotp-csv",
            Self::Yubico => "yubico-csv",
            Self::Rcdevs => "rcdevs-inventory-csv",
            Self::PhenixId => "phenixid-csv",
            Self::Nexus => "nexus-csv",
            Self::PingId => "pingid-csv",
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
    /// The same behind user, resolver and realm, as privacyIDEA's version 2 has it.
    OathCsv2,
    /// multiOTP's list.
    MultiOtp,
    /// The log of Yubico's personalization tool in its traditional form, which says all.
    Yubico,
    /// The same with rows of Yubico's own form, which say neither their digits nor what a key is for.
    YubicoShort,
    /// RCDevs WebADM's inventory.
    Rcdevs,
    /// PhenixID's list.
    PhenixId,
    /// Nexus' list.
    Nexus,
    /// PingID's list.
    PingId,
    /// What the operator's column map says.
    Map,
}

impl Layout {
    /// Whether its tokens all have a clock and no counter.
    pub(crate) fn is_of_clocks(self) -> bool {
        matches!(self, Self::Entra | Self::EntraRows | Self::Graph | Self::Deepnet)
    }

    /// The format it is a layout of.
    pub fn format(self) -> Format {
        match self {
            Self::OathCsv | Self::OathCsv2 => Format::OathCsv,
            Self::MultiOtp => Format::MultiOtp,
            Self::Yubico | Self::YubicoShort => Format::Yubico,
            Self::Rcdevs => Format::Rcdevs,
            Self::PhenixId => Format::PhenixId,
            Self::Nexus => Format::Nexus,
            Self::PingId => Format::PingId,
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
            Self::OathCsv2 => "OATH CSV, version 2",
            Self::MultiOtp => "multiOTP",
            Self::Yubico => "Yubico log",
            Self::YubicoShort => "Yubico log (6-digit HOTP assumed where it does not say)",
            Self::Rcdevs => "RCDevs inventory",
            Self::PhenixId => "PhenixID",
            Self::Nexus => "Nexus",
            Self::PingId => "PingID",
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
    /// Nothing tells hex and Base32 apart in any row: read as hex until a displayed code settles it.
    Undecided,
}
