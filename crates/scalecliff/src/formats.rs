//! Which formats a report is written in, and where each goes.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use report::{Report, TextOptions, render_summary, render_text};

use triage::nearest;

use crate::args::When;
use crate::configure::Configuration;
use crate::output;
use crate::status::Failure;

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// How to write the report [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) output_format: Option<OutputFormat>,
    /// Also write the report into a file; can be given several times
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_target)]
    pub(crate) report: Vec<Target>,
    /// Print how many findings there are of each rule and family, in place of the findings
    #[arg(long)]
    pub(crate) statistics: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    /// Say how long each part and each rule took; rules then run one after the other
    #[arg(long)]
    pub(crate) timings: bool,
    /// Print findings only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// List everything that was left out, and say how long things took
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum OutputFormat {
    /// With source and evidence, for reading
    Text,
    /// One line a finding
    Concise,
    /// Short, grouped and with what to do, for coding agents
    Agent,
    /// Everything there is to know of a finding
    Json,
    /// The same, one line a finding, and a summary at last
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// Issues of a build in Azure Pipelines
    Azure,
    /// Test results, for build servers
    Junit,
    /// The XML of Checkstyle
    Checkstyle,
    /// For reviewdog, which comments on pull requests
    Rdjson,
    /// The same, one line a finding
    Rdjsonl,
    /// Generic issues of SonarQube
    Sonar,
    /// The summary of a job, or a comment
    Markdown,
    /// A page to read in a browser and to hand on
    Html,
}

const FORMAT_VARIABLE: &str = "SCALECLIFF_OUTPUT_FORMAT";

/// What coding agents set for the commands that they run.
const AGENT_VARIABLES: [&str; 9] = [
    "AI_AGENT",
    "CLAUDECODE",
    "CODEX_SANDBOX",
    "CODEX_THREAD_ID",
    "GEMINI_CLI",
    "CURSOR_AGENT",
    "COPILOT_CLI",
    "OPENCODE",
    "AUGMENT_AGENT",
];

/// A terminal is read by people, even inside an agent's editor.
fn is_read_by_agent() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !std::io::stdout().is_terminal() && AGENT_VARIABLES.iter().any(is_set)
}

/// A file that gets the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Target {
    format: OutputFormat,
    path: PathBuf,
}

impl OutputArgs {
    /// Takes over what the arguments leave to the environment, then to the settings, then to who reads the output.
    pub(crate) fn settle(&mut self, configuration: &Configuration) -> Result<(), Failure> {
        let of_environment = std::env::var(FORMAT_VARIABLE).ok().filter(|name| !name.is_empty());
        let format = match (self.output_format, of_environment, &configuration.run.output_format) {
            (Some(format), _, _) => format,
            (None, Some(name), _) => {
                parse_format(&name).map_err(|error| Failure::usage(format!("{FORMAT_VARIABLE}: {error}")))?
            }
            (None, None, Some(name)) => {
                parse_format(name).map_err(|error| configuration.failure("output-format", &error))?
            }
            (None, None, None) if is_read_by_agent() && !self.statistics => OutputFormat::Agent,
            (None, None, None) => OutputFormat::Text,
        };
        self.output_format = Some(format);
        Ok(())
    }

