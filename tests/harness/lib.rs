//! What the tests of `it` stand on: a whole fleet in a folder of its own, its operators, its tokens, its clock.
//!
//! [`Fleet`] runs the server in this process, with a clock that tests set; [`Daemon`] runs the real `tokenfleetd`. Both
//! are reached as anybody reaches them: mutual TLS, the contract, `tokenadm`. Codes come from `oathtool`, which others
//! wrote. Nothing here knows how the server does what it does; only [`database`] goes behind its back, as a thief would.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test stops where something is not as it should be"
)]

pub mod bless;
pub mod caller;
pub mod clock;
pub mod command;
pub mod daemon;
pub mod database;
pub mod device;
mod entropy;
pub mod fleet;
pub mod refusal;
pub mod slapd;
pub mod terminal;
pub mod transcript;
pub mod wire;

pub use caller::{Caller, Import, Language, ROLES};
pub use clock::TestClock;
pub use command::Ran;
pub use daemon::Daemon;
pub use database::Database;
pub use device::{Device, entra_file, oath_file};
pub use fleet::Fleet;
pub use refusal::{Refusal, refused};
pub use slapd::{LdapPerson, Slapd};
pub use transcript::{Reader, Story, Words};

use std::sync::atomic::{AtomicU64, Ordering};

/// A request id that was never given before in this process: a UUID.
pub fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}
