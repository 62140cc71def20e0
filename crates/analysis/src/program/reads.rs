//! What calls are given that is always the same: constants, and files whose names are written out.

use ir::{BindingId, BindingKind, ExprId, ExprKind, File, FnId, TextPart, Visit, walk_expr};

use super::Program;
use crate::ids::{ExprRef, FileId};
use crate::index::{Def, Part};
use crate::models::Effect;
use crate::program::LibraryCall;

const MAX_DEPTH: u32 = 3;

/// What only settings are written in.
const OF_SETTINGS: &[&str] = &[".yml", ".yaml", ".toml", ".ini", ".cfg"];

impl Program<'_> {
    /// Whether what a call is given depends on names of the function around.
    pub fn is_given_locals(&self, call: ExprRef) -> bool {
        let ExprKind::Call { args, .. } = self.kind(call) else { return false };
        args.iter().any(|arg| self.has_locals(ExprRef { file: call.file, id: arg.value }, 0))
    }

    /// Whether an expression is made of what a function has found out; what it has read of a certain file is none of that.
    fn has_locals(&self, value: ExprRef, depth: u32) -> bool {
        let file = self.file(value.file);
        parts_of(file, value.id).into_iter().any(|id| {
            let name = match file.expr(id).kind {
                ExprKind::Local(name) => name,
                // Which file it is, another object may say otherwise.
                ExprKind::This => return depth > 0,
                _ => return false,
            };
            let binding = file.binding(name);
            let is_import = matches!(binding.kind, BindingKind::Import(_));
            binding.function != FnId::MODULE && !is_import && !self.is_certain_file(value.file, name, depth)
        })
    }

    /// `with open("settings.yml") as file`, `const text = readFileSync("settings.yml")`.
    fn is_certain_file(&self, file: FileId, name: BindingId, depth: u32) -> bool {
        let mut values = self.values_given(file, name).peekable();
        depth < MAX_DEPTH
            && values.peek().is_some()
            && values
                .all(|value| value.is_some_and(|value| self.does_read(value) && !self.has_locals(value, depth + 1)))
    }

    /// What a name is given, whole or as what a `with` block enters; nothing where it is a part.
    fn values_given(&self, file: FileId, name: BindingId) -> impl Iterator<Item = Option<ExprRef>> {
        let defs = self.listing(file).defs.get(&name).map_or(&[][..], Vec::as_slice);
        defs.iter().map(move |Def { value, parts }| {
            matches!(parts.as_slice(), [] | [Part::Entered]).then_some(ExprRef { file, id: *value })
        })
    }

    /// Whether a call, or what it is a member of, reads from the disk.
    fn does_read(&self, value: ExprRef) -> bool {
        let at = ExprRef { file: value.file, id: self.file(value.file).awaited(value.id) };
        if self.model(at).is_some_and(|model| model.does == Some(Effect::Disk)) {
            return true;
        }
        let ExprKind::Call { callee, .. } = *self.kind(at) else { return false };
        match *self.kind(ExprRef { file: at.file, id: callee }) {
            ExprKind::Member { base, .. } => self.does_read(ExprRef { file: at.file, id: base }),
            _ => false,
        }
    }

    /// Whether what a call is given is read from a file of settings, by its name, that the program does not write.
    pub fn is_given_settings(&self, call: ExprRef) -> bool {
        let mut names = Vec::new();
        self.texts_in(call, 0, &mut names);
        let is_of_settings = |name: &String| {
            let last = name.rsplit('/').next().unwrap_or(name);
            OF_SETTINGS.iter().any(|end| last.ends_with(end))
                || last.ends_with(".json") && ["config", "settings"].iter().any(|word| last.contains(word))
        };
        names.retain(is_of_settings);
        let writes = |other: &LibraryCall<'_>| {
            let mut given = Vec::new();
            if other.model.does == Some(Effect::Disk) && other.at != call {
                self.texts_in(other.at, 0, &mut given);
            }
            let is_write = self.called_name(other.at).is_some_and(|name| name.to_lowercase().contains("write"))
                || given.iter().any(|text| matches!(text.as_str(), "w" | "a" | "w+" | "r+" | "wb" | "wt"));
            is_write && given.iter().any(|text| names.contains(text))
        };
        !names.is_empty() && !self.calls().iter().any(writes)
    }

    /// The texts, in lower case, that an expression and what its names stand for are made of.
    fn texts_in(&self, value: ExprRef, depth: u32, found: &mut Vec<String>) {
        let file = self.file(value.file);
        for id in parts_of(file, value.id) {
            match &file.expr(id).kind {
                ExprKind::Text(parts) => found.extend(parts.iter().filter_map(|part| match part {
                    TextPart::Literal { value, .. } => Some(value.to_lowercase()),
                    TextPart::Hole(_) => None,
                })),
                ExprKind::Local(name) if depth < MAX_DEPTH => {
                    let at = ExprRef { file: value.file, id };
                    let own: Vec<ExprRef> = self.values_given(value.file, *name).flatten().collect();
                    let given = if own.is_empty() { self.definition(at).into_iter().collect() } else { own };
                    for given in given.into_iter().filter(|given| given.id != id) {
                        self.texts_in(given, depth + 1, found);
                    }
                }
                _ => {}
            }
        }
    }
}

/// All parts of an expression, itself first, without those of functions in it.
fn parts_of(file: &File, value: ExprId) -> Vec<ExprId> {
    struct Parts(Vec<ExprId>);
    impl Visit for Parts {
        fn expr(&mut self, file: &File, id: ExprId) {
            self.0.push(id);
            walk_expr(self, file, id);
        }
    }
    let mut parts = Parts(Vec::new());
    parts.expr(file, value);
    parts.0
}
