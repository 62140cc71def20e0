//! Calls that nothing bounds, where a library has no bound of its own.

use ir::{BinaryOp, ClassId, ExprId, ExprKind, File, Symbol};

use super::Program;
use super::options::Given;
use crate::ids::{ClassRef, ExprRef, FileId};
use crate::models::{Bound, Bounded, Call, Resource};
use crate::program::LibraryCall;
use crate::roles::Role;
use crate::values::Atom;

impl<'m> Program<'m> {
    /// Calls that have no bound by themselves and are given none: not by their options, not by what stands around them, and not by a
    /// setting elsewhere.
    pub fn unbounded(&self, of: Bounded) -> impl Iterator<Item = (&LibraryCall<'m>, &'m Bound)> {
        self.calls().iter().filter_map(move |call| {
            let bound = call.model.bound.as_deref().filter(|bound| bound.of == of)?;
            self.is_unbounded(call, bound).then_some((call, bound))
        })
    }

    /// A class of the application that is a client with a pool by what it extends, where nothing bounds it, and the model of what
    /// it extends: `class PrismaService extends PrismaClient`.
    pub fn unbounded_client(&self, of: Bounded) -> Option<(ClassRef, &'m Call, &'m Bound)> {
        let files = (0..self.files.len() as u32).map(FileId).filter(|file| self.role(*file) == Role::App);
        let mut classes = files.flat_map(|file| {
            (0..self.file(file).classes.len() as u32).map(move |id| ClassRef { file, id: ClassId(id) })
        });
        classes.find_map(|class| {
            let library = self.library(class.file);
            let bases = self.classes.library_bases(class).into_iter();
            bases.filter_map(|base| library.call(library.canonical(base))).find_map(|model| {
                let bound = model.bound.as_deref().filter(|bound| bound.of == of)?;
                let is_bounded = bound.elsewhere.iter().any(|name| self.is_set(name, of, class.file));
                (model.acquires == Some(Resource::Pool) && !is_bounded).then_some((class, model, bound))
            })
        })
    }

