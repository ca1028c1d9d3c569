//! `cargo xtask record [--check]`: runs every scenario against an endpoint and writes `tests/recordings`.
//!
//! The endpoint is an emulator unless `ACS_CONNECTION_STRING` is set. A real resource needs
//! `ACS_CALLBACK_URI`, a public https address that leads to `ACS_LISTEN` (`127.0.0.1:8081` unless set), and an
//! Event Grid subscription of `IncomingCall` to that same address.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use acs_tests::recording::{self, Endpoint, Recorded};
use anyhow::{Context as _, Result, bail};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode> {
    let mut check = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => check = true,
            other => bail!("unknown argument `{other}`; expected --check or nothing"),
        }
    }
    let endpoint = endpoint()?;
    let recorded = recording::record(&endpoint).await?;
    for (name, reason) in &recorded.skipped {
        complain(&format!("NOT RECORDED {name}: {reason}"));
    }
    let folder = recording::folder();
    let changes = changes(&folder, &recorded, matches!(endpoint, Endpoint::Emulator))?;
    for (name, change) in &changes {
        say(&format!("{name}.json: {}", change.describe()));
    }
    say(&format!(
        "{} scenarios recorded, {} not, {} files differ",
        recorded.files.len(),
        recorded.skipped.len(),
        changes.len()
    ));
    if check {
        let fine = changes.is_empty();
        return Ok(if fine {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    write(&folder, &recorded, &changes)?;
    Ok(ExitCode::SUCCESS)
}

fn endpoint() -> Result<Endpoint> {
    let Ok(string) = std::env::var("ACS_CONNECTION_STRING") else {
        return Ok(Endpoint::Emulator);
    };
    let callback = std::env::var("ACS_CALLBACK_URI").context(
        "ACS_CONNECTION_STRING is set, so ACS_CALLBACK_URI is needed: a public https address that leads to \
         ACS_LISTEN, to which the resource posts callbacks and, by an Event Grid subscription, IncomingCall",
    )?;
    Ok(Endpoint::Resource {
        resource: string
            .parse()
            .context("ACS_CONNECTION_STRING is no connection string")?,
        callback,
        listen: std::env::var("ACS_LISTEN").unwrap_or_else(|_| "127.0.0.1:8081".to_owned()),
    })
}

/// How a file differs from what was recorded.
enum Change {
    New,
    /// The first line that differs, before and after.
    Changed(String, String),
    /// No scenario writes it.
    Left,
}

impl Change {
    fn describe(&self) -> String {
        match self {
            Self::New => "new".to_owned(),
            Self::Changed(before, after) => format!("changed\n  - {}\n  + {}", before.trim(), after.trim()),
            Self::Left => "no scenario writes it".to_owned(),
        }
    }
}

fn changes(folder: &Path, recorded: &Recorded, complete: bool) -> Result<BTreeMap<String, Change>> {
    std::fs::create_dir_all(folder)?;
    let mut before = recording::texts(folder)?;
    let mut changes = BTreeMap::new();
    for (name, file) in &recorded.files {
        let after = recording::to_text(file);
        match before.remove(name) {
            None => {
                changes.insert(name.clone(), Change::New);
            }
            Some(before) if before == after => {}
            Some(before) => {
                let differs = |(before, after): &(&str, &str)| before != after;
                let (old, new) = before
                    .lines()
                    .zip(after.lines())
                    .find(differs)
                    .unwrap_or(("(end)", "(end)"));
                changes.insert(name.clone(), Change::Changed(old.to_owned(), new.to_owned()));
            }
        }
    }
    if complete {
        changes.extend(before.into_keys().map(|name| (name, Change::Left)));
    }
    Ok(changes)
}

fn write(folder: &Path, recorded: &Recorded, changes: &BTreeMap<String, Change>) -> Result<()> {
    for name in changes.keys() {
        let path = folder.join(format!("{name}.json"));
        match recorded.files.get(name) {
            Some(file) => std::fs::write(path, recording::to_text(file))?,
            None => std::fs::remove_file(path)?,
        }
    }
    Ok(())
}

fn say(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
