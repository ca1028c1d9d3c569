//! Users and their access tokens, from the identity service of the emulator.

use std::sync::Arc;
use std::time::SystemTime;

use acs_calling::credential::{RefreshOptions, RefreshingTokenCredential};
use acs_calling::{Error, ErrorKind};
use acs_common::credential::AccessToken;
use acs_common::signing::{CONTENT_HASH_HEADER, DATE_HEADER, Parts, SigningKey, http_date};
use acs_common::{AccessKey, Endpoint, Secret};
use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

/// The version of the identity service that is spoken.
const VERSION: &str = "2023-10-01";

/// Makes users and tokens for calls.
#[derive(Clone, Debug)]
pub(crate) struct Identities {
    http: reqwest::Client,
    endpoint: Endpoint,
    proof: Proof,
}

#[derive(Clone, Debug)]
enum Proof {
    Key(Arc<SigningKey>),
    /// A bearer token of the emulator's own authority, which asks for no secret; a new one each time.
    Bearer,
}

/// A token as the service writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    token: String,
    expires_on: DateTime<Utc>,
}

impl From<Issued> for AccessToken {
    fn from(issued: Issued) -> Self {
        Self::new(issued.token, SystemTime::from(issued.expires_on))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    identity: Identity,
    access_token: Issued,
}

#[derive(Deserialize)]
struct Identity {
    id: String,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
}

impl Identities {
    /// Signs requests with the key, or sends bearer tokens of the emulator where there is none.
    pub(crate) fn open(endpoint: &Endpoint, key: Option<&AccessKey>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_preconfigured(acs_common::tls::without_roots()?)
            .build()?;
        let proof = key.map_or(Proof::Bearer, |key| Proof::Key(Arc::new(SigningKey::new(key))));
        Ok(Self {
            http,
            endpoint: endpoint.clone(),
            proof,
        })
    }

    /// Makes a user, and a credential for it.
    pub(crate) async fn new_user(&self) -> anyhow::Result<RefreshingTokenCredential> {
        let body = json!({ "createTokenWithScopes": ["voip"] });
        let made: Made = self
            .post(&["identities"], &body)
            .await
            .context("no user could be made")?;
        let options = RefreshOptions::default().token(AccessToken::from(made.access_token));
        Ok(self.refreshing(made.identity.id, options)?)
    }

    /// A credential for a user that there is.
    pub(crate) async fn user(&self, id: &str) -> anyhow::Result<RefreshingTokenCredential> {
        let token = self
            .issue(id)
            .await
            .with_context(|| format!("--identity: no token for {id}"))?;
        Ok(self.refreshing(id.to_owned(), RefreshOptions::default().token(token))?)
    }

    fn refreshing(&self, id: String, options: RefreshOptions) -> Result<RefreshingTokenCredential, Error> {
        let identities = self.clone();
        let refresh = move || {
            let (identities, id) = (identities.clone(), id.clone());
            async move {
                identities.issue(&id).await.map_err(|source| {
                    Error::new(ErrorKind::Credential, "no new token was issued").with_source(source)
                })
            }
        };
        RefreshingTokenCredential::new(refresh, options.refresh_proactively(true))
    }

    async fn issue(&self, id: &str) -> anyhow::Result<AccessToken> {
        let body = json!({ "scopes": ["voip"] });
        let issued: Issued = self.post(&["identities", id, ":issueAccessToken"], &body).await?;
        Ok(issued.into())
    }

    async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &Value) -> anyhow::Result<T> {
        let url = address(&self.endpoint, path)?;
        let body = body.to_string();
        let mut request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json");
        request = match &self.proof {
            Proof::Bearer => request.bearer_auth(self.bearer().await?.expose()),
            Proof::Key(key) => {
                let date = http_date(SystemTime::now());
                let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
                let signed = key.sign(&Parts {
                    method: "POST",
                    target: &target,
                    host: self.endpoint.authority(),
                    date: &date,
                    body: body.as_bytes(),
                });
                request
                    .header(DATE_HEADER, date)
                    .header(CONTENT_HASH_HEADER, signed.content_sha256)
                    .header(AUTHORIZATION, signed.authorization)
            }
        };
        read(request.body(body).send().await, &self.endpoint).await
    }

    async fn bearer(&self) -> anyhow::Result<Secret> {
        let form = "grant_type=client_credentials&scope=https%3A%2F%2Fcommunication.azure.com%2F%2F.default";
        let request = self
            .http
            .post(format!("{}/local/oauth2/v2.0/token", self.endpoint.base()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let given: Given = read(request.send().await, &self.endpoint).await?;
        Ok(given.access_token.into())
    }
}

fn address(endpoint: &Endpoint, path: &[&str]) -> anyhow::Result<Url> {
    let mut url = endpoint.url().clone();
    match url.path_segments_mut() {
        Ok(mut segments) => drop(segments.clear().extend(path)),
        Err(()) => bail!("endpoint: expected an absolute http URL"),
    }
    url.query_pairs_mut().append_pair("api-version", VERSION);
    Ok(url)
}

/// Reads an answer, or the message of a refusal.
async fn read<T: DeserializeOwned>(
    answer: Result<reqwest::Response, reqwest::Error>,
    endpoint: &Endpoint,
) -> anyhow::Result<T> {
    // The error of the client names the address again, and nothing that helps.
    let answer = answer.map_err(|_| anyhow::anyhow!("there is no answer from {endpoint}"))?;
    let status = answer.status();
    let body = answer
        .bytes()
        .await
        .with_context(|| format!("{endpoint} did not answer to the end"))?;
    if status.is_success() {
        // The error would show what is there instead, and that may be a token.
        return serde_json::from_slice(&body)
            .map_err(|_| anyhow::anyhow!("{endpoint} answered something else than was expected"));
    }
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = told.pointer("/error/message").and_then(Value::as_str);
    bail!(
        "{endpoint} answered {status}: {}",
        message.unwrap_or("no reason is given")
    )
}
