//! What agents say of an edit.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::args::HookAgent;

/// Lines of a patch that name a file.
const PATCH_MARKS: [&str; 3] = ["*** Update File: ", "*** Add File: ", "*** Move to: "];

/// One edit.
#[derive(Debug)]
pub(super) struct Payload {
    value: Value,
    folder: PathBuf,
}

impl Payload {
    /// None for what is no JSON object, or names a folder that does not exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        value.as_object()?;
        let folder = [&value["cwd"], &value["workspace_roots"][0]].into_iter().find_map(Value::as_str);
        let folder = fs::canonicalize(folder.unwrap_or(".")).ok()?;
        Some(Self { value, folder })
    }

    /// The folder in which the agent works.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn session(&self) -> Option<&str> {
        ["session_id", "conversation_id", "trajectory_id"].iter().find_map(|key| self.value[key].as_str())
    }

    pub(super) fn agent(&self) -> HookAgent {
        if self.value["workspace_roots"].is_array() {
            HookAgent::Cursor
        } else if self.value["tool_info"].is_object() {
            HookAgent::Windsurf
        } else {
            HookAgent::Claude
        }
    }

    /// The edited files inside the folder, which need not exist.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let value = &self.value;
        let input = &value["tool_input"];
        let named = [&value["file_path"], &input["file_path"], &input["path"], &value["tool_info"]["file_path"]];
        let mut names: Vec<&str> = named.into_iter().filter_map(Value::as_str).collect();
        let edits = [&input["edits"], &value["tool_info"]["edits"]].into_iter().filter_map(Value::as_array).flatten();
        names.extend(edits.filter_map(|edit| edit["file_path"].as_str()));
        let patches = [&input["command"], &input["input"], &input["patch"]];
        for patch in patches {
            // A command is a text or a list of words, one of which is the patch.
            let words = patch.as_array().into_iter().flatten().chain([patch]);
            let lines = words.filter_map(Value::as_str).flat_map(str::lines);
            names.extend(lines.filter_map(|line| PATCH_MARKS.iter().find_map(|mark| line.strip_prefix(mark))));
        }
        let real = |name: &str| fs::canonicalize(self.folder.join(name.trim())).ok();
        let mut paths: Vec<PathBuf> = names.into_iter().filter_map(real).collect();
        paths.retain(|path| path.starts_with(&self.folder));
        paths.sort();
        paths.dedup();
        paths
    }
}
