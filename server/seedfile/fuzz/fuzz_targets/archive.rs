//! Zip archives and workbooks.

#![no_main]

use tokenfleet_seedfile::{ReadOptions, Secret};
use tokenfleet_seedfile_fuzz::read;
use zeroize::Zeroizing;

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    read(file, &ReadOptions::default(), Some(Secret::Passphrase(Zeroizing::new("qwerty".to_owned()))));
});
