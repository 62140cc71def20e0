//! Who waits, and for how long.

pub(crate) mod blocking_call_in_async;
pub(crate) mod long_task_in_request;
