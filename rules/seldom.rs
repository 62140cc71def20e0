//! What an administrator does now and then: once a week a cost that is paid per request is none.

use std::collections::BTreeSet;

use ir::finding::{Confidence, Finding, Location, Step};
use ir::words_of;

/// Rules about what many requests cost together, or a list that grows with use.
const OF_MANY: &[&str] = &[
    "connection-per-request",
    "count-per-request",
    "long-task-in-request",
    "n-plus-one",
    "pool-per-request",
    "sequential-await-in-loop",
    "unbounded-concurrency",
    "uncached-hot-query",
    "write-in-loop",
];

/// Words of routes and files for what is done to an installation, and not with it.
const MAINTENANCE: &[&str] = &[
    "setup",
    "install",
    "installation",
    "wizard",
    "onboarding",
    "backup",
    "backups",
    "migrate",
    "migration",
    "migrations",
    "reindex",
    "seed",
    "bootstrap",
];

/// Rules about what one request costs, which matters where many people send it.
const OF_ONE: &[&str] = &[
    "count-per-request",
    "deep-offset",
    "full-table-scan",
    "select-star",
    "unbounded-page-size",
    "uncached-hot-query",
];

/// Those of them for which it is enough that a route lets nobody else through, whatever it is called.
const GUARDED: &[&str] = &["count-per-request", "deep-offset", "uncached-hot-query"];

/// Words of routes and files for the few who run the service.
const OF_STAFF: &[&str] = &["admin", "admins", "superadmin", "backoffice"];

/// Words of routes that a monitor asks now and then, however many users there are.
const PROBES: &[&str] =
    &["health", "healthz", "healthcheck", "ready", "readyz", "readiness", "live", "livez", "liveness"];

/// Rules about loops, which are short where a request changes parts of one thing.
const OF_LOOPS: &[&str] = &["n-plus-one", "write-in-loop"];

/// Words of routes that change many things at once, whichever one they name.
const IN_BULK: &[&str] = &["all", "batch", "bulk", "import", "many", "multiple", "sync", "reorder"];

/// Words of files that make up rows for a new or a demonstrated installation.
const SEEDING: &[&str] = &["seed", "seeds", "seeder", "seeding", "demo"];

/// Lowers the confidence of findings whose handlers all are of that kind, or whose place is in a file that fills a new
/// database. Rows that are written one by one are many in a restored backup, and few in a form of settings.
///
/// `for_staff` are the places of handlers that let nobody else through.
pub(crate) fn lower(finding: &mut Finding, for_staff: &BTreeSet<Location>) {
    let is_of_many = OF_MANY.contains(&finding.rule);
    let file = finding.primary.path.as_str().rsplit('/').next().unwrap_or_default();
    if is_of_many && words_of(file).iter().any(|word| SEEDING.contains(&word.as_str())) {
        finding.confidence = Confidence::Low;
    }
    if is_of_many
        && !finding.affected.is_empty()
        && finding.affected.iter().all(|entry| {
            let words = words_of(&format!("{} {}", entry.message, entry.location.path));
            let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
            let is_saved = !entry.message.starts_with("GET ") && has(&["settings", "setting", "preferences"]);
            let is_probe = finding.rule == "connection-per-request" && has_word(&entry.message, PROBES);
            is_saved || is_probe || finding.rule != "write-in-loop" && has(MAINTENANCE)
        })
    {
        finding.confidence = Confidence::Low;
    }
    if OF_LOOPS.contains(&finding.rule)
        && !finding.affected.is_empty()
        && finding.affected.iter().all(|entry| changes_one(&entry.message))
    {
        finding.confidence = Confidence::Low;
    }
    let is_of_staff = |entry: &Step| {
        GUARDED.contains(&finding.rule) && for_staff.contains(&entry.location)
            || has_word(&format!("{} {}", entry.message, entry.location.path), OF_STAFF)
    };
    if OF_ONE.contains(&finding.rule) && !finding.affected.is_empty() && finding.affected.iter().all(is_of_staff) {
        finding.confidence = Confidence::Low;
    }
}

