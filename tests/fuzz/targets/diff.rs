//! Diffs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triage::Changes;

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    match Changes::parse(&text) {
        Ok(changes) => drop(changes.below("app")),
        Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count().max(1), "{error:?}"),
    }
});
