use super::Program;
use crate::deployment::StartCommand;
use crate::models::DevCommand;

impl Program<'_> {
    /// Commands of deployment files that start the program as its developers do, with what they start. A command is judged by
    /// the languages of the program.
    pub fn dev_commands(&self) -> Vec<(&StartCommand, &DevCommand)> {
        let kinds = || self.models.dev_commands();
        let found = self.start_commands.iter().filter_map(|command| {
            let kind = kinds().find(|kind| kind.fits(&command.words))?;
            Some((command, kind))
        });
        found.collect()
    }
}
