//! The operations of the API as data: what they are called, how they are routed, and what they answer.
//!
//! The client reads from here which requests are repeatable; a server routes by it. Nothing here needs
//! the feature `client`.
//!
//! ```
//! use acs_call_rest::operation::{self, Method};
//!
//! let route = operation::route(Method::Post, "/calling/callConnections/411f0b00/participants:add").unwrap();
//! assert_eq!(route.operation.id, "addParticipant");
//! assert_eq!(route.parameter("callConnectionId"), Some("411f0b00"));
//! ```

use std::fmt;
#[cfg(any(test, feature = "client"))]
use std::fmt::Write as _;

pub use crate::generated::operations::OPERATIONS;

/// The HTTP methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Reads a method in its upper-case form. `None` for methods that no operation could have.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == text)
    }

    /// The method as HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The id in the API description, for example `createCall`.
    pub id: &'static str,
    /// The name of the client's method, for example `create_call`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template, for example `/calling/callConnections/{callConnectionId}:play`.
    pub path: &'static str,
    /// The group that the API description puts it in: `CallAutomation`, `CallConnection`, `CallMedia` or
    /// `CallRecording`.
    pub tag: &'static str,
    /// The status codes of success, lowest first.
    pub success: &'static [u16],
    /// Whether the service takes the headers `Repeatability-Request-ID` and `Repeatability-First-Sent`,
    /// and so answers a repeated request without acting twice.
    pub repeatable: bool,
    /// Whether the request has a JSON body.
    pub has_body: bool,
}

/// The operation with this id (`createCall`) or client method name (`create_call`).
pub fn find(id: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|operation| operation.id == id || operation.name == id)
}

/// An operation that a request was routed to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The operation.
    pub operation: &'static Operation,
    /// The parameters in the path by name, percent-decoded, in the order of the path.
    pub parameters: Vec<(&'static str, String)>,
}

