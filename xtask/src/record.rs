//! `cargo xtask record`: records the exchanges of call control anew.
//!
//! The recorder is a program of the package `acs-tests`, because it needs the client and the emulator; this
//! task only starts it, so that `xtask` itself stays quick to build.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;

/// Options of `record`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if the recordings would change.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Compare, do not write.
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

/// Runs the recorder: against an emulator of its own, or against the resource of `ACS_CONNECTION_STRING`.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut command = Command::new(workspace::cargo());
    command.current_dir(workspace::root()).args([
        "run",
        "--quiet",
        "--package",
        "acs-tests",
        "--bin",
        "record",
        "--",
    ]);
    if args.check {
        // The committed recordings are the emulator's; a resource would differ in every id.
        command.arg("--check").env_remove("ACS_CONNECTION_STRING");
    }
    let status = command.status().context("the recorder cannot be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
