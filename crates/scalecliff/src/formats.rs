//! Which formats a report is written in, and where each goes.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use report::{Report, render_summary, render_text};

use triage::nearest;

use crate::args::When;
use crate::configure::Configuration;
use crate::output;
use crate::status::Failure;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// How to write the report [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) output_format: Option<OutputFormat>,
    /// Also write the report into a file; can be given several times
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_target)]
    pub(crate) report: Vec<Target>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
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
    /// Everything there is to know of a finding
    Json,
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
}

/// A file that gets the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Target {
    format: OutputFormat,
    path: PathBuf,
}

impl OutputArgs {
    /// Takes over what the arguments leave to the settings.
    pub(crate) fn settle(&mut self, configuration: &Configuration) -> Result<(), Failure> {
        if self.output_format.is_none()
            && let Some(name) = &configuration.run.output_format
        {
            let format = parse_format(name).map_err(|error| configuration.failure("output-format", &error))?;
            self.output_format = Some(format);
        }
        Ok(())
    }

    /// Complains before the work instead of after it.
    pub(crate) fn check_targets(&self) -> Result<(), Failure> {
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
        let format = self.output_format.unwrap_or(OutputFormat::Text);
        output::print(&self.render(format, report, self.color))?;
        if format == OutputFormat::Concise && !self.quiet {
            output::print_aside(&render_summary(report, output::text_options(When::Never, self.verbose)));
        }
        for target in &self.report {
            output::replace_file(&target.path, &self.render(target.format, report, When::Never))?;
        }
        Ok(())
    }

    fn render(&self, format: OutputFormat, report: &Report<'_>, color: When) -> String {
        match format {
            OutputFormat::Text => {
                let options = output::text_options(color, self.verbose);
                let summary = if self.quiet { String::new() } else { render_summary(report, options) };
                render_text(report, options) + &summary
            }
            OutputFormat::Concise => report::render_concise(report),
            OutputFormat::Json => report::render_json(report),
            OutputFormat::Sarif => report::render_sarif(report, env!("CARGO_PKG_VERSION")),
            OutputFormat::Github => report::render_github(report),
            OutputFormat::Gitlab => report::render_gitlab(report),
            OutputFormat::Azure => report::render_azure(report),
            OutputFormat::Junit => report::render_junit(report),
            OutputFormat::Checkstyle => report::render_checkstyle(report),
            OutputFormat::Rdjson => report::render_rdjson(report),
            OutputFormat::Rdjsonl => report::render_rdjsonl(report),
            OutputFormat::Sonar => report::render_sonar(report),
            OutputFormat::Markdown => report::render_markdown(report),
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

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{OutputFormat, Target, parse_target};

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
