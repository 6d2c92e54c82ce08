//! Stocktakes: all that lies in a location is scanned, and held against what should lie there. Nothing is changed by it
//! but the record, and, where that is asked for, the place of tokens that belong elsewhere and lie here.

use std::collections::BTreeSet;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::stock::{Stocktake, StocktakeEnd, StocktakeName, StocktakeWord};
use tokenfleet_domain::token::{Custody, Hold, Token};

use crate::app::location::location;
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::reservation::kept_from;
use crate::app::target::{Target, hold_if_broken, outcome_word, token_event};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{Found, LaneKey, Scan, StoreError, Tx, scanned_as};

pub use crate::store::StocktakeLine;

/// What one stocktake scans at most: the shelves of the largest location.
const SCANS_MAX: i64 = 20_000;

/// What a stocktake ends with at most that is not as it should be; with more, scanning has hardly begun, and the job that
/// records it would keep others waiting.
const LINES_MAX: usize = 2_000;

/// Scans read from the store at once.
const STRIDE: u32 = 500;

/// What was said of something that was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// What it is here.
    pub word: StocktakeWord,
    /// Whether it was scanned before.
    pub again: bool,
}

impl Remembered for Scanned {
    fn facts(&self) -> Facts {
        vec![("word".to_owned(), self.word.as_str().to_owned()), ("again".to_owned(), self.again.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self { word: fact(facts, "word")?.parse().ok()?, again: fact(facts, "again")? == "true" })
    }
}

/// End a stocktake.
#[derive(Debug, Clone)]
pub struct CloseStocktake {
    /// Which.
    pub name: StocktakeName,
    /// Say of tokens that lie here and belong elsewhere that they belong here.
    pub apply: bool,
    /// Check only.
    pub validate_only: bool,
}

/// What was done with a stocktake.
struct Done(StocktakeName);

impl Remembered for Done {
    fn facts(&self) -> Facts {
        vec![("stocktake".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "stocktake")?.parse().ok().map(Self)
    }
}

impl App {
    /// Begins a stocktake; there is one at a time in a location.
    pub async fn stocktake_start(&self, call: Call, at: LocationName) -> Answer<Stocktake> {
        let memory = self.repeatable(&call, "StartStocktake", Canon::new("stocktake/1").text(at.as_str()));
        let job = move |tx: &mut Tx<'_>| match once(tx, memory.as_ref(), |tx| start(tx, &call, &at))? {
            Ok(Done(name)) => known(tx, &name),
            Err(no) => Ok(Err(no)),
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// Takes down what was scanned, whatever it is.
    pub async fn stocktake_scan(&self, call: Call, name: StocktakeName, token: TokenRef) -> Answer<Scanned> {
        let target = Target::Token(token);
        let content = Canon::new("stocktake-scan/1").text(name.as_str()).text(&target.words());
        let memory = self.repeatable(&call, "ScanStocktake", content);
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| scan(tx, &call, &name, &target));
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// Ends a stocktake. A check answers with what its end would be.
    pub async fn stocktake_close(&self, call: Call, order: CloseStocktake) -> Answer<Stocktake> {
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(outcome(tx, &call, &order.name)?.map(|ended| ended.stocktake));
            return self.store().read(job).await.map_err(fault)?;
        }
        let content = Canon::new("stocktake-close/1").text(order.name.as_str()).int(i64::from(order.apply));
        let memory = self.repeatable(&call, "CloseStocktake", content);
        let job = move |tx: &mut Tx<'_>| {
            let done = once(tx, memory.as_ref(), |tx| match outcome(tx, &call, &order.name)? {
                Ok(ended) => close(tx, &call, &order, &ended),
                Err(no) => Ok(Err(no)),
            })?;
            match done {
                Ok(Done(name)) => known(tx, &name),
                Err(no) => Ok(Err(no)),
            }
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// A page of what a closed stocktake says. Of a token that the caller does not see it says no more than its serial.
    pub async fn stocktake_lines(
        &self,
        call: Call,
        name: StocktakeName,
        page: PageRequest,
    ) -> Answer<Page<StocktakeLine>> {
        let codec = self.page_codec("stocktake_lines", name.as_str());
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_number(&key).ok_or_else(mismatch)).transpose()?.unwrap_or(0);
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let job = move |tx: &mut Tx<'_>| match known(tx, &name)? {
            Ok(Stocktake { closed: None, .. }) => {
                Ok(Err(Rejection::from(Reason::StocktakeGoesOn).with("stocktake", name.as_str())))
            }
            Ok(_) => {
                let lines = tx.stocktake_lines(&name, after, limit)?;
                lines.into_iter().map(|line| seen_by(tx, &call, line)).collect::<Result<Vec<_>, _>>().map(Ok)
            }
            Err(no) => Ok(Err(no)),
        };
        let items = self.store().read(job).await.map_err(fault)??;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(&last.place.to_be_bytes()));
        Ok(Page { items, next })
    }

