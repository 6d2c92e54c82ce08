//! Lending tokens and taking them back: each is one transaction that writes the token, the loan and the record.

mod assign;
mod give_back;

pub use assign::{Assign, Checked, Proof};
pub use give_back::{Return, ReturnReason, Returned};
