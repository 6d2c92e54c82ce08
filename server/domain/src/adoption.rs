//! Loans that somebody else wrote down: which of them can stand in the custody ledger together. Pure rules over the rows
//! of one serial and the loans that are known of it.
//!
//! Guarantee: what is let in never overlaps, neither among itself nor with what is known: a token is with one person at
//! a time. Where two rows contradict each other, neither is taken, since nobody can tell which is right.

use crate::catalogue::Reason;
use crate::holder::Holder;
use crate::ids::UserId;
use crate::ports::Timestamp;
use crate::reject::Rejection;

/// A row that says who had a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its line in the file.
    pub line: u64,
    /// Who.
    pub user: UserId,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// When it came back; None where they still have it.
    pub returned: Option<Timestamp>,
}

/// A loan that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Of whom.
    pub user: Holder,
    /// Since when.
    pub since: Timestamp,
    /// Until when; None where it is open.
    pub until: Option<Timestamp>,
}

/// What becomes of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It is the loan that is open, from that moment.
    Open(Timestamp),
    /// It is a loan that ended.
    Ended(Timestamp, Timestamp),
    /// It is known already.
    Known,
    /// An earlier line says the same.
    Repeats,
    /// It can't be let in.
    Refused(Rejection),
}

/// Rules on the claims of one serial, one by one. A loan whose beginning nobody wrote down begins now.
pub fn settle(claims: &[Claim], ledger: &[Span], now: Timestamp) -> Vec<Ruling> {
    let mut rulings: Vec<_> = claims.iter().map(|claim| alone(claim, now)).collect();
    let sound: Vec<_> = rulings.iter().map(|ruling| !matches!(ruling, Ruling::Refused(_))).collect();
    for at in (0..claims.len()).filter(|at| sound[*at]) {
        let others = claims.iter().enumerate().filter(|(other, _)| *other != at && sound[*other]);
        if let Some(ruling) = among((at, &claims[at]), others, now) {
            rulings[at] = ruling;
        }
    }
    for (claim, ruling) in claims.iter().zip(&mut rulings) {
        if let Some(known) = against(claim, ruling, ledger) {
            *ruling = known;
        }
    }
    rulings
}

/// What a claim is by itself.
fn alone(claim: &Claim, now: Timestamp) -> Ruling {
    if claim.since.max(claim.returned).is_some_and(|latest| latest > now) {
        return Ruling::Refused(Reason::AdoptDateFuture.into());
    }
    match (claim.since, claim.returned) {
        (since, None) => Ruling::Open(since.unwrap_or(now)),
        (None, Some(_)) => Ruling::Refused(Reason::AdoptSinceMissing.into()),
        (Some(since), Some(returned)) if since > returned => Ruling::Refused(Reason::AdoptDatesReversed.into()),
        (Some(since), Some(returned)) => Ruling::Ended(since, returned),
    }
}

/// What the other rows make of it; None where they leave it as it is.
fn among<'a>(
    (at, claim): (usize, &Claim),
    others: impl Iterator<Item = (usize, &'a Claim)>,
    now: Timestamp,
) -> Option<Ruling> {
    let mut repeats = false;
    for (other_at, other) in others {
        if is_same(claim, other) {
            repeats |= stands_behind((claim, at), (other, other_at));
            continue;
        }
        let refused = |reason| Ruling::Refused(Rejection::from(reason).with("other", other.line.to_string()));
        match (claim.returned, other.returned) {
            (None, None) => return Some(refused(Reason::AdoptHeldTwice)),
            (Some(_), _) if overlap(span(claim, now), span(other, now)) => return Some(refused(Reason::AdoptOverlap)),
            // An open loan is what counts today: where one that ended runs into it, that one is left out.
            (None, Some(_)) | (Some(_), _) => {}
        }
    }
    repeats.then_some(Ruling::Repeats)
}

/// Whether two rows are of the same loan: of one person, and both open or with the same days.
fn is_same(claim: &Claim, other: &Claim) -> bool {
    let same_days = claim.since == other.since && claim.returned == other.returned;
    claim.user == other.user && (same_days || claim.returned.is_none() && other.returned.is_none())
}

