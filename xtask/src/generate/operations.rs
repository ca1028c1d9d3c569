//! The table of all operations, by which a server routes and a test counts.

use anyhow::{Context, Result};
use openapiv3::{OpenAPI, Operation, ReferenceOr, StatusCode};
use proc_macro2::TokenStream;
use quote::quote;

/// The constant `OPERATIONS`, in the order of the description.
pub(super) fn table(api: &OpenAPI) -> Result<TokenStream> {
    let mut rows = Vec::new();
    for (path, item) in api.paths.iter() {
        let item = item
            .as_item()
            .with_context(|| format!("path {path} is a reference"))?;
        for (method, operation) in item.iter() {
            rows.push(row(path, method, operation).with_context(|| format!("{method} {path}"))?);
        }
    }
    Ok(quote! {
        use crate::operation::{Method, Operation};

        /// Every operation of the API, in the order of its description.
        pub const OPERATIONS: &[Operation] = &[#(#rows),*];
    })
}

fn row(path: &str, method: &str, operation: &Operation) -> Result<TokenStream> {
    let id = operation
        .operation_id
        .as_deref()
        .context("operation without id")?;
    let name = method_name(id);
    let method = match method {
        "get" => quote!(Method::Get),
        "post" => quote!(Method::Post),
        "put" => quote!(Method::Put),
        "patch" => quote!(Method::Patch),
        "delete" => quote!(Method::Delete),
        other => anyhow::bail!("method {other} is not supported"),
    };
    let tag = operation.tags.first().context("operation without tag")?;
    let mut success = operation
        .responses
        .responses
        .keys()
        .filter_map(|code| match code {
            StatusCode::Code(code) if (200..300).contains(code) => Some(*code),
            _ => None,
        })
        .collect::<Vec<u16>>();
    success.sort_unstable();
    anyhow::ensure!(!success.is_empty(), "operation {id} has no success code");
    let repeatable = operation.parameters.iter().any(|parameter| match parameter {
        ReferenceOr::Reference { reference } => reference.ends_with("/RepeatabilityRequestId"),
        ReferenceOr::Item(parameter) => parameter.parameter_data_ref().name == "Repeatability-Request-ID",
    });
    let has_body = operation.request_body.is_some();
    Ok(quote! {
        Operation {
            id: #id,
            name: #name,
            method: #method,
            path: #path,
            tag: #tag,
            success: &[#(#success),*],
            repeatable: #repeatable,
            has_body: #has_body,
        }
    })
}

/// The name that the generator gives the client's method.
fn method_name(id: &str) -> String {
    let mut name = String::new();
    for c in id.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn api(description: serde_json::Value) -> OpenAPI {
        serde_json::from_value(description).unwrap()
    }

    #[test]
    fn a_row_says_what_the_description_says() {
        let description = api(json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/calls:answer": {"post": {
                "operationId": "answerCall", "tags": ["Calls"],
                "parameters": [{"$ref": "#/components/parameters/RepeatabilityRequestId"}],
                "requestBody": {"content": {}},
                "responses": {"202": {"description": "b"}, "200": {"description": "a"}, "default": {"description": "e"}},
            }}},
        }));
        let text = table(&description).unwrap().to_string();
        for part in [
            r#"id : "answerCall""#,
            r#"name : "answer_call""#,
            "method : Method :: Post",
            r#"path : "/calls:answer""#,
            "success : & [200u16 , 202u16]",
            "repeatable : true",
            "has_body : true",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    #[test]
    fn an_operation_without_success_is_refused() {
        let description = api(json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/calls": {"get": {
                "operationId": "list", "tags": ["Calls"], "responses": {"default": {"description": "e"}},
            }}},
        }));
        let error = table(&description).unwrap_err();
        assert!(format!("{error:#}").contains("no success code"), "{error:#}");
    }
}
