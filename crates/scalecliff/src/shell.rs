//! What shells and `man` want to know.

use clap::CommandFactory as _;

use crate::args::Args;
use crate::output;
use crate::status::{Failure, Status};

/// Rendered first and printed then, so that a reader may go away.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Status, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "scalecliff", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Clean)
}

pub(crate) fn manual() -> Result<Status, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Args::command()).render(&mut page);
    rendered.map_err(|error| Failure::internal(&format!("cannot render the manual page: {error}")))?;
    output::print(&String::from_utf8_lossy(&page))?;
    Ok(Status::Clean)
}
