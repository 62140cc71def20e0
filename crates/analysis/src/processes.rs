//! Whether deployment files start the program several times: what one process keeps in its memory the others do not have.

use std::collections::BTreeMap;

use ir::{Span, Symbol};

use crate::deployment::{is_deployed, words_of};
use crate::models::{Models, Workers};

/// A line of a deployment file that starts several processes.
#[derive(Clone, Debug)]
pub(crate) struct Started<'m> {
    pub path: Symbol,
    pub span: Span,
    /// What says so; none: copies of whatever the file runs.
    pub workers: Option<&'m Workers>,
    /// The code itself says so, for all of its language.
    pub is_code: bool,
}

/// Keys that say how many copies there are at least.
const COPIES: &[&str] = &["replicas", "replicacount", "minreplicas", "numinstances", "min_machines_running"];

/// What is copied without a copy of the program's memory: others' servers, and what works through a queue.
const OTHERS: &[&str] = &[
    "postgres",
    "redis",
    "mysql",
    "mariadb",
    "mongo",
    "rabbitmq",
    "kafka",
    "nginx",
    "traefik",
    "celery",
    "worker",
    "frontend",
    "scheduler",
];

/// Folders that hold deployment files for what lies beside them.
const OF_DEPLOYMENT: &[&str] = &[
    "deploy",
    "deployment",
    "deployments",
    "docker",
    "dockerfiles",
    "infra",
    "infrastructure",
    "k8s",
    "kubernetes",
    "helm",
    "charts",
    "ops",
    "bin",
    "scripts",
    "config",
    "conf",
    "nginx",
    "compose",
    ".do",
    "manifests",
];

/// The scripts of `package.json` that a deployment runs.
const SCRIPTS: &[&str] =
    &["\"start\"", "\"start:prod\"", "\"start:production\"", "\"serve\"", "\"prod\"", "\"production\""];

pub(crate) fn started<'m>(manifests: &BTreeMap<String, String>, models: &'m Models) -> Vec<Started<'m>> {
    let mut found = Vec::new();
    for (path, text) in manifests.iter().filter(|(path, _)| is_deployed(path)) {
        let is_package = path.ends_with("package.json");
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim();
            let offset = start + line.find(content).unwrap_or(0);
            start += line.len();
            let is_run = !is_package || SCRIPTS.iter().any(|script| content.starts_with(script));
            if content.is_empty() || content.starts_with(['#', ';']) || !is_run {
                continue;
            }
            let span = Span::new(offset as u32, (offset + content.len()) as u32);
            let mut started = |workers| found.push(Started { path: Symbol::new(path), span, workers, is_code: false });
            for workers in models.workers() {
                let is_named = workers.program.as_deref().is_some_and(|program| content.contains(program));
                if is_named && workers.several_of(&words_of(&statement(&text[offset..]))).is_some() {
                    started(Some(workers));
                }
            }
            if says_copies(content) && !is_of_others(text, offset) {
                started(None);
            }
        }
    }
    found
}

/// A command with the lines that belong to it: after a backslash, or as further items of a list.
fn statement(text: &str) -> String {
    let mut taken = String::new();
    for line in text.lines() {
        let goes_on = taken.trim_end().ends_with(['\\', ',', '[']);
        let is_item = line.trim_start().starts_with("- ") || line.trim_start().starts_with('"');
        if !taken.is_empty() && !goes_on && !is_item {
            break;
        }
        taken.push_str(line);
        taken.push('\n');
    }
    taken.replace("- ", " ")
}

/// `replicas: 3`, `min_machines_running = 2`.
fn says_copies(line: &str) -> bool {
    let Some((key, value)) = line.split_once([':', '=']) else { return false };
    let key = key.trim().trim_matches('"').to_lowercase();
    COPIES.contains(&key.as_str()) && value.trim().trim_matches('"').parse().is_ok_and(|copies: u32| copies > 1)
}

/// Whether the part of a file around a place runs something else: a document of YAML, or a service of a compose file.
fn is_of_others(text: &str, at: usize) -> bool {
    let start = text[..at].rfind("\n---").map_or(0, |found| found + 1);
    let end = text[at..].find("\n---").map_or(text.len(), |found| at + found);
    let document = &text[start..end];
    let is_compose = document.lines().any(|line| line.trim_end() == "services:");
    let part = if is_compose { service_around(document, at - start) } else { document };
    let tells = |line: &&str| {
        ["image:", "name:", "command:", "container_name:", "type:"].iter().any(|key| line.contains(key))
            || is_compose && line.trim_end().ends_with(':')
    };
    let said = part.lines().filter(tells).collect::<Vec<_>>().join(" ").to_lowercase();
    OTHERS.iter().any(|word| said.contains(word)) || is_compose && !part.contains("build")
}

