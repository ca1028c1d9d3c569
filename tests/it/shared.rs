//! The recordings of real traffic, which are not part of this repository.
//!
//! They are looked for in `ACS_RECORDINGS`, by default beside the workspace. Without them the tests say so and
//! pass, unless `ACS_RECORDINGS_REQUIRED=1`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use acs_tests::recording;
use serde_json::{Map, Value};

/// All files of a folder of the recordings, by name without `.json`; `None` where there are none.
pub(crate) fn files(folder: &str) -> Option<BTreeMap<String, Value>> {
    let root = std::env::var_os("ACS_RECORDINGS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings"),
        PathBuf::from,
    );
    if root.join(folder).is_dir() {
        let files = recording::load(&root.join(folder)).unwrap();
        assert!(!files.is_empty(), "the folder {folder} holds no recordings");
        return Some(files);
    }
    assert!(
        std::env::var_os("ACS_RECORDINGS_REQUIRED").is_none_or(|required| required != "1"),
        "ACS_RECORDINGS_REQUIRED=1, but there are no recordings in {}",
        root.display()
    );
    // Not by `println!`, which the harness swallows when a test passes.
    let folder = root.display();
    let line = format!("SKIPPED: no recordings in {folder}; set ACS_RECORDINGS to test with them\n");
    drop(std::io::stderr().write_all(line.as_bytes()));
    None
}

/// Brings JSON into the form in which two bodies that mean the same are equal: members that are `null` are
/// taken away, and identifiers get the `kind` and the `rawId` that their one sub-object implies, which some
/// official clients leave out and ours always writes.
pub(crate) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => {
            let mut members: Map<String, Value> = members
                .iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name.clone(), normal(member)))
                .collect();
            complete_identifier(&mut members);
            Value::Object(members)
        }
        other => other.clone(),
    }
}

fn complete_identifier(members: &mut Map<String, Value>) {
    for (kind, id, prefix) in [
        ("communicationUser", "id", ""),
        ("phoneNumber", "value", "4:"),
        ("microsoftTeamsUser", "userId", "8:orgid:"),
        ("microsoftTeamsApp", "appId", "28:orgid:"),
    ] {
        let Some(id) = members.get(kind).and_then(|part| part[id].as_str()) else {
            continue;
        };
        let raw_id = format!("{prefix}{id}");
        members.entry("kind").or_insert_with(|| kind.into());
        members.entry("rawId").or_insert_with(|| raw_id.into());
    }
}
