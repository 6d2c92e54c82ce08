//! Formats that are known and not read: each is refused by its name, with what to do instead. Guarantee: a format is
//! named only for a signature of its own, so that nothing is refused, or read, by a guess.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::cells::Cells;
use crate::lines::BOM;
use crate::secret::{SecretEncoding, decode};

/// A format that this version does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    PskcXml,
    SafeNetXml,
    DualShieldXml,
    SecurIdXml,
    Html,
    OtherXml,
    GraphJson,
    OtherJson,
    Zip,
    Workbook,
    OldWorkbook,
    Archive,
    Pdf,
    Pgp,
    Armour,
    SafeWord,
    Digipass,
    AuthenexSql,
    OathUsers,
    OtpauthUris,
    Wide,
    Binary,
    PrivacyIdea2,
    YubicoLog,
    Rcdevs,
    MultiOtp,
    PhenixId,
    Duo,
}

/// What to do instead.
#[derive(Clone, Copy)]
enum Cure {
    LaterVersion,
    AskForCsv,
    Unpack,
    SaveAsCsv,
    SaveAsUtf8,
    Decrypt,
    Proprietary,
    NotOath,
    AddType,
}

impl Foreign {
    /// The refusal.
    pub(crate) fn refusal(self) -> Rejection {
        let word = |(en, ja): (&str, &str)| Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
        let (en, ja, cure) = self.words();
        Rejection::from(Reason::FileFormatRefused).with("format", word((en, ja))).with("cure", word(cure.words()))
    }

    fn words(self) -> (&'static str, &'static str, Cure) {
        match self {
            Self::PskcXml => ("a PSKC file (RFC 6030)", "PSKC ファイル（RFC 6030）", Cure::LaterVersion),
            Self::SafeNetXml => ("a SafeNet XML file", "SafeNet の XML ファイル", Cure::LaterVersion),
            Self::DualShieldXml => ("a DualShield XML file", "DualShield の XML ファイル", Cure::LaterVersion),
            Self::SecurIdXml => ("an RSA SecurID file (.sdtid)", "RSA SecurID のファイル（.sdtid）", Cure::NotOath),
            Self::Html => ("a web page", "ウェブページ", Cure::AskForCsv),
            Self::OtherXml => ("an XML file of another kind", "対応していない XML ファイル", Cure::AskForCsv),
            Self::GraphJson => ("JSON for Microsoft Graph", "Microsoft Graph 用の JSON", Cure::LaterVersion),
            Self::OtherJson => ("a JSON file of another kind", "対応していない JSON ファイル", Cure::AskForCsv),
            Self::Zip => ("a zip archive", "zip ファイル", Cure::Unpack),
            Self::Workbook => ("an Excel workbook (.xlsx)", "Excel ブック（.xlsx）", Cure::SaveAsCsv),
            Self::OldWorkbook => {
                ("an old or protected Office file", "古い形式または保護された Office ファイル", Cure::SaveAsCsv)
            }
            Self::Archive => ("a compressed archive", "圧縮ファイル", Cure::Unpack),
            Self::Pdf => ("a PDF or RTF document", "PDF または RTF 文書", Cure::AskForCsv),
            Self::Pgp => ("a message encrypted with PGP", "PGP で暗号化されたファイル", Cure::Decrypt),
            Self::Armour => ("an armoured key or message (PEM)", "PEM 形式の鍵またはメッセージ", Cure::AskForCsv),
            Self::SafeWord => ("a SafeWord file (.dat)", "SafeWord のファイル（.dat）", Cure::LaterVersion),
            Self::Digipass => ("a Digipass file (.dpx)", "Digipass のファイル（.dpx）", Cure::Proprietary),
            Self::AuthenexSql => ("an Authenex SQL file", "Authenex の SQL ファイル", Cure::LaterVersion),
            Self::OathUsers => ("a users file of OATH Toolkit", "OATH Toolkit の users ファイル", Cure::AskForCsv),
            Self::OtpauthUris => ("a list of otpauth addresses", "otpauth URI の一覧", Cure::AskForCsv),
            Self::Wide => (
                "text in UTF-16 without a byte order mark, or in UTF-32",
                "BOM のない UTF-16 または UTF-32 のテキスト",
                Cure::SaveAsUtf8,
            ),
            Self::Binary => ("a binary file", "バイナリファイル", Cure::AskForCsv),
            Self::PrivacyIdea2 => {
                ("a privacyIDEA OATH CSV of version 2", "privacyIDEA の OATH CSV（version 2）", Cure::LaterVersion)
            }
            Self::YubicoLog => {
                ("a log of Yubico's personalization tool", "Yubico 設定ツールのログ", Cure::LaterVersion)
            }
            Self::Rcdevs => ("an inventory file of RCDevs WebADM", "RCDevs WebADM のインベントリ", Cure::LaterVersion),
            Self::MultiOtp => ("a multiOTP token list", "multiOTP のトークン一覧", Cure::LaterVersion),
            Self::PhenixId => ("a PhenixID token list", "PhenixID のトークン一覧", Cure::LaterVersion),
            Self::Duo => ("a plain list as for Duo", "Duo 用の一覧", Cure::AddType),
        }
    }

