//! The open enums of the description, written for the macro `open_enum!` of `acs-common`.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::format;

/// An extensible enum of the description.
pub(super) struct OpenEnum {
    pub(super) name: String,
    doc: String,
    variants: Vec<Variant>,
}

struct Variant {
    name: String,
    value: String,
    doc: String,
}

/// Every enum of the description, in its order. A closed enum is an error: a service that grows would
/// break clients that are already deployed.
pub(super) fn collect(description: &Value) -> Result<Vec<OpenEnum>> {
    let schemas = description
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .context("the description has no component schemas")?;
    schemas
        .iter()
        .filter_map(|(name, schema)| schema.get("enum").map(|values| (name, schema, values)))
        .map(|(name, schema, values)| {
            let extensible = schema.get("x-extensible").and_then(Value::as_bool);
            ensure!(
                extensible == Some(true),
                "enum {name} is not marked as extensible"
            );
            let values = values
                .as_array()
                .with_context(|| format!("enum {name} is not a list"))?;
            let doc =
                text(schema, "description").unwrap_or_else(|| format!("`{name}` of the API description."));
            Ok(OpenEnum {
                name: name.clone(),
                doc,
                variants: variants(name, schema, values)?,
            })
        })
        .collect()
}

fn variants(name: &str, schema: &Value, values: &[Value]) -> Result<Vec<Variant>> {
    let mut variants: Vec<Variant> = Vec::new();
    for value in values {
        let value = value
            .as_str()
            .with_context(|| format!("enum {name} has a value that is no text"))?;
        let variant = variant_name(value);
        if variant.is_empty() || variant == "Other" || variants.iter().any(|other| other.name == variant) {
            bail!("value {value:?} of enum {name} has no variant name of its own");
        }
        let doc = schema
            .get("x-enum-descriptions")
            .and_then(|docs| text(docs, value));
        let doc = doc.unwrap_or_else(|| format!("The value `{value}`."));
        variants.push(Variant {
            name: variant,
            value: value.to_owned(),
            doc,
        });
    }
    Ok(variants)
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// `pcm16KMono` becomes `Pcm16KMono`; whatever cannot be part of a name starts a new word.
fn variant_name(value: &str) -> String {
    let mut name = String::new();
    let mut upper = true;
    for c in value.chars() {
        if !c.is_ascii_alphanumeric() {
            upper = true;
        } else if upper {
            name.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            name.push(c);
        }
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    name
}

/// The file `enums.rs`. Written as text, for the pretty printer leaves macro calls as they are.
pub(super) fn render(enums: &[OpenEnum]) -> String {
    let mut body = String::from("use crate::open_enum;\n");
    for item in enums {
        body.push_str("\nopen_enum! {\n");
        doc(&mut body, "    ", &item.doc);
        // Writing into a String cannot fail.
        let _ = writeln!(body, "    pub enum {} {{", item.name);
        for variant in &item.variants {
            doc(&mut body, "        ", &variant.doc);
            let _ = writeln!(body, "        {} = {:?},", variant.name, variant.value);
        }
        body.push_str("    }\n}\n");
    }
    format::with_banner(
        super::DESCRIPTION,
        "The enums of the service, every one open.",
        &body,
    )
}

fn doc(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{}", format!("{indent}/// {line}").trim_end());
    }
}

/// The file `mod.rs` beside `enums.rs`.
pub(super) fn render_module() -> String {
    format::with_banner(
        super::DESCRIPTION,
        "What is generated from the API description.",
        "#[rustfmt::skip]\npub(crate) mod enums;\n",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(schema: &Value) -> Value {
        json!({"components": {"schemas": {"Colour": schema}}})
    }

    #[test]
    fn names_follow_rust_and_values_stay() {
        for (value, name) in [
            ("zero", "Zero"),
            ("pcm16KMono", "Pcm16KMono"),
            ("speech-or dtmf", "SpeechOrDtmf"),
            ("16k", "V16k"),
        ] {
            assert_eq!(variant_name(value), name);
        }
    }

    #[test]
    fn an_enum_is_rendered_with_its_documentation() {
        let enums = collect(&described(&json!({
            "type": "string", "description": "A colour.", "enum": ["red", "deepBlue"],
            "x-extensible": true, "x-enum-descriptions": {"red": "Like fire."},
        })))
        .unwrap();
        let text = render(&enums);
        assert!(
            text.ends_with(
                "open_enum! {\n    /// A colour.\n    pub enum Colour {\n        /// Like fire.\n        Red = \"red\",\n        \
                 /// The value `deepBlue`.\n        DeepBlue = \"deepBlue\",\n    }\n}\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_closed_enum_is_refused() {
        let error = collect(&described(&json!({"type": "string", "enum": ["red"]})))
            .err()
            .unwrap();
        assert!(error.to_string().contains("Colour"), "{error}");
    }

    #[test]
    fn names_that_collide_are_refused() {
        for values in [json!(["a-b", "aB"]), json!(["other"]), json!(["--"])] {
            let schema = json!({"type": "string", "enum": values, "x-extensible": true});
            assert!(collect(&described(&schema)).is_err());
        }
    }
}
