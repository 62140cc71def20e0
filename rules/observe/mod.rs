//! What can be known of the program while it runs.

pub(crate) mod missing_health_endpoint;
pub(crate) mod missing_pool_metrics;
pub(crate) mod missing_request_metrics;
pub(crate) mod swallowed_error;
