//! An interface in neutral form: only what matters on the wire, no wording.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Operations and schemas of a document.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Interface {
    pub(super) operations: BTreeMap<Route, Operation>,
    pub(super) schemas: BTreeMap<String, Schema>,
    /// Schemas that the document refers to but keeps in another file.
    pub(super) elsewhere: BTreeSet<String>,
}

/// What identifies an operation; ids are a matter of taste.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) path: String,
    /// In upper case.
    pub(super) method: String,
}

impl Route {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            method: method.to_ascii_uppercase(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{} {}`", self.method, self.path)
    }
}

/// One operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) body: Option<String>,
    /// Body type by status code; `None` is an answer without body.
    pub(super) answers: BTreeMap<String, Option<String>>,
    pub(super) query: BTreeSet<String>,
    /// In lower case: header names have no case.
    pub(super) headers: BTreeSet<String>,
    /// Names of the members that hold the items and the next link.
    pub(super) paging: Option<(String, String)>,
}

/// One schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Schema {
    /// Text out of a list.
    Enum {
        values: BTreeSet<String>,
        /// Whether a service may invent further values.
        open: bool,
    },
    /// An object, with the fields that it inherits.
    Object {
        fields: BTreeMap<String, Field>,
        /// Derived schema by discriminator value.
        variants: BTreeMap<String, String>,
    },
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// For example `string`, `integer(int32)`, `CallParticipant`, `array<string>`, `map<string>`.
    pub(super) ty: String,
    pub(super) required: bool,
    pub(super) read_only: bool,
    pub(super) minimum: Option<String>,
    pub(super) maximum: Option<String>,
}

impl Field {
    /// `0..180`; an open end is left empty.
    pub(super) fn range(&self) -> Option<String> {
        let part = |end: &Option<String>| end.clone().unwrap_or_default();
        (self.minimum.is_some() || self.maximum.is_some())
            .then(|| format!("{}..{}", part(&self.minimum), part(&self.maximum)))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}`, {}",
            self.ty,
            if self.required { "required" } else { "optional" }
        )?;
        if self.read_only {
            f.write_str(", read only")?;
        }
        match self.range() {
            Some(range) => write!(f, ", {range}"),
            None => Ok(()),
        }
    }
}
