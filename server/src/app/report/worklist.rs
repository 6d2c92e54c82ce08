//! Worklists: walks an index to its rows, reads each whole, and leaves out what is outside the caller's scope.

use std::collections::BTreeMap;
use std::ops::Bound;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::report::battery::{Batch, YEARS_DEFAULT, ends_at};
use tokenfleet_domain::report::clock::{self, Leaving, USUAL_MILLISECONDS_PER_DAY};
use tokenfleet_domain::report::worklist::{self, Subject};
use tokenfleet_domain::report::{Column, Note, Row, Table, day};
use tokenfleet_domain::token::Custody;

use super::{Asked, Part, Stretch, models};
use crate::app::{Decision, Found};
use crate::store::{Listed, Order, Place, StoreError, Tx, Worklist};

/// Rows examined for one page at most; a page may be shorter than asked for and still not the last.
const EXAMINED: usize = 5_000;

/// Rows read from the store at once.
const STRIDE: u32 = 500;

/// Lent, and no code accepted since.
pub(super) fn unproven(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let row = |_: &mut Tx<'_>, subject: Subject<'_>, _: &Listed| Ok(Some(worklist::unproven(subject)));
    listed(tx, asked, stretch, Worklist::Unproven(asked.to), (worklist::UNPROVEN, &row))
}

/// Lent for longer than was agreed.
pub(super) fn overdue(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let due_at = |listed: &Listed| Timestamp::from_timestamp_micros(listed.place.0).unwrap_or(asked.now);
    let row = |_: &mut Tx<'_>, subject: Subject<'_>, listed: &Listed| {
        Ok(Some(worklist::overdue(subject, due_at(listed), asked.now)))
    };
    listed(tx, asked, stretch, Worklist::Overdue(asked.now), (worklist::OVERDUE, &row))
}

/// Lent, and not seen for long.
pub(super) fn dormant(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let row = |_: &mut Tx<'_>, subject: Subject<'_>, _: &Listed| Ok(Some(worklist::dormant(subject)));
    listed(tx, asked, stretch, Worklist::Dormant(asked.to), (worklist::DORMANT, &row))
}

/// Lent, and stopped by wrong codes or nearly so.
pub(super) fn failing(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let row = |_: &mut Tx<'_>, subject: Subject<'_>, _: &Listed| Ok(Some(worklist::failing(subject, asked.now)));
    listed(tx, asked, stretch, Worklist::Failing, (worklist::FAILING, &row))
}

/// Lent to somebody who has left. Whoever looks after the loan is told so, whatever the person's own department is.
pub(super) fn leavers(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let row = |tx: &mut Tx<'_>, subject: Subject<'_>, _: &Listed| {
        let holder = subject.token.user.as_ref().map(|user| tx.person_find(&Scope::All, user)).transpose()?.flatten();
        Ok(holder.and_then(|holder| worklist::leavers(subject, &holder, asked.to)))
    };
    listed(tx, asked, stretch, Worklist::Leavers(day(asked.to)), (worklist::LEAVERS, &row))
}

/// How a line of a worklist becomes a row; None where it is none after all.
type Write<'a> = dyn Fn(&mut Tx<'_>, Subject<'_>, &Listed) -> Result<Option<Row>, StoreError> + 'a;

/// What the rows of a worklist are made of.
type ToRow<'a> = (&'static [Column], &'a Write<'a>);

/// Walks a worklist until the page is full, it ends, or enough was examined.
fn listed(
    tx: &mut Tx<'_>,
    asked: &Asked,
    stretch: &Stretch<'_>,
    list: Worklist,
    (columns, to_row): ToRow<'_>,
) -> Decision<Part> {
    let Ok(mut after) = stretch.after.map(read_place).transpose() else { return Ok(Err(mismatch())) };
    let mut rows = Vec::new();
    let mut examined = 0;
    let end = loop {
        let lines = tx.report_list(list, after, STRIDE)?;
        let last = lines.len() < STRIDE as usize;
        for line in lines {
            after = Some(line.place);
            if let Some(found) = tx.token_by_id(asked.call.scope(), line.token)? {
                rows.extend(to_row(tx, subject(&found), &line)?);
            }
            if rows.len() == stretch.size {
                break;
            }
        }
        examined += STRIDE as usize;
        if rows.len() == stretch.size || (!last && examined >= EXAMINED) {
            break after;
        }
        if last {
            break None;
        }
    };
    let table = Table { columns, rows, notes: Vec::new() };
    Ok(Ok(Part { table, next: end.map(write_place) }))
}

fn subject(found: &Found) -> Subject<'_> {
    Subject { token: &found.token, lot: &found.lot, hold: found.hold }
}

/// Lots of which some end in time, by name, and when they were imported.
type Ending = BTreeMap<String, (Timestamp, Option<i64>)>;

