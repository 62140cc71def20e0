//! What can be wrong with a pool's options, worst first, and the words for it.

use std::fmt;

use analysis::{Given, OptionSet, OptionTexts, Pool, Program};

/// More connections than this are too many for one process: PostgreSQL accepts 100 and MySQL 151 from all of them.
const AT_MOST: u32 = 100;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// No connection is kept. With the options that would keep them, if that is not the default.
    Unpooled(Reason, Option<String>),
    /// As many connections as are asked for.
    Unlimited(Reason),
    TooMany {
        option: String,
        number: u32,
    },
    /// One connection for all requests.
    Single {
        option: String,
    },
    /// Callers wait for a connection without end.
    EndlessWait(Reason),
    NoListener {
        event: String,
    },
    /// Other modules make more of them for the same database.
    OneOfMany {
        number: usize,
        shared: String,
    },
}

/// An option that is given with this text, or (no text) is missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reason {
    option: String,
    text: Option<String>,
}

/// What the options say is wrong; a listener is not an option.
pub(super) fn of_options(program: &Program<'_>, pool: &Pool, set: &OptionSet) -> Vec<Fault> {
    let with = |texts: &OptionTexts| given_with(program, texts, set);
    let without = |texts: &OptionTexts| given_without(program, texts, set);
    let is_set_elsewhere = || pool.unpooled_unless.keys().any(|option| program.sets_anywhere(option));
    let unkept = without(&pool.unpooled_unless).filter(|reason| reason.text.is_some() || !is_set_elsewhere());
    let unpooled = match (with(&pool.unpooled), unkept) {
        (Some(reason), _) => Some(Fault::Unpooled(reason, None)),
        (None, unkept) => unkept.map(|reason| Fault::Unpooled(reason, Some(names(&pool.unpooled_unless)))),
    };
    let bound = match (&unpooled, with(&pool.unlimited)) {
        (Some(_), _) => None,
        (None, Some(reason)) => Some(Fault::Unlimited(reason)),
        (None, None) => size(program, pool, set),
    };
    let wait = with(&pool.endless_wait).or_else(|| without(&pool.endless_wait_unless));
    unpooled.into_iter().chain(bound).chain(wait.map(Fault::EndlessWait)).collect()
}

/// Whether a pooler stands in front, which keeps and bounds the connections.
pub(super) fn is_behind_pooler(program: &Program<'_>, pool: &Pool, set: &OptionSet) -> bool {
    pool.behind_pooler.iter().any(|(option, text)| is_text(program, set, option, text))
}

fn is_text(program: &Program<'_>, set: &OptionSet, option: &str, text: &str) -> bool {
    program.given(set, option) == Given::Text(text.to_owned())
}

/// The first of the options that is given with its text.
fn given_with(program: &Program<'_>, texts: &OptionTexts, set: &OptionSet) -> Option<Reason> {
    let (option, text) = texts.iter().find(|(option, text)| is_text(program, set, option, text))?;
    Some(Reason { option: option.clone(), text: Some(text.clone()) })
}

/// If none of the options is given with another text: the first that is given, or else all of them.
fn given_without(program: &Program<'_>, texts: &OptionTexts, set: &OptionSet) -> Option<Reason> {
    let is_missing = |(option, text): (&String, &String)| match program.given(set, option) {
        Given::Absent => true,
        Given::Text(found) => found == *text,
        Given::Unknown | Given::Something => false,
    };
    if texts.is_empty() || !texts.iter().all(is_missing) {
        return None;
    }
    Some(given_with(program, texts, set).unwrap_or_else(|| Reason { option: names(texts), text: None }))
}

/// The options, as they stand between backquotes.
fn names(texts: &OptionTexts) -> String {
    texts.keys().map(String::as_str).collect::<Vec<_>>().join("` or `")
}

fn size(program: &Program<'_>, pool: &Pool, set: &OptionSet) -> Option<Fault> {
    let (option, number) = maximum(program, pool, set)?;
    let more = match pool.overflow.as_ref().map(|overflow| program.given(set, overflow)) {
        None => Some(0),
        Some(given) => number_of(&given),
    };
    let sum = number.saturating_add(more.unwrap_or(0));
    match (sum, more) {
        (1, Some(0)) => Some(Fault::Single { option }),
        _ if sum > program.connection_limit().or(pool.at_most).unwrap_or(AT_MOST) => {
            Some(Fault::TooMany { option, number: sum })
        }
        _ => None,
    }
}

