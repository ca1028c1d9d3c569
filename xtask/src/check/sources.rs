//! Rules about source files: how long they may be, and that examples are compiled.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// More lines than this and a file is about more than one thing.
const MAX_LINES: usize = 600;

/// Folders of the root that hold sources.
const ROOTS: &[&str] = &["crates", "examples", "tests", "xtask", "docs"];

/// Checks every source file of the workspace.
pub(super) fn all() -> Result<Vec<String>> {
    let root = workspace::root();
    let mut files = vec![root.join("README.md")];
    for folder in ROOTS {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut violations = Vec::new();
    for path in files.iter().filter(|path| path.exists()) {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        violations.extend(too_long(&name, &text));
        violations.extend(ignored_examples(&name, &text));
    }
    Ok(violations)
}

/// Hand-written Rust and Markdown; generated folders and build output are left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "generated" && name != "target" && name != "node_modules" {
                collect(&path, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "md")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn too_long(name: &str, text: &str) -> Option<String> {
    let rust = Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "rs");
    let lines = text.lines().count();
    (rust && lines > MAX_LINES)
        .then(|| format!("{name} has {lines} lines, more than {MAX_LINES}: cut it in two"))
}

/// Examples that no compiler ever sees. `text`, `no_run` and `compile_fail` say what they are.
fn ignored_examples(name: &str, text: &str) -> Vec<String> {
    let rust = Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "rs");
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let line = match (
            rust,
            line.strip_prefix("///").or_else(|| line.strip_prefix("//!")),
        ) {
            (_, Some(doc)) => doc.trim_start(),
            (false, None) => line,
            (true, None) => continue,
        };
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        if info
            .split([',', ' '])
            .any(|word| word.trim().starts_with("ignore"))
        {
            violations.push(format!(
                "{name}:{}: an ignored example rots; use no_run or text",
                index + 1
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_a_violation() {
        assert_eq!(too_long("a.rs", &"x\n".repeat(MAX_LINES)), None);
        let violation = too_long("a.rs", &"x\n".repeat(MAX_LINES + 1)).unwrap();
        assert_eq!(violation, "a.rs has 601 lines, more than 600: cut it in two");
        assert_eq!(too_long("a.md", &"x\n".repeat(MAX_LINES + 1)), None);
    }

    #[test]
    fn ignored_examples_are_violations_in_every_place() {
        for (name, line) in [
            ("a.rs", "    /// ```ignore"),
            ("a.rs", "//! ```rust,ignore"),
            ("a.rs", "///```no_run, ignore"),
            ("a.md", "```rust ignore"),
            ("a.rs", "/// ```ignore-wasm32"),
        ] {
            let found = ignored_examples(name, &format!("fn main() {{}}\n{line}\n"));
            assert_eq!(
                found,
                [format!("{name}:2: an ignored example rots; use no_run or text")],
                "{line}"
            );
        }
    }

    #[test]
    fn compiled_examples_and_code_pass() {
        for line in [
            "/// ```",
            "//! ```no_run",
            "/// ```text",
            "let fence = \"```ignore\";",
            "// ```ignore",
        ] {
            assert_eq!(ignored_examples("a.rs", line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn generated_folders_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["src/generated/types.rs", "src/lib.rs", "target/x.rs", "notes.txt"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut files = Vec::new();
        collect(folder.path(), &mut files).unwrap();
        assert_eq!(files, [folder.path().join("src/lib.rs")]);
    }
}
