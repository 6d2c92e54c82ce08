//! `report`.

use std::num::NonZeroU64;

use clap::{Args, ValueEnum};

use super::View;

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Which worklist or report
    #[arg(value_name = "REPORT", value_enum)]
    pub(crate) name: ReportName,
    /// How many days it looks back (unproven, dormant, loans, fleet-clock) or ahead (leavers, expiring, drift)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=3_660), conflicts_with = "since")]
    pub(crate) days: Option<i32>,
    /// From which day it looks back, in Japan, such as 2026-04-01
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Shows at most N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) view: View,
}

/// A worklist or a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportName {
    /// Lent, and no code of it was accepted since; with --days, for so long
    Unproven,
    /// Lent for longer than was agreed
    Overdue,
    /// Lent, and not seen at a desk for 365 days or --days; sign-ins at Entra are not seen
    Dormant,
    /// Lent, and disabled, locked, or with three wrong codes in a row or more
    Failing,
    /// Lent to people who have left or leave within --days, by the directory, or go on under another ID
    Leavers,
    /// In stock or lent, and its battery or the vendor's term ends within 365 days or --days
    Expiring,
    /// Tokens by location, model and lot
    Inventory,
    /// Batteries that end, by fiscal year, model and lot
    Forecast,
    /// Tokens to buy, by fiscal year and model
    Purchase,
    /// In stock, and its clock leaves Entra's window within 365 days or --days
    Drift,
    /// How fast clocks drift, by model and lot
    Rates,
    /// Loans by month and department, of 365 days or --days
    Loans,
    /// Days on which clocks moved together: then the server's own may be wrong
    FleetClock,
}
