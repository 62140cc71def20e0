use ir::{BindingId, ExprKind, FnId};

use super::processes::Several;
use super::{Given, LibraryCall, Program};
use crate::deployment::StartCommand;
use crate::ids::{ExprRef, FileId};
use crate::models::{DevCommand, Resource};
use crate::processes::covers;
use crate::roles::Role;
use crate::stages::{defaults_to_development, developed};

/// A command of a deployment file that starts the program as its developers do.
#[derive(Clone, Copy, Debug)]
pub struct DevStart<'p, 'm> {
    pub command: &'p StartCommand,
    /// What it starts.
    pub kind: &'m DevCommand,
    /// The call that does, in a file that the command runs.
    pub call: Option<&'p LibraryCall<'m>>,
}

impl<'m> Program<'m> {
    /// Commands of deployment files that start the program as its developers do. A command is judged by the languages of the
    /// program.
    pub fn dev_starts(&self) -> Vec<DevStart<'_, 'm>> {
        let found = self.start_commands.iter().filter_map(|command| {
            if let Some(kind) = self.models.dev_commands().find(|kind| kind.fits(&command.words)) {
                return Some(DevStart { command, kind, call: None });
            }
            let file = self.file_run_by(command)?;
            let apart = if self.is_told_to_develop(command, file) { Vec::new() } else { developed(self.file(file)) };
            let is_apart = |call: &LibraryCall<'_>| apart.iter().any(|region| region.contains(self.call_span(call.at)));
            let calls = self.calls().iter().filter(|call| call.at.file == file && !call.site.is_exceptional);
            let calls = calls.filter(|call| !is_apart(call));
            let (kind, call) = calls.filter_map(|call| Some((self.dev_call(call)?, call))).next()?;
            Some(DevStart { command, kind, call: Some(call) })
        });
        found.collect()
    }

    /// Where an SQLite file is opened whose name is written out, in a part of the program that is started several times.
    pub fn single_files(&self) -> Vec<(&LibraryCall<'m>, Several)> {
        let opens = |call: &LibraryCall<'m>| {
            let is_resource = matches!(call.model.acquires, Some(Resource::Connection | Resource::Pool));
            let ExprKind::Call { args, .. } = self.kind(call.at) else { return false };
            let name = args.first().and_then(|arg| self.literal(ExprRef { file: call.at.file, id: arg.value }, 0));
            let is_file = |name: String| {
                let is_own = call.model.path.is_some_and(|path| path.to_lowercase().contains("sqlite"));
                (is_own || name.starts_with("sqlite"))
                    && !name.is_empty()
                    && !name.contains(":memory:")
                    && name != "sqlite://"
            };
            is_resource && self.role(call.at.file) == Role::App && name.is_some_and(is_file)
        };
        let opened = self.calls().iter().filter(|call| opens(call) && !self.is_for_development(call.at.file));
        opened.filter_map(|call| Some((call, self.several(call.at.file)?))).collect()
    }

    /// Where Django's settings give a name this one value (`true`, `null`), if a deployment may start with it.
    pub fn django_settings(&self, name: &str, text: &str) -> Vec<ExprRef> {
        let mut found = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let id = FileId(number as u32);
            let is_settings = file.path.rsplit('/').next() == Some("settings.py");
            if !is_settings || self.role(id) != Role::App || self.is_for_development(id) {
                continue;
            }
            let bindings = (0..file.bindings.len() as u32).map(BindingId);
            let named = bindings.filter(|id| {
                let binding = file.binding(*id);
                binding.name == name && binding.function == FnId::MODULE
            });
            let values = named.filter_map(|binding| match self.indexes[number].defs.get(&binding).map(Vec::as_slice) {
                Some([def]) => Some(ExprRef { file: id, id: def.value }),
                _ => None,
            });
            found.extend(values.filter(|value| self.literal(*value, 0).is_some_and(|given| given == text)));
        }
        found
    }

    /// The first command with which a deployment file starts the part of the program that a file belongs to.
    pub fn start_of(&self, file: FileId) -> Option<&StartCommand> {
        let path = self.file(file).path;
        self.start_commands.iter().find(|command| covers(&command.path, &path))
    }

    /// Whether what a file does only in development is done where a command starts it: it takes development for granted if
    /// nobody says otherwise (`os.environ.get("FLASK_ENV", "development")`), and the deployment file does not.
    fn is_told_to_develop(&self, command: &StartCommand, file: FileId) -> bool {
        let is_default = self.file(file).exprs.iter().any(|expr| match &expr.kind {
            ExprKind::Call { args, .. } => match args.as_slice() {
                [name, default] => defaults_to_development(self.file(file), [name.value, default.value]),
                _ => false,
            },
            _ => false,
        });
        is_default && !command.is_told_production
    }

    fn dev_call(&self, call: &LibraryCall<'m>) -> Option<&'m DevCommand> {
        let is_on = |option: &String| match self.given(&self.options_of(call.at, call.model), option) {
            Given::Text(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        self.models.dev_commands().find(|kind| {
            let is_called = kind.call.as_deref().is_some_and(|path| call.model.path.is_some_and(|own| own == *path));
            is_called && kind.option.as_ref().is_none_or(is_on)
        })
    }

    /// The file of the program that a command names: `python app.py`. A Dockerfile may have copied it from a folder below.
    fn file_run_by(&self, command: &StartCommand) -> Option<FileId> {
        let word = command.words.iter().find(|word| word.ends_with(".py"))?;
        let name = word.rsplit("./").next()?.trim_start_matches('/');
        let folder = command.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let files = || (0..self.files.len()).map(|number| FileId(number as u32));
        if let Some(file) = files().find(|file| self.file(*file).path == *beside) {
            return Some(file);
        }
        let last = name.rsplit('/').next()?;
        let is_below = |path: &str| path.starts_with(folder) && path.rsplit('/').next() == Some(last);
        let mut below = files().filter(|file| self.role(*file) == Role::App && is_below(&self.file(*file).path));
        below.next().filter(|_| below.next().is_none())
    }
}
