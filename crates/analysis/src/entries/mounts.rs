//! Routers that are served below a path of another one: the routes' whole paths.

use ir::{ExprId, ExprKind, Span};

use super::EntryPoint;
use super::labels::plain_text;
use crate::calls::model_of;
use crate::ids::{ExprRef, FileId};
use crate::values::{Atom, World};

/// What stands in a region is served below a path.
struct Mount {
    file: FileId,
    region: Span,
    prefix: String,
    /// Where that is said, which may be in another region.
    at: (FileId, Span),
}

/// Routers in routers.
const MAX_DEPTH: u32 = 6;

/// Puts the paths of the routers around before those of the routes.
pub(super) fn complete(world: World<'_>, entries: &mut [EntryPoint]) {
    let mounts = collect(world);
    if mounts.is_empty() {
        return;
    }
    for entry in entries {
        let Some((verb, path)) = entry.label.split_once(' ').filter(|(_, path)| path.starts_with('/')) else {
            continue;
        };
        let prefix = prefix_of(&mounts, entry.file, entry.span);
        let path = if path == "/" && !prefix.is_empty() { "" } else { path };
        entry.label = format!("{verb} {prefix}{path}");
    }
}

fn prefix_of(mounts: &[Mount], file: FileId, span: Span) -> String {
    let mut at = (file, span);
    let mut prefix = String::new();
    for _ in 0..MAX_DEPTH {
        let around = mounts.iter().filter(|mount| mount.file == at.0 && mount.region.contains(at.1) && mount.at != at);
        let Some(inner) = around.min_by_key(|mount| mount.region.end - mount.region.start) else { break };
        let mut same = mounts.iter().filter(|mount| (mount.file, mount.region) == (inner.file, inner.region));
        // What is served at several places has no one path.
        if same.any(|mount| mount.at != inner.at) {
            break;
        }
        prefix.insert_str(0, &inner.prefix);
        at = inner.at;
    }
    prefix
}

fn collect(world: World<'_>) -> Vec<Mount> {
    let mut found = Vec::new();
    for (index, number) in world.indexes.iter().zip(0..) {
        for site in index.sites.iter().flatten() {
            let call = ExprRef { file: FileId(number), id: site.call };
            add(world, call, &mut found);
        }
    }
    found
}

fn add(world: World<'_>, call: ExprRef, found: &mut Vec<Mount>) {
    let Some(number) = model_of(world, call).and_then(|model| model.mounts) else { return };
    let file = &world.files[call.file.0 as usize];
    let ExprKind::Call { callee, args, .. } = &file.expr(call.id).kind else { return };
    let Some(router) = args.get(number).map(|arg| arg.value) else { return };
    let prefix = match args.first().filter(|_| number > 0) {
        None => String::new(),
        Some(path) => match plain_text(file, path.value) {
            Some(text) => text.trim_end_matches('/').to_owned(),
            None => return,
        },
    };
    // The name of the method, since the receiver's span holds what is mounted before.
    let name = match file.expr(*callee).kind {
        ExprKind::Member { name_span, .. } => name_span,
        _ => file.expr(*callee).span,
    };
    for (file, region) in regions(world, ExprRef { file: call.file, id: router }) {
        found.push(Mount { file, region, prefix: prefix.clone(), at: (call.file, name) });
    }
}

/// Where the routes of a router are registered: in the expression itself, in what a name was given, in the function that makes
/// it.
fn regions(world: World<'_>, router: ExprRef) -> Vec<(FileId, Span)> {
    let file = &world.files[router.file.0 as usize];
    let is_made = |callee| {
        let values = world.values[router.file.0 as usize].expr(callee);
        values.iter().any(|atom| matches!(atom, Atom::Function(_)))
    };
    let first = first_of_chain(file, router.id, is_made);
    match &file.expr(first).kind {
        ExprKind::Local(binding) => {
            let defs = world.indexes[router.file.0 as usize].defs.get(binding).into_iter().flatten();
            defs.map(|def| (router.file, file.expr(def.value).span)).collect()
        }
        ExprKind::Call { callee, .. } => {
            let functions = world.values[router.file.0 as usize].expr(*callee).iter().filter_map(|atom| match atom {
                Atom::Function(function) => {
                    let made = &world.files[function.file.0 as usize];
                    Some((function.file, made.function(function.id).span))
                }
                _ => None,
            });
            let made: Vec<(FileId, Span)> = functions.collect();
            if made.is_empty() { vec![(router.file, file.expr(router.id).span)] } else { made }
        }
        _ => Vec::new(),
    }
}

/// The name or the call that a chain of calls begins with: one of the project's functions, or the innermost.
fn first_of_chain(file: &ir::File, mut at: ExprId, is_made: impl Fn(ExprId) -> bool) -> ExprId {
    while let ExprKind::Call { callee, .. } = file.expr(at).kind {
        match file.expr(callee).kind {
            ExprKind::Member { base, .. } if is_link(file, base) && !is_made(callee) => at = file.awaited(base),
            _ => break,
        }
    }
    at
}

fn is_link(file: &ir::File, base: ExprId) -> bool {
    matches!(file.expr(file.awaited(base)).kind, ExprKind::Call { .. } | ExprKind::Local(_))
}
