//! Reservations: a token is kept for a person until a moment, or until it is lent to them. One that has run out keeps
//! nothing, without anybody ending it; what was is told by the record alone.

use chrono::TimeDelta;
use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef, UserId};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::lot::JAPAN;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Hold, Token};

use crate::app::judge::has_seed;
use crate::app::lending::in_scope;
use crate::app::location::location;
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::person::may_hold;
use crate::app::target::{Target, legal, record_unfound, token_event};
use crate::app::transfer::in_transit;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{Found, LaneKey, Reservation, StoreError, Tx};

/// How long a token is kept where nobody says.
const KEPT: TimeDelta = TimeDelta::days(14);

/// How long a token is kept at most: what is needed later is reserved later.
const KEPT_MAX: TimeDelta = TimeDelta::days(90);

/// Free tokens that are looked at for one that is whole.
const LOOKED_AT: u32 = 20;

/// Reservations read for one page at most; a page may be shorter than asked for and still not the last.
const EXAMINED: usize = 5_000;

/// Reservations read from the store at once.
const STRIDE: u32 = 500;

/// Which token is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This one.
    Token(TokenRef),
    /// The next free one of a model in a location.
    Next {
        /// Where.
        location: LocationName,
        /// Which model.
        model: String,
    },
}

/// Keep a token for a person.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// Which.
    pub wanted: Wanted,
    /// For whom.
    pub user: UserId,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Through which department.
    pub department: Option<String>,
    /// Anything worth recording.
    pub note: String,
    /// Check only.
    pub validate_only: bool,
}

/// A reservation with its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationShown {
    /// The reservation.
    pub reservation: Reservation,
    /// The token.
    pub found: Found,
}

/// What was reserved, or set free.
struct Kept(RowId);

impl Remembered for Kept {
    fn facts(&self) -> Facts {
        vec![("token".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "token")?.parse().ok().map(Self)
    }
}

impl App {
    /// The next free token of a model in a location.
    pub async fn stock_next(&self, call: Call, at: LocationName, model: String) -> Answer<Found> {
        let wanted = Wanted::Next { location: at, model };
        self.store().read(move |tx| find(tx, &call, &wanted)).await.map_err(fault)?
    }

    /// Keeps a token for a person. A check answers with the token that would be kept.
    pub async fn reservation_make(&self, call: Call, mut order: Reserve) -> Answer<Found> {
        if let (None, Scope::Departments(own)) = (&order.department, call.scope())
            && let [only] = own.as_slice()
        {
            // Whoever acts for one department reserves through it.
            order.department = Some(only.clone());
        }
        let memory = self.repeatable(&call, "ReserveToken", content(&order));
        if order.department.is_none() {
            order.department = self.person_department(&call, &order.user).await?;
        }
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_reserve(tx, &call, &order)?.map(|(found, _)| found));
            return self.store().read(job).await.map_err(fault)?;
        }
        let job = move |tx: &mut Tx<'_>| {
            let kept = once(tx, memory.as_ref(), |tx| match may_reserve(tx, &call, &order)? {
                Ok((found, until)) => reserve(tx, &call, &order, &found, until),
                Err(no) => refuse(tx, &call, &order, no),
            })?;
            seen_after(tx, &call, kept)
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// Sets a token free that is kept for somebody.
    pub async fn reservation_cancel(&self, call: Call, token: TokenRef, validate_only: bool) -> Answer<Found> {
        let target = Target::Token(token);
        if validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_cancel(tx, &call, &target)?.map(|(found, _)| found));
            return self.store().read(job).await.map_err(fault)?;
        }
        let content = Canon::new("reservation-cancel/1").text(&target.words());
        let memory = self.repeatable(&call, "CancelReservation", content);
        let job = move |tx: &mut Tx<'_>| {
            let kept = once(tx, memory.as_ref(), |tx| cancel(tx, &call, &target))?;
            seen_after(tx, &call, kept)
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// A page of what is to be picked up, those that end first first.
    pub async fn reservation_list(
        &self,
        call: Call,
        at: Option<LocationName>,
        page: PageRequest,
    ) -> Answer<Page<ReservationShown>> {
        let codec = self.page_codec("reservations", at.as_ref().map_or("", LocationName::as_str));
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| {
            if let Some(name) = &at
                && let Err(no) = location(tx, name)?
            {
                return Ok(Err(no));
            }
            // What has run out keeps nothing.
            let after = after.unwrap_or((tx.now(), None));
            walk(tx, &call, at.as_ref(), after, size).map(Ok)
        };
        let (items, next) = self.store().read(job).await.map_err(fault)??;
        Ok(Page { items, next: next.map(|place| codec.write(&write_place(place))) })
    }
}

