//! Makes users of a resource: one signed request of the identity API, which no crate of ours covers.

use std::time::SystemTime;

use acs_common::signing::{Parts, SigningKey, http_date};
use acs_common::{CommunicationUserIdentifier, ConnectionString};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

const TARGET: &str = "/identities?api-version=2023-10-01";
const BODY: &str = "{}";

/// A new user of the resource.
pub(crate) async fn create_user(
    http: &reqwest::Client,
    resource: &ConnectionString,
) -> Result<CommunicationUserIdentifier> {
    let endpoint = resource.endpoint();
    let date = http_date(SystemTime::now());
    let signed = SigningKey::new(resource.access_key()).sign(&Parts {
        method: "POST",
        target: TARGET,
        host: endpoint.authority(),
        date: &date,
        body: BODY.as_bytes(),
    });
    let response = http
        .post(format!("{}{TARGET}", endpoint.base()))
        .header("x-ms-date", date)
        .header("x-ms-content-sha256", signed.content_sha256)
        .header("authorization", signed.authorization)
        .header("content-type", "application/json")
        .body(BODY)
        .send()
        .await?;
    let status = response.status();
    ensure!(status == 201, "a user could not be made: {status}");
    let answer: Value = response.json().await?;
    let id = answer["identity"]["id"]
        .as_str()
        .context("the answer names no user")?;
    Ok(CommunicationUserIdentifier::new(id))
}
