//! `list` and `show`.

use std::num::NonZeroU64;

use clap::{Args, ValueEnum};

use super::{Target, View};

/// `list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only tokens of which this is true, such as 'custody = LENT AND model = "C200"'
    ///
    /// Comparisons such as custody = LENT, joined by AND, OR and NOT. Fields: serial, vendor, key_id, manufacturer, model, lot, type, algorithm, digits, period_seconds, custody, authenticator, hold, state, without_seed, user, department, location, lent_time, proven_time, last_accepted_time, create_time, update_time, expire_time, failures, clock_offset_seconds. A word alone is looked for in serials, models and IDs.
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<String>,
    /// Only tokens in this state; repeat it for several. lent is the proven ones, lent-not-proven those without a code so far
    #[arg(long, value_enum)]
    pub(crate) state: Vec<State>,
    /// Only tokens of this person
    #[arg(long, value_name = "USER-ID")]
    pub(crate) user: Option<String>,
    /// Only tokens of this lot
    #[arg(long)]
    pub(crate) lot: Option<String>,
    /// Only tokens that are kept in this location
    #[arg(long)]
    pub(crate) location: Option<String>,
    /// Newest imports first, instead of oldest first
    #[arg(long)]
    pub(crate) newest_first: bool,
    /// Shows at most N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) view: View,
}

/// `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) target: Target,
    /// What it went through instead, newest first: who held it from when to when, and what befell it besides
    #[arg(long)]
    pub(crate) history: bool,
}

/// The word people see for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum State {
    /// Announced by the vendor.
    Ordered,
    /// On the shelf.
    #[value(alias = "in-stock")]
    InStock,
    /// Lent, but no code of it was accepted yet.
    #[value(alias = "lent-not-proven")]
    LentNotProven,
    /// Lent and proven by a code.
    Lent,
    /// Lent and stopped for a while.
    Suspended,
    /// Lent and stopped after too many wrong codes.
    Disabled,
    /// Lost.
    Lost,
    /// Broken.
    Faulty,
    /// Kept from use by a hold.
    #[value(alias = "on-hold")]
    OnHold,
    /// Out of service for good.
    Retired,
}

impl State {
    /// The word in a filter.
    pub(crate) fn filter_word(self) -> &'static str {
        match self {
            Self::Ordered => "ORDERED",
            Self::InStock => "IN_STOCK",
            Self::LentNotProven => "LENT_NOT_PROVEN",
            Self::Lent => "LENT",
            Self::Suspended => "SUSPENDED",
            Self::Disabled => "DISABLED",
            Self::Lost => "LOST",
            Self::Faulty => "FAULTY",
            Self::OnHold => "ON_HOLD",
            Self::Retired => "RETIRED",
        }
    }
}
