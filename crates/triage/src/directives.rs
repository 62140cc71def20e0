//! Comments that say which findings a team lives with: `# scalecliff: ignore[n-plus-one] three plans at most`.
//!
//! They are found in the text, not in a syntax tree, so that they work the same in every language, in SQL within a string,
//! and in the parts of a file that no parser could read.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use ir::finding::{Finding, Location};
use ir::{Span, Symbol};

use crate::suggest::nearest;

const MARK: &str = "scalecliff:";
/// What begins a comment somewhere. A `*` begins the lines of long comments.
const OPENINGS: [&str; 6] = ["#", "//", "--", "/*", "<!--", "*"];
const CLOSINGS: [&str; 2] = ["*/", "-->"];

/// One comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    /// From `scalecliff:` to the end of the comment.
    pub span: Span,
    pub reach: Reach,
    /// Rules and families, as they are written.
    pub names: Vec<String>,
    pub reason: String,
    /// What is wrong with it, if it has no effect.
    pub problem: Option<&'static str>,
}

/// Which findings a comment is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    File,
    /// Lines from 1: of the code behind which it stands, or of itself and the code below it.
    Lines(RangeInclusive<usize>),
}

impl Directive {
    /// All of a text, in order.
    pub fn read_all(text: &str) -> Vec<Self> {
        if !text.contains(MARK) {
            return Vec::new();
        }
        let lines: Vec<&str> = text.split('\n').collect();
        let mut directives = Vec::new();
        let mut start = 0;
        for (index, line) in lines.iter().enumerate() {
            if let Some(at) = line.find(MARK)
                && let Some(opening) = OPENINGS.iter().find(|opening| line[..at].trim_end().ends_with(**opening))
            {
                let before = line[..at].trim_end();
                let is_alone = before[..before.len() - opening.len()].trim().is_empty();
                let last = if is_alone { line_below(&lines, index) } else { index };
                let mut directive = parse(line[at + MARK.len()..].trim_end(), index + 1..=last + 1);
                directive.span = Span { start: offset(start + at), end: offset(start + line.trim_end().len()) };
                directives.push(directive);
            }
            start += line.len() + 1;
        }
        directives
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The next line that is neither empty nor a comment.
fn line_below(lines: &[&str], index: usize) -> usize {
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.is_empty() && !OPENINGS.iter().any(|opening| line.starts_with(opening))
    };
    lines[index + 1..].iter().position(is_code).map_or(index, |below| index + 1 + below)
}

/// What follows the mark: `ignore[rule, family] reason`.
fn parse(text: &str, lines: RangeInclusive<usize>) -> Directive {
    let text = CLOSINGS.iter().find_map(|closing| text.strip_suffix(closing)).unwrap_or(text).trim();
    let word_end = text.find(|c: char| !(c.is_ascii_alphabetic() || c == '-')).unwrap_or(text.len());
    let (word, rest) = text.split_at(word_end);
    let reach = if word == "ignore-file" { Reach::File } else { Reach::Lines(lines) };
    let mut directive =
        Directive { span: Span::default(), reach, names: Vec::new(), reason: String::new(), problem: None };
    let list = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    directive.problem = match (word, list) {
        ("ignore" | "ignore-file", Some((names, reason))) => {
            let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
            directive.names = names.map(str::to_owned).collect();
            directive.reason = reason.trim_start_matches([':', '-', ' ']).trim().to_owned();
            directive.names.is_empty().then_some("no rule is named: write `ignore[rule] reason`")
        }
        ("ignore" | "ignore-file", None) => Some("the rules are missing: write `ignore[rule] reason`"),
        _ => Some("not understood: write `ignore[rule] reason` or `ignore-file[rule] reason`"),
    };
    directive
}

/// Where a comment that suppresses a finding stands, and what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suppressed {
    pub place: Location,
    pub reason: String,
}

/// The comments of a run, and which of them were needed.
#[derive(Debug, Default)]
pub struct Directives {
    files: BTreeMap<Symbol, Vec<Directive>>,
    /// By file, the number of the comment in it, and the number of the name in that.
    used: BTreeMap<Symbol, Vec<Vec<bool>>>,
}

impl Directives {
    pub fn insert(&mut self, path: Symbol, directives: Vec<Directive>) {
        if !directives.is_empty() {
            self.used.insert(path, directives.iter().map(|directive| vec![false; directive.names.len()]).collect());
            self.files.insert(path, directives);
        }
    }

