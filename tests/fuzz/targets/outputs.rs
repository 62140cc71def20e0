//! Reports about anything, in every format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scalecliff_fuzz::{Sample, check_outputs};

fuzz_target!(|sample: Sample| check_outputs(&sample));
