use super::{Given, LibraryCall, Program};
use crate::deployment::StartCommand;
use crate::ids::FileId;
use crate::models::DevCommand;
use crate::roles::Role;

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
            let calls = self.calls().iter().filter(|call| call.at.file == file && !call.site.is_exceptional);
            let (kind, call) = calls.filter_map(|call| Some((self.dev_call(call)?, call))).next()?;
            Some(DevStart { command, kind, call: Some(call) })
        });
        found.collect()
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
