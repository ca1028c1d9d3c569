//! Each pass on the smallest description that shows its quirk, and on one that breaks its assumption.

use serde_json::{Value, json};

use super::*;
use crate::generate;

fn with_operation(operation: &Value) -> Value {
    let mut operation = operation.clone();
    operation["operationId"] = json!("play");
    json!({"paths": {"/calls": {"post": operation}}})
}

fn with_schemas(schemas: &Value) -> Value {
    json!({"components": {"schemas": schemas}, "paths": {}})
}

fn refused(pass: impl Fn(&mut Value) -> Result<()>, mut api: Value) -> String {
    format!("{:#}", pass(&mut api).unwrap_err())
}

#[test]
fn default_responses_become_error_ranges() {
    let mut api =
        with_operation(&json!({"responses": {"202": {"description": "a"}, "default": {"description": "e"}}}));
    errors_by_range(&mut api).unwrap();
    assert_eq!(
        api["paths"]["/calls"]["post"]["responses"],
        json!({"202": {"description": "a"}, "4XX": {"description": "e"}, "5XX": {"description": "e"}})
    );
}

#[test]
fn an_operation_without_default_or_with_an_error_of_its_own_is_refused() {
    let error = refused(
        errors_by_range,
        with_operation(&json!({"responses": {"202": {}}})),
    );
    assert_eq!(error, "play has no default response");
    let error = refused(
        errors_by_range,
        with_operation(&json!({"responses": {"202": {}, "404": {}, "default": {}}})),
    );
    assert!(error.contains("status 404"), "{error}");
}

#[test]
fn the_api_version_leaves_the_signature() {
    let mut api = with_operation(&json!({"parameters": [
        {"name": "callConnectionId", "in": "path"}, {"$ref": "#/components/parameters/ApiVersion"},
    ]}));
    drop_api_version(&mut api).unwrap();
    let left = &api["paths"]["/calls"]["post"]["parameters"];
    assert_eq!(left, &json!([{"name": "callConnectionId", "in": "path"}]));
    assert_eq!(refused(drop_api_version, api), "play does not take api-version");
}

#[test]
fn the_repeatability_headers_leave_the_signature_together() {
    let both = json!({"parameters": [
        {"$ref": "#/components/parameters/RepeatabilityRequestId"},
        {"$ref": "#/components/parameters/RepeatabilityFirstSent"},
    ]});
    let mut api = with_operation(&both);
    drop_repeatability(&mut api).unwrap();
    assert_eq!(api["paths"]["/calls"]["post"]["parameters"], json!([]));
    drop_repeatability(&mut api).unwrap();

    let one = json!({"parameters": [{"$ref": "#/components/parameters/RepeatabilityRequestId"}]});
    assert!(refused(drop_repeatability, with_operation(&one)).contains("only one of the two"));
}

fn derived() -> Value {
    with_schemas(&json!({
        "Base": {
            "type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Derived"}},
        },
        "Derived": {
            "description": "D.",
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}},
            ],
        },
        "User": {"type": "object", "properties": {
            "plain": {"$ref": "#/components/schemas/Base"},
            "described": {"allOf": [{"$ref": "#/components/schemas/Base"}], "description": "Why."},
        }},
    }))
}

#[test]
fn a_derived_schema_becomes_one_object() {
    let mut api = derived();
    inline_all_of(&mut api).unwrap();
    assert_eq!(
        api["components"]["schemas"]["Derived"],
        json!({
            "description": "D.", "type": "object", "required": ["kind", "url"],
            "properties": {"kind": {"type": "string"}, "url": {"type": "string"}},
        })
    );
    // What only gives a reference a description is left for the generator, which understands it.
    assert!(api["components"]["schemas"]["User"]["properties"]["described"]["allOf"].is_array());
}

