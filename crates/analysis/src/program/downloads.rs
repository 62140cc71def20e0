//! Answers of hosts that a client names, which are read into memory as a whole.

use ir::ExprKind;

use super::Program;
use crate::ids::ExprRef;
use crate::models::Effect;
use crate::program::LibraryCall;

const MAX_DEPTH: u32 = 3;

/// Members of an answer that read all of it as bytes.
const WHOLE: &[&str] = &["arrayBuffer", "blob", "bytes", "buffer"];

impl<'m> Program<'m> {
    /// Calls that read all of what a URL from the request answers.
    pub fn whole_downloads(&self) -> impl Iterator<Item = &LibraryCall<'m>> {
        self.calls().iter().filter(|call| {
            let ExprKind::Call { callee, .. } = *self.kind(call.at) else { return false };
            match *self.kind(ExprRef { file: call.at.file, id: callee }) {
                ExprKind::Member { base, name, .. } => {
                    WHOLE.contains(&name.as_str())
                        && self.is_named_by_client(ExprRef { file: call.at.file, id: base }, 0)
                }
                _ => false,
            }
        })
    }

    /// Whether an answer is of a URL that is a part of the request.
    fn is_named_by_client(&self, answer: ExprRef, depth: u32) -> bool {
        let file = self.file(answer.file);
        let answer = ExprRef { file: answer.file, id: file.awaited(answer.id) };
        match self.kind(answer) {
            ExprKind::Local(_) if depth < MAX_DEPTH => {
                self.definition(answer).is_some_and(|made| self.is_named_by_client(made, depth + 1))
            }
            ExprKind::Call { args, .. } => {
                let is_fetch = self.model(answer).is_some_and(|model| model.does == Some(Effect::Http));
                let url = args.first().map(|arg| ExprRef { file: answer.file, id: arg.value });
                is_fetch && url.is_some_and(|url| self.is_from_request(url))
            }
            _ => false,
        }
    }
}
