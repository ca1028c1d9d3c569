//! A call that is talked to: prompts, a menu, speech, a recording, a transcript, and at last a person.

use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat};
use acs_call_automation::events::EventOf;
use acs_call_automation::events::data::{RecognizeCompleted, RecognizedInput};
use acs_call_automation::media::{
    PlaySource, PlayToAllOptions, RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions,
    RecognizeOptions, RecognizeSpeechOptions, StartTranscriptionOptions, StopTranscriptionOptions,
    TextSource,
};
use acs_call_automation::{
    AnswerCallOptions, CallConnection, CommunicationIdentifier, DtmfTone, StartRecordingOptions,
    StartRecordingResult, TranscriptionOptions,
};
use acs_emulator::{PartyScript, Reaction};
use anyhow::{Context as _, bail, ensure};
use futures::StreamExt as _;

use crate::demo::stage::{Stage, WAIT_LIMIT, expect_failure};

/// The emulator speaks and understands by itself; the service would want the address of an Azure AI resource.
const SPEECH: &str = "https://contoso.cognitiveservices.azure.com/";

const COMPLAINT: &str = "my bill is wrong";

pub(super) async fn menu(stage: &mut Stage) -> anyhow::Result<()> {
    let caller = CommunicationIdentifier::phone(
        stage.telephone(
            PartyScript::answer()
                .when_asked(Reaction::press("2".parse()?))
                .when_asked(Reaction::say(COMPLAINT)),
        ),
    );
    let call = answer(stage, &caller).await?;
    let recording = record(stage, &call).await?;
    prompts(stage, &call).await?;

    stage.step("menu: one for sales, two for support");
    let sales = RecognitionChoice::new("sales", ["sales"]).tone(DtmfTone::One);
    let support = RecognitionChoice::new("support", ["support", "help"]).tone(DtmfTone::Two);
    let menu = RecognizeChoicesOptions::new(&caller, [sales, support])
        .prompt(TextSource::new("Press one for sales, or two for support"));
    match ask(&call, menu).await?.input() {
        Some(RecognizedInput::Choice(choice)) if choice.label.as_deref() == Some("support") => {}
        other => bail!("expected the choice `support`, found {other:?}"),
    }
    stage.outcome("RecognizeCompleted: the caller pressed 2, `support`");

    stage.step("what is it about?");
    let question = RecognizeSpeechOptions::new(&caller).prompt(TextSource::new("How can we help you?"));
    match ask(&call, question).await?.input() {
        Some(RecognizedInput::Speech(said)) if said.speech.as_deref() == Some(COMPLAINT) => {}
        other => bail!("expected `{COMPLAINT}`, found {other:?}"),
    }
    stage.outcome(&format!("RecognizeCompleted: \"{COMPLAINT}\""));

    transcribe(stage, &call, &caller).await?;
    hand_over(stage, &call, &caller).await?;
    fetch(stage, &recording).await
}

/// The caller dials, and the application answers with what prompts and transcripts need.
async fn answer(stage: &mut Stage, caller: &CommunicationIdentifier) -> anyhow::Result<CallConnection> {
    let mut offers = stage.hub.incoming_calls();
    stage.step("a caller dials in, the application answers, with speech and a transcript prepared");
    stage
        .emulator
        .party(caller)
        .call(CommunicationIdentifier::phone(&stage.own_number))?;
    let offer = stage.offer(&mut offers).await?;
    let call = AnswerCallOptions::new(&offer, &stage.callback)
        .cognitive_services_endpoint(SPEECH)
        .transcription_options(TranscriptionOptions::new(&stage.transcript_url, "en-US"))
        .send(&stage.client)
        .await?;
    call.connected().await?;
    stage.outcome("CallConnected");
    Ok(call)
}

async fn record(stage: &mut Stage, call: &CallConnection) -> anyhow::Result<StartRecordingResult> {
    stage.step("record the call, each party on a channel of its own");
    let options = StartRecordingOptions::new(call)
        .content(RecordingContent::Audio)
        .channel(RecordingChannel::Unmixed)
        .format(RecordingFormat::Wav)
        .state_callback_uri(&stage.callback);
    let recording = stage.client.recording().start(options).await?;
    recording.outcome().await?;
    stage.outcome("RecordingStateChanged: active");
    Ok(recording)
}

