//! What is worked out again and again.

pub(crate) mod uncached_hot_query;
