//! The dependency rule of `docs/architecture.md`, and what a crate must not build without its features.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::workspace;

/// Which of our crates a crate may use, and nothing else. Whoever adds a crate adds a line.
const ALLOWED: &[(&str, &[&str])] = &[
    ("acs-common", &[]),
    ("acs-call-rest", &["acs-common"]),
    ("acs-call-events", &["acs-common"]),
    ("acs-call-streaming", &["acs-common"]),
    ("acs-calling", &["acs-common"]),
    (
        "acs-call-automation",
        &["acs-call-rest", "acs-call-events", "acs-common"],
    ),
    (
        "acs-emulator",
        &[
            "acs-call-rest",
            "acs-call-events",
            "acs-call-streaming",
            "acs-calling",
            "acs-common",
        ],
    ),
    (
        "acs-cli",
        &[
            "acs-emulator",
            "acs-call-automation",
            "acs-call-events",
            "acs-call-rest",
            "acs-call-streaming",
            "acs-calling",
            "acs-common",
        ],
    ),
    // It must build while what it generates does not.
    ("xtask", &[]),
];

/// Packages that nobody uses and that may use everything: tests and examples.
const UNBOUND: &[&str] = &["acs-tests", "actix-webhook", "call-flows"];

/// What a crate must not build when it is taken with these features only.
const LEAN: &[(&str, &[&str], &[&str])] = &[
    ("acs-common", &[], &["reqwest", "hyper", "tokio", "ring"]),
    ("acs-call-rest", &[], &["reqwest", "hyper", "tokio", "ring"]),
    ("acs-call-events", &[], &["reqwest", "hyper", "axum"]),
    (
        "acs-call-streaming",
        &[],
        &["tokio", "futures", "hyper", "axum", "tungstenite"],
    ),
    ("acs-calling", &[], &["tokio", "futures", "tungstenite"]),
    ("acs-calling", &["client"], &["tungstenite", "hyper", "reqwest"]),
    (
        "acs-call-streaming",
        &["tungstenite"],
        &["hyper", "axum", "reqwest"],
    ),
];

/// Our crates with the normal and build dependencies that they have on each other. Dependencies for tests
/// are free, for they reach no user.
pub(super) fn our_dependencies() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata")?;
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let dependencies = |package: &cargo_metadata::Package| {
        package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone())
            .filter(|name| ours.contains(name))
            .collect()
    };
    Ok(metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), dependencies(package)))
        .collect())
}

/// Every arrow that the rule does not allow.
pub(super) fn arrows(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, used) in dependencies {
        if UNBOUND.contains(&name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            violations.push(format!("crate {name} has no place in the dependency rule"));
            continue;
        };
        for other in used.iter().filter(|other| !allowed.contains(&other.as_str())) {
            violations.push(format!("{name} must not depend on {other}"));
        }
    }
    violations
}

/// Every crate that builds more than its features ask for.
pub(super) fn features() -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for (package, features, banned) in LEAN {
        let tree = tree(package, features)?;
        violations.extend(unwanted(package, features, banned, &tree));
    }
    Ok(violations)
}

/// The names of all that a crate builds. Asked of `cargo tree`, which resolves one package by itself, while
/// `cargo metadata` unifies the features of the whole workspace.
fn tree(package: &str, features: &[&str]) -> Result<BTreeSet<String>> {
    let output = Command::new(workspace::cargo())
        .current_dir(workspace::root())
        .args([
            "tree", "--quiet", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ])
        .args([
            "--no-default-features",
            "--package",
            package,
            "--features",
            &features.join(","),
        ])
        .output()
        .context("cargo tree")?;
    ensure!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    ensure!(names.contains(package), "cargo tree does not show {package}");
    Ok(names)
}

fn unwanted(package: &str, features: &[&str], banned: &[&str], tree: &BTreeSet<String>) -> Vec<String> {
    let with = if features.is_empty() {
        "without features".to_owned()
    } else {
        format!("with {features:?}")
    };
    banned
        .iter()
        .filter(|name| tree.contains(**name))
        .map(|name| format!("{package} {with} builds {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        edges
            .iter()
            .map(|(name, used)| ((*name).to_owned(), set(used)))
            .collect()
    }

    #[test]
    fn allowed_arrows_pass() {
        let graph = graph(&[
            ("acs-common", &[]),
            ("acs-call-rest", &["acs-common"]),
            ("acs-call-automation", &["acs-call-rest", "acs-common"]),
            ("acs-tests", &["acs-emulator", "acs-call-automation"]),
        ]);
        assert_eq!(arrows(&graph), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_arrow_and_a_stranger_are_violations() {
        let graph = graph(&[
            ("acs-emulator", &["acs-call-automation", "acs-common"]),
            ("acs-new", &[]),
        ]);
        assert_eq!(
            arrows(&graph),
            [
                "acs-emulator must not depend on acs-call-automation",
                "crate acs-new has no place in the dependency rule"
            ]
        );
    }

    #[test]
    fn the_rule_has_no_cycle() {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        while done.len() < ALLOWED.len() {
            let ready: Vec<&str> = ALLOWED
                .iter()
                .filter(|(name, used)| !done.contains(name) && used.iter().all(|other| done.contains(other)))
                .map(|(name, _)| *name)
                .collect();
            assert!(!ready.is_empty(), "a cycle among those not in {done:?}");
            done.extend(ready);
        }
    }

    #[test]
    fn a_heavy_dependency_is_a_violation() {
        let tree = BTreeSet::from(["acs-call-rest".to_owned(), "reqwest".to_owned()]);
        assert_eq!(
            unwanted("acs-call-rest", &[], &["reqwest", "hyper"], &tree),
            ["acs-call-rest without features builds reqwest"]
        );
    }

    #[test]
    fn this_workspace_keeps_the_rule() {
        let dependencies = our_dependencies().unwrap();
        assert!(dependencies.contains_key("acs-common") && dependencies.contains_key("xtask"));
        assert_eq!(arrows(&dependencies), Vec::<String>::new());
    }
}
