//! How deployment files start the program.

use std::collections::BTreeMap;

use ir::{Span, Symbol};
use serde_json::Value;

use crate::roles::is_for_development;
use crate::stages::{Stage, names_environment, of_word};

/// Scripts call scripts, a few deep.
const MAX_SCRIPTS: usize = 4;
const PACKAGE_MANAGERS: &[&str] = &["npm", "yarn", "pnpm", "bun"];

/// Words in the paths of files that are not for those who use the program.
const NOT_DEPLOYED: &[&str] = &["dev", "development", "local", "test", "tests", "ci"];

/// A command that a deployment file runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartCommand {
    pub path: Symbol,
    /// The command in that file.
    pub span: Span,
    /// What comes to run: the words of the command, or of the script of `package.json` that it names.
    pub words: Vec<String>,
    /// The file gives a variable that names the environment to it: `ENV FLASK_ENV=production`.
    pub is_told_production: bool,
}

/// The commands of all deployment files, by path and place. Files for development are left out.
pub(crate) fn start_commands(manifests: &BTreeMap<String, String>) -> Vec<StartCommand> {
    let mut commands = Vec::new();
    for (path, text) in manifests {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        if !is_deployed(path) {
            continue;
        }
        let found = match name.as_str() {
            "procfile" => procfile(text),
            "railway.json" | "render.yaml" | "render.yml" => named(text, "startcommand"),
            _ if name.starts_with("dockerfile") => dockerfile(text).into_iter().collect(),
            _ => Vec::new(),
        };
        let is_told_production = names_production(text);
        for (start, command) in found {
            let span = Span::new(start as u32, (start + command.len()) as u32);
            let words = resolved(words_of(command), path, manifests);
            commands.push(StartCommand { path: Symbol::new(path), span, words, is_told_production });
        }
    }
    commands
}

/// Whether a file is for those who use the program, and not for its developers.
pub(crate) fn is_deployed(path: &str) -> bool {
    let lower = path.to_lowercase();
    let mut words = lower.split(['/', '.', '-', '_']);
    !is_for_development(path) && !words.any(|word| NOT_DEPLOYED.contains(&word))
}

fn names_production(text: &str) -> bool {
    let separators = |c: char| c.is_whitespace() || "=:\"',\\".contains(c);
    let words: Vec<&str> = text.split(separators).filter(|word| !word.is_empty()).collect();
    words
        .windows(2)
        .any(|pair| names_environment(pair[0]) && of_word(&pair[1].to_lowercase()) == Some(Stage::Production))
}

/// The last CMD or ENTRYPOINT of the last stage: what the image runs.
fn dockerfile(text: &str) -> Option<(usize, &str)> {
    let mut last = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let word = content.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        match word.as_str() {
            "FROM" => last = None,
            "CMD" | "ENTRYPOINT" => {
                let offset = start + line.find(content).unwrap_or(0);
                // Lines that end in a backslash go on.
                let mut end = start + line.len();
                while text[..end].trim_end().ends_with('\\') && end < text.len() {
                    end += text[end..].find('\n').map_or(text.len() - end, |at| at + 1);
                }
                last = Some((offset, text[offset..end].trim_end()));
            }
            _ => {}
        }
        start += line.len();
    }
    last
}

/// `web: command`, and what else serves.
fn procfile(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((name, command)) = line.split_once(':')
            && matches!(name.trim(), "web" | "api" | "server")
        {
            found.push((start + line.len() - command.trim_start().len(), command.trim()));
        }
        start += line.len();
    }
    found
}

/// What follows a key, in JSON or YAML.
fn named<'t>(text: &'t str, key: &str) -> Vec<(usize, &'t str)> {
    let lower = text.to_ascii_lowercase();
    let found = lower.match_indices(key).filter_map(|(at, _)| {
        let line = text[at..].lines().next()?;
        let (_, value) = line.split_once(':')?;
        let value = value.trim();
        let command = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next()?,
            _ => value,
        };
        let offset = at + line.find(command)?;
        (!command.is_empty()).then_some((offset, command))
    });
    found.collect()
}

/// The words of a command in either form of a Dockerfile, or of a shell.
pub(crate) fn words_of(command: &str) -> Vec<String> {
    let separators = |c: char| c.is_whitespace() || "[]\",'=;&|()\\".contains(c);
    let words = command.split(separators).filter(|word| !word.is_empty());
    words.filter(|word| !matches!(*word, "CMD" | "ENTRYPOINT" | "exec")).map(str::to_owned).collect()
}

