use ir::finding::{Confidence, Family, RuleInfo, Severity};

use super::{Layer, Layers, SCHEMA, Settings, SettingsError, SettingsKind, read_settings};

fn read(text: &str) -> Settings {
    let (settings, warnings) = read_settings(SettingsKind::Own, text).expect("readable").expect("settings");
    assert_eq!(warnings, []);
    settings
}

fn layers(settings: &[(&str, &str)]) -> Layers {
    let mut layers = Layers::default();
    for (folder, text) in settings {
        layers.insert(Layer::new(folder, read(text)).expect("patterns"));
    }
    layers
}

const RULE: RuleInfo = RuleInfo {
    slug: "n-plus-one",
    family: Family::Query,
    severity: Severity::Warning,
    summary: "",
    cwe: &[],
    page: "",
};

#[test]
fn the_schema_is_fresh() {
    let schema = schemars::schema_for!(Settings);
    let expected = format!("{}\n", serde_json::to_string_pretty(&schema).expect("a value"));
    if std::env::var_os("SCALECLIFF_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/settings.schema.json");
        std::fs::write(path, &expected).expect("writable");
    } else {
        assert_eq!(SCHEMA, expected, "SCALECLIFF_BLESS=1 writes it anew");
    }
}

#[test]
fn the_three_places_hold_the_same() {
    let own = read("ignore = [\"pool\"]\n[facts]\nconnection-limit = 20\n");
    let toml = "[project]\nname = \"x\"\n[tool.scalecliff]\nignore = [\"pool\"]\nfacts.connection-limit = 20\n[tool.ruff]\nx = 1\n";
    assert_eq!(read_settings(SettingsKind::Pyproject, toml), Ok(Some((own.clone(), Vec::new()))));
    let json = "{\"name\": \"x\", \"scalecliff\": {\"ignore\": [\"pool\"], \"facts\": {\"connection-limit\": 20}}}";
    assert_eq!(read_settings(SettingsKind::PackageJson, json), Ok(Some((own, Vec::new()))));
    assert_eq!(read_settings(SettingsKind::Pyproject, "[tool.ruff]\nx = 1\n"), Ok(None));
    assert_eq!(read_settings(SettingsKind::PackageJson, "{\"name\": \"scalecliff\"}"), Ok(None));
}

#[test]
fn unknown_keys_are_told_with_their_line() {
    let warnings = |kind, text: &str| {
        let (_, warnings) = read_settings(kind, text).expect("readable").expect("settings");
        warnings.into_iter().map(|warning| (warning.line, warning.message)).collect::<Vec<_>>()
    };
    let found = warnings(SettingsKind::Own, "ignore = []\nselct = [\"pool\"]\n\n[facts]\npoler = true\n");
    assert_eq!(found[0], (Some(2), "unknown key `selct`: did you mean `select`?".to_owned()));
    assert_eq!(found[1], (Some(5), "unknown key `poler`: did you mean `pooler`?".to_owned()));
    let found = warnings(SettingsKind::Own, "[[overrides]]\npaths = []\n[[overrides]]\npahts = []\n");
    assert_eq!(found, [(Some(4), "unknown key `pahts`: did you mean `paths`?".to_owned())]);
    let found = warnings(SettingsKind::Pyproject, "[tool.scalecliff]\nseverty = {}\n");
    assert_eq!(found, [(Some(2), "unknown key `severty`: did you mean `severity`?".to_owned())]);
    let found = warnings(SettingsKind::PackageJson, "{\"scalecliff\": {\"ignor\": []}}");
    assert_eq!(found, [(None, "unknown key `ignor`: did you mean `ignore`?".to_owned())]);
}

