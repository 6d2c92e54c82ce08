//! The columns a seed file may have and every heading they are known by. Guarantee: a heading is matched whole, after
//! folding case, width, blanks and signs; a longer text that merely contains a heading is none.

use tokenfleet_domain::catalogue::Lang;
use unicode_normalization::UnicodeNormalization;

use crate::secret::SecretEncoding;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The serial number.
    Serial,
    /// The secret key.
    Secret,
    /// HOTP or TOTP.
    Type,
    /// A digest or a type; files use the word for both.
    Algorithm,
    /// The digest.
    Hash,
    /// Digits of a code.
    Digits,
    /// Seconds a code is shown.
    Period,
    /// When a clock began to count, in seconds since 1970.
    Epoch,
    /// The next expected counter.
    Counter,
    /// Who made it.
    Manufacturer,
    /// Who issues it; the manufacturer where no column names one.
    Issuer,
    /// What it is called.
    Model,
    /// Which key of a serial.
    KeyId,
    /// When the vendor's promise ends.
    Expiry,
    /// How codes are written; decimal is the only way.
    CodeFormat,
    /// Whom it is for: read by Entra, not by us.
    UserName,
}

impl Field {
    pub(crate) const COUNT: usize = Self::UserName as usize + 1;

    /// Every field, in the order of its number.
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Serial,
        Self::Secret,
        Self::Type,
        Self::Algorithm,
        Self::Hash,
        Self::Digits,
        Self::Period,
        Self::Epoch,
        Self::Counter,
        Self::Manufacturer,
        Self::Issuer,
        Self::Model,
        Self::KeyId,
        Self::Expiry,
        Self::CodeFormat,
        Self::UserName,
    ];

    /// What people call it.
    pub fn name(self, lang: Lang) -> &'static str {
        let (en, ja) = match self {
            Self::Serial => ("serial number", "シリアル番号"),
            Self::Secret => ("secret key", "シード"),
            Self::Type => ("type", "種別"),
            Self::Algorithm => ("algorithm", "アルゴリズム"),
            Self::Hash => ("hash function", "ハッシュ関数"),
            Self::Digits => ("digits", "桁数"),
            Self::Period => ("time interval", "時間間隔"),
            Self::Epoch => ("epoch", "起点時刻"),
            Self::Counter => ("counter", "カウンタ"),
            Self::Manufacturer => ("manufacturer", "製造元"),
            Self::Issuer => ("issuer", "発行者"),
            Self::Model => ("model", "モデル"),
            Self::KeyId => ("key id", "キーID"),
            Self::Expiry => ("expiry date", "有効期限"),
            Self::CodeFormat => ("response encoding", "コード形式"),
            Self::UserName => ("upn", "ユーザ名"),
        };
        match lang {
            Lang::En => en,
            Lang::Ja => ja,
        }
    }

    /// Whether a second column of it could change what is read; a second name for a model can't.
    pub(crate) fn must_be_single(self) -> bool {
        match self {
            Self::Manufacturer | Self::Issuer | Self::Model | Self::UserName => false,
            Self::Serial
            | Self::Secret
            | Self::Type
            | Self::Algorithm
            | Self::Hash
            | Self::Digits
            | Self::Period
            | Self::Epoch
            | Self::Counter
            | Self::KeyId
            | Self::Expiry
            | Self::CodeFormat => true,
        }
    }
}

/// A heading that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) field: Field,
    /// `Seed (HEX)` says how the secrets are written.
    pub(crate) encoding: Option<SecretEncoding>,
}

/// Looks a heading up.
pub(crate) fn heading(text: &str) -> Option<Heading> {
    let folded = fold(text)?;
    if let Some(field) = field(&folded) {
        return Some(Heading { field, encoding: None });
    }
    ENCODING_WORDS.into_iter().find_map(|(word, encoding)| {
        let rest = folded.strip_suffix(word).or_else(|| folded.strip_prefix(word))?;
        (field(rest) == Some(Field::Secret)).then_some(Heading { field: Field::Secret, encoding: Some(encoding) })
    })
}

/// The longer word first, where one ends another.
const ENCODING_WORDS: [(&str, SecretEncoding); 6] = [
    ("hex", SecretEncoding::Hex),
    ("base16", SecretEncoding::Hex),
    ("16進数", SecretEncoding::Hex),
    ("16進", SecretEncoding::Hex),
    ("base32", SecretEncoding::Base32),
    ("base64", SecretEncoding::Base64),
];

/// Lower case, letters and digits only: `Serial Number`, `serial_number` and `serialNumber` are one heading.
pub(crate) fn fold(text: &str) -> Option<String> {
    (text.len() <= 128).then(|| fold_long(text))
}

