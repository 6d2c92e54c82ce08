//! One binary with every test that drives a whole fleet through its real doors.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

mod bad_input;
mod cli;
mod discovery;
mod docs;
mod durability;
mod filters;
mod help;
mod idempotency;
mod importing;
mod integrity;
mod life;
mod main_job;
mod once;
mod operators;
mod output;
mod permissions;
mod profiles;
mod scopes;
mod skew;
mod transcripts;
