//! Scenarios of media: play, recognize, tones, hold, cancel.

use std::time::Duration;

use acs_call_automation::media::{
    ContinuousDtmfRecognitionOptions, HoldOptions, PlayOptions, PlaySource, PlayToAllOptions,
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, SendDtmfTonesOptions, UnholdOptions,
};
use acs_call_automation::{CallInvite, CallMedia, DtmfTone, Tones};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::calls::{NO_CALL, connected, no_call, ringing};
use super::outcome::{done, outcome};
use super::{Input, Needs, Scenario};
use crate::app::{Application, Pair};
use crate::soon;
use crate::world::{OWN_NUMBER, TELEPHONE};

const CONTEXT: &str = "recorded-1";
const PROMPT: &str = "https://files.contoso.com/prompt.wav";
const NO_SUCH_CALL: &str = "No such call.";

type Prepared<'a> = BoxFuture<'a, anyhow::Result<Input>>;
type Client = acs_call_automation::CallAutomationClient;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("play", with_user, play),
        Scenario::new("play", connected, play_to_all).variant("all", "To everybody, with an interruption."),
        Scenario::new("play", ringing, play_to_all).variant("not-established", "The callee still rings."),
        Scenario::new("play", connected, play_text)
            .variant("not-set-up", "A text, in a call without an Azure AI resource."),
        Scenario::new("play", no_call, play_to_all).variant("not-found", NO_SUCH_CALL),
        Scenario::new("recognize", with_user, recognize_keys),
        Scenario::new("recognize", with_user, recognize_choices)
            .variant("not-set-up", "Choices, in a call without an Azure AI resource."),
        Scenario::new("recognize", nobody, recognize_keys).variant("not-found", NO_SUCH_CALL),
        Scenario::new("startContinuousDtmfRecognition", with_user, start_tones),
        Scenario::new("startContinuousDtmfRecognition", nobody, start_tones)
            .variant("not-found", NO_SUCH_CALL),
        Scenario::new("stopContinuousDtmfRecognition", listening, stop_tones),
        Scenario::new("stopContinuousDtmfRecognition", nobody, stop_tones).variant("not-found", NO_SUCH_CALL),
        Scenario::new("sendDtmfTones", telephone, send_tones).needs(Needs::Telephone),
        Scenario::new("sendDtmfTones", nobody, send_tones).variant("not-found", NO_SUCH_CALL),
        Scenario::new("hold", with_user, hold),
        Scenario::new("hold", with_stranger, hold).variant("no-participant", "The user is not in the call."),
        Scenario::new("hold", nobody, hold).variant("not-found", NO_SUCH_CALL),
        Scenario::new("unhold", held, unhold),
        Scenario::new("unhold", nobody, unhold).variant("not-found", NO_SUCH_CALL),
        Scenario::new("cancelAllMediaOperations", connected, cancel),
        Scenario::new("cancelAllMediaOperations", no_call, cancel).variant("not-found", NO_SUCH_CALL),
    ]
}

/// A connected call, and the user in it.
fn with_user(app: &Application) -> Prepared<'_> {
    async move {
        let Pair { caller, user, .. } = app.pair().await?;
        Ok(Input::new().leg(&caller).party("participant", user))
    }
    .boxed()
}

fn with_stranger(app: &Application) -> Prepared<'_> {
    async move {
        let caller = app.pair().await?.caller;
        Ok(Input::new().leg(&caller).party("participant", app.user().await?))
    }
    .boxed()
}

fn nobody(app: &Application) -> Prepared<'_> {
    async move {
        Ok(Input::new()
            .with("callConnectionId", NO_CALL)
            .party("participant", app.user().await?))
    }
    .boxed()
}

/// A connected call with a telephone.
fn telephone(app: &Application) -> Prepared<'_> {
    async move {
        let invite = CallInvite::phone(TELEPHONE, OWN_NUMBER);
        let call = app.client().create_call(invite, app.callback()).await?;
        soon("the telephone to answer", call.connected()).await?;
        Ok(Input::new().leg(&call).party(
            "participant",
            acs_call_automation::CommunicationIdentifier::phone(TELEPHONE),
        ))
    }
    .boxed()
}

