//! What a client sends in the body of its request, such as the server and the password that a form asks to try.

use ir::{ExprId, ExprKind, Symbol};

use super::Program;
use crate::ids::{ExprRef, FnRef};
use crate::values::Atom;

/// Members of a request that hold what its client sends.
const BODIES: &[&str] = &["body", "query", "args", "form", "json", "POST", "GET", "data"];

/// What takes the body out of a request, or checks it and gives it back.
const READS: &[&str] = &["get_json", "json", "form", "parse", "parseAsync", "model_validate", "validate"];

/// Names of what a request is called.
const REQUESTS: &[&str] = &["req", "request", "ctx", "context", "c"];

const MAX_STEPS: u32 = 8;

impl Program<'_> {
    /// Whether an argument of a call comes out of the request's body.
    pub fn is_made_of_body(&self, call: ExprRef) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.iter().any(|arg| self.is_sent(ExprRef { file: call.file, id: arg.value }, 0))
    }

    /// `request.FILES.getlist("file")`, `req.files`.
    pub fn is_list_of_uploads(&self, list: ExprRef) -> bool {
        let at = |id| ExprRef { file: list.file, id };
        match *self.kind(list) {
            ExprKind::Call { callee, .. } => match *self.kind(at(callee)) {
                ExprKind::Member { base, .. } => self.is_list_of_uploads(at(base)),
                _ => false,
            },
            ExprKind::Member { name, .. } => matches!(name.as_str(), "FILES" | "files"),
            _ => false,
        }
    }

    fn is_sent(&self, value: ExprRef, depth: u32) -> bool {
        if depth > MAX_STEPS {
            return false;
        }
        let at = |id| ExprRef { file: value.file, id };
        let again = |id| self.is_sent(at(id), depth + 1);
        match self.kind(value) {
            ExprKind::Await(inner) | ExprKind::Propagate(inner) => again(*inner),
            ExprKind::Member { base, name, .. } => {
                BODIES.contains(&name.as_str()) && self.is_request(at(*base)) || again(*base)
            }
            ExprKind::Index { base, .. } => again(*base),
            ExprKind::Binary { left, right, .. } => again(*left) || again(*right),
            ExprKind::Record(entries) => entries.iter().any(|entry| again(entry.value)),
            ExprKind::Call { callee, args, .. } => match *self.kind(at(*callee)) {
                ExprKind::Member { base, name, .. } => {
                    let is_read = READS.contains(&name.as_str());
                    again(base) || is_read && (self.is_request(at(base)) || args.iter().any(|arg| again(arg.value)))
                }
                // `int(data["port"])`.
                ExprKind::Global(_) => args.iter().any(|arg| again(arg.value)),
                _ => false,
            },
            ExprKind::Local(binding) => {
                let listing = self.listing(value.file);
                if let Some(param) = listing.params.get(binding) {
                    return self.is_handed_body(FnRef { file: value.file, id: param.function }, param.index, depth);
                }
                let defs = listing.defs.get(binding).map_or(&[][..], Vec::as_slice);
                defs.iter().any(|def| again(def.value))
            }
            _ => false,
        }
    }

    fn is_request(&self, value: ExprRef) -> bool {
        self.last_name(value).is_some_and(|name| REQUESTS.contains(&name.as_str()))
    }

    fn last_name(&self, value: ExprRef) -> Option<Symbol> {
        match *self.kind(value) {
            ExprKind::Local(binding) => Some(self.file(value.file).binding(binding).name),
            ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
            ExprKind::Index { base, .. } => self.last_name(ExprRef { file: value.file, id: base }),
            _ => None,
        }
    }

    /// Whether a handler declares it as its body, or every caller hands over a part of one.
    fn is_handed_body(&self, function: FnRef, index: usize, depth: u32) -> bool {
        if self.entries_of.contains_key(&function) {
            return self.is_declared_body(function, index);
        }
        let callers = self.calls_into(function);
        !callers.is_empty()
            && callers
                .iter()
                .all(|edge| self.argument(edge.at, function, index).is_some_and(|given| self.is_sent(given, depth + 1)))
    }

    /// `@Body() dto`, `Json(body): Json<T>`, a model of the project that a decorated handler takes.
    fn is_declared_body(&self, handler: FnRef, index: usize) -> bool {
        let data = self.file(handler.file).function(handler.id);
        let param = &data.params[index];
        let says = |part: &ExprId, words: &[&str]| self.mentions(ExprRef { file: handler.file, id: *part }, words);
        let declared = [param.annotation, param.default];
        let mut declared = declared.iter().flatten();
        if !self.file(handler.file).has_exceptions() {
            let head = param.annotation.and_then(|ty| self.last_name(ExprRef { file: handler.file, id: ty }));
            return head.is_some_and(|head| matches!(head.as_str(), "Json" | "Form" | "Query"));
        }
        if !param.decorators.is_empty() {
            return param.decorators.iter().any(|decorator| says(decorator, &["body", "query"]));
        }
        !data.decorators.is_empty()
            && param.annotation.is_some_and(|ty| self.is_model_or_dict(ExprRef { file: handler.file, id: ty }))
            && !REQUESTS.contains(&param.name.as_str())
            && !declared.any(|part| says(part, &["depends", "security"]))
    }

    /// What a framework takes out of a body: a part of the route's path is a text or a number.
    fn is_model_or_dict(&self, ty: ExprRef) -> bool {
        self.value(ty).iter().any(|atom| matches!(atom, Atom::Class(_)))
            || self.last_name(ty).is_some_and(|name| name == "dict")
    }
}
