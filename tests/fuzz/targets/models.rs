//! Model files of users.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    // An error is as good as a model.
    let _ = analysis::Models::parse(&[("user.toml", &text)]);
});
