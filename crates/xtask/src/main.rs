//! Chores of development: `cargo xtask` lists them.

mod corpus;
mod ecosystem;

use std::io::{self, Write as _};
use std::process::{Command, ExitCode};
use std::{env, fs, thread};

/// As much as the program gives its threads.
const STACK_SIZE: usize = 64 << 20;

const USAGE: &str = "\
cargo xtask lower FILE    print the IR that a source file lowers to
cargo xtask facts PATH…   print what the analysis finds out about source files: entries, calls, queries, leaks
cargo xtask schema PATH…  print the tables that source files describe
cargo xtask bless         rewrite the expected dumps of the tests, to be read before they are committed
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["lower", path] => lower(path),
        ["facts", paths @ ..] if !paths.is_empty() => solved(paths, |program| program.dump()),
        ["schema", paths @ ..] if !paths.is_empty() => solved(paths, |program| program.dump_schema()),
        ["bless"] => bless(),
        ["ecosystem", rest @ ..] => ecosystem::run(rest).and_then(|text| print(&text)),
        ["corpus", rest @ ..] => corpus::run(rest).and_then(|(text, is_fine)| {
            print(&text)?;
            if is_fine { Ok(()) } else { Err("some files were too much".to_owned()) }
        }),
        // What `corpus` runs.
        ["judge"] => corpus::judge(),
        _ => Err(format!("{USAGE}{}{}", ecosystem::USAGE, corpus::USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // There is no better place to tell that this failed.
            let _ = writeln!(io::stderr(), "{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn lower(path: &str) -> Result<(), String> {
    let source = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let language = parse::language_of(path).ok_or_else(|| format!("{path}: not in a language that is read"))?;
    let dump = thread::scope(|scope| {
        let dump = || parse::lower(path, language, &source).dump();
        let worker = thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, dump);
        worker.map_err(|error| error.to_string())?.join().map_err(|_| "the front end panicked".to_owned())
    })?;
    print(&dump)
}

/// Prints what the program says of files, once it is solved.
fn solved(paths: &[&str], dump: impl FnOnce(&analysis::Program<'_>) -> String + Send) -> Result<(), String> {
    let models = rules::models().map_err(|error| error.to_string())?;
    let mut inputs = Vec::new();
    for path in paths {
        collect(path.as_ref(), &mut inputs);
    }
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK_SIZE).build().map_err(|error| error.to_string())?;
    let dump = pool.install(|| {
        let mut files = Vec::new();
        let mut manifests = Vec::new();
        for path in &inputs {
            let Ok(text) = fs::read_to_string(path) else { continue };
            match parse::language_of(path) {
                Some(language) => files.push(parse::lower(path, language, &text)),
                None if analysis::is_manifest(path) => manifests.push((path.clone(), text)),
                None => {}
            }
        }
        dump(&analysis::Program::solve(files, manifests, &models, analysis::Options::default()))
    });
    print(&dump)
}

fn print(text: &str) -> Result<(), String> {
    io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

/// The files under a path, with `/` between folders.
fn collect(path: &std::path::Path, inputs: &mut Vec<String>) {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if matches!(name.as_str(), "node_modules" | ".git" | "target" | ".venv") {
        return;
    }
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut children: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            children.sort();
            children.iter().for_each(|child| collect(child, inputs));
        }
        Err(_) => inputs.push(path.to_string_lossy().trim_start_matches("./").to_owned()),
    }
}

fn bless() -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args(["test", "--package", "scalecliff-tests"])
        .env("SCALECLIFF_BLESS", "1")
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("some tests failed".to_owned()) }
}
