//! Migrations in code: the operations that a file's `up` or `upgrade` performs, in order.
//!
//! What they are called on is handed to them without a type, so they are known by their names and arguments.

use ir::{Change, ExprKind, FnId, Symbol};
use rustc_hash::FxHashSet;

use super::node::{Call, Node};
use super::{alembic, builders, knex, query_interface, raw, sea_orm};
use crate::ids::{ExprRef, FileId, FnRef};
use crate::program::Program;

/// Helpers of helpers.
const MAX_DEPTH: u32 = 4;

/// The functions that tools call to migrate.
pub(super) fn ups(program: &Program<'_>, file: FileId) -> Vec<FnId> {
    let functions = program.file(file).functions.iter().enumerate();
    let ups = functions.filter(|(_, function)| matches!(function.name.as_str(), "up" | "upgrade" | "safeUp"));
    ups.map(|(id, _)| FnId(id as u32)).collect()
}

/// Whether a function is the way back of a migration.
pub(super) fn is_way_back(name: &str) -> bool {
    matches!(name, "down" | "downgrade" | "safeDown" | "rollback" | "revert")
}

pub(super) fn changes(program: &Program<'_>, file: FileId, ups: &[FnId]) -> Vec<Change> {
    let mut walk = Walk { program, changes: Vec::new(), open: FxHashSet::default() };
    for up in ups {
        walk.function(FnRef { file, id: *up }, 0);
    }
    walk.changes
}

/// The names of a module and what they are assigned.
pub(super) fn module_values<'a>(program: &'a Program<'a>, file: FileId) -> Vec<(Symbol, Node<'a>)> {
    let bindings = program.file(file).bindings.iter().enumerate();
    let values = bindings.filter(|(_, binding)| binding.function == FnId::MODULE).filter_map(|(id, binding)| {
        let def = program.listing(file).defs.get(&ir::BindingId(id as u32))?.first()?;
        Some((binding.name, Node::new(program, ExprRef { file, id: def.value })))
    });
    values.collect()
}

struct Walk<'a> {
    program: &'a Program<'a>,
    changes: Vec<Change>,
    open: FxHashSet<FnRef>,
}

impl<'a> Walk<'a> {
    fn function(&mut self, function: FnRef, depth: u32) {
        if depth > MAX_DEPTH || !self.open.insert(function) {
            return;
        }
        for site in self.program.listing(function.file).sites_of(function.id) {
            let node = Node::new(self.program, ExprRef { file: function.file, id: site.call });
            let ExprKind::Call { callee, args, .. } = node.kind() else { continue };
            let call = Call { node, callee: node.at(*callee), args };
            match operation(call) {
                Some(changes) => self.changes.extend(changes),
                None => self.inside(call, depth),
            }
        }
        self.open.remove(&function);
    }

    /// The functions that a call is given, and those of the project that it calls.
    fn inside(&mut self, call: Call<'a>, depth: u32) {
        let given = call.args.iter().flat_map(|arg| call.node.at(arg.value).functions());
        let called = self.program.called_functions(call.node.expr);
        let functions: Vec<FnRef> = given.chain(called).collect();
        for function in functions {
            let name = self.program.file(function.file).function(function.id).name;
            if !is_way_back(&name) {
                self.function(function, depth + 1);
            }
        }
    }
}

fn operation(call: Call<'_>) -> Option<Vec<Change>> {
    alembic::changes(call)
        .or_else(|| sea_orm::changes(call))
        .or_else(|| knex::changes(call))
        .or_else(|| builders::changes(call))
        .or_else(|| query_interface::changes(call))
        .or_else(|| raw::changes(call))
}
