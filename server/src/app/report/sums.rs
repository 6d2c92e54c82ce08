//! Reports of sums: reads what they are made of, within the caller's scope, and has `domain::report` add it up.

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta};
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::JAPAN;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::report::{Table, battery, clock, day, fleet_clock, inventory, lending};

use super::{Asked, models};
use crate::store::{StoreError, Tx};

/// Observations of clocks that are looked at for days that moved together, the newest, at most.
const LOOKS_MAX: u32 = 100_000;

/// How many tokens of which kind there are.
pub(super) fn inventory(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    Ok(inventory::inventory(tx.report_inventory(asked.call.scope())?))
}

/// How many batteries end in which fiscal year.
pub(super) fn forecast(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    Ok(battery::forecast(&models::batches(tx, asked)?))
}

/// How many tokens should be bought.
pub(super) fn purchase(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    Ok(battery::purchase(&models::batches(tx, asked)?, asked.now))
}

/// How fast clocks drift.
pub(super) fn rates(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    let lots = clock::rates(&tx.report_clocks(asked.call.scope())?);
    let mut named = Vec::new();
    for lot in lots {
        let mut serials = Vec::new();
        for outlier in lot.outliers.iter().take(clock::NAMED_MAX) {
            serials.extend(serial(tx, asked, *outlier)?);
        }
        named.push((lot, serials));
    }
    Ok(clock::rates_table(&named))
}

fn serial(tx: &mut Tx<'_>, asked: &Asked, token: RowId) -> Result<Option<String>, StoreError> {
    let found = tx.token_by_id(asked.call.scope(), token)?;
    Ok(found.map(|found| found.token.serial.shown().to_owned()))
}

/// Loans month by month, from the beginning of the first one.
pub(super) fn loans(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    let mut counted = Vec::new();
    let mut month = first_of_month(day(asked.to));
    while let Some(next) = month.checked_add_months(Months::new(1)).filter(|_| begin(month) <= asked.now) {
        let name = month.format("%Y-%m").to_string();
        counted.extend(tx.report_loans(asked.call.scope(), (begin(month), begin(next)), &name)?);
        month = next;
    }
    Ok(lending::loans(counted))
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// When a day begins in Japan.
fn begin(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(i64::from(JAPAN.local_minus_utc()))
}

/// Days on which clocks moved together.
pub(super) fn fleet_clock(tx: &mut Tx<'_>, asked: &Asked) -> Result<Table, StoreError> {
    let earlier = asked.to - TimeDelta::days(fleet_clock::EARLIER_DAYS);
    let looks = tx.report_looks(asked.call.scope(), earlier, LOOKS_MAX)?;
    Ok(fleet_clock::table(&fleet_clock::fleet_clock(looks, day(asked.to))))
}
