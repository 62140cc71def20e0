//! Memory and handles that are never given back.

pub(crate) mod listener_never_removed;
pub(crate) mod ownership;
pub(crate) mod task_or_thread_leak;
pub(crate) mod timer_never_cleared;
pub(crate) mod unbounded_growth;
pub(crate) mod unclosed_handle;
pub(crate) mod websocket_not_cleaned_up;
