//! Lending tokens and taking them back: each is one transaction that writes the token, the loan and the record.

mod assign;
mod batch;
mod change_user;
mod give_back;
mod history;
mod ledger;
mod moves;
mod proof;
mod readiness;
mod replace;
mod terms;

pub use assign::Assign;
pub(in crate::app) use assign::in_scope;
pub use batch::{AssignBatch, BATCH_MAX, BatchEnd, RefusedLoan};
pub use change_user::{ChangeUser, ChangedUser};
pub use give_back::{GiveBack, GivenBack};
pub use ledger::{Ledger, LoanShown};
pub use moves::{Deed, MoveToken, Moved, ReturnReason, move_one};
pub use proof::Proof;
pub use readiness::{Met, Readiness, Step};
pub use replace::{OldToken, Replace, ReplaceReason};
pub use terms::{Checked, Route, Terms};