fn listening(app: &Application) -> Prepared<'_> {
    async move {
        let Pair { caller, user, .. } = app.pair().await?;
        let media = caller.media();
        media.start_continuous_dtmf_recognition(user.clone()).await?;
        Ok(Input::new().leg(&caller).party("participant", user))
    }
    .boxed()
}

fn held(app: &Application) -> Prepared<'_> {
    async move {
        let Pair { caller, user, .. } = app.pair().await?;
        let held = caller.media().hold(user.clone()).await?;
        soon("a roster with the hold", held.outcome()).await?;
        Ok(Input::new().leg(&caller).party("participant", user))
    }
    .boxed()
}

fn media(client: &Client, input: &Input) -> CallMedia {
    client.call_media(input.call_connection_id())
}

fn context(context: impl AsRef<str>) -> Value {
    json!({ "operationContext": context.as_ref() })
}

fn prompt() -> PlaySource {
    PlaySource::file(PROMPT)
}

fn play(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = PlayOptions::new([prompt()], [input.who("participant")]).operation_context(CONTEXT);
        let result = media(&client, &input).play(options).await;
        outcome(result, |played| context(played.operation_context()))
    }
    .boxed()
}

async fn to_all(client: Client, input: Input, source: PlaySource) -> Value {
    let options = PlayToAllOptions::new([source])
        .interrupt_call_media_operation(true)
        .operation_context(CONTEXT);
    let result = media(&client, &input).play_to_all(options).await;
    outcome(result, |played| context(played.operation_context()))
}

fn play_to_all(client: Client, input: Input) -> BoxFuture<'static, Value> {
    to_all(client, input, prompt()).boxed()
}

fn play_text(client: Client, input: Input) -> BoxFuture<'static, Value> {
    to_all(client, input, PlaySource::text("Welcome.")).boxed()
}

fn recognize_keys(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = RecognizeDtmfOptions::new(input.who("participant"), 4)
            .prompt(prompt())
            .initial_silence_timeout(Duration::from_secs(10))
            .inter_tone_timeout(Duration::from_secs(3))
            .stop_tones([DtmfTone::Pound])
            .operation_context(CONTEXT);
        let result = media(&client, &input).recognize(options).await;
        outcome(result, |asked| context(asked.operation_context()))
    }
    .boxed()
}

fn recognize_choices(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let yes = RecognitionChoice::new("yes", ["yes", "sure"]).tone(DtmfTone::One);
        let no = RecognitionChoice::new("no", ["no"]).tone(DtmfTone::Two);
        let options =
            RecognizeChoicesOptions::new(input.who("participant"), [yes, no]).operation_context(CONTEXT);
        let result = media(&client, &input).recognize(options).await;
        outcome(result, |asked| context(asked.operation_context()))
    }
    .boxed()
}

fn tones_of(input: &Input) -> ContinuousDtmfRecognitionOptions {
    ContinuousDtmfRecognitionOptions::new(input.who("participant")).operation_context(CONTEXT)
}

fn start_tones(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let result = media(&client, &input)
            .start_continuous_dtmf_recognition(tones_of(&input))
            .await;
        outcome(result, |started| context(started.operation_context()))
    }
    .boxed()
}

fn stop_tones(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let result = media(&client, &input)
            .stop_continuous_dtmf_recognition(tones_of(&input))
            .await;
        outcome(result, |stopped| context(stopped.operation_context()))
    }
    .boxed()
}

fn send_tones(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let tones: Tones = "1234#".parse().expect("keys");
        let options = SendDtmfTonesOptions::new(tones, input.who("participant")).operation_context(CONTEXT);
        let result = media(&client, &input).send_dtmf_tones(options).await;
        outcome(result, |sent| context(sent.operation_context()))
    }
    .boxed()
}

fn hold(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = HoldOptions::new(input.who("participant"))
            .play_source(prompt())
            .operation_context(CONTEXT);
        let result = media(&client, &input).hold(options).await;
        outcome(result, |held| context(held.operation_context()))
    }
    .boxed()
}

fn unhold(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let options = UnholdOptions::new(input.who("participant")).operation_context(CONTEXT);
        let result = media(&client, &input).unhold(options).await;
        outcome(result, |free| context(free.operation_context()))
    }
    .boxed()
}

fn cancel(client: Client, input: Input) -> BoxFuture<'static, Value> {
    async move {
        let result = media(&client, &input).cancel_all_media_operations().await;
        outcome(result, done)
    }
    .boxed()
}
