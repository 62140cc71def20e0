//! What a file is for, by its path: application, test, or a script that people run by hand.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    App,
    /// Seeds, migrations, tools, examples.
    Script,
    Test,
}

const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "__mocks__",
    "testing",
    "test_utils",
    "testutils",
];
const TEST_KINDS: &[&str] = &[
    "e2e",
    "integration",
    "functional",
    "unit",
    "smoke",
    "acceptance",
    "regression",
    "performance",
    "load",
    "system",
    "api",
];
const SCRIPT_FOLDERS: &[&str] = &[
    "scripts",
    "script",
    "migrations",
    "migration",
    "seeds",
    "seeders",
    "seed",
    "alembic",
    "tools",
    "benches",
    "bench",
    "benchmarks",
    "docs",
    "bin",
    "management",
    "devtools",
    "notebooks",
];
const SCRIPT_STEMS: &[&str] = &[
    "setup",
    "conftest",
    "manage",
    "build",
    "seed",
    "seeds",
    "seeder",
    "migrate",
    "gulpfile",
    "fabfile",
    "noxfile",
    "reset_db",
    "init_db",
    "create_db",
    "populate",
];

/// Names of scripts where they stand in the folder of the project: elsewhere they are what a queue runs, or what is served.
const ROOT_STEMS: &[&str] = &["tasks"];

/// What is in these folders is served, whatever it is called.
const SERVED_FOLDERS: &[&str] = &["routes", "routers", "endpoints", "controllers"];

pub(crate) fn role_of(path: &str) -> Role {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let is_test_name = stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem == "conftest"
        || stem == "tests"
        || stem.split(['_', '-']).any(|word| matches!(word, "mock" | "mocks" | "fake" | "stub" | "stubs"))
        || inner_parts(name).any(|part| matches!(part, "test" | "spec" | "e2e-spec"));
    // `e2etests`, `integration_tests`.
    let is_of_test_kind = |folder: &str| {
        let kind = folder.strip_suffix("tests").map(|kind| kind.trim_end_matches(['_', '-']));
        kind.is_some_and(|kind| TEST_KINDS.contains(&kind))
    };
    // `interop_binaries`, `load-tests`.
    let is_of_tests = |word: &str| matches!(word, "interop" | "conformance" | "loadtest" | "fuzz");
    let is_test_folder = |folder: &str| {
        TEST_FOLDERS.contains(&folder) || is_of_test_kind(folder) || folder.split(['_', '-']).any(is_of_tests)
    };
    if is_test_name || folders.split('/').any(is_test_folder) {
        return Role::Test;
    }
    let is_served = || folders.split('/').any(|folder| SERVED_FOLDERS.contains(&folder));
    let is_script_name = SCRIPT_STEMS.contains(&stem) && !is_served()
        || ROOT_STEMS.contains(&stem) && folders.is_empty()
        || stem.contains("migration")
        || stem.starts_with("seed_")
        || stem.starts_with("migrate_")
        || stem.ends_with("_seed");
    let is_config = || inner_parts(name).any(|part| matches!(part, "config" | "setup"));
    let is_script_folder = |folder: &str| SCRIPT_FOLDERS.contains(&folder);
    let is_script = is_script_name || is_config() || folders.split('/').any(is_script_folder);
    if is_script { Role::Script } else { Role::App }
}

/// What stands between two dots of a file's name.
fn inner_parts(name: &str) -> impl Iterator<Item = &str> {
    let inner = name.split_once('.').and_then(|(_, rest)| rest.rsplit_once('.'));
    inner.into_iter().flat_map(|(inner, _)| inner.split('.'))
}

/// Whether a file is for the developers' own runs: what it serves is served to them.
pub(crate) fn is_tool(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| matches!(folder, "scripts" | "script" | "benchmarks" | "bench" | "benches"))
}

/// Whether a file configures a developer's machine or a test run: `settings/local.py`.
pub(crate) fn is_for_development(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default();
    let purpose = stem.rsplit(['_', '-']).next().unwrap_or_default();
    let first = stem.split(['_', '-']).next().unwrap_or_default();
    [purpose, first]
        .iter()
        .any(|word| matches!(*word, "local" | "dev" | "develop" | "development" | "debug" | "test" | "testing" | "ci"))
}

#[cfg(test)]
mod tests {
    use super::{Role, is_for_development, role_of};

    #[test]
    fn names_tell_the_machine() {
        assert!(is_for_development("config/settings/local.py") && is_for_development("app/dev_settings.py"));
        assert!(is_for_development("server/render-debug.js"));
        assert!(!is_for_development("config/settings/production.py") && !is_for_development("src/device.ts"));
    }

    #[test]
    fn paths_tell_the_role() {
        for (path, role) in [
            ("app/main.py", Role::App),
            ("app/tests/test_x.py", Role::Test),
            ("src/a.spec.ts", Role::Test),
            ("api/e2etests/views.py", Role::Test),
            ("src/integration-tests/app.ts", Role::Test),
            ("src/ab-tests/variants.ts", Role::App),
            ("scripts/seed.py", Role::Script),
            ("db/migrations/001_init.py", Role::Script),
            ("src/contest/service.py", Role::App),
            ("src/files/mock.rs", Role::Test),
            ("src/files/mock-host.ts", Role::Test),
            ("next.config.js", Role::Script),
            ("build.rs", Role::Script),
            ("tasks.py", Role::Script),
            ("app/orders/tasks.py", Role::App),
            ("src/routes/setup.ts", Role::App),
        ] {
            assert_eq!(role_of(path), role, "{path}");
        }
    }
}
