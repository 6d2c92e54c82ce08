//! Formats that are known and not read: each is refused by its name, with what to do instead. Guarantee: a format is
//! named only for a signature of its own, so that nothing is refused, or read, by a guess.

use tokenfleet_domain::person::Headings;
use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::delimited::cells::{Delimiter, split};
use crate::field::{Field, heading};
use crate::lines::BOM;
use crate::magic;
use crate::secret::{SecretEncoding, decode};

/// A format that this version does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    SecurIdXml,
    Html,
    OtherXml,
    OtherJson,
    /// As a list of loans; as a seed file either is read.
    Packed,
    NestedZip,
    MacroWorkbook,
    BinaryWorkbook,
    OfficeDocument,
    OpenDocument,
    ProtectedWorkbook,
    OldWorkbook,
    Gzip,
    SevenZip,
    Rar,
    /// Any other.
    Archive,
    Picture,
    Program,
    Pdf,
    Pgp,
    Age,
    Armour,
    Digipass,
    AuthenexSql,
    OathUsers,
    OtpauthUris,
    Wide,
    Binary,
    OathCsvVersion,
    Duo,
    People,
}

/// What to do instead.
#[derive(Clone, Copy)]
enum Cure {
    AskForCsv,
    Unpack,
    NoSeedsShown,
    AskForData,
    SaveList,
    SaveAsXlsx,
    TakeProtectionOff,
    SaveAsUtf8,
    Decrypt,
    DecryptAge,
    Proprietary,
    NotOath,
    AddType,
    OathCsv,
    NameSerials,
    NoList,
    ImportPeople,
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
            Self::SecurIdXml => ("an RSA SecurID file (.sdtid)", "RSA SecurID のファイル（.sdtid）", Cure::NotOath),
            Self::Html => ("a web page", "ウェブページ", Cure::AskForCsv),
            Self::OtherXml => ("an XML file of another kind", "対応していない XML ファイル", Cure::AskForCsv),
            Self::OtherJson => ("a JSON file of another kind", "対応していない JSON ファイル", Cure::AskForCsv),
            Self::Packed => ("an Excel workbook or a zip archive", "Excel ブックまたは zip ファイル", Cure::SaveList),
            Self::NestedZip => ("a zip archive inside another", "zip ファイルの中の zip ファイル", Cure::Unpack),
            Self::MacroWorkbook => ("a workbook with macros (.xlsm)", "マクロ有効ブック（.xlsm）", Cure::SaveAsXlsx),
            Self::BinaryWorkbook => ("a binary workbook (.xlsb)", "バイナリブック（.xlsb）", Cure::SaveAsXlsx),
            Self::OfficeDocument => {
                ("an Office document that is no workbook", "Excel ブック以外の Office 文書", Cure::AskForCsv)
            }
            Self::OpenDocument => ("an OpenDocument file (.ods)", "OpenDocument ファイル（.ods）", Cure::SaveAsXlsx),
            Self::ProtectedWorkbook => (
                "an Office file encrypted with a password",
                "パスワードで暗号化された Office ファイル",
                Cure::TakeProtectionOff,
            ),
            Self::OldWorkbook => ("an old Office file (.xls)", "古い形式の Office ファイル（.xls）", Cure::SaveAsXlsx),
            Self::Gzip => ("a gzip file (.gz)", "gzip ファイル（.gz）", Cure::Unpack),
            Self::SevenZip => ("a 7-Zip archive (.7z)", "7-Zip の圧縮ファイル（.7z）", Cure::Unpack),
            Self::Rar => ("a RAR archive (.rar)", "RAR の圧縮ファイル（.rar）", Cure::Unpack),
            Self::Archive => ("an archive of a kind that is not read", "対応していない圧縮ファイル", Cure::Unpack),
            Self::Picture => ("an image", "画像", Cure::NoSeedsShown),
            Self::Program => ("a program", "プログラム", Cure::AskForData),
            Self::Pdf => ("a PDF or RTF document", "PDF または RTF 文書", Cure::AskForCsv),
            Self::Pgp => ("a message encrypted with PGP", "PGP で暗号化されたファイル", Cure::Decrypt),
            Self::Age => ("a file encrypted with age", "age で暗号化されたファイル", Cure::DecryptAge),
            Self::Armour => ("an armoured key or message (PEM)", "PEM 形式の鍵またはメッセージ", Cure::AskForCsv),
            Self::Digipass => ("a Digipass file (.dpx)", "Digipass のファイル（.dpx）", Cure::Proprietary),
            Self::AuthenexSql => ("an Authenex SQL file", "Authenex の SQL ファイル", Cure::AskForCsv),
            Self::OathUsers => ("a users file of OATH Toolkit", "OATH Toolkit の users ファイル", Cure::NameSerials),
            Self::OtpauthUris => ("a list of otpauth addresses", "otpauth URI の一覧", Cure::NoList),
            Self::Wide => (
                "text in UTF-16 without a byte order mark, or in UTF-32",
                "BOM のない UTF-16 または UTF-32 のテキスト",
                Cure::SaveAsUtf8,
            ),
            Self::Binary => ("a binary file", "バイナリファイル", Cure::AskForCsv),
            Self::OathCsvVersion => ("an OATH CSV of an unknown version", "不明なバージョンの OATH CSV", Cure::OathCsv),
            Self::Duo => (
                "a list of serials and secrets alone, as for Duo",
                "シリアル番号とシードだけの一覧（Duo 用など）",
                Cure::AddType,
            ),
            Self::People => ("a list of people", "名簿", Cure::ImportPeople),
        }
    }

    /// Whether somebody may mean it when a seed file is wanted; documents and pictures are nobody's seeds.
    pub(crate) fn may_hold_seeds(self) -> bool {
        !matches!(
            self,
            Self::Html
                | Self::OtherXml
                | Self::OtherJson
                | Self::OfficeDocument
                | Self::OpenDocument
                | Self::Picture
                | Self::Program
                | Self::Pdf
                | Self::Armour
                | Self::Binary
                | Self::People
        )
    }

    /// Names a file by its first bytes.
    pub(crate) fn of_bytes(head: &[u8]) -> Option<Self> {
        magic::foreign(head).or_else(|| Self::of_text(readable(head.strip_prefix(BOM).unwrap_or(head))))
    }

    /// Whether the operator's column map can make it readable: it has columns, and lacks only words for them.
    pub(crate) fn yields_to_map(self) -> bool {
        matches!(self, Self::OathUsers | Self::People)
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_start();
        match text.as_bytes().first()? {
            b'<' => Some(Self::of_xml(text)),
            b'{' | b'[' => Some(Self::OtherJson),
            _ => Self::of_first_line(text.lines().next()?).or_else(|| text.lines().find_map(Self::of_line)),
        }
    }

    fn of_xml(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let has = |part: &str| lower.contains(part);
        match () {
            () if has("<tknbatch") || has("<tknheader") => Self::SecurIdXml,
            () if has("<html") || has("<!doctype html") => Self::Html,
            () => Self::OtherXml,
        }
    }

    /// privacyIDEA looks for its version in the first line only.
    fn of_first_line(line: &str) -> Option<Self> {
        if ["DIGIPASS", "DPX", "VASCO"].into_iter().any(|maker| is_title_of(line, maker)) {
            return Some(Self::Digipass);
        }
        if is_heading_of_people(line) {
            return Some(Self::People);
        }
        oath_version(line).filter(|version| !(1..=2).contains(version)).map(|_| Self::OathCsvVersion)
    }

    fn of_line(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let begins = |part: &str| line.starts_with(part);
        match () {
            () if begins("-----BEGIN PGP") => Some(Self::Pgp),
            () if begins("-----BEGIN AGE ENCRYPTED FILE-----") => Some(Self::Age),
            () if begins("-----BEGIN ") => Some(Self::Armour),
            () if begins("AUTHENEXDB") || begins("INSERT INTO OTP") => Some(Self::AuthenexSql),
            () if begins("otpauth://") => Some(Self::OtpauthUris),
            () if is_oath_user(line) => Some(Self::OathUsers),
            () => None,
        }
    }
}

