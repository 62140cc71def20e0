//! The model files' vocabulary, as serde reads it.

use serde::Deserialize;

use super::advice::AdviceEntry;
use super::bound::{Bound, Pause, Provides};
use super::client::Client;
use super::command::{DevCommand, Tool};
use super::pool::{Pool, Setting};
use super::tables::{Declares, Outputs, Pages, Query, Tables};
use super::workers::Workers;
use super::{PerItem, Prerendered};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ModelFile {
    pub(super) packages: Vec<String>,
    /// For files outside a language's folder.
    pub(super) language: Option<LanguageName>,
    /// Names that a generator writes into the project, for what the first package exports under them.
    #[serde(default)]
    pub(super) generated: Vec<String>,
    #[serde(default)]
    pub(super) client: Client,
    #[serde(default, rename = "type")]
    pub(super) types: Vec<TypeEntry>,
    #[serde(default)]
    pub(super) call: Vec<CallEntry>,
    #[serde(default)]
    pub(super) attribute: Vec<AttributeEntry>,
    #[serde(default)]
    pub(super) entry: Vec<EntryEntry>,
    #[serde(default)]
    pub(super) setting: Vec<Setting>,
    #[serde(default)]
    pub(super) provides: Vec<Provides>,
    #[serde(default)]
    pub(super) advice: Vec<AdviceEntry>,
    #[serde(default)]
    pub(super) command: Vec<DevCommand>,
    #[serde(default)]
    pub(super) tool: Vec<Tool>,
    #[serde(default)]
    pub(super) workers: Vec<Workers>,
}

