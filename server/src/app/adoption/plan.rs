//! What becomes of each row of a list: every serial is held against the fleet, its people, and the rest of the list.

use std::collections::HashMap;

use tokenfleet_domain::adoption::{Claim, Ruling, Span, settle};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::holder::Holder;
use tokenfleet_domain::ids::{KeyId, RowId, TokenRef, UserId, Vendor};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::{Algorithm, Digits, Moving, Profile};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Token};
use tokenfleet_seedfile::holdings::{BadHolding, Holding, Holdings};

use crate::app::adoption::token::{lent, matching, usable, written};
use crate::app::adoption::{AdoptNews, AdoptOrder, AdoptProblem, AdoptSummary, AdoptedRow, RowOutcome};
use crate::app::person::doubt;
use crate::app::target::legal;
use crate::app::transfer::in_transit;
use crate::app::{Answer, Call};
use crate::store::{Found, Loan, LoanBy, LoanEnd, StoreError, Tx};

/// Loans of one token that are read together.
const STRIDE: u32 = 500;

/// How a token counts that nobody has described yet: as nearly all do.
const USUAL: Profile =
    Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Time { period: 30, epoch: 0 } };

/// Why a loan ended that came over from a list.
const END_REASON: &str = "adopted";

/// What is to be written, and what is to be told.
pub(super) struct Plan {
    /// The id for the lot of the tokens that are new.
    pub(super) lot: RowId,
    /// The serials about which something is to be written.
    pub(super) deeds: Vec<Deed>,
    /// What became of each row, in the order of their lines.
    pub(super) told: Vec<AdoptNews>,
    /// Loans whose beginning the list does not say.
    without_beginning: i64,
}

/// What is to be written about one token.
pub(super) struct Deed {
    /// The token as it is; None where it is new.
    pub(super) held: Option<Token>,
    /// The token as it is to be.
    pub(super) next: Token,
    /// The loans that are new.
    pub(super) loans: Vec<Loan>,
}

impl Plan {
    pub(super) fn counts(&self) -> AdoptSummary {
        let mut counts = AdoptSummary { without_beginning: self.without_beginning, ..AdoptSummary::default() };
        for told in &self.told {
            match told {
                AdoptNews::Row(row) => match row.outcome {
                    RowOutcome::Lent => counts.lent += 1,
                    RowOutcome::Past => counts.past += 1,
                    RowOutcome::Unchanged => counts.unchanged += 1,
                    RowOutcome::Recorded => {}
                },
                AdoptNews::Problem(_) => counts.refused += 1,
                AdoptNews::Evidence(_) | AdoptNews::Doubt(_) | AdoptNews::Unmatched(_) => {}
            }
        }
        for new in self.deeds.iter().filter(|deed| deed.held.is_none()) {
            counts.without_seed += 1;
            counts.without_vendor += i64::from(new.next.vendor == Vendor::unknown());
        }
        counts
    }
}

/// Rules on every row.
pub(super) fn plan(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &AdoptOrder,
    list: &Holdings,
    ids: &[RowId],
    most: usize,
) -> Result<Plan, StoreError> {
    let mut ids = ids.iter().copied();
    let lot = ids.next().ok_or_else(no_ids)?;
    let (held, deeds, told) = (HashMap::new(), Vec::new(), Vec::new());
    let mut planner = Planner { tx, call, order, most, lot, ids, held, deeds, told, without_beginning: 0 };
    for bad in list.rows.iter().filter_map(|row| row.as_ref().err()) {
        planner.told.push((bad.line, AdoptNews::Problem(problem(bad))));
    }
    for rows in by_serial(list) {
        planner.serial(&rows)?;
    }
    let Planner { deeds, mut told, without_beginning, .. } = planner;
    told.sort_by_key(|(line, _)| *line);
    Ok(Plan { lot, deeds, told: told.into_iter().map(|(_, told)| told).collect(), without_beginning })
}

fn problem(bad: &BadHolding) -> AdoptProblem {
    AdoptProblem { line: bad.line, place: bad.place, why: bad.why.clone() }
}

