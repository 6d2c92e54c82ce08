//! Lots: the tokens that came in one file. A lot that is not open keeps all its tokens from use.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, NaiveDate};

use crate::ids::{OperatorName, RowId, TokenName};
use crate::otp::{Algorithm, Digits, Moving, Profile};
use crate::ports::Timestamp;
use crate::reject::Arg;
use crate::seed::Seed;
use crate::spelling::Spelling;
use crate::token::{UnknownWord, words};

/// How far a lot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LotState {
    /// Being imported; its tokens are visible to nobody.
    Staging,
    /// Waiting for proof of how it is to be read.
    Closed,
    /// In use.
    Open,
    /// Kept from use.
    Quarantined,
    /// Called back.
    Recalled,
    /// Taken out again; its tokens are gone.
    Reverted,
}

impl LotState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Staging, Self::Closed, Self::Open, Self::Quarantined, Self::Recalled, Self::Reverted];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Quarantined => "quarantined",
            Self::Recalled => "recalled",
            Self::Reverted => "reverted",
        }
    }

    /// The word people read, in Japanese.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Staging => "取り込み中",
            Self::Closed => "確認待ち",
            Self::Open => "使用中",
            Self::Quarantined => "隔離",
            Self::Recalled => "回収",
            Self::Reverted => "取り消し済み",
        }
    }
}

impl FromStr for LotState {
    type Err = UnknownLotState;

    fn from_str(word: &str) -> Result<Self, UnknownLotState> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or(UnknownLotState)
    }
}

/// There is no state of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such state of a lot")]
pub struct UnknownLotState;

/// The name of a lot: the day it came, in Japan, and a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotName(String);

/// Why a text is no name of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lot is called like 2026-11-24-a")]
pub struct BadLotName;

/// Japan has one offset and no summer time: +09:00.
pub const JAPAN: FixedOffset = match FixedOffset::east_opt(9 * 3600) {
    Some(offset) => offset,
    None => unreachable!(),
};

impl LotName {
    /// The `index`-th lot (from 0) of the day that `now` is in Japan: -a, -b … -z, -aa, -ab …
    pub fn nth(now: Timestamp, index: u64) -> Self {
        Self(format!("{}{}", Self::day_prefix(now), letters(index)))
    }

    /// What all lots of the day begin with.
    pub fn day_prefix(now: Timestamp) -> String {
        format!("{}-", now.with_timezone(&JAPAN).format("%Y-%m-%d"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Spreadsheet columns: a … z, aa, ab …
fn letters(mut index: u64) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    reversed.into_iter().rev().collect()
}

impl FromStr for LotName {
    type Err = BadLotName;

    fn from_str(text: &str) -> Result<Self, BadLotName> {
        let name = text.strip_prefix("lots/").unwrap_or(text);
        let (day, letters) = name.rsplit_once('-').ok_or(BadLotName)?;
        let named = (1..=4).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_lowercase());
        if named && day.len() == 10 && NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadLotName)
        }
    }
}

impl fmt::Display for LotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A lot, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The id of the row.
    pub id: RowId,
    /// The name people use.
    pub name: LotName,
    /// How far it is.
    pub state: LotState,
    /// The file's name, without a path.
    pub file_name: String,
    /// SHA-256 of the file, in hex; empty while it is being read.
    pub file_sha256: String,
    /// The format it was read as.
    pub format: String,
    /// How its secrets were read.
    pub secret_encoding: String,
    /// How many tokens it brought.
    pub tokens: i64,
    /// Who imported it.
    pub imported_by: OperatorName,
    /// When.
    pub created_at: Timestamp,
    /// Counts changes of the row.
    pub version: i64,
    /// How its secrets may be spelt, while a displayed code has not settled it; empty where nothing is in doubt.
    pub readings: Vec<Spelling>,
    /// The reading its tokens are being brought to.
    pub rereading: Option<Rereading>,
    /// The generation of its tokens' seeds: one more each time they were read anew.
    pub seed_generation: i64,
    /// That its seed file was destroyed, once somebody confirmed it. It stands beside the row, not in it.
    pub destruction: Option<Destruction>,
}

impl Lot {
    /// The format of a list of loans that was adopted.
    pub const ADOPTED: &'static str = "adopted";

    /// Whether it came in a file of seeds; an adopted list has none.
    pub fn has_seed_file(&self) -> bool {
        self.format != Self::ADOPTED
    }