impl Cure {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::AskForCsv => (
                "ask the vendor for CSV with the columns serial number, secret key, time interval",
                "serial number，secret key，time interval の列を持つCSVを製造元に依頼してください",
            ),
            Self::Unpack => (
                "unpack it and import what is inside; a zip archive is read as it is",
                "展開して，中のファイルを取り込んでください．zip はそのまま読めます",
            ),
            Self::NoSeedsShown => (
                "no seeds are read off a picture; ask the vendor for the seed file itself, as PSKC or CSV",
                "画像からシードは読み取れません．シードファイルそのものを PSKC か CSV で製造元に依頼してください",
            ),
            Self::AskForData => (
                "don't run it; ask the vendor for the seeds as PSKC, CSV or an encrypted zip",
                "実行せずに，シードを PSKC，CSV または暗号化した zip で製造元に依頼してください",
            ),
            Self::SaveList => (
                "open it and save the list as CSV UTF-8; an archive has to be unpacked first",
                "開いて，一覧を CSV UTF-8 で保存してください．zip は先に展開してください",
            ),
            Self::SaveAsXlsx => (
                "ask the vendor for CSV; or open it and save it as an Excel workbook (.xlsx), whose cells are checked one by one",
                "製造元に CSV を依頼するか，開いて Excel ブック（.xlsx）として保存してください．セルごとに確認して読みます",
            ),
            Self::TakeProtectionOff => (
                "open it in Excel and save it without a password in a place that is wiped afterwards, or ask the vendor for an encrypted zip",
                "Excel で開き，後で消去できる場所にパスワードなしで保存するか，暗号化した zip を製造元に依頼してください",
            ),
            Self::SaveAsUtf8 => (
                "save it as UTF-8 (in Excel: CSV UTF-8), or use the vendor's file as it came",
                "UTF-8 で保存し直す（Excel では CSV UTF-8）か，製造元の元のファイルを使ってください",
            ),
            Self::Decrypt => (
                "decrypt it first and pipe it in, so that no clear copy is left: gpg --decrypt FILE | tokenadm import -",
                "先に復号し，平文を残さないようパイプで渡してください: gpg --decrypt FILE | tokenadm import -",
            ),
            Self::DecryptAge => (
                "decrypt it first and pipe it in, so that no clear copy is left: age --decrypt -i KEY FILE | tokenadm import -",
                "先に復号し，平文を残さないようパイプで渡してください: age --decrypt -i KEY FILE | tokenadm import -",
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
                "it does not say what the tokens are; say it as the vendor tells you, with totp or hotp and 30 or 60: --map serial=1,secret=2:hex,type=const:totp,period=const:60",
                "トークンの種別が書かれていません．製造元に確かめ，totp か hotp，30 か 60 を指定してください: --map serial=1,secret=2:hex,type=const:totp,period=const:60",
            ),
            Self::OathCsv => (
                "privacyIDEA knows the versions 1 (serial first) and 2 (user, resolver, realm, serial); name the one that it is in the first line",
                "privacyIDEA にはバージョン 1（シリアル番号から）と 2（ユーザ，リゾルバ，レルム，シリアル番号の順）があります．1行目を正しいバージョンにしてください",
            ),
            Self::NameSerials => (
                "it names users and no serials, so nobody could tell which token is whose; where the user's name is the serial: --map serial=2,secret=4:hex,type=const:totp,period=const:30, with the type and interval of the first column",
                "ユーザ名だけでシリアル番号がなく，どのトークンか分かりません．ユーザ名がシリアル番号なら，最初の列の種別と周期を付けて指定してください: --map serial=2,secret=4:hex,type=const:totp,period=const:30",
            ),
            Self::NoList => (
                "an address has a person's name and no serial, and is meant for an app, not for a hardware token; ask the vendor for CSV with the columns serial number, secret key, time interval",
                "otpauth URI は人の名前しか持たず，ハードウェアトークンではなくアプリ用です．serial number，secret key，time interval の列を持つCSVを製造元に依頼してください",
            ),
            Self::ImportPeople => (
                "import it as such: tokenadm directory import FILE",
                "名簿として取り込んでください: tokenadm directory import FILE",
            ),
        }
    }
}

