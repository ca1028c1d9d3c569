//! `cargo xtask check`: the rules of this repository that neither the compiler nor a lint knows.

mod layers;
pub(crate) mod packages;
mod sources;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace;

/// Runs the checks and lists every violation.
pub(crate) fn run() -> Result<ExitCode> {
    let violations = violations()?;
    if violations.is_empty() {
        workspace::say("layers, features, file lengths, doc examples and packages are as agreed");
        return Ok(ExitCode::SUCCESS);
    }
    for violation in &violations {
        workspace::complain(violation);
    }
    workspace::complain(&format!("{} violations", violations.len()));
    Ok(ExitCode::FAILURE)
}

fn violations() -> Result<Vec<String>> {
    let mut violations = layers::arrows(&layers::our_dependencies()?);
    violations.extend(layers::features()?);
    violations.extend(sources::all()?);
    violations.extend(packages::all()?);
    Ok(violations)
}
