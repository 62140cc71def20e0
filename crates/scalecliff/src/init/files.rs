//! The files that `init` writes or adds to. What is there already stays.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Change;
use crate::args::{CiServer, InitAgent, InitArgs};
use crate::status::Failure;

const SETTINGS: &str = "\
# Settings of scalecliff; `scalecliff config schema` describes all keys.

# Rules or families that do not run here.
ignore = []

# Files and folders that are not read.
exclude = []

# What the code cannot show:
# [facts]
# connection-limit = 100
# pooler = false
# small-tables = []
# request-entry = []
";

const PRE_COMMIT: &str = concat!(
    "  - repo: https://github.com/scalecliff/scalecliff\n",
    "    rev: v",
    env!("CARGO_PKG_VERSION"),
    "\n    hooks:\n      - id: scalecliff-staged\n"
);

const GITHUB: &str = concat!(
    "name: scalecliff\n\
     on:\n  push:\n    branches: [main]\n  pull_request:\n\
     permissions: {}\n\
     jobs:\n  scalecliff:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n      security-events: write\n\
     \x20   steps:\n      - uses: actions/checkout@v6\n        with:\n          fetch-depth: 0\n          persist-credentials: false\n\
     \x20     - uses: scalecliff/scalecliff@v",
    env!("CARGO_PKG_VERSION"),
    "\n"
);

const GITLAB: &str = "\
scalecliff:
  image: python:3.13
  variables:
    GIT_DEPTH: 0
  script:
    - pip install scalecliff
    - scalecliff check --report gitlab=scalecliff.json
  artifacts:
    when: always
    reports:
      codequality: scalecliff.json
";

const AZURE: &str = "\
steps:
  - checkout: self
    fetchDepth: 0
  - script: |
      pip install scalecliff
      scalecliff check --output-format azure --report sarif=$(Build.ArtifactStagingDirectory)/scalecliff.sarif
    displayName: scalecliff
  - publish: $(Build.ArtifactStagingDirectory)/scalecliff.sarif
    artifact: CodeAnalysisLogs
    condition: succeededOrFailed()
";

const AGENTS: &str = "\
## Scaling

Before you finish a change of the backend, run `scalecliff check --changed --output-format agent` and repair what it reports:
those are lines that work for one user and fall over at fifty. `scalecliff explain RULE` shows the repair of each rule. Do not
suppress findings with comments and do not add them to the baseline unless you are told to.
";

pub(super) fn changes(folder: &Path, args: &InitArgs) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    let mut push = |change: Result<Option<Change>, Failure>| change.map(|change| changes.extend(change));
    if !has_settings(folder)? {
        push(created(folder, "scalecliff.toml", SETTINGS))?;
    }
    if args.pre_commit {
        push(pre_commit(folder))?;
    }
    match args.ci {
        Some(CiServer::Github) => push(created(folder, ".github/workflows/scalecliff.yml", GITHUB))?,
        Some(CiServer::Gitlab) => push(appended(folder, ".gitlab-ci.yml", GITLAB, "scalecliff"))?,
        Some(CiServer::Azure) => push(created(folder, "azure-pipelines-scalecliff.yml", AZURE))?,
        None => {}
    }
    for agent in &args.agent {
        match agent {
            InitAgent::Claude => push(claude(folder))?,
            InitAgent::Cursor => push(cursor(folder))?,
            InitAgent::AgentsMd => push(appended(folder, "AGENTS.md", AGENTS, "scalecliff check"))?,
        }
    }
    Ok(changes)
}

fn has_settings(folder: &Path) -> Result<bool, Failure> {
    let holds = |name: &str, mark: &str| Ok(read(&folder.join(name))?.is_some_and(|text| text.contains(mark)));
    Ok(holds(".scalecliff.toml", "")?
        || holds("pyproject.toml", "[tool.scalecliff")?
        || holds("package.json", "\"scalecliff\":")?)
}

/// The text of a file; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

/// A new file; nothing if there is one.
fn created(folder: &Path, name: &str, text: &str) -> Result<Option<Change>, Failure> {
    let path = folder.join(name);
    Ok(read(&path)?.is_none().then(|| Change { path, text: text.to_owned(), added: text.to_owned() }))
}

/// A text at the end of a file, unless the file has `mark`.
fn appended(folder: &Path, name: &str, text: &str, mark: &str) -> Result<Option<Change>, Failure> {
    let path = folder.join(name);
    let old = read(&path)?.unwrap_or_default();
    if old.contains(mark) {
        return Ok(None);
    }
    let gap = match old.as_str() {
        "" => "",
        old if old.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    Ok(Some(Change { path, text: format!("{old}{gap}{text}"), added: text.to_owned() }))
}

/// A repository at the end of the list, which is where the file ends in all but a few projects.
fn pre_commit(folder: &Path) -> Result<Option<Change>, Failure> {
    let path = folder.join(".pre-commit-config.yaml");
    let Some(old) = read(&path)? else {
        let text = format!("repos:\n{PRE_COMMIT}");
        return Ok(Some(Change { path, added: text.clone(), text }));
    };
    if old.contains("scalecliff") {
        return Ok(None);
    }
    let last_key = old.lines().rfind(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    if last_key.is_none_or(|line| !line.starts_with("repos:") || line.trim_end() != "repos:") {
        let advice = format!("{}: `repos` is not the last key: add to it by hand:\n{PRE_COMMIT}", path.display());
        return Err(Failure::usage(advice));
    }
    // Lists may be indented or not; ours goes along.
    let is_indented = old.lines().any(|line| line.starts_with("  - repo"));
    let added = if is_indented { PRE_COMMIT.to_owned() } else { PRE_COMMIT.replace("\n  ", "\n")[2..].to_owned() };
    let gap = if old.ends_with('\n') { "" } else { "\n" };
    Ok(Some(Change { path, text: format!("{old}{gap}{added}"), added }))
}

fn claude(folder: &Path) -> Result<Option<Change>, Failure> {
    let hook = json!({
        "matcher": "Edit|Write|MultiEdit",
        "hooks": [{ "type": "command", "command": "scalecliff hook --agent claude" }]
    });
    added_hook(folder, ".claude/settings.json", "PostToolUse", hook, json!({}))
}

fn cursor(folder: &Path) -> Result<Option<Change>, Failure> {
    let hook = json!({ "command": "scalecliff hook --agent cursor" });
    added_hook(folder, ".cursor/hooks.json", "afterFileEdit", hook, json!({ "version": 1 }))
}

/// A hook in a file of JSON, at the end of the list of its event.
fn added_hook(folder: &Path, name: &str, event: &str, hook: Value, empty: Value) -> Result<Option<Change>, Failure> {
    let path = folder.join(name);
    let old = read(&path)?;
    let wrong = |problem: &str| Failure::usage(format!("{}: {problem}: add by hand:\n{hook:#}", path.display()));
    let mut settings: Value = match &old {
        Some(text) => serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?,
        None => empty,
    };
    if old.is_some_and(|text| text.contains("scalecliff hook")) {
        return Ok(None);
    }
    let hooks = settings.as_object_mut().ok_or_else(|| wrong("no object"))?.entry("hooks").or_insert_with(|| json!({}));
    let events = hooks.as_object_mut().ok_or_else(|| wrong("`hooks` is no object"))?;
    let list = events.entry(event).or_insert_with(|| json!([])).as_array_mut();
    list.ok_or_else(|| wrong(&format!("`{event}` is no list")))?.push(hook.clone());
    Ok(Some(Change { path, text: format!("{settings:#}\n"), added: format!("{hook:#}") }))
}
