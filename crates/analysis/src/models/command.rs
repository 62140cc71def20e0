//! Commands that start a program in a way that is meant for its developers, and tools that work for seconds.

use serde::Deserialize;

use super::pool::names;

/// A command line that holds all of `words` in this order, and none of `unless`, or one that runs a file with a call of `call`.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DevCommand {
    #[serde(default)]
    pub words: Vec<String>,
    /// A function of the library that the file calls, with `option` (if there is one) switched on.
    pub call: Option<String>,
    pub option: Option<String>,
    #[serde(default, deserialize_with = "names")]
    pub unless: Vec<String>,
    /// What it starts, with its article: `Flask's development server`.
    pub is: String,
    /// The command for production.
    pub instead: String,
}

impl DevCommand {
    /// Whether a command is of this kind, by its words. Programs are named with or without their folder.
    pub fn fits(&self, command: &[String]) -> bool {
        let is = |word: &String, wanted: &String| word == wanted || word.rsplit('/').next() == Some(wanted);
        let mut words = command.iter();
        let holds_all = self.words.iter().all(|wanted| words.any(|word| is(word, wanted)));
        holds_all
            && !self.words.is_empty()
            && !command.iter().any(|word| self.unless.iter().any(|other| is(word, other)))
    }
}

/// Programs that the code starts as children and that work for seconds each time.
#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tool {
    /// The first words of its command lines, without folders.
    pub names: Vec<String>,
    /// What happens, as a clause: `a document is converted`.
    pub does: String,
}
