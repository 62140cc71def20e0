//! The XML of Checkstyle, which many tools read.

use std::fmt::Write as _;

use crate::escape::xml;
use crate::{Report, prose};

pub fn render_checkstyle(report: &Report<'_>) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n".to_owned();
    for (path, findings) in report.by_path() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  <file name=\"{}\">", xml(&path));
        for finding in findings {
            let position = report.sources.get(path).position(finding.primary.span.start);
            let (line, column, severity) = (position.line, position.column, finding.severity.as_str());
            let message = xml(&prose::sentences(finding).join(" "));
            let source = xml(&format!("scalecliff.{}", finding.rule));
            let _ = writeln!(
                out,
                "    <error line=\"{line}\" column=\"{column}\" severity=\"{severity}\" message=\"{message}\" \
                 source=\"{source}\"/>"
            );
        }
        out.push_str("  </file>\n");
    }
    out + "</checkstyle>\n"
}
