//! The record: events, each chained to the one before by a hash over an encoding of its own.
//!
//! A user's ID goes into the hash only as an HMAC under the audit key, so that the clear ID beside it can be removed
//! when retention says so, and the chain still verifies.

use ring::{digest, hmac};

use crate::canon::Canon;
use crate::ids::UserId;
use crate::ports::Timestamp;

/// The version of the encoding below. A change of the encoding is a new version; old events keep theirs.
pub const FORMAT: i64 = 1;

/// What the first event of a chain is chained to.
pub const GENESIS: [u8; 32] = [0; 32];

/// What stands in the record as done, or tried. Every event is of one of these; a word once written is never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// A token is lent.
    TokenAssign,
    /// A token comes back.
    TokenReturn,
    /// A token makes way for another.
    TokenReplace,
    /// A token is lost.
    TokenLose,
    /// A token is found again.
    TokenFind,
    /// A token is stopped for a while.
    TokenSuspend,
    /// A token goes on.
    TokenResume,
    /// A disabled token counts again.
    TokenRebind,
    /// A token is put out of service.
    TokenRetire,
    /// A token's clock or counter is found again.
    TokenResync,
    /// Tokens are looked for by their codes.
    TokenIdentify,
    /// A token is sent to another location.
    TokenTransfer,
    /// A token that was sent comes.
    TokenReceive,
    /// A token is kept for a person.
    TokenReserve,
    /// A token that was kept for a person is set free.
    TokenUnreserve,
    /// A token is missing or surplus in a stocktake.
    TokenCount,
    /// A token's row fails its authentication.
    TokenHold,
    /// A code is judged.
    CodeVerify,
    /// A person's tokens go over to another ID.
    UserChange,
    /// An import begins.
    LotImportBegin,
    /// An import ends.
    LotImport,
    /// A lot is taken out again.
    LotRevert,
    /// A displayed code is held against how a lot is read.
    LotProve,
    /// All tokens of a lot are read anew.
    LotReread,
    /// A lot is kept from use.
    LotQuarantine,
    /// A lot is called back.
    LotRecall,
    /// Codes of a lot that was called back are stopped.
    LotStop,
    /// A lot may be used again.
    LotOpen,
    /// What is said of a token is taken from a file that came later.
    TokenDescribe,
    /// It is written down what the box of a lot held.
    LotExpect,
    /// Nobody waits for the seed file of a box any more.
    LotExpectCancel,
    /// It is confirmed that the seed file of a lot was destroyed.
    LotDestroyed,
    /// A loan or a token comes over from somebody else's list.
    TokenAdopt,
    /// A list of loans is adopted.
    FleetAdopt,
    /// A place where tokens are kept is added.
    LocationAdd,
    /// Something is said of a model.
    ModelSet,
    /// A stocktake begins.
    StocktakeStart,
    /// A stocktake ends.
    StocktakeClose,
    /// A campaign is made.
    CampaignCreate,
    /// A token is taken off the list of a campaign.
    CampaignExclude,
    /// Codes of a campaign are stopped.
    CampaignCutOff,
    /// A campaign is ended.
    CampaignClose,
    /// The directory is brought up to a file.
    DirectoryImport,
    /// The directory is brought up to the LDAP server that it comes from.
    DirectoryRefresh,
    /// Names of people who have long been gone are removed.
    DirectoryForget,
    /// People are removed from the ledger and the record after their time.
    LedgerForget,
    /// An operator is added.
    OperatorAdd,
    /// An operator is changed.
    OperatorUpdate,
    /// An operator is ended.
    OperatorRevoke,
    /// An operator gets their next certificate.
    OperatorRenew,
    /// An operator who lost theirs gets a certificate.
    OperatorIssueCert,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 51] = [
        Self::TokenAssign,
        Self::TokenReturn,
        Self::TokenReplace,
        Self::TokenLose,
        Self::TokenFind,
        Self::TokenSuspend,
        Self::TokenResume,
        Self::TokenRebind,
        Self::TokenRetire,
        Self::TokenResync,
        Self::TokenIdentify,
        Self::TokenTransfer,
        Self::TokenReceive,
        Self::TokenReserve,
        Self::TokenUnreserve,
        Self::TokenCount,
        Self::TokenHold,
        Self::CodeVerify,
        Self::UserChange,
        Self::LotImportBegin,
        Self::LotImport,
        Self::LotRevert,
        Self::LotProve,
        Self::LotReread,
        Self::LotQuarantine,
        Self::LotRecall,
        Self::LotStop,
        Self::LotOpen,
        Self::TokenDescribe,
        Self::LotExpect,
        Self::LotExpectCancel,
        Self::LotDestroyed,
        Self::TokenAdopt,
        Self::FleetAdopt,
        Self::LocationAdd,
        Self::ModelSet,
        Self::StocktakeStart,
        Self::StocktakeClose,
        Self::CampaignCreate,
        Self::CampaignExclude,
        Self::CampaignCutOff,
        Self::CampaignClose,
        Self::DirectoryImport,
        Self::DirectoryRefresh,
        Self::DirectoryForget,
        Self::LedgerForget,
        Self::OperatorAdd,
        Self::OperatorUpdate,
        Self::OperatorRevoke,
        Self::OperatorRenew,
        Self::OperatorIssueCert,
    ];

    /// The act of a word that is stored; none where a newer release wrote it.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }

    /// Whether it tells of a token's life what the ledger of loans does not.
    pub fn is_beside_loans(self) -> bool {
        match self {
            Self::TokenReplace
            | Self::TokenLose
            | Self::TokenFind
            | Self::TokenSuspend
            | Self::TokenResume
            | Self::TokenRebind
            | Self::TokenRetire
            | Self::TokenResync
            | Self::TokenTransfer
            | Self::TokenReceive
            | Self::TokenReserve
            | Self::TokenUnreserve
            | Self::TokenCount
            | Self::TokenDescribe
            | Self::TokenHold => true,
            Self::TokenAssign
            | Self::TokenReturn
            | Self::TokenIdentify
            | Self::CodeVerify
            | Self::UserChange
            | Self::LotImportBegin
            | Self::LotImport
            | Self::LotRevert
            | Self::LotProve
            | Self::LotReread
            | Self::LotQuarantine
            | Self::LotRecall
            | Self::LotStop
            | Self::LotOpen
            | Self::LotExpect
            | Self::LotExpectCancel
            | Self::LotDestroyed
            | Self::TokenAdopt
            | Self::FleetAdopt
            | Self::LocationAdd
            | Self::ModelSet
            | Self::StocktakeStart
            | Self::StocktakeClose
            | Self::CampaignCreate
            | Self::CampaignExclude
            | Self::CampaignCutOff
            | Self::CampaignClose
            | Self::DirectoryImport
            | Self::DirectoryRefresh
            | Self::DirectoryForget
            | Self::LedgerForget
            | Self::OperatorAdd
            | Self::OperatorUpdate
            | Self::OperatorRevoke
            | Self::OperatorRenew
            | Self::OperatorIssueCert => false,
        }
    }

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TokenAssign => "token.assign",
            Self::TokenReturn => "token.return",
            Self::TokenReplace => "token.replace",
            Self::TokenLose => "token.lose",
            Self::TokenFind => "token.find",
            Self::TokenSuspend => "token.suspend",
            Self::TokenResume => "token.resume",
            Self::TokenRebind => "token.rebind",
            Self::TokenRetire => "token.retire",
            Self::TokenResync => "token.resync",
            Self::TokenIdentify => "token.identify",
            Self::TokenTransfer => "token.transfer",
            Self::TokenReceive => "token.receive",
            Self::TokenReserve => "token.reserve",
            Self::TokenUnreserve => "token.unreserve",
            Self::TokenCount => "token.count",
            Self::TokenHold => "token.hold",
            Self::CodeVerify => "code.verify",
            Self::UserChange => "user.change",
            Self::LotImportBegin => "lot.import_begin",
            Self::LotImport => "lot.import",
            Self::LotRevert => "lot.revert",
            Self::LotProve => "lot.prove",
            Self::LotReread => "lot.reread",
            Self::LotQuarantine => "lot.quarantine",
            Self::LotRecall => "lot.recall",
            Self::LotStop => "lot.stop",
            Self::LotOpen => "lot.open",
            Self::TokenDescribe => "token.describe",
            Self::LotExpect => "lot.expect",
            Self::LotExpectCancel => "lot.expect_cancel",
            Self::LotDestroyed => "lot.destroyed",
            Self::TokenAdopt => "token.adopt",
            Self::FleetAdopt => "fleet.adopt",
            Self::LocationAdd => "location.add",
            Self::ModelSet => "model.set",
            Self::StocktakeStart => "stocktake.start",
            Self::StocktakeClose => "stocktake.close",
            Self::CampaignCreate => "campaign.create",
            Self::CampaignExclude => "campaign.exclude",
            Self::CampaignCutOff => "campaign.cut_off",
            Self::CampaignClose => "campaign.close",
            Self::DirectoryImport => "directory.import",
            Self::DirectoryRefresh => "directory.refresh",
            Self::DirectoryForget => "directory.forget",
            Self::LedgerForget => "ledger.forget",
            Self::OperatorAdd => "operator.add",
            Self::OperatorUpdate => "operator.update",
            Self::OperatorRevoke => "operator.revoke",
            Self::OperatorRenew => "operator.renew",
            Self::OperatorIssueCert => "operator.issue_cert",
        }
    }
}

