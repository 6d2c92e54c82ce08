//! One-time codes: RFC 4226 (HOTP) and RFC 6238 (TOTP), and what this service makes of a code that is shown to it.
//!
//! `code` computes, `verify` judges one code, `resync` two, `verdict` says what a clock's offset means for the person.
//! The service never searches wider than it is told: every window is an argument.

pub mod code;
pub mod resync;
pub mod verdict;
pub mod verify;

pub use code::{Algorithm, BadCode, BadProfile, Digits, Generator, Moving, OtpCode, Profile};
