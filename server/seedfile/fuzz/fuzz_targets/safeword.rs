//! SafeWord's records, behind the title that shows them.

#![no_main]

use tokenfleet_seedfile::ReadOptions;
use tokenfleet_seedfile_fuzz::read;

const TITLE: &[u8] = b"# ===== SafeWord Authenticator Records $Version: 100$ =====\n";

libfuzzer_sys::fuzz_target!(|records: &[u8]| {
    read(&[TITLE, records].concat(), &ReadOptions::default(), None);
});
