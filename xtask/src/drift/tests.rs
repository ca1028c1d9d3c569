//! One small interface in each of the three forms, unchanged and changed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

fn ours() -> Value {
    json!({
        "openapi": "3.0.3",
        "paths": {"/calls/{id}:add": {"post": {
            "operationId": "add",
            "parameters": [
                {"name": "id", "in": "path", "schema": {"$ref": "#/components/schemas/CallId"}},
                {"$ref": "#/components/parameters/ApiVersion"},
                {"name": "Repeatability-Request-ID", "in": "header", "schema": {"type": "string", "format": "uuid"}},
            ],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Add"}}}},
            "responses": {
                "202": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Added"}}}},
                "default": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
            },
            "x-paging": {"items": "value", "nextLink": "nextLink"},
        }}},
        "components": {
            "parameters": {"ApiVersion": {"name": "api-version", "in": "query"}},
            "schemas": {
                "CallId": {"type": "string", "description": "An id."},
                "Add": {"type": "object", "required": ["who"], "properties": {
                    "who": {"allOf": [{"$ref": "#/components/schemas/CallId"}], "description": "Who."},
                    "seconds": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 180},
                    "tones": {"type": "array", "items": {"$ref": "#/components/schemas/Tone"}},
                    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                    "options": {"$ref": "#/components/schemas/Options"},
                }},
                "Added": {"type": "object", "properties": {
                    "at": {"type": "string", "format": "date-time", "readOnly": true},
                }},
                "Problem": {"type": "object", "properties": {}},
                "Tone": {"type": "string", "enum": ["one", "two"], "x-extensible": true},
                "Options": {
                    "type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
                    "discriminator": {"propertyName": "kind", "mapping": {"web": "#/components/schemas/WebOptions"}},
                },
                "WebOptions": {"allOf": [
                    {"$ref": "#/components/schemas/Options"},
                    {"type": "object", "properties": {"url": {"type": "string"}}},
                ]},
            },
        },
    })
}

fn facts() -> Value {
    let discriminator = json!({"property": "kind", "mapping": {"web": "WebOptions"}});
    json!({
        "apiVersion": "1",
        "paths": {"/calls/{id}:add": {"post": {
            "operationId": "call_add", "pathParams": ["id"], "query": ["api-version"],
            "headers": ["Repeatability-Request-ID"], "requestBody": "Add",
            "responses": {"202": "Added"}, "default": "Problem",
            "paging": {"items": "value", "nextLink": "nextLink"},
        }}},
        "schemas": {
            "Add": {"type": "object", "required": ["who"], "properties": {
                "who": {"type": "string"},
                "seconds": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 180},
                "tones": {"type": "array", "items": {"$ref": "#/components/schemas/Tone"}},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "options": {"$ref": "#/components/schemas/Options"},
            }},
            "Added": {"type": "object", "properties": {
                "at": {"type": "string", "format": "date-time", "readOnly": true},
            }},
            "Problem": {"type": "object", "properties": {}},
            "Tone": {"type": "string", "enum": ["one", "two"], "x-extensible": true},
            "Options": {
                "type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
                "x-discriminator": discriminator,
            },
            "WebOptions": {
                "type": "object", "required": ["kind"], "x-discriminator": discriminator, "x-extends": "Options",
                "properties": {"kind": {"type": "string"}, "url": {"type": "string"}},
            },
        },
    })
}

