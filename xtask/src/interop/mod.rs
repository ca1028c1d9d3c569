//! `cargo xtask interop`: the official packages for Python and JavaScript as clients of `acs serve`.
//!
//! The flows are programs in `tests/interop`, in the language of the package. This task installs the packages
//! below `target/interop`, starts emulators for each run, and holds what the run reports against the requests
//! that the emulators saw. What comes out is the table in `docs/emulator-fidelity.md`.

mod emulator;
mod runs;
mod table;
mod tools;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;
use runs::Report;

/// Where the table stands.
const DOCUMENT: &str = "docs/emulator-fidelity.md";
/// Set to 1 where a missing Python or Node.js is a failure.
const REQUIRED: &str = "ACS_INTEROP_REQUIRED";

/// Options of `interop`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if the table in the document would change.
    #[arg(long)]
    check: bool,
}

/// What became of the suite.
pub(crate) enum Outcome {
    /// Everything went as it should.
    Passed,
    /// A tool is missing; the text says which.
    Skipped(String),
}

/// The folder for what is installed and reported.
fn scratch() -> PathBuf {
    workspace::root().join("target/interop")
}

/// Runs the task from the command line.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if let Outcome::Skipped(reason) = suite(args.check)? {
        workspace::complain(&format!("interop: SKIPPED, {reason}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the suite. With `check`, the document is compared and not written.
pub(crate) fn suite(check: bool) -> Result<Outcome> {
    let missing = tools::missing();
    if !missing.is_empty() {
        let reason = format!(
            "the official packages cannot be run without {}",
            missing.join(" and ")
        );
        let required = std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
        ensure!(!required, "{reason}, and {REQUIRED} is 1");
        return Ok(Outcome::Skipped(reason));
    }
    let program = emulator::build()?;
    let reports = runs::all(&program)?;
    let operations = table::operations()?;
    let text = table::write(&operations, &reports);
    workspace::say(&text);
    let failures = failures(&operations, &reports);
    for failure in &failures {
        workspace::complain(failure);
    }
    ensure!(failures.is_empty(), "{} failures, see above", failures.len());
    document(&text, check)?;
    Ok(Outcome::Passed)
}

/// What did not go as it should, over all packages.
fn failures(operations: &[table::Operation], reports: &[Report]) -> Vec<String> {
    let mut failures = Vec::new();
    for report in reports {
        let name = report.title();
        for flow in &report.flows {
            if let Some(error) = &flow.error {
                failures.push(format!("{name}: {}: {error}", flow.name));
            }
        }
        for operation in operations {
            if !report.has_carried_out(operation) {
                failures.push(format!(
                    "{name}: {} was not carried out with success",
                    operation.id
                ));
            }
        }
        for told in report.operations.keys() {
            if operations.iter().all(|operation| operation.id != *told) {
                failures.push(format!("{name}: {told} is no operation of the description"));
            }
        }
    }
    failures
}

/// Writes the table into the document, or compares it.
fn document(table: &str, check: bool) -> Result<()> {
    let path = workspace::root().join(DOCUMENT);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let new = table::placed(&text, table).with_context(|| DOCUMENT.to_owned())?;
    if new == text {
        return Ok(());
    }
    if check {
        bail!("the table in {DOCUMENT} is not what came out; `cargo xtask interop` writes it");
    }
    fs::write(&path, new).with_context(|| format!("cannot write {DOCUMENT}"))?;
    workspace::say(&format!("wrote the table in {DOCUMENT}"));
    Ok(())
}
