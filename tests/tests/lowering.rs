//! The front ends: each source under `lowering/` lowers to the dump beside it. `cargo xtask bless` rewrites the dumps.

use std::fs;
use std::path::Path;

#[test]
fn sources_lower_to_their_dumps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lowering");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for folder in sorted(&root) {
        for source_path in sorted(&folder) {
            let name = source_path.strip_prefix(&folder).expect("inside").to_string_lossy().into_owned();
            let Some(language) = parse::language_of(&name) else { continue };
            seen += 1;
            let source = fs::read_to_string(&source_path).expect("sources are UTF-8");
            let dump = parse::lower(&name, language, &source).dump();
            let expected_path = folder.join(format!("{name}.ir"));
            if std::env::var_os("SCALECLIFF_BLESS").is_some() {
                fs::write(&expected_path, dump).expect("writable");
            } else if fs::read_to_string(&expected_path).unwrap_or_default() != dump {
                wrong.push(format!("{}\n{dump}", source_path.display()));
            }
        }
    }
    assert!(seen > 0, "no sources under {}", root.display());
    assert!(wrong.is_empty(), "these lower otherwise than their dump says:\n{}", wrong.join("\n"));
}

fn sorted(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths
}