    /// How its secrets are spelt as they are read now; none where that is not in doubt.
    pub fn spelling(&self) -> Option<Spelling> {
        self.secret_encoding.parse().ok().filter(|_| !self.readings.is_empty())
    }
}

/// How the tokens of a lot are to be read instead. It is stored, so that what was begun is finished after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rereading {
    /// From which spelling to which; none where that stays.
    pub spelling: Option<(Spelling, Spelling)>,
    /// What the proven token was read as; others of its lot that were read so change with it.
    pub from: Profile,
    /// What it is.
    pub to: Profile,
}

impl Rereading {
    /// The seed of a token, read anew; none where its text can't be read so.
    pub fn seed(&self, seed: &Seed) -> Option<Seed> {
        match self.spelling {
            Some((from, to)) => from.reread(seed, to),
            None => Seed::new(seed.expose().to_vec()),
        }
    }

    /// The reading as it stands in "read as …": what changes, and what it becomes.
    pub fn words(&self) -> Arg {
        let spelling = self.spelling.map(|(_, to)| match to {
            Spelling::Hex => ("hex".to_owned(), "16進".to_owned()),
            Spelling::Base32 => ("Base32".to_owned(), "Base32".to_owned()),
        });
        let Profile { algorithm, digits, moving } = self.to;
        let name = algorithm.as_str().to_ascii_uppercase();
        let algorithm = (algorithm != self.from.algorithm).then(|| (name.clone(), name));
        let count = digits.get();
        let digits = (digits != self.from.digits).then(|| (format!("{count} digits"), format!("{count}桁")));
        let period = match moving {
            Moving::Time { period, .. } if moving != self.from.moving => {
                Some((format!("{period} s a code"), format!("周期{period}秒")))
            }
            Moving::Time { .. } | Moving::Event => None,
        };
        let (en, ja): (Vec<_>, Vec<_>) = [spelling, algorithm, digits, period].into_iter().flatten().unzip();
        Arg::Word { en: en.join(", "), ja: ja.join("，") }
    }

    /// The profile of a token, read anew.
    pub fn profile(&self, profile: Profile) -> Profile {
        if profile == self.from { self.to } else { profile }
    }
}

impl fmt::Display for Rereading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.spelling {
            Some((from, to)) => write!(f, "{} {}", from.as_str(), to.as_str())?,
            None => f.write_str("- -")?,
        }
        for Profile { algorithm, digits, moving } in [self.from, self.to] {
            write!(f, " {} {}", algorithm.as_str(), digits.get())?;
            match moving {
                Moving::Time { period, epoch } => write!(f, " {period} {epoch}")?,
                Moving::Event => f.write_str(" - -")?,
            }
        }
        Ok(())
    }
}

/// A text that is no reading of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no reading of a lot")]
pub struct BadRereading;

impl FromStr for Rereading {
    type Err = BadRereading;

    fn from_str(text: &str) -> Result<Self, BadRereading> {
        let words: Vec<&str> = text.split(' ').collect();
        let [from, to, before @ .., a, b, c, d] = words.as_slice() else { return Err(BadRereading) };
        let spelling = match (*from, *to) {
            ("-", "-") => None,
            (from, to) => Some((from.parse().map_err(|_| BadRereading)?, to.parse().map_err(|_| BadRereading)?)),
        };
        let from = read_profile(before).ok_or(BadRereading)?;
        Ok(Self { spelling, from, to: read_profile(&[a, b, c, d]).ok_or(BadRereading)? })
    }
}

fn read_profile(words: &[&str]) -> Option<Profile> {
    let [algorithm, digits, period, epoch] = words else { return None };
    let algorithm: Algorithm = algorithm.parse().ok()?;
    let digits = Digits::new(digits.parse().ok()?).ok()?;
    let moving = match (*period, *epoch) {
        ("-", "-") => Moving::Event,
        (period, epoch) => Moving::Time { period: period.parse().ok()?, epoch: epoch.parse().ok()? },
    };
    Some(Profile { algorithm, digits, moving })
}

words! {
    /// Why a lot is kept from use, called back, or let go again.
    LotReason {
        /// None of the others.
        Other = "other" / "その他",
        /// The vendor says so.
        VendorNotice = "vendor_notice" / "製造元の通知",
        /// Its devices fail.
        Faulty = "faulty" / "故障",
        /// Others may know its seeds.
        SeedsExposed = "seeds_exposed" / "シードの漏えいのおそれ",
        /// What was wrong is mended.
        Resolved = "resolved" / "解決",
    }
}

