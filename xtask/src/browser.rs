//! `cargo xtask browser`: the tests of the emulator's page in a real browser, and nothing else.
//!
//! Pictures of the page are left in `test-output/browser`.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;

/// Options of `browser`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the tests with this text in their name.
    filter: Option<String>,
}

/// Runs the tests. Whoever asks for them wants them to fail where there is no Chromium.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut command = Command::new(workspace::cargo());
    command
        .current_dir(workspace::root())
        .args(["test", "--package", "acs-tests", "--test", "browser"])
        .args(args.filter.as_deref())
        .env("ACS_BROWSER_REQUIRED", "1");
    let status = command.status().context("the tests cannot be started")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let pictures = workspace::root().join("test-output/browser");
    workspace::say(&format!("pictures of the page: {}", pictures.display()));
    Ok(ExitCode::SUCCESS)
}
