//! What an entry is called in a message.

use ir::{Arg, ExprId, ExprKind, File, FnId, Span, Symbol, TextPart};

use super::{Collector, VERBS};
use crate::models::Entry;
use crate::values::Atom;

impl Collector<'_> {
    /// The call up to its first argument, so that the place stays short.
    pub(super) fn head_span(&self, callee: ExprId, args: &[Arg]) -> Span {
        let span = self.file.expr(callee).span;
        let name = match self.file.expr(callee).kind {
            ExprKind::Member { name_span, .. } => name_span,
            _ => span,
        };
        match args.first().map(|arg| self.file.expr(arg.value)) {
            Some(first) if matches!(first.kind, ExprKind::Text(_)) => name.to(first.span),
            _ => name,
        }
    }

    /// `GET /users`: the verb from the registration's name, the route from its argument, or from the call around it.
    pub(super) fn label(&self, entry: &Entry, path: Symbol, args: &[Arg], call: Option<ExprId>) -> String {
        let mut route = entry.route_argument.and_then(|position| self.plain_text(args.get(position)?.value));
        if route.is_none()
            && let Some(call) = call
        {
            let index = &self.world.indexes[self.file_id.0 as usize];
            let mut at = call;
            for _ in 0..4 {
                let Some(parent) = index.parent(at) else { break };
                // The call that it is an argument of: `.route("", get().to(f))` says nothing of the next `.route(…)`.
                if let ExprKind::Call { args, .. } = &self.file.expr(parent).kind
                    && args.iter().any(|arg| arg.value == at)
                    && let Some(text) = args.first().and_then(|arg| self.plain_text(arg.value))
                {
                    route = Some(text).filter(|text| text.starts_with('/'));
                    break;
                }
                at = parent;
            }
        }
        if route.is_none() && entry.route_argument.is_none() {
            route = call.and_then(|call| self.route_before(call));
        }
        let verb = verb_of(path).or_else(|| self.verb_before(call?));
        labelled(entry, verb, route)
    }

    /// The label with the path of the class before its own: `@Controller("orders")` around `@Get(":id")`.
    pub(super) fn below_class(&self, method: FnId, entry: &Entry, label: String) -> String {
        let (Some(number), Some(class)) = (entry.route_argument, self.file.function(method).class) else {
            return label;
        };
        let decorators = self.file.class(class).decorators.iter();
        let of_class = decorators.filter_map(|decorator| match &self.file.expr(*decorator).kind {
            ExprKind::Call { callee, args, .. } => Some((*callee, args)),
            _ => None,
        });
        let is_one = |atom: &Atom| matches!(atom, Atom::Path(path) if entry.class_decorators.contains(path));
        let mut of_class = of_class.filter(|(callee, _)| self.value(*callee).iter().any(is_one));
        let (Some((_, args)), Some((verb, own))) = (of_class.next(), label.split_once(' ')) else { return label };
        let prefix = args.get(number).and_then(|arg| match &self.file.expr(arg.value).kind {
            ExprKind::Record(entries) => {
                let path = entries.iter().find(|entry| entry.key.is_some_and(|key| key == "path"))?;
                self.plain_text(path.value)
            }
            _ => self.plain_text(arg.value),
        });
        let own = if own.starts_with('(') { "" } else { own };
        let parts = [prefix.as_deref().unwrap_or_default(), own].map(|part| part.trim_matches('/'));
        let whole: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("{verb} /{}", whole.join("/"))
    }

    /// The path that a chain is about: `router.route("/users").get(list).post(add)`.
    fn route_before(&self, call: ExprId) -> Option<String> {
        let mut at = call;
        while let ExprKind::Call { callee, .. } = self.file.expr(at).kind {
            let ExprKind::Member { base, .. } = self.file.expr(callee).kind else { return None };
            let ExprKind::Call { args, .. } = &self.file.expr(base).kind else { return None };
            let path = args.first().and_then(|arg| self.plain_text(arg.value));
            if let Some(path) = path.filter(|path| path.starts_with('/')) {
                return Some(path);
            }
            at = base;
        }
        None
    }

    /// `post().to(handler)`: the verb of what is given the handler.
    fn verb_before(&self, call: ExprId) -> Option<&'static str> {
        let mut at = call;
        while let ExprKind::Call { callee, .. } = self.file.expr(at).kind {
            let name = match self.file.expr(callee).kind {
                ExprKind::Member { name, .. } | ExprKind::Global(name) => name,
                ExprKind::Local(binding) => self.file.binding(binding).name,
                _ => return None,
            };
            if let Some(verb) = verb_named(&name) {
                return Some(verb);
            }
            let ExprKind::Member { base, .. } = self.file.expr(callee).kind else { return None };
            at = base;
        }
        None
    }

    /// `#[utoipa::path(get, path = "/users")]`.
    pub(super) fn documented(&self, entry: &Entry, args: &[Arg]) -> String {
        let route = args.iter().find(|arg| arg.name.is_some_and(|name| name == "path"));
        let route = route.and_then(|arg| self.plain_text(arg.value));
        let verb = args.iter().filter(|arg| arg.name.is_none()).find_map(|arg| match self.file.expr(arg.value).kind {
            ExprKind::Global(name) => Some(name),
            ExprKind::Local(binding) => Some(self.file.binding(binding).name),
            _ => None,
        });
        match (verb.filter(|verb| VERBS.contains(&verb.as_str())), route) {
            (Some(verb), Some(route)) => format!("{} {route}", verb.to_uppercase()),
            _ => entry.noun.to_owned(),
        }
    }

    pub(super) fn plain_text(&self, id: ExprId) -> Option<String> {
        plain_text(self.file, id)
    }
}

