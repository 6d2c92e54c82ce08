//! Who calls: the accept loop with mutual TLS, the layer that admits each request, the table of roles, and the
//! authority that makes certificates. With `grpc` this is the only part that may name tonic and http.
//!
//! Guarantee: a handler runs only for a caller who holds a valid certificate, stands in the database at that moment
//! and has a role for the call; the handler finds who it is in a [`Caller`].

pub mod authority;
pub mod certificate;
pub mod layer;
pub mod listener;
pub mod roles;
pub mod signer;
pub mod tls;

mod call;
mod stream;
#[cfg(test)]
mod tests;

pub use authority::Authority;
pub use call::Caller;
pub use layer::{Directory, Found, Gate};
