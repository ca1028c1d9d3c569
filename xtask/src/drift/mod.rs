//! `cargo xtask drift FILE`: what an official document has that our description lacks, and the reverse.
//!
//! Three kinds of documents are read into one neutral form ([`model`]), and only that is compared: an
//! official Swagger 2.0 document, a facts file, or an OpenAPI 3.0 document such as our own.

mod compare;
mod facts;
mod model;
mod openapi;
mod schema;
mod swagger;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::model::Interface;
use crate::{generate, workspace};

/// Options of `drift`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// An official Swagger 2.0 document, a facts file, or an OpenAPI 3.0 document.
    file: PathBuf,
}

/// Prints the report; the exit code says whether there is drift.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let report = against(&args.file)?;
    workspace::say(report.markdown.trim_end());
    Ok(if report.drifted {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The result of a comparison.
pub(crate) struct Report {
    /// Ready to paste into a change log.
    pub(crate) markdown: String,
    /// Whether anything differs.
    pub(crate) drifted: bool,
}

/// Compares our description with a document.
pub(crate) fn against(file: &Path) -> Result<Report> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let document: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let ours = openapi::read(&generate::load()?.json).context(generate::DESCRIPTION)?;
    let theirs = read(&document).with_context(|| file.display().to_string())?;
    let name = file
        .file_name()
        .map_or_else(|| file.to_string_lossy(), |name| name.to_string_lossy());
    Ok(compare::report(&ours, &theirs, &name))
}

fn read(document: &Value) -> Result<Interface> {
    if document.get("swagger").and_then(Value::as_str) == Some("2.0") {
        swagger::read(document)
    } else if document.get("openapi").is_some() {
        openapi::read(document)
    } else if document.get("apiVersion").is_some() && document.get("schemas").is_some() {
        facts::read(document)
    } else {
        bail!("neither Swagger 2.0 nor OpenAPI 3.0 nor a facts file")
    }
}

#[cfg(test)]
mod tests;
