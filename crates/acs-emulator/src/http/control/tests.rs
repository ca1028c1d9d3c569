//! The router and its description say the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn description() -> Value {
    serde_json::from_str(DESCRIPTION).unwrap()
}

/// The operations of the description: method, path, operation.
fn operations(description: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method != "parameters" {
                operations.push((method.to_uppercase(), path.clone(), operation));
            }
        }
    }
    operations
}

#[test]
fn the_description_has_the_paths_of_the_router_and_no_others() {
    let description = description();
    let described: BTreeSet<(String, String)> = operations(&description)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let routed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(routed.len(), ROUTES.len(), "a route is there twice");
    assert_eq!(described, routed);
}

#[test]
fn operations_have_names_of_their_own_and_parameters_for_their_paths() {
    let description = description();
    let mut names = BTreeSet::new();
    for (_, path, operation) in operations(&description) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        assert!(operation["summary"].is_string(), "{name}");
        let listed: BTreeSet<&str> = description["paths"][&path]["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let wanted: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(listed, wanted, "{path}");
    }
}

#[test]
fn references_lead_somewhere() {
    fn follow(whole: &Value, part: &Value) {
        match part {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(whole.pointer(pointer).is_some(), "{reference}");
                }
                members.values().for_each(|member| follow(whole, member));
            }
            Value::Array(items) => items.iter().for_each(|item| follow(whole, item)),
            _ => {}
        }
    }
    let description = description();
    follow(&description, &description);
}

#[test]
fn templates_fit_whole_segments() {
    for (template, path, params) in [
        ("/a/{b}/c", "/a/x/c", Some(vec!["x"])),
        ("/a/{b}/c", "/a//c", None),
        ("/a/{b}", "/a/x/c", None),
        ("/a", "/a", Some(vec![])),
        ("/a", "/a/", None),
    ] {
        assert_eq!(fit(template, path), params, "{template} {path}");
    }
}
