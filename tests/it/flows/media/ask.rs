//! Recognition of keys, choices and speech, with every way it can end.

use std::time::Duration;

use acs_call_automation::media::{
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, RecognizeOptions,
    RecognizeSpeechOptions, RecognizeSpeechOrDtmfOptions,
};
use acs_call_automation::{DtmfTone, Error, ErrorKind};
use acs_call_events::data::{RecognizeCompleted, RecognizedInput};
use acs_call_events::{EventOf, Reason};
use acs_emulator::{PartyScript, Reaction, Tones};

use super::super::support::{codes, lost, won};
use super::{Stage, telephone};

fn keys(text: &str) -> Reaction {
    Reaction::press(text.parse::<Tones>().unwrap())
}

fn digits(max_tones: u32) -> RecognizeDtmfOptions {
    RecognizeDtmfOptions::new(telephone(), max_tones).stop_tones([DtmfTone::Pound])
}

fn menu() -> RecognizeChoicesOptions {
    let sales = RecognitionChoice::new("sales", ["sales", "buy"]).tone(DtmfTone::One);
    let support = RecognitionChoice::new("support", ["support", "help"]).tone(DtmfTone::Two);
    RecognizeChoicesOptions::new(telephone(), [sales, support])
}

/// A telephone that reacts to one question after the other.
async fn answering(reactions: impl IntoIterator<Item = Reaction>) -> Stage {
    let script = reactions
        .into_iter()
        .fold(PartyScript::answer(), PartyScript::when_asked);
    Stage::with(script).await
}

async fn completed(stage: &Stage, options: impl Into<RecognizeOptions>) -> EventOf<RecognizeCompleted> {
    let asked = stage.call.media().recognize(options).await.unwrap();
    won("RecognizeCompleted", asked.outcome()).await
}

async fn failed(stage: &Stage, options: impl Into<RecognizeOptions>) -> Error {
    let asked = stage.call.media().recognize(options).await.unwrap();
    lost("RecognizeFailed", asked.outcome()).await
}

#[tokio::test]
async fn keys_end_with_a_stop_tone_or_when_there_are_enough() {
    let stage = answering([keys("12#"), keys("123")]).await;
    for (expected, end) in [("12", (200, 8514)), ("123", (200, 8531))] {
        let completed = completed(&stage, digits(3).prompt(stage.prompt())).await;
        assert_eq!(codes(completed.event()), end);
        let Some(RecognizedInput::Dtmf(pressed)) = completed.input() else {
            panic!("{completed:?}");
        };
        assert_eq!(pressed.keys().as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_choice_is_taken_by_key_or_by_voice() {
    let stage = answering([keys("1"), Reaction::say("Help")]).await;
    let by_key = completed(&stage, menu().prompt(stage.prompt())).await;
    let Some(RecognizedInput::Choice(choice)) = by_key.input() else {
        panic!("{by_key:?}");
    };
    assert_eq!(
        (choice.label.as_deref(), &choice.recognized_phrase),
        (Some("sales"), &None)
    );
    assert_eq!(
        by_key.event().result_information().unwrap().reason(),
        Reason::ToneOptionMatched
    );

    let by_voice = completed(&stage, menu()).await;
    let Some(RecognizedInput::Choice(choice)) = by_voice.input() else {
        panic!("{by_voice:?}");
    };
    assert_eq!(choice.label.as_deref(), Some("support"));
    let phrase = choice.recognized_phrase.as_deref().unwrap();
    assert!(phrase.eq_ignore_ascii_case("help"), "{phrase}");
    assert!(
        choice
            .confidence
            .is_none_or(|confidence| (0.0..=1.0).contains(&confidence))
    );
    assert_eq!(
        by_voice.event().result_information().unwrap().reason(),
        Reason::SpeechOptionMatched
    );
}

#[tokio::test]
async fn what_is_said_comes_as_text() {
    let stage = answering([
        Reaction::say("I lost my card"),
        Reaction::say("operator"),
        keys("42"),
    ])
    .await;
    let question = RecognizeSpeechOptions::new(telephone())
        .prompt(stage.prompt())
        .end_silence_timeout(Duration::from_millis(1));
    let said = completed(&stage, question).await;
    let Some(RecognizedInput::Speech(speech)) = said.input() else {
        panic!("{said:?}");
    };
    assert_eq!(speech.speech.as_deref(), Some("I lost my card"));

    let either =
        || RecognizeSpeechOrDtmfOptions::new(telephone(), 2).end_silence_timeout(Duration::from_millis(1));
    let said = completed(&stage, either()).await;
    assert!(
        matches!(said.input(), Some(RecognizedInput::Speech(_))),
        "{said:?}"
    );
    let pressed = completed(&stage, either()).await;
    let Some(RecognizedInput::Dtmf(tones)) = pressed.input() else {
        panic!("{pressed:?}");
    };
    assert_eq!(tones.tones, [DtmfTone::Four, DtmfTone::Two]);
}

#[tokio::test]
async fn each_failure_has_its_reason() {
    let stage = answering([Reaction::silence(), keys("9"), Reaction::say("pizza")]).await;
    let silent = failed(&stage, digits(4).initial_silence_timeout(Duration::ZERO)).await;
    let wrong_key = failed(&stage, menu()).await;
    let wrong_word = failed(&stage, menu()).await;
    for (error, reason) in [
        (silent, Reason::InitialSilenceTimeout),
        (wrong_key, Reason::IncorrectTone),
        (wrong_word, Reason::SpeechOptionNotMatched),
    ] {
        assert_eq!(error.kind(), ErrorKind::OperationFailed, "{error}");
        assert_eq!(error.reason(), Some(reason), "{error}");
        assert_eq!(error.failed_play_source_index(), None, "{error}");
    }
}

#[tokio::test]
async fn a_prompt_that_cannot_be_played_is_named() {
    let stage = answering([]).await;
    let question = digits(1).prompt(stage.prompt()).prompt(stage.file("stereo.wav"));
    let error = failed(&stage, question).await;
    assert_eq!(error.kind(), ErrorKind::OperationFailed);
    assert_eq!(error.failed_play_source_index(), Some(1), "{error}");
}

#[tokio::test]
async fn a_question_is_canceled() {
    let stage = answering([Reaction::silence()]).await;
    let media = stage.call.media();
    let asked = media
        .recognize(digits(4).initial_silence_timeout(Duration::from_secs(300)))
        .await
        .unwrap();
    media.cancel_all_media_operations().await.unwrap();
    let error = lost("RecognizeCanceled", asked.outcome()).await;
    assert_eq!(error.kind(), ErrorKind::Canceled);
}

#[tokio::test]
async fn a_caller_who_hangs_up_instead_of_answering_ends_the_question() {
    let stage = answering([Reaction::hang_up()]).await;
    let asked = stage.call.media().recognize(digits(4)).await.unwrap();
    let error = lost("an end", asked.outcome()).await;
    assert!(matches!(
        error.kind(),
        ErrorKind::Canceled | ErrorKind::CallEnded | ErrorKind::OperationFailed
    ));
    won("CallDisconnected", stage.call.disconnected()).await;
}
