//! How an import ended: what is told, remembered and recorded of it.

use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::ports::Timestamp;

use crate::app::import::{EarlierLot, ImportOrder, Plan};
use crate::app::memory::{Facts, Remembered, count, counted, fact};

/// How an import ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// The new lot.
    pub lot: Option<LotName>,
    /// Rows read.
    pub rows: i64,
    /// Tokens that are new.
    pub created: i64,
    /// Tokens that were recorded without a seed and have theirs now.
    pub completed: i64,
    /// Tokens that were known and are described as the file does now.
    pub updated: i64,
    /// Rows that were known already.
    pub unchanged: i64,
    /// Rows that contradict what is known.
    pub conflicts: i64,
    /// Rows that can't be read or are not admitted.
    pub refused: i64,
    /// Keys that are no OATH tokens'.
    pub left_out: i64,
    /// New tokens whose vendor's date has passed.
    pub expired: i64,
    /// New tokens whose vendor nobody named.
    pub without_vendor: i64,
    /// New tokens whose seeds are shorter than recommended.
    pub short_seeds: i64,
    /// New tokens that the vendor says may be used later only.
    pub not_yet: i64,
    /// From when on all of those may be used.
    pub starts_at: Option<Timestamp>,
    /// Whether anything was to be kept.
    pub applied: bool,
    /// Whether the lot is closed until a displayed code says how it is to be read.
    pub closed: bool,
    /// SHA-256 of the file, in hex.
    pub file_sha256: String,
    /// The lot that this very file became before, where rows of it are known already.
    pub earlier: Option<EarlierLot>,
    /// Of a dry run that was not refused: what to apply.
    pub plan: Option<Plan>,
}

impl ImportSummary {
    pub(super) fn is_refused(&self, order: &ImportOrder) -> bool {
        !order.keep_going && self.refused + self.conflicts > 0
    }

    /// Whether nothing would change: nothing is new, and nothing is described anew.
    pub(super) fn changes_nothing(&self) -> bool {
        self.brings_none() && self.updated == 0
    }

    /// Whether there is nothing to make a lot of.
    pub(super) fn brings_none(&self) -> bool {
        self.created + self.completed == 0
    }

    pub(super) fn counts(&self) -> Facts {
        let mut counts = vec![
            counted("rows", self.rows),
            counted("created", self.created),
            counted("completed", self.completed),
            counted("updated", self.updated),
            counted("unchanged", self.unchanged),
            counted("conflicts", self.conflicts),
            counted("refused", self.refused),
            counted("left_out", self.left_out),
            counted("expired", self.expired),
            counted("without_vendor", self.without_vendor),
            counted("short_seeds", self.short_seeds),
            counted("not_yet", self.not_yet),
            ("file_sha256".to_owned(), self.file_sha256.clone()),
        ];
        counts.extend(self.starts_at.map(|at| ("starts_at".to_owned(), at.to_rfc3339())));
        counts
    }
}

impl Remembered for ImportSummary {
    fn facts(&self) -> Facts {
        let mut facts = self.counts();
        facts.extend(self.lot.iter().map(|lot| ("lot".to_owned(), lot.to_string())));
        facts.push(("applied".to_owned(), self.applied.to_string()));
        facts.push(("closed".to_owned(), self.closed.to_string()));
        facts.extend(self.earlier.iter().flat_map(EarlierLot::facts));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self {
            lot: fact(facts, "lot").and_then(|lot| lot.parse().ok()),
            rows: count(facts, "rows")?,
            created: count(facts, "created")?,
            // Remembered before there was any, as are all that have a default here.
            completed: count(facts, "completed").unwrap_or_default(),
            updated: count(facts, "updated").unwrap_or_default(),
            unchanged: count(facts, "unchanged")?,
            conflicts: count(facts, "conflicts")?,
            refused: count(facts, "refused")?,
            left_out: count(facts, "left_out").unwrap_or_default(),
            expired: count(facts, "expired")?,
            without_vendor: count(facts, "without_vendor")?,
            short_seeds: count(facts, "short_seeds").unwrap_or_default(),
            not_yet: count(facts, "not_yet").unwrap_or_default(),
            starts_at: fact(facts, "starts_at").and_then(|at| at.parse().ok()),
            applied: fact(facts, "applied")? == "true",
            closed: fact(facts, "closed") == Some("true"),
            file_sha256: fact(facts, "file_sha256")?.to_owned(),
            earlier: EarlierLot::recall(facts),
            plan: None,
        })
    }
}