    /// A page of stocktakes, the newest first.
    pub async fn stocktake_list(&self, page: PageRequest) -> Answer<Page<Stocktake>> {
        let codec = self.page_codec("stocktakes", "");
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let before = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let items = self.store().read(move |tx| tx.stocktake_page(before, limit)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(&write_place(last)));
        Ok(Page { items, next })
    }
}

fn start(tx: &mut Tx<'_>, call: &Call, at: &LocationName) -> Decision<Done> {
    if let Err(no) = location(tx, at)? {
        return Ok(Err(no));
    }
    if let Some(open) = tx.stocktake_open_at(at)? {
        let no = Rejection::from(Reason::StocktakeOpen).with("location", at.as_str());
        return Ok(Err(no.with("stocktake", open.name.as_str())));
    }
    let now = tx.now();
    let name = StocktakeName::nth(now, tx.stocktakes_of_day(now)?);
    let started_by = call.operator.name.clone();
    tx.stocktake_insert(&Stocktake {
        name: name.clone(),
        location: at.clone(),
        started_at: now,
        started_by,
        closed: None,
    })?;
    tx.audit_append(event(call, Act::StocktakeStart, &name, vec![("location".to_owned(), at.to_string())]))?;
    Ok(Ok(Done(name)))
}

fn known(tx: &mut Tx<'_>, name: &StocktakeName) -> Decision<Stocktake> {
    let found = tx.stocktake_find(name)?;
    Ok(found.ok_or_else(|| Rejection::from(Reason::StocktakeNotFound).with("stocktake", name.as_str())))
}

/// The stocktake, while it goes on.
fn open(tx: &mut Tx<'_>, name: &StocktakeName) -> Decision<Stocktake> {
    Ok(known(tx, name)?.and_then(|stocktake| match stocktake.closed {
        None => Ok(stocktake),
        Some(_) => Err(Rejection::from(Reason::StocktakeClosed).with("stocktake", name.as_str())),
    }))
}

fn scan(tx: &mut Tx<'_>, call: &Call, name: &StocktakeName, target: &Target) -> Decision<Scanned> {
    let stocktake = match open(tx, name)? {
        Ok(stocktake) => stocktake,
        Err(no) => return Ok(Err(no)),
    };
    let seen = match target.find_beside_codes(tx, call.scope())? {
        Ok(found) => Some(found),
        Err(no) if matches!(no.reason, Reason::TokenNotFound | Reason::TokenNotSeen) => None,
        // It means several tokens; or it may be a code in the wrong place, and those are kept nowhere.
        Err(no) => return Ok(Err(no)),
    };
    // Whoever does not see it says all the same that it lies there.
    let found = match &seen {
        Some(_) => seen.clone(),
        None => target.find(tx, &Scope::All)?.ok(),
    };
    if tx.stocktake_scan_count(name)? >= SCANS_MAX {
        return Ok(Err(Rejection::from(Reason::StocktakeFull).with("limit", SCANS_MAX.to_string())));
    }
    let scanned = found.as_ref().map_or_else(|| target.words(), scanned_as);
    let token = found.as_ref().map(|found| found.token.id);
    let new = tx.stocktake_scan(name, &Scan { scanned, token, at: tx.now(), by: call.operator.name.clone() })?;
    let word = match &seen {
        Some(found) => word_of(tx, found, &stocktake.location)?,
        None => StocktakeWord::Unknown,
    };
    Ok(Ok(Scanned { word, again: !new }))
}

fn word_of(tx: &mut Tx<'_>, found: &Found, at: &LocationName) -> Result<StocktakeWord, StoreError> {
    let in_transit = tx.transfer_of_token(found.token.id)?.is_some();
    Ok(StocktakeWord::of(&found.token, at, in_transit))
}

/// How a stocktake ends.
struct Ended {
    stocktake: Stocktake,
    end: StocktakeEnd,
    lines: Vec<StocktakeLine>,
}

