//! Pools that one process makes several times for one database.

use std::collections::{BTreeMap, BTreeSet};

use ir::{ExprKind, words_of};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{LibraryCall, Program};
use crate::ids::FileId;
use crate::models::{Resource, Runs};
use crate::roles::Role;

/// Words of options that say which database it is.
const OF_DATABASE: &[&str] = &[
    "url",
    "uri",
    "string",
    "host",
    "port",
    "socket",
    "path",
    "database",
    "databases",
    "db",
    "datasource",
    "datasources",
    "adapter",
    "user",
    "name",
];

impl<'m> Program<'m> {
    /// Groups of pools of one kind and for one database that wanted calls make in different modules, which a file that
    /// nothing imports loads together.
    pub fn repeated_pools(&self, is_wanted: impl Fn(&LibraryCall<'m>) -> bool) -> Vec<Vec<&LibraryCall<'m>>> {
        let mut kinds: BTreeMap<_, BTreeMap<FileId, &LibraryCall<'m>>> = BTreeMap::new();
        let is_pool = |call: &&LibraryCall<'m>| call.model.acquires == Some(Resource::Pool) && is_wanted(call);
        for call in self.calls().iter().filter(is_pool) {
            let Some(path) = call.model.path else { continue };
            kinds.entry((path, self.database_of(call))).or_default().entry(call.at.file).or_insert(call);
        }
        kinds.retain(|_, calls| calls.len() > 1);
        if kinds.is_empty() {
            return Vec::new();
        }
        let importers = self.importers_of_files();
        let mut groups = Vec::new();
        for mut calls in kinds.into_values() {
            while let Some(together) = self.loaded_together(&importers, calls.keys().copied()) {
                let group = together.iter().filter_map(|file| calls.remove(file)).collect();
                groups.push(group);
            }
        }
        groups
    }

    /// Whether the function that makes a pool closes it before it returns, and starts no server.
    pub fn is_closed_after_use(&self, call: &LibraryCall<'_>) -> bool {
        const CLOSES: &[&str] =
            &["end", "close", "destroy", "dispose", "disconnect", "$disconnect", "terminate", "closeall"];
        let (file, index) = (self.file(call.at.file), self.listing(call.at.file));
        let starts = |other: &&LibraryCall<'_>| {
            other.function == call.function
                && (other.model.runs == Some(Runs::Startup) || other.model.app_argument.is_some() || other.model.is_app)
        };
        if file.function(call.function.id).is_generator || self.calls().iter().any(|other| starts(&other)) {
            return false;
        }
        let Some(name) = index.bound_to(file, call.at.id) else { return false };
        index.uses_of(name).iter().any(|use_| {
            let Some(member) = index.parent(*use_) else { return false };
            let closes =
                matches!(file.expr(member).kind, ExprKind::Member { name, .. } if CLOSES.contains(&name.as_str()));
            let site = index.parent(member).filter(|_| closes).and_then(|closing| index.site(closing));
            site.is_some_and(|site| site.function == call.function.id && !site.is_exceptional)
        })
    }

    /// What the arguments say of the database, as text.
    fn database_of(&self, call: &LibraryCall<'_>) -> Vec<String> {
        let file = self.file(call.at.file);
        let ExprKind::Call { args, .. } = self.kind(call.at) else { return Vec::new() };
        let is_told = |name: &str| words_of(name).iter().any(|word| OF_DATABASE.contains(&word.as_str()));
        let mut said = Vec::new();
        for arg in args {
            match (arg.name, &file.expr(arg.value).kind) {
                (Some(name), _) => said.extend(is_told(&name).then(|| format!("{name}={}", file.dump_expr(arg.value)))),
                (None, ExprKind::Record(entries)) => {
                    let told =
                        entries.iter().filter_map(|entry| Some((entry.key.filter(|key| is_told(key))?, entry.value)));
                    said.extend(told.map(|(key, value)| format!("{key}={}", file.dump_expr(value))));
                }
                _ => said.push(file.dump_expr(arg.value)),
            }
        }
        said.sort_unstable();
        said
    }

    fn importers_of_files(&self) -> FxHashMap<FileId, Vec<FileId>> {
        let mut importers: FxHashMap<FileId, Vec<FileId>> = FxHashMap::default();
        for importer in (0..self.files.len() as u32).map(FileId) {
            if self.role(importer) != Role::App {
                continue;
            }
            for other in self.links.files_imported_by(importer).iter().filter(|other| **other != importer) {
                importers.entry(*other).or_default().push(importer);
            }
        }
        importers
    }

    /// The most of some files that one file which nothing imports comes to, if these are several.
    fn loaded_together(
        &self,
        importers: &FxHashMap<FileId, Vec<FileId>>,
        files: impl Iterator<Item = FileId>,
    ) -> Option<BTreeSet<FileId>> {
        let mut of_roots: BTreeMap<FileId, BTreeSet<FileId>> = BTreeMap::new();
        for file in files {
            let mut seen = FxHashSet::from_iter([file]);
            let mut open = vec![file];
            while let Some(next) = open.pop() {
                let before = importers.get(&next).map_or(&[][..], Vec::as_slice);
                if before.is_empty() {
                    of_roots.entry(next).or_default().insert(file);
                }
                open.extend(before.iter().copied().filter(|importer| seen.insert(*importer)));
            }
        }
        let most = of_roots.into_values().rev().max_by_key(BTreeSet::len)?;
        Some(most).filter(|files| files.len() > 1)
    }
}
