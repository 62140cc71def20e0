//! What was told in a session, so that an agent is not held up by the same finding for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::output;

/// Notes that these findings are told. Whether one of them was told less than `limit` times before.
pub(super) fn tell(session: &str, folder: &Path, fingerprints: &[String], limit: u32) -> bool {
    let path = file(session, folder);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut told: BTreeMap<String, u32> = serde_json::from_str(&text).unwrap_or_default();
    let is_fresh = fingerprints.iter().any(|fingerprint| told.get(fingerprint).is_none_or(|count| *count < limit));
    if is_fresh {
        for fingerprint in fingerprints {
            *told.entry(fingerprint.clone()).or_default() += 1;
        }
        // Without it the agent is told once more, which does no harm.
        let _ = output::replace_file(&path, &serde_json::json!(told).to_string());
    }
    is_fresh
}

/// In the folder for temporary files, by a hash of what must not be a part of a name.
fn file(session: &str, folder: &Path) -> PathBuf {
    let key = format!("{session}\0{}", folder.display());
    std::env::temp_dir().join(format!("scalecliff-hook-{}.json", report::hash_of(&key)))
}