/// Holds what was scanned against what should be there.
fn outcome(tx: &mut Tx<'_>, call: &Call, name: &StocktakeName) -> Decision<Ended> {
    let stocktake = match open(tx, name)? {
        Ok(stocktake) => stocktake,
        Err(no) => return Ok(Err(no)),
    };
    let (mut here, mut found, mut lines) = (BTreeSet::new(), 0, Vec::new());
    let mut after = String::new();
    loop {
        let scans = tx.stocktake_scans(name, &after, STRIDE)?;
        let Some(last) = scans.last() else { break };
        after.clone_from(&last.scanned);
        for scan in scans {
            let line = line_of(tx, &stocktake, &scan)?;
            here.extend(line.token);
            if line.word == StocktakeWord::Found { found += 1 } else { lines.push(line) }
        }
    }
    let surplus = lines.len();
    let shelf = tx.stocktake_shelf(&stocktake.location)?;
    for token in shelf.into_iter().filter(|token| !here.contains(token)).take(LINES_MAX + 1) {
        let Some(of) = tx.token_by_id(&Scope::All, token)? else { continue };
        let serial = of.token.serial.shown().to_owned();
        lines.push(StocktakeLine { place: 0, serial, token: Some(token), word: StocktakeWord::Missing });
    }
    if lines.len() > LINES_MAX {
        let no = Rejection::from(Reason::StocktakeUnfinished).with("limit", LINES_MAX.to_string());
        return Ok(Err(no.with("stocktake", name.as_str())));
    }
    for (place, line) in (1..).zip(&mut lines) {
        line.place = place;
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (missing, surplus) = (count(lines.len() - surplus), count(surplus));
    let end = StocktakeEnd { at: tx.now(), by: call.operator.name.clone(), found, missing, surplus };
    let stocktake = Stocktake { closed: Some(end.clone()), ..stocktake };
    Ok(Ok(Ended { stocktake, end, lines }))
}

/// What a scan comes to. A token whose lot was taken out since is unknown.
fn line_of(tx: &mut Tx<'_>, stocktake: &Stocktake, scan: &Scan) -> Result<StocktakeLine, StoreError> {
    let found = match scan.token {
        Some(token) => tx.token_by_id(&Scope::All, token)?,
        None => None,
    };
    Ok(match found {
        Some(found) => StocktakeLine {
            place: 0,
            serial: found.token.serial.shown().to_owned(),
            token: Some(found.token.id),
            word: word_of(tx, &found, &stocktake.location)?,
        },
        None => StocktakeLine { place: 0, serial: scan.scanned.clone(), token: None, word: StocktakeWord::Unknown },
    })
}

fn close(tx: &mut Tx<'_>, call: &Call, order: &CloseStocktake, ended: &Ended) -> Decision<Done> {
    let Ended { stocktake, end, lines } = ended;
    tx.stocktake_close(&stocktake.name, end, lines)?;
    for line in lines {
        if let Some(token) = line.token {
            record_line(tx, call, order, stocktake, (token, line.word))?;
        }
    }
    let mut details = vec![("location".to_owned(), stocktake.location.to_string())];
    let counts = [("found", end.found), ("missing", end.missing), ("surplus", end.surplus)];
    details.extend(counts.map(|(name, count)| (name.to_owned(), count.to_string())));
    tx.audit_append(event(call, Act::StocktakeClose, &stocktake.name, details))?;
    Ok(Ok(Done(stocktake.name.clone())))
}

/// Puts it on record of a token, and says where it belongs, where that is asked for.
fn record_line(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &CloseStocktake,
    stocktake: &Stocktake,
    (token, word): (RowId, StocktakeWord),
) -> Result<(), StoreError> {
    let Some(found) = tx.token_by_id(&Scope::All, token)? else { return Ok(()) };
    hold_if_broken(tx, &found)?;
    let is_free = can_move(&found) && kept_from(tx, &found.token, None)?.is_none();
    let moves = order.apply && word == StocktakeWord::Elsewhere && is_free;
    if moves {
        let held = &found.token;
        let location = Some(stocktake.location.to_string());
        tx.token_swap(held, &Token { location, version: held.version + 1, updated_at: tx.now(), ..held.clone() })?;
    }
    let mut event = token_event(call, Act::TokenCount, &found.token, &Ok(()));
    event.details = vec![
        ("stocktake".to_owned(), stocktake.name.to_string()),
        ("location".to_owned(), stocktake.location.to_string()),
        ("counted".to_owned(), word.as_str().to_owned()),
    ];
    event.details.extend(moves.then(|| ("applied".to_owned(), "yes".to_owned())));
    tx.audit_append(event)
}

fn can_move(found: &Found) -> bool {
    found.hold != Hold::Integrity && matches!(found.token.state.custody, Custody::InStock | Custody::Faulty)
}

/// A line for whoever asks: a token they don't see is one they don't know.
fn seen_by(tx: &mut Tx<'_>, call: &Call, line: StocktakeLine) -> Result<StocktakeLine, StoreError> {
    let Some(token) = line.token else { return Ok(line) };
    match tx.token_by_id(call.scope(), token)? {
        Some(_) => Ok(line),
        None => Ok(StocktakeLine { token: None, word: StocktakeWord::Unknown, ..line }),
    }
}

fn event(call: &Call, act: Act, name: &StocktakeName, details: Facts) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: act.as_str().to_owned(),
        outcome: outcome_word(&Ok(())),
        subject: Some(format!("stocktakes/{name}")),
        user: None,
        details,
        request_id: call.request.map(|id| id.to_string()),
    }
}

fn read_number(key: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(key.try_into().ok()?))
}

fn write_place(last: &Stocktake) -> Vec<u8> {
    [last.started_at.timestamp_micros().to_be_bytes().as_slice(), last.name.as_str().as_bytes()].concat()
}

fn read_place(key: &[u8]) -> Option<(Timestamp, StocktakeName)> {
    let (at, name) = key.split_at_checked(8)?;
    let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?;
    Some((at, std::str::from_utf8(name).ok()?.parse().ok()?))
}