/// Tokens that end, lot by lot, in the order they were imported in.
pub(super) fn expiring(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let Ok(after) = stretch.after.map(read_token_of_lot).transpose() else { return Ok(Err(mismatch())) };
    let batches = models::batches(tx, asked)?;
    let ending: Ending = batches.into_iter().filter(|batch| ends_in_time(batch, asked.to)).map(by_lot).collect();
    let first = after.as_ref().map_or(Bound::Unbounded, |(lot, _)| Bound::Included(lot.clone()));
    let mut rows = Vec::new();
    let mut examined = 0;
    let mut end = None;
    'lots: for (name, (imported_at, years)) in ending.range((first, Bound::Unbounded)) {
        let Some(lot) = name.parse::<LotName>().ok().map(|name| tx.lot_find(&name)).transpose()?.flatten() else {
            continue;
        };
        // Where the lot of the last page is gone, the next is read from its beginning.
        let mut token = after.as_ref().filter(|(lot, _)| lot == name).map(|(_, token)| *token);
        loop {
            let stride = tx.tokens_of_lot(asked.call.scope(), lot.id, Order::Oldest, token, STRIDE)?;
            for found in stride.found {
                let ends_at = ends_at(*imported_at, found.token.expires_at, *years);
                if is_in_use(found.token.state.custody) && ends_at < asked.to {
                    rows.push(worklist::expiring(subject(&found), ends_at));
                }
                if rows.len() == stretch.size {
                    end = Some(write_token_of_lot(name, found.token.id));
                    break 'lots;
                }
            }
            examined += STRIDE as usize;
            token = stride.next;
            let Some(last) = token else { break };
            if examined >= EXAMINED {
                end = Some(write_token_of_lot(name, last));
                break 'lots;
            }
        }
    }
    let notes = vec![Note { name: "battery_years_default", number: YEARS_DEFAULT }];
    Ok(Ok(Part { table: Table { columns: worklist::EXPIRING, rows, notes }, next: end }))
}

fn is_in_use(custody: Custody) -> bool {
    match custody {
        Custody::InStock | Custody::Lent => true,
        Custody::Ordered | Custody::Lost | Custody::Faulty | Custody::Retired => false,
    }
}

fn ends_in_time(batch: &Batch, until: Timestamp) -> bool {
    is_in_use(batch.custody) && batch.ends_at() < until
}

fn by_lot(batch: Batch) -> (String, (Timestamp, Option<i64>)) {
    (batch.lot, (batch.imported_at, batch.battery_years))
}

/// Tokens on the shelf whose clock leaves the window, the first to leave first.
pub(super) fn drift(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    let Ok(after) = stretch.after.map(read_place).transpose() else { return Ok(Err(mismatch())) };
    let clocks = models::clocks(tx, asked)?;
    let leaving = clock::drift(&clocks, asked.window_seconds, asked.to);
    let place = |one: &Leaving| (one.leaves_at.timestamp_micros(), one.token);
    let mut left = leaving.iter().filter(|one| after.is_none_or(|after| place(one) > after));
    let mut rows = Vec::new();
    let mut end = None;
    for one in left.by_ref().take(stretch.size) {
        end = Some(place(one));
        if let Some(found) = tx.token_by_id(asked.call.scope(), one.token)? {
            rows.push(worklist::drift(subject(&found), one));
        }
    }
    let more = left.next().is_some();
    let notes = vec![
        Note { name: "window_seconds", number: asked.window_seconds },
        Note { name: "usual_milliseconds_per_day", number: i64::from(USUAL_MILLISECONDS_PER_DAY) },
    ];
    let table = Table { columns: worklist::DRIFT, rows, notes };
    Ok(Ok(Part { table, next: end.filter(|_| more).map(write_place) }))
}

fn mismatch() -> Rejection {
    Rejection::from(Reason::PageTokenMismatch).in_field("page_token")
}

/// Bytes that are no place.
struct NoPlace;

fn write_place((at, id): Place) -> Vec<u8> {
    [at.to_be_bytes().as_slice(), &id.0].concat()
}

fn read_place(key: &[u8]) -> Result<Place, NoPlace> {
    let (at, id) = key.split_at_checked(8).ok_or(NoPlace)?;
    let at = at.try_into().map_err(|_| NoPlace)?;
    Ok((i64::from_be_bytes(at), RowId(id.try_into().map_err(|_| NoPlace)?)))
}

fn write_token_of_lot(lot: &str, token: RowId) -> Vec<u8> {
    [&token.0, lot.as_bytes()].concat()
}

fn read_token_of_lot(key: &[u8]) -> Result<(String, RowId), NoPlace> {
    let (token, lot) = key.split_at_checked(16).ok_or(NoPlace)?;
    let lot = String::from_utf8(lot.to_vec()).map_err(|_| NoPlace)?;
    Ok((lot, RowId(token.try_into().map_err(|_| NoPlace)?)))
}