words! {
    /// How a seed file was destroyed.
    DestructionMethod {
        /// The file and its copies were deleted.
        Deleted = "deleted" / "削除",
        /// It was overwritten before it was deleted.
        Overwritten = "overwritten" / "上書き消去",
        /// The disk, stick or paper it was on was destroyed.
        MediaDestroyed = "media_destroyed" / "媒体の破壊",
        /// The key that opens it was destroyed.
        KeyDestroyed = "key_destroyed" / "復号鍵の廃棄",
        /// None of the others; the note says how.
        Other = "other" / "その他",
    }
}

/// The SHA-256 of a file, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest(String);

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hex digits")]
pub struct BadDigest;

impl FileDigest {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileDigest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest { Ok(Self(text.to_ascii_lowercase())) } else { Err(BadDigest) }
    }
}

/// That the seed file of a lot was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    /// How.
    pub method: DestructionMethod,
    /// By whom, in words; empty where it was the operator who confirms it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Anything worth recording.
    pub note: String,
    /// Who confirmed it.
    pub confirmed_by: OperatorName,
    /// When that was.
    pub confirmed_at: Timestamp,
}

/// That somebody held a token of a lot in hand and its code fitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotProof {
    /// The id of the row; a later proof has a larger one.
    pub id: RowId,
    /// Of which lot.
    pub lot: RowId,
    /// With which token.
    pub token: RowId,
    /// The token's name.
    pub name: TokenName,
    /// Its serial, as it is shown.
    pub serial: String,
    /// How its secret is spelt, in the words of the lot.
    pub secret_encoding: String,
    /// What its codes fitted.
    pub profile: Profile,
    /// Whether the lot was read otherwise before.
    pub reread: bool,
    /// When.
    pub proven_at: Timestamp,
    /// Who did it.
    pub proven_by: OperatorName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_named_by_the_day_in_japan() {
        let late: Timestamp = "2026-11-23T15:00:00Z".parse().unwrap();
        assert_eq!(LotName::nth(late, 0).as_str(), "2026-11-24-a");
        assert_eq!(LotName::nth(late, 25).as_str(), "2026-11-24-z");
        assert_eq!(LotName::nth(late, 26).as_str(), "2026-11-24-aa");
        assert_eq!(LotName::nth(late, 27 * 26).as_str(), "2026-11-24-aaa");
    }

    #[test]
    fn a_reading_reads_back_from_its_text() {
        use crate::otp::fixtures::{BUTTON, CLOCK};
        let eight = Profile { digits: Digits::new(8).unwrap(), algorithm: Algorithm::Sha256, ..CLOCK };
        for (spelling, from, to) in
            [(Some((Spelling::Hex, Spelling::Base32)), CLOCK, CLOCK), (None, CLOCK, eight), (None, BUTTON, BUTTON)]
        {
            let reading = Rereading { spelling, from, to };
            assert_eq!(reading.to_string().parse(), Ok(reading));
        }
        for text in ["", "hex", "hex base32", "hex base32 sha1 6 30 0 sha1 6 30", "x - sha1 6 30 0 sha1 6 30 0"] {
            assert_eq!(text.parse::<Rereading>(), Err(BadRereading), "{text}");
        }
    }

    #[test]
    fn tokens_that_were_read_as_the_proven_one_change_with_it_and_others_keep_their_profile() {
        use crate::otp::fixtures::{BUTTON, CLOCK};
        let to = Profile { moving: Moving::Time { period: 60, epoch: 0 }, ..CLOCK };
        let reading = Rereading { spelling: None, from: CLOCK, to };
        assert_eq!((reading.profile(CLOCK), reading.profile(BUTTON)), (to, BUTTON));
    }

    #[test]
    fn a_digest_is_read_in_either_case() {
        assert_eq!("AB".repeat(32).parse(), Ok(FileDigest("ab".repeat(32))));
        for text in [String::new(), "ab".repeat(31), "ag".repeat(32), "é".repeat(32)] {
            assert_eq!(text.parse::<FileDigest>(), Err(BadDigest), "{text}");
        }
    }

    #[test]
    fn names_of_lots_read_back() {
        assert_eq!("lots/2026-11-24-a".parse(), Ok(LotName("2026-11-24-a".to_owned())));
        for text in ["", "2026-11-24", "2026-11-24-A", "2026-13-24-a", "2026-11-24-aaaaa", "x-2026-11-24-a"] {
            assert_eq!(text.parse::<LotName>(), Err(BadLotName), "{text}");
        }
    }
}