/// The outcome of what was done.
pub const DONE: &str = "done";

/// What is recorded of one thing that was done or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who did it: an operator's name, or `system`.
    pub operator: String,
    /// What was done: the word of an `Act`.
    pub action: String,
    /// How it ended: `done`, or the reason it was refused for.
    pub outcome: String,
    /// The resource it was about: a token's name, a lot's, an operator's.
    pub subject: Option<String>,
    /// The person it was about.
    pub user: Option<UserId>,
    /// Further facts. Never a code, never a seed.
    pub details: Vec<(String, String)>,
    /// The caller's request_id.
    pub request_id: Option<String>,
}

/// An event in its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which chain.
    pub chain: String,
    /// The place, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub recorded_at: Timestamp,
    /// The event; its user is gone where retention removed it.
    pub event: Event,
    /// HMAC of the user's ID; what the hash covers in its stead.
    pub user_mac: Option<Vec<u8>>,
    /// The hash of this entry, which covers the one before.
    pub hash: [u8; 32],
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which chain.
    pub chain: String,
    /// The newest entry's place; 0 before the first.
    pub seq: i64,
    /// The newest entry's hash.
    pub hash: [u8; 32],
}

impl Head {
    /// The end of a chain that has no entry yet.
    pub fn genesis(chain: impl Into<String>) -> Self {
        Self { chain: chain.into(), seq: 0, hash: GENESIS }
    }

