//! Delimited text of every layout, in every encoding.

#![no_main]

use tokenfleet_seedfile::ReadOptions;
use tokenfleet_seedfile_fuzz::read;

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    read(file, &ReadOptions::default(), None);
    read(file, &ReadOptions { keep_rows: true, serials_as_written: true, ..ReadOptions::default() }, None);
});