/// The words of the script that a command names, if it names one: of `package.json`, or of a shell.
fn resolved(mut words: Vec<String>, path: &str, manifests: &BTreeMap<String, String>) -> Vec<String> {
    for _ in 0..MAX_SCRIPTS {
        let of_package =
            script_of(&words).and_then(|name| script(name, path, manifests)).map(|script| words_of(&script));
        let Some(next) = of_package.or_else(|| of_shell(&words, path, manifests)) else { return words };
        words = next;
    }
    words
}

/// What a shell script comes to run: its last line, or what it is given.
fn of_shell(words: &[String], path: &str, manifests: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let at = words.iter().position(|word| word.ends_with(".sh"))?;
    let name = words[at].rsplit('/').next()?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_it = |other: &str| other.starts_with(folder) && other.rsplit('/').next() == Some(name);
    let mut scripts = manifests.iter().filter(|(other, _)| is_it(other));
    let (Some((_, text)), None) = (scripts.next(), scripts.next()) else { return None };
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with('#'))?;
    if last.contains("$@") {
        return Some(words[at + 1..].to_vec());
    }
    last.starts_with(|letter: char| letter.is_alphabetic()).then(|| words_of(last)).filter(|words| words.len() > 1)
}

fn script_of(words: &[String]) -> Option<&str> {
    let manager = words.iter().position(|word| PACKAGE_MANAGERS.contains(&word.as_str()))?;
    let mut rest = words[manager + 1..].iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    match rest.next()? {
        "run" | "run-script" => rest.next(),
        name => Some(name),
    }
}

/// A script of the nearest `package.json` in the file's folder or above.
fn script(name: &str, path: &str, manifests: &BTreeMap<String, String>) -> Option<String> {
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let manifest = if folder.is_empty() { "package.json".to_owned() } else { format!("{folder}/package.json") };
        if let Some(text) = manifests.get(&manifest) {
            let package: Value = serde_json::from_str(text).ok()?;
            return package["scripts"][name].as_str().map(str::to_owned);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::start_commands;

    fn commands(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let manifests: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let found = start_commands(&manifests).into_iter();
        found
            .map(|command| (command.span.text(&manifests[command.path.as_str()]).to_owned(), command.words.join(" ")))
            .collect()
    }

    #[test]
    fn an_image_runs_the_last_command_of_its_last_stage() {
        let text = "FROM node AS build\nCMD [\"npm\", \"test\"]\nFROM node\nENTRYPOINT [\"sh\"]\nCMD [\"flask\", \\\n  \"run\"]\n";
        assert_eq!(
            commands(&[("Dockerfile", text)]),
            [("CMD [\"flask\", \\\n  \"run\"]".to_owned(), "flask run".to_owned())]
        );
        assert!(
            commands(&[("Dockerfile.dev", text), ("Dockerfile.Dev.MySQL", text), ("docker/dev/Dockerfile", text)])
                .is_empty()
        );
    }

    #[test]
    fn scripts_are_looked_up() {
        let package = "{\"scripts\": {\"start\": \"npm run serve\", \"serve\": \"NODE_ENV=x nodemon server.js\"}}";
        let files = [("api/Dockerfile", "CMD npm start"), ("api/package.json", package), ("package.json", "{}")];
        assert_eq!(commands(&files), [("CMD npm start".to_owned(), "NODE_ENV x nodemon server.js".to_owned())]);
        assert_eq!(commands(&[("Dockerfile", "CMD npm run dev")])[0].1, "npm run dev");
    }

    #[test]
    fn shell_scripts_run_their_last_line_or_what_they_are_given() {
        let script = ("bin/start.sh", "#!/bin/sh\nset -e\nmigrate\nexec flask run\n");
        assert_eq!(commands(&[("Dockerfile", "CMD [\"./start.sh\"]"), script])[0].1, "flask run");
        let entry = ("entrypoint.sh", "migrate\nexec \"$@\"\n");
        let command = "CMD [\"./entrypoint.sh\", \"flask\", \"run\"]";
        assert_eq!(commands(&[("Dockerfile", command), entry])[0].1, "flask run");
        let branches = ("start.sh", "if dev; then\n  flask run\nfi\n");
        assert_eq!(commands(&[("Dockerfile", "CMD ./start.sh"), branches])[0].1, "./start.sh");
    }

    #[test]
    fn platforms_have_files_of_their_own() {
        let found = commands(&[
            ("Procfile", "release: x\nweb: python manage.py runserver\n"),
            ("railway.json", "{\"deploy\": {\"startCommand\": \"flask run\", \"x\": 1}}"),
            ("render.yaml", "services:\n  - startCommand: npm run dev\n"),
        ]);
        let words: Vec<&str> = found.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["python manage.py runserver", "flask run", "npm run dev"]);
        assert_eq!(found[1].0, "flask run");
    }
}
