//! Streams that are piped to a client.

use ir::{ExprKind, Symbol};

use super::Program;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::Effect;
use crate::values::Atom;

/// A stream whose source stays open when the client that it is piped to goes away.
#[derive(Clone, Copy, Debug)]
pub struct PipedStream {
    /// The call of `pipe`.
    pub at: ExprRef,
    pub function: FnRef,
}

/// Members and functions that end a source, or that end it with what it is piped to.
const ENDS: &[&str] =
    &["destroy", "close", "unpipe", "pipeline", "finished", "addAbortSignal", "compose", "cancel", "abort"];

impl Program<'_> {
    /// `source.pipe(response)` of a readable stream that nothing ends, by file and position.
    pub fn piped_streams(&self) -> Vec<PipedStream> {
        let (source, target) = (Symbol::new("stream.Readable"), Symbol::new("http.ServerResponse"));
        let mut found = Vec::new();
        for (number, index) in self.indexes.iter().enumerate() {
            let (file, id) = (&self.files[number], FileId(number as u32));
            let library = self.library(id);
            let is = |expr: ExprRef, ancestor: Symbol| {
                self.value(expr).iter().any(|atom| matches!(atom, Atom::Instance(ty) if library.is_a(*ty, ancestor)))
            };
            for site in index.sites.iter().flatten() {
                let ExprKind::Call { callee, args, .. } = &file.expr(site.call).kind else { continue };
                let ExprKind::Member { base, name, .. } = file.expr(*callee).kind else { continue };
                let at = |expr| ExprRef { file: id, id: expr };
                let is_piped =
                    name == "pipe" && args.first().is_some_and(|arg| is(at(arg.value), target)) && is(at(base), source);
                if is_piped && !self.is_ended(at(base)) && !self.is_made_here(at(base)) {
                    found.push(PipedStream { at: at(site.call), function: FnRef { file: id, id: site.function } });
                }
            }
        }
        found
    }

    /// A document or an archive that the program itself writes: nothing stays open behind it.
    fn is_made_here(&self, stream: ExprRef) -> bool {
        let made = self.definition(stream).unwrap_or(stream);
        let effect = self.model(made).and_then(|model| model.does);
        matches!(effect, Some(Effect::Pdf | Effect::Archive | Effect::Spreadsheet))
    }

    /// Whether something in the file ends the stream of this name.
    fn is_ended(&self, stream: ExprRef) -> bool {
        let (file, index) = (self.file(stream.file), self.listing(stream.file));
        let ExprKind::Local(binding) = file.expr(stream.id).kind else { return false };
        index.uses_of(binding).iter().any(|use_| {
            let Some(parent) = index.parent(*use_) else { return true };
            match &file.expr(parent).kind {
                ExprKind::Member { name, .. } => ENDS.contains(&name.as_str()),
                ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
                    ExprKind::Member { name, .. } | ExprKind::Global(name) => ENDS.contains(&name.as_str()),
                    ExprKind::Local(binding) => ENDS.contains(&file.binding(binding).name.as_str()),
                    _ => true,
                },
                _ => true,
            }
        })
    }
}
