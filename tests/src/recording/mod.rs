//! Recordings: `tests/recordings/<operation>[.<variant>].json`.
//!
//! A file holds `meta`, `request {method, path, headers, body}` and `response {status, headers, body}`; where
//! the scenario took more requests than one, the others stand in `then`. `input` is what the request was made
//! of, `outcome` what the client made of the answer. Everything in it went through the scrubber.

mod capture;
mod guard;
mod run;
mod scrub;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

pub use capture::Capture;
pub use guard::findings;
pub use run::{Endpoint, Recorded, record};
pub use scrub::{APPLICATION, ENDPOINT, SANITIZED, Scrubber};

/// Where the recordings are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}

/// All recordings by name, without `.json`.
///
/// # Errors
///
/// When one cannot be read.
pub fn load(folder: &Path) -> Result<BTreeMap<String, Value>> {
    let mut files = BTreeMap::new();
    for (name, text) in texts(folder)? {
        let file = serde_json::from_str(&text).with_context(|| format!("{name}.json is not JSON"))?;
        files.insert(name, file);
    }
    Ok(files)
}

/// All recordings as text, by name.
///
/// # Errors
///
/// When one cannot be read.
pub fn texts(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(files)
}

/// As it stands in the file.
pub fn to_text(recording: &Value) -> String {
    format!("{recording:#}\n")
}
