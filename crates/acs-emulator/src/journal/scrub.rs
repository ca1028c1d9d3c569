//! What must not be read later is taken out before it is written down.

use serde_json::Value;
use url::Url;

const REDACTED: &str = "redacted";

/// Members whose text opens something: an offer, an account, a mailbox.
const SECRET_MEMBERS: [&str; 8] = [
    "incomingCallContext",
    "accessToken",
    "access_token",
    "client_secret",
    "token",
    "authorization",
    "validationCode",
    "validationUrl",
];

/// Replaces secrets at any depth, and the query values of callback addresses, of WebSockets and of files.
pub(crate) fn scrub(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::Object(members) => {
            for (name, member) in members {
                if SECRET_MEMBERS
                    .iter()
                    .any(|secret| name.eq_ignore_ascii_case(secret))
                {
                    if !member.is_null() {
                        *member = Value::from(REDACTED);
                    }
                } else if is_address(name) {
                    if let Value::String(text) = member {
                        *text = address(text);
                    }
                } else {
                    scrub(member);
                }
            }
        }
        _ => {}
    }
}

/// Members that hold the address of an application, which may have a key in its query.
fn is_address(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("callbackuri")
        || ["uri", "transporturl", "recordingdestinationcontainerurl"].contains(&&*name)
}

/// An address with the values of its query taken out: applications put keys of their own there, as the
/// service's guide on securing webhooks advises.
pub(crate) fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    if url.password().is_some() {
        // Cannot fail: an address with a password has a host.
        let _ = url.set_password(Some(REDACTED));
    }
    if url.query().is_some() {
        let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(names.iter().map(|name| (name.as_str(), REDACTED)));
    }
    url.into()
}

/// An address up to its query, and to what is behind that.
pub(crate) fn without_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_replaced_at_any_depth() {
        let mut value = json!({
            "data": [{"incomingCallContext": "eyJ", "from": {"rawId": "8:acs:x"}}],
            "callbackUri": "https://app.example/events?key=hunter2&case=42",
            "operationCallbackUri": null,
            "playSources": [{"file": {"uri": "https://files.example/a.wav?sig=hunter2"}}],
            "externalStorage": {"recordingDestinationContainerUrl": "https://a.blob.example/c?sig=hunter3"},
            "accessToken": {"token": "t"},
        });
        scrub(&mut value);
        assert_eq!(
            value,
            json!({
                "data": [{"incomingCallContext": "redacted", "from": {"rawId": "8:acs:x"}}],
                "callbackUri": "https://app.example/events?key=redacted&case=redacted",
                "operationCallbackUri": null,
                "playSources": [{"file": {"uri": "https://files.example/a.wav?sig=redacted"}}],
                "externalStorage": {"recordingDestinationContainerUrl": "https://a.blob.example/c?sig=redacted"},
                "accessToken": "redacted",
            })
        );
    }

    #[test]
    fn an_address_without_query_stays_as_it_is() {
        for text in ["http://127.0.0.1:1/events", "not an address"] {
            assert_eq!(address(text), text);
        }
    }
}
