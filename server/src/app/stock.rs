//! The stock: how many tokens of which kind are where.

use std::collections::BTreeMap;
use std::ops::Bound;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Custody;

use crate::app::location::location;
use crate::app::page::{Page, PageRequest};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{StockKind, Tx};

pub use crate::store::StockLevel;

/// Which part of the stock is asked for.
#[derive(Debug, Clone, Default)]
pub struct StockAsked {
    /// Only in this place.
    pub location: Option<LocationName>,
    /// Only this model.
    pub model: Option<String>,
}

/// How many there are of one kind in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLine {
    /// Of what.
    pub kind: StockKind,
    /// By custody.
    pub counts: StockCounts,
}

/// Tokens by custody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StockCounts {
    /// Announced by the vendor.
    pub ordered: i64,
    /// On the shelf, and those on their way to another.
    pub in_stock: i64,
    /// Of these, on their way.
    pub in_transit: i64,
    /// Of these, kept for somebody.
    pub reserved: i64,
    /// Of these, on hold or without a known seed, wherever they go and whoever they are kept for.
    pub unusable: i64,
    /// With people.
    pub lent: i64,
    /// Lost by people.
    pub lost: i64,
    /// Broken, or with an empty battery.
    pub faulty: i64,
}

impl StockCounts {
    /// On the shelf, for anybody.
    pub fn free(&self) -> i64 {
        self.in_stock - self.in_transit - self.reserved - self.unusable
    }
}

/// A model of which fewer are free than somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowStock {
    /// How few there may be, of what and where.
    pub level: StockLevel,
    /// How many there are.
    pub free: i64,
}

impl App {
    /// Models of which fewer are free than somebody wants, in one place or in all together.
    pub async fn stock_low(&self, call: Call, asked: StockAsked) -> Answer<Vec<LowStock>> {
        let job = move |tx: &mut Tx<'_>| match stock(tx, &call, &StockAsked::default())? {
            Ok(lines) => Ok(Ok(low(tx.stock_levels_of_all(LEVELS_MAX)?, &lines, &asked))),
            Err(no) => Ok(Err(no)),
        };
        self.store().read(job).await.map_err(fault)?
    }

    /// A page of the stock, by place and kind.
    pub async fn stock_list(&self, call: Call, asked: StockAsked, page: PageRequest) -> Answer<Page<StockLine>> {
        let codec = self.page_codec("stock", &format!("{asked:?}"));
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_kind(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let lines = self.store().read(move |tx| stock(tx, &call, &asked)).await.map_err(fault)??;
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let items: Vec<_> = lines
            .range((after, Bound::Unbounded))
            .take(size)
            .map(|(kind, counts)| StockLine { kind: kind.clone(), counts: *counts })
            .collect();
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(&write_kind(&last.kind)));
        Ok(Page { items, next })
    }
}

type Lines = BTreeMap<StockKind, StockCounts>;

fn stock(tx: &mut Tx<'_>, call: &Call, asked: &StockAsked) -> Decision<Lines> {
    if let Some(name) = &asked.location
        && let Err(no) = location(tx, name)?
    {
        return Ok(Err(no));
    }
    let mut lines = Lines::new();
    for counted in tx.stock_counts(call.scope())?.into_iter().filter(|counted| asked.takes(&counted.kind)) {
        let counts = lines.entry(counted.kind).or_default();
        match counted.custody {
            Custody::Ordered => counts.ordered += counted.count,
            Custody::InStock => {
                counts.in_stock += counted.count;
                counts.unusable += if counted.have_seeds { 0 } else { counted.count };
            }
            Custody::Lent => counts.lent += counted.count,
            Custody::Lost => counts.lost += counted.count,
            Custody::Faulty => counts.faulty += counted.count,
            Custody::Retired => {}
        }
    }
    for (kind, count) in tx.stock_on_hold()?.into_iter().filter(|(kind, _)| asked.takes(kind)) {
        lines.entry(kind).or_default().unusable += count;
    }
    for (kind, count) in tx.transfer_counts()?.into_iter().filter(|(kind, _)| asked.takes(kind)) {
        lines.entry(kind).or_default().in_transit += count;
    }
    for (kind, count) in tx.reservation_counts(tx.now())?.into_iter().filter(|(kind, _)| asked.takes(kind)) {
        lines.entry(kind).or_default().reserved += count;
    }
    // What is retired is no stock.
    lines.retain(|_, counts| *counts != StockCounts::default());
    Ok(Ok(lines))
}

/// Levels that are looked at, at most: a university has a handful of models and places.
const LEVELS_MAX: u32 = 5_000;

/// Those levels that the stock is below, of what was asked for.
fn low(levels: Vec<StockLevel>, lines: &Lines, asked: &StockAsked) -> Vec<LowStock> {
    let asked_for = |level: &StockLevel| {
        asked.model.as_ref().is_none_or(|model| *model == level.name.model)
            && asked.location.as_ref().is_none_or(|name| name.as_str() == level.location)
    };
    let free = |level: &StockLevel| -> i64 {
        let of_level = |kind: &StockKind| {
            kind.vendor == level.name.vendor
                && kind.model == level.name.model
                && (level.location.is_empty() || kind.location == level.location)
        };
        lines.iter().filter(|(kind, _)| of_level(kind)).map(|(_, counts)| counts.free()).sum()
    };
    let held = levels.into_iter().filter(asked_for).map(|level| LowStock { free: free(&level), level });
    held.filter(|low| low.free < low.level.least).collect()
}

impl StockAsked {
    fn takes(&self, kind: &StockKind) -> bool {
        self.location.as_ref().is_none_or(|name| name.as_str() == kind.location)
            && self.model.as_ref().is_none_or(|model| *model == kind.model)
    }
}

/// No part of a kind holds a NUL: files are read without, and names are checked.
const BETWEEN: char = '\0';

fn write_kind(kind: &StockKind) -> Vec<u8> {
    [kind.location.as_str(), &kind.vendor, &kind.model].join(&BETWEEN.to_string()).into_bytes()
}

fn read_kind(key: &[u8]) -> Option<StockKind> {
    let mut parts = std::str::from_utf8(key).ok()?.splitn(3, BETWEEN).map(str::to_owned);
    Some(StockKind { location: parts.next()?, vendor: parts.next()?, model: parts.next()? })
}