/// The first option that is given, if its value is a number.
fn maximum(program: &Program<'_>, pool: &Pool, set: &OptionSet) -> Option<(String, u32)> {
    let given = pool.maximum.iter().map(|option| (option, program.given(set, option)));
    let (option, given) = given.into_iter().find(|(_, given)| *given != Given::Absent)?;
    Some((option.clone(), number_of(&given)?))
}

fn number_of(given: &Given) -> Option<u32> {
    match given {
        Given::Text(text) => text.parse().ok(),
        _ => None,
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.as_deref() {
            Some("null") => write!(f, "`{}` is none", self.option),
            Some(text) => write!(f, "`{}` is {}", self.option, text.rsplit('.').next().unwrap_or(text)),
            None => write!(f, "no `{}`", self.option),
        }
    }
}

impl Fault {
    /// What is wrong, as a part of a sentence about the pool.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Unpooled(reason, _) => {
                format!("keeps no connection ({reason}), so every request opens one of its own")
            }
            Self::Unlimited(reason) => format!("opens connections without a limit ({reason})"),
            Self::TooMany { number, .. } => format!("may open {number} connections in each process"),
            Self::Single { option } => {
                format!("has one connection (`{option}` is 1), so requests run one after another")
            }
            Self::EndlessWait(reason) => format!("lets callers wait for a connection without a limit ({reason})"),
            Self::NoListener { event } => format!("has no listener for its `{event}` event"),
            Self::OneOfMany { number, .. } => {
                format!("is one of {number} that modules of one process make for one database")
            }
        }
    }

    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Unpooled(..) => "keeps no connection",
            Self::Unlimited(_) => "no limit",
            Self::TooMany { .. } => "too many connections",
            Self::Single { .. } => "one connection for all requests",
            Self::EndlessWait(_) => "callers wait without a limit",
            Self::NoListener { .. } => "an error of an idle connection ends the process",
            Self::OneOfMany { .. } => "another pool for the same database",
        }
    }

    pub(super) fn runs_out(&self, program: &Program<'_>) -> String {
        let text = match self {
            Self::Unpooled(..) => "time and the database's connections: every request pays for a handshake of its own",
            Self::Unlimited(_) | Self::TooMany { .. } => {
                return match program.connection_limit() {
                    Some(limit) => format!("the server's connections, which all processes share: {limit} here"),
                    None => "the server's connections, which all processes share: PostgreSQL accepts 100 by default, \
                             MySQL 151"
                        .to_owned(),
                };
            }
            Self::Single { .. } => "throughput: with queries of 20 ms the process serves 50 a second",
            Self::EndlessWait(_) => {
                "memory and sockets: when the database is slow, requests queue without end and none fails"
            }
            Self::OneOfMany { .. } => {
                "the server's connections: each pool opens its own up to its limit, however few the others use"
            }
            Self::NoListener { .. } => {
                "the process: a restart of the database or a dropped idle connection throws where nobody catches"
            }
        };
        text.to_owned()
    }

    pub(super) fn instead(&self) -> String {
        match self {
            Self::Unpooled(Reason { option, .. }, None) => {
                format!("leave out `{option}`: by default connections are kept for the next request")
            }
            Self::Unpooled(_, Some(options)) => {
                format!("set `{options}` so that a connection serves many requests")
            }
            Self::Unlimited(Reason { option, .. }) | Self::TooMany { option, .. } => {
                format!("set `{option}` so that all processes together stay below the server's limit, for example 10")
            }
            Self::Single { option } => {
                format!("set `{option}` to the number of queries that shall run at once, for example 10")
            }
            Self::EndlessWait(Reason { option, .. }) => {
                format!("set `{option}` so that a request fails within seconds when no connection gets free")
            }
            Self::OneOfMany { shared, .. } => {
                format!(
                    "make it once, export it (from `{shared}`, or a module of its own) and import it everywhere else"
                )
            }
            Self::NoListener { event } => {
                format!("add `pool.on('{event}', …)` that logs: the pool replaces the connection by itself")
            }
        }
    }
}
