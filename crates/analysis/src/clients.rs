//! Which files run at the user's, in a browser or an app, though they lie beside the server's.
//!
//! What they open, listen to and catch costs the server nothing, and what they are called says nothing about it.

use ir::{BindingKind, ExprKind, File};

use crate::models::Library;

/// Whether a file is a client's: it reads what only a browser has, or imports what only an app can. What drives a browser
/// (`page.evaluate(() => document.title)`) is none.
pub(crate) fn is_of_client(file: &File, library: &Library) -> bool {
    let client = &library.client;
    if client.globals.is_empty() {
        return false;
    }
    let imports = || {
        file.bindings.iter().filter_map(|binding| match &binding.kind {
            BindingKind::Import(import) => Some(import.module.as_str()),
            _ => None,
        })
    };
    let is_of = |module: &str, package: &String| {
        module.strip_prefix(package.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '-']))
    };
    let has = |packages: &[String]| imports().any(|module| packages.iter().any(|package| is_of(module, package)));
    let reads =
        |kind: &ExprKind| matches!(kind, ExprKind::Global(name) if client.globals.iter().any(|own| *name == **own));
    has(&client.packages) || file.exprs.iter().any(|expr| reads(&expr.kind)) && !has(&client.drivers)
}