    /// Chains an event to this end: the entry to store. The head moves on.
    pub fn append(&mut self, event: Event, now: Timestamp, key: &hmac::Key) -> Entry {
        let user_mac = event.user.as_ref().map(|user| user_mac(key, user));
        let mut entry =
            Entry { chain: self.chain.clone(), seq: self.seq + 1, recorded_at: now, event, user_mac, hash: GENESIS };
        entry.hash = entry.computed_hash(&self.hash);
        self.seq = entry.seq;
        self.hash = entry.hash;
        entry
    }

    /// Checks that an entry is the next of this chain and unchanged, and moves the head on.
    pub fn verify_next(&mut self, entry: &Entry, key: &hmac::Key) -> Result<(), Broken> {
        if entry.chain != self.chain || entry.seq != self.seq + 1 {
            return Err(Broken::Gap);
        }
        if entry.computed_hash(&self.hash) != entry.hash {
            return Err(Broken::Hash);
        }
        match (&entry.event.user, &entry.user_mac) {
            // Removed by retention, or never about a person.
            (None, _) => {}
            (Some(user), Some(mac)) if hmac::verify(key, &user_input(user), mac).is_ok() => {}
            (Some(_), _) => return Err(Broken::User),
        }
        self.seq = entry.seq;
        self.hash = entry.hash;
        Ok(())
    }
}

/// How an entry fails its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing, doubled or out of place.
    #[error("an entry is missing or out of place")]
    Gap,
    /// The entry or the one before was changed.
    #[error("the entry was changed")]
    Hash,
    /// The user's ID beside the entry is not the one that was recorded.
    #[error("the user of the entry was changed")]
    User,
}

impl Entry {
    /// `{chain}-{seq}`, the last part of its resource name.
    pub fn name(&self) -> String {
        format!("{}-{}", self.chain, self.seq)
    }

    /// What the hash of this entry covers, the hash of the one before included.
    pub fn canonical(&self, previous: &[u8; 32]) -> Vec<u8> {
        let Event { operator, action, outcome, subject, user: _, details, request_id } = &self.event;
        let head = Canon::new("audit/1")
            .bytes(previous)
            .text(&self.chain)
            .int(self.seq)
            .int(self.recorded_at.timestamp_micros())
            .text(operator)
            .text(action)
            .text(outcome)
            .opt_text(subject.as_deref())
            .opt_bytes(self.user_mac.as_deref())
            .opt_text(request_id.as_deref())
            .int(i64::try_from(details.len()).unwrap_or(i64::MAX));
        details.iter().fold(head, |canon, (key, value)| canon.text(key).text(value)).finish()
    }

