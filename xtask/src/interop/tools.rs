//! Python, Node.js and the packages of both.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::scratch;
use crate::workspace;

/// The oldest Node.js that the packages run on.
const NODE: u32 = 20;

/// The tools that are not there, by the name under which they are looked for.
pub(super) fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    // `venv` without `ensurepip` is what Debian has before `python3-venv` is installed.
    if !works("python3", &["-c", "import venv, ensurepip"]) {
        missing.push("python3 with its modules venv and ensurepip".to_owned());
    }
    if node_version().is_none_or(|version| version < NODE) || !works("npm", &["--version"]) {
        missing.push(format!("node {NODE} or newer and npm"));
    }
    missing
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn node_version() -> Option<u32> {
    let output = Command::new("node").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Runs a tool and shows what it says only when it fails.
fn quiet(command: &mut Command) -> Result<()> {
    let what = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {what}"))?;
    ensure!(
        output.status.success(),
        "{what} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Whether what a file asks for is what was installed last; if not, `install` does so and is remembered.
fn installed(wanted: &Path, mark: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let text = fs::read(wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    if fs::read(mark).is_ok_and(|before| before == text) {
        return Ok(());
    }
    install()?;
    fs::write(mark, text).with_context(|| format!("cannot write {}", mark.display()))
}

/// A Python that has the packages.
pub(super) fn python() -> Result<PathBuf> {
    let wanted = workspace::root().join("tests/interop/python/requirements.txt");
    let environment = scratch().join("venv");
    let python = environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    installed(&wanted, &environment.join("installed.txt"), || {
        workspace::say("interop: installing the Python packages");
        quiet(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        )?;
        let arguments = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ];
        quiet(Command::new(&python).args(arguments).arg(&wanted))
    })?;
    Ok(python)
}

/// The folder with the JavaScript flows and the packages that they use.
pub(super) fn javascript() -> Result<PathBuf> {
    let source = workspace::root().join("tests/interop/javascript");
    let folder = scratch().join("javascript");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Modules find their packages in the folders above them, and the repository shall have none.
    for entry in fs::read_dir(&source).with_context(|| format!("cannot list {}", source.display()))? {
        let path = entry?.path();
        if path.is_file() {
            let to = folder.join(path.file_name().unwrap_or(OsStr::new("")));
            fs::copy(&path, &to).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    installed(
        &source.join("package-lock.json"),
        &folder.join("node_modules/.installed.json"),
        || {
            workspace::say("interop: installing the JavaScript packages");
            let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            quiet(Command::new("npm").args(arguments).current_dir(&folder))
        },
    )?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn packages_are_installed_once_per_list() {
        let folder = tempfile::tempdir().unwrap();
        let (wanted, mark) = (folder.path().join("wanted"), folder.path().join("mark"));
        fs::write(&wanted, "one").unwrap();
        assert!(installed(&wanted, &mark, || bail!("no network")).is_err());
        assert!(!mark.exists(), "what failed is tried again");
        installed(&wanted, &mark, || Ok(())).unwrap();
        installed(&wanted, &mark, || bail!("again")).unwrap();
        fs::write(&wanted, "two").unwrap();
        assert!(installed(&wanted, &mark, || bail!("another list")).is_err());
    }

    #[test]
    fn a_tool_that_fails_says_why() {
        let mut command = Command::new(workspace::cargo());
        let error = quiet(command.arg("no-such-task-of-cargo"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("no-such-task-of-cargo"), "{error}");
        assert!(!works("no-such-program-anywhere", &[]));
    }
}