fn swagger() -> Value {
    json!({
        "swagger": "2.0",
        "parameters": {"Repeat": {"name": "repeatability-request-id", "in": "header", "type": "string"}},
        "paths": {"/calls/{id}:add": {
            "parameters": [{"name": "id", "in": "path", "type": "string"}],
            "post": {
                "operationId": "Call_Add",
                "parameters": [
                    {"$ref": "../../common.json#/parameters/ApiVersionParameter"},
                    {"$ref": "#/parameters/Repeat"},
                    {"name": "request", "in": "body", "schema": {"$ref": "#/definitions/Add"}},
                ],
                "responses": {
                    "202": {"description": "Accepted", "schema": {"$ref": "#/definitions/Added"}},
                    "default": {"description": "Error", "schema": {"$ref": "#/definitions/Problem"}},
                },
                "x-ms-pageable": {"nextLinkName": "nextLink"},
            },
        }},
        "definitions": {
            "Add": {"type": "object", "required": ["who"], "properties": {
                "who": {"type": "string", "format": "uuid"},
                "seconds": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 180},
                "tones": {"type": "array", "items": {
                    "type": "string", "enum": ["one", "two"], "x-ms-enum": {"name": "Tone", "modelAsString": true},
                }},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "options": {"$ref": "#/definitions/Options"},
            }},
            "Added": {"type": "object", "properties": {
                "at": {"type": "string", "format": "date-time", "readOnly": true},
            }},
            "Problem": {"type": "object"},
            "Options": {
                "type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
                "discriminator": "kind",
            },
            "WebOptions": {
                "x-ms-discriminator-value": "web",
                "allOf": [{"$ref": "#/definitions/Options"}], "properties": {"url": {"type": "string"}},
            },
        },
    })
}

fn compared(theirs: &Value) -> Report {
    compare::report(&read(&ours()).unwrap(), &read(theirs).unwrap(), "new.json")
}

#[test]
fn the_same_interface_has_no_drift_in_any_form() {
    for document in [ours(), facts(), swagger()] {
        let report = compared(&document);
        assert!(!report.drifted, "{}", report.markdown);
        assert!(
            report
                .markdown
                .contains("No drift: 1 operations and 6 schemas agree."),
            "{}",
            report.markdown
        );
    }
}

/// Applies the same change to the two foreign forms and compares the report with what it must say.
fn assert_reports(change_facts: impl Fn(&mut Value), change_swagger: impl Fn(&mut Value), lines: &[&str]) {
    let (mut facts, mut swagger) = (facts(), swagger());
    change_facts(&mut facts);
    change_swagger(&mut swagger);
    for document in [facts, swagger] {
        let report = compared(&document);
        assert!(report.drifted, "{}", report.markdown);
        for line in lines {
            assert!(
                report.markdown.lines().any(|found| found == *line),
                "{line} is missing in {}",
                report.markdown
            );
        }
    }
}

#[test]
fn an_added_and_a_removed_operation_are_reported() {
    assert_reports(
        |facts| {
            facts["paths"] = json!({"/calls": {"get": {
                "operationId": "list", "query": ["api-version"], "headers": [], "requestBody": null,
                "responses": {"200": "Added", "204": null}, "default": "Problem",
            }}});
        },
        |swagger| {
            swagger["paths"] = json!({"/calls": {"get": {
                "operationId": "list", "parameters": [{"name": "api-version", "in": "query"}],
                "responses": {
                    "200": {"schema": {"$ref": "#/definitions/Added"}}, "204": {},
                    "default": {"schema": {"$ref": "#/definitions/Problem"}},
                },
            }}});
        },
        &[
            "## Operations",
            "- `GET /calls`: `list`, body none, 200 `Added`, 204 none, default `Problem`",
            "- `POST /calls/{id}:add` (`add`)",
        ],
    );
}

#[test]
fn a_changed_operation_is_reported() {
    assert_reports(
        |facts| {
            let operation = &mut facts["paths"]["/calls/{id}:add"]["post"];
            operation["requestBody"] = json!("Options");
            operation["responses"] = json!({"201": "Added", "202": null});
            operation["headers"] = json!([]);
            operation.as_object_mut().unwrap().remove("paging");
        },
        |swagger| {
            let operation = &mut swagger["paths"]["/calls/{id}:add"]["post"];
            operation["parameters"] = json!([
                {"$ref": "../../common.json#/parameters/ApiVersionParameter"},
                {"name": "request", "in": "body", "schema": {"$ref": "#/definitions/Options"}},
            ]);
            operation["responses"]["201"] = operation["responses"]["202"].take();
            operation["responses"]["202"] = json!({"description": "Accepted"});
            operation["x-ms-pageable"] = json!({"nextLinkName": null});
        },
        &[
            "- `POST /calls/{id}:add`",
            "  - body: `Add` → `Options`",
            "  - answer 201 added: `Added`",
            "  - answer 202: `Added` → none",
            "  - header `repeatability-request-id` removed",
            "  - no longer paged",
        ],
    );
}

