//! The page on guarantees names the tests that prove them; a name that no test has fails here.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all test functions below a folder.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some((_, rest)) = line.split_once("fn ")
                    && std::mem::take(&mut is_test)
                {
                    found.extend(rest.split('(').next().map(str::to_owned));
                }
            }
        }
    }
}

/// What stands in the lists of proofs: lines of the form "- `module::name`".
fn named(page: &str) -> Vec<&str> {
    page.lines()
        .filter_map(|line| line.trim().strip_prefix("- `")?.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| name.contains("::"))
        .collect()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../docs/event-guarantees.md")).unwrap();
    let mut found = BTreeSet::new();
    tests_below(&root.join("src"), &mut found);
    tests_below(&root.join("tests"), &mut found);
    let names = named(&page);
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !name.rsplit("::").next().is_some_and(|name| found.contains(name)))
        .collect();
    assert!(missing.is_empty(), "named in the page, but no test: {missing:?}");
    for section in page
        .split("\n## ")
        .filter(|section| section.starts_with("Guarantee "))
    {
        let title = section.lines().next().unwrap_or_default();
        assert!(!named(section).is_empty(), "no proof of «{title}»");
    }
    assert_eq!(page.matches("\n## Guarantee ").count(), 7);
}
