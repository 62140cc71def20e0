//! Baseline files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triage::Baseline;

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    if let Ok(baseline) = Baseline::parse(&text) {
        let written = baseline.render("0.0.0");
        let read = Baseline::parse(&written).expect("what was written is readable");
        assert_eq!(read.render("0.0.0"), written);
        let matches = baseline.matches(&[], |_| true, |_, _| true);
        assert_eq!(matches.stale.len(), baseline.len());
    }
});
