//! JSON of Microsoft Graph.

#![no_main]

use tokenfleet_seedfile::ReadOptions;
use tokenfleet_seedfile_fuzz::read;

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    read(file, &ReadOptions::default(), None);
});
