//! `cargo xtask ci`: the list that continuous integration runs, in its order. Green here is green there.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::{check, drift, generate, interop, record, workspace};

/// Options of `ci`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the tests out, for a caller that has just run them.
    #[arg(long)]
    skip_tests: bool,
}

/// Feature sets that must compile without a warning on their own. An empty set is the crate without its
/// default features.
const FEATURE_SETS: &[(&str, &[&str])] = &[
    ("acs-common", &["", "signing", "token", "tls", "entra", "ALL"]),
    ("acs-call-rest", &["", "client", "rustls", "entra", "ALL"]),
    ("acs-call-events", &["", "axum", "jwt", "metrics", "ALL"]),
    (
        "acs-call-streaming",
        &["", "server", "axum", "tungstenite", "ALL"],
    ),
    ("acs-calling", &["", "client", "ALL"]),
    ("acs-call-automation", &["", "events", "ALL"]),
];

/// What a step did.
enum Outcome {
    Passed,
    /// With the reason.
    Skipped(String),
}

/// A step: its name and how it is done.
struct Step {
    name: String,
    run: Box<dyn Fn() -> Result<Outcome>>,
}

/// Runs all steps and stops at the first that fails.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let steps = steps(args);
    let started = Instant::now();
    let mut skipped = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let title = format!("[{}/{}] {}", index + 1, steps.len(), step.name);
        workspace::say(&format!("{title} ..."));
        let begun = Instant::now();
        let outcome = (step.run)().with_context(|| format!("step `{}` failed", step.name))?;
        let seconds = begun.elapsed().as_secs_f32();
        match outcome {
            Outcome::Passed => workspace::say(&format!("{title}: passed in {seconds:.1} s")),
            Outcome::Skipped(reason) => {
                workspace::complain(&format!("{title}: SKIPPED, {reason}"));
                skipped.push(step.name.clone());
            }
        }
    }
    let seconds = started.elapsed().as_secs_f32();
    workspace::say(&format!("all {} steps done in {seconds:.0} s", steps.len()));
    if !skipped.is_empty() {
        workspace::complain(&format!("SKIPPED: {}", skipped.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

fn steps(args: &Args) -> Vec<Step> {
    let mut steps = vec![
        cargo("format", &["fmt", "--all", "--check"]),
        own("generated code", || generate::run(&generate::Args::check())),
        own("rules", check::run),
        Step {
            name: "drift".to_owned(),
            run: Box::new(against_facts),
        },
        cargo(
            "clippy, workspace",
            &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        ),
    ];
    for (package, sets) in FEATURE_SETS {
        steps.extend(sets.iter().map(|set| clippy(package, set)));
    }
    steps.push(Step {
        name: "docs".to_owned(),
        run: Box::new(docs),
    });
    if !args.skip_tests {
        steps.push(cargo("tests and doc examples", &["test", "--workspace"]));
    }
    // What only a feature builds is not part of the workspace's tests.
    for package in ["acs-common", "acs-call-events", "acs-call-streaming"] {
        steps.push(cargo(
            &format!("tests, {package}: all features"),
            &["test", "--quiet", "--package", package, "--all-features"],
        ));
    }
    steps.push(own("recordings", || record::run(&record::Args::check())));
    steps.push(Step {
        name: "official packages".to_owned(),
        run: Box::new(official_packages),
    });
    steps.push(cargo("demonstration", &["run", "--", "demo"]));
    steps.push(Step {
        name: "packages".to_owned(),
        run: Box::new(packages),
    });
    steps.push(Step {
        name: "dependencies".to_owned(),
        run: Box::new(deny),
    });
    steps
}

fn cargo(name: &str, arguments: &[&str]) -> Step {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Step {
        name: name.to_owned(),
        run: Box::new(move || execute(command().args(&arguments)).map(|()| Outcome::Passed)),
    }
}

fn own(name: &str, task: impl Fn() -> Result<ExitCode> + 'static) -> Step {
    let run = move || {
        ensure!(task()? == ExitCode::SUCCESS, "see above");
        Ok(Outcome::Passed)
    };
    Step {
        name: name.to_owned(),
        run: Box::new(run),
    }
}

fn clippy(package: &str, set: &str) -> Step {
    let mut arguments = vec!["clippy", "--quiet", "--package", package, "--all-targets"];
    match set {
        "ALL" => arguments.push("--all-features"),
        "" => arguments.push("--no-default-features"),
        features => arguments.extend(["--no-default-features", "--features", features]),
    }
    arguments.extend(["--", "-D", "warnings"]);
    let what = match set {
        "ALL" => "all features",
        "" => "no features",
        features => features,
    };
    cargo(&format!("clippy, {package}: {what}"), &arguments)
}

fn against_facts() -> Result<Outcome> {
    let path = std::env::var_os("ACS_FACTS").map_or_else(
        || workspace::root().join("../shared/reference/call-automation-2026-03-12.facts.json"),
        PathBuf::from,
    );
    if !path.exists() {
        return Ok(Outcome::Skipped(
            "there is no facts file; ACS_FACTS names one".to_owned(),
        ));
    }
    let report = drift::against(&path)?;
    ensure!(!report.drifted, "{}", report.markdown);
    Ok(Outcome::Passed)
}

fn official_packages() -> Result<Outcome> {
    Ok(match interop::suite(true)? {
        interop::Outcome::Passed => Outcome::Passed,
        interop::Outcome::Skipped(reason) => Outcome::Skipped(reason),
    })
}

/// Packs every crate that may be published, all together, for they depend on one another. Nothing is built: that
/// what they include is in the packages is one of the rules.
fn packages() -> Result<Outcome> {
    let mut command = command();
    command.args(["package", "--no-verify", "--allow-dirty", "--offline", "--quiet"]);
    for package in check::packages::published()? {
        command.args(["--package", &package.name]);
    }
    execute(&mut command).map(|()| Outcome::Passed)
}

fn docs() -> Result<Outcome> {
    let mut command = command();
    command
        .args(["doc", "--workspace", "--no-deps", "--all-features", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings");
    execute(&mut command).map(|()| Outcome::Passed)
}

fn deny() -> Result<Outcome> {
    let mut probe = command();
    probe
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (`cargo install cargo-deny`)".to_owned(),
        ));
    }
    // The advisories are a database outside of crates.io; this list must run without it.
    execute(command().args(["deny", "check", "bans", "licenses", "sources"])).map(|()| Outcome::Passed)
}

/// A cargo that does not know that a cargo started it. What `cargo run` says about this program would
/// otherwise reach build scripts, which would run again for it.
fn command() -> Command {
    let mut command = Command::new(workspace::cargo());
    command.current_dir(workspace::root()).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_this_program) {
            command.env_remove(name);
        }
    }
    command
}

