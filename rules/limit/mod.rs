//! What bounds what a client, or somebody else, can make the service do.

pub(crate) mod dev_server_in_production;
pub(crate) mod missing_outbound_timeout;
pub(crate) mod missing_query_timeout;
pub(crate) mod missing_rate_limit;
pub(crate) mod missing_upload_limit;
pub(crate) mod unbounded_concurrency;
pub(crate) mod unbounded_page_size;
pub(crate) mod whole_body_in_memory;
