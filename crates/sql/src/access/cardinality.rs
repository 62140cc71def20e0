//! How many rows share a value, told without statistics: by types, keys and names.

use ir::{Symbol, Uniqueness, words_of};

use super::block::{Atom, Key};
use super::{Known, Planner};

/// How many rows a comparison with one value leaves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Cardinality {
    /// A flag: half of them.
    Flag,
    /// A state, a kind, a country: a share of them.
    Low,
    /// A few.
    High,
    /// At most one.
    Unique,
}

impl Planner<'_> {
    pub(super) fn cardinality(&self, known: &Known<'_>, key: Key) -> Cardinality {
        let column = known.table.columns.iter().find(|column| column.name == key.name);
        if key.is_expression {
            return of_expression(key.name.as_str());
        }
        let is_unique = known.indexes.iter().any(|index| {
            index.uniqueness != Uniqueness::Plain
                && !index.is_partial()
                && index.parts.len() == 1
                && !index.parts[0].is_expression
                && index.parts[0].key == key.name
        });
        if is_unique {
            return Cardinality::Unique;
        }
        let ty = column.map_or("", |column| column.ty.as_str());
        if ty.starts_with("bool") || ty.starts_with("tinyint(1)") || is_flag_name(key.name.as_str()) {
            return Cardinality::Flag;
        }
        let is_enum =
            ty.starts_with("enum") || self.schema.enums.iter().any(|name| name.as_str() == ty.trim_matches('"'));
        let is_code =
            matches!(ty, "char(1)" | "char(2)" | "char(3)" | "character(1)" | "character(2)" | "character(3)");
        // What it refers to tells more than its name.
        let is_few = match column.and_then(|column| column.references) {
            Some(table) if self.is_small(table) => true,
            Some(table) if self.tables.contains_key(&table) => false,
            _ => is_enum || is_code || is_low_name(key.name.as_str()),
        };
        if is_few { Cardinality::Low } else { Cardinality::High }
    }

    /// How many rows a comparison leaves; a word that the statement writes is one of few.
    pub(super) fn left_by(&self, known: &Known<'_>, atom: &Atom) -> Cardinality {
        let refers =
            || known.table.columns.iter().any(|column| column.name == atom.key.name && column.references.is_some());
        match self.cardinality(known, atom.key) {
            Cardinality::High if atom.is_word && !atom.key.is_expression && !refers() => Cardinality::Low,
            cardinality => cardinality,
        }
    }

    pub(super) fn is_small(&self, table: Symbol) -> bool {
        self.tables.get(&table).map_or_else(|| is_lookup_name(&table), |known| known.is_small)
    }
}

/// `lower(email)` has as many values as the column, `extract(year …)` few.
fn of_expression(text: &str) -> Cardinality {
    let coarse = ["extract(", "date_part(", "year(", "month(", "length(", "char_length(", "strftime('%y'"];
    if coarse.iter().any(|start| text.starts_with(start)) { Cardinality::Low } else { Cardinality::High }
}

fn is_flag_name(name: &str) -> bool {
    ["is_", "has_", "can_", "should_"].iter().any(|start| name.starts_with(start))
}

/// A flag that marks exceptions: few rows have it.
pub(super) fn is_rare_flag(name: &str) -> bool {
    const RARE: &[&str] = &[
        "admin",
        "staff",
        "superuser",
        "owner",
        "banned",
        "blocked",
        "deleted",
        "archived",
        "featured",
        "locked",
        "flagged",
        "spam",
        "pinned",
        "hidden",
    ];
    let last = name.rsplit('_').next().unwrap_or(name);
    RARE.contains(&last)
}

/// Columns whose values are a handful of words.
fn is_low_name(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "status",
        "state",
        "type",
        "kind",
        "role",
        "level",
        "category",
        "priority",
        "currency",
        "country",
        "gender",
        "sex",
        "format",
        "language",
        "lang",
        "locale",
        "plan",
        "tier",
        "mode",
        "visibility",
        "severity",
        "stage",
        "provider",
        "channel",
        "platform",
        "method",
        "direction",
        "environment",
        "env",
        "enabled",
        "active",
        "deleted",
        "archived",
        "published",
        "queue",
        "scope",
        "source",
        "rating",
        "score",
        "quantity",
        "region",
        "timezone",
        "version",
        "action",
        "protocol",
        "permission",
        "flag",
        "weekday",
        "week",
        "tipo",
        "estado",
    ];
    // `provider_name`, but not the names that people give to what they have many of: channels, queues.
    const NAMED: &[&str] = &[
        "status",
        "state",
        "type",
        "kind",
        "role",
        "level",
        "category",
        "currency",
        "country",
        "language",
        "plan",
        "tier",
        "stage",
        "provider",
        "platform",
        "environment",
        "region",
        "permission",
    ];
    let words = words_of(name);
    if let [.., what, last] = words.as_slice()
        && last == "name"
    {
        return NAMED.contains(&what.as_str());
    }
    words.last().is_some_and(|last| WORDS.contains(&last.as_str())) || WORDS.contains(&name)
}

/// Whether a table of this name holds what people set up once: roles, countries, settings.
pub fn is_lookup_name(name: &str) -> bool {
    const WHOLE: &[&str] = &[
        "roles",
        "role",
        "permissions",
        "permission",
        "countries",
        "country",
        "currencies",
        "currency",
        "languages",
        "language",
        "locales",
        "categories",
        "category",
        "tags",
        "tag",
        "statuses",
        "status",
        "types",
        "units",
        "settings",
        "setting",
        "configuration",
        "config",
        "configs",
        "regions",
        "states",
        "timezones",
        "plans",
        "tiers",
        "levels",
        "departments",
        "genders",
        "priorities",
        "feature_flags",
        "features",
        "migrations",
        "schema_migrations",
        "options",
        "provinces",
        "continents",
        "colors",
        "sizes",
        "brands_lookup",
        "site",
        "sites_config",
        "app_settings",
        "system_settings",
    ];
    const LAST: &[&str] =
        &["types", "type", "statuses", "kinds", "lookup", "lookups", "settings", "categories", "roles_lookup"];
    // What belongs to each user or document grows with them.
    const OWNED: &[&str] =
        &["user", "account", "customer", "member", "team", "org", "organization", "post", "product", "guild"];
    if WHOLE.contains(&name) {
        return true;
    }
    match name.rsplit_once('_') {
        Some((first, last)) => {
            let owner = first.trim_end_matches('s');
            LAST.contains(&last) && !OWNED.iter().any(|word| owner == *word || owner.ends_with(&format!("_{word}")))
        }
        None => false,
    }
}
