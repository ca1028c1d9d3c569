//! Scenarios of recordings: start, read, pause, resume, stop.

use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingKind};
use acs_call_automation::{CallLocator, RecordingId, RecordingProperties, StartRecordingOptions};
use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::calls::{connected, no_call};
use super::outcome::{done, outcome};
use super::{Input, Scenario};
use crate::app::{Application, Pair};
use crate::soon;

const NO_RECORDING: &str = "no-such-recording";
const NO_SUCH: &str = "No such recording.";

type Prepared<'a> = BoxFuture<'a, anyhow::Result<Input>>;
type Client = acs_call_automation::CallAutomationClient;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("startRecording", server_call, start),
        Scenario::new("startRecording", with_users, start_unmixed)
            .variant("unmixed", "By a leg, with a channel for each participant."),
        Scenario::new("startRecording", recorded_call, start)
            .variant("duplicate", "The call is being recorded already."),
        Scenario::new("startRecording", no_server_call, start)
            .variant("invalid", "The server call id is of no call."),
        Scenario::new("startRecording", no_call, start_leg).variant("not-found", "No such call."),
        Scenario::new("getRecordingProperties", recording, properties),
        Scenario::new("getRecordingProperties", paused, properties).variant("paused", "It is paused."),
        Scenario::new("getRecordingProperties", stopped, properties)
            .variant("not-found", "It was stopped before."),
        Scenario::new("pauseRecording", recording, pause),
        Scenario::new("pauseRecording", no_recording, pause).variant("not-found", NO_SUCH),
        Scenario::new("resumeRecording", paused, resume),
        Scenario::new("resumeRecording", no_recording, resume).variant("not-found", NO_SUCH),
        Scenario::new("stopRecording", recording, stop),
        Scenario::new("stopRecording", no_recording, stop).variant("not-found", NO_SUCH),
    ]
}

fn with_callback(app: &Application) -> Input {
    Input::new().with("callbackUri", app.callback())
}

async fn pair(app: &Application) -> anyhow::Result<(Pair, Input)> {
    let pair = app.pair().await?;
    let properties = pair.caller.properties().await?;
    let id = properties.server_call_id.context("a connected call has an id")?;
    Ok((pair, with_callback(app).with("serverCallId", id.as_str())))
}

fn server_call(app: &Application) -> Prepared<'_> {
    async move { Ok(pair(app).await?.1) }.boxed()
}

fn no_server_call(app: &Application) -> Prepared<'_> {
    async move { Ok(with_callback(app).with("serverCallId", "bm8gY2FsbA==")) }.boxed()
}

/// A connected call, and the two who are in it.
fn with_users(app: &Application) -> Prepared<'_> {
    async move {
        let leg = connected(app).await?;
        let (second, _) = app
            .add(&app.client().call_connection(leg.call_connection_id()))
            .await?;
        Ok(with_callback(app)
            .with("callConnectionId", leg.call_connection_id().as_str())
            .party("participant", second))
    }
    .boxed()
}

/// Starts a recording and waits until it runs.
async fn begun(app: &Application) -> anyhow::Result<(Input, RecordingId)> {
    let (pair, input) = pair(app).await?;
    let options = StartRecordingOptions::new(&pair.caller).state_callback_uri(app.callback());
    let started = app.client().recording().start(options).await?;
    soon("the recording to run", started.outcome()).await?;
    let id = started.recording_id().clone();
    Ok((input.with("recordingId", id.as_str()), id))
}

fn recorded_call(app: &Application) -> Prepared<'_> {
    async move {
        let (input, _) = begun(app).await?;
        Ok(with_callback(app).with("serverCallId", input.text("serverCallId")))
    }
    .boxed()
}

fn recording(app: &Application) -> Prepared<'_> {
    async move {
        let (_, id) = begun(app).await?;
        Ok(Input::new().with("recordingId", id.as_str()))
    }
    .boxed()
}

fn paused(app: &Application) -> Prepared<'_> {
    async move {
        let (_, id) = begun(app).await?;
        app.client().recording().pause(&id).await?;
        Ok(Input::new().with("recordingId", id.as_str()))
    }
    .boxed()
}

fn stopped(app: &Application) -> Prepared<'_> {
    async move {
        let (_, id) = begun(app).await?;
        app.client().recording().stop(&id).await?;
        Ok(Input::new().with("recordingId", id.as_str()))
    }
    .boxed()
}

fn no_recording(_: &Application) -> Prepared<'_> {
    async move { Ok(Input::new().with("recordingId", NO_RECORDING)) }.boxed()
}

fn described(of: &RecordingProperties) -> Value {
    json!({
        "recordingId": of.recording_id.as_str(),
        "state": of.state.as_str(),
        "kind": of.kind.as_ref().map(RecordingKind::as_str),
    })
}

async fn started(client: Client, options: StartRecordingOptions) -> Value {
    let result = client.recording().start(options).await;
    outcome(result, |started| described(started.properties()))
}

fn start(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let call = CallLocator::server_call(input.text("serverCallId"));
        let options = StartRecordingOptions::new(call).state_callback_uri(input.text("callbackUri"));
        started(client, options).await
    }
    .boxed()
}

fn start_leg(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move { started(client, StartRecordingOptions::new(input.call_connection_id())).await }.boxed()
}

fn start_unmixed(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = StartRecordingOptions::new(input.call_connection_id())
            .content(RecordingContent::Audio)
            .channel(RecordingChannel::Unmixed)
            .format(RecordingFormat::Wav)
            .channel_affinity(1, input.who("participant"))
            .pause_on_start(true)
            .state_callback_uri(input.text("callbackUri"));
        started(client, options).await
    }
    .boxed()
}

fn id(input: &Input) -> RecordingId {
    RecordingId::from(input.text("recordingId"))
}

fn properties(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        outcome(client.recording().properties(&id(&input)).await, |of| {
            described(&of)
        })
    }
    .boxed()
}

fn pause(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move { outcome(client.recording().pause(&id(&input)).await, done) }.boxed()
}

fn resume(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move { outcome(client.recording().resume(&id(&input)).await, done) }.boxed()
}

fn stop(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move { outcome(client.recording().stop(&id(&input)).await, done) }.boxed()
}
