//! Statements in texts, in every dialect, against the tables that the text itself declares.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sql::access::{Dialect, Planner};

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    for query in sql::queries(&text) {
        let span = query.span;
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?}");
        assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize), "{span:?}");
    }
    for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
        let mut catalog = sql::Catalog::new();
        sql::changes_in(&text, dialect).iter().for_each(|change| catalog.apply(change));
        let schema = catalog.into_schema();
        let planner = Planner::new(&schema, dialect, |_| false);
        let described = || format!("{:?}", planner.plan(&text));
        assert_eq!(described(), described(), "two runs, two plans");
    }
});
