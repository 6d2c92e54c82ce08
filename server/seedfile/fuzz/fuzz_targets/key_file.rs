//! A key file, for an encrypted file that is always the same.

#![no_main]

use tokenfleet_seedfile::{ReadOptions, Secret};
use tokenfleet_seedfile_fuzz::read;
use zeroize::Zeroizing;

const FILE: &[u8] = include_bytes!("../seeds/pskc/encrypted.xml");

libfuzzer_sys::fuzz_target!(|key: &[u8]| {
    read(FILE, &ReadOptions::default(), Some(Secret::KeyFile(Zeroizing::new(key.to_vec()))));
});
