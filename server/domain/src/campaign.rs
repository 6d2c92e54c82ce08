//! Campaigns: a recall, a battery exchange, leavers, a move to another system. Who is meant is a filter that was looked at
//! once: the list is frozen, and how far it has come is read from what became of the loans on it.

use std::fmt;
use std::str::FromStr;

use crate::holder::Holder;
use crate::ids::{OperatorName, RowId};
use crate::ports::Timestamp;
use crate::token::{UnknownWord, words};

/// Most tokens of one campaign.
pub const MEMBERS_MAX: usize = 20_000;

/// Most tokens that one stage of a cut-off stops.
pub const STAGE_MAX: usize = 200;

words! {
    /// What a campaign is for.
    CampaignKind {
        /// A lot or a model is called back.
        Recall = "recall" / "回収",
        /// Batteries are running out.
        Battery = "battery" / "電池切れ対応",
        /// People leave.
        Leavers = "leavers" / "退職・卒業",
        /// The fleet goes over to something else.
        Migration = "migration" / "移行",
        /// None of these.
        Other = "other" / "その他",
    }
}

words! {
    /// How far a campaign is.
    CampaignState {
        /// Its list is being made; nobody sees it.
        Staging = "staging" / "作成中",
        /// Under way.
        Open = "open" / "実施中",
        /// Over.
        Closed = "closed" / "終了",
    }
}

words! {
    /// How far one token of a campaign is.
    Progress {
        /// Nothing has happened yet.
        Open = "open" / "未対応",
        /// Its loan has ended; where it was on the shelf, it is out of service.
        Done = "done" / "対応済み",
        /// Somebody took it off the list.
        Excluded = "excluded" / "対象外",
    }
}

/// The name of a campaign: small letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignName(String);

/// Why a text is no name of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a campaign is called like battery-2027")]
pub struct BadCampaignName;

const NAME_MAX: usize = 40;

impl CampaignName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CampaignName {
    type Err = BadCampaignName;

    fn from_str(text: &str) -> Result<Self, BadCampaignName> {
        let name = text.strip_prefix("campaigns/").unwrap_or(text);
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let whole = !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('-') && !name.ends_with('-');
        if plain && whole { Ok(Self(name.to_owned())) } else { Err(BadCampaignName) }
    }
}

impl fmt::Display for CampaignName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The id of the row.
    pub id: RowId,
    /// The name people use, which is never used again.
    pub name: CampaignName,
    /// What it is for.
    pub kind: CampaignKind,
    /// How far it is.
    pub state: CampaignState,
    /// The filter that was looked at.
    pub filter: String,
    /// Anything worth recording.
    pub note: String,
    /// Until when; codes may be stopped after that.
    pub due_at: Timestamp,
    /// How many tokens are on its list.
    pub members: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: OperatorName,
    /// Counts changes of the row.
    pub version: i64,
}

impl Campaign {
    /// Changes with every change of the row.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

/// One token on the list of a campaign, as it was when the list was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which token.
    pub token: RowId,
    /// The loan that was open then.
    pub loan: Option<RowId>,
    /// Who held it then.
    pub user: Option<Holder>,
    /// The department it was lent through.
    pub department: Option<String>,
    /// How far it is.
    pub progress: Progress,
    /// Why it was taken off the list.
    pub excluded_for: Option<String>,
    /// When its codes were stopped.
    pub cut_off_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_are_named_in_small_letters() {
        assert_eq!("campaigns/battery-2027".parse(), Ok(CampaignName("battery-2027".to_owned())));
        for text in ["", "-", "a-", "Battery", "電池", "a b", &"a".repeat(41)] {
            assert_eq!(text.parse::<CampaignName>(), Err(BadCampaignName), "{text}");
        }
    }

    #[test]
    fn words_read_back() {
        assert!(CampaignKind::ALL.iter().all(|kind| kind.as_str().parse() == Ok(*kind)));
        assert!(CampaignState::ALL.iter().all(|state| state.as_str().parse() == Ok(*state)));
        assert!(Progress::ALL.iter().all(|progress| progress.as_str().parse() == Ok(*progress)));
    }
}
