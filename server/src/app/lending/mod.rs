//! Lending tokens and taking them back: each is one transaction that writes the token, the loan and the record.

mod assign;
mod change_user;
mod ledger;
mod moves;
mod readiness;
mod replace;

pub use assign::{Assign, Checked, Proof};
pub use change_user::{ChangeUser, ChangedUser};
pub use ledger::{Ledger, LoanShown};
pub use moves::{Deed, MoveToken, Moved, ReturnReason};
pub use readiness::{Met, Readiness, Step};
pub use replace::{OldToken, Replace, ReplaceReason};
