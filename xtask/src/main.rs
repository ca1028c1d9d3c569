//! Maintenance tasks of this workspace. This file is only the command line; every task is a module.

mod browser;
mod check;
mod ci;
mod drift;
mod format;
mod generate;
mod interop;
mod record;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Maintenance tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the generated modules anew from the API description.
    Generate(generate::Args),
    /// Report what an official document and our description do not have in common.
    Drift(drift::Args),
    /// Check the rules that neither the compiler nor a lint knows.
    Check,
    /// Record the exchanges of call control anew, for the replay tests.
    Record(record::Args),
    /// Run the official packages for Python and JavaScript against the emulator.
    Interop(interop::Args),
    /// Test the emulator's page in a real browser.
    Browser(browser::Args),
    /// Run everything that continuous integration runs.
    Ci(ci::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Generate(args) => generate::run(&args),
        Task::Drift(args) => drift::run(&args),
        Task::Check => check::run(),
        Task::Record(args) => record::run(&args),
        Task::Interop(args) => interop::run(&args),
        Task::Browser(args) => browser::run(&args),
        Task::Ci(args) => ci::run(&args),
    };
    result.unwrap_or_else(|error| {
        workspace::complain(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}
