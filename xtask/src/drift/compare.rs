//! Two interfaces side by side, and the report in Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};

use super::Report;
use super::model::{Field, Interface, Operation, Schema};

/// The lines of one group of the report, such as the operations.
#[derive(Default)]
struct Group {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<(String, Vec<String>)>,
}

impl Group {
    fn len(&self) -> usize {
        self.added.len() + self.removed.len() + self.changed.len()
    }

    fn write(&self, title: &str, out: &mut String) {
        if self.len() == 0 {
            return;
        }
        // Writing into a String cannot fail.
        let _ = writeln!(out, "\n## {title}");
        for (heading, lines) in [("Added", &self.added), ("Removed", &self.removed)] {
            if !lines.is_empty() {
                let _ = writeln!(out, "\n### {heading}\n");
                for line in lines {
                    let _ = writeln!(out, "- {line}");
                }
            }
        }
        if !self.changed.is_empty() {
            out.push_str("\n### Changed\n\n");
        }
        for (what, lines) in &self.changed {
            let _ = writeln!(out, "- {what}");
            for line in lines {
                let _ = writeln!(out, "  - {line}");
            }
        }
    }
}

/// Compares, from our side: "added" is what they have and we lack.
pub(super) fn report(ours: &Interface, theirs: &Interface, name: &str) -> Report {
    let operations = operations(ours, theirs);
    let schemas = schemas(ours, theirs);
    let differences = operations.len() + schemas.len();
    let mut markdown = format!("# Drift against `{name}`\n\n");
    let _ = if differences == 0 {
        writeln!(
            markdown,
            "No drift: {} operations and {} schemas agree.",
            theirs.operations.len(),
            theirs.schemas.len()
        )
    } else {
        writeln!(
            markdown,
            "{} operations and {} schemas differ.",
            operations.len(),
            schemas.len()
        )
    };
    operations.write("Operations", &mut markdown);
    schemas.write("Schemas", &mut markdown);
    if !theirs.elsewhere.is_empty() {
        let names: Vec<String> = theirs.elsewhere.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(
            markdown,
            "\nNot compared, for it is in other files: {}.",
            names.join(", ")
        );
    }
    Report {
        markdown,
        drifted: differences > 0,
    }
}

fn operations(ours: &Interface, theirs: &Interface) -> Group {
    let mut group = Group::default();
    for (route, new) in &theirs.operations {
        match ours.operations.get(route) {
            None => group.added.push(format!("{route}: {}", summary(new))),
            Some(old) => {
                let lines = changed_operation(old, new);
                if !lines.is_empty() {
                    group.changed.push((route.to_string(), lines));
                }
            }
        }
    }
    let gone = ours
        .operations
        .iter()
        .filter(|(route, _)| !theirs.operations.contains_key(route));
    group
        .removed
        .extend(gone.map(|(route, old)| format!("{route} (`{}`)", old.id)));
    group
}

fn summary(operation: &Operation) -> String {
    let mut text = format!("`{}`, body {}", operation.id, named(operation.body.as_deref()));
    for (code, ty) in &operation.answers {
        let _ = write!(text, ", {code} {}", named(ty.as_deref()));
    }
    if !operation.headers.is_empty() {
        let _ = write!(text, ", headers {}", list(&operation.headers));
    }
    text
}

fn changed_operation(old: &Operation, new: &Operation) -> Vec<String> {
    let mut lines = Vec::new();
    if old.body != new.body {
        lines.push(format!(
            "body: {} → {}",
            named(old.body.as_deref()),
            named(new.body.as_deref())
        ));
    }
    let codes: BTreeSet<&String> = old.answers.keys().chain(new.answers.keys()).collect();
    for code in codes {
        match (old.answers.get(code), new.answers.get(code)) {
            (None, Some(ty)) => lines.push(format!("answer {code} added: {}", named(ty.as_deref()))),
            (Some(_), None) => lines.push(format!("answer {code} removed")),
            (Some(before), Some(after)) if before != after => {
                let (before, after) = (named(before.as_deref()), named(after.as_deref()));
                lines.push(format!("answer {code}: {before} → {after}"));
            }
            _ => {}
        }
    }
    set_changes("query parameter", &old.query, &new.query, &mut lines);
    set_changes("header", &old.headers, &new.headers, &mut lines);
    match (&old.paging, &new.paging) {
        (None, Some((items, link))) => lines.push(format!("paged by now: `{items}`, `{link}`")),
        (Some(_), None) => lines.push("no longer paged".to_owned()),
        (Some(before), Some(after)) if before != after => {
            lines.push(format!(
                "paging: `{}`, `{}` → `{}`, `{}`",
                before.0, before.1, after.0, after.1
            ));
        }
        _ => {}
    }
    lines
}

