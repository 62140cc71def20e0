//! Memory and handles that are never given back.

pub(crate) mod listener_never_removed;
pub(crate) mod ownership;
pub(crate) mod timer_never_cleared;
pub(crate) mod unclosed_handle;
