//! `cargo xtask generate`: load the API description, prepare it, generate, and write or compare. Copies of files
//! that packages need are made on the way.

mod client;
mod enums;
mod operations;
mod passes;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use openapiv3::OpenAPI;
use serde_json::Value;

use crate::{format, workspace};

/// The API description, from the root of the workspace.
pub(crate) const DESCRIPTION: &str = "openapi/call-automation-2026-03-12.json";

/// Files that crates include, and the copies of them in the crates: a package has only what is in its folder.
const COPIES: &[(&str, &str)] = &[(
    "openapi/emulator-control.json",
    "crates/acs-emulator/src/http/control/emulator-control.json",
)];

const REST: &str = "crates/acs-call-rest/src/generated";
const COMMON: &str = "crates/acs-common/src/generated";

/// Options of `generate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only compare: print what would change and fail, write nothing.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Compare, do not write.
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

/// A generated file: where it belongs and what it says.
struct Product {
    path: String,
    content: String,
}

/// Runs the task.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let description = load()?;
    let products = products(&description)?;
    let root = workspace::root();
    if args.check {
        compare(&products, &root)
    } else {
        write(&products, &root)
    }
}

/// The API description in two forms: as plain JSON for the preparation passes, and parsed, which keeps
/// the order of paths.
pub(crate) struct Description {
    pub(crate) json: Value,
    pub(crate) api: OpenAPI,
}

/// Reads the API description.
pub(crate) fn load() -> Result<Description> {
    let path = workspace::root().join(DESCRIPTION);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Description {
        json: serde_json::from_str(&text).with_context(|| format!("{DESCRIPTION} is not JSON"))?,
        api: serde_json::from_str(&text).with_context(|| format!("{DESCRIPTION} is not OpenAPI 3.0"))?,
    })
}

fn products(description: &Description) -> Result<Vec<Product>> {
    let enums = enums::collect(&description.json)?;
    let generated = client::generate(description, &enums)?;
    let file = |folder: &str, name: &str, doc: &str, tokens| -> Result<Product> {
        Ok(Product {
            path: format!("{folder}/{name}"),
            content: format::rust(DESCRIPTION, doc, tokens)?,
        })
    };
    let mut products = vec![
        Product {
            path: format!("{COMMON}/enums.rs"),
            content: enums::render(&enums),
        },
        Product {
            path: format!("{COMMON}/mod.rs"),
            content: enums::render_module(),
        },
        file(
            REST,
            "types.rs",
            "The bodies of requests, responses and events.",
            generated.types,
        )?,
        file(REST, "client.rs", "One method per operation.", generated.client)?,
        file(
            REST,
            "operations.rs",
            "The table of all operations.",
            operations::table(&description.api)?,
        )?,
        Product {
            path: format!("{REST}/mod.rs"),
            content: client::module(),
        },
    ];
    for (source, copy) in COPIES {
        let path = workspace::root().join(source);
        products.push(Product {
            path: (*copy).to_owned(),
            content: fs::read_to_string(&path).with_context(|| format!("cannot read {source}"))?,
        });
    }
    Ok(products)
}

fn write(products: &[Product], root: &Path) -> Result<ExitCode> {
    for product in products {
        let path = root.join(&product.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        // An unchanged file keeps its time stamp, so that nothing is built again for it.
        let unchanged = fs::read_to_string(&path).is_ok_and(|on_disk| on_disk == product.content);
        if !unchanged {
            fs::write(&path, &product.content).with_context(|| format!("cannot write {}", product.path))?;
        }
        let state = if unchanged { "unchanged" } else { "written" };
        workspace::say(&format!(
            "{state:>9}  {} ({} lines)",
            product.path,
            product.content.lines().count()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(products: &[Product], root: &Path) -> Result<ExitCode> {
    let mut drifted = 0_usize;
    for product in products {
        let on_disk = match fs::read_to_string(root.join(&product.path)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", product.path)),
        };
        if let Some(diff) = format::diff(&product.path, &on_disk, &product.content) {
            workspace::say(&diff);
            drifted += 1;
        }
    }
    if drifted == 0 {
        workspace::say(&format!("all {} generated files are up to date", products.len()));
        return Ok(ExitCode::SUCCESS);
    }
    workspace::complain(&format!(
        "{drifted} of {} generated files differ from what they are made of in openapi; run `cargo xtask generate`",
        products.len()
    ));
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_files() -> Vec<Product> {
        ["a/one.rs", "a/two.rs"]
            .map(|path| Product {
                path: path.to_owned(),
                content: format!("// {path}\n"),
            })
            .into()
    }

    #[test]
    fn checking_writes_nothing_and_fails_for_missing_and_edited_files() {
        let root = tempfile::tempdir().unwrap();
        let products = two_files();
        assert_eq!(compare(&products, root.path()).unwrap(), ExitCode::FAILURE);
        assert!(!root.path().join("a").exists());

        assert_eq!(write(&products, root.path()).unwrap(), ExitCode::SUCCESS);
        assert_eq!(compare(&products, root.path()).unwrap(), ExitCode::SUCCESS);

        fs::write(root.path().join("a/two.rs"), "// edited\n").unwrap();
        assert_eq!(compare(&products, root.path()).unwrap(), ExitCode::FAILURE);
        assert_eq!(
            fs::read_to_string(root.path().join("a/two.rs")).unwrap(),
            "// edited\n"
        );
    }

    #[test]
    fn unchanged_files_are_not_touched() {
        let root = tempfile::tempdir().unwrap();
        let products = two_files();
        write(&products, root.path()).unwrap();
        let modified = || {
            fs::metadata(root.path().join("a/one.rs"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = modified();
        write(&products, root.path()).unwrap();
        assert_eq!(modified(), before);
    }

    #[test]
    fn generation_is_deterministic() {
        let description = load().unwrap();
        let first = products(&description).unwrap();
        let second = products(&description).unwrap();
        assert_eq!(first.len(), 6 + COPIES.len());
        for (a, b) in first.iter().zip(&second) {
            assert_eq!(format::diff(&a.path, &a.content, &b.content), None);
        }
    }
}
