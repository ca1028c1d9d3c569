//! Request bodies: read leniently, refused with the name of the field.
//!
//! The official clients send explicit nulls, members that newer versions know, and identifiers in several
//! forms; none of that is an error. What is missing or out of range is answered with 400.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::{Refusal, Reply};
use super::request::Incoming;

/// "Invalid request" in the published list of sub codes.
pub(crate) const INVALID_REQUEST: &str = "8523";

/// Reads the body as a wire type.
pub(crate) fn parse<T: DeserializeOwned>(request: &Incoming) -> Result<T, Refusal> {
    parse_with(request, |_| {})
}

/// Reads the body as a wire type, after what clients leave out was filled in.
pub(crate) fn parse_with<T: DeserializeOwned>(
    request: &Incoming,
    fill_in: impl FnOnce(&mut Value),
) -> Result<T, Refusal> {
    let mut value: Value = if request.body.iter().all(u8::is_ascii_whitespace) {
        return Err(invalid("a JSON body is required, and the request has none."));
    } else {
        serde_json::from_slice(&request.body)
            .map_err(|error| invalid(&format!("the body is not JSON: {error}.")))?
    };
    strip_nulls(&mut value);
    fill_in(&mut value);
    serde_path_to_error::deserialize(&value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.inner().to_string();
        // `missing field `x`` is told for the object that lacks it; the field is what the reader wants.
        let missing = reason
            .strip_prefix("missing field `")
            .and_then(|rest| rest.strip_suffix('`'));
        match (missing, path.as_str()) {
            (Some(field), ".") => required(field),
            (Some(field), path) => required(&format!("{path}.{field}")),
            (None, ".") => invalid(&format!("{reason}.")),
            (None, path) => invalid(&format!("the field {path} is invalid: {reason}.")),
        }
    })
}

/// Takes members that are `null` out of objects at any depth: to the service they are absent.
fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}

/// 400 with sub code 8523.
pub(crate) fn invalid(what: &str) -> Refusal {
    Reply::refuse(
        StatusCode::BAD_REQUEST,
        INVALID_REQUEST,
        &format!("Invalid request: {what}"),
    )
}

/// A field that must be there.
pub(crate) fn required(field: &str) -> Refusal {
    invalid(&format!("the field {field} is required."))
}

/// A field that holds text must hold some.
pub(crate) fn not_empty(field: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(required(field));
    }
    Ok(())
}

/// A list that must name somebody.
pub(crate) fn not_empty_list<T>(field: &str, items: &[T]) -> Result<(), Refusal> {
    if items.is_empty() {
        return Err(invalid(&format!("the field {field} needs at least one entry.")));
    }
    Ok(())
}

/// A number with limits.
pub(crate) fn in_range(field: &str, value: Option<i32>, min: i32, max: i32) -> Result<(), Refusal> {
    match value {
        Some(value) if !(min..=max).contains(&value) => Err(invalid(&format!(
            "the field {field} must be between {min} and {max}, and is {value}."
        ))),
        _ => Ok(()),
    }
}

/// The sentence of the service for an address that cannot be called back, with the code that clients print.
/// Source: public logs and the troubleshooting page.
pub(crate) fn callback_uri(field: &str, text: &str) -> Result<(), Refusal> {
    let usable =
        url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if usable {
        return Ok(());
    }
    let mut letters = field.chars();
    let capital: String = letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    Err(Reply::refuse(
        StatusCode::BAD_REQUEST,
        "400",
        &format!("The field {capital} is invalid"),
    ))
}

/// The operation context has a limit that an older official client checked.
pub(crate) fn operation_context(text: Option<&str>) -> Result<(), Refusal> {
    const LONGEST: usize = 5000;
    match text {
        Some(text) if text.chars().count() > LONGEST => Err(invalid(&format!(
            "the field operationContext is longer than {LONGEST} characters."
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use acs_call_rest::types::{AddParticipantRequest, CreateCallRequest};
    use serde_json::json;

    use super::*;

    fn request(body: &str) -> Incoming {
        let (parts, ()) = http::Request::new(()).into_parts();
        Incoming::new(parts, bytes::Bytes::copy_from_slice(body.as_bytes()))
    }

    fn refused<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        let reply = parse::<T>(&request(body)).unwrap_err().into_reply();
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let body = reply.body.unwrap();
        assert_eq!(body["error"]["code"], INVALID_REQUEST);
        body["error"]["message"].as_str().unwrap().to_owned()
    }

    #[test]
    fn what_official_clients_send_is_read() {
        let body = json!({
            "participantToAdd": {"rawId": "8:acs:u", "kind": null},
            "operationContext": null,
            "customCallingContext": {"sipHeaders": {}, "voipHeaders": {}, "teamsPhoneCallDetails": null},
            "aMemberOfTomorrow": [null, {"x": null}],
        });
        let read: AddParticipantRequest = parse(&request(&body.to_string())).unwrap();
        assert_eq!(read.participant_to_add.raw_id(), "8:acs:u");
        assert!(read.operation_context.is_none());
    }

    #[test]
    fn refusals_name_the_field() {
        for (body, part) in [
            ("", "a JSON body is required"),
            ("{", "not JSON"),
            ("{\"targets\":[]}", "callbackUri is required"),
            ("{\"targets\":[],\"callbackUri\":null}", "callbackUri is required"),
            ("{\"targets\":7,\"callbackUri\":\"x\"}", "targets is invalid"),
            (
                "{\"targets\":[{\"communicationUser\":{}}],\"callbackUri\":\"x\"}",
                "targets[0]",
            ),
        ] {
            let message = refused::<CreateCallRequest>(body);
            assert!(message.contains(part), "{body}: {message}");
        }
    }

    #[test]
    fn callback_addresses_are_http_or_https() {
        for good in ["https://app.example/events?q=1", "http://127.0.0.1:80/"] {
            assert!(callback_uri("callbackUri", good).is_ok(), "{good}");
        }
        for bad in ["", "events", "/events", "ftp://h/", "file:///x", "mailto:x@y"] {
            let reply = callback_uri("callbackUri", bad).unwrap_err().into_reply();
            let message = reply.body.unwrap()["error"]["message"].to_string();
            assert!(message.contains("The field CallbackUri is invalid"), "{bad}");
        }
    }
}