#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "lowercase")]
pub(super) enum LanguageName {
    Python,
    JavaScript,
    Rust,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Many(many) if many.is_empty())
    }
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TypeEntry {
    pub(super) path: String,
    #[serde(default)]
    pub(super) aliases: OneOrMany,
    #[serde(default)]
    pub(super) extends: OneOrMany,
    pub(super) wraps: Option<usize>,
    #[serde(default)]
    pub(super) fluent: OneOrMany,
    pub(super) members: Option<String>,
    pub(super) element: Option<String>,
    pub(super) pair: Option<String>,
    #[serde(default)]
    pub(super) entity: bool,
    pub(super) holds_documents: Option<bool>,
    pub(super) registry: Option<String>,
    #[serde(default)]
    pub(super) lazy: bool,
    #[serde(default)]
    pub(super) collection: bool,
    #[serde(default)]
    pub(super) socket: bool,
    #[serde(default)]
    pub(super) sender: bool,
    #[serde(default)]
    pub(super) state: bool,
    #[serde(default)]
    pub(super) key: bool,
    pub(super) tables: Option<Tables>,
    pub(super) outputs: Option<Outputs>,
    #[serde(default)]
    pub(super) lists: bool,
    #[serde(default)]
    pub(super) creates: bool,
    pub(super) pages: Option<Pages>,
    #[serde(default)]
    pub(super) columns: Vec<String>,
    #[serde(default)]
    pub(super) unique_columns: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AttributeEntry {
    pub(super) path: OneOrMany,
    pub(super) is: String,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CallEntry {
    pub(super) path: OneOrMany,
    pub(super) returns: Option<String>,
    pub(super) returns_argument: Option<usize>,
    pub(super) mounts: Option<usize>,
    pub(super) mount_path: Option<String>,
    pub(super) acquires: Option<Resource>,
    /// The thing is this element of the result.
    pub(super) acquires_item: Option<usize>,
    /// The thing is this member of the result.
    pub(super) acquires_member: Option<String>,
    #[serde(default)]
    pub(super) borrows: bool,
    pub(super) noun: Option<String>,
    #[serde(default)]
    pub(super) released_by: OneOrMany,
    #[serde(default)]
    pub(super) released_through: OneOrMany,
    #[serde(default)]
    pub(super) scoped: Scoped,
    #[serde(default)]
    pub(super) closes_with_receiver: bool,
    #[serde(default)]
    pub(super) closes_when_dropped: bool,
    #[serde(default)]
    pub(super) shared: bool,
    pub(super) does: Option<Effect>,
    #[serde(default)]
    pub(super) blocking: bool,
    #[serde(default)]
    pub(super) listens: bool,
    #[serde(default)]
    pub(super) removed_by: OneOrMany,
    #[serde(default)]
    pub(super) repeats: bool,
    #[serde(default)]
    pub(super) delay: bool,
    #[serde(default)]
    pub(super) continues: bool,
    #[serde(default)]
    pub(super) cleared_by: OneOrMany,
    #[serde(default)]
    pub(super) lives_with_process: bool,
    pub(super) runs: Option<Runs>,
    pub(super) runs_argument: Option<usize>,
    #[serde(default)]
    pub(super) weakly_held: bool,
    #[serde(default)]
    pub(super) memoizes: bool,
    #[serde(default)]
    pub(super) batched: bool,
    #[serde(default)]
    pub(super) passes: OneOrMany,
    #[serde(default)]
    pub(super) query: Queries,
    #[serde(default)]
    pub(super) sql_argument: usize,
    pub(super) entity_argument: Option<usize>,
    pub(super) filter_argument: Option<usize>,
    pub(super) options_argument: Option<usize>,
    /// The model holds only if the call passes these keyword arguments or options, as written in the source.
    #[serde(default)]
    pub(super) only_if: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub(super) unless: std::collections::BTreeMap<String, String>,
    /// The model holds only if the argument of this number is a parameter of the function around.
    pub(super) if_parameter: Option<usize>,
    pub(super) pause: Option<Pause>,
    pub(super) declares: Option<Declares>,
    pub(super) grows: Option<Grows>,
    #[serde(default)]
    pub(super) unwatched: bool,
    #[serde(default)]
    pub(super) holds: bool,
    #[serde(default)]
    pub(super) keeps_transaction: bool,
    pub(super) pool: Option<Pool>,
    #[serde(default)]
    pub(super) app: bool,
    pub(super) app_argument: Option<usize>,
    pub(super) bound: Option<Bound>,
    pub(super) prepares: Option<String>,
    /// It prepares only what it is given from a file of settings.
    #[serde(default)]
    pub(super) from_settings: bool,
    #[serde(default)]
    pub(super) runtime: Runtime,
    pub(super) runs_out: Option<String>,
    pub(super) instead: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EntryEntry {
    #[serde(default)]
    pub(super) decorator: OneOrMany,
    #[serde(default)]
    pub(super) call: OneOrMany,
    #[serde(default)]
    pub(super) class: OneOrMany,
    #[serde(default)]
    pub(super) class_decorator: OneOrMany,
    #[serde(default)]
    pub(super) methods: OneOrMany,
    #[serde(default)]
    pub(super) file: OneOrMany,
    #[serde(default)]
    pub(super) exports: OneOrMany,
    pub(super) directive: Option<String>,
    #[serde(default)]
    pub(super) function: OneOrMany,
    #[serde(default)]
    pub(super) context: Context,
    #[serde(default)]
    pub(super) lane: Lane,
    pub(super) route_argument: Option<usize>,
    pub(super) handler_argument: Option<usize>,
    pub(super) catches: Option<usize>,
    #[serde(default)]
    pub(super) passes: OneOrMany,
    #[serde(default)]
    pub(super) runtime: Runtime,
    /// The entry is one only if the class's decorator passes these options, as written in the source.
    #[serde(default)]
    pub(super) only_if: std::collections::BTreeMap<String, String>,
    /// The framework makes one object of the class for all requests.
    #[serde(default)]
    pub(super) single: bool,
    pub(super) per_item: Option<PerItem>,
    #[serde(default)]
    pub(super) documents: bool,
    pub(super) consumes: Option<bool>,
    pub(super) prerendered: Option<Prerendered>,
    pub(super) noun: String,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
pub(super) enum Queries {
    One(Query),
    Many(Vec<Query>),
}

impl Default for Queries {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// What kind of thing a call opens or makes.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// A connection of its own to a database, cache or broker.
    Connection,
    /// A pool, an engine, or an ORM client that owns one.
    Pool,
    /// A connection lent by a pool: cheap to take, must be given back.
    PooledConnection,
    /// A unit of work on a pool: holds a connection while in use.
    Session,
    /// A result set or statement on a connection.
    Cursor,
    /// An HTTP client that keeps connections alive.
    HttpClient,
    /// A client of a hosted service: HTTP underneath.
    SdkClient,
    /// An SMTP, FTP or raw network connection.
    Socket,
    /// A WebSocket that the program opens as a client.
    #[serde(rename = "websocket")]
    WebSocket,
    File,
    TempFile,
    Process,
    Browser,
    /// A thread pool or process pool.
    Executor,
    /// One thread, worker or process that runs the program's own code.
    Worker,
    /// A lock's guard: others wait until it is dropped.
    Lock,
}

/// What a `with` block does with it at its end.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Scoped {
    #[default]
    Releases,
    /// Ends the transaction and leaves it open.
    Commits,
}

/// What a call spends its time on.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    Sleep,
    Database,
    Cache,
    Http,
    Llm,
    Mail,
    /// SMS, push notifications, chat messages.
    Push,
    Disk,
    Process,
    /// Password hashing, key derivation, key generation.
    Hash,
    /// Compression and other work by the megabyte.
    Cpu,
    Pdf,
    Spreadsheet,
    Archive,
    Image,
    Video,
    Inference,
    /// Tables in memory: pandas and its like.
    DataFrame,
    Browser,
    Lock,
    /// Waiting for what another task or thread does: a channel, a future that is driven to its end.
    Wait,
    /// Waiting for what the client sends next.
    Client,
}

/// How a call runs the functions that are passed to it.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Before the call returns, or awaited by it.
    Inline,
    /// Once for each element of a collection.
    Each,
    /// As a task of the same event loop or executor that nobody waits for.
    Task,
    /// On another thread, and the caller waits without blocking the loop.
    Thread,
    /// On a thread or process of its own; nobody waits.
    Background,
    /// After the response, in the same process.
    AfterResponse,
    /// At the end of the transaction around, in line.
    AfterCommit,
    /// In another process: a queue's worker.
    Queue,
    /// At most once in the life of the process.
    Once,
    /// When the framework resolves it as a parameter of a handler.
    Dependency,
    /// At start-up or shut-down.
    Startup,
    /// Blocks the thread until an asynchronous function is done.
    BlockOn,
    /// Later, at the event's or timer's time.
    Later,
    /// Not at all.
    Never,
}

/// What has no bound of its own.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Grows {
    /// A memo of results by arguments.
    Cache,
    /// A queue or channel between who adds and who takes.
    Queue,
    /// Something kept in this process's memory for clients: sessions, counters.
    Store,
    /// Memory that nothing gives back: each call leaks.
    Leak,
}

/// When a function runs.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    #[default]
    Request,
    /// As long as a socket is open.
    Connection,
    Job,
    Startup,
    Script,
    Test,
}

/// What runs a handler.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// An event loop or asynchronous executor that many requests share.
    #[default]
    Loop,
    /// A thread or process of its own.
    Thread,
    /// The loop if the function is asynchronous, else a thread.
    Auto,
}

/// How long the process lives that a handler runs in.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// It serves many requests at a time, for days.
    #[default]
    Server,
    /// A server or a platform of functions, as the program is deployed.
    Either,
    /// A platform starts and stops it with the requests.
    Serverless,
}
