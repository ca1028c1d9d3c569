//! One run per client: with emulators of its own, and a report at its end.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;

use super::emulator::Emulator;
use super::table::Operation;
use super::{scratch, tools};
use crate::workspace;

/// How long a run may take. It takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a run wrote down.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    /// `Python`, `Python, async` or `JavaScript`.
    #[serde(skip)]
    pub(super) client: &'static str,
    pub(super) package: String,
    pub(super) version: String,
    pub(super) flows: Vec<Flow>,
    /// Operations that the package called, and whether their flows passed.
    pub(super) operations: BTreeMap<String, bool>,
    /// The events that flows waited for and read.
    pub(super) events: Vec<String>,
    /// What the emulators saw.
    pub(super) requests: Vec<Request>,
}

/// One flow and what went wrong in it, if anything did.
#[derive(Debug, Deserialize)]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) error: Option<String>,
    pub(super) seconds: f64,
}

/// A request in the journal of an emulator.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) agent: Option<String>,
    pub(super) status: u16,
}

impl Report {
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.client, self.version)
    }

    /// Whether the package says so, and an emulator has seen it: a request of this package for the operation,
    /// answered with success.
    pub(super) fn has_carried_out(&self, operation: &Operation) -> bool {
        let language = if self.client == "JavaScript" {
            "js"
        } else {
            "python"
        };
        let agent = format!("azsdk-{language}-communication-");
        let version = format!("/{}", self.version);
        let is_ours = |request: &&Request| {
            let sent_by = request.agent.as_deref().unwrap_or_default();
            sent_by.starts_with(&agent) && sent_by.contains(&version) && (200..300).contains(&request.status)
        };
        let told = self.operations.get(&operation.id).copied().unwrap_or(false);
        told && self
            .requests
            .iter()
            .filter(is_ours)
            .any(|request| operation.is_meant(&request.method, &request.path))
    }
}

/// Runs all clients, one after the other.
pub(super) fn all(program: &Path) -> Result<Vec<Report>> {
    let python = tools::python()?;
    let javascript = tools::javascript()?;
    let flows = workspace::root().join("tests/interop/python/run.py");
    let python = |client, kind| {
        let mut command = Command::new(&python);
        // No compiled files beside the sources.
        command.arg("-B").arg(&flows).arg(kind);
        run(program, client, command)
    };
    let sync = python("Python", "sync")?;
    let asynchronous = python("Python, async", "async")?;
    let mut node = Command::new("node");
    node.arg(javascript.join("run.mjs"));
    Ok(vec![sync, asynchronous, run(program, "JavaScript", node)?])
}

