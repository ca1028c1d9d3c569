//! Makes users of a resource: one signed request of the identity API, which no crate of ours covers.

use std::time::SystemTime;

use acs_common::signing::{Parts, SigningKey, http_date};
use acs_common::{CommunicationUserIdentifier, ConnectionString};
use acs_emulator::Emulator;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

const TARGET: &str = "/identities?api-version=2023-10-01";

/// A new user of the resource.
pub(crate) async fn create_user(
    http: &reqwest::Client,
    resource: &ConnectionString,
) -> Result<CommunicationUserIdentifier> {
    let answer = create(http, resource, "{}").await?;
    let id = answer["identity"]["id"]
        .as_str()
        .context("the answer names no user")?;
    Ok(CommunicationUserIdentifier::new(id))
}

/// A token for calls of a new user, with which an agent signs in.
///
/// # Panics
///
/// When the emulator gives none.
pub async fn voip_token(emulator: &Emulator) -> String {
    let resource = emulator.connection_string().parse().expect("a connection string");
    let tls = acs_common::tls::without_roots().expect("TLS");
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client");
    let answer = create(&http, &resource, r#"{"createTokenWithScopes":["voip"]}"#).await;
    let token = &answer.expect("a user")["accessToken"]["token"];
    token.as_str().expect("a token").to_owned()
}

async fn create(http: &reqwest::Client, resource: &ConnectionString, body: &'static str) -> Result<Value> {
    let endpoint = resource.endpoint();
    let date = http_date(SystemTime::now());
    let signed = SigningKey::new(resource.access_key()).sign(&Parts {
        method: "POST",
        target: TARGET,
        host: endpoint.authority(),
        date: &date,
        body: body.as_bytes(),
    });
    let response = http
        .post(format!("{}{TARGET}", endpoint.base()))
        .header("x-ms-date", date)
        .header("x-ms-content-sha256", signed.content_sha256)
        .header("authorization", signed.authorization)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await?;
    let status = response.status();
    ensure!(status == 201, "a user could not be made: {status}");
    Ok(response.json().await?)
}
