//! Settings in their three places.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triage::{Layer, Layers, SettingsKind, read_settings};

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = scalecliff_fuzz::text(bytes) else { return };
    for kind in [SettingsKind::Own, SettingsKind::Pyproject, SettingsKind::PackageJson] {
        let lines = text.lines().count() + 1;
        match read_settings(kind, &text) {
            Ok(Some((settings, warnings))) => {
                assert!(warnings.iter().all(|warning| warning.line.is_none_or(|line| line <= lines)));
                let again = settings.to_toml();
                let read = read_settings(SettingsKind::Own, &again).expect("what was written is readable");
                assert_eq!(read.map(|(settings, _)| settings).as_ref(), Some(&settings));
                settings.model_texts();
                for (keys, _) in settings.rule_names() {
                    kind.line_of(&text, &keys);
                }
                let mut layers = Layers::default();
                if let Ok(layer) = Layer::new("app", settings) {
                    layers.insert(layer);
                    layers.excludes("app/main.py");
                    layers.min_confidence("app/main.py");
                    for rule in rules::all() {
                        layers.severity(&rule.info, "app/main.py", rule.info.severity);
                    }
                }
            }
            Ok(None) => {}
            Err(error) => assert!(error.line.is_none_or(|line| line <= lines), "{error:?}"),
        }
    }
});
