//! Commands in the log of Azure Pipelines, which become issues of the build.

use std::fmt::Write as _;

use ir::finding::Severity;

use crate::concise::place;
use crate::escape::{azure_data, azure_property};
use crate::{Report, prose};

/// A line a finding.
pub fn render_azure(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        // There is nothing below a warning.
        let kind = if finding.severity == Severity::Error { "error" } else { "warning" };
        let position = report.sources.get(finding.primary.path).position(finding.primary.span.start);
        let path = azure_property(&finding.primary.path);
        let (line, column) = (position.line, position.column);
        let code = azure_property(finding.rule);
        let place = azure_data(&place(finding.primary, report.sources));
        let text = azure_data(&prose::sentences(finding).join(" "));
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={path};linenumber={line};columnnumber={column};code={code};]\
             {place}: {text}"
        );
    }
    out
}
