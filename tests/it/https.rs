//! The client over TLS, with an access key and with a bearer token, against an emulator that it is told to trust.

use std::sync::Arc;

use acs_call_automation::{CallAutomationClient, ErrorKind};
use acs_common::credential::StaticToken;
use acs_emulator::{BearerTokenOptions, Emulator};

async fn start() -> (Emulator, reqwest::Client) {
    let emulator = Emulator::builder()
        .https(true)
        .strict(true)
        .start()
        .await
        .unwrap();
    let tls = acs_common::tls::with_roots(emulator.ca_pem().unwrap()).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap();
    (emulator, http)
}

/// A request that is answered 404 once it is let in.
async fn refusal(client: &CallAutomationClient) -> (ErrorKind, Option<i32>) {
    let error = client.call_connection("none").properties().await.unwrap_err();
    (error.kind(), error.sub_code())
}

#[tokio::test]
async fn a_key_and_a_token_let_in() {
    let (emulator, http) = start().await;
    let with_key = CallAutomationClient::builder()
        .connection_string(emulator.connection_string())
        .http_client(http.clone())
        .build()
        .unwrap();
    let token = emulator.bearer_token(&BearerTokenOptions::new()).unwrap();
    let with_token = CallAutomationClient::builder()
        .endpoint(emulator.endpoint().base())
        .token_credential(Arc::new(StaticToken::new(token)))
        .http_client(http.clone())
        .build()
        .unwrap();
    for client in [with_key, with_token] {
        assert_eq!(refusal(&client).await, (ErrorKind::NotFound, Some(8522)));
    }
    let scope = "https://graph.microsoft.com/.default";
    let token = emulator
        .bearer_token(&BearerTokenOptions::new().scope(scope))
        .unwrap();
    let stranger = CallAutomationClient::builder()
        .endpoint(emulator.endpoint().base())
        .token_credential(Arc::new(StaticToken::new(token)))
        .http_client(http)
        .build()
        .unwrap();
    assert_eq!(refusal(&stranger).await, (ErrorKind::Unauthorized, Some(7501)));
}
