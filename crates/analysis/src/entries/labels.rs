//! What an entry is called in a message.

use ir::{Arg, ExprId, ExprKind, Span, Symbol, TextPart};

use super::{Collector, VERBS};
use crate::models::Entry;

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
        let name = ir::final_segment(path.as_str());
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
        // `get` of a router, `Get` of a decorator.
        let is_verb = VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(name));
        let verb = if is_verb { name.to_uppercase() } else { String::new() };
        match (verb.is_empty(), route) {
            (false, Some(route)) => format!("{verb} {route}"),
            (true, Some(route)) => route,
            (false, None) if entry.noun.is_empty() => verb,
            (false, None) => format!("{verb} ({})", entry.noun),
            (true, None) => entry.noun.to_owned(),
        }
    }

    pub(super) fn plain_text(&self, id: ExprId) -> Option<String> {
        match &self.file.expr(id).kind {
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
