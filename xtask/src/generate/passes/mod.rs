//! The description states the service; these passes fit it to the generator's limits. One function per
//! quirk, each with its reason, each refusing a description for which its assumption no longer holds.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

const SCHEMA_PREFIX: &str = "#/components/schemas/";
const REPEATABILITY: [&str; 2] = ["RepeatabilityRequestId", "RepeatabilityFirstSent"];

/// All passes, in order.
pub(super) fn prepare(api: &mut Value) -> Result<()> {
    errors_by_range(api)?;
    drop_api_version(api)?;
    drop_repeatability(api)?;
    inline_all_of(api)?;
    resolve_single_variants(api)?;
    accept_null_collections(api)?;
    drop_ranges(api)?;
    short_client_doc(api)
}

/// `default` becomes `4XX` and `5XX`: the generator counts `default` as a possible success too and
/// asserts that all successes have one type.
fn errors_by_range(api: &mut Value) -> Result<()> {
    each_operation(api, |id, operation| {
        let responses = object(operation, "responses")?;
        let error = responses
            .remove("default")
            .with_context(|| format!("{id} has no default response"))?;
        if let Some(code) = responses.keys().find(|code| !code.starts_with('2')) {
            bail!("{id} describes status {code} on its own, which the range would hide");
        }
        responses.insert("4XX".into(), error.clone());
        responses.insert("5XX".into(), error);
        Ok(())
    })
}

/// The query parameter `api-version` leaves every signature: the version belongs to the crate, not to a
/// call, and the pipeline adds it.
fn drop_api_version(api: &mut Value) -> Result<()> {
    each_operation(api, |id, operation| {
        let removed = remove_parameters(operation, &["ApiVersion"])?;
        ensure!(removed == 1, "{id} does not take api-version");
        Ok(())
    })
}

/// The repeatability headers leave every signature: they are made once per operation and kept across
/// retries, which only the pipeline can see. An operation takes both or neither.
fn drop_repeatability(api: &mut Value) -> Result<()> {
    each_operation(api, |id, operation| {
        let removed = remove_parameters(operation, &REPEATABILITY)?;
        ensure!(
            removed == 0 || removed == 2,
            "{id} takes only one of the two repeatability headers"
        );
        Ok(())
    })
}

/// A derived schema, `allOf` of its base and its own members, becomes one object. The generator would
/// nest the base, while on the wire all members lie side by side.
fn inline_all_of(api: &mut Value) -> Result<()> {
    let schemas = schemas(api)?;
    let names: Vec<String> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("allOf").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let schema = schemas
            .get(&name)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let flat = flattened(schemas, &name, &schema)?;
        schemas.insert(name, flat);
    }
    Ok(())
}

fn flattened(schemas: &Map<String, Value>, name: &str, schema: &Map<String, Value>) -> Result<Value> {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    let parts = schema
        .get("allOf")
        .and_then(Value::as_array)
        .with_context(|| format!("allOf of {name}"))?;
    for part in parts {
        let part = match part.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let base = reference.strip_prefix(SCHEMA_PREFIX).unwrap_or(reference);
                schemas
                    .get(base)
                    .with_context(|| format!("{name} derives from {base}, which is unknown"))?
            }
            None => part,
        };
        ensure!(
            part.get("allOf").is_none(),
            "{name} derives from a schema that is derived itself"
        );
        for (property, value) in part
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let clash = properties.insert(property.clone(), value.clone()).is_some();
            ensure!(!clash, "{name} describes {property} twice");
        }
        required.extend(
            part.get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
    }
    let mut flat = schema.clone();
    flat.remove("allOf");
    flat.insert("type".into(), json!("object"));
    flat.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        flat.insert("required".into(), Value::Array(required));
    }
    Ok(Value::Object(flat))
}

