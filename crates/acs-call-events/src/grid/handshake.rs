//! Proving an address to Event Grid, in both schemas.

use http::{HeaderMap, HeaderValue, Method};

/// What to answer to a handshake: a status of 200, these headers, this body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeReply {
    /// Headers to set.
    pub headers: HeaderMap,
    /// The body; may be empty.
    pub body: String,
}

/// The answer to a `SubscriptionValidationEvent` of the Event Grid schema: its code, returned. Must be given
/// with status 200 within 30 seconds; 202 is not accepted (Event Grid documentation).
pub fn validation_reply(validation_code: &str) -> HandshakeReply {
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    HandshakeReply {
        headers,
        body: serde_json::json!({ "validationResponse": validation_code }).to_string(),
    }
}

/// The answer to the `OPTIONS` request of the CloudEvents schema: the origin that asks is allowed, at the
/// rate it asks for, or any. `None` when it is no such request.
pub fn options_reply(method: &Method, headers: &HeaderMap) -> Option<HandshakeReply> {
    if method != Method::OPTIONS {
        return None;
    }
    let origin = headers.get("webhook-request-origin")?.clone();
    let any = HeaderValue::from_static("*");
    let rate = headers.get("webhook-request-rate").cloned().unwrap_or(any);
    let mut reply = HeaderMap::new();
    reply.insert("webhook-allowed-origin", origin);
    reply.insert("webhook-allowed-rate", rate);
    reply.insert(http::header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    Some(HandshakeReply {
        headers: reply,
        body: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_comes_back_as_json_whatever_is_in_it() {
        let reply = validation_reply("a\"b");
        assert_eq!(reply.body, r#"{"validationResponse":"a\"b"}"#);
    }

    #[test]
    fn the_origin_that_asks_is_allowed() {
        let mut headers = HeaderMap::new();
        assert_eq!(options_reply(&Method::OPTIONS, &headers), None);
        headers.insert(
            "WebHook-Request-Origin",
            HeaderValue::from_static("eventgrid.azure.net"),
        );
        assert_eq!(options_reply(&Method::POST, &headers), None);
        let reply = options_reply(&Method::OPTIONS, &headers).unwrap();
        assert_eq!(reply.headers["WebHook-Allowed-Origin"], "eventgrid.azure.net");
        assert_eq!(reply.headers["WebHook-Allowed-Rate"], "*");
        assert_eq!(reply.headers["Allow"], "POST, OPTIONS");
        headers.insert("WebHook-Request-Rate", HeaderValue::from_static("120"));
        let reply = options_reply(&Method::OPTIONS, &headers).unwrap();
        assert_eq!(reply.headers["WebHook-Allowed-Rate"], "120");
    }
}