#[test]
fn a_property_of_base_and_derived_is_refused() {
    let mut api = derived();
    api["components"]["schemas"]["Derived"]["allOf"][1]["properties"]["kind"] = json!({"type": "integer"});
    assert_eq!(refused(inline_all_of, api), "Derived describes kind twice");
}

#[test]
fn an_unknown_base_and_a_second_level_are_refused() {
    let unknown = with_schemas(&json!({"A": {"allOf": [{"$ref": "#/components/schemas/Nobody"}]}}));
    assert!(refused(inline_all_of, unknown).contains("Nobody"));
    let deep = with_schemas(&json!({"A": {"allOf": [{"allOf": []}]}}));
    assert!(refused(inline_all_of, deep).contains("derived itself"));
}

#[test]
fn a_base_with_one_variant_is_that_variant() {
    let mut api = derived();
    inline_all_of(&mut api).unwrap();
    resolve_single_variants(&mut api).unwrap();
    let schemas = &api["components"]["schemas"];
    assert!(schemas.get("Base").is_none());
    assert_eq!(
        schemas["User"]["properties"]["plain"],
        json!({"$ref": "#/components/schemas/Derived"})
    );
    let described = &schemas["User"]["properties"]["described"]["allOf"][0];
    assert_eq!(described, &json!({"$ref": "#/components/schemas/Derived"}));
}

#[test]
fn a_base_with_two_variants_is_refused() {
    let mut api = derived();
    api["components"]["schemas"]["Base"]["discriminator"]["mapping"]["b"] =
        json!("#/components/schemas/Other");
    assert!(refused(resolve_single_variants, api.clone()).contains("2 variants"));
    api["components"]["schemas"]["Base"]["discriminator"]["mapping"] = json!({});
    assert!(refused(resolve_single_variants, api.clone()).contains("no mapping"));
    api["components"]["schemas"]["Base"]["discriminator"]["mapping"] =
        json!({"b": "#/components/schemas/Other"});
    assert!(refused(resolve_single_variants, api).contains("unknown"));
}

#[test]
fn optional_collections_accept_null_and_required_ones_do_not() {
    let mut api = with_schemas(
        &json!({"A": {"type": "object", "required": ["must"], "properties": {
            "must": {"type": "array", "items": {"type": "string"}},
            "list": {"type": "array", "items": {"type": "string"}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "text": {"type": "string"},
        }}}),
    );
    accept_null_collections(&mut api).unwrap();
    let properties = &api["components"]["schemas"]["A"]["properties"];
    for (name, nullable) in [("must", false), ("list", true), ("map", true), ("text", false)] {
        assert_eq!(properties[name].get("nullable").is_some(), nullable, "{name}");
    }
}

#[test]
fn ranges_are_left_to_the_client_crate() {
    let mut api = with_schemas(&json!({"A": {"properties": {
        "seconds": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 60},
    }}}));
    drop_ranges(&mut api).unwrap();
    let seconds = &api["components"]["schemas"]["A"]["properties"]["seconds"];
    assert_eq!(seconds, &json!({"type": "integer", "format": "int32"}));

    let number = with_schemas(&json!({"A": {"properties": {"share": {"type": "number", "maximum": 1}}}}));
    assert!(refused(drop_ranges, number).contains("A.share"));
}

#[test]
fn the_client_has_a_short_description() {
    let mut api = json!({"info": {"title": "T", "description": "Pages and pages."}});
    short_client_doc(&mut api).unwrap();
    assert!(
        api["info"]["description"]
            .as_str()
            .unwrap()
            .starts_with("One method per operation.")
    );
}

#[test]
fn our_description_passes_all_of_them() {
    let mut api = generate::load().unwrap().json;
    prepare(&mut api).unwrap();
    let text = api.to_string();
    for gone in [
        "\"default\":{\"content\"",
        "\"discriminator\"",
        "parameters/ApiVersion",
        "parameters/Repeatability",
    ] {
        assert!(!text.contains(gone), "{gone} is left");
    }
}
