//! Everything that a run needs to know before it reads the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use analysis::{Models, Options};
use ir::Language;
use ir::finding::Finding;
use rules::Rule;

use crate::analyse::{Analysis, analyse, ask, ask_one_by_one};
use crate::args::{CheckArgs, FailOn};
use crate::baselines::BaselineFile;
use crate::configure::Configuration;
use crate::discover::{InputKind, Inputs, discover, reason};
use crate::load::Limits;
use crate::progress::Progress;
use crate::scope::{Scope, paths_to_analyse, scope};
use crate::sift::{Sieve, Sifted};
use crate::status::Failure;

/// The parsers and the walks over their trees recurse.
pub(crate) const STACK_SIZE: usize = 64 << 20;
const MAX_FILE_SIZE: u64 = 2 << 20;
/// In seconds.
const MAX_FILE_TIME: f64 = 60.0;

/// The arguments and the settings, made one.
pub(crate) struct Setup {
    pub(crate) configuration: Configuration,
    pub(crate) rules: Vec<&'static Rule>,
    pub(crate) models: Models,
    pub(crate) inputs: Inputs,
    pub(crate) scope: Scope,
    pub(crate) baseline: Option<BaselineFile>,
    pub(crate) fail_on: FailOn,
    options: Options,
    limits: Limits,
    /// Files that cannot matter stay unread.
    is_filtered: bool,
    is_quiet: bool,
    is_timed: bool,
}

impl Setup {
    pub(crate) fn new(args: &CheckArgs) -> Result<Self, Failure> {
        let paths = paths_to_analyse(args)?;
        let mut configuration = Configuration::find(args, &paths)?;
        let use_gitignore = !args.input.no_gitignore && configuration.run.gitignore.unwrap_or(true);
        let mut inputs = discover(&paths, use_gitignore)?;
        configuration.add_below(args, &inputs.settings)?;
        inputs.exclude(|name| configuration.layers.excludes(name));
        let scope = scope(args, &mut inputs)?;
        if !inputs.files.iter().any(|input| matches!(input.kind, InputKind::Source(_))) {
            return Err(nothing_to_analyse(&paths, &inputs));
        }
        let run = &configuration.run;
        let facts = &run.facts;
        let keeps_tests = inputs.files.iter().any(|input| configuration.layers.includes_tests(&input.name));
        let assume_request = args.input.assume.is_some() || run.assume.is_some();
        let is_told = assume_request || !facts.request_entry.is_empty();
        Ok(Self {
            rules: configuration.rules(),
            models: all_models(args, &configuration, &inputs)?,
            baseline: BaselineFile::find(args, &configuration)?,
            fail_on: args.choice.fail_on.or(run.fail_on.map(FailOn::from)).unwrap_or(FailOn::Warning),
            options: Options {
                keeps_tests,
                assume_request,
                connection_limit: facts.connection_limit,
                has_pooler: facts.pooler,
                small_tables: facts.small_tables.clone(),
                request_entries: facts.request_entry.clone(),
            },
            limits: Limits {
                size: args.input.max_file_size.or(configuration.max_file_size()?).unwrap_or(MAX_FILE_SIZE),
                time: Duration::from_secs_f64(args.input.max_file_time.unwrap_or(MAX_FILE_TIME)),
                keeps_tests,
            },
            // What is told to run per request can lie anywhere.
            is_filtered: !args.input.no_prefilter && !keeps_tests && !is_told,
            is_quiet: args.output.quiet,
            is_timed: args.output.timings,
            inputs,
            scope,
            configuration,
        })
    }

    /// Reads, solves and asks. Uses the current thread pool.
    pub(crate) fn run(&self, inputs: Inputs) -> (Analysis<'_>, Vec<Finding>) {
        let progress = Progress::new(inputs.files.len(), self.is_quiet);
        let mut analysis =
            analyse(inputs, self.is_filtered, self.limits, &self.models, self.options.clone(), &progress);
        let (findings, failures) = if self.is_timed {
            let (findings, failures, timings) = ask_one_by_one(&analysis.program, &self.rules);
            analysis.timings.extend(timings);
            (findings, failures)
        } else {
            ask(&analysis.program, &self.rules)
        };
        analysis.summary.failures.extend(failures);
        (analysis, findings)
    }

    pub(crate) fn sift(
        &self,
        findings: Vec<Finding>,
        analysis: &mut Analysis<'_>,
        covers: &dyn Fn(&str) -> bool,
    ) -> Sifted {
        self.sieve(covers).sift(findings, analysis)
    }

    pub(crate) fn sieve<'a>(&'a self, covers: &'a dyn Fn(&str) -> bool) -> Sieve<'a> {
        Sieve {
            configuration: &self.configuration,
            rules: self.rules.iter().map(|rule| rule.info).collect(),
            scope: &self.scope,
            baseline: self.baseline.as_ref(),
            covers,
        }
    }
}

/// Threads with a stack on which every tree can be walked.
pub(crate) fn threads(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs.map_or(0, usize::from)).stack_size(STACK_SIZE);
    builder.build().map_err(|error| Failure::internal(&format!("cannot start threads: {error}")))
}

/// Ours, those of the arguments, and those of the settings.
fn all_models(args: &CheckArgs, configuration: &Configuration, inputs: &Inputs) -> Result<Models, Failure> {
    let mut texts = Vec::new();
    let paths = configuration.run.models.iter().map(|path| configuration.path(path));
    let paths =
        paths.collect::<Result<Vec<_>, _>>().map_err(|failure| configuration.failure("models", &failure.message))?;
    for path in args.input.model.iter().chain(&paths) {
        texts.push(read_model(path)?);
    }
    let file = configuration.file.as_deref().unwrap_or(Path::new("")).display();
    let inline = configuration.run.model_texts().into_iter().zip(1..);
    texts.extend(inline.map(|(text, number)| (format!("{file}, [[model]] {number}"), text)));
    models(&texts, inputs)
}

fn read_model(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(Failure::usage(format!("{name}: {}", reason(&error)))),
    }
}

/// Those of ours that can matter to the inputs, and others by name and text.
pub(crate) fn models(more: &[(String, String)], inputs: &Inputs) -> Result<Models, Failure> {
    let more: Vec<(&str, &str)> = more.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let has = |language: &Language| inputs.files.iter().any(|input| input.kind == InputKind::Source(*language));
    let languages: Vec<Language> =
        [Language::Python, Language::JavaScript, Language::Rust].into_iter().filter(has).collect();
    rules::models_where(|path, text| Models::may_matter(&languages, path, text), &more)
        .map_err(|error| Failure::usage(error.to_string()))
}

fn nothing_to_analyse(paths: &[PathBuf], inputs: &Inputs) -> Failure {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let mut message = format!("no Python, JavaScript, TypeScript, Rust or SQL file to analyse in {}", paths.join(", "));
    if inputs.excluded > 0 {
        message.push_str(&format!("; the settings leave out {} files", inputs.excluded));
    }
    for note in &inputs.left_out {
        message.push_str(&format!("; {}: {}", note.subject, note.reason));
    }
    Failure::no_input(message)
}
