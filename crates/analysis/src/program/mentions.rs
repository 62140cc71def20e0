//! Words in what an expression is made of.

use ir::{ExprId, ExprKind, File, TextPart, Visit, walk_expr};
use rustc_hash::FxHashSet;

use super::Program;
use crate::ids::ExprRef;
use crate::values::Atom;

const MAX_EXPRESSIONS: usize = 400;

impl Program<'_> {
    /// Whether one of the words (in lower case) occurs in an expression: in its names, texts and numbers, in those of
    /// what its names were assigned, and in the texts that its parts can be.
    pub fn mentions(&self, expr: ExprRef, words: &[&str]) -> bool {
        let mut open = vec![expr];
        let mut seen: FxHashSet<ExprRef> = FxHashSet::default();
        while let Some(at) = open.pop() {
            let mut parts = Parts::default();
            parts.expr(self.file(at.file), at.id);
            for id in parts.found {
                let part = ExprRef { file: at.file, id };
                if seen.len() >= MAX_EXPRESSIONS || !seen.insert(part) {
                    continue;
                }
                if self.own_words(part).any(|word| words.iter().any(|wanted| word.contains(wanted))) {
                    return true;
                }
                open.extend(self.definition(part));
                open.extend(self.value(part).iter().filter_map(|atom| match atom {
                    Atom::Text(text) | Atom::Record(text) if *text != part => Some(*text),
                    _ => None,
                }));
            }
        }
        false
    }

    fn own_words(&self, expr: ExprRef) -> impl Iterator<Item = String> {
        let file = self.file(expr.file);
        let words: Vec<String> = match &file.expr(expr.id).kind {
            ExprKind::Local(binding) => vec![file.binding(*binding).name.to_string()],
            ExprKind::Global(name) | ExprKind::Member { name, .. } => vec![name.to_string()],
            ExprKind::Number(number) => vec![number.to_string()],
            ExprKind::Call { args, .. } => args.iter().filter_map(|arg| Some(arg.name?.to_string())).collect(),
            ExprKind::Record(entries) => entries.iter().filter_map(|entry| Some(entry.key?.to_string())).collect(),
            ExprKind::Text(parts) => {
                let texts = parts.iter().filter_map(|part| match part {
                    TextPart::Literal { value, .. } => Some(value.to_string()),
                    TextPart::Hole(_) => None,
                });
                texts.collect()
            }
            _ => Vec::new(),
        };
        words.into_iter().map(|word| word.to_lowercase())
    }
}

/// All parts of an expression, itself first.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) found: Vec<ExprId>,
}

impl Visit for Parts {
    fn expr(&mut self, file: &File, id: ExprId) {
        self.found.push(id);
        walk_expr(self, file, id);
    }
}
