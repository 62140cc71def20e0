//! The command line: reads files, prints reports, and says with its exit status what came of it. Nothing else of the
//! project touches the outside.

mod analyse;
mod args;
mod baselines;
mod check;
mod configure;
mod discover;
mod explain;
mod formats;
mod git;
mod guard;
mod hook;
mod ignores;
mod init;
mod load;
mod names;
mod output;
mod plan;
mod prefilter;
mod progress;
mod read;
mod scope;
mod settings;
mod setup;
mod shell;
mod sift;
mod status;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use status::{Failure, Status};

/// Millions of small values are made on all threads, and few of them are ever freed. Without huge pages, which would be filled
/// with zeros by the megabyte and take a third more memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    guard::remember_panics();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nobody may be reading: nothing to do about that.
            let _ = error.print();
            return if error.use_stderr() { Status::Usage } else { Status::Clean }.into();
        }
    };
    let result = guard::catch(|| match args.command.unwrap_or(Command::Check(Box::new(args.check))) {
        Command::Check(args) => check::check(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Rules(args) => explain::list_rules(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Init(args) => init::init(&args),
        Command::Hook(args) => hook::hook(&args),
        Command::Config(args) => settings::config(&args),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man => shell::manual(),
    });
    let failure = match result {
        Ok(Ok(status)) => return status.into(),
        Ok(Err(failure)) => failure,
        Err(panic) => Failure::internal(&panic),
    };
    output::complain(&failure.message);
    failure.status.into()
}
