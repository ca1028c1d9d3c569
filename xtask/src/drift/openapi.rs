//! OpenAPI 3.0, the form of our own description.

use anyhow::{Context, Result};
use serde_json::Value;

use super::model::{Interface, Operation, Route};
use super::schema::{Reader, object, text};

pub(super) fn read(document: &Value) -> Result<Interface> {
    let components = document.get("components").context("no components")?;
    let mut reader = Reader::new(object(components, "schemas")?);
    let mut interface = Interface::default();
    for (path, item) in object(document, "paths")? {
        for (method, operation) in item.as_object().with_context(|| format!("path {path}"))? {
            let read = read_operation(document, operation, &mut reader)
                .with_context(|| format!("{method} {path}"))?;
            interface.operations.insert(Route::new(method, path), read);
        }
    }
    (interface.schemas, interface.elsewhere) = reader.finish()?;
    Ok(interface)
}

fn read_operation(document: &Value, operation: &Value, reader: &mut Reader<'_>) -> Result<Operation> {
    let mut read = Operation {
        id: text(operation, "operationId").unwrap_or_default().to_owned(),
        ..Operation::default()
    };
    for parameter in operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let parameter = resolved(document, parameter)?;
        let name = text(parameter, "name").context("a parameter without name")?;
        match text(parameter, "in") {
            Some("query") => drop(read.query.insert(name.to_owned())),
            Some("header") => drop(read.headers.insert(name.to_ascii_lowercase())),
            _ => {}
        }
    }
    if let Some(body) = operation.get("requestBody") {
        read.body = body_type(resolved(document, body)?, reader)?;
    }
    for (code, answer) in object(operation, "responses")? {
        read.answers
            .insert(code.clone(), body_type(resolved(document, answer)?, reader)?);
    }
    if let Some(paging) = operation.get("x-paging") {
        let member = |key: &str| text(paging, key).unwrap_or_default().to_owned();
        read.paging = Some((member("items"), member("nextLink")));
    }
    Ok(read)
}

fn body_type(holder: &Value, reader: &mut Reader<'_>) -> Result<Option<String>> {
    match holder.pointer("/content/application~1json/schema") {
        Some(schema) => reader.type_of(schema).map(Some),
        None => Ok(None),
    }
}

/// Follows a reference within the document.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> Result<&'a Value> {
    match text(value, "$ref") {
        None => Ok(value),
        Some(reference) => reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
            .with_context(|| format!("{reference} leads nowhere")),
    }
}
