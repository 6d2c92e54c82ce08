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
    SecretEncoding::ALL.into_iter().find_map(|encoding| {
        let word = encoding.as_str();
        let rest = folded.strip_suffix(word).or_else(|| folded.strip_prefix(word))?;
        (field(rest) == Some(Field::Secret)).then_some(Heading { field: Field::Secret, encoding: Some(encoding) })
    })
}

/// Lower case, letters and digits only: `Serial Number`, `serial_number` and `serialNumber` are one heading.
pub(crate) fn fold(text: &str) -> Option<String> {
    (text.len() <= 128).then(|| text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
}

fn field(folded: &str) -> Option<Field> {
    Some(match folded {
        "serial"
        | "serialnumber"
        | "serialno"
        | "serialnr"
        | "sn"
        | "tokenserial"
        | "tokenserialnumber"
        | "シリアル番号"
        | "シリアル"
        | "シリアルナンバー"
        | "シリアルno"
        | "製造番号" => Field::Serial,
        "secret"
        | "secretkey"
        | "seed"
        | "key"
        | "seedkey"
        | "secretseed"
        | "otpkey"
        | "otpseed"
        | "otpsecret"
        | "tokenseed"
        | "tokensecret"
        | "tokenkey"
        | "シードキー"
        | "シード"
        | "秘密鍵"
        | "秘密キー"
        | "シークレット"
        | "シークレットキー" => Field::Secret,
        "type" | "tokentype" | "otptype" | "種別" | "種類" | "タイプ" | "トークン種別" => Field::Type,
        "algorithm" | "algo" | "otpalgorithm" | "アルゴリズム" => Field::Algorithm,
        "hash" | "hashfunction" | "hashalgorithm" | "hmac" | "digest" | "suite" | "ハッシュ" | "ハッシュ関数" => {
            Field::Hash
        }
        "digits" | "length" | "responselength" | "otplength" | "codelength" | "otpdigits" | "桁数" => Field::Digits,
        "period"
        | "timestep"
        | "step"
        | "interval"
        | "timeinterval"
        | "timeintervalinseconds"
        | "timeperiod"
        | "timewindow"
        | "periodseconds"
        | "時間間隔"
        | "周期"
        | "更新間隔" => Field::Period,
        "counter" | "movingfactor" | "eventcounter" | "initialcounter" | "カウンタ" | "カウンター" => {
            Field::Counter
        }
        "manufacturer" | "vendor" | "maker" | "製造元" | "製造者" | "メーカー" | "ベンダー" => {
            Field::Manufacturer
        }
        "issuer" | "発行者" => Field::Issuer,
        "model" | "modelname" | "product" | "productname" | "モデル" | "機種" | "型番" => Field::Model,
        "id" | "keyid" => Field::KeyId,
        "expiry" | "expires" | "expirydate" | "expirationdate" | "expiration" | "policyexpirydate" | "validuntil"
        | "有効期限" => Field::Expiry,
        "responseencoding" => Field::CodeFormat,
        "upn" | "userprincipalname" => Field::UserName,
        _ => return None,
    })
}

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
            ("policy.expiry_date", Field::Expiry),
            ("response_length", Field::Digits),
            ("シードキー", Field::Secret),
            ("製造元", Field::Manufacturer),
        ] {
            assert_eq!(heading(text).map(|heading| heading.field), Some(field), "{text}");
        }
    }

    #[test]
    fn a_heading_may_say_how_secrets_are_written() {
        for text in ["Seed (HEX)", "hex seed", "secret_key_hex"] {
            assert_eq!(heading(text).and_then(|heading| heading.encoding), Some(SecretEncoding::Hex), "{text}");
        }
        assert_eq!(heading("Secret (Base32)").and_then(|heading| heading.encoding), Some(SecretEncoding::Base32));
    }

    #[test]
    fn other_texts_are_no_headings() {
        for text in ["", "id+serial", "the key", "nr", "start date", "serial number of the token", &"serial".repeat(99)]
        {
            assert_eq!(heading(text), None, "{text}");
        }
    }
}
