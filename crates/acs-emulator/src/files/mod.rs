//! Files that are played: fetched from where the application says, as far as that is allowed, and checked to be
//! what the service plays: WAV, one channel, 16 bits, 16 kHz.

mod wav;

use std::time::Duration;

use reqwest::header::LOCATION;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::Error;
use crate::delivery::Clients;
use crate::engine::FetchFailure;

/// How long a file may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many bytes a file may have: more than half an hour of sound.
const LONGEST: usize = 64 * 1024 * 1024;
/// How many times a file may be said to be elsewhere.
const REDIRECTS: usize = 5;

/// From where the emulator fetches files that are to be played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum FetchPolicy {
    /// From this machine only, so that nothing leaves it.
    #[default]
    Loopback,
    /// From everywhere.
    Any,
}

impl FetchPolicy {
    /// Whether an address may be asked.
    pub(crate) fn allows(self, url: &Url) -> bool {
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return false,
        };
        self == Self::Any || loopback
    }
}

/// Why a file cannot be played, for the engine and for the journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unplayable {
    pub(crate) failure: FetchFailure,
    pub(crate) reason: String,
}

impl Unplayable {
    fn download(reason: impl Into<String>) -> Self {
        Self {
            failure: FetchFailure::Download,
            reason: reason.into(),
        }
    }
}

/// Fetches files. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    clients: Clients,
    policy: FetchPolicy,
    timeout: Duration,
    longest: usize,
}

impl Fetcher {
    pub(crate) fn new(policy: FetchPolicy) -> Result<Self, Error> {
        Ok(Self {
            clients: Clients::new(TIMEOUT)?,
            policy,
            timeout: TIMEOUT,
            longest: LONGEST,
        })
    }

    /// Fetches a file and says how long its sound is.
    pub(crate) async fn length(&self, uri: &str) -> Result<Duration, Unplayable> {
        let file = tokio::time::timeout(self.timeout, self.fetch(uri))
            .await
            .unwrap_or_else(|_| {
                Err(Unplayable::download(format!(
                    "it took more than {:?}",
                    self.timeout
                )))
            })?;
        wav::length(&file).map_err(|reason| Unplayable {
            failure: FetchFailure::Format,
            reason,
        })
    }

    async fn fetch(&self, uri: &str) -> Result<Vec<u8>, Unplayable> {
        let mut url =
            Url::parse(uri).map_err(|error| Unplayable::download(format!("the address is none: {error}")))?;
        for _ in 0..=REDIRECTS {
            if !self.policy.allows(&url) {
                return Err(Unplayable::download(format!(
                    "{} is not on this machine, and other hosts are not asked unless that is allowed \
                     (`--fetch any`, `fetch(FetchPolicy::Any)`)",
                    url.host_str().unwrap_or("the address")
                )));
            }
            let response = self
                .clients
                .get(&url)
                .get(url.clone())
                .send()
                .await
                .map_err(|error| Unplayable::download(told(error)))?;
            let status = response.status();
            if status.is_redirection()
                && let Some(next) = response.headers().get(LOCATION)
            {
                url = next
                    .to_str()
                    .ok()
                    .and_then(|next| url.join(next).ok())
                    .ok_or_else(|| Unplayable::download("the redirection leads nowhere"))?;
                continue;
            }
            if !status.is_success() {
                return Err(Unplayable::download(format!("status {}", status.as_u16())));
            }
            return read(response, self.longest).await;
        }
        Err(Unplayable::download(format!(
            "more than {REDIRECTS} redirections"
        )))
    }
}

async fn read(mut response: reqwest::Response, longest: usize) -> Result<Vec<u8>, Unplayable> {
    let mut file = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Unplayable::download(told(error)))?
    {
        if file.len() + chunk.len() > longest {
            return Err(Unplayable::download(format!(
                "the file has more than {longest} bytes"
            )));
        }
        file.extend_from_slice(&chunk);
    }
    Ok(file)
}

/// An error with its causes, without the address.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn this_machine_is_known_by_name_and_address() {
        for (address, here) in [
            ("http://127.0.0.1:8000/a.wav", true),
            ("http://127.8.0.1/a.wav", true),
            ("http://[::1]/a.wav", true),
            ("https://localhost/a.wav", true),
            ("http://files.localhost/a.wav", true),
            ("http://localhost.example/a.wav", false),
            ("http://10.0.0.1/a.wav", false),
            ("http://0.0.0.0/a.wav", false),
            ("https://files.example/a.wav", false),
            ("http://[::ffff:10.0.0.1]/a.wav", false),
            ("http://127.0.0.1@files.example/a.wav", false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(FetchPolicy::Loopback.allows(&url), here, "{address}");
            assert!(FetchPolicy::Any.allows(&url), "{address}");
        }
        assert!(!FetchPolicy::Any.allows(&Url::parse("data:audio/wav,x").unwrap()));
    }

    /// Answers one request with this, and says nothing more.
    async fn serve(answer: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            std::future::pending::<()>().await;
        });
        format!("http://{address}/a.wav?sig=hunter2")
    }

    async fn reason(answer: &'static [u8]) -> String {
        let mut fetcher = Fetcher::new(FetchPolicy::Loopback).unwrap();
        (fetcher.timeout, fetcher.longest) = (Duration::from_millis(300), 10);
        let refused = fetcher.length(&serve(answer).await).await.unwrap_err();
        assert_eq!(refused.failure, FetchFailure::Download);
        assert!(!refused.reason.contains("hunter2"), "{}", refused.reason);
        refused.reason
    }

    #[tokio::test]
    async fn what_is_too_long_too_slow_or_no_answer_is_told() {
        let long = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nRIFF.......";
        assert!(reason(long).await.contains("more than 10 bytes"));
        let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nRIFF";
        assert!(reason(slow).await.contains("300ms"));
        let nowhere = b"HTTP/1.1 302 Found\r\nlocation: http://[\r\ncontent-length: 0\r\n\r\n";
        assert!(reason(nowhere).await.contains("leads nowhere"));
        let text = reason(b"SSH-2.0-server\r\n").await;
        assert!(text.contains("error"), "{text}");
    }

    #[tokio::test]
    async fn another_host_is_not_asked() {
        let fetcher = Fetcher::new(FetchPolicy::Loopback).unwrap();
        let refused = fetcher
            .length("https://files.example/a.wav?sig=hunter2")
            .await
            .unwrap_err();
        assert_eq!(refused.failure, FetchFailure::Download);
        assert!(refused.reason.contains("files.example"), "{}", refused.reason);
        assert!(!refused.reason.contains("hunter2"), "{}", refused.reason);
    }
}
