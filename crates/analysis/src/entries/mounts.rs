//! Routers that are served below a path of another one: the routes' whole paths.

use ir::{Arg, ExprId, ExprKind, File, Span, Symbol, TextPart};
use rustc_hash::FxHashMap;

use super::EntryPoint;
use super::labels::plain_text;
use crate::calls::model_of;
use crate::ids::{BindingRef, ExprRef, FileId};
use crate::link::Target;
use crate::values::{Atom, World};

/// What stands in a region is served below a path.
pub(super) struct Mount {
    region: Span,
    prefix: String,
    /// Where that is said, which may be in another region.
    pub(super) at: (FileId, Span),
}

/// By the file of the region.
#[derive(Default)]
pub(super) struct Mounts {
    /// Routers in others.
    by_others: FxHashMap<FileId, Vec<Mount>>,
    /// Paths that routers have of themselves: `APIRouter(prefix="/users")`.
    own: FxHashMap<FileId, Vec<Mount>>,
}

/// Routers in routers.
const MAX_DEPTH: u32 = 6;

/// Names for one router.
const MAX_NAMES: u32 = 6;

impl Mounts {
    /// By what something is served that is registered at a place: from the router that it is registered with outwards.
    pub(super) fn around(&self, file: FileId, span: Span) -> Vec<&Mount> {
        let mut at = (file, span);
        let mut found = Vec::new();
        for _ in 0..MAX_DEPTH {
            found.extend(innermost(self.own.get(&at.0), at));
            let of_file = self.by_others.get(&at.0).map_or(&[][..], Vec::as_slice);
            let Some(inner) = innermost(self.by_others.get(&at.0), at) else { break };
            let mut same = of_file.iter().filter(|mount| mount.region == inner.region);
            // What is served at several places has no one path.
            if same.any(|mount| mount.at != inner.at) {
                break;
            }
            found.push(inner);
            at = inner.at;
        }
        found
    }
}

/// Puts the paths of the routers around before those of the routes.
pub(super) fn complete(mounts: &Mounts, entries: &mut [EntryPoint]) {
    for entry in entries {
        let is_path = |path: &str| path.is_empty() || path.starts_with('/');
        let at = entry.label.find(' ').map_or(0, |space| space + 1);
        let (verb, path) = entry.label.split_at(at);
        if !is_path(path) {
            continue;
        }
        let around = mounts.around(entry.file, entry.span);
        let prefix: String = around.iter().rev().map(|mount| mount.prefix.as_str()).collect();
        let path = if path == "/" && !prefix.is_empty() { "" } else { path };
        // What a prefix has at run time only (`/api/${version}`) leaves two slashes.
        entry.label = format!("{verb}{prefix}{path}").replace("//", "/");
    }
}

fn innermost(mounts: Option<&Vec<Mount>>, at: (FileId, Span)) -> Option<&Mount> {
    let around = mounts.into_iter().flatten().filter(|mount| mount.region.contains(at.1) && mount.at != at);
    around.min_by_key(|mount| mount.region.end - mount.region.start)
}

pub(super) fn collect(world: World<'_>) -> Mounts {
    let mut found = Mounts::default();
    for (index, number) in world.indexes.iter().zip(0..) {
        for site in index.sites.iter().flatten() {
            let call = ExprRef { file: FileId(number), id: site.call };
            add(world, call, &mut found);
        }
    }
    found
}

fn add(world: World<'_>, call: ExprRef, found: &mut Mounts) {
    let Some(model) = model_of(world, call) else { return };
    let file = &world.files[call.file.0 as usize];
    let ExprKind::Call { callee, args, .. } = &file.expr(call.id).kind else { return };
    let path = model.mount_path.and_then(|name| args.iter().find(|arg| arg.name == Some(name)));
    let path = path.and_then(|arg| path_of(world, call.file, arg.value));
    let Some(number) = model.mounts else {
        if let Some(prefix) = path {
            add_own(world, call, prefix, found);
        }
        return;
    };
    let (prefix, routers) = match path {
        Some(path) => (path, args.get(number..).unwrap_or_default()),
        None => served(world, call.file, args, number),
    };
    // The name of the method, since the receiver's span holds what is mounted before.
    let name = match file.expr(*callee).kind {
        ExprKind::Member { name_span, .. } => name_span,
        _ => file.expr(*callee).span,
    };
    for router in routers {
        for (file, region) in regions(world, ExprRef { file: call.file, id: router.value }, 0) {
            let mount = Mount { region, prefix: prefix.clone(), at: (call.file, name) };
            found.by_others.entry(file).or_default().push(mount);
        }
    }
}

/// A router is made with a path of its own.
fn add_own(world: World<'_>, call: ExprRef, prefix: String, found: &mut Mounts) {
    let file = &world.files[call.file.0 as usize];
    let Some(router) = world.indexes[call.file.0 as usize].bound_to(file, call.id) else { return };
    let made = file.expr(call.id).span;
    for (file, region) in named(world, BindingRef { file: call.file, id: router }, 0) {
        if region != made {
            let mount = Mount { region, prefix: prefix.clone(), at: (call.file, made) };
            found.own.entry(file).or_default().push(mount);
        }
    }
}

