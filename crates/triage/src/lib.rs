//! Which findings are reported: what a team decided in its settings and in comments, what it has accepted in a baseline,
//! and what a change touches.
//!
//! Pure: texts come in, decisions go out. Everything here is read from the repository under analysis, so nothing in it is
//! trusted: a text that cannot be read is an error with its line, and no setting can name a command.

mod baseline;
mod changes;
mod directives;
mod settings;
mod suggest;

pub use baseline::{Baseline, BaselineError, Matches, Update};
pub use changes::{Changes, DiffError};
pub use directives::{Directive, Directives, Reach, Suppressed};
pub use settings::{
    Asked, Assume, Facts, FailOn, Layer, Layers, Level, Override, SCHEMA, Settings, SettingsError, SettingsKind,
    SettingsWarning, Threshold, names, read_settings,
};
pub use suggest::nearest;
