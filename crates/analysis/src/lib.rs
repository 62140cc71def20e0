//! The middle of the analyzer: models loaded, names resolved, calls linked, contexts and life cycles solved.
//!
//! Rules ask the solved [`Program`]; they never walk syntax.

mod absent;
mod cached;
mod calls;
mod clients;
mod contexts;
mod deployment;
mod dump;
mod entries;
mod fanout;
mod growth;
mod held;
mod hot;
mod ids;
mod index;
mod lifecycle;
mod link;
mod models;
mod paging;
mod places;
mod polling;
mod processes;
mod program;
mod provisions;
mod queries;
mod reach;
mod rejections;
mod relevance;
mod retries;
mod roles;
mod rows;
mod schema;
mod sequential;
mod stages;
mod swallowed;
mod templates;
mod unused;
mod values;

pub use cached::Cached;
pub use calls::Edge;
pub use contexts::State;
pub use deployment::StartCommand;
pub use entries::EntryPoint;
pub use fanout::FanOut;
pub use growth::{Growth, Kept, Memo, Stored};
pub use held::{During, Hold, LockHold};
pub use hot::{Cost, HotAnswer};
pub use ids::{BindingRef, ClassRef, ExprRef, FileId, FnRef};
pub use index::{FileIndex, Site};
pub use lifecycle::{Exit, Leak, OpenTransaction};
pub use models::{
    Bound, Bounded, Call, Context, DevCommand, Effect, Grows, Lane, ModelError, Models, OptionTexts, Pause, Pool,
    Provision, Resource, Runs, Runtime, Scoped, Setting, Tool,
};
pub use paging::{PageSize, Paginator};
pub use polling::Polling;
pub use program::{
    App, Covered, DevStart, DroppedPromise, End, Given, LibraryCall, OptionSet, Options, PipedStream, Program,
    SettingUse, Several, Surroundings, Users,
};
pub use provisions::is_manifest;
pub use queries::{Certainty, Condition, Join, Offset, Ordering, QueryUse, Shape, TableAccess};
pub use rejections::Rejects;
pub use relevance::{Glances, Glimpse, relevant};
pub use retries::Retry;
pub use roles::Role;
pub use rows::{ChildLoad, EagerLoading, LazyRead, ProcessedRelation, ProcessedRows, Processing, RowMethod};
pub use sequential::Sequential;
pub use sql::access::{Access, Reads, Reason, Suggestion};
pub use swallowed::{Failure, Outcome, Swallowed};
pub use templates::is_named_like_template;
pub use unused::{Imports, is_test_code};
pub use values::{Atom, Value};