/// The lines of a compose file's service: from its name on, as far as they are indented more.
fn service_around(text: &str, at: usize) -> &str {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_name = |line: &str| indent(line) == 2 && line.trim_end().ends_with(':');
    let before = text[..at].split_inclusive('\n').scan(0, |start, line| {
        let own = *start;
        *start += line.len();
        Some((own, line))
    });
    let start = before.filter(|(_, line)| is_name(line)).map(|(start, _)| start).last().unwrap_or(0);
    let after = text[at..].match_indices('\n').map(|(found, _)| at + found + 1);
    let mut ends = after
        .filter(|end| text[*end..].lines().next().is_some_and(|line| !line.trim().is_empty() && indent(line) <= 2));
    &text[start..ends.next().unwrap_or(text.len())]
}

/// Whether a file belongs to what a deployment file starts: it lies in its folder, or beside the folder for deployment.
pub(crate) fn covers(deployment: &str, path: &str) -> bool {
    let folders: Vec<&str> = deployment.split('/').collect();
    let folders = &folders[..folders.len() - 1];
    let own = folders.iter().position(|folder| OF_DEPLOYMENT.contains(folder)).unwrap_or(folders.len());
    let mut within = path.split('/');
    folders[..own].iter().all(|folder| within.next() == Some(folder))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{covers, started};
    use crate::models::Models;

    const PM2: &str = "packages = []\n[[workers]]\nprogram = \"pm2\"\noptions = [\"-i\"]\nis = \"processes of PM2\"\n";

    fn lines(path: &str, text: &str) -> Vec<String> {
        let models = Models::parse(&[("javascript/pm2.toml", PM2)]).expect("a model");
        let manifests = BTreeMap::from([(path.to_owned(), text.to_owned())]);
        started(&manifests, &models).iter().map(|found| found.span.text(text).to_owned()).collect()
    }

    #[test]
    fn commands_stand_in_any_deployment_file() {
        assert_eq!(lines("Procfile", "web: pm2 start app.js -i max\n"), ["web: pm2 start app.js -i max"]);
        assert_eq!(lines("Dockerfile", "CMD [\"pm2\", \\\n \"start\", \"-i\", \"4\"]\n").len(), 1);
        assert_eq!(lines("deploy/api.yaml", "command:\n  - pm2\n  - start\n  - -i\n  - \"2\"\n").len(), 1);
        assert_eq!(
            lines("package.json", "{\n\"start\": \"pm2 start a.js -i 2\",\n\"x\": \"pm2 start -i 2\"}").len(),
            1
        );
        assert!(lines("Dockerfile.dev", "CMD pm2 start app.js -i 4").is_empty());
        assert!(lines("Procfile", "# pm2 start app.js -i max\nweb: pm2 start app.js\n").is_empty());
    }

    #[test]
    fn copies_of_the_program_and_of_others() {
        let api = "kind: Deployment\nspec:\n  replicas: 3\n  image: shop/api:1\n";
        assert_eq!(lines("k8s/deployment.yaml", api), ["replicas: 3"]);
        assert!(lines("k8s/deployment.yaml", &api.replace("shop/api", "redis")).is_empty());
        assert!(lines("k8s/deployment.yaml", &api.replace('3', "1")).is_empty());
        assert_eq!(lines("fly.toml", "min_machines_running = 2\n").len(), 1);
        let compose = "services:\n  api:\n    build: .\n    deploy:\n      replicas: 2\n  cache:\n    image: redis\n";
        assert_eq!(lines("docker-compose.yml", compose), ["replicas: 2"]);
        assert!(lines("docker-compose.yml", &compose.replace("api:", "celery-worker:")).is_empty());
    }

    #[test]
    fn a_deployment_is_for_its_folder() {
        assert!(covers("Procfile", "app/main.py") && covers("backend/Dockerfile", "backend/src/app.ts"));
        assert!(covers("deploy/k8s/api.yaml", "src/app.ts") && covers("api/bin/start.sh", "api/app.py"));
        assert!(!covers("backend/Dockerfile", "frontend/src/app.ts"));
    }
}
