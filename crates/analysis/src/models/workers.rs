//! What starts a program several times.

use serde::Deserialize;

use super::pool::names;

/// A server or a manager of processes, and where it is told how many. One of `program`, `file` and `call` is given.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Workers {
    /// The program of a command line.
    pub program: Option<String>,
    /// A pattern of files that hold its settings.
    pub file: Option<String>,
    /// A function that starts it from within.
    pub call: Option<String>,
    /// Options of the command line or call, or names in the file, that say how many. None: there are several.
    #[serde(default, deserialize_with = "names")]
    pub options: Vec<String>,
    /// What it starts: `several workers of gunicorn`.
    pub is: String,
}

/// Words that stand for as many as the machine has processors.
const ALL: &[&str] = &["max", "nproc", "cpu"];

impl Workers {
    /// How many a command line starts, as it is written there, if these are several.
    pub(crate) fn several_of(&self, command: &[String]) -> Option<String> {
        let program = self.program.as_deref()?;
        let start = command.iter().position(|word| word.rsplit('/').next() == Some(program))?;
        let options = &command[start + 1..];
        options.iter().enumerate().find_map(|(at, word)| {
            let option = self.options.iter().find(|option| word.starts_with(option.as_str()))?;
            let attached = &word[option.len()..];
            let rest: Vec<&str> = options[at + 1..].iter().map(String::as_str).collect();
            let end = rest.iter().position(|word| is_option(word)).unwrap_or(rest.len());
            let given = if attached.is_empty() { rest[..end].join(" ") } else { attached.to_owned() };
            // `-w4`, and not another option that begins alike.
            let is_it = attached.is_empty() || option.len() == 2 && attached.bytes().all(|byte| byte.is_ascii_digit());
            (is_it && is_several(&given)).then_some(given)
        })
    }
}

fn is_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|letter: char| letter == '-' || letter.is_alphabetic()))
}

/// Whether a number or an expression says more than one: `4`, `$(nproc)`, `${WORKERS:-2}`. A variable alone says nothing.
pub(crate) fn is_several(text: &str) -> bool {
    let variable = text.split_whitespace().next().and_then(|word| word.strip_prefix('$')).unwrap_or_default();
    if !variable.is_empty() && !variable.contains(":-") {
        return false;
    }
    let first = text.split_whitespace().take(4).collect::<Vec<_>>().join(" ").to_lowercase();
    let number = first.split(|letter: char| !letter.is_ascii_digit()).find(|digits| !digits.is_empty());
    ALL.iter().any(|word| first.contains(word)) || number.is_some_and(|number| number.parse().is_ok_and(|n: u32| n > 1))
}

#[cfg(test)]
mod tests {
    use super::Workers;

    fn several(command: &str) -> bool {
        let options = ["-w", "--workers"].map(str::to_owned).to_vec();
        let gunicorn =
            Workers { program: Some("gunicorn".to_owned()), file: None, call: None, options, is: String::new() };
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        gunicorn.several_of(&words).is_some()
    }

    #[test]
    fn numbers_and_what_stands_for_them() {
        for command in ["gunicorn -w 4 app:app", "/usr/bin/gunicorn app:app --workers 17", "gunicorn -w4 app:app"] {
            assert!(several(command), "{command}");
        }
        assert!(several("gunicorn --workers ${WORKERS:-3} app:app") && several("gunicorn -w $ nproc app:app"));
    }

    #[test]
    fn one_or_nobody_knows() {
        let commands = ["gunicorn -w 1 app:app --threads 8", "gunicorn --worker-class x app:app", "gunicorn app:app"];
        for command in commands.into_iter().chain(["gunicorn -w $WORKERS app:app", "celery -w 4", "flask run -w 4"]) {
            assert!(!several(command), "{command}");
        }
    }
}
