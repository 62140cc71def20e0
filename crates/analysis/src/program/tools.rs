//! Tools that the code starts as child processes, by the first word of their command lines.

use ir::{Arg, BinaryOp, ExprId, ExprKind, Symbol, TextPart, Visit, words_of};

use super::Program;
use super::mentions::Parts;
use crate::ids::{ExprRef, FileId};
use crate::models::Tool;

/// Names of names, commands that are put together.
const MAX_DEPTH: u32 = 6;

/// What only asks a tool about itself ends at once.
const QUESTIONS: &[&str] = &["-version", "--version", "-h", "--help", "-encoders", "-codecs", "-formats"];

impl Program<'_> {
    /// The tool that works while a call of a process is waited for, and its name: of the command that the call is given, or of the
    /// one with which the process was started that it waits for.
    pub fn tool(&self, call: ExprRef) -> Option<(&Tool, &str)> {
        let ExprKind::Call { callee, args, .. } = self.kind(call) else { return None };
        self.tool_of_arguments(call.file, args).or_else(|| {
            let ExprKind::Member { base, .. } = *self.kind(ExprRef { id: *callee, ..call }) else { return None };
            let started = self.definition(ExprRef { id: base, ..call })?;
            let started = ExprRef { id: self.file(started.file).awaited(started.id), ..started };
            let ExprKind::Call { args, .. } = self.kind(started) else { return None };
            self.tool_of_arguments(started.file, args)
        })
    }

    /// The tool of a command line, or of a program and its arguments: `("git", "clone", url)`, `("git", ["clone", url])`.
    fn tool_of_arguments(&self, file: FileId, args: &[Arg]) -> Option<(&Tool, &str)> {
        let first = args.first()?.value;
        self.tool_of(ExprRef { file, id: first }, 0).or_else(|| {
            let second = args.get(1)?.value;
            let second = match self.kind(ExprRef { file, id: second }) {
                ExprKind::List(items) => *items.first()?,
                _ => second,
            };
            self.task_of(file, first, second)
        })
    }

    fn tool_of(&self, command: ExprRef, depth: u32) -> Option<(&Tool, &str)> {
        let of = |id: ExprId| self.tool_of(ExprRef { file: command.file, id }, depth + 1);
        if depth > MAX_DEPTH || depth == 0 && self.asks_about_itself(command) {
            return None;
        }
        match self.kind(command) {
            ExprKind::List(items) => {
                of(*items.first()?).or_else(|| self.task_of(command.file, items[0], *items.get(1)?))
            }
            ExprKind::Text(parts) => match parts.first()? {
                TextPart::Literal { value, .. } => {
                    let mut words = value.split_whitespace();
                    let word = words.next()?.rsplit('/').next()?;
                    self.tool_called(word).or_else(|| self.tool_called(&format!("{word} {}", words.next()?)))
                }
                TextPart::Hole(hole) => of(*hole),
            },
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Or, left, right } => of(*left).or_else(|| of(*right)),
            ExprKind::Conditional { then, otherwise, .. } => of(*then).or_else(|| of(*otherwise)),
            // `shutil.which("ffmpeg")`, `shlex.split("ffmpeg -i …")`, `str(FFMPEG)`.
            ExprKind::Call { args, .. } => of(args.first()?.value),
            ExprKind::Spread(inner) => of(*inner),
            ExprKind::Global(name) => self.tool_named(*name),
            ExprKind::Member { name, .. } => self.tool_named(*name).or_else(|| self.tool_defined(command, depth)),
            ExprKind::Local(binding) => self
                .tool_defined(command, depth)
                .or_else(|| self.tool_named(self.file(command.file).binding(*binding).name)),
            _ => None,
        }
    }

    /// A program, and what it is asked to do: `["git", "clone", url]`.
    fn task_of(&self, file: FileId, program: ExprId, task: ExprId) -> Option<(&Tool, &str)> {
        let word = |id: ExprId| match self.kind(ExprRef { file, id }) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [TextPart::Literal { value, .. }] => Some(value.trim()),
                _ => None,
            },
            _ => None,
        };
        self.tool_called(&format!("{} {}", word(program)?.rsplit('/').next()?, word(task)?))
    }

    fn tool_defined(&self, name: ExprRef, depth: u32) -> Option<(&Tool, &str)> {
        let defined = self.definition(name).filter(|defined| *defined != name)?;
        // A command that is made longer in several steps still begins as it began.
        self.tool_of(defined, depth + 1)
    }

    fn tool_called(&self, name: &str) -> Option<(&Tool, &str)> {
        let name = name.strip_suffix(".exe").unwrap_or(name);
        self.models.tools().find_map(|tool| Some((tool, tool.names.iter().find(|own| *own == name)?.as_str())))
    }

    /// `FFMPEG_PATH`, `settings.soffice_binary`.
    fn tool_named(&self, name: Symbol) -> Option<(&Tool, &str)> {
        const PLACES: &[&str] = &["path", "bin", "binary", "exe", "executable", "cmd", "command"];
        let words = words_of(&name);
        let (first, rest) = words.split_first()?;
        rest.iter().all(|word| PLACES.contains(&word.as_str())).then(|| self.tool_called(first)).flatten()
    }

    fn asks_about_itself(&self, command: ExprRef) -> bool {
        let command = self.definition(command).unwrap_or(command);
        let mut parts = Parts::default();
        parts.expr(self.file(command.file), command.id);
        parts.found.iter().any(|id| match self.kind(ExprRef { file: command.file, id: *id }) {
            ExprKind::Text(parts) => parts.iter().any(|part| match part {
                TextPart::Literal { value, .. } => value.split_whitespace().any(|word| QUESTIONS.contains(&word)),
                TextPart::Hole(_) => false,
            }),
            _ => false,
        })
    }
}