    /// How a decorator, called or not, would be bounded, where it is not.
    pub(crate) fn bound_of(&self, decorator: ExprRef, of: Bounded) -> Option<&'m Bound> {
        let is_of = |bound: &&'m Bound| bound.of == of;
        if matches!(self.kind(decorator), ExprKind::Call { .. }) {
            let call = self.calls().iter().find(|call| call.at == decorator)?;
            let bound = call.model.bound.as_deref().filter(is_of)?;
            return self.is_unbounded(call, bound).then_some(bound);
        }
        let library = self.library(decorator.file);
        self.value(decorator).iter().find_map(|atom| match atom {
            Atom::Path(path) => library.call(*path)?.bound.as_deref().filter(is_of),
            _ => None,
        })
    }

    fn is_unbounded(&self, call: &LibraryCall<'_>, bound: &Bound) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call.at) else { return false };
        if let Some(number) = bound.chain_argument {
            let made = args.get(number).map(|arg| ExprRef { file: call.at.file, id: arg.value });
            return made.is_some_and(|made| self.is_unbounded_chain(made, call, &bound.by));
        }
        let positional = args.iter().filter(|arg| arg.name.is_none()).count();
        if let Some(number) = bound.argument.filter(|number| positional > *number) {
            let value = ExprRef { file: call.at.file, id: args[number].value };
            if let (Some(least), Some(given)) = (bound.lifted_from.as_deref().and_then(size), self.number(value, 0)) {
                return given >= least;
            }
            let given = self.file(call.at.file).dump_expr(value.id);
            return bound
                .lifted_by
                .as_ref()
                .is_some_and(|lifted| given.trim_start_matches('@') == lifted.replace("::", "."));
        }
        let set = self.options_of(call.at, call.model);
        if let Some(from) = &bound.lifted_from {
            return self.is_lifted_to(call, bound, from);
        }
        bound.by.iter().all(|name| self.given(&set, name) == Given::Absent)
            && !bound.elsewhere.iter().any(|name| self.is_set(name, bound.of, call.at.file))
            && !self.is_raced(call.at)
    }

    /// Whether a chain of calls begins in the library of `call`, and none of it bounds: `FixedInterval::new(pause).map(jitter)`.
    fn is_unbounded_chain(&self, made: ExprRef, call: &LibraryCall<'_>, by: &[String]) -> bool {
        const MAX_CHAIN: usize = 16;
        let library = call.model.path.and_then(|path| path.as_str().split('.').next());
        let mut at = made;
        for _ in 0..MAX_CHAIN {
            at = match *self.kind(at) {
                ExprKind::Local(_) => match self.definition(at) {
                    Some(definition) => definition,
                    None => return false,
                },
                ExprKind::Call { callee, .. } => {
                    let callee = ExprRef { file: at.file, id: callee };
                    let is_own =
                        |atom: &Atom| matches!(atom, Atom::Path(path) if path.as_str().split('.').next() == library);
                    if self.value(callee).iter().any(is_own) {
                        return true;
                    }
                    match *self.kind(callee) {
                        ExprKind::Member { base, name, .. } if !by.iter().any(|bounds| *bounds == *name) => {
                            ExprRef { file: at.file, id: base }
                        }
                        _ => return false,
                    }
                }
                _ => return false,
            };
        }
        false
    }

    /// Whether an option of a call that is a size says this one (`"200mb"`) or more.
    pub fn is_lifted_to(&self, call: &LibraryCall<'_>, bound: &Bound, least: &str) -> bool {
        let set = self.options_of(call.at, call.model);
        size(least).is_some_and(|least| {
            bound.by.iter().any(|name| match self.given(&set, name) {
                Given::Text(text) => size(&text).is_some_and(|given| given >= least),
                _ => false,
            })
        })
    }

    /// The value of a constant expression: `50 * 1024 * 1024`, and what is named so.
    fn number(&self, value: ExprRef, depth: u32) -> Option<f64> {
        const MAX_DEPTH: u32 = 8;
        let within = |id| self.number(ExprRef { file: value.file, id }, depth + 1);
        match self.kind(value) {
            _ if depth > MAX_DEPTH => None,
            ExprKind::Number(number) => Some(*number),
            ExprKind::Binary { op: BinaryOp::Mul, left, right } => Some(within(*left)? * within(*right)?),
            ExprKind::Local(_) | ExprKind::Member { .. } => self.number(self.definition(value)?, depth + 1),
            _ => None,
        }
    }

    /// Whether what a call makes stands before every route: it is given to `use` as it is, without a path, or to the `layer` of a
    /// router of many routes.
    pub fn is_for_all_routes(&self, call: ExprRef) -> bool {
        let parent = self.listing(call.file).parent(call.id).map(|id| ExprRef { file: call.file, id });
        parent.is_some_and(|parent| match self.kind(parent) {
            ExprKind::Call { args, .. } => {
                let is_given = args.first().is_some_and(|arg| arg.value == call.id);
                is_given
                    && self
                        .called_name(parent)
                        .is_some_and(|name| name == "use" || name == "layer" && self.is_on_many_routes(parent))
            }
            _ => false,
        })
    }

    /// Whether a call ends a chain that adds routes, or routers of others: `Router::new().route(…).route(…).layer(limit)`.
    fn is_on_many_routes(&self, call: ExprRef) -> bool {
        const MANY: u32 = 4;
        let (mut at, mut routes) = (call, 0);
        while let ExprKind::Call { callee, .. } = *self.kind(at)
            && let ExprKind::Member { base, name, .. } = *self.kind(ExprRef { file: at.file, id: callee })
        {
            routes += match name.as_str() {
                "route" => 1,
                "merge" | "nest" => MANY,
                _ => 0,
            };
            at.id = base;
        }
        routes >= MANY
    }

    /// Whether a call is given a bound that is none, as it is a size of that many bytes or more.
    pub fn is_bound_by_size(&self, call: &LibraryCall<'_>, bound: &Bound) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call.at) else { return false };
        let given = bound.argument.and_then(|number| args.get(number));
        given.is_some_and(|arg| self.number(ExprRef { file: call.at.file, id: arg.value }, 0).is_some())
    }

    /// Whether the code uses a name, also as a key (`config["NAME"]`), or for `a.b` assigns to member `b` of something's `a`.
    /// `timeout` can be anything's: it counts in the file of the call, in those that import it, and in those that it imports.
    fn is_set(&self, name: &str, of: Bounded, file: FileId) -> bool {
        if name == "timeout" && of == Bounded::Time {
            let imports = |importer, other| self.links.files_imported_by(importer).binary_search(&other).is_ok();
            return self.files.iter().zip((0..).map(FileId)).any(|(other, number)| {
                let is_near = || number == file || imports(file, number) || imports(number, file);
                has_name(other, |own| own == name) && is_near() && self.bounds_more(number, name)
            });
        }
        let Some((object, member)) = name.split_once('.') else {
            let key = name.to_lowercase();
            // A setting that nothing reads bounds nothing.
            let is_used = || {
                of != Bounded::Memory
                    || self.files.iter().any(|file| has_name(file, |own| own.eq_ignore_ascii_case(name)))
            };
            return self.has_name(name) && is_used() || self.texts().any(|text| text == key);
        };
        self.files.iter().zip(&self.indexes).any(|(file, index)| {
            let is_object = |base| matches!(file.expr(base).kind, ExprKind::Member { name, .. } if name == object);
            index.members.iter().any(|(base, name, _)| *name == member && is_object(*base))
        })
    }

    /// Whether a name stands in a file otherwise than as an option of builders, each of which bounds the one client that it builds.
    fn bounds_more(&self, file: FileId, name: &str) -> bool {
        let library = self.library(file);
        let builds_bounded = |atom: &Atom| match atom {
            Atom::Instance(ty) => {
                let built = library.call(ir::join(*ty, '#', Symbol::new("build")));
                built.and_then(|built| built.bound.as_deref()).is_some_and(|bound| bound.of == Bounded::Time)
            }
            _ => false,
        };
        let is_of_builder = |base| self.value(ExprRef { file, id: base }).iter().any(builds_bounded);
        let own = self.file(file).exprs.iter().zip(0..).filter_map(|(expr, number)| match expr.kind {
            ExprKind::Member { base, name: own, .. } if own == name => Some((ExprId(number), base)),
            _ => None,
        });
        let mut members = own.peekable();
        members.peek().is_none() || members.any(|(id, base)| !(is_of_builder(base) && self.is_built(file, id)))
    }

    /// Whether the chain of calls that a member stands in comes to `build`, so that what it sets is one client's.
    fn is_built(&self, file: FileId, member: ExprId) -> bool {
        let (data, index) = (self.file(file), self.listing(file));
        let chain = std::iter::successors(Some(member), |at| {
            let outer = index.parent(*at)?;
            match data.expr(outer).kind {
                ExprKind::Call { callee, .. } => (callee == *at).then_some(outer),
                ExprKind::Member { .. } | ExprKind::Propagate(_) => Some(outer),
                _ => None,
            }
        });
        let is_build = |at: ExprId| matches!(data.expr(at).kind, ExprKind::Member { name, .. } if name == "build");
        chain.take(64).any(is_build)
    }

    /// `wait_for(call(), 5)`, `Promise.race([call(), timeout])`.
    fn is_raced(&self, call: ExprRef) -> bool {
        const MAX_PARENTS: usize = 8;
        let (file, index) = (self.file(call.file), self.listing(call.file));
        std::iter::successors(Some(call.id), |at| index.parent(*at)).take(MAX_PARENTS).skip(1).any(|at| {
            let ExprKind::Call { callee, .. } = file.expr(at).kind else { return false };
            let name = match file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
                ExprKind::Local(binding) => file.binding(binding).name,
                _ => return false,
            };
            let name = name.to_lowercase();
            name == "race" || name == "wait_for" || name.contains("timeout")
        })
    }
}

