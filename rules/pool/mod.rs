//! Connections and pools.

pub(crate) mod connection_held_across_io;
pub(crate) mod connection_per_request;
mod faults;
pub(crate) mod pool_misconfigured;
pub(crate) mod pool_per_request;
mod repeated;
pub(crate) mod unreleased_connection;
