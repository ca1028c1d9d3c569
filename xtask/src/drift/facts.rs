//! The facts file: routes and models of one API version without any wording.

use anyhow::{Context, Result};
use serde_json::Value;

use super::model::{Interface, Operation, Route};
use super::schema::{Reader, object, text};

pub(super) fn read(document: &Value) -> Result<Interface> {
    let mut interface = Interface::default();
    for (path, item) in object(document, "paths")? {
        for (method, operation) in item.as_object().with_context(|| format!("path {path}"))? {
            let read = read_operation(operation).with_context(|| format!("{method} {path}"))?;
            interface.operations.insert(Route::new(method, path), read);
        }
    }
    (interface.schemas, interface.elsewhere) = Reader::new(object(document, "schemas")?).finish()?;
    Ok(interface)
}

fn read_operation(operation: &Value) -> Result<Operation> {
    let names = |key: &str| {
        let list = operation.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned)
    };
    let name = |value: &Value| value.as_str().map(str::to_owned);
    let mut answers: std::collections::BTreeMap<_, _> = object(operation, "responses")?
        .iter()
        .map(|(code, body)| (code.clone(), name(body)))
        .collect();
    if let Some(error) = operation.get("default") {
        answers.insert("default".to_owned(), name(error));
    }
    Ok(Operation {
        id: text(operation, "operationId").unwrap_or_default().to_owned(),
        body: operation.get("requestBody").and_then(name),
        answers,
        query: names("query").collect(),
        headers: names("headers")
            .map(|header| header.to_ascii_lowercase())
            .collect(),
        paging: operation.get("paging").map(|paging| {
            let member = |key: &str| text(paging, key).unwrap_or_default().to_owned();
            (member("items"), member("nextLink"))
        }),
    })
}
