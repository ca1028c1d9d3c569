//! `cargo xtask check`: the rules of this repository that neither the compiler nor a lint knows.

mod layers;
mod sources;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace;

/// Runs the checks and lists every violation.
pub(crate) fn run() -> Result<ExitCode> {
    let violations = violations()?;
    if violations.is_empty() {
        workspace::say("layers, features, file lengths and doc examples are as agreed");
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
    Ok(violations)
}