fn content(order: &Reserve) -> Canon {
    let canon = match &order.wanted {
        Wanted::Token(token) => Canon::new("reserve/1").text(&Target::Token(token.clone()).words()),
        Wanted::Next { location, model } => Canon::new("reserve-next/1").text(location.as_str()).text(model),
    };
    canon
        .text(order.user.as_str())
        .opt_int(order.until.map(|until| until.timestamp_micros()))
        .opt_text(order.department.as_deref())
        .text(&order.note)
}

/// The token that is meant.
fn find(tx: &mut Tx<'_>, call: &Call, wanted: &Wanted) -> Decision<Found> {
    let (at, model) = match wanted {
        Wanted::Token(token) => return Target::Token(token.clone()).find(tx, call.scope()),
        Wanted::Next { location, model } => (location, model),
    };
    if let Err(no) = location(tx, at)? {
        return Ok(Err(no));
    }
    let now = tx.now();
    for id in tx.stock_free(at, model, now, LOOKED_AT)? {
        // A row that is damaged is put on hold by whoever writes; here it is passed over.
        if let Some(found) = tx.token_by_id(call.scope(), id)?.filter(|found| found.hold == Hold::None) {
            return Ok(Ok(found));
        }
    }
    let no = Rejection::from(Reason::NothingFree).with("location", at.as_str()).with("model", model.as_str());
    Ok(Err(no))
}

/// The token, and until when, if it can be kept.
fn may_reserve(tx: &mut Tx<'_>, call: &Call, order: &Reserve) -> Decision<(Found, Timestamp)> {
    let now = tx.now();
    let until = order.until.unwrap_or(now + KEPT);
    if until <= now || until > now + KEPT_MAX {
        let no = Rejection::from(Reason::ReservationUntil).with("days", KEPT_MAX.num_days().to_string());
        return Ok(Err(no.in_field("until_time")));
    }
    if let Err(no) = in_scope(call, order.department.as_deref()) {
        return Ok(Err(no));
    }
    if let Err(no) = may_hold(tx, call, &order.user)? {
        return Ok(Err(no));
    }
    let found = match find(tx, call, &order.wanted)? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    if let Err(no) = legal(&found, Action::Assign).and_then(|_| has_seed(&found.token)) {
        return Ok(Err(no));
    }
    let kept = match kept_for(tx, &found.token)? {
        Some(reservation) => Some(reserved(&found.token, &reservation)),
        None => in_transit(tx, &found.token)?,
    };
    Ok(kept.map_or(Ok((found, until)), Err))
}

/// The reservation of a token, unless it has run out.
fn kept_for(tx: &mut Tx<'_>, token: &Token) -> Result<Option<Reservation>, StoreError> {
    let now = tx.now();
    Ok(tx.reservation_of_token(token.id)?.filter(|reservation| reservation.until > now))
}

/// The refusal of a token that is kept for somebody: until when, and never for whom.
fn reserved(token: &Token, reservation: &Reservation) -> Rejection {
    let until = reservation.until.with_timezone(&JAPAN).format("%Y-%m-%d %H:%M").to_string();
    Rejection::from(Reason::TokenReserved).with("serial", token.serial.shown()).with("until", until)
}

/// The refusal of a token that is kept for somebody else than `user`; for nobody in particular, whoever it is.
pub(super) fn kept_from(
    tx: &mut Tx<'_>,
    token: &Token,
    user: Option<&UserId>,
) -> Result<Option<Rejection>, StoreError> {
    let reservation = kept_for(tx, token)?.filter(|reservation| Some(&reservation.user) != user);
    Ok(reservation.map(|reservation| reserved(token, &reservation)))
}

/// Writes a reservation. The token's row becomes the next version of itself, so that whoever lends it at the same time
/// looks again.
fn reserve(tx: &mut Tx<'_>, call: &Call, order: &Reserve, found: &Found, until: Timestamp) -> Decision<Kept> {
    let (held, now) = (&found.token, tx.now());
    tx.reservations_drop_past(now)?;
    tx.token_swap(held, &Token { version: held.version + 1, updated_at: now, ..held.clone() })?;
    tx.reservation_insert(&Reservation {
        token: held.id,
        user: order.user.clone(),
        department: order.department.clone(),
        note: order.note.clone(),
        made_at: now,
        made_by: call.operator.name.clone(),
        until,
    })?;
    let mut event = token_event(call, Act::TokenReserve, held, &Ok(()));
    event.user = Some(order.user.clone());
    event.details = vec![("until".to_owned(), until.to_rfc3339())];
    event.details.extend(order.department.iter().map(|department| ("department".to_owned(), department.clone())));
    event.details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
    tx.audit_append(event)?;
    Ok(Ok(Kept(held.id)))
}

