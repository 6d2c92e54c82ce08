//! A refusal: one reason of the catalogue with the facts that fill its places. Refusals are results, not faults: what
//! they charge and record is committed.

use std::borrow::Cow;
use std::time::Duration;

use crate::campaign::BadCampaignName;
use crate::catalogue::{Kind, Lang, Reason};
use crate::ids::{BadOperatorName, BadSerial, BadUserId, BadVendor};
use crate::location::BadLocationName;
use crate::lot::{BadDigest, BadLotName};
use crate::operator::UnknownRole;
use crate::otp::BadCode;
use crate::stock::{BadStocktakeName, BadTransferName};

/// A "no" with its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// What fills the places of the sentence and the hint.
    pub args: Vec<(Cow<'static, str>, Arg)>,
    /// When asking again makes sense.
    pub retry_after: Option<Duration>,
    /// The field of the request that is wrong, where one is.
    pub field: Option<Cow<'static, str>>,
}

/// One fact: the same in every language, or a word of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// A serial, a number, a name.
    Plain(String),
    /// A word that people read.
    Word {
        /// English.
        en: String,
        /// Japanese.
        ja: String,
    },
}

impl Arg {
    /// The fact in a language.
    pub fn text(&self, lang: Lang) -> &str {
        match (self, lang) {
            (Self::Plain(text), _) => text,
            (Self::Word { en, .. }, Lang::En) => en,
            (Self::Word { ja, .. }, Lang::Ja) => ja,
        }
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self { reason, args: Vec::new(), retry_after: None, field: None }
    }
}

impl Rejection {
    /// Fills a place.
    #[must_use]
    pub fn with(mut self, place: impl Into<Cow<'static, str>>, arg: impl Into<Arg>) -> Self {
        self.args.push((place.into(), arg.into()));
        self
    }

    /// Names the field of the request that is wrong.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says when to ask again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The sort of "no".
    pub fn kind(&self) -> Kind {
        self.reason.words().kind
    }

    /// What is wrong, in a language.
    pub fn message(&self, lang: Lang) -> String {
        self.fill(self.reason.words().texts(lang)[0], lang)
    }

    /// What to do next, in a language.
    pub fn hint(&self, lang: Lang) -> String {
        self.fill(self.reason.words().texts(lang)[1], lang)
    }

    fn fill(&self, template: &str, lang: Lang) -> String {
        self.args
            .iter()
            .fold(template.to_owned(), |text, (place, arg)| text.replace(&format!("{{{place}}}"), arg.text(lang)))
    }
}

impl std::fmt::Display for Rejection {
    /// The English sentence with its code, for logs and tests.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.message(Lang::En), self.reason.words().code)
    }
}

impl std::error::Error for Rejection {}

/// What was typed and could not be read, as a refusal.
macro_rules! typed_wrong {
    ($($type:ty => $reason:ident;)*) => {
        $(impl From<$type> for Rejection {
            fn from(_: $type) -> Self {
                Reason::$reason.into()
            }
        })*
    };
}

typed_wrong! {
    BadOperatorName => OperatorNameInvalid;
    BadStocktakeName => StocktakeNameInvalid;
    BadTransferName => TransferNameInvalid;
    BadVendor => VendorInvalid;
    BadCampaignName => CampaignNameInvalid;
    BadLocationName => LocationNameInvalid;
    BadLotName => LotNameInvalid;
    BadDigest => DigestInvalid;
    UnknownRole => RoleUnknown;
}

impl From<BadUserId> for Rejection {
    fn from(bad: BadUserId) -> Self {
        match bad {
            BadUserId::NineDigits => Reason::UserIdNineDigits,
            BadUserId::NotTenDigits => Reason::UserIdLength,
            BadUserId::OtherDomain => Reason::UserIdOtherDomain,
        }
        .into()
    }
}

impl From<BadSerial> for Rejection {
    fn from(bad: BadSerial) -> Self {
        match bad {
            BadSerial::Empty => Reason::SerialEmpty,
            BadSerial::TooLong => Reason::SerialTooLong,
            BadSerial::Character => Reason::SerialCharacter,
            BadSerial::Scientific => Reason::SerialScientific,
        }
        .into()
    }
}

impl From<BadCode> for Rejection {
    fn from(bad: BadCode) -> Self {
        match bad {
            BadCode::NotDigits => Reason::CodeNotDigits,
            BadCode::Length => Reason::CodeLength,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_both_languages() {
        let no = Rejection::from(Reason::NotConsecutive).with("serial", "HT0001").with("gap", "3");
        assert_eq!(no.message(Lang::En), "both codes belong to HT0001 but are 3 steps apart");
        assert_eq!(no.message(Lang::Ja), "二つのコードは HT0001 のものですが，3個離れています");
        assert_eq!(no.to_string(), "both codes belong to HT0001 but are 3 steps apart [TF-2107]");
    }
}
