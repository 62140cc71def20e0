//! What is worked out again and again.

pub(crate) mod cache_never_invalidated;
pub(crate) mod cache_without_expiry;
pub(crate) mod per_request_initialisation;
pub(crate) mod uncached_hot_query;