/// A base whose discriminator knows one variant is that variant. The generator ignores discriminators
/// and would drop the variant's members, and an enum of one variant helps nobody.
fn resolve_single_variants(api: &mut Value) -> Result<()> {
    let mut renamed: Vec<(String, String)> = Vec::new();
    for (name, schema) in schemas(api)?.iter() {
        let Some(discriminator) = schema.get("discriminator") else {
            continue;
        };
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let variants: Vec<&str> = mapping
            .into_iter()
            .flatten()
            .filter_map(|(_, to)| to.as_str())
            .collect();
        match variants.as_slice() {
            [only] => renamed.push((format!("{SCHEMA_PREFIX}{name}"), (*only).to_owned())),
            [] => bail!("{name} has a discriminator but no mapping"),
            _ => bail!(
                "{name} has {} variants by now: it needs a Rust enum",
                variants.len()
            ),
        }
    }
    for (base, variant) in &renamed {
        let name = variant.strip_prefix(SCHEMA_PREFIX).unwrap_or(variant);
        ensure!(
            schemas(api)?.contains_key(name),
            "{base} maps to {name}, which is unknown"
        );
        each_reference(api, &mut |reference| {
            if reference == base {
                variant.clone_into(reference);
            }
        });
        if let Some(name) = base.strip_prefix(SCHEMA_PREFIX) {
            schemas(api)?.remove(name);
        }
    }
    Ok(())
}

/// Optional lists and maps may be `null`. The generator makes them a plain `Vec` with a default, which
/// rejects the explicit null that services do send; nullable, they become `Option<Vec<_>>`, and empty
/// and absent stay apart.
fn accept_null_collections(api: &mut Value) -> Result<()> {
    for schema in schemas(api)?.values_mut() {
        let required: Vec<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            continue;
        };
        for (name, property) in properties.iter_mut() {
            let collection = property.get("type").and_then(Value::as_str) == Some("array")
                || property.get("additionalProperties").is_some();
            if let (true, false, Some(property)) =
                (collection, required.contains(name), property.as_object_mut())
            {
                property.insert("nullable".into(), json!(true));
            }
        }
    }
    Ok(())
}

/// Ranges of numbers are not part of the types: the generator would choose `NonZeroU32` and the like, and
/// a server must be able to read a value in order to refuse it in the service's words. The client checks
/// ranges where it takes them from the application.
fn drop_ranges(api: &mut Value) -> Result<()> {
    for (name, schema) in schemas(api)?.iter_mut() {
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            continue;
        };
        for (property, value) in properties.iter_mut() {
            let Some(members) = value.as_object_mut() else {
                bail!("{name}.{property} is no object")
            };
            let minimum = members.remove("minimum");
            let maximum = members.remove("maximum");
            let integer = members.get("type").and_then(Value::as_str) == Some("integer");
            ensure!(
                integer || (minimum.is_none() && maximum.is_none()),
                "{name}.{property} has a range and is no integer"
            );
        }
    }
    Ok(())
}

/// The description of the whole interface would become the doc comment of `Client`, where its pages on
/// events and provenance are out of place.
fn short_client_doc(api: &mut Value) -> Result<()> {
    let info = object(api, "info")?;
    ensure!(info.contains_key("title"), "the description has no title");
    info.insert(
        "description".into(),
        json!("One method per operation. Every request passes the pipeline, which adds the API version and the headers of repeatable requests, signs, and retries."),
    );
    Ok(())
}

// --- Access -------------------------------------------------------------------------------------------

fn object<'a>(value: &'a mut Value, key: &str) -> Result<&'a mut Map<String, Value>> {
    value
        .get_mut(key)
        .and_then(Value::as_object_mut)
        .with_context(|| format!("no object `{key}`"))
}

fn schemas(api: &mut Value) -> Result<&mut Map<String, Value>> {
    let components = api.get_mut("components").context("no components")?;
    object(components, "schemas")
}

fn each_operation(api: &mut Value, mut visit: impl FnMut(&str, &mut Value) -> Result<()>) -> Result<()> {
    for (path, item) in object(api, "paths")?.iter_mut() {
        let item = item
            .as_object_mut()
            .with_context(|| format!("path {path} is no object"))?;
        for (method, operation) in item.iter_mut() {
            let id = operation
                .get("operationId")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            ensure!(!id.is_empty(), "{method} {path} has no operationId");
            visit(&id, operation)?;
        }
    }
    Ok(())
}

fn remove_parameters(operation: &mut Value, components: &[&str]) -> Result<usize> {
    let Some(parameters) = operation.get_mut("parameters") else {
        return Ok(0);
    };
    let parameters = parameters.as_array_mut().context("parameters is no list")?;
    let before = parameters.len();
    parameters.retain(|parameter| {
        let reference = parameter.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let name = reference.rsplit('/').next().unwrap_or_default();
        !components.contains(&name)
    });
    Ok(before - parameters.len())
}

fn each_reference(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                match member {
                    Value::String(text) if key == "$ref" => visit(text),
                    _ => each_reference(member, visit),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_reference(item, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
