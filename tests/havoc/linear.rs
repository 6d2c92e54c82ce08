//! Whether some order of one deed after another explains what callers were told: a search after Wing and Gong, with Lowe's
//! memory of what was tried. A second judge tries every order there is, for histories that are small enough.

use std::collections::HashSet;

/// What may be asked of a token here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// The code of a press is judged.
    Verify(i64),
    /// It is lent.
    Lend,
    /// It comes back.
    GiveBack,
    /// It is suspended.
    Suspend,
    /// It is let go again.
    Resume,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// It was done.
    Done,
    /// The code was used before.
    Replayed,
    /// The code is wrong.
    Wrong,
    /// Too many wrong codes.
    Locked,
    /// It may not be done now.
    No,
}

/// One call: from the moment it was asked to the one it was answered, as numbers in one order of all such moments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// What was asked.
    pub(crate) op: Op,
    /// What was answered; None where nobody knows, so that it happens at any later time or never.
    pub(crate) answer: Option<Answer>,
    /// When it was asked.
    pub(crate) from: usize,
    /// When it was answered; never, where it was not.
    pub(crate) to: usize,
}

/// The most calls of one history: as many as a mask has bits.
pub(crate) const CALLS_MAX: usize = 128;

/// How many presses are looked at in each direction, and how many wrong codes are free.
const WINDOW: i64 = 10;
const FREE_FAILURES: u8 = 3;

/// What a token is by its rules, written down a second time and much smaller than in the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    lent: bool,
    suspended: bool,
    last: i64,
    failures: u8,
}

impl Row {
    /// A new token in stock.
    pub(crate) const NEW: Self = Self { lent: false, suspended: false, last: -1, failures: 0 };

    /// What must be answered, and what it leaves.
    pub(crate) fn after(self, op: Op) -> (Answer, Self) {
        match op {
            Op::Verify(press) if self.lent && !self.suspended => self.judged(press),
            Op::Lend if !self.lent => (Answer::Done, Self { lent: true, failures: 0, ..self }),
            Op::GiveBack if self.lent => (Answer::Done, Self { lent: false, suspended: false, failures: 0, ..self }),
            Op::Suspend if self.lent && !self.suspended => (Answer::Done, Self { suspended: true, ..self }),
            Op::Resume if self.suspended => (Answer::Done, Self { suspended: false, ..self }),
            Op::Verify(_) | Op::Lend | Op::GiveBack | Op::Suspend | Op::Resume => (Answer::No, self),
        }
    }

    fn judged(self, press: i64) -> (Answer, Self) {
        if self.failures >= FREE_FAILURES {
            return (Answer::Locked, self);
        }
        match press - self.last {
            1..=WINDOW => (Answer::Done, Self { last: press, failures: 0, ..self }),
            ahead if ahead <= 0 && ahead > -WINDOW => (Answer::Replayed, self),
            _ => (Answer::Wrong, Self { failures: self.failures + 1, ..self }),
        }
    }
}

/// Whether there is an order that explains a history.
pub(crate) fn is_linearizable(calls: &[Call]) -> bool {
    assert!(calls.len() <= CALLS_MAX, "a history of {} calls is too long", calls.len());
    let answered = (0..calls.len()).filter(|nth| calls[*nth].answer.is_some()).fold(0, |mask, nth| mask | 1 << nth);
    Search { calls, answered, tried: HashSet::new() }.goes_on(0, Row::NEW)
}

struct Search<'a> {
    calls: &'a [Call],
    answered: u128,
    tried: HashSet<(u128, Row)>,
}

impl Search<'_> {
    /// Whether the calls that are not in `done` can follow, from this row on.
    fn goes_on(&mut self, done: u128, row: Row) -> bool {
        if done & self.answered == self.answered {
            return true;
        }
        if !self.tried.insert((done, row)) {
            return false;
        }
        let left: Vec<_> = (0..self.calls.len()).filter(|nth| done & (1 << nth) == 0).collect();
        // What was asked only after another was answered can't come before that one.
        let first_answer = left.iter().map(|nth| self.calls[*nth].to).min().unwrap_or(usize::MAX);
        left.into_iter().any(|nth| {
            let Call { op, answer, from, .. } = self.calls[nth];
            let (must, next) = row.after(op);
            from <= first_answer && answer.is_none_or(|given| given == must) && self.goes_on(done | 1 << nth, next)
        })
    }
}

/// The same by trying every order of every choice.
pub(crate) fn by_brute_force(calls: &[Call]) -> bool {
    orders(&(0..calls.len()).collect::<Vec<_>>()).iter().any(|order| explains(calls, order))
}

/// Every order of every part of these.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for (at, first) in of.iter().enumerate() {
        let others: Vec<_> = of.iter().enumerate().filter(|(nth, _)| *nth != at).map(|(_, other)| *other).collect();
        all.extend(orders(&others).into_iter().map(|rest| [vec![*first], rest].concat()));
    }
    all
}

fn explains(calls: &[Call], order: &[usize]) -> bool {
    let all_answered = (0..calls.len()).all(|nth| calls[nth].answer.is_none() || order.contains(&nth));
    let in_time =
        (0..order.len()).all(|at| order[..at].iter().all(|earlier| calls[*earlier].from <= calls[order[at]].to));
    let mut row = Row::NEW;
    all_answered
        && in_time
        && order.iter().all(|nth| {
            let (must, next) = row.after(calls[*nth].op);
            row = next;
            calls[*nth].answer.is_none_or(|given| given == must)
        })
}
