//! The arguments. Their doc comments are the help.

mod check;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use ir::finding::{Confidence, Severity};

pub(crate) use check::CheckArgs;

const AFTER_HELP: &str = "\
Examples:
  scalecliff                              check the current folder
  scalecliff services/api --fail-on error
  scalecliff check --select pool,n-plus-one src
  scalecliff check --output-format sarif > scalecliff.sarif
  scalecliff check --report sarif=scalecliff.sarif --report html=scalecliff.html
  scalecliff explain connection-per-request

Exit status:
  0  nothing at or above --fail-on
  1  findings
  2  wrong arguments, settings, models or baseline; no commit to compare with
  3  a path does not exist, or there is nothing to analyse
  4  internal error; with --strict, something was left out";

const CHECK_AFTER_HELP: &str = "\
Everything under the paths is analysed as one program. Left out are files that .gitignore names, dependencies and build
results (node_modules, .venv, target, dist, ...), and generated or minified files. What is named as a PATH is always taken.";

const PLAN_AFTER_HELP: &str = "\
EXPLAIN without a database: knows tables, keys and indexes, no statistics. Tables count as large unless their name says
that they are not (roles, countries, settings).

Examples:
  scalecliff plan --schema migrations --dialect postgres \"SELECT * FROM orders WHERE user_id = $1\"
  scalecliff plan --schema schema.sql --dialect sqlite < queries.sql";

const HOOK_AFTER_HELP: &str = "\
Reports only what the edit introduced: findings that the program did not have with the last commit's version of the
edited files. Status 2 and text on standard error if there are some, else 0; never an error that would stop an agent.

In .claude/settings.json (`scalecliff init --agent claude` writes it):
  {\"hooks\": {\"PostToolUse\": [{\"matcher\": \"Edit|Write\", \"hooks\": [{\"type\": \"command\", \"command\": \"scalecliff hook\"}]}]}}";

/// Finds the lines of a backend that will not scale
///
/// Reads Python, JavaScript, TypeScript, Rust and SQL, works out what one request costs, and points at what runs out
/// first: with the path from the request handler to the cost, and what to write instead.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files and folders (the default command)
    #[command(after_help = CHECK_AFTER_HELP)]
    Check(Box<CheckArgs>),
    /// Show a rule's page: what it reports, why, and what to write instead
    Explain(ExplainArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Say how a database will read the tables of a query, from definitions alone
    #[command(after_help = PLAN_AFTER_HELP)]
    Plan(PlanArgs),
    /// Write settings, hooks and CI files for a project, after showing them
    Init(InitArgs),
    /// Answer a coding agent that has edited a file: reads its payload from standard input
    #[command(after_help = HOOK_AFTER_HELP)]
    Hook(HookArgs),
    /// Show the settings that hold here, or their schema
    Config(ConfigArgs),
    /// Print a script that completes commands and options
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Its name, as in `scalecliff rules`
    pub(crate) rule: String,
    /// How to write the page
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: PageFormat,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RulesArgs {
    /// How to write the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: PageFormat,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Where tables and indexes are defined: an SQL file, a folder of migrations, or a project with the models of an ORM
    #[arg(long, value_name = "PATH")]
    pub(crate) schema: PathBuf,
    /// Whose planner
    #[arg(long, value_name = "NAME")]
    pub(crate) dialect: PlanDialect,
    /// A file of JSON lines, each with an id and a statement: {"id": 1, "sql": "SELECT ..."}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sql", "output_format"])]
    pub(crate) batch: Option<PathBuf>,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
    /// The statements [default: standard input]
    pub(crate) sql: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HookArgs {
    /// Whose way to answer [default: by the payload]
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<HookAgent>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = parse_seconds)]
    pub(crate) timeout: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum HookAgent {
    Claude,
    Codex,
    Cursor,
    Windsurf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show which settings hold for a file or folder, and where they stand
    Show {
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
    /// Print the JSON schema of the settings
    Schema,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The folder of the project
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Run before each commit, through pre-commit
    #[arg(long)]
    pub(crate) pre_commit: bool,
    /// Run on a build server
    #[arg(long, value_name = "SERVER")]
    pub(crate) ci: Option<CiServer>,
    /// Tell a coding agent
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Vec<InitAgent>,
    /// Write without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum CiServer {
    Github,
    Gitlab,
    Azure,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum InitAgent {
    /// A hook in .claude/settings.json
    Claude,
    /// A hook in .cursor/hooks.json
    Cursor,
    /// A section in AGENTS.md
    AgentsMd,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum PlanDialect {
    #[value(alias = "postgresql")]
    Postgres,
    #[value(alias = "mariadb")]
    Mysql,
    Sqlite,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum PageFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR or TERM=dumb is set; everywhere if CLICOLOR_FORCE is
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Assume {
    Request,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum MinConfidence {
    Low,
    Medium,
    High,
}

impl From<MinConfidence> for Confidence {
    fn from(level: MinConfidence) -> Self {
        match level {
            MinConfidence::Low => Self::Low,
            MinConfidence::Medium => Self::Medium,
            MinConfidence::High => Self::High,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl From<triage::FailOn> for FailOn {
    fn from(level: triage::FailOn) -> Self {
        match level {
            triage::FailOn::Error => Self::Error,
            triage::FailOn::Warning => Self::Warning,
            triage::FailOn::Info => Self::Info,
            triage::FailOn::Never => Self::Never,
        }
    }
}

impl FailOn {
    pub(crate) fn includes(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Info => severity >= Severity::Info,
            Self::Never => false,
        }
    }
}

/// A number of bytes: `1500000`, `500KiB`, `2MB`, `1G`. Units are powers of 1024 however they are written.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err("expected a number of bytes such as 500KiB or 2MiB".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number of bytes such as 500KiB or 2MiB".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}

pub(crate) fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 600.0 => Ok(seconds),
        _ => Err("expected a number of seconds up to 600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Args, parse_size};

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("12"), Ok(12));
        assert_eq!(parse_size("2MiB"), Ok(2 << 20));
        assert_eq!(parse_size("500k"), Ok(500 << 10));
        assert!(parse_size("2 parsecs").is_err());
        assert!(parse_size("").is_err());
        assert!(parse_size("99999999999999G").is_err());
    }
}