    /// Names a file by its first bytes.
    pub(crate) fn of_bytes(head: &[u8]) -> Option<Self> {
        Self::of_magic(head).or_else(|| Self::of_text(readable(head.strip_prefix(BOM).unwrap_or(head))))
    }

    /// UTF-16 behind a byte order mark is read, but for what follows it as in UTF-32.
    pub(crate) fn of_magic(head: &[u8]) -> Option<Self> {
        const WORKBOOK_PARTS: [&[u8]; 2] = [b"[Content_Types].xml", b"xl/"];
        let contains = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
        match head {
            [b'P', b'K', 3 | 5 | 7, ..] if WORKBOOK_PARTS.into_iter().any(contains) => Some(Self::Workbook),
            [b'P', b'K', 3 | 5 | 7, ..] => Some(Self::Zip),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(Self::OldWorkbook),
            [0x1f, 0x8b, ..] | [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', 0x1a, ..] => Some(Self::Archive),
            [b'%', b'P', b'D', b'F', b'-', ..] | [b'{', b'\\', b'r', b't', b'f', ..] => Some(Self::Pdf),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Self::Wide),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => None,
            _ if is_wide_text(head) => Some(Self::Wide),
            _ if head.contains(&0) => Some(Self::Binary),
            _ => None,
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_start();
        match text.as_bytes().first()? {
            b'<' => Some(Self::of_xml(text)),
            b'{' | b'[' => Some(Self::of_json(text)),
            _ => Self::of_first_line(text.lines().next()?).or_else(|| text.lines().find_map(Self::of_line)),
        }
    }

    fn of_xml(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let has = |part: &str| lower.contains(part);
        match () {
            () if has("keycontainer") => Self::PskcXml,
            () if has("<tknbatch") || has("<tknheader") => Self::SecurIdXml,
            () if has("<tokens>") && has("<header>") && has("<seed>") => Self::DualShieldXml,
            () if has("<token serial=") || has("<tokens>") => Self::SafeNetXml,
            () if has("<html") || has("<!doctype html") => Self::Html,
            () => Self::OtherXml,
        }
    }

    fn of_json(text: &str) -> Self {
        if text.contains("\"secretKey\"") || text.contains("\"serialNumber\"") {
            Self::GraphJson
        } else {
            Self::OtherJson
        }
    }

    /// privacyIDEA looks for its version in the first line only.
    fn of_first_line(line: &str) -> Option<Self> {
        if ["DIGIPASS", "DPX", "VASCO"].into_iter().any(|maker| is_title_of(line, maker)) {
            return Some(Self::Digipass);
        }
        let version = line.strip_prefix('#')?.trim_start().strip_prefix("version:")?.trim();
        (version.starts_with(|c: char| c.is_ascii_digit()) && version != "1").then_some(Self::PrivacyIdea2)
    }

    fn of_line(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let begins = |part: &str| line.starts_with(part);
        match () {
            () if begins("-----BEGIN PGP") => Some(Self::Pgp),
            () if begins("-----BEGIN ") => Some(Self::Armour),
            () if line.starts_with('#') && line.contains("SafeWord Authenticator Records") => Some(Self::SafeWord),
            () if begins("sccTokenData:") || begins("sccAuthenticatorId:") => Some(Self::SafeWord),
            () if begins("AUTHENEXDB") || begins("INSERT INTO OTP") => Some(Self::AuthenexSql),
            () if begins("otpauth://") => Some(Self::OtpauthUris),
            () if is_oath_user(line) => Some(Self::OathUsers),
            () => None,
        }
    }

    /// Names a list without a header by the order of a row's cells.
    pub(crate) fn of_row(cells: &Cells<'_>) -> Option<Self> {
        const YUBICO: [&str; 5] = ["yubicootp", "oathhotp", "staticpassword", "loggingstart", "challengeresponse"];
        let cell = |at: usize| cells.get(at).map_or("", Cow::as_ref);
        let word = |at: usize| fold_word(cell(at));
        let first = word(0);
        match cells.len() {
            2.. if YUBICO.into_iter().any(|kind| first.starts_with(kind)) => Some(Self::YubicoLog),
            6.. if is_number(cell(0)) && is_log_time(cell(5)) => Some(Self::YubicoLog),
            4.. if first == "type" && word(1) == "reference" && word(3) == "data" => Some(Self::Rcdevs),
            4.. if first == "otptoken" && cell(3).contains("TokenKey=") => Some(Self::Rcdevs),
            4.. if matches!(first.as_str(), "hotp" | "totp") => Some(Self::PhenixId),
            6.. if matches!(word(2).as_str(), "hotp" | "totp" | "motp") && is_long_hex(cell(3)) => Some(Self::MultiOtp),
            _ => None,
        }
    }
}

impl Cure {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::LaterVersion => (
                "it is not read by this version; ask the vendor for CSV with the columns serial number, secret key, time interval",
                "この版では読めません．serial number，secret key，time interval の列を持つCSVを製造元に依頼してください",
            ),
            Self::AskForCsv => (
                "ask the vendor for CSV with the columns serial number, secret key, time interval",
                "serial number，secret key，time interval の列を持つCSVを製造元に依頼してください",
            ),
            Self::Unpack => ("unpack it and import what is inside", "展開して，中のファイルを取り込んでください"),
            Self::SaveAsCsv => (
                "ask the vendor for CSV; or open it, format the serial number as text and save it as CSV UTF-8",
                "製造元にCSVを依頼するか，開いてシリアル番号の書式を文字列にし，CSV UTF-8 で保存してください",
            ),
            Self::SaveAsUtf8 => (
                "save it as UTF-8 (in Excel: CSV UTF-8), or use the vendor's file as it came",
                "UTF-8 で保存し直す（Excel では CSV UTF-8）か，製造元の元のファイルを使ってください",
            ),
            Self::Decrypt => (
                "decrypt it first and pipe it in, so that no clear copy is left: gpg --decrypt FILE | tokenadm import -",
                "先に復号し，平文を残さないようパイプで渡してください: gpg --decrypt FILE | tokenadm import -",
            ),
            Self::Proprietary => (
                "it is proprietary and opens only with its maker's software; ask the vendor for the OATH seeds as CSV or PSKC",
                "製造元のソフトウェアでしか開けない独自形式です．OATH のシードを CSV か PSKC で製造元に依頼してください",
            ),
            Self::NotOath => (
                "it is proprietary and holds no OATH tokens; ask the vendor for OATH (TOTP or HOTP) tokens with their seeds as CSV",
                "独自形式で，OATH トークンではありません．OATH（TOTP，HOTP）トークンとそのシードのCSVを製造元に依頼してください",
            ),
            Self::AddType => (
                "it does not say what the tokens are; write it in each row, as in: serial, hex seed, totp, 6, 30",
                "トークンの種別が書かれていません．各行に書いてください（例: シリアル番号, 16進シード, totp, 6, 30）",
            ),
        }
    }
}

