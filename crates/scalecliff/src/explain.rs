//! What there is to know of the rules themselves.

use std::fmt::Write as _;

use ir::finding::RuleInfo;

use crate::args::{ExplainArgs, PageFormat, RulesArgs};
use crate::status::{Failure, Status};
use crate::{names, output};

/// Prints a rule's page.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Status, Failure> {
    let rules = rules::all();
    let Some(rule) = rules.iter().find(|rule| rule.info.slug == args.rule) else {
        return Err(names::unknown("rule", &args.rule, rules.iter().map(|rule| rule.info.slug)));
    };
    let text = match args.output_format {
        PageFormat::Json => report::render_rule_json(&rule.info),
        PageFormat::Markdown => format!("{}\n\n{}\n", rule.info.page.trim_end(), classification(&rule.info)),
        PageFormat::Text => {
            let page = report::render_page(rule.info.page, output::text_options(args.color, false));
            format!("{page}\n{}\n", classification(&rule.info))
        }
    };
    output::print(&text)?;
    Ok(Status::Clean)
}

fn classification(rule: &RuleInfo) -> String {
    let mut line = format!("Family: {}. Severity: {}.", rule.family.as_str(), rule.severity.as_str());
    for number in rule.cwe {
        // Writing to a string cannot fail.
        let _ = write!(line, " CWE-{number}.");
    }
    line
}

/// Prints one line a rule.
pub(crate) fn list_rules(args: &RulesArgs) -> Result<Status, Failure> {
    let rules: Vec<RuleInfo> = rules::all().iter().map(|rule| rule.info).collect();
    let text = match args.output_format {
        PageFormat::Json => report::render_rules_json(&rules),
        PageFormat::Markdown => report::render_rules_markdown(&rules),
        PageFormat::Text => {
            let width = rules.iter().map(|rule| rule.slug.len()).max().unwrap_or(0);
            let line = |rule: &RuleInfo| {
                let (family, severity) = (rule.family.as_str(), rule.severity.as_str());
                format!("{:<width$}  {family:<7}  {severity:<7}  {}\n", rule.slug, rule.summary)
            };
            rules.iter().map(line).collect()
        }
    };
    output::print(&text)?;
    Ok(Status::Clean)
}
