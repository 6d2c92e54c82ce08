//! What a fleet of OATH hardware tokens is: who is who, how codes are judged, which moves are legal, what is put on
//! record.
//!
//! Everything here is a pure function of its arguments; time and randomness are arguments. The crate knows nothing of
//! gRPC, SQL, files or threads.

#![warn(missing_docs)]

pub mod admission;
pub mod adoption;
pub mod audit;
pub mod campaign;
pub mod canon;
pub mod catalogue;
pub mod delivery;
pub mod guard;
pub mod holder;
pub mod ids;
pub mod location;
pub mod lot;
pub mod operator;
pub mod otp;
pub mod person;
pub mod ports;
pub mod reject;
pub mod report;
pub mod seed;
pub mod spelling;
pub mod stock;
pub mod token;
