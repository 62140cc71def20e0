//! Colour, only where it is asked for.

use std::io;

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::{GeneralWriteResult, WriteStyle};

/// How text is written for people.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Whether to write ANSI colour sequences.
    pub color: bool,
    /// The width at which prose is broken.
    pub width: usize,
    /// List everything that was left out, not just the first few.
    pub verbose: bool,
}

impl TextOptions {
    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn accent(&self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A buffer that diagnostics are drawn into.
pub(crate) struct Canvas {
    pub(crate) bytes: Vec<u8>,
    color: bool,
}

impl Canvas {
    pub(crate) fn new(color: bool) -> Self {
        Self { bytes: Vec::new(), color }
    }

    fn set(&mut self, code: &str) -> GeneralWriteResult {
        if self.color {
            self.bytes.extend_from_slice(b"\x1b[");
            self.bytes.extend_from_slice(code.as_bytes());
            self.bytes.push(b'm');
        }
        Ok(())
    }
}

fn severity_code(severity: Severity) -> &'static str {
    match severity {
        Severity::Bug | Severity::Error => "31",
        Severity::Warning => "33",
        Severity::Note | Severity::Help => "32",
    }
}

impl io::Write for Canvas {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteStyle for Canvas {
    fn set_header(&mut self, severity: Severity) -> GeneralWriteResult {
        self.set("1")?;
        self.set(severity_code(severity))
    }

    fn set_header_message(&mut self) -> GeneralWriteResult {
        self.set("0")?;
        self.set("1")
    }

    fn set_line_number(&mut self) -> GeneralWriteResult {
        self.set("36")
    }

    fn set_note_bullet(&mut self) -> GeneralWriteResult {
        self.set("36")
    }

    fn set_source_border(&mut self) -> GeneralWriteResult {
        self.set("36")
    }

    fn set_label(&mut self, severity: Severity, style: LabelStyle) -> GeneralWriteResult {
        self.set(match style {
            LabelStyle::Primary => severity_code(severity),
            LabelStyle::Secondary => "36",
        })
    }

    fn reset(&mut self) -> GeneralWriteResult {
        self.set("0")
    }
}
