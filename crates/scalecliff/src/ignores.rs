//! Writes comments that suppress findings.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use ir::Symbol;
use report::Identified;

use crate::analyse::Analysis;
use crate::discover::reason;
use crate::output;
use crate::status::Failure;

/// Puts a comment above the statement of each finding, and says where.
pub(crate) fn add(found: &[Identified], analysis: &Analysis<'_>, reason_text: &str) -> Result<(), Failure> {
    // The names of the rules, by the file and the line from 1 above which they are to stand.
    let mut places: BTreeMap<Symbol, BTreeMap<usize, Vec<&str>>> = BTreeMap::new();
    let around = analysis.program.surroundings();
    for found in found {
        let place = found.finding.primary;
        let (line, _) = analysis.sources.get(place.path).lines(around.statement(place));
        let rules = places.entry(place.path).or_default().entry(line).or_default();
        if !rules.contains(&found.finding.rule) {
            rules.push(found.finding.rule);
        }
    }
    let mut count = 0;
    for (path, lines) in &places {
        let file: PathBuf = analysis.root.join(path.as_str());
        let fail = |error: &std::io::Error| Failure::usage(format!("{path}: {}", reason(error)));
        let text = fs::read_to_string(&file).map_err(|error| fail(&error))?;
        if text != analysis.sources.get(*path).text() {
            return Err(Failure::usage(format!("{path}: the file changed while it was analysed")));
        }
        output::replace_file(&file, &with_comments(&text, path, lines, reason_text))?;
        count += lines.len();
    }
    output::print_aside(&format!("{count} comments added in {} files\n", places.len()));
    Ok(())
}

fn with_comments(text: &str, path: &str, lines: &BTreeMap<usize, Vec<&str>>, reason: &str) -> String {
    let mark = match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "py" => "#",
        "sql" => "--",
        _ => "//",
    };
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rules) = lines.get(&(index + 1)) {
            let (bom, content) = line.strip_prefix('\u{feff}').map_or(("", line), |rest| ("\u{feff}", rest));
            let indentation = &content[..content.len() - content.trim_start_matches([' ', '\t']).len()];
            let comment = format!("{indentation}{mark} scalecliff: ignore[{}] {reason}", rules.join(", "));
            out.push_str(bom);
            out.push_str(comment.trim_end());
            out.push_str(line_end);
            out.push_str(content);
        } else {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::with_comments;

    #[test]
    fn comments_stand_above_and_are_indented() {
        let lines = BTreeMap::from([(2, vec!["n-plus-one", "missing-index"])]);
        let comment = |text, path, reason| with_comments(text, path, &lines, reason);
        assert_eq!(
            comment("def f():\r\n\tg()\r\n", "a.py", "old\n code"),
            "def f():\r\n\t# scalecliff: ignore[n-plus-one, missing-index] old code\r\n\tg()\r\n"
        );
        assert_eq!(comment("{\n  g()", "a.ts", ""), "{\n  // scalecliff: ignore[n-plus-one, missing-index]\n  g()");
        assert_eq!(comment("a\nb\n", "a.sql", "x"), "a\n-- scalecliff: ignore[n-plus-one, missing-index] x\nb\n");
    }
}
