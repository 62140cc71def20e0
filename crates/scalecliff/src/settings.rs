//! `scalecliff config`: which settings hold.

use crate::args::{CheckArgs, ConfigArgs, ConfigCommand};
use crate::configure::Configuration;
use crate::discover::search_path;
use crate::output;
use crate::status::{Failure, Status};

pub(crate) fn config(args: &ConfigArgs) -> Result<Status, Failure> {
    match &args.command {
        ConfigCommand::Schema => output::print(triage::SCHEMA)?,
        ConfigCommand::Show { path } => {
            let path = search_path(path)?;
            let configuration = Configuration::find(&CheckArgs::for_project(&path), std::slice::from_ref(&path))?;
            let text = match &configuration.file {
                Some(file) => {
                    let file = report::neutral(&file.display().to_string());
                    format!("# {file}\n{}", configuration.run.to_toml())
                }
                None => "# no settings: the defaults hold\n".to_owned(),
            };
            output::print(&text)?;
        }
    }
    Ok(Status::Clean)
}
