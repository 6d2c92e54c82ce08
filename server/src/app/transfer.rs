//! Transfers: tokens are sent from one location to another, and received there. While a token is on its way it is no free
//! stock; where it is kept changes when it comes.

use std::collections::BTreeSet;

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::stock::{Arrival, Transfer, TransferName};
use tokenfleet_domain::token::{Custody, Hold, Token, legal_commands};

use crate::app::location::location;
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::reservation::kept_from;
use crate::app::target::{Target, hold_if_broken, on_hold, record_unfound, token_event};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{ArrivalEnd, Found, LaneKey, StoreError, Tx};

pub use crate::store::TransferItem;

/// Tokens of one transfer at most: a large parcel, and a job that others can wait for.
pub const TRANSFER_MAX: usize = 500;

/// Send tokens.
#[derive(Debug, Clone)]
pub struct SendTokens {
    /// Which.
    pub tokens: Vec<TokenRef>,
    /// Where to.
    pub to: LocationName,
    /// Anything worth recording.
    pub note: String,
    /// Check only.
    pub validate_only: bool,
}

/// Receive tokens.
#[derive(Debug, Clone)]
pub struct ReceiveTokens {
    /// Of which transfer.
    pub transfer: TransferName,
    /// Which; all that are on their way where none is named.
    pub tokens: Vec<TokenRef>,
    /// Check only.
    pub validate_only: bool,
}

/// A transfer with what is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferShown {
    /// The transfer.
    pub transfer: Transfer,
    /// The tokens.
    pub items: Vec<TransferItem>,
}

/// What was done with a transfer.
struct Done(TransferName);

impl Remembered for Done {
    fn facts(&self) -> Facts {
        vec![("transfer".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "transfer")?.parse().ok().map(Self)
    }
}

impl App {
    /// Sends tokens to another location: all of them, or none. A dry run answers with no transfer.
    pub async fn transfer_send(&self, call: Call, order: SendTokens) -> Answer<Option<TransferShown>> {
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_send(tx, &call, &order)?.map_err(|(_, no)| no).map(|_| None));
            return self.store().read(job).await.map_err(fault)?;
        }
        let content = words(Canon::new("transfer/1").text(order.to.as_str()).text(&order.note), &order.tokens);
        let memory = self.repeatable(&call, "TransferTokens", content);
        let job = move |tx: &mut Tx<'_>| {
            let done = once(tx, memory.as_ref(), |tx| match may_send(tx, &call, &order)? {
                Ok(found) => send(tx, &call, &order, &found),
                Err((which, no)) => refuse(tx, &call, Act::TokenTransfer, which.as_ref(), no),
            })?;
            shown_after(tx, done).map(|answer| answer.map(Some))
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// Receives tokens of a transfer, those that are named or all.
    pub async fn transfer_receive(&self, call: Call, order: ReceiveTokens) -> Answer<TransferShown> {
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| match may_receive(tx, &call, &order)? {
                Ok(_) => shown(tx, &order.transfer),
                Err((_, no)) => Ok(Err(no)),
            };
            return self.store().read(job).await.map_err(fault)?;
        }
        let content = words(Canon::new("receive/1").text(order.transfer.as_str()), &order.tokens);
        let memory = self.repeatable(&call, "ReceiveTransfer", content);
        let job = move |tx: &mut Tx<'_>| {
            let done = once(tx, memory.as_ref(), |tx| match may_receive(tx, &call, &order)? {
                Ok((transfer, found)) => receive(tx, &call, &transfer, &found),
                Err((which, no)) => refuse(tx, &call, Act::TokenReceive, which.as_ref(), no),
            })?;
            shown_after(tx, done)
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// One transfer.
    pub async fn transfer_get(&self, name: TransferName) -> Answer<TransferShown> {
        self.store().read(move |tx| shown(tx, &name)).await.map_err(fault)?
    }

    /// A page of transfers, the newest first; all, or those that are not complete.
    pub async fn transfer_list(&self, open: bool, page: PageRequest) -> Answer<Page<Transfer>> {
        let codec = self.page_codec("transfers", if open { "open" } else { "" });
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let before = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let items = self.store().read(move |tx| tx.transfer_page(open, before, limit)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(&write_place(last)));
        Ok(Page { items, next })
    }
}

/// A refusal, with the token it is about where it is about one.
type About = (Option<TokenRef>, Rejection);

