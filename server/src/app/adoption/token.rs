//! The one token that a serial of a list means, and how it stands once it is lent.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::Vendor;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Authenticator, Custody, Hold, State, Token};
use tokenfleet_seedfile::holdings::Holding;

use crate::app::Answer;
use crate::app::target::{legal, on_hold};
use crate::store::{Found, Loan};

/// The one token of the fleet that a serial means; None where there is none. A token whose vendor nobody has named yet is
/// anybody's.
pub(super) fn matching(found: Vec<Found>, vendor: Option<&Vendor>) -> Answer<Option<Found>> {
    let is = |found: &Found, vendor: &Vendor| found.token.vendor == *vendor;
    let mut fit: Vec<_> = match vendor {
        None => found,
        Some(vendor) if found.iter().any(|found| is(found, vendor)) => {
            found.into_iter().filter(|found| is(found, vendor)).collect()
        }
        Some(_) => found.into_iter().filter(|found| is(found, &Vendor::unknown())).collect(),
    };
    match (fit.pop(), fit.as_slice()) {
        (only, []) => Ok(only),
        (last, others) => {
            let names: Vec<_> = others.iter().chain(&last).map(|found| found.token.name().to_string()).collect();
            let serial = last.map(|last| last.token.serial.shown().to_owned()).unwrap_or_default();
            Err(Rejection::from(Reason::SerialAmbiguous).with("serial", serial).with("names", names.join(", ")))
        }
    }
}

/// A token that is out of service, or whose row can't be trusted, gets no loans from a list.
pub(super) fn usable(found: &Found) -> Answer<()> {
    match found.token.state.custody {
        Custody::Retired => legal(found, Action::Assign).map(drop),
        _ if found.hold == Hold::Integrity => Err(on_hold(found)),
        Custody::Ordered | Custody::InStock | Custody::Lent | Custody::Lost | Custody::Faulty => Ok(()),
    }
}

/// The token as it is lent. One that another system had stopped stays stopped.
pub(super) fn lent(token: Token, row: &Holding, loan: &Loan) -> Token {
    let authenticator = if row.is_stopped { Authenticator::Suspended } else { Authenticator::Ready };
    Token {
        state: State::of(Custody::Lent, authenticator),
        user: loan.user.person().cloned(),
        loan: Some(loan.id),
        lent_at: Some(loan.started_at),
        department: loan.department.clone(),
        proven_at: None,
        fail_count: 0,
        next_try_at: None,
        last_request: None,
        ..token
    }
}

/// The next version of a row. One with loans has been touched: its lot is not taken out again.
pub(super) fn written(token: Token, is_new: bool, is_untouched: bool, now: Timestamp) -> Token {
    let version = if is_new && is_untouched { 1 } else { token.version + 1 };
    Token { version, updated_at: now, ..token }
}
