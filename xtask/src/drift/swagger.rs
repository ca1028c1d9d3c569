//! Swagger 2.0, the form of official documents.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::model::{Interface, Operation, Route};
use super::openapi::resolved;
use super::schema::{Reader, object, text};

pub(super) fn read(document: &Value) -> Result<Interface> {
    let mut reader = Reader::new(object(document, "definitions")?);
    let mut interface = Interface::default();
    // Paths that differ only in their query are kept apart by an extension.
    let paths = ["paths", "x-ms-paths"]
        .into_iter()
        .filter_map(|key| document.get(key)?.as_object());
    for (path, item) in paths.flatten() {
        let item = item.as_object().with_context(|| format!("path {path}"))?;
        for (method, operation) in item.iter().filter(|(key, _)| *key != "parameters") {
            let read = read_operation(document, item, operation, &mut reader)
                .with_context(|| format!("{method} {path}"))?;
            interface.operations.insert(Route::new(method, path), read);
        }
    }
    (interface.schemas, interface.elsewhere) = reader.finish()?;
    Ok(interface)
}

fn read_operation(
    document: &Value,
    item: &Map<String, Value>,
    operation: &Value,
    reader: &mut Reader<'_>,
) -> Result<Operation> {
    let mut read = Operation {
        id: text(operation, "operationId").unwrap_or_default().to_owned(),
        ..Operation::default()
    };
    let shared = item
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let own = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for parameter in shared.chain(own) {
        if is_api_version_of_another_file(parameter) {
            read.query.insert("api-version".to_owned());
            continue;
        }
        let parameter = resolved(document, parameter)?;
        let name = text(parameter, "name").context("a parameter without name")?;
        match text(parameter, "in") {
            Some("query") => drop(read.query.insert(name.to_owned())),
            Some("header") => drop(read.headers.insert(name.to_ascii_lowercase())),
            Some("body") => {
                let schema = parameter.get("schema").context("a body without schema")?;
                read.body = Some(reader.type_of(schema)?);
            }
            _ => {}
        }
    }
    for (code, answer) in object(operation, "responses")? {
        let answer = resolved(document, answer)?;
        let ty = answer
            .get("schema")
            .map(|schema| reader.type_of(schema))
            .transpose()?;
        read.answers.insert(code.clone(), ty);
    }
    // A null link says that there is one page only.
    if let Some(paging) = operation.get("x-ms-pageable")
        && let Some(link) = text(paging, "nextLinkName")
    {
        read.paging = Some((
            text(paging, "itemName").unwrap_or("value").to_owned(),
            link.to_owned(),
        ));
    }
    Ok(read)
}

/// Official documents share the definition of `api-version` between services.
fn is_api_version_of_another_file(parameter: &Value) -> bool {
    text(parameter, "$ref").is_some_and(|reference| {
        !reference.starts_with('#')
            && reference
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with("ApiVersion"))
    })
}
