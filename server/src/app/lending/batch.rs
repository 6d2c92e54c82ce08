//! Lending many tokens at once: all of them in one transaction, or none. Every row that can't be lent is named with its
//! reason, so that a list is mended in one go.

use std::collections::HashMap;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::reject::Rejection;

use super::assign::{Assign, LOANS_BY_AN_OPERATOR, Rules, lend, may_assign};
use crate::app::budget::charge_budget_at_once;
use crate::app::memory::{Facts, Remembered, fact, once, read_outcome, write_outcome};
use crate::app::target::{Target, hold_if_broken, outcome_word};
use crate::app::{Answer, App, Call, entropy_fault, fault, fault_after};
use crate::store::{Found, StoreError, Tx};

/// The loans of one batch at most: what one transaction does while others wait for it.
pub const BATCH_MAX: usize = 1000;

/// Lend many tokens.
#[derive(Clone)]
pub struct AssignBatch {
    /// The loans, none with a proof.
    pub loans: Vec<Assign>,
    /// Check only.
    pub validate_only: bool,
}

/// What a batch comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchEnd {
    /// All were lent, or could be: the tokens in the order of the loans.
    Lent(Vec<RowId>),
    /// None was lent, because of these.
    Refused(Vec<RefusedLoan>),
}

/// A loan of a batch that can't be made.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedLoan {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why.
    pub why: Rejection,
}

impl Remembered for BatchEnd {
    fn facts(&self) -> Facts {
        match self {
            Self::Lent(tokens) => {
                let ids: Vec<_> = tokens.iter().map(ToString::to_string).collect();
                vec![("lent".to_owned(), ids.join(" "))]
            }
            Self::Refused(loans) => loans
                .iter()
                .map(|loan| (loan.index.to_string(), write_outcome::<Self>(&Err(loan.why.clone()))))
                .collect(),
        }
    }

    fn recall(facts: &Facts) -> Option<Self> {
        if let Some(lent) = fact(facts, "lent") {
            return Some(Self::Lent(lent.split_whitespace().map(|id| id.parse().ok()).collect::<Option<_>>()?));
        }
        let refused = facts.iter().map(|(index, outcome)| {
            let why = read_outcome::<Self>(outcome)?.err()?;
            Some(RefusedLoan { index: index.parse().ok()?, why })
        });
        Some(Self::Refused(refused.collect::<Option<_>>()?))
    }
}

impl App {
    /// Lends many tokens that are in stock, or none of them.
    pub async fn token_assign_batch(&self, call: Call, mut batch: AssignBatch) -> Answer<BatchEnd> {
        let limits = self.settings().limits;
        let count = i64::try_from(batch.loans.len()).unwrap_or(i64::MAX);
        if count > limits.loans_per_operator {
            let no = Rejection::from(Reason::BatchTooLarge).with("count", count.to_string());
            return Err(no.with("limit", limits.loans_per_operator.to_string()));
        }
        batch.loans.iter_mut().for_each(|loan| loan.go_through_own_department(&call));
        let content = Canon::new("assign-batch/1").int(i64::from(batch.validate_only));
        let content = batch.loans.iter().fold(content, |content, loan| loan.canon(content));
        let memory = self.repeatable(&call, "BatchAssignTokens", content);
        for loan in batch.loans.iter_mut().filter(|loan| loan.department.is_none()) {
            loan.department = self.person_department(&call, &loan.user).await?;
        }
        let loans = self.loan_ids(batch.loans.len())?;
        let rules = self.loan_rules();
        if batch.validate_only {
            let job = move |tx: &mut Tx<'_>| check(tx, &call, &batch, rules).map(Checks::end);
            return self.store().read(job).await.map_err(fault);
        }
        let Some(lane) = batch.loans.first().map(|loan| Target::Token(loan.token.clone()).lane()) else {
            return Ok(BatchEnd::Lent(Vec::new()));
        };
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let checks = check(tx, &call, &batch, rules)?;
                checks.found.iter().try_for_each(|found| hold_if_broken(tx, found))?;
                if let Some(first) = checks.refused.first() {
                    record_refusal(tx, &call, &first.why, [batch.loans.len(), checks.refused.len()])?;
                    return Ok(Ok(checks.end()));
                }
                let operator = call.operator.name.to_string();
                let budget = (count, limits.loans_per_operator);
                if let Err(no) = charge_budget_at_once(tx, &operator, "assign", budget, LOANS_BY_AN_OPERATOR)? {
                    return Ok(Err(no));
                }
                for ((deed, found), loan) in batch.loans.iter().zip(&checks.found).zip(&loans) {
                    lend(tx, &call, deed, found, None, (*loan, None))?;
                }
                Ok(Ok(checks.end()))
            })
        };
        self.store().write(lane, job).await.map_err(fault)?
    }

    /// The tokens of a batch as they are now.
    pub async fn tokens_after(&self, call: Call, tokens: Vec<RowId>) -> Answer<Vec<Found>> {
        let job = move |tx: &mut Tx<'_>| {
            let found = tokens.iter().map(|token| tx.token_by_id(call.scope(), *token));
            found.collect::<Result<Option<Vec<_>>, _>>()
        };
        self.store().read(job).await.map_err(fault_after)?.ok_or_else(|| Reason::OutOfSight.into())
    }

    fn loan_ids(&self, count: usize) -> Answer<Vec<RowId>> {
        let draw = || RowId::draw(self.now(), &**self.entropy()).map_err(entropy_fault);
        std::iter::repeat_with(draw).take(count).collect()
    }
}

