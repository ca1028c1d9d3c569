//! Runs scenarios against an endpoint and makes recordings of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use acs_call_automation::{API_VERSION, Observer};
use acs_common::ConnectionString;
use acs_emulator::Emulator;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{APPLICATION, Capture, ENDPOINT, Scrubber};
use crate::app::Application;
use crate::scenario::{self, Needs, Scenario};
use crate::world::World;

/// What is recorded from.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// An emulator of its own for each scenario.
    Emulator,
    /// A resource, whose events come to a public address that leads to `listen`.
    Resource {
        /// The resource.
        resource: ConnectionString,
        /// The public address: callbacks, and an Event Grid subscription to `IncomingCall`.
        callback: String,
        /// Where the application listens.
        listen: String,
    },
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The recordings by name.
    pub files: BTreeMap<String, Value>,
    /// What could not be recorded there, with the reason.
    pub skipped: BTreeMap<String, String>,
}

/// Runs every scenario and records it.
///
/// # Errors
///
/// When one cannot be prepared, when the emulator cannot start, or when there is no listening at the address.
pub async fn record(endpoint: &Endpoint) -> Result<Recorded> {
    match endpoint {
        Endpoint::Emulator => from_emulators().await,
        Endpoint::Resource {
            resource,
            callback,
            listen,
        } => from_resource(resource, callback, listen).await,
    }
}

async fn from_emulators() -> Result<Recorded> {
    let mut recorded = Recorded::default();
    for scenario in scenario::all() {
        let capture = Arc::new(Capture::default());
        let observer = Arc::clone(&capture) as Arc<dyn Observer>;
        let world = World::with(Emulator::builder().page_size(2), Some(observer)).await;
        let file = run(&world.app, &scenario, &capture).await?;
        world.emulator.shutdown().await;
        recorded.files.insert(scenario.name(), file);
    }
    Ok(recorded)
}

async fn from_resource(resource: &ConnectionString, callback: &str, listen: &str) -> Result<Recorded> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let capture = Arc::new(Capture::default());
    let observer = Arc::clone(&capture) as Arc<dyn Observer>;
    let app = Application::open(
        resource.clone(),
        listener,
        Some(callback.to_owned()),
        Some(observer),
    )?;
    let mut recorded = Recorded::default();
    for scenario in scenario::all() {
        if let Some(reason) = missing(scenario.needs) {
            recorded.skipped.insert(scenario.name(), reason.to_owned());
            continue;
        }
        let mut file = run(&app, &scenario, &capture).await?;
        let meta = &mut file["meta"];
        meta["source"] = "Azure Communication Services".into();
        meta["kind"] = "recorded".into();
        recorded.files.insert(scenario.name(), file);
    }
    Ok(recorded)
}

/// Why a scenario cannot be recorded from a real resource.
fn missing(needs: Needs) -> Option<&'static str> {
    match needs {
        Needs::Users => None,
        Needs::Telephone => Some("needs a telephone number of the resource and somebody who answers"),
        Needs::Emulator => Some("needs pages or rooms that only the emulator has"),
    }
}

fn run<'a>(
    app: &'a Application,
    scenario: &'a Scenario,
    capture: &'a Arc<Capture>,
) -> impl Future<Output = Result<Value>> + 'a {
    // Boxed, because both halves of a scenario are large.
    Box::pin(async move {
        let input = (scenario.prepare)(app)
            .await
            .with_context(|| format!("scenario {}", scenario.name()))?;
        let client = if scenario.stranger {
            app.stranger(Some(Arc::clone(capture) as Arc<dyn Observer>))?
        } else {
            app.client().clone()
        };
        capture.start();
        let outcome = (scenario.act)(client, input.clone()).await;
        let mut exchanges = capture.take().into_iter();
        let first = exchanges.next().context("nothing went over the wire")?;
        let mut file = json!({
            "meta": {
                "source": concat!("acs-emulator ", env!("CARGO_PKG_VERSION")),
                "kind": "emulator",
                "apiVersion": API_VERSION,
                "operation": scenario.operation,
                "variant": scenario.variant,
                "note": scenario.note,
                "recordedWith": concat!("acs-call-automation ", env!("CARGO_PKG_VERSION")),
            },
            "request": first["request"],
            "response": first["response"],
            "input": input.to_json(),
            "outcome": outcome,
        });
        let others: Vec<Value> = exchanges.collect();
        if !others.is_empty() {
            file["then"] = others.into();
        }
        let endpoint = app.resource().endpoint();
        let mut scrubber = Scrubber::new([
            (app.callback().to_owned(), APPLICATION),
            (endpoint.base().trim_end_matches('/').to_owned(), ENDPOINT),
            (endpoint.authority().to_owned(), "127.0.0.1:8080"),
        ]);
        scrubber.scrub(&mut file);
        let findings = super::findings(&file.to_string());
        ensure!(
            findings.is_empty(),
            "the recording of {} still holds {}",
            scenario.name(),
            findings.join(", ")
        );
        Ok(file)
    })
}
