//! Rules about packages: what a published crate is compiled from is in its package.
//!
//! A crate that includes a file from outside of its folder compiles here and is refused by everybody who gets it
//! from a registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use syn::visit::Visit;

use crate::workspace;

/// Macros that read a file when they are compiled.
const INCLUDES: &[&str] = &["include_str", "include_bytes", "include"];

/// A crate that may be published.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) name: String,
    folder: PathBuf,
}

/// The crates of the workspace that may be published.
pub(crate) fn published() -> Result<Vec<Published>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata")?;
    let is_private = |package: &cargo_metadata::Package| package.publish.as_ref().is_some_and(Vec::is_empty);
    Ok(metadata
        .packages
        .into_iter()
        .filter(|package| !is_private(package))
        .map(|package| Published {
            name: package.name.to_string(),
            folder: package
                .manifest_path
                .parent()
                .map(|folder| folder.as_std_path().to_owned())
                .unwrap_or_default(),
        })
        .collect())
}

/// Checks every crate that may be published.
pub(super) fn all() -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for package in published()? {
        let listed = listed(&package)?;
        let folder = &package.folder;
        for file in listed.iter().filter(|file| is_rust(file)) {
            let text =
                fs::read_to_string(folder.join(file)).with_context(|| format!("cannot read {file}"))?;
            let Ok(parsed) = syn::parse_file(&text) else {
                continue;
            };
            for included in included(&parsed) {
                violations.extend(outside(&package.name, file, &included, &listed));
            }
        }
    }
    Ok(violations)
}

fn is_rust(file: &str) -> bool {
    Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// What `cargo package` would pack, relative to the folder of the crate.
fn listed(package: &Published) -> Result<BTreeSet<String>> {
    let output = Command::new(workspace::cargo())
        .args([
            "package",
            "--list",
            "--allow-dirty",
            "--offline",
            "--package",
            &package.name,
        ])
        .current_dir(workspace::root())
        .output()
        .context("cargo package --list")?;
    ensure!(
        output.status.success(),
        "{} cannot be packaged: {}",
        package.name,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(|line| line.replace('\\', "/"))
        .collect())
}

/// A violation, where a file includes another one that is not in the package.
fn outside(package: &str, file: &str, included: &str, listed: &BTreeSet<String>) -> Option<String> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut path = Vec::new();
    for part in folder.join(included).components() {
        match part {
            Component::ParentDir if path.pop().is_none() => path.push("..".to_owned()),
            Component::Normal(name) => path.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    let path = path.join("/");
    (!listed.contains(&path))
        .then(|| format!("{package}: {file} includes {included}, which is not in the package of the crate"))
}

/// The paths that a file includes, as they are written. A path that is put together by macros is told as it
/// stands, and is then in no package.
fn included(file: &syn::File) -> Vec<String> {
    #[derive(Default)]
    struct Includes(Vec<String>);

    impl<'a> Visit<'a> for Includes {
        fn visit_macro(&mut self, found: &'a syn::Macro) {
            let name = found
                .path
                .segments
                .last()
                .map(|segment| segment.ident.to_string());
            if name.is_some_and(|name| INCLUDES.contains(&name.as_str())) {
                self.0.push(match found.parse_body::<syn::LitStr>() {
                    Ok(path) => path.value(),
                    Err(_) => found.tokens.to_string(),
                });
            } else {
                // Macros are text to the parser, and includes may stand in them.
                within(found.tokens.clone(), &mut self.0);
            }
            syn::visit::visit_macro(self, found);
        }
    }

    let mut includes = Includes::default();
    includes.visit_file(file);
    includes.0
}

/// Includes among the tokens of another macro.
fn within(tokens: proc_macro2::TokenStream, found: &mut Vec<String>) {
    use proc_macro2::TokenTree;
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if INCLUDES.iter().any(|known| name == known) => {
                let bang =
                    matches!(tokens.get(index + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
                if let (true, Some(TokenTree::Group(body))) = (bang, tokens.get(index + 2)) {
                    let path = syn::parse2::<syn::LitStr>(body.stream());
                    found.push(path.map_or_else(|_| body.stream().to_string(), |path| path.value()));
                }
            }
            TokenTree::Group(group) => within(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_found_wherever_they_stand() {
        let text = r#"
            const A: &str = include_str!("a.txt");
            #[doc = include_str!("../b.md")]
            struct B;
            fn c() { let _ = vec![(1, include_bytes!("c.bin"))]; }
            const D: &str = include_str!(concat!("d", ".txt"));
        "#;
        let mut found = included(&syn::parse_file(text).unwrap());
        found.sort();
        assert_eq!(
            found,
            ["../b.md", "a.txt", "c.bin", "concat ! (\"d\" , \".txt\")"]
        );
    }

    #[test]
    fn what_is_not_in_the_package_is_a_violation() {
        let listed: BTreeSet<String> = ["src/lib.rs", "src/a/b.txt", "data.json"]
            .map(str::to_owned)
            .into();
        for (file, included, fits) in [
            ("src/a/mod.rs", "b.txt", true),
            ("src/lib.rs", "a/b.txt", true),
            ("src/a/mod.rs", "../../data.json", true),
            ("src/lib.rs", "../../data.json", false),
            ("src/lib.rs", "../../../openapi/x.json", false),
            ("src/lib.rs", "none.txt", false),
        ] {
            assert_eq!(
                outside("c", file, included, &listed).is_none(),
                fits,
                "{file} {included}"
            );
        }
    }

    #[test]
    fn our_crates_are_published_whole() {
        let names: Vec<String> = published()
            .unwrap()
            .into_iter()
            .map(|package| package.name)
            .collect();
        assert!(names.contains(&"acs-emulator".to_owned()), "{names:?}");
        assert!(!names.contains(&"xtask".to_owned()), "{names:?}");
        assert_eq!(all().unwrap(), Vec::<String>::new());
    }
}