    /// The first comment that is about a finding of this rule: for the file of its cost, or at the cost or a step of the way
    /// to it. `lines_of` says of such a place which lines, from 1, its statement takes. Every such comment counts as used.
    pub fn suppress(
        &mut self,
        finding: &Finding,
        family: &str,
        lines_of: impl Fn(Location) -> RangeInclusive<usize>,
    ) -> Option<Suppressed> {
        let mut suppressed = None;
        let steps = finding.evidence.iter().map(|step| step.location);
        for place in std::iter::once(finding.primary).chain(steps) {
            let Some(directives) = self.files.get(&place.path) else { continue };
            let lines = lines_of(place);
            let used = self.used.get_mut(&place.path).into_iter().flatten();
            for (directive, used) in directives.iter().zip(used) {
                let is_about = match &directive.reach {
                    Reach::File => finding.primary.path == place.path,
                    Reach::Lines(about) => about.start() <= lines.end() && lines.start() <= about.end(),
                };
                for (name, used) in directive.names.iter().zip(used) {
                    if is_about && (name == finding.rule || name == family) {
                        *used = true;
                        suppressed.get_or_insert_with(|| Suppressed {
                            place: Location { path: place.path, span: directive.span },
                            reason: directive.reason.clone(),
                        });
                    }
                }
            }
        }
        suppressed
    }

    /// What is wrong with the comments: those that cannot be read, those that name no rule of `names`, and those that no
    /// finding needed though their rule `ran`. By path and place.
    pub fn problems(&self, names: &[&str], ran: impl Fn(&str) -> bool) -> Vec<(Location, String)> {
        let mut problems = Vec::new();
        for (path, directives) in &self.files {
            let used = self.used.get(path).into_iter().flatten();
            for (directive, used) in directives.iter().zip(used) {
                let mut push = |text: String| problems.push((Location { path: *path, span: directive.span }, text));
                if let Some(problem) = directive.problem {
                    push(problem.to_owned());
                }
                for (name, used) in directive.names.iter().zip(used) {
                    if !names.contains(&name.as_str()) {
                        let hint = nearest(name, names.iter().copied());
                        let hint = hint.map(|hint| format!(": did you mean `{hint}`?")).unwrap_or_default();
                        push(format!("there is no rule `{name}`{hint}"));
                    } else if !used && ran(name) {
                        push(format!("`{name}` is not reported here: the comment can go"));
                    }
                }
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::{Directive, Reach};

    fn read(text: &str) -> Vec<(Reach, Vec<String>, String)> {
        let directives = Directive::read_all(text);
        assert!(directives.iter().all(|directive| directive.problem.is_none()), "{directives:?}");
        directives.into_iter().map(|directive| (directive.reach, directive.names, directive.reason)).collect()
    }

    #[test]
    fn comments_of_all_languages_are_read() {
        for text in [
            "f()  # scalecliff: ignore[n-plus-one] three at most",
            "f(); // scalecliff: ignore[n-plus-one] three at most",
            "f(); /* scalecliff: ignore[n-plus-one] three at most */",
            "SELECT 1 -- scalecliff: ignore[n-plus-one]: three at most",
            "<x/> <!-- scalecliff: ignore[n-plus-one] - three at most -->\r",
            "{/* scalecliff:ignore[n-plus-one] three at most */",
        ] {
            let expected = (Reach::Lines(1..=1), vec!["n-plus-one".to_owned()], "three at most".to_owned());
            let found = read(text);
            // The last stands alone on its line but for a bracket.
            assert_eq!(found, [expected], "{text}");
        }
    }

    #[test]
    fn alone_on_a_line_it_is_about_the_code_below() {
        let text = "x()\n  # scalecliff: ignore[pool, n-plus-one] why\n  # more\n\n  y()\n";
        assert_eq!(read(text)[0].0, Reach::Lines(2..=5));
        assert_eq!(read(text)[0].1, ["pool", "n-plus-one"]);
        assert_eq!(read("# scalecliff: ignore[pool]")[0].0, Reach::Lines(1..=1));
    }

    #[test]
    fn a_file_can_be_meant() {
        assert_eq!(read("# scalecliff: ignore-file[pool] a script\n")[0].0, Reach::File);
    }

    #[test]
    fn only_comments_count() {
        assert!(read("x = 'scalecliff: ignore[pool]'").is_empty());
        assert!(read("see scalecliff: the analyzer").is_empty());
    }

    #[test]
    fn mistakes_are_told() {
        let problem = |text: &str| Directive::read_all(text)[0].problem;
        assert!(problem("# scalecliff: ignore").is_some());
        assert!(problem("# scalecliff: ignore[]").is_some());
        assert!(problem("# scalecliff: ignroe[pool]").is_some());
        assert!(problem("# scalecliff:").is_some());
    }
}
