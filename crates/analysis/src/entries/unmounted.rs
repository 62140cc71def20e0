//! Routers that no application includes: the routes of a file that nothing imports are served to nobody.

use ir::{ExprKind, File, TextPart};
use rustc_hash::FxHashSet;

use super::EntryPoint;
use crate::ids::FileId;
use crate::link::are_of_one_language;
use crate::models::Context;
use crate::roles::{Role, role_of};
use crate::values::World;

/// What a router is made by, which serves only as a part of an application.
const ROUTERS: &[&str] = &["APIRouter", "Router", "Blueprint"];

/// What an application is made by.
pub(super) const APPLICATIONS: &[&str] =
    &["FastAPI", "Flask", "Starlette", "Quart", "express", "Koa", "Hono", "fastify", "Fastify"];

/// What loads files that no import names.
const LOADERS: &[&str] = &[
    "import_module",
    "__import__",
    "walk_packages",
    "iter_modules",
    "find_modules",
    "autoload",
    "AutoLoad",
    "fastifyAutoload",
];

/// Takes out the routes of files that make a router and no application, if other files make one and include other
/// routers, nothing imports the file, no text names it and nothing of the program loads files by their names.
pub(super) fn drop_unmounted(world: World<'_>, entries: &mut Vec<EntryPoint>) {
    let mut routed: Vec<FileId> = entries
        .iter()
        .filter(|entry| matches!(entry.context, Context::Request | Context::Connection))
        .map(|entry| entry.file)
        .collect();
    routed.sort_unstable();
    routed.dedup();
    let file_of = |id: FileId| &world.files[id.0 as usize];
    let is_part = |id: &FileId| makes(file_of(*id), ROUTERS) && !makes(file_of(*id), APPLICATIONS);
    let parts: Vec<FileId> = routed.into_iter().filter(is_part).collect();
    if parts.is_empty() {
        return;
    }
    let makes_one = |file: &&File| makes(file, APPLICATIONS);
    let applications: Vec<&File> = world.files.iter().filter(makes_one).collect();
    let has_any = |files: &[&File], id: FileId| files.iter().any(|file| are_of_one_language(file, file_of(id)));
    let parts: Vec<FileId> = parts.into_iter().filter(|id| has_any(&applications, *id)).collect();
    if parts.is_empty() {
        return;
    }
    let named = imported(world);
    // A script that nobody imports loads files for itself.
    let is_of_program = |number: usize, file: &File| named.contains(&FileId(number as u32)) || makes_one(&file);
    let files = world.files.iter().enumerate();
    let loading: Vec<&File> = files
        .filter(|(number, file)| loads_by_name(file) && is_of_program(*number, file))
        .map(|(_, file)| file)
        .collect();
    let candidates: Vec<FileId> = parts.into_iter().filter(|id| !has_any(&loading, *id)).collect();
    // Where no router is included yet, the next commit may include them.
    let included: Vec<&File> = candidates.iter().filter(|id| named.contains(id)).map(|id| file_of(*id)).collect();
    let dead: FxHashSet<FileId> = candidates
        .iter()
        .copied()
        .filter(|id| has_any(&included, *id) && !named.contains(id) && !is_said(world, *id))
        .collect();
    entries.retain(|entry| !dead.contains(&entry.file));
}

/// The files that others import, tests aside.
fn imported(world: World<'_>) -> FxHashSet<FileId> {
    let mut named: FxHashSet<FileId> = FxHashSet::default();
    for (file, importer) in world.files.iter().zip((0..).map(FileId)) {
        if role_of(file.path.as_str()) != Role::Test {
            named.extend(world.links.files_imported_by(importer).iter().filter(|id| **id != importer));
        }
    }
    named
}

/// Whether a name of the module is given what a call of one of these makes.
pub(super) fn makes(file: &File, known: &[&str]) -> bool {
    file.exprs.iter().any(|expr| {
        let ExprKind::Call { callee, .. } = expr.kind else { return false };
        let name = match file.expr(callee).kind {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
            ExprKind::Local(binding) => file.binding(binding).name,
            _ => return false,
        };
        known.contains(&name.as_str())
    })
}

/// `import_module(name)`, `require(path)` of what is no text.
pub(super) fn loads_by_name(file: &File) -> bool {
    file.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => LOADERS.contains(&name.as_str()),
        ExprKind::Local(binding) => LOADERS.contains(&file.binding(*binding).name.as_str()),
        ExprKind::Call { callee, args, .. } => {
            let loads =
                matches!(file.expr(*callee).kind, ExprKind::Global(name) if name == "require" || name == "import");
            let is_text = |arg: &ir::Arg| matches!(file.expr(arg.value).kind, ExprKind::Text(_));
            loads && !args.iter().all(is_text)
        }
        _ => false,
    })
}

/// Whether a text of another file of its language ends with the file's name, and with its folder's before it if there is
/// one: `require("./deals")`, `"app.routers.deals"`. What begins with a slash is the path of a route.
fn is_said(world: World<'_>, id: FileId) -> bool {
    let own = &world.files[id.0 as usize];
    let path = own.path.as_str();
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let folder = parts.next();
    let says = |value: &str| {
        let value = [".js", ".ts", ".py", ":router", ":app"].iter().fold(value, |text, end| text.trim_end_matches(end));
        let mut said = value.rsplit(['/', '.']);
        said.next() == Some(stem)
            && said.next().is_some_and(|before| before.is_empty() || Some(before) == folder)
            && !value.starts_with('/')
    };
    let others = world.files.iter().enumerate().filter(|(number, _)| *number != id.0 as usize);
    others.filter(|(_, file)| are_of_one_language(file, own)).any(|(_, file)| {
        file.exprs.iter().any(|expr| match &expr.kind {
            ExprKind::Text(parts) => matches!(parts.as_slice(), [TextPart::Literal { value, .. }] if says(value)),
            _ => false,
        })
    })
}