/// As much of the head as is text; a cut character at its end is no matter.
pub(crate) fn readable(head: &[u8]) -> &str {
    match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
    }
}

/// `# version: 2`, by which privacyIDEA tells the columns of its OATH CSV.
pub(crate) fn oath_version(line: &str) -> Option<u32> {
    let version = line.strip_prefix('#')?.trim_start().strip_prefix("version:")?.trim_start();
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// A title, not a row: a seed file of another layout may well name a Digipass as its model.
fn is_title_of(line: &str, maker: &str) -> bool {
    let first = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    first.eq_ignore_ascii_case(maker) && !line.contains([',', ';', '\t', '|'])
}

/// A list of people names IDs, names and more, and nothing that a token has.
fn is_heading_of_people(line: &str) -> bool {
    let is_heading = |delimiter| {
        let cells = split(line, delimiter).unwrap_or_default();
        let is_of_tokens =
            |cell: &str| heading(cell).is_some_and(|heading| matches!(heading.field, Field::Serial | Field::Secret));
        Headings::read(cells.iter().map(AsRef::as_ref)).is_ok() && !cells.iter().any(|cell| is_of_tokens(cell))
    };
    [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab].into_iter().any(is_heading)
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokenfleet_domain::catalogue::Lang;

    #[test]
    fn files_are_named_by_their_first_bytes() {
        for (head, expected) in [
            (&b"<?xml version=\"1.0\"?><TKNBatch><TKNHeader>"[..], Foreign::SecurIdXml),
            (b"<!DOCTYPE html><html>", Foreign::Html),
            (b"<svg/>", Foreign::OtherXml),
            (b"[1, 2]", Foreign::OtherJson),
            (b"-----BEGIN AGE ENCRYPTED FILE-----\n", Foreign::Age),
            (b"-----BEGIN PGP MESSAGE-----\nVersion: 1\n", Foreign::Pgp),
            (b"-----BEGIN CERTIFICATE-----\n", Foreign::Armour),
            (b"DIGIPASS export 1\n", Foreign::Digipass),
            (b"AUTHENEXDB\n", Foreign::AuthenexSql),
            (b"# users\nHOTP/T30/6\tjoe\t-\t00112233445566778899\n", Foreign::OathUsers),
            (b"otpauth://totp/x?secret=A\n", Foreign::OtpauthUris),
            (b"#version: 3\nu, r, r, tok1, 1212", Foreign::OathCsvVersion),
            (b"User ID;Name;Department\n0123456789;A;B\n", Foreign::People),
            ("共通ID,氏名,部局\n".as_bytes(), Foreign::People),
        ] {
            assert_eq!(Foreign::of_bytes(head), Some(expected), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn what_is_read_here_is_not_named() {
        for head in [
            "upn,serial number,secret key,time interval,manufacturer,model\n",
            "# version: 1\ntok1, 1212\n",
            "# version: 2\nu, r, r, tok1, 1212\n",
            "# made with Digipass in mind\ntok1, 1212\n",
            "tok1,1212\n# version: 2\n",
            "id,name,secret key,interval\n",
            "10001001,AAAA,60,OneSpan,DIGIPASS GO 6\n",
            "",
        ] {
            assert_eq!(Foreign::of_bytes(head.as_bytes()), None, "{head:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_it_is_and_what_to_do() {
        let refusal = Foreign::Digipass.refusal();
        assert_eq!(refusal.message(Lang::En), "this is a Digipass file (.dpx), which can't be imported");
        assert!(refusal.hint(Lang::Ja).contains("独自形式"));
        assert!(Foreign::AuthenexSql.refusal().hint(Lang::En).contains("ask the vendor for CSV"));
    }
}
