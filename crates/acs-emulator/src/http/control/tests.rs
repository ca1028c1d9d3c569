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

/// What can be asked for under `/emulator/` is in the one table: what the page has of its own, too.
#[test]
fn the_files_of_the_page_are_among_the_routes() {
    for path in crate::dashboard::files().filter(|path| *path != "/") {
        assert!(
            ROUTES
                .iter()
                .any(|(method, template, _)| *method == "GET" && fit(template, path).is_some()),
            "{path}"
        );
    }
}

/// A reader of OpenAPI 3 that knows its types takes it, and finds all of it.
#[test]
fn the_description_is_openapi() {
    let api: openapiv3::OpenAPI = serde_json::from_str(DESCRIPTION).unwrap();
    assert!(api.openapi.starts_with("3.0."), "{}", api.openapi);
    assert_eq!(api.operations().count(), ROUTES.len());
    for (path, method, operation) in api.operations() {
        assert!(operation.extensions.is_empty(), "{method} {path}");
        let answers = &operation.responses.responses;
        assert!(
            answers
                .keys()
                .any(|status| matches!(status, openapiv3::StatusCode::Code(200..=299))),
            "{method} {path}"
        );
        // Whatever goes wrong has the same shape.
        let errors = answers
            .iter()
            .filter(|(status, _)| matches!(status, openapiv3::StatusCode::Code(400..=599)));
        let mut refused = false;
        for (status, answer) in errors {
            let answer = match answer {
                openapiv3::ReferenceOr::Item(answer) => answer,
                openapiv3::ReferenceOr::Reference { reference } => {
                    let name = reference.strip_prefix("#/components/responses/").unwrap();
                    api.components.as_ref().unwrap().responses[name]
                        .as_item()
                        .unwrap()
                }
            };
            refused |= *status == openapiv3::StatusCode::Code(403);
            let schema = answer.content["application/json"].schema.as_ref().unwrap();
            let openapiv3::ReferenceOr::Reference { reference } = schema else {
                panic!("{method} {path} {status}: an error of its own");
            };
            assert_eq!(
                reference, "#/components/schemas/Error",
                "{method} {path} {status}"
            );
        }
        assert!(refused, "{method} {path}: 403 to another Host");
    }
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
        ("/a/{b}/c.{d}", "/a/x/c.svg", Some(vec!["x", "svg"])),
        ("/a/{b}/c.{d}", "/a/x/c.", None),
        ("/a/{b}/c.{d}", "/a/x/d.svg", None),
        ("/a", "/a/", None),
    ] {
        assert_eq!(fit(template, path), params, "{template} {path}");
    }
}