impl Route {
    /// The value of a path parameter, by the name it has in the path template.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Finds the operation that a request means.
///
/// `path` is the path as it was sent, still percent-encoded and without query: only so can the colon of a
/// custom verb (`…/411f0b00:play`) be told from one in a value (`…/participants/8%3Aacs%3A…`). Where
/// several templates match, the one with more literal text wins, so `…:play` is not taken for an id.
pub fn route(method: Method, path: &str) -> Option<Route> {
    OPERATIONS
        .iter()
        .filter(|operation| operation.method == method)
        .filter_map(|operation| Some((operation, captures(operation.path, path)?)))
        .max_by_key(|(operation, _)| literal_length(operation.path))
        .map(|(operation, parameters)| Route {
            operation,
            parameters,
        })
}

/// The methods that some operation has at this path: what the header `Allow` of a 405 lists. Empty when
/// no operation has the path.
pub fn methods_at(path: &str) -> Vec<Method> {
    let mut methods: Vec<Method> = OPERATIONS
        .iter()
        .filter(|operation| captures(operation.path, path).is_some())
        .map(|operation| operation.method)
        .collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

/// The values of a template's parameters, when the path fits the template.
fn captures(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let mut segments = path.split('/');
    for pattern in template.split('/') {
        let segment = segments.next()?;
        match parameter(pattern) {
            None if pattern == segment => {}
            None => return None,
            Some((name, suffix)) => {
                let value = segment.strip_suffix(suffix).filter(|value| !value.is_empty())?;
                found.push((name, percent_decoded(value)?));
            }
        }
    }
    segments.next().is_none().then_some(found)
}

/// Cuts `{name}:verb` into name and `:verb`. `None` for a literal segment.
fn parameter(pattern: &'static str) -> Option<(&'static str, &'static str)> {
    pattern.strip_prefix('{')?.split_once('}')
}

fn literal_length(template: &'static str) -> usize {
    template
        .split('/')
        .map(|pattern| parameter(pattern).map_or(pattern.len(), |(_, suffix)| suffix.len()))
        .sum()
}

/// A path parameter as the client sends it: all but the unreserved characters escaped, which is what the
/// official clients do (`4%3A%2B16041234567`).
#[cfg(any(test, feature = "client"))]
pub(crate) fn encode_path(value: &str) -> String {
    let mut path = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// `None` when the escapes are broken or do not make UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn id_of(method: Method, path: &str) -> Option<&'static str> {
        route(method, path).map(|route| route.operation.id)
    }

    #[test]
    fn there_are_34_operations_with_names_of_their_own() {
        assert_eq!(OPERATIONS.len(), 34);
        let ids: HashSet<_> = OPERATIONS
            .iter()
            .flat_map(|operation| [operation.id, operation.name])
            .collect();
        // `connect`, `play`, `recognize`, `hold` and `unhold` are written alike in both styles.
        assert_eq!(ids.len(), 2 * 34 - 5);
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in OPERATIONS {
            let path = operation.path.replace(['{', '}'], "");
            let route = route(operation.method, &path).unwrap();
            assert_eq!(route.operation, operation);
            for (name, value) in &route.parameters {
                assert_eq!(name, value);
            }
            assert_eq!(route.parameters.len(), operation.path.matches('{').count());
        }
    }

    #[test]
    fn a_verb_behind_a_colon_selects_the_operation() {
        let path = "/calling/callConnections/411f0b00-1a2b:transferToParticipant";
        let route = route(Method::Post, path).unwrap();
        assert_eq!(route.operation.name, "transfer_to_participant");
        assert_eq!(route.parameter("callConnectionId"), Some("411f0b00-1a2b"));
        assert_eq!(route.parameter("recordingId"), None);
    }

    #[test]
    fn a_raw_id_keeps_its_colons_escaped_or_not() {
        for raw in ["8:acs:1-2_3", "8%3Aacs%3A1-2_3", "8%3aacs%3A1-2_3"] {
            let path = format!("/calling/callConnections/c/participants/{raw}");
            let route = route(Method::Get, &path).unwrap();
            assert_eq!(route.operation.id, "getParticipant");
            assert_eq!(route.parameter("participantRawId"), Some("8:acs:1-2_3"));
        }
        let telephone = route(
            Method::Get,
            "/calling/callConnections/c/participants/4%3A+16041234567",
        )
        .unwrap();
        assert_eq!(telephone.parameter("participantRawId"), Some("4:+16041234567"));
    }

    #[test]
    fn path_parameters_survive_encoding() {
        assert_eq!(encode_path("4:+16041234567"), "4%3A%2B16041234567");
        for value in [
            "8:acs:1-2_3",
            "aHR0/cHM+6Ly==",
            "100 % sicher?#",
            "ünïcode",
            "a~b.c",
        ] {
            let encoded = encode_path(value);
            assert!(!encoded.contains(['/', ':', '?', '#', ' ', '+']), "{encoded}");
            assert_eq!(percent_decoded(&encoded).as_deref(), Some(value));
        }
    }

    #[test]
    fn an_escaped_colon_is_no_verb() {
        assert_eq!(id_of(Method::Post, "/calling/callConnections/c%3Aplay"), None);
        assert_eq!(
            id_of(Method::Post, "/calling/callConnections/c:play"),
            Some("play")
        );
    }

    #[test]
    fn near_misses_are_not_routed() {
        for path in [
            "",
            "/",
            "/calling/callConnections/",
            "/calling/callConnections/:play",
            "/calling/callConnections/c:dance",
            "/calling/callConnections/c/d:play",
            "/calling/callConnections/c%zz:play",
            "/calling/callConnections/%ff:play",
            "/calling/callConnections/c:play/",
        ] {
            assert_eq!(id_of(Method::Post, path), None, "{path}");
        }
        assert_eq!(id_of(Method::Put, "/calling/callConnections"), None);
    }

    #[test]
    fn a_path_knows_its_methods() {
        assert_eq!(methods_at("/calling/recordings/r"), [Method::Get, Method::Delete]);
        assert_eq!(methods_at("/calling/callConnections"), [Method::Post]);
        assert_eq!(methods_at("/calling/nothing"), []);
    }

    #[test]
    fn operations_are_found_by_either_name() {
        assert_eq!(find("createCall"), find("create_call"));
        let start = find("start_recording").unwrap();
        assert_eq!(
            (start.success, start.repeatable, start.has_body),
            (&[200, 202][..], true, true)
        );
        assert_eq!(find("create"), None);
    }

    #[test]
    fn methods_are_read_as_written() {
        for method in [
            Method::Get,
            Method::Post,
            Method::Put,
            Method::Patch,
            Method::Delete,
        ] {
            assert_eq!(Method::parse(&method.to_string()), Some(method));
        }
        assert_eq!(Method::parse("get"), None);
        assert_eq!(Method::parse("TRACE"), None);
    }
}
