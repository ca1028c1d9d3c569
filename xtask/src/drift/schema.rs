//! Schemas of all three kinds of documents: they are JSON schemas with small differences.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use super::model::{Field, Schema};

/// Formats that say something about the wire; `uri` and the like are hints.
const FORMATS: &[&str] = &["int32", "int64", "float", "double", "date-time", "byte", "binary"];

/// Reads the schemas of one document.
pub(super) struct Reader<'a> {
    definitions: &'a Map<String, Value>,
    /// Names that stand for plain text, such as our id schemas.
    aliases: BTreeSet<&'a str>,
    /// Definitions that `x-ms-enum` gives another name.
    renamed: BTreeMap<&'a str, &'a str>,
    inline: BTreeMap<String, Schema>,
    elsewhere: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(definitions: &'a Map<String, Value>) -> Self {
        let mut aliases = BTreeSet::new();
        let mut renamed = BTreeMap::new();
        for (name, schema) in definitions {
            if text(schema, "type") == Some("string") && schema.get("enum").is_none() {
                aliases.insert(name.as_str());
            }
            if let Some(new) = enum_name(schema) {
                renamed.insert(name.as_str(), new);
            }
        }
        Self {
            definitions,
            aliases,
            renamed,
            inline: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
        }
    }

    /// The neutral name of a type.
    pub(super) fn type_of(&mut self, schema: &Value) -> Result<String> {
        if let Some(reference) = text(schema, "$ref") {
            return Ok(self.referred(reference));
        }
        if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.type_of(only);
        }
        if schema.get("enum").is_some()
            && let Some(name) = enum_name(schema)
        {
            self.inline.insert(name.to_owned(), read_enum(name, schema)?);
            return Ok(name.to_owned());
        }
        if let Some(values) = schema
            .get("additionalProperties")
            .filter(|values| values.is_object())
        {
            return Ok(format!("map<{}>", self.type_of(values)?));
        }
        match (text(schema, "type"), text(schema, "format")) {
            (Some("array"), _) => {
                let items = schema.get("items").context("a list without items")?;
                Ok(format!("array<{}>", self.type_of(items)?))
            }
            (Some(ty), Some(format)) if FORMATS.contains(&format) => Ok(format!("{ty}({format})")),
            (Some(ty), _) => Ok(ty.to_owned()),
            (None, _) => Ok("any".to_owned()),
        }
    }

    fn referred(&mut self, reference: &str) -> String {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        if !reference.starts_with('#') {
            self.elsewhere.insert(name.to_owned());
        } else if self.aliases.contains(name) {
            return "string".to_owned();
        }
        (*self.renamed.get(name).unwrap_or(&name)).to_owned()
    }

    /// All schemas, and the names of those that live in other files.
    pub(super) fn finish(mut self) -> Result<(BTreeMap<String, Schema>, BTreeSet<String>)> {
        let mut schemas = BTreeMap::new();
        for (name, schema) in self.definitions {
            if self.aliases.contains(name.as_str()) {
                continue;
            }
            let read = if schema.get("enum").is_some() {
                read_enum(name, schema)?
            } else {
                let mut fields = BTreeMap::new();
                self.fields(schema, &mut fields, 0)
                    .with_context(|| format!("schema {name}"))?;
                Schema::Object {
                    fields,
                    variants: self.variants(name, schema),
                }
            };
            schemas.insert(
                (*self.renamed.get(name.as_str()).unwrap_or(&name.as_str())).to_owned(),
                read,
            );
        }
        schemas.append(&mut self.inline);
        Ok((schemas, self.elsewhere))
    }

    /// Own fields and those of all that the schema is composed of.
    fn fields(&mut self, schema: &Value, fields: &mut BTreeMap<String, Field>, depth: u8) -> Result<()> {
        ensure!(depth < 8, "composed of itself");
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            match text(part, "$ref") {
                None => self.fields(part, fields, depth + 1)?,
                Some(reference) => {
                    let name = self.referred(reference);
                    match self.definitions.get(&name) {
                        Some(base) => self.fields(base, fields, depth + 1)?,
                        None => ensure!(self.elsewhere.contains(&name), "base {name} is unknown"),
                    }
                }
            }
        }
        for (name, property) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let field = Field {
                ty: self.type_of(property).with_context(|| format!("field {name}"))?,
                required: false,
                read_only: property
                    .get("readOnly")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
                minimum: property.get("minimum").map(Value::to_string),
                maximum: property.get("maximum").map(Value::to_string),
            };
            fields.insert(name.clone(), field);
        }
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().context("a required field without name")?;
            if let Some(field) = fields.get_mut(name) {
                field.required = true;
            }
        }
        Ok(())
    }

    /// The variants of a discriminated base, in the words of each kind of document.
    fn variants(&self, name: &str, schema: &Value) -> BTreeMap<String, String> {
        let derived = schema.get("x-extends").is_some() || schema.get("allOf").is_some();
        let mapping = [schema.get("discriminator"), schema.get("x-discriminator")]
            .into_iter()
            .flatten()
            .find_map(|discriminator| discriminator.get("mapping").and_then(Value::as_object));
        if derived {
            return BTreeMap::new();
        }
        match mapping {
            Some(mapping) => mapping
                .iter()
                .filter_map(|(value, to)| Some((value.clone(), to.as_str()?.rsplit('/').next()?.to_owned())))
                .collect(),
            None if schema.get("discriminator").is_some() => self.swagger_variants(name),
            None => BTreeMap::new(),
        }
    }

    /// In Swagger 2.0 the derived schemas know their base, and an extension holds the value.
    fn swagger_variants(&self, base: &str) -> BTreeMap<String, String> {
        let derives = |schema: &Value| {
            let parts = schema
                .get("allOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            parts
                .filter_map(|part| text(part, "$ref"))
                .any(|to| to.rsplit('/').next() == Some(base))
        };
        self.definitions
            .iter()
            .filter(|(_, schema)| derives(schema))
            .map(|(name, schema)| {
                (
                    text(schema, "x-ms-discriminator-value")
                        .unwrap_or(name)
                        .to_owned(),
                    name.clone(),
                )
            })
            .collect()
    }
}

/// The name that `x-ms-enum` gives an enum.
fn enum_name(schema: &Value) -> Option<&str> {
    schema
        .get("x-ms-enum")
        .and_then(|extension| text(extension, "name"))
}

fn read_enum(name: &str, schema: &Value) -> Result<Schema> {
    let values = schema
        .get("enum")
        .and_then(Value::as_array)
        .with_context(|| format!("enum {name}"))?;
    let values = values
        .iter()
        .map(|value| {
            value
                .as_str()
                .map(str::to_owned)
                .with_context(|| format!("a value of {name} is no text"))
        })
        .collect::<Result<BTreeSet<String>>>()?;
    let swagger = schema
        .get("x-ms-enum")
        .and_then(|extension| extension.get("modelAsString"));
    let open = schema
        .get("x-extensible")
        .or(swagger)
        .and_then(Value::as_bool)
        .unwrap_or_default();
    Ok(Schema::Enum { values, open })
}

/// A member that is text.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// A member that is an object.
pub(super) fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>> {
    value
        .get(key)
        .and_then(Value::as_object)
        .with_context(|| format!("no object `{key}`"))
}
