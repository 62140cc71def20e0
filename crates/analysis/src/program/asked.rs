//! What is worked out only when a rule asks for it.

use super::Program;
use crate::cached::{self, Cached};
use crate::entries::EntryPoint;
use crate::fanout::{self, FanOut};
use crate::hot::{self, HotAnswer};
use crate::paging::{self, PageSize};
use crate::polling::{self, Polling};
use crate::retries::{self, Retry};
use crate::sequential::{self, Sequential};
use crate::swallowed::{self, Swallowed};

impl<'m> Program<'m> {
    /// Errors of databases, queues and remote services that are caught and told to nobody, by function and place.
    pub fn swallowed(&self) -> Vec<Swallowed> {
        swallowed::solve(self)
    }

    /// Handlers that work out the same answer for everybody, by file and position.
    pub fn hot_answers(&self) -> Vec<HotAnswer<'_>> {
        hot::solve(self)
    }

    /// Handlers of errors that nothing else caught, which tell nobody of them.
    pub fn silent_error_handlers(&self) -> Vec<&EntryPoint> {
        swallowed::silent_handlers(self)
    }

    /// Remote calls that are started all at once for the elements of a list, by file and function.
    pub fn fan_outs(&self) -> Vec<FanOut> {
        fanout::solve(self)
    }

    /// Remote calls that wait for one another without need, by file and function.
    pub fn sequences(&self) -> Vec<Sequential> {
        sequential::solve(self)
    }

    /// Answers of the database that a shared cache keeps for good, by file and position.
    pub fn cached(&self) -> Vec<Cached<'_>> {
        cached::solve(self)
    }

    /// Loops that ask until something outside is ready, by file and position.
    pub fn pollings(&self) -> Vec<Polling> {
        polling::solve(self)
    }

    /// What is tried again for ever when it fails, by file and position.
    pub fn retries(&self) -> Vec<Retry<'m>> {
        retries::solve(self)
    }

    /// Limits of queries that a request decides and nothing caps, by file and position.
    pub fn page_sizes(&self) -> Vec<PageSize> {
        paging::solve(self)
    }
}
