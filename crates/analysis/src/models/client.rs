//! How files that run at the user's are told, in a browser or an app.

use serde::Deserialize;

/// What tells a file that runs at the user's.
#[derive(Deserialize, Clone, Default, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Client {
    /// Names that only a browser has.
    #[serde(default)]
    pub(crate) globals: Vec<String>,
    /// Packages, and beginnings of their names, that only an app or a page can import.
    #[serde(default)]
    pub(crate) packages: Vec<String>,
    /// Beginnings of the names of packages that make what a browser shows, there or on a server.
    #[serde(default)]
    pub(crate) views: Vec<String>,
    /// Packages with models that pages import as well as servers.
    #[serde(default)]
    pub(crate) shared: Vec<String>,
    /// Texts by which code that runs in a browser is told without parsing it.
    #[serde(default)]
    pub(crate) marks: Vec<String>,
    /// Packages of servers that run code in a browser.
    #[serde(default)]
    pub(crate) drivers: Vec<String>,
}