/// The rows of each serial, in the order in which serials come.
fn by_serial(list: &Holdings) -> Vec<Vec<&Holding>> {
    let mut at: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Holding>> = Vec::new();
    for row in list.rows.iter().filter_map(|row| row.as_ref().ok()) {
        let index = *at.entry(row.serial.key()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[index].push(row);
    }
    groups
}

struct Planner<'a, 'tx, I> {
    tx: &'a mut Tx<'tx>,
    call: &'a Call,
    order: &'a AdoptOrder,
    most: usize,
    lot: RowId,
    ids: I,
    /// How many tokens people hold, with those of this list.
    held: HashMap<UserId, usize>,
    deeds: Vec<Deed>,
    told: Vec<(u64, AdoptNews)>,
    /// Loans whose beginning the list does not say.
    without_beginning: i64,
}

impl<I: Iterator<Item = RowId>> Planner<'_, '_, I> {
    /// Rules on the rows of one serial.
    fn serial(&mut self, rows: &[&Holding]) -> Result<(), StoreError> {
        let (rows, vendor) = match self.maker(rows) {
            (rows, _) if rows.is_empty() => return Ok(()),
            named => named,
        };
        let found = self.tx.token_find(&Scope::All, &TokenRef::Serial(rows[0].serial.clone()))?;
        let usable = matching(found, vendor.as_ref()).and_then(|found| match found {
            Some(found) => usable(&found).map(|()| Some(found)),
            None => Ok(None),
        });
        match usable {
            Ok(found) => self.token(&rows, found.as_ref(), vendor),
            Err(no) => {
                for row in rows {
                    self.refuse(row, no.clone());
                }
                Ok(())
            }
        }
    }

    /// Who made it, as the rows say; those that contradict the first that says so are refused.
    fn maker<'r>(&mut self, rows: &[&'r Holding]) -> (Vec<&'r Holding>, Option<Vendor>) {
        let named = |row: &Holding| row.manufacturer.as_deref().map(Vendor::from_manufacturer);
        let first = rows.iter().find_map(|row| Some((row.line, named(row)?)));
        let Some((line, vendor)) = first else { return (rows.to_vec(), self.order.vendor.clone()) };
        let (same, other) = rows.iter().partition(|row| named(row).is_none_or(|named| named == vendor));
        let other: Vec<&Holding> = other;
        for row in other {
            self.refuse(row, Rejection::from(Reason::AdoptMakersDiffer).with("other", line.to_string()));
        }
        (same, Some(vendor))
    }

    /// Rules on the rows of one token, and plans what is to be written.
    fn token(&mut self, rows: &[&Holding], found: Option<&Found>, vendor: Option<Vendor>) -> Result<(), StoreError> {
        let held = found.map(|found| found.token.clone());
        let people = self.rule(rows, found)?;
        let idle: Vec<_> = rows.iter().copied().filter(|row| row.user.is_none()).collect();
        if held.is_none() && idle.is_empty() && !people.iter().any(Ruled::is_new) {
            // No row about this token stands: it is not recorded either.
            return self.tell_people(&people, true);
        }
        let token = match &held {
            Some(held) => held.clone(),
            None => self.new_token(rows, vendor)?,
        };
        let (token, loans) = self.lend(token, &people)?;
        let without_seed = token.has_no_seed();
        self.tell_people(&people, without_seed)?;
        self.tell_idle(&idle, held.is_some() || !loans.is_empty(), without_seed);
        if held.is_none() || !loans.is_empty() {
            let next = written(token, held.is_none(), loans.is_empty(), self.tx.now());
            self.deeds.push(Deed { held, next, loans });
        }
        Ok(())
    }

    /// What becomes of each row that names somebody.
    fn rule<'r>(&mut self, rows: &[&'r Holding], found: Option<&Found>) -> Result<Vec<Ruled<'r>>, StoreError> {
        let people: Vec<(&Holding, Claim)> = rows.iter().filter_map(|row| Some((*row, claim(row)?))).collect();
        let claims: Vec<_> = people.iter().map(|(_, claim)| claim.clone()).collect();
        let ledger = found.map_or(Ok(Vec::new()), |found| self.ledger(found.token.id, &claims))?;
        let rulings = settle(&claims, &ledger, self.tx.now());
        let mut ruled = Vec::with_capacity(people.len());
        for ((row, claim), ruling) in people.into_iter().zip(rulings) {
            let ruling = match self.may(&claim, &ruling, found)? {
                Ok(()) => ruling,
                Err(no) => Ruling::Refused(no),
            };
            ruled.push(Ruled { row, claim, ruling });
        }
        Ok(ruled)
    }

    /// The token with its new loans.
    fn lend(&mut self, mut token: Token, people: &[Ruled<'_>]) -> Result<(Token, Vec<Loan>), StoreError> {
        let mut loans = Vec::new();
        for Ruled { row, claim, ruling } in people {
            match ruling {
                Ruling::Open(since) => {
                    let loan = self.loan(token.id, row, claim, *since, None)?;
                    token = lent(token, row, &loan);
                    loans.push(loan);
                }
                Ruling::Ended(since, until) => loans.push(self.loan(token.id, row, claim, *since, Some(*until))?),
                Ruling::Known | Ruling::Repeats | Ruling::Refused(_) => {}
            }
        }
        Ok((token, loans))
    }

    fn ledger(&mut self, token: RowId, claims: &[Claim]) -> Result<Vec<Span>, StoreError> {
        let mut spans = Vec::new();
        let mut before = None;
        loop {
            let loans = self.tx.loan_page(&LoanBy::Token(token), before, STRIDE)?;
            let Some(last) = loans.last() else { return Ok(spans) };
            before = Some((last.started_at, last.id));
            let until = |loan: &Loan| loan.ended.as_ref().map(|end| end.at);
            spans.extend(loans.iter().map(|loan| Span {
                user: self.holder(loan, claims),
                since: loan.started_at,
                until: until(loan),
            }));
        }
    }

    /// Whose a loan is. Who was removed from the ledger is known again where the list names them.
    fn holder(&self, loan: &Loan, claims: &[Claim]) -> Holder {
        let is = |user: &&UserId| Holder::Former(self.tx.former(user)) == loan.user;
        let named = claims.iter().map(|claim| &claim.user).find(is);
        named.map_or_else(|| loan.user.clone(), |user| user.clone().into())
    }

    /// Whether a loan may be written: the token allows it, and the person.
    fn may(&mut self, claim: &Claim, ruling: &Ruling, found: Option<&Found>) -> Result<Answer<()>, StoreError> {
        if self.call.operator.user.as_ref() == Some(&claim.user)
            && matches!(ruling, Ruling::Open(_) | Ruling::Ended(..))
        {
            return Ok(Err(Reason::SelfTarget.into()));
        }
        match (ruling, found.and_then(|found| found.token.user.as_ref())) {
            (Ruling::Refused(no), Some(holder))
                if no.reason == Reason::AdoptLedgerOverlap && claim.returned.is_none() =>
            {
                let serial = found.map(|found| found.token.serial.shown().to_owned()).unwrap_or_default();
                let no = Rejection::from(Reason::AdoptLentElsewhere).with("serial", serial);
                return Ok(Err(no.with("user", holder.as_str())));
            }
            (Ruling::Refused(no), _) => return Ok(Err(no.clone())),
            (Ruling::Open(_), _) => {}
            (Ruling::Ended(..) | Ruling::Known | Ruling::Repeats, _) => return Ok(Ok(())),
        }
        if let Some(found) = found {
            if let Err(no) = legal(found, Action::Assign) {
                return Ok(Err(no));
            }
            // Whoever receives it would find it lent.
            if let Some(no) = in_transit(self.tx, &found.token)? {
                return Ok(Err(no));
            }
        }
        let before = match self.held.get(&claim.user) {
            Some(count) => *count,
            None => self.tx.tokens_of_user(&Scope::All, &claim.user)?.len(),
        };
        if before >= self.most {
            let no = Rejection::from(Reason::UserTokenLimit).with("user", claim.user.as_str());
            return Ok(Err(no.with("count", self.most.to_string())));
        }
        self.held.insert(claim.user.clone(), before + 1);
        Ok(Ok(()))
    }

    fn new_token(&mut self, rows: &[&Holding], vendor: Option<Vendor>) -> Result<Token, StoreError> {
        let first_of =
            |name: fn(&Holding) -> Option<&String>| rows.iter().find_map(|row| name(row)).cloned().unwrap_or_default();
        let key = (vendor.unwrap_or_else(Vendor::unknown), rows[0].serial.clone(), KeyId::default());
        Ok(Token {
            manufacturer: first_of(|row| row.manufacturer.as_ref()),
            model: first_of(|row| row.model.as_ref()),
            ..Token::arrived(self.id()?, key, self.lot, USUAL, self.tx.now())
        })
    }

    fn loan(
        &mut self,
        token: RowId,
        row: &Holding,
        claim: &Claim,
        since: Timestamp,
        until: Option<Timestamp>,
    ) -> Result<Loan, StoreError> {
        let by = self.call.operator.name.clone();
        let end = |at| LoanEnd { at, by: by.clone(), reason: END_REASON.to_owned(), note: String::new() };
        let ended = until.map(end);
        let department = match (&row.department, until) {
            // As of every loan that is made here: it belongs to the person's department where nobody says another.
            (None, None) => self.tx.person_find(&Scope::All, &claim.user)?.and_then(|person| person.department),
            (said, _) => said.clone(),
        };
        Ok(Loan {
            id: self.id()?,
            token,
            user: claim.user.clone().into(),
            department,
            started_at: since,
            started_by: by,
            checked: None,
            start_note: note(row),
            route: None,
            ticket: None,
            due_at: row.due,
            source: Some(self.order.file_name.clone()),
            ended,
        })
    }

    fn id(&mut self) -> Result<RowId, StoreError> {
        self.ids.next().ok_or_else(no_ids)
    }

    fn tell_people(&mut self, people: &[Ruled<'_>], without_seed: bool) -> Result<(), StoreError> {
        for Ruled { row, claim, ruling } in people {
            let (outcome, since) = match ruling {
                Ruling::Open(since) => {
                    self.doubt(row, claim)?;
                    (RowOutcome::Lent, Some(*since))
                }
                Ruling::Ended(since, _) => (RowOutcome::Past, Some(*since)),
                Ruling::Known | Ruling::Repeats => (RowOutcome::Unchanged, claim.since),
                Ruling::Refused(no) => {
                    self.refuse(row, no.clone());
                    continue;
                }
            };
            self.tell(row, outcome, since, without_seed);
        }
        Ok(())
    }

    /// Says what speaks against a loan that is written all the same: somebody has the token.
    fn doubt(&mut self, row: &Holding, claim: &Claim) -> Result<(), StoreError> {
        self.without_beginning += i64::from(claim.since.is_none());
        if let Some(why) = doubt(self.tx, &claim.user)? {
            self.told.push((row.line, AdoptNews::Doubt(AdoptProblem { line: row.line, place: None, why })));
        }
        Ok(())
    }

    /// Rows that only say that the token is there: the first records one that is new.
    fn tell_idle(&mut self, idle: &[&Holding], is_known: bool, without_seed: bool) {
        for (at, row) in idle.iter().enumerate() {
            let outcome = if is_known || at > 0 { RowOutcome::Unchanged } else { RowOutcome::Recorded };
            self.tell(row, outcome, None, without_seed);
        }
    }

    fn tell(&mut self, row: &Holding, outcome: RowOutcome, since: Option<Timestamp>, without_seed: bool) {
        let (serial, user) = (row.serial.clone(), row.user.clone());
        let told = AdoptedRow { line: row.line, serial, user, since, outcome, without_seed };
        self.told.push((row.line, AdoptNews::Row(told)));
    }

    fn refuse(&mut self, row: &Holding, why: Rejection) {
        self.told.push((row.line, AdoptNews::Problem(AdoptProblem { line: row.line, place: None, why })));
    }
}

/// A row that names somebody, and what becomes of it.
struct Ruled<'r> {
    row: &'r Holding,
    claim: Claim,
    ruling: Ruling,
}

impl Ruled<'_> {
    fn is_new(&self) -> bool {
        matches!(self.ruling, Ruling::Open(_) | Ruling::Ended(..))
    }
}

/// As many are drawn as the rows can need.
fn no_ids() -> StoreError {
    StoreError::Broken { what: "an adoption ran out of ids".to_owned() }
}

fn claim(row: &Holding) -> Option<Claim> {
    Some(Claim { line: row.line, user: row.user.clone()?, since: row.since, returned: row.returned })
}

/// What the list notes, and what it does not say.
fn note(row: &Holding) -> String {
    let gap = if row.since.is_none() { "since unknown" } else { "" };
    [gap, &row.note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
