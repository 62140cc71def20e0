//! Routes that a record describes, whatever is given it: `this.route({ method: "get", path: "/users", handler: this.list })`.

use ir::{Entry as Field, ExprId, ExprKind, Symbol};
use rustc_hash::FxHashSet;

use super::labels::plain_text;
use super::{Collector, EntryPoint, VERBS};
use crate::ids::FnRef;
use crate::models::{Context, Lane};

impl Collector<'_> {
    pub(super) fn described(&mut self) {
        let context = self.in_this_file(Context::Request);
        let known = self.found.iter().filter(|known| known.context == context);
        let mut known: FxHashSet<FnRef> = known.map(|known| known.function).collect();
        for number in 0..self.file.exprs.len() {
            let ExprKind::Record(fields) = &self.file.exprs[number].kind else { continue };
            let Some((label, handler, at)) = self.route_of(fields) else { continue };
            for function in self.handlers(handler, 0) {
                if known.insert(function) {
                    let place = (self.file_id, self.file.expr(at).span);
                    let label = label.trim_end().to_owned();
                    self.found.push(EntryPoint::plain(function, (context, Lane::Auto), label, place));
                }
            }
        }
    }

    /// The label, the handler, and what says the path.
    fn route_of(&self, fields: &[Field]) -> Option<(String, ExprId, ExprId)> {
        let field = |names: &[&str]| {
            let is_one = |field: &&Field| field.key.is_some_and(|key: Symbol| names.contains(&key.as_str()));
            fields.iter().find(is_one).map(|field| field.value)
        };
        let handler = field(&["handler"])?;
        let path = field(&["path", "url"])?;
        let method = plain_text(self.file, field(&["method"])?)?;
        let verb = VERBS.iter().find(|verb| verb.eq_ignore_ascii_case(&method))?;
        Some((format!("{} {}", verb.to_uppercase(), plain_text(self.file, path)?), handler, path))
    }
}