    fn computed_hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut hash = GENESIS;
        hash.copy_from_slice(digest::digest(&digest::SHA256, &self.canonical(previous)).as_ref());
        hash
    }
}

fn user_mac(key: &hmac::Key, user: &UserId) -> Vec<u8> {
    hmac::sign(key, &user_input(user)).as_ref().to_vec()
}

fn user_input(user: &UserId) -> Vec<u8> {
    Canon::new("audit-user/1").text(user.as_str()).finish()
}

/// Details as one text, a line each: `key: value`, with line ends and backslashes escaped.
pub fn details_to_text(details: &[(String, String)]) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    details.iter().map(|(key, value)| format!("{}: {}", escape(key), escape(value))).collect::<Vec<_>>().join("\n")
}

/// Reads what `details_to_text` wrote.
pub fn details_from_text(text: &str) -> Vec<(String, String)> {
    text.lines().filter_map(|line| line.split_once(": ")).map(|(key, value)| (unescape(key), unescape(value))).collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        plain.push(match escaped {
            Some('n') => '\n',
            Some('r') => '\r',
            Some(other) => other,
            None => c,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"a key of the test's own")
    }

    fn event(action: &str) -> Event {
        Event {
            operator: "alice".to_owned(),
            action: action.to_owned(),
            outcome: "done".to_owned(),
            subject: Some("tokens/feitian~1".to_owned()),
            user: "0123456789".parse().ok(),
            details: vec![("checked".to_owned(), "staff-card".to_owned())],
            request_id: None,
        }
    }

    fn chain() -> Vec<Entry> {
        let mut head = Head::genesis("0");
        let now = Timestamp::from_timestamp_micros(1_700_000_000_000_000).unwrap();
        ["token.assign", "code.verify", "token.return"].map(|a| head.append(event(a), now, &key())).to_vec()
    }

    fn verified(entries: &[Entry]) -> Result<Head, Broken> {
        let mut head = Head::genesis("0");
        entries.iter().try_for_each(|entry| head.verify_next(entry, &key()))?;
        Ok(head)
    }

    #[test]
    fn every_act_has_a_word_of_its_own() {
        let words: HashSet<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
        assert_eq!(words.len(), Act::ALL.len());
    }

    #[test]
    fn a_whole_chain_verifies_and_so_does_one_whose_users_were_removed() {
        let mut entries = chain();
        let head = verified(&entries).unwrap();
        assert_eq!((head.seq, head.hash), (3, entries[2].hash));
        entries[1].event.user = None;
        assert!(verified(&entries).is_ok());
    }

    #[test]
    fn every_change_of_a_chain_is_found() {
        type Change = fn(&mut Vec<Entry>);
        let changes: &[(Change, Broken)] = &[
            (|e| e[1].event.outcome = "CODE_WRONG".to_owned(), Broken::Hash),
            (|e| e[1].event.details[0].1 = "student-card".to_owned(), Broken::Hash),
            (|e| e[1].event.details.clear(), Broken::Hash),
            (|e| e[1].event.operator = "mallory".to_owned(), Broken::Hash),
            (|e| e[1].event.subject = None, Broken::Hash),
            (|e| e[1].event.request_id = Some(String::new()), Broken::Hash),
            (|e| e[1].recorded_at += chrono::TimeDelta::microseconds(1), Broken::Hash),
            (|e| e[1].user_mac = None, Broken::Hash),
            (|e| e[1].event.user = "9876543210".parse().ok(), Broken::User),
            (|e| drop(e.remove(1)), Broken::Gap),
            (|e| e.swap(0, 1), Broken::Gap),
            (|e| e[0].hash[0] ^= 1, Broken::Hash),
        ];
        for (at, (change, broken)) in changes.iter().enumerate() {
            let mut entries = chain();
            change(&mut entries);
            assert_eq!(verified(&entries), Err(*broken), "change {at}");
        }
    }

    #[test]
    fn details_read_back_whatever_they_hold() {
        let details =
            vec![("note".to_owned(), "two\nlines: and a \\ backslash\\n".to_owned()), ("k".to_owned(), String::new())];
        assert_eq!(details_from_text(&details_to_text(&details)), details);
    }
}