/// As much of the head as is text; a cut character at its end is no matter.
fn readable(head: &[u8]) -> &str {
    match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
    }
}

/// ASCII text in UTF-16 has a zero in every second byte, also without a mark.
fn is_wide_text(head: &[u8]) -> bool {
    let start = &head[..head.len().min(256)];
    let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    even + odd >= start.len() * 2 / 5 && (even == 0 || odd == 0) && even + odd > 1
}

/// A title, not a row: a seed file of another layout may well name a Digipass as its model.
fn is_title_of(line: &str, maker: &str) -> bool {
    let first = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    first.eq_ignore_ascii_case(maker) && !line.contains([',', ';', '\t', '|'])
}

/// `HOTP/T30/6 user - 00112233`: OATH Toolkit's list, which has no serials.
fn is_oath_user(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let kind = words.next().unwrap_or("").split('/').next();
    kind == Some("HOTP") && words.nth(1).is_some() && words.next().is_some_and(is_long_hex)
}

pub(crate) fn fold_word(cell: &str) -> String {
    cell.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

pub(crate) fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_long_hex(cell: &str) -> bool {
    decode(cell, SecretEncoding::Hex).is_ok_and(|seed| seed.len() >= 4)
}

/// `2013-12-12T08:41:07`.
fn is_log_time(cell: &str) -> bool {
    let is_year = cell.split_once('-').is_some_and(|(year, _)| year.len() == 4 && is_number(year));
    is_year && cell.len() >= 19 && cell.as_bytes()[10] == b'T'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::{Delimiter, split};
    use tokenfleet_domain::catalogue::Lang;

    #[test]
    fn files_are_named_by_their_first_bytes() {
        for (head, expected) in [
            (&b"  <?xml version='1.0'?><pskc:KeyContainer xmlns:pskc='x'>"[..], Foreign::PskcXml),
            (b"\xef\xbb\xbf<Tokens>\n<Token serial=\"0004\">", Foreign::SafeNetXml),
            (b"\n <Token serial=\"0004\">", Foreign::SafeNetXml),
            (b"<data><header><digits>6</digits></header><tokens><token><seed>", Foreign::DualShieldXml),
            (b"<?xml version=\"1.0\"?><TKNBatch><TKNHeader>", Foreign::SecurIdXml),
            (b"<!DOCTYPE html><html>", Foreign::Html),
            (b"<svg/>", Foreign::OtherXml),
            (b"{\"@context\":\"#$delta\",\"value\":[{\"serialNumber\":\"1\"", Foreign::GraphJson),
            (b"[1, 2]", Foreign::OtherJson),
            (b"PK\x03\x04\x14\0\x06\0xxxx[Content_Types].xml", Foreign::Workbook),
            (b"PK\x03\x04\x14\0\x06\0xxxxseeds.csv", Foreign::Zip),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", Foreign::OldWorkbook),
            (b"\x1f\x8b\x08", Foreign::Archive),
            (b"%PDF-1.7", Foreign::Pdf),
            (b"-----BEGIN PGP MESSAGE-----\nVersion: 1\n", Foreign::Pgp),
            (b"-----BEGIN CERTIFICATE-----\n", Foreign::Armour),
            (b"# ===== SafeWord Authenticator Records $Version: 100$ =====\n", Foreign::SafeWord),
            (b"DIGIPASS export 1\n", Foreign::Digipass),
            (b"AUTHENEXDB\n", Foreign::AuthenexSql),
            (b"# users\nHOTP/T30/6\tjoe\t-\t00112233445566778899\n", Foreign::OathUsers),
            (b"otpauth://totp/x?secret=A\n", Foreign::OtpauthUris),
            (b"\xff\xfe\0\0s\0\0\0", Foreign::Wide),
            (b"s\0e\0r\0i\0a\0l\0", Foreign::Wide),
            (b"\0s\0e\0r\0i\0a\0l", Foreign::Wide),
            (b"abc\0def", Foreign::Binary),
            (b"#version: 2\nu, r, r, tok1, 1212", Foreign::PrivacyIdea2),
        ] {
            assert_eq!(Foreign::of_bytes(head), Some(expected), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn what_is_read_here_is_not_named() {
        for head in [
            "upn,serial number,secret key,time interval,manufacturer,model\n",
            "# version: 1\ntok1, 1212\n",
            "# made with Digipass in mind\ntok1, 1212\n",
            "tok1,1212\n# version: 2\n",
            "10001001,AAAA,60,OneSpan,DIGIPASS GO 6\n",
            "",
        ] {
            assert_eq!(Foreign::of_bytes(head.as_bytes()), None, "{head:?}");
        }
    }

    #[test]
    fn lists_are_named_by_the_order_of_their_cells() {
        for (row, expected) in [
            ("OATH-HOTP,11.12.13 18:55,1,cccc,,00112233,,,0,0,0,6,0,0,0,0,0,0", Some(Foreign::YubicoLog)),
            ("LOGGING START,11.12.13 16:43", Some(Foreign::YubicoLog)),
            ("508327,,0,0011223344556677889900112233445566778899,,2013-12-12T08:41:07,", Some(Foreign::YubicoLog)),
            ("508327,,0,0011223344556677889900112233445566778899,,２０１３-12-12T08:41:07,", None),
            ("Type, Reference, Description, Data", Some(Foreign::Rcdevs)),
            (r#""OTP Token", "60234567", "c202", "TokenKey=AAAA=,TokenType=VE9UUA==""#, Some(Foreign::Rcdevs)),
            ("ABC1,multi OTP,mOTP,00112233445566778899,6,10", Some(Foreign::MultiOtp)),
            ("TOTP,10001,SHA1,00112233445566778899,0,30,6", Some(Foreign::PhenixId)),
            ("tok1, 00112233445566778899, totp, 6, 30", None),
            ("tok1, 00112233445566778899, totp, 6, 30, sha1", None),
            ("987654321,00112233,urn:ietf:params:xml:ns:keyprov:pskc:hotp,8,,", None),
        ] {
            assert_eq!(Foreign::of_row(&split(row, Delimiter::Comma).unwrap()), expected, "{row}");
        }
    }

    #[test]
    fn a_refusal_says_what_it_is_and_what_to_do() {
        let refusal = Foreign::Digipass.refusal();
        assert_eq!(refusal.message(Lang::En), "this is a Digipass file (.dpx), which can't be imported");
        assert!(refusal.hint(Lang::Ja).contains("独自形式"));
        assert!(Foreign::PskcXml.refusal().hint(Lang::En).contains("not read by this version"));
    }
}
