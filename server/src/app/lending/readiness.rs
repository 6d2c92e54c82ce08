//! How far a person has got, in the order the university asks: a token is lent, its codes count, it is proven, its clock is
//! inside the relying system's window, it is registered there. Only then may they apply for sign-in by it: who applies
//! earlier is locked out.

use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::otp::Moving;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Custody};

use crate::app::person::may_hold;
use crate::app::target::legal;
use crate::app::{Answer, App, Call, fault};
use crate::store::{Found, Tx};

/// What must be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A token is lent to them.
    Lent,
    /// Its codes count.
    Counts,
    /// A code of it was accepted since it was lent.
    Proven,
    /// Its clock was inside the window when it was last seen.
    ClockInside,
    /// The relying system knows it.
    Registered,
}

/// Whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody has seen it yet.
    Unknown,
}

/// How far a person has got.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// Their token that has got furthest.
    pub token: Option<Found>,
    /// Every step, in order.
    pub steps: [(Step, Met); 5],
    /// Why no token may be lent to them.
    pub refusal: Option<Rejection>,
}

impl Readiness {
    /// Of the tokens a person holds.
    fn of(tokens: Vec<Found>, window_seconds: i64, refusal: Option<Rejection>) -> Self {
        let furthest = tokens.into_iter().max_by_key(|found| {
            let met = |met: &(Step, Met)| met.1 == Met::Yes;
            let far = steps(Some(found), window_seconds).iter().take_while(|step| met(step)).count();
            (far, !found.has_no_seed())
        });
        Self { steps: steps(furthest.as_ref(), window_seconds), token: furthest, refusal }
    }

    /// Whether they may apply now; it is not known as long as a step is not.
    pub fn may_apply(&self) -> Met {
        let all = |wanted: Met| self.steps.iter().all(|(_, met)| *met == wanted);
        match (all(Met::Yes), self.steps.iter().any(|(_, met)| *met == Met::No)) {
            (true, _) => Met::Yes,
            (false, true) => Met::No,
            (false, false) => Met::Unknown,
        }
    }
}

impl App {
    /// How far a person has got.
    pub async fn readiness(&self, call: Call, user: UserId) -> Answer<Readiness> {
        let window = self.settings().entra_window_seconds;
        let job = move |tx: &mut Tx<'_>| {
            let refusal = may_hold(tx, &call, &user)?.err();
            Ok(Readiness::of(tx.tokens_of_user(call.scope(), &user)?, window, refusal))
        };
        self.store().read(job).await.map_err(fault)
    }
}

fn steps(found: Option<&Found>, window_seconds: i64) -> [(Step, Met); 5] {
    let when = |is_so: fn(&Found) -> bool| {
        if found.is_some_and(is_so) { Met::Yes } else { Met::No }
    };
    [
        (Step::Lent, when(|found| found.token.state.custody == Custody::Lent)),
        (Step::Counts, when(|found| !found.has_no_seed() && legal(found, Action::Verify).is_ok())),
        (Step::Proven, when(|found| found.token.proven_at.is_some())),
        (Step::ClockInside, found.map_or(Met::No, |found| clock_inside(found, window_seconds))),
        // What the relying system knows is not observed yet.
        (Step::Registered, found.map_or(Met::No, |_| Met::Unknown)),
    ]
}

fn clock_inside(found: &Found, window_seconds: i64) -> Met {
    let token = &found.token;
    match (token.profile.moving, token.drift_at) {
        (Moving::Event, _) => Met::Yes,
        (Moving::Time { .. }, None) => Met::Unknown,
        (Moving::Time { period, .. }, Some(_)) => {
            let offset = token.drift_steps.saturating_mul(i64::from(period));
            if offset.abs() <= window_seconds { Met::Yes } else { Met::No }
        }
    }
}