#[test]
fn wrong_values_are_errors_with_their_line() {
    let error = |text: &str| read_settings(SettingsKind::Own, text).expect_err("wrong");
    let SettingsError { line, message } = error("ignore = []\nselect = \"pool\"\n");
    assert_eq!(line, Some(2));
    assert!(message.contains("expected a sequence"), "{message}");
    let SettingsError { line, message } = error("[severity]\npool = \"fatal\"\n");
    assert_eq!(line, Some(2));
    assert!(message.contains("`error`, `warning`, `info`, `off`"), "{message}");
    assert_eq!(error("ignore = [\n").line, Some(1));
    let json = read_settings(SettingsKind::PackageJson, "{\n\"scalecliff\": {\"select\": 1}}").expect_err("wrong");
    assert_eq!(json.line, Some(2));
}

#[test]
fn the_nearest_settings_hold() {
    let layers = layers(&[("", "ignore = [\"query\"]\n"), ("services/api", "[severity]\nn-plus-one = \"error\"\n")]);
    let at = |path: &str| layers.severity(&RULE, path, Severity::Warning);
    assert_eq!(at("app/x.py"), None);
    assert_eq!(at("services/api/x.py"), Some(Severity::Error));
    assert_eq!(at("services/api/v1/x.py"), Some(Severity::Error));
    assert_eq!(at("services/apis/x.py"), None);
}

#[test]
fn overrides_hold_for_their_paths_and_later_ones_more() {
    let layers = layers(&[(
        "",
        "severity.query = \"info\"\n\
         [[overrides]]\npaths = [\"scripts\", \"legacy/*.py\"]\nignore = [\"query\"]\nmin-confidence = \"high\"\n\
         [[overrides]]\npaths = [\"api/\"]\nseverity.n-plus-one = \"error\"\n",
    )]);
    let at = |path: &str| layers.severity(&RULE, path, Severity::Warning);
    assert_eq!(at("main.py"), Some(Severity::Info));
    assert_eq!(at("tools/scripts/deep/x.py"), None);
    assert_eq!(at("legacy/x.py"), None);
    assert_eq!(at("legacy/deep/x.py"), Some(Severity::Info));
    assert_eq!(at("api/x.py"), Some(Severity::Error));
    assert_eq!(layers.min_confidence("scripts/x.py"), Confidence::High);
    assert_eq!(layers.min_confidence("main.py"), Confidence::Medium);
}

#[test]
fn the_command_line_counts_more() {
    let mut layers = layers(&[("", "select = [\"pool\"]\nmin-confidence = \"high\"\n")]);
    assert!(!layers.runs(&RULE));
    layers.command_line.select = Some(vec!["query".to_owned()]);
    layers.command_line.min_confidence = Some(Confidence::Low);
    assert!(layers.runs(&RULE));
    assert_eq!(layers.severity(&RULE, "x.py", Severity::Warning), Some(Severity::Warning));
    assert_eq!(layers.min_confidence("x.py"), Confidence::Low);
    layers.command_line.ignore = vec!["n-plus-one".to_owned()];
    assert!(!layers.runs(&RULE));
}

#[test]
fn excluded_is_what_a_pattern_of_any_folder_above_names() {
    let layers = layers(&[("", "exclude = [\"legacy\", \"/top.py\", \"a/**/gen\"]\n"), ("legacy", "")]);
    for (path, is_excluded) in [
        ("legacy/x.py", true),
        ("deep/legacy/x.py", true),
        ("legacy.py", false),
        ("top.py", true),
        ("deep/top.py", false),
        ("a/b/c/gen/x.py", true),
    ] {
        assert_eq!(layers.excludes(path), is_excluded, "{path}");
    }
    assert!(Layer::new("", read("exclude = [\"a[\"]\n")).is_err());
}

#[test]
fn extended_settings_are_added_to() {
    let base = read("ignore = [\"pool\"]\nfail-on = \"error\"\n[severity]\nquery = \"info\"\n");
    let settings = read("ignore = [\"leak\"]\nfail-on = \"never\"\n[severity]\nquery = \"off\"\n").on_top_of(base);
    assert_eq!(settings.ignore, ["pool", "leak"]);
    assert_eq!(settings.fail_on, Some(super::FailOn::Never));
    assert_eq!(settings.severity["query"], super::Level::Off);
}
