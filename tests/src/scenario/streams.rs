//! Scenarios of media streaming and transcription.

use acs_call_automation::enums::MediaStreamingAudioChannelType;
use acs_call_automation::media::{
    StartMediaStreamingOptions, StartTranscriptionOptions, StopMediaStreamingOptions,
    StopTranscriptionOptions, UpdateTranscriptionOptions,
};
use acs_call_automation::{
    CallAutomationClient, CallConnection, CallInvite, CallMedia, CreateCallOptions, MediaStreamingOptions,
    TranscriptionOptions,
};
use acs_call_streaming::server::axum::router;
use acs_call_streaming::{MediaSession, StreamingServer};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::calls::{connected, no_call};
use super::outcome::outcome;
use super::{Input, Needs, Scenario};
use crate::app::Application;
use crate::soon;
use crate::world::{OWN_NUMBER, TELEPHONE};

const CONTEXT: &str = "recorded-1";
const NO_SUCH_CALL: &str = "No such call.";
const NOT_SET_UP: &str = "The call was set up without it.";

type Prepared<'a> = BoxFuture<'a, anyhow::Result<Input>>;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("startMediaStreaming", waiting, start_media).needs(Needs::Telephone),
        Scenario::new("startMediaStreaming", connected, start_media).variant("not-set-up", NOT_SET_UP),
        Scenario::new("startMediaStreaming", no_call, start_media).variant("not-found", NO_SUCH_CALL),
        Scenario::new("stopMediaStreaming", running, stop_media).needs(Needs::Emulator),
        Scenario::new("stopMediaStreaming", no_call, stop_media).variant("not-found", NO_SUCH_CALL),
        Scenario::new("startTranscription", waiting, start_transcription).needs(Needs::Telephone),
        Scenario::new("startTranscription", connected, start_transcription).variant("not-set-up", NOT_SET_UP),
        Scenario::new("startTranscription", no_call, start_transcription).variant("not-found", NO_SUCH_CALL),
        Scenario::new("updateTranscription", running, update_transcription).needs(Needs::Emulator),
        Scenario::new("updateTranscription", no_call, update_transcription)
            .variant("not-found", NO_SUCH_CALL),
        Scenario::new("stopTranscription", running, stop_transcription).needs(Needs::Emulator),
        Scenario::new("stopTranscription", no_call, stop_transcription).variant("not-found", NO_SUCH_CALL),
    ]
}

/// A call with the telephone that can be streamed and transcribed to an address.
async fn call(app: &Application, url: &str) -> anyhow::Result<CallConnection> {
    let options = CreateCallOptions::new(CallInvite::phone(TELEPHONE, OWN_NUMBER), app.callback())
        .cognitive_services_endpoint("https://ai.contoso.com/")
        .media_streaming_options(MediaStreamingOptions::new(
            url,
            MediaStreamingAudioChannelType::Mixed,
        ))
        .transcription_options(TranscriptionOptions::new(url, "en-US"));
    let call = options.send(app.client()).await?;
    soon("the telephone to answer", call.connected()).await?;
    Ok(call)
}

/// Neither runs. What becomes of the start does not matter to its answer, so nobody needs to be at the address.
fn waiting(app: &Application) -> Prepared<'_> {
    async move {
        let call = call(app, "wss://app.contoso.com/streams").await?;
        Ok(Input::new().leg(&call))
    }
    .boxed()
}

/// Both run, to a WebSocket of ours on this machine.
fn running(app: &Application) -> Prepared<'_> {
    async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("ws://{}/", listener.local_addr()?);
        let listen = |mut session: MediaSession| async move { while session.next().await.is_some() {} };
        let sockets = router(StreamingServer::without_authorization(), listen);
        tokio::spawn(async move { axum::serve(listener, sockets).await });
        let call = call(app, &url).await?;
        let media = call.media();
        let audio = media
            .start_media_streaming(StartMediaStreamingOptions::new())
            .await?;
        soon("streaming", audio.outcome()).await?;
        let text = media
            .start_transcription(StartTranscriptionOptions::new())
            .await?;
        soon("transcription", text.outcome()).await?;
        Ok(Input::new().leg(&call))
    }
    .boxed()
}

fn media(client: &CallAutomationClient, input: &Input) -> CallMedia {
    client.call_media(input.call_connection_id())
}

fn context(context: impl AsRef<str>) -> Value {
    json!({ "operationContext": context.as_ref() })
}

fn start_media(client: CallAutomationClient, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = StartMediaStreamingOptions::new().operation_context(CONTEXT);
        let result = media(&client, &input).start_media_streaming(options).await;
        outcome(result, |started| context(started.operation_context()))
    }
    .boxed()
}

fn stop_media(client: CallAutomationClient, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = StopMediaStreamingOptions::new().operation_context(CONTEXT);
        let result = media(&client, &input).stop_media_streaming(options).await;
        outcome(result, |stopped| context(stopped.operation_context()))
    }
    .boxed()
}

fn start_transcription(client: CallAutomationClient, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = StartTranscriptionOptions::new()
            .locale("en-GB")
            .operation_context(CONTEXT);
        let result = media(&client, &input).start_transcription(options).await;
        outcome(result, |started| context(started.operation_context()))
    }
    .boxed()
}

fn update_transcription(client: CallAutomationClient, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = UpdateTranscriptionOptions::new("de-DE").operation_context(CONTEXT);
        let result = media(&client, &input).update_transcription(options).await;
        outcome(result, |updated| context(updated.operation_context()))
    }
    .boxed()
}

fn stop_transcription(client: CallAutomationClient, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = StopTranscriptionOptions::new().operation_context(CONTEXT);
        let result = media(&client, &input).stop_transcription(options).await;
        outcome(result, |stopped| context(stopped.operation_context()))
    }
    .boxed()
}