fn schemas(ours: &Interface, theirs: &Interface) -> Group {
    let mut group = Group::default();
    for (name, new) in &theirs.schemas {
        match ours.schemas.get(name) {
            None => group.added.push(format!("`{name}`: {}", describe(new))),
            Some(old) => {
                let lines = changed_schema(old, new);
                if !lines.is_empty() {
                    group.changed.push((format!("`{name}`"), lines));
                }
            }
        }
    }
    let hidden = reachable(ours, &theirs.elsewhere);
    let gone = ours
        .schemas
        .keys()
        .filter(|name| !theirs.schemas.contains_key(*name) && !hidden.contains(name.as_str()));
    group.removed.extend(gone.map(|name| format!("`{name}`")));
    group
}

fn describe(schema: &Schema) -> String {
    match schema {
        Schema::Enum { values, open } => {
            format!(
                "{} enum of {}",
                if *open { "open" } else { "closed" },
                list(values)
            )
        }
        Schema::Object { fields, .. } if fields.is_empty() => "object without fields".to_owned(),
        Schema::Object { fields, .. } => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("`{name}` ({field})"))
                .collect();
            format!("object with {}", fields.join("; "))
        }
    }
}

fn changed_schema(old: &Schema, new: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    match (old, new) {
        (
            Schema::Enum {
                values: before,
                open: was_open,
            },
            Schema::Enum {
                values: after,
                open: is_open,
            },
        ) => {
            set_changes("value", before, after, &mut lines);
            if was_open != is_open {
                lines.push(format!("{} by now", if *is_open { "open" } else { "closed" }));
            }
        }
        (
            Schema::Object {
                fields: before,
                variants: old_variants,
            },
            Schema::Object {
                fields: after,
                variants: new_variants,
            },
        ) => {
            changed_fields(before, after, &mut lines);
            let pairs = |variants: &BTreeMap<String, String>| -> BTreeSet<String> {
                variants
                    .iter()
                    .map(|(value, schema)| format!("{value}: {schema}"))
                    .collect()
            };
            set_changes("variant", &pairs(old_variants), &pairs(new_variants), &mut lines);
        }
        _ => lines.push(format!("by now: {}", describe(new))),
    }
    lines
}

fn changed_fields(
    before: &BTreeMap<String, Field>,
    after: &BTreeMap<String, Field>,
    lines: &mut Vec<String>,
) {
    for (name, new) in after {
        let Some(old) = before.get(name) else {
            lines.push(format!("field `{name}` added: {new}"));
            continue;
        };
        let mut changes = Vec::new();
        if old.ty != new.ty {
            changes.push(format!("type `{}` → `{}`", old.ty, new.ty));
        }
        if old.required != new.required {
            changes.push(
                if new.required {
                    "required by now"
                } else {
                    "optional by now"
                }
                .to_owned(),
            );
        }
        if old.read_only != new.read_only {
            changes.push(
                if new.read_only {
                    "read only by now"
                } else {
                    "writable by now"
                }
                .to_owned(),
            );
        }
        if old.range() != new.range() {
            let range = |field: &Field| field.range().unwrap_or_else(|| "none".to_owned());
            changes.push(format!("range {} → {}", range(old), range(new)));
        }
        if !changes.is_empty() {
            lines.push(format!("field `{name}`: {}", changes.join(", ")));
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    lines.extend(gone.map(|name| format!("field `{name}` removed")));
}

fn set_changes(what: &str, before: &BTreeSet<String>, after: &BTreeSet<String>, lines: &mut Vec<String>) {
    lines.extend(
        after
            .difference(before)
            .map(|item| format!("{what} `{item}` added")),
    );
    lines.extend(
        before
            .difference(after)
            .map(|item| format!("{what} `{item}` removed")),
    );
}

/// Our schemas behind those that the document keeps in other files: they cannot be seen there.
fn reachable<'a>(ours: &'a Interface, from: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = from.iter().map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if !seen.insert(name) {
            continue;
        }
        if let Some(Schema::Object { fields, variants }) = ours.schemas.get(name) {
            waiting.extend(variants.values().map(String::as_str));
            let types = fields.values().flat_map(|field| field.ty.split(['<', '>', '(']));
            waiting.extend(types.filter(|ty| ours.schemas.contains_key(*ty)));
        }
    }
    seen
}

fn named(ty: Option<&str>) -> String {
    ty.map_or_else(|| "none".to_owned(), |ty| format!("`{ty}`"))
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items
        .into_iter()
        .map(|item| format!("`{item}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