/// Of several rows for one loan the one with the earliest day is kept, and of equals the first.
fn stands_behind((claim, at): (&Claim, usize), (other, other_at): (&Claim, usize)) -> bool {
    match (claim.since, other.since) {
        (Some(own), Some(theirs)) if own != theirs => own > theirs,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (Some(_), Some(_)) | (None, None) => at > other_at,
    }
}

/// What is known makes of a ruling; None where it leaves it as it is.
fn against(claim: &Claim, ruling: &Ruling, ledger: &[Span]) -> Option<Ruling> {
    let (since, until) = match ruling {
        Ruling::Open(since) => (*since, None),
        Ruling::Ended(since, until) => (*since, Some(*until)),
        Ruling::Known | Ruling::Repeats | Ruling::Refused(_) => return None,
    };
    let is_known = |span: &&Span| {
        let both_open = span.until.is_none() && until.is_none();
        span.user.person() == Some(&claim.user) && (both_open || span.since == since && span.until == until)
    };
    if ledger.iter().any(|span| is_known(&span)) {
        return Some(Ruling::Known);
    }
    let crossing = ledger.iter().find(|known| overlap((known.since, known.until), (since, until)))?;
    let no = Rejection::from(Reason::AdoptLedgerOverlap).with("user", crossing.user.to_string());
    Some(Ruling::Refused(no))
}

fn span(claim: &Claim, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
    (claim.since.unwrap_or(now), claim.returned)
}