    /// Complains before the work instead of after it.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.statistics && !matches!(self.format(), OutputFormat::Text | OutputFormat::Json) {
            return Err(Failure::usage("--statistics are written as text or json".to_owned()));
        }
        for (index, target) in self.report.iter().enumerate() {
            let path = &target.path;
            let wrong = |problem: &str| Err(Failure::usage(format!("--report {}: {problem}", path.display())));
            if !parent(path).is_dir() {
                return wrong("there is no such folder");
            }
            if path.is_dir() {
                return wrong("this is a folder");
            }
            if self.report[..index].iter().any(|other| other.path == *path) {
                return wrong("two reports would be written into this file");
            }
        }
        Ok(())
    }

    /// Prints the report and writes it into its files.
    pub(crate) fn write(&self, report: &Report<'_>) -> Result<(), Failure> {
        let format = self.format();
        let text = if self.statistics {
            self.render_statistics(format, report)
        } else {
            self.render(format, report, self.color)
        };
        output::print(&text)?;
        if format == OutputFormat::Concise && !self.quiet {
            output::print_aside(&render_summary(report, output::text_options(When::Never, self.verbose)));
        }
        for target in &self.report {
            output::replace_file(&target.path, &self.render(target.format, report, When::Never))?;
        }
        Ok(())
    }

    fn format(&self) -> OutputFormat {
        self.output_format.unwrap_or(OutputFormat::Text)
    }

    fn render_statistics(&self, format: OutputFormat, report: &Report<'_>) -> String {
        if format == OutputFormat::Json {
            return report::render_statistics_json(report);
        }
        let options = output::text_options(self.color, self.verbose);
        report::render_statistics(report, options) + &self.summary(report, options)
    }

    fn summary(&self, report: &Report<'_>, options: TextOptions) -> String {
        if self.quiet { String::new() } else { render_summary(report, options) }
    }

    fn render(&self, format: OutputFormat, report: &Report<'_>, color: When) -> String {
        match format {
            OutputFormat::Text => {
                let options = output::text_options(color, self.verbose);
                render_text(report, options) + &self.summary(report, options)
            }
            OutputFormat::Concise => report::render_concise(report),
            OutputFormat::Agent => report::render_agent(report, &command(std::env::args_os())),
            OutputFormat::Json => report::render_json(report),
            OutputFormat::Jsonl => report::render_jsonl(report),
            OutputFormat::Sarif => report::render_sarif(report, VERSION),
            OutputFormat::Github => report::render_github(report),
            OutputFormat::Gitlab => report::render_gitlab(report),
            OutputFormat::Azure => report::render_azure(report),
            OutputFormat::Junit => report::render_junit(report),
            OutputFormat::Checkstyle => report::render_checkstyle(report),
            OutputFormat::Rdjson => report::render_rdjson(report),
            OutputFormat::Rdjsonl => report::render_rdjsonl(report),
            OutputFormat::Sonar => report::render_sonar(report),
            OutputFormat::Markdown => report::render_markdown(report),
            OutputFormat::Html => report::render_html(report, VERSION),
        }
    }
}

fn parse_target(text: &str) -> Result<Target, String> {
    let Some((name, path)) = text.split_once('=') else {
        return Err("expected a format and a file, as in sarif=scalecliff.sarif".to_owned());
    };
    let format = parse_format(name)?;
    match path {
        "" => Err(format!("expected a file, as in {name}=report.{name}")),
        "-" => Err(format!("use --output-format {name} for standard output")),
        path => Ok(Target { format, path: PathBuf::from(path) }),
    }
}

fn parse_format(name: &str) -> Result<OutputFormat, String> {
    OutputFormat::from_str(name, false).map_err(|_| {
        let formats: Vec<_> = OutputFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let names = || formats.iter().map(clap::builder::PossibleValue::get_name);
        let hint = match nearest(name, names()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        format!("unknown format `{name}`: {hint}")
    })
}

/// The command that was run, for a shell, without what says how to run it and where the report goes.
fn command(args: impl Iterator<Item = OsString>) -> String {
    const HAVE_VALUE: [&str; 5] = ["--output-format", "--report", "--color", "--jobs", "-j"];
    let mut args = args.skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let mut command = "scalecliff".to_owned();
    while let Some(arg) = args.next() {
        if HAVE_VALUE.contains(&arg.as_str()) {
            args.next();
        } else if !HAVE_VALUE.iter().any(|name| arg.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))) {
            command.push(' ');
            command.push_str(&shell_word(arg));
        }
    }
    command
}

fn shell_word(arg: String) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !arg.is_empty() && arg.chars().all(is_plain) { arg } else { format!("'{}'", arg.replace('\'', r"'\''")) }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use super::{OutputFormat, Target, command, parse_target};

    #[test]
    fn a_command_is_repeated_without_its_outputs() {
        let repeated = |words: &str| command(words.split('|').map(OsString::from));
        assert_eq!(repeated("x/scalecliff|--output-format|agent"), "scalecliff");
        assert_eq!(
            repeated("scalecliff|check|--output-format=agent|--report|json=a|my app|--select|pool|it's"),
            r"scalecliff check 'my app' --select pool 'it'\''s'"
        );
    }

    #[test]
    fn targets_have_a_format_and_a_file() {
        let target = |format, path: &str| Ok(Target { format, path: PathBuf::from(path) });
        assert_eq!(parse_target("sarif=a.sarif"), target(OutputFormat::Sarif, "a.sarif"));
        assert_eq!(parse_target("json=a=b.json"), target(OutputFormat::Json, "a=b.json"));
        let problem = |text| parse_target(text).expect_err("wrong");
        assert!(problem("sariff=a").contains("did you mean `sarif`?"));
        assert!(problem("xyzzy=a").contains("one of text, "));
        assert!(problem("sarif=-").contains("--output-format sarif"));
        assert!(problem("sarif=").contains("expected a file"));
        assert!(problem("sarif").contains("sarif=scalecliff.sarif"));
    }
}