/// A prompt that plays, one that cannot, and one that is broken off.
async fn prompts(stage: &mut Stage, call: &CallConnection) -> anyhow::Result<()> {
    let media = call.media();
    let welcome = PlaySource::file(format!("{}/welcome.wav", stage.prompts_url));

    stage.step("play a file and a text");
    let greeting = [welcome.clone(), PlaySource::text("Welcome to Contoso")];
    let played = media.play_to_all(PlayToAllOptions::new(greeting)).await?;
    played.started().await?;
    played.outcome().await?;
    stage.outcome("PlayStarted, PlayCompleted");

    stage.step("play a file that is no music");
    let notes = PlaySource::file(format!("{}/notes.txt", stage.prompts_url));
    let refused = media
        .play_to_all(PlayToAllOptions::new([welcome.clone(), notes]))
        .await?
        .outcome()
        .await;
    let index = refused
        .as_ref()
        .err()
        .and_then(acs_call_automation::Error::failed_play_source_index);
    ensure!(index == Some(1), "expected source 1 to fail, found {index:?}");
    let reason = expect_failure(refused, 400, 8535)?;
    stage.outcome(&format!("PlayFailed: 400/8535, {reason}, source 1"));

    stage.step("music on end, until it is canceled");
    let music = media
        .play_to_all(PlayToAllOptions::new([welcome]).looping(true))
        .await?;
    music.started().await?;
    media.cancel_all_media_operations().await?;
    expect_failure(music.outcome().await, 400, 8508)?;
    stage.outcome("PlayCanceled: 400/8508");
    Ok(())
}

async fn ask(
    call: &CallConnection,
    question: impl Into<RecognizeOptions>,
) -> Result<EventOf<RecognizeCompleted>, acs_call_automation::Error> {
    call.media().recognize(question).await?.outcome().await
}

async fn transcribe(
    stage: &mut Stage,
    call: &CallConnection,
    caller: &CommunicationIdentifier,
) -> anyhow::Result<()> {
    const STORY: &str = "it says forty two and it should be seven";
    let mut texts = stage.transcripts.listen();

    stage.step("have the rest transcribed");
    call.media()
        .start_transcription(StartTranscriptionOptions::new())
        .await?
        .outcome()
        .await?;
    stage.outcome("TranscriptionStarted");

    stage.step("the caller tells the story");
    stage.emulator.party(caller).say(STORY)?;
    let heard = tokio::time::timeout(WAIT_LIMIT, texts.recv())
        .await
        .context("nothing was transcribed")??;
    ensure!(heard.text == STORY, "heard \"{}\"", heard.text);
    stage.outcome(&format!("over the WebSocket: \"{}\"", heard.text));
    call.media()
        .stop_transcription(StopTranscriptionOptions::new())
        .await?
        .outcome()
        .await?;
    stage.outcome("TranscriptionStopped");
    Ok(())
}

/// Nobody presses anything, so the caller is handed to a person.
async fn hand_over(
    stage: &mut Stage,
    call: &CallConnection,
    caller: &CommunicationIdentifier,
) -> anyhow::Result<()> {
    let agent = stage.user("Agent", PartyScript::answer());
    stage.step("ask for the customer number, which the caller does not know");
    let question = RecognizeDtmfOptions::new(caller, 6)
        .prompt(TextSource::new("Your customer number, please"))
        .initial_silence_timeout(std::time::Duration::ZERO);
    let silence = call.media().recognize(question).await?.outcome().await;
    let reason = expect_failure(silence, 400, 8510)?;
    stage.outcome(&format!("RecognizeFailed: 400/8510, {reason}"));

    stage.step("transfer the caller to a person");
    call.transfer_call_to_participant(&agent).await?.outcome().await?;
    stage.outcome("CallTransferAccepted");
    call.disconnected().await?;
    stage.outcome("CallDisconnected: the application is out of the call");
    Ok(())
}

/// The recording of what the application heard is ready: fetch it, look at it, delete it.
async fn fetch(stage: &mut Stage, recording: &StartRecordingResult) -> anyhow::Result<()> {
    let client = stage.client.recording();
    stage.step("the recording ended with the call; wait for its file");
    let mut files = stage.hub.recording_files();
    let file = tokio::time::timeout(WAIT_LIMIT, files.next())
        .await
        .context("no file was announced")?
        .context("no more files are announced")?;
    ensure!(
        file.recording_id.as_ref() == Some(recording.recording_id()),
        "the file of another recording: {file:?}"
    );
    let chunk = file
        .chunks()
        .first()
        .context("the recording has no file")?
        .clone();
    stage.outcome("RecordingFileStatusUpdated over Event Grid");

    stage.step("download");
    let mut wav = Vec::new();
    client.download_to(&chunk, &mut wav).await?;
    let reader = hound::WavReader::new(std::io::Cursor::new(&wav)).context("the recording is no WAV file")?;
    let channels = reader.spec().channels;
    ensure!(channels >= 2, "expected a channel per party, found {channels}");
    stage.outcome(&format!("{} bytes of WAV, {channels} channels", wav.len()));

    stage.step("delete");
    client.delete(&chunk).await?;
    let gone = client.download_to(&chunk, &mut Vec::new()).await.err();
    ensure!(
        gone.is_some_and(|error| error.is_not_found()),
        "the file can still be downloaded"
    );
    stage.outcome("404: the file is gone");
    Ok(())
}