fn run(program: &Path, client: &'static str, mut command: Command) -> Result<Report> {
    let begun = Instant::now();
    let folder = scratch().join(client.replace(", ", "-").to_lowercase());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (authority, result) = (folder.join("ca.pem"), folder.join("report.json"));
    if result.exists() {
        fs::remove_file(&result).context("cannot remove the report of an earlier run")?;
    }
    let port = free_port()?;
    let webhook = format!("http://127.0.0.1:{port}/incoming");
    let authority_text = authority
        .to_str()
        .context("the path of the workspace is not UTF-8")?;
    let secure = Emulator::start(
        program,
        &[
            "--https",
            "--ca-file",
            authority_text,
            "--event-grid-webhook",
            &webhook,
        ],
    )?;
    let plain = Emulator::start(program, &[])?;
    let other = folder.join("ca-limited.pem");
    let other_text = other.to_str().context("the path of the workspace is not UTF-8")?;
    let limited = Emulator::start(
        program,
        &[
            "--https",
            "--ca-file",
            other_text,
            "--strict",
            "--rate-limit",
            "1/s",
        ],
    )?;
    trust_both(&authority, &other)?;
    let settings = json!({
        "appPort": port,
        "secure": secure.ready,
        "plain": plain.ready,
        "limited": limited.ready,
    });
    command
        .env("INTEROP_SETTINGS", settings.to_string())
        .env("INTEROP_RESULT", &result)
        // Each of the libraries in use looks at another one.
        .env("SSL_CERT_FILE", &authority)
        .env("REQUESTS_CA_BUNDLE", &authority)
        .env("NODE_EXTRA_CA_CERTS", &authority)
        // Everything is on this machine.
        .env("NO_PROXY", "127.0.0.1,localhost")
        .stdin(Stdio::null());
    watch(&mut command, client)?;
    let text = fs::read_to_string(&result).with_context(|| format!("{client} wrote no report"))?;
    let mut report: Report =
        serde_json::from_str(&text).with_context(|| format!("the report of {client}"))?;
    report.client = client;
    let failed = report.flows.iter().filter(|flow| flow.error.is_some()).count();
    workspace::say(&format!(
        "interop: {client}, {} {}: {} flows, {failed} failed, {} requests, {:.1} s",
        report.package,
        report.version,
        report.flows.len(),
        report.requests.len(),
        begun.elapsed().as_secs_f32()
    ));
    for flow in &report.flows {
        let mark = if flow.error.is_some() { "FAILED" } else { "ok" };
        workspace::say(&format!("  {:<6} {} ({:.2} s)", mark, flow.name, flow.seconds));
    }
    ensure!(!report.flows.is_empty(), "{client} ran no flow");
    Ok(report)
}

/// Adds a second authority to the file of the first: the libraries look at one file.
fn trust_both(file: &Path, other: &Path) -> Result<()> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let both = format!("{}{}", read(file)?, read(other)?);
    fs::write(file, both).with_context(|| format!("cannot write {}", file.display()))
}

/// A port for the application, which must be known before it listens. Not one that the system gives to outgoing
/// connections: the emulator dials it meanwhile, and could be given it as its own.
fn free_port() -> Result<u16> {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap_or_default();
    (first..first + 2_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("there is no free port")
}

/// Waits for a run, and ends it when it takes too long.
fn watch(command: &mut Command, client: &str) -> Result<()> {
    let mut process = command
        .spawn()
        .with_context(|| format!("cannot start the run of {client}"))?;
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.try_wait().context("the run cannot be waited for")? {
            ensure!(status.success(), "the run of {client} ended with {status}");
            return Ok(());
        }
        if Instant::now() > end {
            drop(process.kill());
            drop(process.wait());
            bail!("the run of {client} did not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(told: bool, agent: &str, status: u16) -> Report {
        Report {
            client: "Python, async",
            package: "azure-communication-callautomation".to_owned(),
            version: "1.6.0".to_owned(),
            flows: Vec::new(),
            operations: BTreeMap::from([("getCall".to_owned(), told)]),
            events: Vec::new(),
            requests: vec![Request {
                method: "GET".to_owned(),
                path: "/calling/callConnections/abc".to_owned(),
                agent: Some(agent.to_owned()),
                status,
            }],
        }
    }

    #[test]
    fn what_is_told_must_have_been_seen() {
        let operation = Operation::new("getCall", "GET", "/calling/callConnections/{callConnectionId}");
        let agent = "azsdk-python-communication-callautomation/1.6.0 Python/3.11";
        assert!(report(true, agent, 200).has_carried_out(&operation));
        assert!(!report(false, agent, 200).has_carried_out(&operation));
        assert!(!report(true, agent, 404).has_carried_out(&operation));
        assert!(!report(true, &agent.replace("1.6.0", "1.5.0"), 200).has_carried_out(&operation));
        assert!(!report(true, &agent.replace("python", "js"), 200).has_carried_out(&operation));
        let other = Operation::new(
            "hangupCall",
            "DELETE",
            "/calling/callConnections/{callConnectionId}",
        );
        assert!(!report(true, agent, 200).has_carried_out(&other));
    }
}
