//! What a client is made from, and what it must not show.

use std::error::Error as _;
use std::sync::Arc;
use std::time::SystemTime;

use acs_call_automation::credential::{AccessToken, StaticToken};
use acs_call_automation::{CallAutomationClient, ErrorKind};

const KEY: &str = "c2VjcmV0LWtleQ==";

/// `https` takes TLS.
#[cfg(feature = "rustls")]
#[test]
fn each_credential_makes_a_client() {
    use std::time::Duration;

    let string = format!("endpoint=https://contoso.communication.azure.com/;accesskey={KEY}");
    CallAutomationClient::from_connection_string(&string).unwrap();
    CallAutomationClient::from_access_key("https://contoso.communication.azure.com", KEY).unwrap();
    let token = AccessToken::new("jwt", SystemTime::now() + Duration::from_secs(600));
    let credential = Arc::new(StaticToken::new(token));
    CallAutomationClient::from_token_credential("https://contoso.communication.azure.com", credential)
        .unwrap();
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let builder = CallAutomationClient::builder;
    let token = || Arc::new(StaticToken::new(AccessToken::new("jwt", SystemTime::now())));
    for (result, named) in [
        (builder().build(), "credential"),
        (builder().endpoint("https://a.b").build(), "credential"),
        (builder().access_key(KEY).build(), "endpoint"),
        (builder().token_credential(token()).build(), "endpoint"),
        (builder().endpoint("no uri").access_key(KEY).build(), "endpoint"),
        (
            builder().endpoint("http://a.b").token_credential(token()).build(),
            "https",
        ),
        (
            builder()
                .endpoint("https://a.b")
                .access_key("not base64!")
                .build(),
            "accesskey",
        ),
        (
            CallAutomationClient::from_connection_string("endpoint=https://a.b"),
            "accesskey",
        ),
        (
            builder()
                .endpoint("https://a.b")
                .access_key(KEY)
                .application_id("a b")
                .build(),
            "application id",
        ),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

#[test]
fn neither_the_client_nor_an_error_shows_a_key() {
    let builder = CallAutomationClient::builder()
        .endpoint("http://127.0.0.1:1")
        .access_key(KEY);
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let call = client.call_connection("call");
    let shown = format!("{shown} {client:?} {call:?}");
    assert!(!shown.contains("c2Vjc") && !shown.contains("secret"), "{shown}");

    let wrong = "endpoint=https://a.b;accesskey=c2VjcmV0!";
    let builder = CallAutomationClient::builder().connection_string(wrong);
    let shown = format!("{builder:?}");
    let error = builder.build().unwrap_err();
    let shown = format!("{shown} {error} {error:?} {:?}", error.source());
    assert!(!shown.contains("c2Vjc"), "{shown}");
}
