//! What a model says of a pool's options.

use std::collections::BTreeMap;

use ir::Symbol;
use serde::Deserialize;

use super::Library;
use super::file::OneOrMany;

/// Options, and the text of a value that matters.
pub type OptionTexts = BTreeMap<String, String>;

/// How the connections of a pool are bounded, kept and waited for. An option `a.b` stands in the record of option `a`.
#[derive(Deserialize, Clone, PartialEq, Debug, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Pool {
    /// Options that say how many connections it may open; the first that is given counts.
    #[serde(deserialize_with = "names")]
    pub maximum: Vec<String>,
    /// The argument that says it, where it is not a keyword argument.
    pub maximum_argument: Option<usize>,
    /// An option that says how many more it may open.
    pub overflow: Option<String>,
    /// More than this are too many for one process.
    pub at_most: Option<u32>,
    /// With one of these it opens as many as are asked for.
    pub unlimited: OptionTexts,
    /// With one of these it keeps no connection.
    pub unpooled: OptionTexts,
    /// Without one of these, or with these texts only, it keeps no connection.
    pub unpooled_unless: OptionTexts,
    /// With one of these callers wait for a connection without end.
    pub endless_wait: OptionTexts,
    /// Without one of these, or with these texts only, callers wait without end.
    pub endless_wait_unless: OptionTexts,
    /// Options that say that a pooler stands between it and the database.
    pub behind_pooler: OptionTexts,
    /// An event that ends the process if nobody listens to it.
    pub error_event: Option<String>,
    /// Functions that listen to it on a pool that they are given.
    #[serde(deserialize_with = "names")]
    pub listened_by: Vec<String>,
}

pub(super) fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// A name at module level whose record configures a library (Django's `DATABASES`).
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    pub name: String,
    /// The key that tells a configuration among the records below the name, with one of the texts in `is`. None: the name's own
    /// record is one.
    pub key: Option<String>,
    #[serde(default, deserialize_with = "names")]
    pub is: Vec<String>,
    pub noun: String,
    pub pool: Pool,
}

impl Library {
    /// Whether objects of the type lend connections, or take one for each query of their tables: `prisma.order.create`.
    pub(crate) fn lends(&self, ty: Symbol) -> bool {
        self.is_pool(ty) || self.ty(ty).is_some_and(|ty| ty.members.is_some())
    }
}
