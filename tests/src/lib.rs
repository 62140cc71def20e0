//! What the tests share: programs solved from texts in memory, and the rules' pages read as cases.

pub mod ecosystem;
pub mod shapes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use analysis::{Models, Options, Program};
use ir::finding::{Confidence, Finding, Location};
use report::{Report, TextOptions};
use rules::Rule;

/// One file of a program: a source in any of the languages, or a manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// The program that these files make.
pub fn solve(sources: &[Source]) -> Program<'static> {
    static MODELS: OnceLock<Models> = OnceLock::new();
    let models = MODELS.get_or_init(|| rules::models().expect("the shipped models load"));
    let mut files = Vec::new();
    let mut manifests = Vec::new();
    for source in sources {
        match parse::language_of(&source.path) {
            Some(language) => files.push(parse::lower(&source.path, language, &source.text)),
            None => manifests.push((source.path.clone(), source.text.clone())),
        }
    }
    Program::solve(files, manifests, models, Options::default())
}

/// What one rule finds.
pub fn check(program: &Program<'_>, rule: &Rule) -> Vec<Finding> {
    rules::check(program, &[rule])
}

/// Where a location is.
pub fn place(sources: &[Source], location: Location) -> Line {
    let path = location.path.as_str();
    let text = sources.iter().find(|source| source.path == path).map_or("", |source| &source.text);
    (path.to_owned(), text[..location.span.start as usize].matches('\n').count() + 1)
}

/// Every file below a folder, by path.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Path and line, counted from 1.
pub type Line = (String, usize);

/// A line marked `expect: slug, slug`.
pub struct Expectation {
    pub line: Line,
    pub slugs: Vec<String>,
}

/// The marks of a source.
pub fn expectations_of(source: &Source) -> Vec<Expectation> {
    let lines = source.text.lines().zip(1..);
    let expectations = lines.filter_map(|(line, number)| {
        let (_, slugs) = line.split_once("expect: ")?;
        let slugs = slugs.split(", ").map(|slug| slug.trim().to_owned()).collect();
        Some(Expectation { line: (source.path.clone(), number), slugs })
    });
    expectations.collect()
}

/// What all rules find with a confidence above low.
pub fn findings_in(program: &Program<'_>) -> Vec<Finding> {
    let all: Vec<_> = rules::all().iter().collect();
    let mut findings = rules::check(program, &all);
    findings.retain(|finding| finding.confidence >= Confidence::Medium);
    findings
}

/// One difference between marks and findings, with the line's text.
pub fn describe(sources: &[Source], line: &Line, what: &str, slug: &str) -> String {
    let source = sources.iter().find(|source| source.path == line.0);
    let text = source.and_then(|source| source.text.lines().nth(line.1 - 1)).unwrap_or_default().trim();
    format!("  {what} {slug} at {}:{}: {text}", line.0, line.1)
}

/// A rule's page: its headings and the cases that its code blocks make.
#[derive(Debug, Default)]
pub struct Page {
    pub title: String,
    /// From the line `Languages: …`.
    pub languages: Vec<String>,
    /// The headings of the second level.
    pub sections: Vec<String>,
    pub cases: Vec<Case>,
}

/// One program of a page.
#[derive(Debug)]
pub struct Case {
    pub section: String,
    /// Section, and the heading below it if there is one.
    pub heading: String,
    /// Line of the page on which its first block begins.
    pub line: usize,
    /// As in `Languages:`.
    pub languages: Vec<&'static str>,
    pub sources: Vec<Source>,
    /// Whether the blocks name their files, so that the next block with a name belongs to the same program.
    is_named: bool,
}

/// A line that must be reported.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark {
    pub path: String,
    pub line: usize,
    pub is_low: bool,
}

/// A rule's page, and the cases that `tests/cases` adds to it.
pub fn page_of(rule: &Rule) -> Page {
    let mut page = Page::parse(rule.info.page);
    let more = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("cases/{}.md", rule.info.slug));
    if let Ok(text) = fs::read_to_string(more) {
        let cases = Page::parse(&text).cases.into_iter();
        page.cases.extend(cases.map(|case| Case { heading: format!("more cases, {}", case.heading), ..case }));
    }
    page
}

