//! A menu for callers: a prompt, a choice by key or voice, a question, and the transfer to who can help.
//!
//! Text prompts and speech need an Azure AI resource, which is named when the call is answered and not later.
//!
//! `cargo run -p call-flows --example ivr_menu`

use std::process::ExitCode;
use std::time::Duration;

use acs_call_automation::events::Reason;
use acs_call_automation::events::data::RecognizedInput;
use acs_call_automation::media::{
    PlaySource, RecognitionChoice, RecognizeChoicesOptions, RecognizeSpeechOptions, TextSource,
};
use acs_call_automation::{
    AnswerCallOptions, CallConnection, CommunicationIdentifier, CustomCallingContext, DtmfTone, Error,
    TransferToParticipantOptions,
};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Input, Stage};

/// How often the menu is read out before the caller is given up.
const TRIES: usize = 3;

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(ivr_menu).await
}

/// Answers a caller, who presses a wrong key first, asks what it is about, and transfers to a colleague.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn ivr_menu(stage: &Stage) -> anyhow::Result<()> {
    let support = stage.user("Support", Behaviour::Answers).await?;
    let inputs = [
        Input::Press("9"),
        Input::Press("2"),
        Input::Say("my order is late"),
    ];
    let offer = stage.called_from_outside(&inputs).await?;
    let caller = offer.from().context("a call from nobody")?.clone();

    let call = AnswerCallOptions::new(&offer, stage.callback())
        .cognitive_services_endpoint(stage.ai_endpoint()?)
        .send(stage.client())
        .await?;
    call.connected().await?;
    println!("answered {caller}");

    // A prompt is accepted at once, and over with PlayCompleted.
    let welcome = say("Welcome to Contoso.");
    call.media().play_to_all(welcome).await?.outcome().await?;
    println!("welcomed");

    let choice = menu(&call, &caller).await?;
    println!("chosen: {choice}");
    ensure!(choice == "support", "expected support, found {choice}");

    let topic = question(&call, &caller).await?;
    println!("it is about: {topic}");
    ensure!(topic.contains("order"), "expected an order, found {topic}");

    let transfer = TransferToParticipantOptions::new(&support)
        .custom_calling_context(CustomCallingContext::new().add_voip("topic", topic));
    call.transfer_call_to_participant(transfer)
        .await?
        .outcome()
        .await?;
    call.disconnected().await?;
    println!("transferred, with the topic");
    Ok(())
}

fn say(text: &str) -> PlaySource {
    TextSource::new(text).source_locale("en-US").into()
}

/// What the caller chooses, by key or by voice.
async fn menu(call: &CallConnection, caller: &CommunicationIdentifier) -> anyhow::Result<String> {
    let choices = [
        RecognitionChoice::new("sales", ["sales", "buy"]).tone(DtmfTone::One),
        RecognitionChoice::new("support", ["support", "help"]).tone(DtmfTone::Two),
    ];
    for attempt in 1..=TRIES {
        let asked = RecognizeChoicesOptions::new(caller, choices.clone())
            .prompt(say(
                "For sales, press one or say sales. For support, press two or say support.",
            ))
            .interrupt_prompt(true)
            .initial_silence_timeout(Duration::from_secs(10));
        let outcome = call.media().recognize(asked).await?.outcome().await;
        match outcome {
            Ok(completed) => match completed.input() {
                Some(RecognizedInput::Choice(choice)) => {
                    return choice.label.clone().context("a choice without a label");
                }
                other => anyhow::bail!("expected a choice, found {other:?}"),
            },
            // RecognizeFailed says why. What the caller can do better is asked again.
            Err(error) if is_misunderstanding(&error) => println!("attempt {attempt}: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    call.hang_up(true).await?;
    anyhow::bail!("the caller chose nothing in {TRIES} attempts")
}

fn is_misunderstanding(error: &Error) -> bool {
    matches!(
        error.reason(),
        Some(
            Reason::InitialSilenceTimeout
                | Reason::IncorrectTone
                | Reason::SpeechOptionNotMatched
                | Reason::SpeechNotRecognized
        )
    )
}

/// What the caller says.
async fn question(call: &CallConnection, caller: &CommunicationIdentifier) -> anyhow::Result<String> {
    let asked = RecognizeSpeechOptions::new(caller)
        .prompt(say("In a few words, what is it about?"))
        .end_silence_timeout(Duration::from_millis(800))
        .speech_language("en-US");
    let completed = call.media().recognize(asked).await?.outcome().await?;
    match completed.input() {
        Some(RecognizedInput::Speech(speech)) => speech.speech.clone().context("speech without words"),
        other => anyhow::bail!("expected speech, found {other:?}"),
    }
}