fn describes_this_program(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || variable.starts_with("CARGO_BIN_")
        || variable == "CARGO_CRATE_NAME"
        || variable == "CARGO_PRIMARY_PACKAGE"
}

fn execute(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    ensure!(
        status.success(),
        "{:?} ended with {status}",
        command.get_args().collect::<Vec<_>>()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(skip_tests: bool) -> Vec<String> {
        steps(&Args { skip_tests })
            .into_iter()
            .map(|step| step.name)
            .collect()
    }

    #[test]
    fn only_the_tests_can_be_left_out() {
        let (all, some) = (names(false), names(true));
        let missing: Vec<_> = all.iter().filter(|name| !some.contains(name)).collect();
        assert_eq!(missing, ["tests and doc examples"]);
        assert!(
            all.contains(&"clippy, acs-call-rest: no features".to_owned()),
            "{all:?}"
        );
    }

    #[test]
    fn a_failing_step_says_what_failed() {
        let failing = own("rules", || Ok(ExitCode::FAILURE));
        assert!((failing.run)().is_err());
        let error = execute(command().arg("no-such-task-of-cargo").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().contains("no-such-task-of-cargo"), "{error}");
    }

    #[test]
    fn settings_of_cargo_reach_nested_calls_and_facts_about_us_do_not() {
        for (name, hidden) in [
            ("CARGO_PKG_NAME", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_HOME", false),
            ("CARGO", false),
        ] {
            assert_eq!(describes_this_program(name), hidden, "{name}");
        }
    }
}