/// Whether two stretches share a moment. One that ends when the other begins shares none.
fn overlap(one: (Timestamp, Option<Timestamp>), other: (Timestamp, Option<Timestamp>)) -> bool {
    let before_end = |moment: Timestamp, end: Option<Timestamp>| end.is_none_or(|end| moment < end);
    before_end(one.0, other.1) && before_end(other.0, one.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn now() -> Timestamp {
        day("2026-11-24")
    }

    /// `user since returned`, with `-` for what is not known.
    fn claims(rows: &[&str]) -> Vec<Claim> {
        let moment = |text: &str| (text != "-").then(|| day(text));
        let claim = |(line, row): (u64, &&str)| {
            let mut parts = row.split(' ');
            let mut next = || parts.next().unwrap();
            let user = format!("000000000{}", next()).parse().unwrap();
            Claim { line, user, since: moment(next()), returned: moment(next()) }
        };
        (2..).zip(rows).map(claim).collect()
    }

    fn known(rows: &[&str]) -> Vec<Span> {
        let span = |claim: Claim| Span { user: claim.user.into(), since: claim.since.unwrap(), until: claim.returned };
        claims(rows).into_iter().map(span).collect()
    }

    /// Rulings without the words of refusals.
    fn ruled(rows: &[&str], ledger: &[&str]) -> Vec<Ruling> {
        let ruling = |ruling| match ruling {
            Ruling::Refused(why) => no(why.reason),
            Ruling::Open(_) | Ruling::Ended(..) | Ruling::Known | Ruling::Repeats => ruling,
        };
        settle(&claims(rows), &known(ledger), now()).into_iter().map(ruling).collect()
    }

    fn no(reason: Reason) -> Ruling {
        Ruling::Refused(reason.into())
    }

    fn open(since: &str) -> Ruling {
        Ruling::Open(day(since))
    }

    fn ended(since: &str, until: &str) -> Ruling {
        Ruling::Ended(day(since), day(until))
    }

    #[test]
    fn loans_that_follow_each_other_are_all_let_in() {
        let rows = ["1 2021-04-01 2022-03-31", "2 2022-03-31 2023-03-31", "3 2023-04-01 -"];
        let all = [ended("2021-04-01", "2022-03-31"), ended("2022-03-31", "2023-03-31"), open("2023-04-01")];
        assert_eq!(ruled(&rows, &[]), all);
    }

    #[test]
    fn a_loan_without_a_day_begins_now_and_one_that_ended_needs_its_day() {
        assert_eq!(ruled(&["1 - -"], &[]), [Ruling::Open(now())]);
        assert_eq!(ruled(&["1 - 2024-04-01"], &[]), [no(Reason::AdoptSinceMissing)]);
    }

    #[test]
    fn days_that_lie_ahead_or_run_backwards_are_refused() {
        assert_eq!(ruled(&["1 2027-04-01 -"], &[]), [no(Reason::AdoptDateFuture)]);
        assert_eq!(ruled(&["1 2024-04-01 2027-04-01"], &[]), [no(Reason::AdoptDateFuture)]);
        assert_eq!(ruled(&["1 2024-04-02 2024-04-01"], &[]), [no(Reason::AdoptDatesReversed)]);
        assert_eq!(ruled(&["1 2024-04-01 2024-04-01"], &[]), [ended("2024-04-01", "2024-04-01")]);
    }

    #[test]
    fn two_people_at_once_are_both_refused_and_named_by_the_others_line() {
        let rows = ["1 2024-04-01 -", "2 2024-05-01 -"];
        assert_eq!(ruled(&rows, &[]), [no(Reason::AdoptHeldTwice), no(Reason::AdoptHeldTwice)]);
        let rulings = settle(&claims(&rows), &[], now());
        let other = |line: &str| Ruling::Refused(Rejection::from(Reason::AdoptHeldTwice).with("other", line));
        assert_eq!(rulings, [other("3"), other("2")]);
    }

    #[test]
    fn rows_that_say_the_same_are_one_loan_from_the_earliest_day() {
        let same = ["1 2024-04-01 -", "1 2024-04-01 -"];
        assert_eq!(ruled(&same, &[]), [open("2024-04-01"), Ruling::Repeats]);
        let better = ["1 - -", "1 2024-05-01 -", "1 2024-04-01 -"];
        assert_eq!(ruled(&better, &[]), [Ruling::Repeats, Ruling::Repeats, open("2024-04-01")]);
        let past = ["1 2021-04-01 2022-04-01", "1 2021-04-01 2022-04-01"];
        assert_eq!(ruled(&past, &[]), [ended("2021-04-01", "2022-04-01"), Ruling::Repeats]);
    }

    #[test]
    fn an_ended_loan_that_runs_into_the_open_one_is_left_out() {
        let rows = ["1 2021-04-01 2024-06-01", "2 2024-04-01 -"];
        assert_eq!(ruled(&rows, &[]), [no(Reason::AdoptOverlap), open("2024-04-01")]);
        let both = ["1 2021-04-01 2022-06-01", "2 2022-04-01 2023-04-01"];
        assert_eq!(ruled(&both, &[]), [no(Reason::AdoptOverlap), no(Reason::AdoptOverlap)]);
    }

    #[test]
    fn a_row_that_is_refused_by_itself_hurts_no_other() {
        let rows = ["1 2027-04-01 -", "2 2024-04-01 -"];
        assert_eq!(ruled(&rows, &[]), [no(Reason::AdoptDateFuture), open("2024-04-01")]);
    }

    #[test]
    fn what_is_known_is_unchanged_and_what_crosses_it_is_refused() {
        let ledger = ["1 2021-04-01 2022-04-01", "2 2024-04-01 -"];
        assert_eq!(ruled(&["1 2021-04-01 2022-04-01"], &ledger), [Ruling::Known]);
        assert_eq!(ruled(&["2 2024-05-01 -"], &ledger), [Ruling::Known]);
        assert_eq!(ruled(&["3 2022-04-01 2024-04-01"], &ledger), [ended("2022-04-01", "2024-04-01")]);
        assert_eq!(ruled(&["3 2022-03-31 2024-04-01"], &ledger), [no(Reason::AdoptLedgerOverlap)]);
        assert_eq!(ruled(&["3 2024-05-01 -"], &ledger), [no(Reason::AdoptLedgerOverlap)]);
        assert_eq!(ruled(&["3 2023-05-01 -"], &["1 2021-04-01 2024-04-01"]), [no(Reason::AdoptLedgerOverlap)]);
    }
}
