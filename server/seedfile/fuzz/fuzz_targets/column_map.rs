//! A column map, and behind a zero the text that it is for.

#![no_main]

use tokenfleet_seedfile::ReadOptions;
use tokenfleet_seedfile_fuzz::read;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(at) = input.iter().position(|byte| *byte == 0) else { return };
    let Ok(map) = str::from_utf8(&input[..at]) else { return };
    let Ok(map) = map.parse() else { return };
    read(&input[at + 1..], &ReadOptions { column_map: Some(map), keep_rows: true, ..ReadOptions::default() }, None);
});