impl Page {
    pub fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading = String::new();
        let mut lines = text.lines().zip(1..);
        // Whether the next block with a file name still belongs to the last case.
        let mut continues = false;
        while let Some((line, number)) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let code = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
                let code: String = code.flat_map(|line| [line, "\n"]).collect();
                continues = page.add_block(info, code, &heading, number, continues);
            } else if let Some(title) = line.strip_prefix("# ") {
                page.title = title.to_owned();
            } else if let Some(section) = line.strip_prefix("## ") {
                page.sections.push(section.to_owned());
                heading.clear();
                continues = false;
            } else if let Some(sub_heading) = line.strip_prefix("### ") {
                heading = sub_heading.to_owned();
                continues = false;
            } else if let Some(languages) = line.strip_prefix("Languages: ") {
                page.languages = languages.split(", ").map(str::to_owned).collect();
            }
        }
        page
    }

    /// Adds a block of code to the last case or a new one. Returns whether the next block may belong to the same case.
    fn add_block(&mut self, info: &str, text: String, heading: &str, line: usize, continues: bool) -> bool {
        let (tag, options) = info.split_once(' ').unwrap_or((info, ""));
        let name = options.split(' ').find_map(|option| option.strip_prefix("file="));
        let Some((language, default_path)) = language_of_block(tag) else { return continues };
        let source = Source { path: name.unwrap_or(default_path).to_owned(), text };
        let is_named = name.is_some();
        if let Some(last) = self.cases.last_mut().filter(|last| continues && is_named && last.is_named) {
            last.sources.push(source);
            last.languages.extend(language);
        } else {
            let section = self.sections.last().cloned().unwrap_or_default();
            let heading = if heading.is_empty() { section.clone() } else { format!("{section} / {heading}") };
            let languages = language.into_iter().collect();
            self.cases.push(Case { section, heading, line, languages, sources: vec![source], is_named });
        }
        true
    }
}

impl Case {
    /// The lines that end in a mark.
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        for source in &self.sources {
            for (line, number) in source.text.lines().zip(1..) {
                let comment = ["# ", "// ", "-- "].iter().find_map(|start| Some(line.rsplit_once(start)?.1));
                if let Some(comment @ ("error" | "error low")) = comment {
                    marks.push(Mark { path: source.path.clone(), line: number, is_low: comment == "error low" });
                }
            }
        }
        marks.sort();
        marks
    }
}

/// The language's name in `Languages:` (none for a manifest) and the file name of a block that has none.
fn language_of_block(tag: &str) -> Option<(Option<&'static str>, &'static str)> {
    Some(match tag {
        "python" => (Some("Python"), "main.py"),
        "javascript" => (Some("JavaScript"), "server.js"),
        "typescript" => (Some("JavaScript"), "server.ts"),
        "tsx" => (Some("JavaScript"), "page.tsx"),
        "rust" => (Some("Rust"), "src/main.rs"),
        "sql" => (Some("SQL"), "schema.sql"),
        "prisma" => (None, "schema.prisma"),
        "json" => (None, "package.json"),
        "toml" => (None, "Cargo.toml"),
        "conf" => (None, "nginx.conf"),
        "yaml" => (None, "deployment.yaml"),
        "sh" => (None, "start.sh"),
        "dockerfile" => (None, "Dockerfile"),
        "html" => (None, "templates/page.html"),
        _ => return None,
    })
}

/// The pages below `rules/`, by slug as the file name has it.
pub fn page_files() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    let is_page =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md");
    let pages = files_below(&root).into_iter().filter(is_page);
    pages
        .map(|path| {
            let stem = path.file_stem().expect("a file").to_string_lossy().replace('_', "-");
            (stem, fs::read_to_string(&path).expect("pages are UTF-8"))
        })
        .collect()
}

/// The report in every format, by name.
pub fn all_formats(report: &Report<'_>, options: TextOptions) -> Vec<(&'static str, String)> {
    vec![
        ("text", report::render_text(report, options) + &report::render_summary(report, options)),
        ("concise", report::render_concise(report)),
        ("agent", report::render_agent(report, "scalecliff check")),
        ("json", report::render_json(report)),
        ("jsonl", report::render_jsonl(report)),
        ("sarif", report::render_sarif(report, "0.1.0")),
        ("github", report::render_github(report)),
        ("gitlab", report::render_gitlab(report)),
        ("azure", report::render_azure(report)),
        ("junit", report::render_junit(report)),
        ("checkstyle", report::render_checkstyle(report)),
        ("rdjson", report::render_rdjson(report)),
        ("rdjsonl", report::render_rdjsonl(report)),
        ("sonar", report::render_sonar(report)),
        ("markdown", report::render_markdown(report)),
        ("html", report::render_html(report, "0.1.0")),
    ]
}
