//! A token's whole row, its states, and the one table of moves between them.

mod moves;
mod row;
mod state;

pub use moves::{Action, MOVES, Move, legal_commands, next_state};
pub use row::{LastRequest, ROW_FORMAT, SealedSeed, Token};
pub(crate) use state::words;
pub use state::{Authenticator, Custody, Hold, State, UnknownWord, Word};
