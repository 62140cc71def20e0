//! `scalecliff init`: what a project needs to use the program every day, shown before it is written.

mod files;

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use crate::args::InitArgs;
use crate::discover::search_path;
use crate::output;
use crate::status::{Failure, Status};

/// A file and what becomes of it.
pub(crate) struct Change {
    path: PathBuf,
    /// The whole new text.
    text: String,
    /// The part of it that is new.
    added: String,
}

pub(crate) fn init(args: &InitArgs) -> Result<Status, Failure> {
    let folder = search_path(&args.folder)?;
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{}: not a folder", args.folder.display())));
    }
    let changes = files::changes(&folder, args)?;
    if changes.is_empty() {
        output::print("nothing to do: everything that was asked for is there\n")?;
        return Ok(Status::Clean);
    }
    for change in &changes {
        output::print(&shown(change, &folder))?;
    }
    if !args.yes && !agrees()? {
        output::print("nothing was written (--yes writes without asking)\n")?;
        return Ok(Status::Clean);
    }
    for change in &changes {
        if let Some(parent) = change.path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::usage(format!("{}: {error}", parent.display())))?;
        }
        output::replace_file(&change.path, &change.text)?;
    }
    output::print(&format!("{} files written\n", changes.len()))?;
    Ok(Status::Clean)
}

fn shown(change: &Change, folder: &Path) -> String {
    let name = change.path.strip_prefix(folder).unwrap_or(&change.path).display().to_string();
    let verb = if change.path.exists() { "changes" } else { "new" };
    let lines: String = change.added.lines().map(|line| format!("  + {}\n", report::neutral(line))).collect();
    format!("{} ({verb})\n{lines}\n", report::neutral(&name))
}

/// Asks, where there is somebody to ask.
fn agrees() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    output::print("write this? [y/N] ")?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
