//! The fleet service. Arrows are the only allowed `use`:
//!
//! ```text
//! grpc ──► app ──► store
//!            ├───► seal
//!            └───► domain, seedfile
//! ```

pub mod app;
mod bugs;
pub mod config;
pub mod grpc;
pub mod identity;
pub mod init;
pub mod ldap;
pub mod logging;
pub mod os;
pub mod seal;
pub mod serve;
pub mod store;