#[test]
fn changed_schemas_fields_and_values_are_reported() {
    let change = |schemas: &mut Value| {
        schemas["New"] =
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}});
        let add = &mut schemas["Add"];
        add["required"] = json!(["headers"]);
        add["properties"]["seconds"]["maximum"] = json!(300);
        add["properties"]["more"] = json!({"type": "number", "format": "double"});
        add["properties"].as_object_mut().unwrap().remove("options");
        schemas["Added"]["properties"]["at"] = json!({"type": "string"});
    };
    assert_reports(
        |facts| {
            change(&mut facts["schemas"]);
            facts["schemas"]["Tone"]["enum"] = json!(["one", "three"]);
        },
        |swagger| {
            change(&mut swagger["definitions"]);
            swagger["definitions"]["Add"]["properties"]["tones"]["items"]["enum"] = json!(["one", "three"]);
        },
        &[
            "- `New`: object with `a` (`boolean`, required)",
            "  - field `more` added: `number(double)`, optional",
            "  - field `options` removed",
            "  - field `headers`: required by now",
            "  - field `who`: optional by now",
            "  - field `seconds`: range 0..180 → 0..300",
            "  - field `at`: type `string(date-time)` → `string`, writable by now",
            "  - value `three` added",
            "  - value `two` removed",
        ],
    );
}

#[test]
fn a_second_variant_is_reported() {
    assert_reports(
        |facts| {
            facts["schemas"]["Options"]["x-discriminator"]["mapping"]["pipe"] = json!("PipeOptions");
            facts["schemas"]["PipeOptions"] = json!({"type": "object", "required": ["kind"], "x-extends": "Options", "properties": {"kind": {"type": "string"}}});
        },
        |swagger| {
            swagger["definitions"]["PipeOptions"] =
                json!({"allOf": [{"$ref": "#/definitions/Options"}], "x-ms-discriminator-value": "pipe"});
        },
        &[
            "- `PipeOptions`: object with `kind` (`string`, required)",
            "- `Options`",
            "  - variant `pipe: PipeOptions` added",
        ],
    );
}

#[test]
fn what_another_file_defines_is_named_and_not_called_removed() {
    let mut document = swagger();
    document["definitions"]["Add"]["properties"]["options"] =
        json!({"$ref": "../common.json#/definitions/Options"});
    let definitions = document["definitions"].as_object_mut().unwrap();
    definitions.remove("Options");
    definitions.remove("WebOptions");
    let report = compared(&document);
    // `WebOptions` is only known to its base, which is in the other file.
    assert!(
        report
            .markdown
            .contains("Not compared, for it is in other files: `Options`."),
        "{}",
        report.markdown
    );
    assert!(!report.drifted, "{}", report.markdown);
}

#[test]
fn an_enum_named_by_its_extension_matches_by_that_name() {
    let mut document = swagger();
    document["definitions"]["ToneModel"] = json!({"type": "string", "enum": ["one", "two"], "x-ms-enum": {"name": "Tone", "modelAsString": true}});
    document["definitions"]["Add"]["properties"]["tones"]["items"] =
        json!({"$ref": "#/definitions/ToneModel"});
    assert!(!compared(&document).drifted);
    document["definitions"]["ToneModel"]["x-ms-enum"]["modelAsString"] = json!(false);
    assert!(compared(&document).markdown.contains("  - closed by now"));
}

#[test]
fn an_unknown_kind_of_document_is_an_error() {
    assert!(read(&json!({"paths": {}})).is_err());
}

#[test]
fn a_schema_composed_of_itself_is_an_error() {
    let mut document = ours();
    document["components"]["schemas"]["Problem"] =
        json!({"allOf": [{"$ref": "#/components/schemas/Problem"}, {}]});
    assert!(format!("{:#}", read(&document).unwrap_err()).contains("composed of itself"));
}

#[test]
fn our_description_has_no_drift_against_itself() {
    let interface = read(&generate::load().unwrap().json).unwrap();
    let report = compare::report(&interface, &interface, "itself");
    assert!(!report.drifted);
    let methods: BTreeSet<&str> = interface
        .operations
        .keys()
        .map(|route| route.method.as_str())
        .collect();
    assert_eq!(methods, BTreeSet::from(["DELETE", "GET", "POST"]));
}
