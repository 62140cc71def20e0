//! Names that people mistype.

use triage::nearest;

use crate::status::Failure;

/// What to say of a name that nothing has.
pub(crate) fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> Failure {
    let hint = match nearest(name, names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`scalecliff rules` lists them".to_owned(),
    };
    Failure::usage(format!("unknown {what} `{name}`: {hint}"))
}
