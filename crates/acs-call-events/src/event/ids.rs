//! What all events of one call say alike, kept once.

use std::borrow::Cow;
use std::sync::Arc;

use acs_common::{CallConnectionId, CorrelationId, ServerCallId};

/// The ids of a leg and the version of its events. The events of a call share one of these.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallIds {
    pub(crate) call_connection_id: Option<CallConnectionId>,
    pub(crate) server_call_id: Option<ServerCallId>,
    pub(crate) correlation_id: Option<CorrelationId>,
    pub(crate) version: Option<Cow<'static, str>>,
}

/// The same, borrowed from the text that is being read.
#[derive(Debug, Default)]
pub(crate) struct IdTexts<'de> {
    pub(crate) call_connection_id: Option<Cow<'de, str>>,
    pub(crate) server_call_id: Option<Cow<'de, str>>,
    pub(crate) correlation_id: Option<Cow<'de, str>>,
    pub(crate) version: Option<Cow<'de, str>>,
}

/// The versions of the event form that were seen so far; kept without a copy.
const VERSIONS: &[&str] = &[
    "2026-03-12",
    "2025-08-15-preview",
    "2025-06-15",
    "2024-09-15",
    "2024-09-01-preview",
    "2023-10-15",
    "2023-10-03-preview",
];

impl IdTexts<'_> {
    /// The ids as values: those that are known already where they are the same, so that nothing is copied
    /// for the second event of a call and those behind it.
    pub(crate) fn share(&self, known: Option<&Arc<CallIds>>) -> Arc<CallIds> {
        match known {
            Some(known) if self.equals(known) => Arc::clone(known),
            _ => Arc::new(self.copy(known.map(Arc::as_ref))),
        }
    }

    fn equals(&self, ids: &CallIds) -> bool {
        same(self.call_connection_id.as_ref(), ids.call_connection_id.as_ref())
            && same(self.correlation_id.as_ref(), ids.correlation_id.as_ref())
            && same(self.server_call_id.as_ref(), ids.server_call_id.as_ref())
            && same(self.version.as_ref(), ids.version.as_ref())
    }

    fn copy(&self, known: Option<&CallIds>) -> CallIds {
        CallIds {
            call_connection_id: keep(
                self.call_connection_id.as_ref(),
                known.and_then(|ids| ids.call_connection_id.as_ref()),
            ),
            server_call_id: keep(
                self.server_call_id.as_ref(),
                known.and_then(|ids| ids.server_call_id.as_ref()),
            ),
            correlation_id: keep(
                self.correlation_id.as_ref(),
                known.and_then(|ids| ids.correlation_id.as_ref()),
            ),
            version: self
                .version
                .as_ref()
                .map(|text| match VERSIONS.iter().find(|known| **known == *text) {
                    Some(known) => Cow::Borrowed(*known),
                    None => Cow::Owned(text.as_ref().to_owned()),
                }),
        }
    }
}

fn same<T: AsRef<str>>(text: Option<&Cow<'_, str>>, known: Option<&T>) -> bool {
    text.map(AsRef::as_ref) == known.map(AsRef::as_ref)
}

fn keep<T>(text: Option<&Cow<'_, str>>, known: Option<&T>) -> Option<T>
where
    T: AsRef<str> + Clone + for<'a> From<&'a str>,
{
    let text: &str = text?;
    Some(match known {
        Some(known) if known.as_ref() == text => known.clone(),
        _ => T::from(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(call: &'a str, correlation: &'a str) -> IdTexts<'a> {
        IdTexts {
            call_connection_id: Some(call.into()),
            server_call_id: None,
            correlation_id: Some(correlation.into()),
            version: Some("2026-03-12".into()),
        }
    }

    #[test]
    fn the_same_ids_are_kept_once_and_others_are_not_taken_for_them() {
        let first = texts("a", "x").share(None);
        assert!(Arc::ptr_eq(&first, &texts("a", "x").share(Some(&first))));
        let other = texts("a", "y").share(Some(&first));
        assert_eq!(other.correlation_id.as_ref().unwrap(), &"y");
        assert_eq!(other.call_connection_id.as_ref().unwrap(), &"a");
        let without = IdTexts::default().share(Some(&first));
        assert_eq!(*without, CallIds::default());
    }
}
