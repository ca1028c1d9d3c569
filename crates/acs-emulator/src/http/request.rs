//! A request as it came over the wire, read to its end.

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use url::form_urlencoded;

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: http::Method,
    /// Path and query exactly as sent: the signature is over these bytes.
    pub(crate) target: String,
    /// The path alone, still percent-encoded.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Incoming {
    pub(crate) fn new(parts: Parts, body: Bytes) -> Self {
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            target,
            headers: parts.headers,
            body,
        }
    }

    /// A header as text, if it is there and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query as sent, without `?`.
    pub(crate) fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// A query parameter, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query()?.as_bytes())
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    }

    /// The host that the client means, with the port once: old JavaScript clients send it twice.
    pub(crate) fn host(&self) -> Option<&str> {
        self.header("host").map(port_once)
    }
}

/// `localhost:8080:8080` as `localhost:8080`. A host in brackets keeps its colons.
pub(crate) fn port_once(host: &str) -> &str {
    if let Some((rest, last)) = host.rsplit_once(':')
        && rest.rsplit_once(':').is_some_and(|(_, before)| before == last)
        && !rest.starts_with('[')
    {
        return rest;
    }
    host
}

/// A host without its port.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_given_twice_counts_once() {
        for (given, once, bare) in [
            ("localhost:8080:8080", "localhost:8080", "localhost"),
            ("localhost:8080", "localhost:8080", "localhost"),
            ("localhost", "localhost", "localhost"),
            ("[::1]:8080", "[::1]:8080", "[::1]"),
        ] {
            assert_eq!(port_once(given), once);
            assert_eq!(without_port(once), bare);
        }
    }
}