fn refuse(tx: &mut Tx<'_>, call: &Call, order: &Reserve, no: Rejection) -> Decision<Kept> {
    if let Wanted::Token(token) = &order.wanted {
        let target = Target::Token(token.clone());
        match target.find(tx, call.scope())? {
            Ok(found) => {
                let mut event = token_event(call, Act::TokenReserve, &found.token, &Err(no.clone()));
                event.user = Some(order.user.clone());
                tx.audit_append(event)?;
            }
            Err(_) => record_unfound(tx, call, Act::TokenReserve, &target, &no)?,
        }
    }
    Ok(Err(no))
}

/// The token with what it is kept for, where the caller may see that.
fn may_cancel(tx: &mut Tx<'_>, call: &Call, target: &Target) -> Decision<(Found, Reservation)> {
    let found = match target.find(tx, call.scope())? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    let seen = |reservation: &Reservation| call.scope().covers(reservation.department.as_deref(), true);
    match kept_for(tx, &found.token)?.filter(seen) {
        Some(reservation) => Ok(Ok((found, reservation))),
        None => Ok(Err(Rejection::from(Reason::NotReserved).with("serial", found.token.serial.shown()))),
    }
}

fn cancel(tx: &mut Tx<'_>, call: &Call, target: &Target) -> Decision<Kept> {
    let (found, reservation) = match may_cancel(tx, call, target)? {
        Ok(kept) => kept,
        Err(no) => return refuse_cancel(tx, call, target, no),
    };
    let held = &found.token;
    tx.reservation_drop(held.id)?;
    let mut event = token_event(call, Act::TokenUnreserve, held, &Ok(()));
    event.user = Some(reservation.user);
    event.details.extend(reservation.department.map(|department| ("department".to_owned(), department)));
    tx.audit_append(event)?;
    Ok(Ok(Kept(held.id)))
}

fn refuse_cancel(tx: &mut Tx<'_>, call: &Call, target: &Target, no: Rejection) -> Decision<Kept> {
    match target.find(tx, call.scope())? {
        Ok(found) => tx.audit_append(token_event(call, Act::TokenUnreserve, &found.token, &Err(no.clone())))?,
        Err(_) => record_unfound(tx, call, Act::TokenUnreserve, target, &no)?,
    }
    Ok(Err(no))
}

fn seen_after(tx: &mut Tx<'_>, call: &Call, kept: Answer<Kept>) -> Decision<Found> {
    match kept {
        Ok(Kept(token)) => Ok(tx.token_by_id(call.scope(), token)?.ok_or_else(|| Reason::OutOfSight.into())),
        Err(no) => Ok(Err(no)),
    }
}

/// Where a page ended: an end of a reservation, and its token.
type Place = (Timestamp, Option<RowId>);

/// Walks the reservations in the order of their ends until the page is full, they end, or enough was examined.
fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    at: Option<&LocationName>,
    mut after: Place,
    size: usize,
) -> Result<(Vec<ReservationShown>, Option<Place>), StoreError> {
    let (mut taken, mut examined) = (Vec::new(), 0);
    while examined < EXAMINED {
        let reservations = tx.reservation_page(after, STRIDE)?;
        if reservations.is_empty() {
            return Ok((taken, None));
        }
        for reservation in reservations {
            examined += 1;
            after = (reservation.until, Some(reservation.token));
            if !call.scope().covers(reservation.department.as_deref(), true) {
                continue;
            }
            let Some(found) = tx.token_by_id(call.scope(), reservation.token)? else { continue };
            if at.is_none_or(|at| found.token.location.as_deref() == Some(at.as_str())) {
                taken.push(ReservationShown { reservation, found });
                if taken.len() == size {
                    return Ok((taken, Some(after)));
                }
            }
        }
    }
    Ok((taken, Some(after)))
}

fn write_place((until, id): Place) -> Vec<u8> {
    let id = id.map(|id| id.0.to_vec()).unwrap_or_default();
    [until.timestamp_micros().to_be_bytes().to_vec(), id].concat()
}

fn read_place(key: &[u8]) -> Option<Place> {
    let (until, id) = key.split_at_checked(8)?;
    let until = Timestamp::from_timestamp_micros(i64::from_be_bytes(until.try_into().ok()?))?;
    Some((until, Some(RowId(id.try_into().ok()?))))
}
