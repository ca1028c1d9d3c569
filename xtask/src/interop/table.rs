//! The operations, and the table of who carries them out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::runs::Report;
use crate::workspace;

const DESCRIPTION: &str = "openapi/call-automation-2026-03-12.json";
const BEGIN: &str = "<!-- `cargo xtask interop` writes from here -->\n";
const END: &str = "<!-- to here -->\n";

/// An operation and how it is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) id: String,
    method: String,
    path: String,
}

impl Operation {
    pub(super) fn new(id: &str, method: &str, path: &str) -> Self {
        Self {
            id: id.to_owned(),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
        }
    }

    /// Whether a request asks for it.
    pub(super) fn is_meant(&self, method: &str, path: &str) -> bool {
        let fits = |(template, segment): (&str, &str)| match template.split_once('}') {
            Some((_, verb)) => segment.ends_with(verb) && segment.len() > verb.len(),
            None => template == segment,
        };
        let (templates, segments) = (self.path.split('/'), path.split('/'));
        self.method == method
            && templates.clone().count() == segments.clone().count()
            && templates.zip(segments).all(fits)
    }
}

/// Every operation of the description, and the two on files of recordings, which it does not have.
pub(super) fn operations() -> Result<Vec<Operation>> {
    let text = fs::read_to_string(workspace::root().join(DESCRIPTION)).context(DESCRIPTION)?;
    let mut operations = described(&serde_json::from_str(&text).context(DESCRIPTION)?)?;
    operations.push(Operation::new(
        "downloadRecording",
        "GET",
        "/v1/objects/{document}/content/video",
    ));
    operations.push(Operation::new(
        "deleteRecording",
        "DELETE",
        "/v1/objects/{document}",
    ));
    Ok(operations)
}

fn described(description: &Value) -> Result<Vec<Operation>> {
    let paths = description
        .get("paths")
        .and_then(Value::as_object)
        .context("no paths")?;
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().with_context(|| path.clone())? {
            if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                operations.push(Operation::new(id, method, path));
            }
        }
    }
    // Whether a JSON object keeps its order is a matter of features.
    operations.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    Ok(operations)
}

/// Two tables: operations and events, by client.
pub(super) fn write(operations: &[Operation], reports: &[Report]) -> String {
    let mut text = head("operation", reports);
    for operation in operations {
        row(&mut text, &operation.id, reports, |report| {
            report.has_carried_out(operation)
        });
    }
    text.push('\n');
    text.push_str(&head("event", reports));
    let events: BTreeSet<&String> = reports.iter().flat_map(|report| &report.events).collect();
    for event in events {
        row(&mut text, event, reports, |report| report.events.contains(event));
    }
    text
}

fn head(what: &str, reports: &[Report]) -> String {
    let titles: Vec<String> = reports.iter().map(Report::title).collect();
    format!(
        "| {what} | {} |\n|---|{}\n",
        titles.join(" | "),
        "---|".repeat(titles.len())
    )
}

fn row(text: &mut String, name: &str, reports: &[Report], holds: impl Fn(&Report) -> bool) {
    let cells: Vec<&str> = reports
        .iter()
        .map(|report| if holds(report) { "yes" } else { "no" })
        .collect();
    // Writing to text cannot fail.
    let _ = writeln!(text, "| `{name}` | {} |", cells.join(" | "));
}

/// A document with the tables in their place.
pub(super) fn placed(document: &str, tables: &str) -> Result<String> {
    let (before, rest) = document
        .split_once(BEGIN)
        .context("the mark before the tables is missing")?;
    let (_, after) = rest
        .split_once(END)
        .context("the mark behind the tables is missing")?;
    Ok(format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let all = operations().unwrap();
        let meant = |method: &str, path: &str| -> Vec<&str> {
            all.iter()
                .filter(|operation| operation.is_meant(method, path))
                .map(|operation| operation.id.as_str())
                .collect()
        };
        for (method, path, expected) in [
            ("POST", "/calling/callConnections", "createCall"),
            ("POST", "/calling/callConnections:answer", "answerCall"),
            ("GET", "/calling/callConnections/a-b", "getCall"),
            ("POST", "/calling/callConnections/a-b:play", "play"),
            (
                "GET",
                "/calling/callConnections/a-b/participants",
                "getParticipants",
            ),
            (
                "GET",
                "/calling/callConnections/a-b/participants/4:%2B1",
                "getParticipant",
            ),
            (
                "POST",
                "/calling/callConnections/a-b/participants:add",
                "addParticipant",
            ),
            ("DELETE", "/calling/recordings/abc", "stopRecording"),
            ("GET", "/v1/objects/0-d1/content/video", "downloadRecording"),
            ("DELETE", "/v1/objects/0-d1", "deleteRecording"),
        ] {
            assert_eq!(meant(method, path), [expected], "{method} {path}");
        }
        assert!(meant("POST", "/calling/callConnections/a-b:dance").is_empty());
        assert!(meant("POST", "/calling/callConnections/:play").is_empty());
    }

    #[test]
    fn tables_are_put_between_their_marks() {
        let before = format!("text\n{BEGIN}old\n{END}more\n");
        let after = placed(&before, "new\n").unwrap();
        assert_eq!(after, format!("text\n{BEGIN}\nnew\n\n{END}more\n"));
        assert_eq!(placed(&after, "new\n").unwrap(), after);
        assert!(placed("no marks", "new").is_err());
    }
}
