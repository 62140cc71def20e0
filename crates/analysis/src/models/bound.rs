//! What bounds a call that nothing bounds by itself, and what a project has against load.

use serde::Deserialize;

use super::pool::names;

/// What a call has no bound of by default.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Bounded {
    /// How long it waits for somebody else's answer.
    Time,
    /// How long the database works on a statement.
    QueryTime,
    /// How much a client may send.
    Upload,
    /// How much of a body is read into memory.
    Memory,
    /// How long what is stored stays.
    Age,
    /// How often what fails is tried again.
    Retries,
}

/// How a call is bounded. An option `a.b` stands in the record of option `a`.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bound {
    pub of: Bounded,
    /// Options that bound it.
    #[serde(default, deserialize_with = "names")]
    pub by: Vec<String>,
    /// The number of the argument that does.
    pub argument: Option<usize>,
    /// The number of the argument that is made by a chain of calls, of which one of `by` bounds it.
    pub chain_argument: Option<usize>,
    /// Names that bound it wherever in the program they are set or called.
    #[serde(default, deserialize_with = "names")]
    pub elsewhere: Vec<String>,
    /// There is a good bound by default; an option of `by` that says this size or more lifts it.
    pub lifted_from: Option<String>,
    /// The argument that bounds it does not where it is this.
    pub lifted_by: Option<String>,
    /// What to write instead, where the call's own advice is about something else.
    pub instead: Option<String>,
    /// There is a bound by default, and a generous one, or it seldom takes long.
    #[serde(default)]
    pub generous: bool,
}

/// What helps a project under load.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Provision {
    RateLimit,
    /// Counts and times of requests, or traces of them.
    RequestMetrics,
    /// Figures of connection pools.
    PoolMetrics,
    HealthCheck,
    Cache,
}

/// Packages, and names of what they export, that show that a project has something.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Provides {
    pub what: Provision,
    #[serde(default, deserialize_with = "names")]
    pub packages: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub names: Vec<String>,
}

/// How long a call sleeps.
#[derive(Deserialize, Clone, Copy, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pause {
    /// The number of the argument that says it.
    pub argument: usize,
    /// How many seconds its unit is.
    pub seconds: f64,
}