/// The tokens, if all of them can be sent.
fn may_send(tx: &mut Tx<'_>, call: &Call, order: &SendTokens) -> Result<Result<Vec<Found>, About>, StoreError> {
    if order.tokens.is_empty() || order.tokens.len() > TRANSFER_MAX {
        let no = Rejection::from(Reason::TransferSize).with("limit", TRANSFER_MAX.to_string());
        return Ok(Err((None, no.in_field("tokens"))));
    }
    if let Err(no) = location(tx, &order.to)? {
        return Ok(Err((None, no)));
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for which in &order.tokens {
        match may_send_one(tx, call, which, &order.to)? {
            // What is scanned twice is one token.
            Ok(found) if seen.insert(found.token.id) => all.push(found),
            Ok(_) => {}
            Err(no) => return Ok(Err((Some(which.clone()), no))),
        }
    }
    Ok(Ok(all))
}

fn may_send_one(tx: &mut Tx<'_>, call: &Call, which: &TokenRef, to: &LocationName) -> Decision<Found> {
    let found = match Target::Token(which.clone()).find(tx, call.scope())? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    let refused = |reason: Reason| Rejection::from(reason).with("serial", found.token.serial.shown());
    let no = if found.hold == Hold::Integrity {
        Some(on_hold(&found))
    } else if !is_here(&found.token) {
        let word = found.token.state.word(found.hold, found.token.proven_at.is_some());
        Some(
            refused(Reason::TokenWrongState)
                .with("state", Arg::Word { en: word.en().to_owned(), ja: word.ja().to_owned() })
                .with("action", Arg::Word { en: "transferred".to_owned(), ja: "移送".to_owned() })
                .with("legal", legal_commands(found.token.state, found.hold)),
        )
    } else if let Some(on_its_way) = in_transit(tx, &found.token)? {
        Some(on_its_way)
    } else if found.token.location.as_deref() == Some(to.as_str()) {
        Some(refused(Reason::TokenAlreadyThere).with("location", to.as_str()))
    } else {
        kept_from(tx, &found.token, None)?
    };
    Ok(no.map_or(Ok(found), Err))
}

/// Whether somebody could put it into a parcel.
fn is_here(token: &Token) -> bool {
    matches!(token.state.custody, Custody::InStock | Custody::Faulty)
}

/// The refusal of a token that is on its way.
pub(super) fn in_transit(tx: &mut Tx<'_>, token: &Token) -> Result<Option<Rejection>, StoreError> {
    let transfer = tx.transfer_of_token(token.id)?;
    Ok(transfer.map(|transfer| {
        Rejection::from(Reason::TokenInTransit).with("serial", token.serial.shown()).with("transfer", transfer.as_str())
    }))
}

/// Writes a transfer: its paper, its tokens, the record. A token's row becomes the next version of itself, so that
/// whoever lends it at the same time looks again.
fn send(tx: &mut Tx<'_>, call: &Call, order: &SendTokens, all: &[Found]) -> Decision<Done> {
    let now = tx.now();
    let name = TransferName::nth(now, tx.transfers_of_day(now)?);
    tx.transfer_insert(&Transfer {
        name: name.clone(),
        to: order.to.clone(),
        note: order.note.clone(),
        sent_at: now,
        sent_by: call.operator.name.clone(),
        completed_at: None,
    })?;
    for found in all {
        let held = &found.token;
        tx.token_swap(held, &next_version(held, now))?;
        tx.transfer_item_insert(&name, held.id, held.location.as_deref())?;
        let mut event = token_event(call, Act::TokenTransfer, held, &Ok(()));
        event.details = vec![("transfer".to_owned(), name.to_string()), ("to".to_owned(), order.to.to_string())];
        event.details.extend(held.location.iter().map(|from| ("from".to_owned(), from.clone())));
        event.details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
        tx.audit_append(event)?;
    }
    Ok(Ok(Done(name)))
}

fn next_version(held: &Token, now: Timestamp) -> Token {
    Token { version: held.version + 1, updated_at: now, ..held.clone() }
}

/// The transfer and the tokens to receive, if all that were named are on their way with it.
fn may_receive(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &ReceiveTokens,
) -> Result<Result<(Transfer, Vec<RowId>), About>, StoreError> {
    let Some(transfer) = tx.transfer_find(&order.transfer)? else {
        return Ok(Err((None, unknown_transfer(&order.transfer))));
    };
    let items = tx.transfer_items(&transfer.name)?;
    let open = |id: RowId| items.iter().any(|item| item.token == id && item.end.is_none());
    if order.tokens.is_empty() {
        let all: Vec<_> = items.iter().filter(|item| item.end.is_none()).map(|item| item.token).collect();
        let complete = || Rejection::from(Reason::TransferComplete).with("transfer", transfer.name.as_str());
        return Ok(if all.is_empty() { Err((None, complete())) } else { Ok((transfer, all)) });
    }
    let mut named = BTreeSet::new();
    for which in &order.tokens {
        let no = match Target::Token(which.clone()).find(tx, call.scope())? {
            Ok(found) if open(found.token.id) => {
                named.insert(found.token.id);
                continue;
            }
            Ok(found) => Rejection::from(Reason::NotOnTransfer)
                .with("serial", found.token.serial.shown())
                .with("transfer", transfer.name.as_str()),
            Err(no) => no,
        };
        return Ok(Err((Some(which.clone()), no)));
    }
    Ok(Ok((transfer, named.into_iter().collect())))
}

/// Writes what came: the tokens with their new place, the paper, the record.
fn receive(tx: &mut Tx<'_>, call: &Call, transfer: &Transfer, tokens: &[RowId]) -> Decision<Done> {
    for token in tokens {
        let Some(found) = tx.token_by_id(&tokenfleet_domain::operator::Scope::All, *token)? else { continue };
        receive_one(tx, call, transfer, &found)?;
    }
    let items = tx.transfer_items(&transfer.name)?;
    if items.iter().all(|item| item.end.is_some()) {
        tx.transfer_complete(&transfer.name, tx.now())?;
    }
    Ok(Ok(Done(transfer.name.clone())))
}

fn receive_one(tx: &mut Tx<'_>, call: &Call, transfer: &Transfer, found: &Found) -> Result<(), StoreError> {
    hold_if_broken(tx, found)?;
    let (held, now) = (&found.token, tx.now());
    // What was put out of service on its way does not come; and a row that is damaged is never rewritten.
    let arrival = if is_here(held) { Arrival::Received } else { Arrival::Gone };
    let end = ArrivalEnd { at: now, by: call.operator.name.clone(), arrival };
    tx.transfer_item_end(&transfer.name, held.id, &end)?;
    if arrival == Arrival::Received && found.hold != Hold::Integrity {
        tx.token_swap(held, &Token { location: Some(transfer.to.to_string()), ..next_version(held, now) })?;
    }
    let mut event = token_event(call, Act::TokenReceive, held, &Ok(()));
    event.details = vec![
        ("transfer".to_owned(), transfer.name.to_string()),
        ("location".to_owned(), transfer.to.to_string()),
        ("arrival".to_owned(), arrival.as_str().to_owned()),
    ];
    tx.audit_append(event)
}

/// Puts a refusal on record, with the token it is about.
fn refuse(tx: &mut Tx<'_>, call: &Call, act: Act, which: Option<&TokenRef>, no: Rejection) -> Decision<Done> {
    if let Some(which) = which {
        let target = Target::Token(which.clone());
        match target.find(tx, call.scope())? {
            Ok(found) => tx.audit_append(token_event(call, act, &found.token, &Err(no.clone())))?,
            Err(_) => record_unfound(tx, call, act, &target, &no)?,
        }
    }
    Ok(Err(no))
}

fn unknown_transfer(name: &TransferName) -> Rejection {
    Rejection::from(Reason::TransferNotFound).with("transfer", name.as_str())
}

fn shown_after(tx: &mut Tx<'_>, done: Answer<Done>) -> Decision<TransferShown> {
    match done {
        Ok(Done(name)) => shown(tx, &name),
        Err(no) => Ok(Err(no)),
    }
}

fn shown(tx: &mut Tx<'_>, name: &TransferName) -> Decision<TransferShown> {
    let Some(transfer) = tx.transfer_find(name)? else { return Ok(Err(unknown_transfer(name))) };
    let items = tx.transfer_items(name)?;
    Ok(Ok(TransferShown { transfer, items }))
}

fn words(canon: Canon, tokens: &[TokenRef]) -> Canon {
    tokens.iter().fold(canon, |canon, token| canon.text(&Target::Token(token.clone()).words()))
}

fn write_place(last: &Transfer) -> Vec<u8> {
    [last.sent_at.timestamp_micros().to_be_bytes().as_slice(), last.name.as_str().as_bytes()].concat()
}

fn read_place(key: &[u8]) -> Option<(Timestamp, TransferName)> {
    let (at, name) = key.split_at_checked(8)?;
    let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?;
    Some((at, std::str::from_utf8(name).ok()?.parse().ok()?))
}
