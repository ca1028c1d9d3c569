//! The event structs against the API description: what is in one and not in the other fails here, so that a
//! new version of the API cannot drift unseen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::EventData;

/// Members that recorded traffic has and the description has not, on every event.
const BEYOND: &[&str] = &["version", "operationContext"];

fn description() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../openapi/call-automation-2026-03-12.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Follows a reference; `allOf` of one reference is how a description is put beside one.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))
        .and_then(Value::as_str);
    let Some(reference) = reference else {
        return (None, schema);
    };
    let pointer = reference.trim_start_matches('#');
    let target = document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("no {reference}"));
    (reference.rsplit('/').next(), target)
}

/// What two schemas must have in common, as text; objects one level down are looked at by their members.
fn shape(document: &Value, schema: &Value) -> BTreeMap<String, String> {
    let (name, schema) = resolve(document, schema);
    let mut lines = BTreeMap::new();
    let mut put = |key: &str, value: String| lines.insert(key.to_owned(), value);
    if name == Some("CommunicationIdentifierModel") || schema["title"] == "CommunicationIdentifierModel" {
        put("", "an identifier".to_owned());
        return lines;
    }
    put("", format!("{} {}", schema["type"], schema["format"]));
    if let Some(values) = schema["enum"].as_array() {
        let values: BTreeSet<_> = values.iter().filter_map(Value::as_str).collect();
        put(" values", format!("{values:?}"));
    }
    if let Some(required) = schema["required"].as_array().filter(|list| !list.is_empty()) {
        put(" required", format!("{required:?}"));
    }
    let items = schema.get("items").map(|items| ("[]".to_owned(), items));
    let members = schema["properties"].as_object().into_iter().flatten();
    let members = members
        .map(|(name, member)| (format!(".{name}"), member))
        .chain(items);
    for (path, member) in members {
        for (rest, line) in shape(document, member) {
            lines.insert(format!("{path}{rest}"), line);
        }
    }
    lines
}

/// The differences between our schema of an event type and the described one.
fn differences(event_type: &str, document: &Value, described: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let theirs = shape(document, described);
    let own = shape(ours, ours);
    for (path, line) in &theirs {
        match own.get(path) {
            None => found.push(format!("{event_type}{path}: described, but not in the struct")),
            Some(other) if other != line => {
                found.push(format!(
                    "{event_type}{path}: described as {line}, read as {other}"
                ));
            }
            Some(_) => {}
        }
    }
    for path in own.keys().filter(|path| !theirs.contains_key(*path)) {
        if !BEYOND.iter().any(|name| *path == format!(".{name}")) {
            found.push(format!("{event_type}{path}: in the struct, but not described"));
        }
    }
    found
}

fn described_events(document: &Value) -> BTreeMap<String, &Value> {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let named = |schema: &Value| {
        schema
            .get("x-event-type")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    schemas
        .values()
        .filter_map(|schema| Some((named(schema)?, schema)))
        .collect()
}

#[test]
fn every_event_struct_is_as_the_api_describes_it() {
    let document = description();
    let events = described_events(&document);
    let described: BTreeSet<&str> = events.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = EventData::KNOWN_TYPES.iter().copied().collect();
    assert_eq!(known, described, "the types");
    let found: Vec<String> = events
        .iter()
        .flat_map(|(event_type, described)| {
            let ours = EventData::json_schema(event_type).unwrap().to_value();
            differences(event_type, &document, described, &ours)
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_member_that_is_missing_or_differs_on_either_side_is_found() {
    let document = description();
    let events = described_events(&document);
    for (event_type, described) in &events {
        let ours = EventData::json_schema(event_type).unwrap().to_value();
        for name in described["properties"].as_object().unwrap().keys() {
            let mut less = (*described).clone();
            less["properties"].as_object_mut().unwrap().remove(name);
            let beyond = BEYOND.contains(&name.as_str());
            let found = differences(event_type, &document, &less, &ours);
            assert_eq!(
                found.is_empty(),
                beyond,
                "{event_type}.{name} is described no more"
            );
            let mut less = ours.clone();
            less["properties"].as_object_mut().unwrap().remove(name);
            let found = differences(event_type, &document, described, &less);
            assert!(!found.is_empty(), "{event_type}.{name} is not in the struct");
            let mut other = ours.clone();
            other["properties"][name] = serde_json::json!({"type": "null"});
            let found = differences(event_type, &document, described, &other);
            assert!(!found.is_empty(), "{event_type}.{name} is of another type");
        }
    }
}