/// Whether a handler changes or deletes what its route names: `PATCH /orders/:id`.
fn changes_one(label: &str) -> bool {
    let is_change = label.starts_with("PATCH ") || label.starts_with("DELETE ");
    let names_one = label.contains("/:") || label.contains(['{', '<', '[']);
    is_change && names_one && !has_word(label, IN_BULK)
}

fn has_word(text: &str, known: &[&str]) -> bool {
    words_of(text).iter().any(|word| known.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ir::finding::{Confidence, Finding, Location, Severity, Step};
    use ir::{Span, Symbol};

    fn confidence(rule: &'static str, handlers: &[&str]) -> Confidence {
        confidence_in("src/app.ts", rule, handlers)
    }

    fn confidence_in(path: &str, rule: &'static str, handlers: &[&str]) -> Confidence {
        let primary = Location { path: Symbol::new(path), span: Span::new(0, 1) };
        let step = |message: &&str| Step { location: primary, message: (*message).to_owned() };
        let mut finding = Finding {
            rule,
            severity: Severity::Warning,
            confidence: Confidence::Medium,
            message: String::new(),
            primary,
            label: String::new(),
            evidence: Vec::new(),
            affected: handlers.iter().map(step).collect(),
            related: Vec::new(),
            runs_out: String::new(),
            instead: String::new(),
        };
        super::lower(&mut finding, &BTreeSet::new());
        finding.confidence
    }

    #[test]
    fn all_handlers_have_to_be_of_that_kind() {
        assert_eq!(confidence("n-plus-one", &["POST /setup", "GET /api/backup/export"]), Confidence::Low);
        assert_eq!(confidence("n-plus-one", &["POST /setup", "GET /orders"]), Confidence::Medium);
        assert_eq!(confidence("n-plus-one", &[]), Confidence::Medium);
        assert_eq!(confidence("missing-index", &["POST /setup"]), Confidence::Medium);
    }

    #[test]
    fn what_fills_a_new_database_runs_once() {
        assert_eq!(confidence_in("src/seedDemo.ts", "write-in-loop", &["POST /tenants"]), Confidence::Low);
        assert_eq!(confidence_in("src/seedDemo.ts", "missing-index", &["POST /tenants"]), Confidence::Medium);
        assert_eq!(confidence_in("src/seedlings.ts", "write-in-loop", &["POST /tenants"]), Confidence::Medium);
    }

    #[test]
    fn few_people_run_a_service_and_monitors_ask_seldom() {
        assert_eq!(confidence("deep-offset", &["GET /api/admin/users", "GET /admin/audit"]), Confidence::Low);
        assert_eq!(confidence("deep-offset", &["GET /api/admin/users", "GET /users"]), Confidence::Medium);
        assert_eq!(confidence("missing-pagination", &["GET /admin/users"]), Confidence::Medium);
        assert_eq!(confidence("uncached-hot-query", &["GET /admin/statistics"]), Confidence::Low);
        assert_eq!(confidence("connection-per-request", &["GET /health"]), Confidence::Low);
        assert_eq!(confidence("connection-per-request", &["GET /health", "GET /orders"]), Confidence::Medium);
    }

    #[test]
    fn what_changes_one_thing_has_few_rounds() {
        assert_eq!(confidence("write-in-loop", &["PATCH /orders/:id"]), Confidence::Low);
        assert_eq!(confidence("n-plus-one", &["DELETE /orders/{order_id}", "PATCH /orders/[id]"]), Confidence::Low);
        assert_eq!(confidence("n-plus-one", &["PATCH /orders/:id", "GET /orders/:id"]), Confidence::Medium);
        assert_eq!(confidence("write-in-loop", &["PATCH /orders"]), Confidence::Medium);
        assert_eq!(confidence("write-in-loop", &["PATCH /shops/:id/products/bulk"]), Confidence::Medium);
        assert_eq!(confidence("missing-index", &["PATCH /orders/:id"]), Confidence::Medium);
    }

    #[test]
    fn settings_are_saved_seldom_and_read_often() {
        assert_eq!(confidence("write-in-loop", &["PUT /api/settings"]), Confidence::Low);
        assert_eq!(confidence("n-plus-one", &["GET /api/settings"]), Confidence::Medium);
        assert_eq!(confidence("write-in-loop", &["POST /backup"]), Confidence::Medium);
    }
}
