//! Comments that suppress findings.
#![no_main]

use ir::Symbol;
use libfuzzer_sys::fuzz_target;
use triage::{Directive, Directives, Reach};

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    let found = Directive::read_all(&text);
    let lines = text.split('\n').count();
    for directive in &found {
        let (start, end) = (directive.span.start as usize, directive.span.end as usize);
        assert!(text.get(start..end).is_some_and(|part| part.starts_with("scalecliff:")), "{directive:?}");
        if let Reach::Lines(reach) = &directive.reach {
            assert!(*reach.start() >= 1 && reach.start() <= reach.end() && *reach.end() <= lines, "{directive:?}");
        }
    }
    let mut directives = Directives::default();
    directives.insert(Symbol::new("a.py"), found);
    directives.problems(&["pool", "n-plus-one"], |_| true);
});