/// `GET /users`: the verb from the name of what registers, and the route.
pub(super) fn label_of(entry: &Entry, path: Symbol, route: Option<String>) -> String {
    labelled(entry, verb_of(path), route)
}

/// `get` of a router, `Get` of a decorator.
fn verb_of(path: Symbol) -> Option<&'static str> {
    verb_named(ir::final_segment(path.as_str()))
}

fn verb_named(name: &str) -> Option<&'static str> {
    VERBS.iter().copied().find(|verb| verb.eq_ignore_ascii_case(name))
}

fn labelled(entry: &Entry, verb: Option<&str>, route: Option<String>) -> String {
    let verb = verb.map_or_else(String::new, str::to_uppercase);
    match (verb.is_empty(), route) {
        (false, Some(route)) => format!("{verb} {route}"),
        (true, Some(route)) => route,
        (false, None) if entry.noun.is_empty() => verb,
        (false, None) => format!("{verb} ({})", entry.noun),
        (true, None) => entry.noun.to_owned(),
    }
}

pub(super) fn plain_text(file: &File, id: ExprId) -> Option<String> {
    match &file.expr(id).kind {
        ExprKind::Text(parts) => {
            let text = parts.iter().map(|part| match part {
                TextPart::Literal { value, .. } => value.to_string(),
                TextPart::Hole(_) => "{}".to_owned(),
            });
            Some(text.collect())
        }
        _ => None,
    }
}

/// Whether a label says less of a route than what documents it: no path, or the end of it.
pub(super) fn says_less(label: &str, documented: &str) -> bool {
    let Some((verb, full)) = verb_and_path(documented) else { return false };
    match verb_and_path(label) {
        Some((own, path)) => {
            own == verb && full.len() > path.len() && full.trim_end_matches('/').ends_with(path.trim_end_matches('/'))
        }
        None => true,
    }
}

fn verb_and_path(label: &str) -> Option<(&str, &str)> {
    label.split_once(' ').filter(|(_, path)| path.starts_with('/'))
}

/// `/api/users/[id]` from `src/app/api/users/[id]/route.ts`.
pub(super) fn route_of_path(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let mut parts: Vec<&str> = stem.split('/').collect();
    if parts
        .last()
        .is_some_and(|last| matches!(*last, "route" | "index" | "page" | "layout" | "+server" | "+page.server"))
    {
        parts.pop();
    }
    let start =
        parts.iter().position(|part| matches!(*part, "app" | "pages" | "routes" | "functions")).map_or(0, |at| at + 1);
    format!(
        "/{}",
        parts[start.min(parts.len())..]
            .iter()
            .filter(|part| !part.starts_with('('))
            .copied()
            .collect::<Vec<_>>()
            .join("/")
    )
}
