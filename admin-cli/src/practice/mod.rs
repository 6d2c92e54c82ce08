//! Made-up tokens, and the only place of the project's programs that makes codes instead of judging them.
//!
//! Guarantee: it plays nothing but what it made itself. The secret of a made-up token follows from a random value and
//! its serial, and a device file whose secret does not is refused, so no real seed can be put into one.

pub(crate) mod code;
pub(crate) mod device;
pub(crate) mod vendor_file;
