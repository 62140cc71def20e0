//! What is worked out again and again.

pub(crate) mod per_request_initialisation;
pub(crate) mod uncached_hot_query;
