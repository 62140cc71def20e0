//! What the analyzer says: a finding is one root cause, with the way from a handler to it and all handlers it hurts.

use crate::{Span, Symbol};

/// Harm under load.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// Strength of the evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    Pool,
    Leak,
    Async,
    Query,
    Cache,
    Limit,
    Observe,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Confidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Family {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Leak => "leak",
            Self::Async => "async",
            Self::Query => "query",
            Self::Cache => "cache",
            Self::Limit => "limit",
            Self::Observe => "observe",
        }
    }
}

/// A place in a source file. `path` is [`File::path`](crate::File::path).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    pub path: Symbol,
    pub span: Span,
}

/// A place and what happens there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Step {
    pub location: Location,
    pub message: String,
}

/// One root cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The slug of the rule that found it.
    pub rule: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    /// What happens, in one sentence: lower case, no full stop at the end.
    pub message: String,
    /// The cost itself, as short as it can be: the call, not the function.
    pub primary: Location,
    /// A few words for the primary place.
    pub label: String,
    /// From the handler to the cost. The last step is at the primary place.
    pub evidence: Vec<Step>,
    /// The handlers (or other places) that this cause hurts, in order of path and position.
    pub affected: Vec<Step>,
    /// Further places of the same cause: the call that sends the query, the return that leaks, more calls that block.
    pub related: Vec<Step>,
    /// What runs out first, and at what load.
    pub runs_out: String,
    /// What to write instead, with the library in use.
    pub instead: String,
}

/// What a report needs to know of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    pub slug: &'static str,
    pub family: Family,
    pub severity: Severity,
    /// One line: what the rule reports.
    pub summary: &'static str,
    /// CWE numbers.
    pub cwe: &'static [u16],
    /// The rule's page, in Markdown.
    pub page: &'static str,
}
