//! Who waits, and for how long.

pub(crate) mod blocking_call_in_async;
pub(crate) mod lock_held_across_await;
pub(crate) mod long_task_in_request;
pub(crate) mod sequential_await_in_loop;
