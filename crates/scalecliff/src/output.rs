//! Standard output, standard error, and files of reports. A reader that has gone away is no error: `| head -1` is a normal use.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use report::TextOptions;

use crate::args::When;
use crate::discover::reason;
use crate::status::Failure;

/// Width of prose where there is no terminal.
const WIDTH: usize = 100;
const NARROWEST: usize = 40;

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal(&format!("cannot write the report: {error}")))
        }
        _ => Ok(()),
    }
}

/// Puts the text into the file as a whole: who reads the file meanwhile sees the old text or the new one. What is no file
/// but a device or a pipe is written to.
pub(crate) fn replace_file(path: &Path, text: &str) -> Result<(), Failure> {
    if path == Path::new("/dev/stdout") {
        // Cannot be opened again where it is a socket.
        return print(text);
    }
    let written = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() || path.starts_with("/dev") => append(path, text),
        // Through a link, to the file that it stands for.
        Ok(_) => fs::canonicalize(path).and_then(|path| replace(&path, text)),
        Err(_) => replace(path, text),
    };
    written.map_err(|error| Failure::usage(format!("cannot write {}: {}", path.display(), reason(&error))))
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    match File::options().append(true).open(path)?.write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_new(&temporary, path, text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Writes a file that may be accessed like another one, if that exists.
fn write_new(path: &Path, like: &Path, text: &str) -> io::Result<()> {
    let mut file = match File::create_new(path) {
        // Of a run that was stopped, and whose number was given again.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path).and_then(|()| File::create_new(path))?
        }
        file => file?,
    };
    file.write_all(text.as_bytes())?;
    match fs::metadata(like) {
        Ok(metadata) => file.set_permissions(metadata.permissions()),
        Err(_) => Ok(()),
    }
}

/// Begins a new page, where somebody looks at one.
pub(crate) fn clear_terminal() -> Result<(), Failure> {
    if io::stdout().is_terminal() { print("\x1b[2J\x1b[H") } else { Ok(()) }
}

/// Prints text to standard error as it is.
pub(crate) fn print_aside(text: &str) {
    // There is no better place to tell that this failed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Tells of a problem, in one line.
pub(crate) fn complain(message: &str) {
    print_aside(&format!("scalecliff: {}\n", report::neutral(message)));
}

/// How to write to standard output.
pub(crate) fn text_options(color: When, verbose: bool) -> TextOptions {
    let is_terminal = io::stdout().is_terminal();
    let width = match terminal_size::terminal_size() {
        Some((width, _)) if is_terminal => usize::from(width.0).max(NARROWEST),
        _ => WIDTH,
    };
    TextOptions { color: use_color(color, is_terminal, |name| std::env::var(name).ok()), width, verbose }
}

fn use_color(when: When, is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let is_dumb = variable("TERM").is_some_and(|value| value == "dumb");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto => is_forced || is_terminal && !is_dumb,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{replace_file, use_color};
    use crate::args::When;

    #[test]
    fn colour_follows_the_argument_then_the_environment_then_the_terminal() {
        let auto = |is_terminal, variables: &[(&str, &str)]| {
            use_color(When::Auto, is_terminal, |name| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(auto(true, &[]));
        assert!(!auto(false, &[]));
        assert!(!auto(true, &[("NO_COLOR", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(use_color(When::Always, false, |_| None));
        assert!(!use_color(When::Never, true, |_| None));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions_and_leaves_nothing_beside_it() {
        let folder = std::env::temp_dir().join(format!("scalecliff-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("writable");
        let path = folder.join("run.py");
        fs::write(&path, "old").expect("writable");
        let mut permissions = fs::metadata(&path).expect("there").permissions();
        #[cfg(unix)]
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o750);
        fs::set_permissions(&path, permissions).expect("owned");
        let permissions = fs::metadata(&path).expect("there").permissions();
        fs::write(folder.join(format!(".run.py.{}.tmp", std::process::id())), "left behind").expect("writable");
        replace_file(&path, "new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("there"), "new");
        assert_eq!(fs::metadata(&path).expect("there").permissions(), permissions);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        fs::remove_dir_all(&folder).expect("owned");
    }
}
