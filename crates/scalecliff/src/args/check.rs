//! The arguments of `check`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Assume, FailOn, MinConfidence, parse_seconds, parse_size};
use crate::formats::OutputArgs;

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Files and folders to check
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) baseline: BaselineArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

/// Which findings count.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which findings")]
pub(crate) struct ChoiceArgs {
    /// Run only these rules or families of rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not run these rules or families of rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Report only findings with evidence of this strength or more [default: medium]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) min_confidence: Option<MinConfidence>,
    /// Exit with status 1 if there are findings of this severity or a higher one [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Report findings in test code too
    #[arg(long)]
    pub(crate) include_tests: bool,
    /// Show what comments suppress and a baseline holds too, marked so (text, json, jsonl, sarif); it is not counted
    #[arg(long, visible_alias = "show-baselined")]
    pub(crate) show_suppressed: bool,
    /// Exit with status 4 if anything was left out or skipped: files too large, unreadable, not in UTF-8 or not parsed
    #[arg(long)]
    pub(crate) strict: bool,
    /// Write a comment above every reported finding that suppresses it, with this reason
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) add_ignore: Option<String>,
}

/// Which part of the program the report is about. The whole of it is always analysed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Changed code")]
#[group(id = "scope", multiple = false)]
pub(crate) struct ScopeArgs {
    /// Report only what the changes since the branch left REF touch [default: the default branch]
    #[arg(long, value_name = "REF", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) changed: Option<String>,
    /// Report only what the next commit touches
    #[arg(long)]
    pub(crate) staged: bool,
    /// Report only what a unified diff touches; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) diff_file: Option<PathBuf>,
    /// Take the paths for the files that the report is about, and analyse the whole project (for pre-commit)
    #[arg(long)]
    pub(crate) report_only: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Baseline")]
pub(crate) struct BaselineArgs {
    /// Do not report the findings of this file [default: scalecliff-baseline.json, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report everything, whatever a baseline holds
    #[arg(long, conflicts_with_all = ["baseline", "update_baseline", "strict_baseline"])]
    pub(crate) no_baseline: bool,
    /// Write the baseline: all findings if there is none yet, else without what is no longer found
    #[arg(long, conflicts_with = "scope")]
    pub(crate) update_baseline: bool,
    /// With --update-baseline: take in new findings too
    #[arg(long, requires = "update_baseline")]
    pub(crate) accept_new: bool,
    /// Fail if the baseline holds what is no longer found
    #[arg(long, conflicts_with = "scope")]
    pub(crate) strict_baseline: bool,
}

/// What is read, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is read")]
pub(crate) struct InputArgs {
    /// Use these settings, and no others [default: scalecliff.toml, pyproject.toml or package.json, the nearest one]
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(crate) config: Option<PathBuf>,
    /// Use no settings but those of the command line
    #[arg(long)]
    pub(crate) isolated: bool,
    /// Take every public function for one that runs like this, where no framework shows how code is called
    #[arg(long, value_name = "CONTEXT")]
    pub(crate) assume: Option<Assume>,
    /// Also read a file that says what an in-house library does
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Vec<PathBuf>,
    /// Take standard input for the text of this file, and report on it alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scope", "add_ignore"])]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Check files that .gitignore names too
    #[arg(long)]
    pub(crate) no_gitignore: bool,
    /// Leave out larger files [default: 2MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_file_size: Option<u64>,
    /// Parse all files, also those that cannot matter: what is found is the same
    #[arg(long, hide = true)]
    pub(crate) no_prefilter: bool,
    /// Leave out files that take longer to read and parse [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) max_file_time: Option<f64>,
    /// Check again whenever a file changes
    #[arg(long, conflicts_with_all = ["stdin_filename", "update_baseline", "add_ignore", "scope"])]
    pub(crate) watch: bool,
    /// Number of threads [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

impl CheckArgs {
    /// The default arguments, for one folder.
    pub(crate) fn for_project(folder: &Path) -> Self {
        #[derive(clap::Parser)]
        struct Whole {
            #[command(flatten)]
            check: CheckArgs,
        }
        let args = [OsStr::new("scalecliff"), OsStr::new("--quiet"), OsStr::new("--"), folder.as_os_str()];
        <Whole as clap::Parser>::parse_from(args).check
    }
}
