//! The emulator as a program: built, started, ended.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::workspace;

/// Builds `acs` and says where it is.
pub(super) fn build() -> Result<PathBuf> {
    let status = Command::new(workspace::cargo())
        .current_dir(workspace::root())
        .args(["build", "--quiet", "--package", "acs-cli"])
        .status()
        .context("cargo build")?;
    ensure!(status.success(), "acs does not build");
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata")?;
    let program = format!("debug/acs{}", std::env::consts::EXE_SUFFIX);
    Ok(metadata.target_directory.join(program).into_std_path_buf())
}

/// A running `acs serve`. Ends with the value.
pub(super) struct Emulator {
    process: Child,
    /// What it said when it was ready.
    pub(super) ready: Value,
}

impl Emulator {
    /// Starts one on a free port, with these arguments.
    pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--ready-json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut emulator = Self {
            process,
            ready: Value::Null,
        };
        let out = emulator.process.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(out)
            .read_line(&mut line)
            .context("acs serve says nothing")?;
        emulator.ready =
            serde_json::from_str(&line).with_context(|| format!("acs serve is not ready: {line:?}"))?;
        Ok(emulator)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
