//! What git knows of a change. git is run with fixed arguments; nothing that the repository under analysis says becomes part
//! of a command but names, which come behind `--` or are checked before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use triage::Changes;

use crate::status::Failure;

/// A working tree.
#[derive(Debug)]
pub(crate) struct Repository {
    root: PathBuf,
}

/// Options that make a diff mean the same whatever the user's configuration says, and that keep git from running anything.
const DIFF: [&str; 7] =
    ["diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"];

/// Variables by which the servers of merge requests name the branch that a change goes to.
const TARGET_BRANCHES: [&str; 4] = [
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
];

impl Repository {
    /// The working tree around a folder.
    pub(crate) fn around(folder: &Path) -> Result<Self, Failure> {
        let output = run(folder, &["rev-parse", "--show-toplevel"])?;
        let root = std::fs::canonicalize(output.trim_end_matches(['\r', '\n']));
        Ok(Self { root: root.map_err(|error| Failure::usage(format!("git: {error}")))? })
    }

    /// What the working tree changes against the point where it left `reference`, or the default branch.
    pub(crate) fn changed_since(&self, reference: &str) -> Result<Changes, Failure> {
        let base = self.merge_base(reference)?;
        let mut changes = self.changes(&[&DIFF[..], &[base.as_str(), "--"]].concat())?;
        for path in self.untracked()? {
            changes.add_file(&path);
        }
        Ok(changes)
    }

    /// What the index changes against the last commit.
    pub(crate) fn staged(&self) -> Result<Changes, Failure> {
        self.changes(&[&DIFF[..], &["--cached", "--"]].concat())
    }

    /// Files whose text in the working tree is not the one in the index.
    pub(crate) fn unstaged_files(&self) -> Result<BTreeSet<String>, Failure> {
        self.names(&["diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--"])
    }

    /// The text of a file in the index (``) or in a commit (`HEAD`). None if there is no such file there.
    pub(crate) fn text(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        let name = format!("{commit}:{path}");
        let output = command(&self.root, &["cat-file", "blob", &name]).output().ok()?;
        output.status.success().then_some(output.stdout)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn changes(&self, args: &[&str]) -> Result<Changes, Failure> {
        let diff = run(&self.root, args)?;
        Changes::parse(&diff)
            .map_err(|error| Failure::internal(&format!("git diff, line {}: {}", error.line, error.message)))
    }

    fn untracked(&self) -> Result<BTreeSet<String>, Failure> {
        self.names(&["ls-files", "--others", "--exclude-standard", "-z", "--"])
    }

    fn names(&self, args: &[&str]) -> Result<BTreeSet<String>, Failure> {
        Ok(run(&self.root, args)?.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn merge_base(&self, reference: &str) -> Result<String, Failure> {
        if reference.starts_with('-') {
            return Err(Failure::usage(format!("--changed={reference}: not a name of a commit")));
        }
        let reference = if reference.is_empty() { self.default_branch()? } else { reference.to_owned() };
        if !self.is_commit(&reference) {
            return Err(Failure::usage(format!("--changed: git knows no commit `{reference}`{}", self.advice())));
        }
        let base = run(&self.root, &["merge-base", &reference, "HEAD"]).map_err(|_| {
            Failure::usage(format!(
                "--changed: `{reference}` and the current commit have no common one{}",
                self.advice()
            ))
        })?;
        Ok(base.trim().to_owned())
    }

    /// What a shallow clone needs.
    fn advice(&self) -> &'static str {
        let is_shallow = run(&self.root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|is| is.trim() == "true");
        if is_shallow {
            ": this is a shallow clone, so fetch the whole history (actions/checkout: `fetch-depth: 0`; GitLab: \
             `GIT_DEPTH: 0`; else `git fetch --unshallow`)"
        } else {
            ""
        }
    }

    fn default_branch(&self) -> Result<String, Failure> {
        let of_server =
            TARGET_BRANCHES.iter().filter_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty());
        let of_server = of_server.map(|name| name.trim_start_matches("refs/heads/").to_owned());
        let named: Vec<String> = of_server.flat_map(|name| [format!("origin/{name}"), name]).collect();
        let usual = ["origin/HEAD", "origin/main", "origin/master", "main", "master"].map(str::to_owned);
        let found = named
            .first()
            .cloned()
            .into_iter()
            .chain(named.iter().cloned().chain(usual))
            .find(|name| self.is_commit(name));
        found.ok_or_else(|| {
            Failure::usage(format!(
                "--changed: the default branch is not known here: name it, as in --changed=main{}",
                self.advice()
            ))
        })
    }

    fn is_commit(&self, name: &str) -> bool {
        let name = format!("{name}^{{commit}}");
        !name.starts_with('-')
            && run(&self.root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).is_ok()
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "core.quotePath=false", "-c", "core.fsmonitor=false"]).args(args);
    command.env("GIT_OPTIONAL_LOCKS", "0").env_remove("GIT_EXTERNAL_DIFF").stdin(Stdio::null());
    command
}

/// What git prints.
fn run(folder: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = match command(folder, args).output() {
        Ok(output) => output,
        Err(error) => return Err(Failure::usage(format!("git cannot be run: {error}"))),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let first = message.lines().find(|line| !line.is_empty()).unwrap_or("no reason given");
    Err(Failure::usage(format!("git {}: {}", args.first().unwrap_or(&""), first.trim_start_matches("fatal: "))))
}
