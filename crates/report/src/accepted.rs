//! Findings that a team lives with. They are no findings of a report; a reader who asks for them sees why they are none.

use ir::finding::Location;

use crate::Identified;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    pub found: Identified,
    pub by: Acceptance,
}

/// What accepts a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Acceptance {
    /// A comment in the code.
    Comment {
        place: Location,
        /// What it says behind the rules; empty where it says nothing.
        reason: String,
    },
    Baseline,
}
