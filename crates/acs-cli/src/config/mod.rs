//! The configuration file of `acs serve`, and `acs check-config`.

mod file;
mod values;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Deserialize as _;

pub(crate) use file::{ConfigFile, Replaced};

use crate::terminal::line;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file that is checked.
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    file: Option<PathBuf>,
    /// Print the JSON schema of the file, for editors.
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.schema {
        line(schema()?);
    }
    if let Some(path) = &args.file {
        // Whether the files that it names can be read.
        drop(read(path)?.builder(Replaced::default())?);
        line(format!("{}: nothing to complain about", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a file. Where it cannot be used, the error says in which line, at what, and what was expected.
pub(crate) fn read(path: &Path) -> anyhow::Result<ConfigFile> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: the file cannot be read", path.display()))?;
    let mut config = parse(&text).map_err(|wrong| anyhow::anyhow!("{}:{wrong}", path.display()))?;
    // Names of other files count from this one.
    config.base = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(config)
}

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    field: String,
    message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.field.is_empty() && self.field != "." {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

fn parse(text: &str) -> Result<ConfigFile, Wrong> {
    let line = |offset: usize| {
        text.get(..offset)
            .map_or(1, |before| before.matches('\n').count() + 1)
    };
    let wrong = |error: &toml::de::Error, field: String| Wrong {
        line: error.span().map_or(1, |span| line(span.start)),
        // The names by which the reader of TOML asks for places are no fields.
        field: field.replace(".$__serde_spanned_private_value", ""),
        message: error.message().trim().replace('\n', ", "),
    };
    let reader = toml::Deserializer::parse(text).map_err(|error| wrong(&error, String::new()))?;
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(reader, &mut track);
    let config = ConfigFile::deserialize(reader).map_err(|error| {
        // The name that the reader of TOML has for the value of something whose place it remembers.
        let field = track
            .path()
            .to_string()
            .replace(".$__serde_spanned_private_value", "");
        wrong(&error, field)
    })?;
    config.check().map_err(|(offset, field, message)| Wrong {
        line: line(offset),
        field,
        message,
    })?;
    Ok(config)
}

/// The JSON schema of the file.
pub(crate) fn schema() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&schemars::schema_for!(ConfigFile))?)
}

#[cfg(test)]
mod tests;