/// The same of a text of any length.
pub(crate) fn fold_long(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Looks a folded heading up, as it stands, in the plural, or with the unit of a time behind it.
fn field(folded: &str) -> Option<Field> {
    let known = |text: &str| HEADINGS.iter().find(|(_, headings)| headings.contains(&text)).map(|(field, _)| *field);
    let plural = || folded.strip_suffix('s').and_then(known);
    let timed = |unit: &str| folded.strip_suffix(unit).and_then(known).filter(|field| *field == Field::Period);
    known(folded).or_else(plural).or_else(|| SECONDS.into_iter().find_map(timed))
}

/// Units of a time, folded.
const SECONDS: [&str; 8] = ["inseconds", "seconds", "second", "insec", "secs", "sec", "秒回", "秒"];

/// Every heading, folded.
#[rustfmt::skip] // A list of words, not of lines.
const HEADINGS: &[(Field, &[&str])] = &[
    (Field::Serial, &[
        "serial", "serialnumber", "serialnum", "serialno", "serialnr", "sn", "tokenserial", "tokenserialnumber",
        "tokenserialno", "deviceserial", "deviceserialnumber", "シリアル番号", "シリアル", "シリアルナンバー",
        "シリアルno", "シリアル番号sn", "トークンシリアル", "トークンシリアル番号", "トークン番号", "トークンのシリアル番号",
        "機器シリアル番号", "製造番号", "個体番号",
    ]),
    (Field::Secret, &[
        "secret", "secretkey", "seed", "key", "seedkey", "seedvalue", "seeddata", "secretseed", "sharedsecret", "otpkey",
        "otpseed", "otpsecret", "otpsecretkey", "tokenseed", "tokensecret", "tokenkey", "シードキー", "シード", "シード値",
        "シードデータ", "シードコード", "シード鍵", "otpシード", "トークンシード", "秘密鍵", "秘密キー", "シークレット",
        "シークレットキー", "シークレット鍵", "共有鍵", "共有秘密鍵", "共有シークレット",
    ]),
    (Field::Type, &[
        "type", "tokentype", "otptype", "oathtype", "otpmode", "otpmethod", "種別", "種類", "タイプ", "トークン種別",
        "トークン種類", "トークンの種類", "トークンタイプ", "otp種別", "otpタイプ", "方式", "otp方式", "トークン方式",
        "認証方式", "生成方式", "コード生成方式",
    ]),
    (Field::Algorithm, &[
        "algorithm", "algo", "alg", "otpalgorithm", "otpalgo", "アルゴリズム", "otpアルゴリズム",
    ]),
    (Field::Hash, &[
        "hash", "hashfunction", "hashalgorithm", "hashalgo", "hashalg", "hashtype", "hashmethod", "hmac", "hmacalgorithm",
        "hmacalgo", "hmactype", "hmachash", "digest", "digestalgorithm", "otphash", "sha", "shatype", "shaalgorithm", "suite", "algorithmsuite",
        "ハッシュ", "ハッシュ関数", "ハッシュアルゴリズム", "ハッシュアルゴ", "ハッシュ方式", "ハッシュ種別", "ハッシュ種類",
        "ハッシュタイプ",
    ]),
    (Field::Digits, &[
        "digit", "digits", "numberofdigits", "numdigits", "noofdigits", "digitcount", "digitlength", "length",
        "responselength", "otplength", "otplen", "otpcodelength", "codelength", "passcodelength", "otpdigit", "otpdigits",
        "otpdigitlength", "codedigit", "codedigits", "passcodedigits", "displaydigits", "桁", "桁数", "コード桁数",
        "コードの桁数", "コード長", "otp桁数", "otpの桁数", "otp長", "表示桁数", "パスワード桁数", "確認コード桁数",
    ]),
    (Field::Period, &[
        "period", "timestep", "timestepsize", "step", "stepsize", "interval", "timeinterval", "timeperiod", "timewindow",
        "otpinterval", "otpperiod", "totpinterval", "totpperiod", "codeinterval", "refreshinterval", "refreshperiod",
        "refreshrate", "refreshtime", "updateinterval", "displayinterval", "changeinterval", "intervalorevent", "時間間隔",
        "間隔", "インターバル", "タイムインターバル", "タイムステップ", "時間ステップ", "周期", "更新周期", "更新間隔",
        "更新時間", "更新秒数", "表示間隔", "表示時間", "表示秒数", "切替間隔", "切替周期", "切り替え間隔", "変更間隔",
        "コード更新間隔", "otp更新間隔",
    ]),
    (Field::Epoch, &["epoch", "t0", "起点時刻"]),
    (Field::Counter, &[
        "counter", "countervalue", "movingfactor", "eventcounter", "initialcounter", "currentcounter", "startcounter",
        "hotpcounter", "otpcounter", "カウンタ", "カウンター", "カウンタ値", "カウンター値", "初期カウンタ", "初期カウンター",
        "初期カウンタ値", "初期カウンター値", "イベントカウンタ", "イベントカウンター",
    ]),
    (Field::Manufacturer, &[
        "manufacturer", "manufacturername", "vendor", "vendorname", "maker", "製造元", "製造元名", "製造者", "製造会社",
        "製造メーカー", "メーカー", "メーカ", "メーカー名", "メーカ名", "ベンダー", "ベンダ", "ベンダー名",
    ]),
    (Field::Issuer, &["issuer", "発行者", "発行元"]),
    (Field::Model, &[
        "model", "modelname", "modelnumber", "devicemodel", "tokenmodel", "product", "productname", "モデル", "モデル名",
        "機種", "機種名", "型番", "型式", "型名", "品番", "品名", "製品名", "製品型番",
    ]),
    (Field::KeyId, &["id", "keyid"]),
    (Field::Expiry, &[
        "expiry", "expires", "expirydate", "expirationdate", "expiration", "policyexpirydate", "validuntil", "有効期限",
        "有効期限日", "使用期限",
    ]),
    (Field::CodeFormat, &["responseencoding"]),
    (Field::UserName, &[
        "upn", "userprincipalname", "ユーザープリンシパル名", "ユーザプリンシパル名", "ユーザー名", "ユーザ名",
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_heading_are_one() {
        for text in ["serial number", "Serial_Number", "serialNumber", " SERIAL-NO. ", "シリアル番号", "ｼﾘｱﾙ番号"]
        {
            assert_eq!(heading(text).map(|heading| heading.field), Some(Field::Serial), "{text}");
        }
        for (text, field) in [
            ("timeIntervalInSeconds", Field::Period),
            ("時間間隔（秒）", Field::Period),
            ("ﾀｲﾑｽﾃｯﾌﾟ", Field::Period),
            ("シリアル№", Field::Serial),
            ("トークン シリアル番号", Field::Serial),
            ("製品名", Field::Model),
            ("メーカー名", Field::Manufacturer),
            ("ユーザー プリンシパル名", Field::UserName),
            ("policy.expiry_date", Field::Expiry),
            ("response_length", Field::Digits),
            ("シードキー", Field::Secret),
            ("製造元", Field::Manufacturer),
            ("Interval (sec)", Field::Period),
            ("time step, s", Field::Period),
            ("Period in seconds", Field::Period),
            ("時間間隔（sec）", Field::Period),
            ("更新間隔（秒／回）", Field::Period),
            ("OTP Digit", Field::Digits),
            ("桁", Field::Digits),
            ("Hash Algo", Field::Hash),
            ("hash_algo", Field::Hash),
            ("Moving Factors", Field::Counter),
            ("認証方式", Field::Type),
        ] {
            assert_eq!(heading(text).map(|heading| heading.field), Some(field), "{text}");
        }
    }

    #[test]
    fn a_heading_may_say_how_secrets_are_written() {
        for text in
            ["Seed (HEX)", "hex seed", "secret_key_hex", "シード（16進）", "16進数シード", "シードコード(Base16)"]
        {
            assert_eq!(heading(text).and_then(|heading| heading.encoding), Some(SecretEncoding::Hex), "{text}");
        }
        assert_eq!(heading("Secret (Base32)").and_then(|heading| heading.encoding), Some(SecretEncoding::Base32));
    }

    #[test]
    fn a_heading_has_one_meaning_and_stands_folded() {
        let mut seen = std::collections::HashSet::new();
        for text in HEADINGS.iter().flat_map(|(_, headings)| *headings) {
            assert!(seen.insert(text), "{text}");
            assert_eq!(fold(text).as_deref(), Some(*text));
        }
    }

    #[test]
    fn no_heading_of_serials_has_a_digit() {
        let (_, headings) = HEADINGS.iter().find(|(field, _)| *field == Field::Serial).unwrap();
        assert!(!headings.iter().any(|heading| heading.contains(|c: char| c.is_ascii_digit())));
    }

    #[test]
    fn other_texts_are_no_headings() {
        for text in [
            "",
            "interval (ms)",
            "digits (sec)",
            "秒",
            "id+serial",
            "the key",
            "nr",
            "start date",
            "serial number of the token",
            &"serial".repeat(99),
        ] {
            assert_eq!(heading(text), None, "{text}");
        }
    }
}