/// What a look at every loan of a batch came to.
struct Checks {
    /// The tokens that were found, in the order of the loans; all of them where none is refused.
    found: Vec<Found>,
    refused: Vec<RefusedLoan>,
}

impl Checks {
    fn end(self) -> BatchEnd {
        match self.refused.as_slice() {
            [] => BatchEnd::Lent(self.found.iter().map(|found| found.token.id).collect()),
            [_, ..] => BatchEnd::Refused(self.refused),
        }
    }
}

/// Looks at every loan as if those before it were made already.
fn check(tx: &mut Tx<'_>, call: &Call, batch: &AssignBatch, rules: Rules) -> Result<Checks, StoreError> {
    let mut checks = Checks { found: Vec::new(), refused: Vec::new() };
    let mut promised: HashMap<&str, usize> = HashMap::new();
    let mut taken: HashMap<RowId, usize> = HashMap::new();
    for (index, deed) in batch.loans.iter().enumerate() {
        let promised = promised.entry(UserId::as_str(&deed.user)).or_default();
        let (found, may) = may_assign(tx, call, deed, Rules { promised: *promised, ..rules })?;
        let earlier = found.as_ref().and_then(|found| taken.insert(found.token.id, index));
        match (may, earlier) {
            (Err(why), _) => checks.refused.push(RefusedLoan { index, why }),
            (Ok(_), Some(_)) => checks.refused.push(RefusedLoan { index, why: twice(deed) }),
            (Ok(_), None) => *promised += 1,
        }
        checks.found.extend(found);
    }
    Ok(checks)
}

fn twice(deed: &Assign) -> Rejection {
    Rejection::from(Reason::SerialTwice).with("serial", Target::Token(deed.token.clone()).words())
}

/// Puts on record that a batch was refused, and why its first row was: one event, since nothing was done to any token.
fn record_refusal(
    tx: &mut Tx<'_>,
    call: &Call,
    why: &Rejection,
    [loans, refused]: [usize; 2],
) -> Result<(), StoreError> {
    tx.audit_append(Event {
        operator: call.operator.name.to_string(),
        action: Act::TokenAssign.as_str().to_owned(),
        outcome: outcome_word(&Err(why.clone())),
        subject: None,
        user: None,
        details: vec![("loans".to_owned(), loans.to_string()), ("refused".to_owned(), refused.to_string())],
        request_id: call.request.map(|id| id.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_batch_are_remembered_whole() {
        let lent = BatchEnd::Lent(vec![RowId([7; 16]), RowId([9; 16])]);
        let why = Rejection::from(Reason::SerialTwice).with("serial", "26");
        let refused =
            BatchEnd::Refused(vec![RefusedLoan { index: 0, why: why.clone() }, RefusedLoan { index: 12, why }]);
        for end in [lent, refused] {
            assert_eq!(read_outcome(&write_outcome(&Ok(end.clone()))), Some(Ok(end)));
        }
    }
}
