//! Which routes a middleware stands before, by where their router is made: `Router::new().merge(users()).layer(middleware)`.

use std::collections::BTreeSet;

use ir::{ExprId, ExprKind, Span};
use rustc_hash::FxHashSet;

use super::Program;
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Context;
use crate::values::Atom;

/// Stretches of code that make one router.
const MAX_REGIONS: usize = 300;

impl Program<'_> {
    /// The routes whose requests a middleware is handed first: those of the router that it is put around, as far as that is
    /// made by a chain of calls, in variables and by functions of the project.
    pub(crate) fn routes_behind(&self, middleware: FnRef) -> Vec<&EntryPoint> {
        let files: BTreeSet<FileId> = self.entries_of(middleware).map(|entry| entry.file).collect();
        let routers = files.into_iter().flat_map(|file| self.routers_around(file, middleware));
        let regions = self.regions_of(routers.collect());
        let is_behind = |entry: &&EntryPoint| {
            entry.context == Context::Request
                && entry.function != middleware
                && !super::service::is_beside(entry)
                && regions.iter().any(|(file, span)| *file == entry.file && span.contains(entry.span))
        };
        self.entries.iter().filter(is_behind).collect()
    }

    /// The routers of a file on which calls are made that put the middleware around them: `routes.layer(from_fn(middleware))`.
    fn routers_around(&self, number: FileId, middleware: FnRef) -> Vec<(FileId, Span)> {
        let (file, index) = (self.file(number), self.listing(number));
        let at = |id| ExprRef { file: number, id };
        let is_it = |arg: &ir::Arg| self.value(at(arg.value)).contains(&Atom::Function(middleware));
        let sites = index.sites.iter().flatten();
        let given = sites.filter_map(|site| match &file.expr(site.call).kind {
            ExprKind::Call { args, .. } => args.iter().find(|arg| is_it(arg)).map(|arg| arg.value),
            _ => None,
        });
        let router = |given: ExprId| {
            let span = file.expr(given).span;
            std::iter::successors(Some(given), |at| index.parent(*at)).find_map(|at| {
                let ExprKind::Call { callee, args, .. } = &file.expr(at).kind else { return None };
                let ExprKind::Member { base, .. } = file.expr(*callee).kind else { return None };
                let is_given = args.iter().any(|arg| file.expr(arg.value).span.contains(span));
                let is_router = matches!(file.expr(base).kind, ExprKind::Local(_) | ExprKind::Call { .. });
                (is_given && is_router).then(|| (number, file.expr(base).span))
            })
        };
        given.filter_map(router).collect()
    }

    /// The stretches themselves, and those that their names and calls stand for.
    fn regions_of(&self, mut open: Vec<(FileId, Span)>) -> Vec<(FileId, Span)> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        while let Some((number, span)) = open.pop().filter(|_| found.len() < MAX_REGIONS) {
            if !seen.insert((number, span)) {
                continue;
            }
            found.push((number, span));
            let (file, index) = (self.file(number), self.listing(number));
            for (_, expr) in index.within(file, span) {
                match expr.kind {
                    ExprKind::Local(binding) => {
                        let defs = index.defs.get(&binding).into_iter().flatten();
                        open.extend(defs.map(|def| (number, file.expr(def.value).span)));
                    }
                    ExprKind::Call { callee, .. } => {
                        let made =
                            self.value(ExprRef { file: number, id: callee }).iter().filter_map(|atom| match atom {
                                Atom::Function(function) => {
                                    Some((function.file, self.file(function.file).function(function.id).span))
                                }
                                _ => None,
                            });
                        open.extend(made);
                    }
                    _ => {}
                }
            }
        }
        found
    }
}
