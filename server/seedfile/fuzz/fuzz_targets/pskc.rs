//! PSKC, plain and encrypted, of which everything is the input but the key.

#![no_main]

use tokenfleet_seedfile::{ReadOptions, Secret};
use tokenfleet_seedfile_fuzz::read;
use zeroize::Zeroizing;

/// The key of the encrypted file among the seeds.
const KEY: &[u8] = b"an agreed-on key";

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    read(file, &ReadOptions::default(), Some(Secret::KeyFile(Zeroizing::new(KEY.to_vec()))));
    read(file, &ReadOptions::default(), Some(Secret::Passphrase(Zeroizing::new("qwerty".to_owned()))));
});
