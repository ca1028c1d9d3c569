//! `acs serve` as a child of a benchmark.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use acs_common::ConnectionString;
use acs_common::signing::{Parts, SigningKey, http_date};
use bytes::Bytes;
use serde_json::Value;

/// The program, which ends with this.
pub(crate) struct Serve {
    child: Child,
    pub(crate) ready: Value,
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serve {
    /// Starts it; and how long that took.
    pub(crate) fn start(options: &[&str]) -> (Self, Duration) {
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_acs"))
            .args(["serve", "--listen", "127.0.0.1:0", "--ready-json"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let took = begin.elapsed();
        let ready = serde_json::from_str(&line).unwrap();
        (Self { child, ready }, took)
    }

    /// The memory in use, in MiB: now, and at most so far.
    pub(crate) fn memory(&self) -> (u64, u64) {
        memory(self.child.id())
    }

    /// How to reach it.
    pub(crate) fn connection_string(&self) -> ConnectionString {
        self.ready["connectionString"].as_str().unwrap().parse().unwrap()
    }
}

/// The memory that a process has in use, in MiB: now, and at most so far.
pub(crate) fn memory(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let value = |name: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (value("VmRSS:"), value("VmHWM:"))
}

/// A client that takes no detour.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(acs_common::tls::without_roots().unwrap())
        .build()
        .unwrap()
}

/// What the service answers to a signed request.
pub(crate) async fn post(
    http: &reqwest::Client,
    string: &ConnectionString,
    target: &str,
    body: String,
) -> (u16, Bytes) {
    let authority = string.endpoint().authority();
    let date = http_date(SystemTime::now());
    let signed = SigningKey::new(string.access_key()).sign(&Parts {
        method: "POST",
        target,
        host: authority,
        date: &date,
        body: body.as_bytes(),
    });
    let response = http
        .post(format!("http://{authority}{target}"))
        .header("x-ms-date", date)
        .header("x-ms-content-sha256", signed.content_sha256)
        .header("authorization", signed.authorization)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, response.bytes().await.unwrap())
}