/// The path below which routers are served, and the arguments that may be some.
fn served<'a>(world: World<'_>, file: FileId, args: &'a [Arg], number: usize) -> (String, &'a [Arg]) {
    let path = args.first().filter(|_| number > 0).and_then(|path| path_of(world, file, path.value));
    match path {
        Some(path) => (path, args.get(number..).unwrap_or_default()),
        None => (String::new(), args),
    }
}

/// The text of a path, without what of it is not known.
fn path_of(world: World<'_>, file: FileId, path: ExprId) -> Option<String> {
    let text = |expr: ExprRef| plain_text(&world.files[expr.file.0 as usize], expr.id);
    let constant = |id: ExprId| {
        world.values[file.0 as usize].expr(id).iter().find_map(|atom| match atom {
            Atom::Text(constant) => text(*constant),
            _ => None,
        })
    };
    let whole = match &world.files[file.0 as usize].expr(path).kind {
        ExprKind::Text(parts) => {
            let part = |part: &TextPart| match part {
                TextPart::Literal { value, .. } => value.to_string(),
                TextPart::Hole(hole) => constant(*hole).unwrap_or_default(),
            };
            parts.iter().map(part).collect()
        }
        _ => constant(path)?,
    };
    Some(whole.trim_end_matches('/').to_owned())
}

/// Where the routes of a router are registered: in the expression itself, in what a name was given and wherever it is used,
/// in the function or the class that makes it.
fn regions(world: World<'_>, router: ExprRef, depth: u32) -> Vec<(FileId, Span)> {
    if depth > MAX_NAMES {
        return Vec::new();
    }
    let file = &world.files[router.file.0 as usize];
    let value = |id: ExprId| world.values[router.file.0 as usize].expr(id);
    let is_made = |callee| value(callee).iter().any(|atom| matches!(atom, Atom::Function(_)));
    let first = first_of_chain(file, router.id, is_made);
    match &file.expr(first).kind {
        ExprKind::Local(binding) => {
            let at = BindingRef { file: router.file, id: *binding };
            match world.links.imported(at) {
                Some(target) => regions_of(world, target, depth),
                None => named(world, at, depth),
            }
        }
        ExprKind::Member { base, name, .. } => {
            let parts = value(*base).iter().flat_map(|atom| match atom {
                Atom::Module(module) => world
                    .links
                    .exported(world.files, *module, *name)
                    .map_or_else(Vec::new, |target| regions_of(world, target, depth)),
                Atom::Object(class) => {
                    vec![(class.file, world.files[class.file.0 as usize].class(class.id).span)]
                }
                _ => Vec::new(),
            });
            let parts: Vec<(FileId, Span)> = parts.collect();
            // `require("./users").default`.
            let is_whole = parts.is_empty() && *name == "default";
            if is_whole { regions(world, ExprRef { file: router.file, id: *base }, depth + 1) } else { parts }
        }
        ExprKind::Call { callee, .. } => {
            let functions = value(*callee).iter().filter_map(|atom| match atom {
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

fn regions_of(world: World<'_>, target: Target, depth: u32) -> Vec<(FileId, Span)> {
    match target {
        Target::Binding(binding) => named(world, binding, depth),
        Target::Value(value) => regions(world, value, depth + 1),
        Target::Module(module) => {
            let whole = world.links.exported(world.files, module, Symbol::new("default"));
            let whole = whole.filter(|whole| !matches!(whole, Target::Module(_)));
            whole.map_or_else(Vec::new, |whole| regions_of(world, whole, depth))
        }
        Target::External(_) => Vec::new(),
    }
}

/// What a name is given, and the calls of its members.
fn named(world: World<'_>, name: BindingRef, depth: u32) -> Vec<(FileId, Span)> {
    let (file, index) = (&world.files[name.file.0 as usize], &world.indexes[name.file.0 as usize]);
    let mut found = Vec::new();
    for def in index.defs.get(&name.id).into_iter().flatten() {
        found.push((name.file, file.expr(def.value).span));
        found.extend(regions(world, ExprRef { file: name.file, id: def.value }, depth + 1));
    }
    for use_ in index.uses_of(name.id) {
        let mut chain = *use_;
        while let Some(call) = index.parent(chain).and_then(|member| called(file, index.parent(member)?, member)) {
            chain = call;
        }
        if chain != *use_ {
            found.push((name.file, file.expr(chain).span));
        }
    }
    found
}

/// The call, if it calls that member.
fn called(file: &File, call: ExprId, member: ExprId) -> Option<ExprId> {
    let is_member = matches!(file.expr(member).kind, ExprKind::Member { .. });
    match file.expr(call).kind {
        ExprKind::Call { callee, .. } if is_member && callee == member => Some(call),
        _ => None,
    }
}

/// The name or the call that a chain of calls begins with: one of the project's functions, or the innermost.
fn first_of_chain(file: &File, mut at: ExprId, is_made: impl Fn(ExprId) -> bool) -> ExprId {
    while let ExprKind::Call { callee, .. } = file.expr(at).kind {
        match file.expr(callee).kind {
            ExprKind::Member { base, .. } if is_link(file, base) && !is_made(callee) => at = file.awaited(base),
            _ => break,
        }
    }
    at
}

fn is_link(file: &File, base: ExprId) -> bool {
    matches!(file.expr(file.awaited(base)).kind, ExprKind::Call { .. } | ExprKind::Local(_))
}