/// The bytes that `50mb` or `52428800` says.
fn size(text: &str) -> Option<f64> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let unit = match text[digits..].trim() {
        "" | "b" => 1.0,
        "kb" | "k" => 1024.0,
        "mb" | "m" => 1024.0 * 1024.0,
        "gb" | "g" => 1024.0 * 1024.0 * 1024.0,
        "infinity" => return Some(f64::INFINITY),
        _ => return None,
    };
    text[..digits].parse::<f64>().ok().map(|number| number * unit)
}

/// Whether a member, a key, an argument or a name of the file is called so.
fn has_name(file: &File, is_wanted: impl Fn(Symbol) -> bool) -> bool {
    file.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Member { name, .. } | ExprKind::Global(name) => is_wanted(*name),
        ExprKind::Local(binding) => is_wanted(file.binding(*binding).name),
        ExprKind::Record(entries) => entries.iter().any(|entry| entry.key.is_some_and(&is_wanted)),
        ExprKind::Call { args, .. } => args.iter().any(|arg| arg.name.is_some_and(&is_wanted)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        assert_eq!(size("50mb"), Some(52_428_800.0));
        assert_eq!(size("1024"), Some(1024.0));
        assert_eq!(size("Infinity"), Some(f64::INFINITY));
        assert_eq!(size("a lot"), None);
    }
}
