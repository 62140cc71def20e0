//! What can be known of the program while it runs.

pub(crate) mod swallowed_error;
