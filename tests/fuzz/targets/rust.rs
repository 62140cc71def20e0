#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| scalecliff_fuzz::check_front_end("a.rs", bytes));
