//! One binary with every test that drives a whole fleet through its real doors.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

mod adopt;
mod bad_input;
mod campaigns;
mod cli;
mod directory;
mod directory_ldap;
mod discovery;
mod docs;
mod durability;
mod filters;
mod help;
mod history;
mod idempotency;
mod importing;
mod importing_keys;
mod importing_plan;
mod integrity;
mod lending;
mod lending_for;
mod lending_pairs;
mod lending_policy;
mod lending_slip;
mod life;
mod lots;
mod main_job;
mod once;
mod operators;
mod output;
mod permissions;
mod profiles;
mod recall;
mod reports;
mod reservations;
mod retention;
mod scopes;
mod skew;
mod stock;
mod stocktake;
mod transcripts;
mod without_seed;
