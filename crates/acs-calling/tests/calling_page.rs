//! The page on call agents names the tests of the invariants and the names of the JavaScript SDK; a test that is no
//! more, or a name that the search does not find, fails here.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Takes up every Rust file below a folder.
fn each_file(folder: &Path, take: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, take);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            take(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names of the test functions of a file.
fn tests_in(text: &str, found: &mut BTreeSet<String>) {
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

/// What stands in back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn section<'a>(page: &'a str, title: &str) -> &'a str {
    let begins = page.split("\n## ").find(|section| section.starts_with(title));
    begins.unwrap_or_default()
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/calling.md")).unwrap()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in ["src", "tests", "../acs-emulator/tests"] {
        each_file(&root.join(folder), &mut |text| tests_in(text, &mut found));
    }
    let page = page();
    let holds = section(&page, "What always holds");
    let missing: Vec<&str> = quoted(holds)
        .filter(|name| name.contains("::") && !name.starts_with("acs_calling::"))
        .filter(|name| !name.rsplit("::").next().is_some_and(|name| found.contains(name)))
        .collect();
    assert!(missing.is_empty(), "named in the page, but no test: {missing:?}");
    for number in 1..=9 {
        let row = holds
            .lines()
            .find(|line| line.starts_with(&format!("| {number} |")));
        let tests = row.map_or(0, |row| quoted(row).filter(|name| name.contains("::")).count());
        assert!(tests > 0, "no test of invariant {number}");
    }
}

#[test]
fn every_name_of_the_javascript_sdk_is_found_by_the_search() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut aliases = BTreeSet::new();
    for folder in ["src", "../acs-common/src"] {
        each_file(&root.join(folder), &mut |text| {
            let found = text.split("#[doc(alias = \"").skip(1);
            aliases.extend(found.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        });
    }
    let page = page();
    let table = section(&page, "From the JavaScript SDK");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let names: Vec<&str> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(quoted)
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !aliases.contains(**name)).collect();
    assert!(missing.is_empty(), "no alias: {missing:?}");
}
