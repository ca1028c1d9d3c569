//! What became of a media operation, as the events tell it.

use acs_call_automation::events::data::{
    CallDisconnected, CallParticipant, ChoiceResult, ContinuousDtmfRecognitionStopped,
    ContinuousDtmfRecognitionToneReceived, DtmfResult, EventData, HoldFailed, MediaStreamingFailed,
    MediaStreamingStarted, MediaStreamingStopped, ParticipantsUpdated, PlayCanceled, PlayCompleted,
    PlayFailed, PlayStarted, RecognizeCanceled, RecognizeCompleted, RecognizeFailed, RecognizedInput,
    SendDtmfTonesCompleted, SendDtmfTonesFailed, SpeechResult, TranscriptionFailed, TranscriptionStarted,
    TranscriptionStopped, TranscriptionUpdated,
};
use acs_call_automation::events::{CallEvent, CallEventHub, Reason, ResultInformation};
use acs_call_automation::media::{
    PlaySource, RecognizeDtmfOptions, RecognizeSpeechOptions, StartMediaStreamingOptions,
    StartTranscriptionOptions, StopMediaStreamingOptions, StopTranscriptionOptions,
};
use acs_call_automation::{
    CallMedia, CommunicationIdentifier, DtmfTone, ErrorKind, OperationContext, enums::RecognitionType,
};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::outcomes::Webhook;
use crate::server::{Reply, Server};

fn caller() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+16041234567")
}

fn file() -> PlaySource {
    PlaySource::file("https://app.contoso.com/prompt.wav")
}

fn canceled() -> ResultInformation {
    ResultInformation::of(400, 8508, "Action falied, the operation was cancelled.")
}

async fn accepting() -> Server {
    Server::always(202, json!({})).await
}

async fn done_at_once() -> Server {
    Server::always(200, Value::Null).await
}

fn media(webhook: &Webhook, server: &Server) -> CallMedia {
    webhook.call(server).media()
}

#[tokio::test]
async fn playing_is_started_and_completed() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let played = media.play_to_all(file()).await.unwrap();
    let other = media.play((file(), caller())).await.unwrap();
    let context = played.operation_context().as_str();
    webhook.ok(PlayStarted::new(), context);
    let started = played.started().await.unwrap();
    assert!(started.is_kind::<PlayStarted>());
    webhook.ok(PlayCompleted::new(), context);
    played.outcome().await.unwrap();
    // The other one has heard nothing of it; where its start was lost, the end tells.
    webhook.ok(PlayCompleted::new(), other.operation_context().as_str());
    assert!(other.started().await.unwrap().is_kind::<PlayCompleted>());
    other.outcome().await.unwrap();
}

#[tokio::test]
async fn events_that_overtake_the_answer_and_come_twice_are_found() {
    let hub = CallEventHub::new();
    let early = hub.clone();
    let server = Server::start(move |request| {
        let context = request.body["operationContext"].as_str().unwrap();
        let event = |id: &str, data: EventData| {
            CallEvent::builder(id, data)
                .call_connection_id("early")
                .operation_context(OperationContext::from(context))
                .build()
        };
        for _ in 0..2 {
            early.publish(event("1", PlayStarted::new().into()));
            early.publish(event("2", PlayCompleted::new().into()));
        }
        Reply::empty(202)
    })
    .await;
    let client = server.builder().events(hub.clone()).build().unwrap();
    let played = client.call_media("early").play_to_all(file()).await.unwrap();
    assert_eq!(played.started().await.unwrap().id(), "1");
    assert_eq!(played.outcome().await.unwrap().event().id(), "2");
    assert_eq!(hub.stats().duplicates, 2);
}

#[tokio::test]
async fn playing_fails_with_the_source_and_is_canceled() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let failing = media.play_to_all(file()).await.unwrap();
    let looping = media.play_to_all(file()).await.unwrap();
    webhook.post(
        PlayFailed::new().failed_play_source_index(1),
        Some(failing.operation_context().as_str()),
        ResultInformation::of(400, 8535, "Action failed, file format is invalid."),
    );
    webhook.post(
        PlayCanceled::new(),
        Some(looping.operation_context().as_str()),
        canceled(),
    );
    for error in [
        failing.outcome().await.unwrap_err(),
        failing.started().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::OperationFailed);
        assert_eq!(error.failed_play_source_index(), Some(1));
        assert_eq!(error.reason(), Some(Reason::InvalidFileFormat));
        assert_eq!(error.sub_code(), Some(8535));
    }
    let error = looping.outcome().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::Canceled, Some(Reason::Canceled))
    );
    assert_eq!(error.failed_play_source_index(), None);
}

#[tokio::test]
async fn what_is_recognized_is_typed() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let completed = RecognizeCompleted::new;
    for data in [
        completed()
            .recognition_type(RecognitionType::Dtmf)
            .dtmf_result(DtmfResult::new().tones([DtmfTone::One, DtmfTone::Pound])),
        completed()
            .recognition_type(RecognitionType::Choices)
            .choice_result(
                ChoiceResult::new()
                    .label("yes".to_owned())
                    .recognized_phrase("sure".to_owned())
                    .confidence(0.9),
            ),
        completed()
            .recognition_type(RecognitionType::Speech)
            .speech_result(SpeechResult::new().speech("my order".to_owned()).confidence(0.5)),
    ] {
        let asked = media
            .recognize(RecognizeSpeechOptions::new(caller()))
            .await
            .unwrap();
        webhook.ok(data, asked.operation_context().as_str());
        let completed = asked.outcome().await.unwrap();
        match completed.input().unwrap() {
            RecognizedInput::Dtmf(pressed) => {
                assert_eq!(pressed.tones, [DtmfTone::One, DtmfTone::Pound]);
                assert_eq!(pressed.keys().as_deref(), Some("1#"));
            }
            RecognizedInput::Choice(choice) => {
                assert_eq!(choice.label.as_deref(), Some("yes"));
                assert_eq!(choice.recognized_phrase.as_deref(), Some("sure"));
                assert_eq!(choice.confidence, Some(0.9));
            }
            RecognizedInput::Speech(said) => {
                assert_eq!(said.speech.as_deref(), Some("my order"));
                assert_eq!(said.confidence, Some(0.5));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_recognition_fails_with_a_reason() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    for (sub_code, index, reason) in [
        (8510, None, Reason::InitialSilenceTimeout),
        (8532, None, Reason::InterDigitTimeout),
        (8534, None, Reason::IncorrectTone),
        (8547, None, Reason::SpeechOptionNotMatched),
        (8563, None, Reason::SpeechNotRecognized),
        (8511, Some(0), Reason::PromptFailed),
    ] {
        let asked = media
            .recognize(RecognizeDtmfOptions::new(caller(), 2))
            .await
            .unwrap();
        webhook.post(
            RecognizeFailed::new().failed_play_source_index(index),
            Some(asked.operation_context().as_str()),
            ResultInformation::of(400, sub_code, "Action failed."),
        );
        let error = asked.outcome().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OperationFailed);
        assert_eq!(error.reason(), Some(reason));
        assert_eq!(
            error.failed_play_source_index(),
            index.and_then(|index| usize::try_from(index).ok())
        );
    }
    let asked = media
        .recognize(RecognizeDtmfOptions::new(caller(), 2))
        .await
        .unwrap();
    webhook.post(
        RecognizeCanceled::new(),
        Some(asked.operation_context().as_str()),
        canceled(),
    );
    assert_eq!(asked.outcome().await.unwrap_err().kind(), ErrorKind::Canceled);
}

#[tokio::test]
async fn tones_are_sent_or_not() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let tones = || ("12#".parse().unwrap(), caller());
    let sent = media.send_dtmf_tones(tones()).await.unwrap();
    let lost = media.send_dtmf_tones(tones()).await.unwrap();
    webhook.ok(SendDtmfTonesCompleted::new(), sent.operation_context().as_str());
    webhook.post(
        SendDtmfTonesFailed::new(),
        Some(lost.operation_context().as_str()),
        ResultInformation::of(400, 8500, "Action failed."),
    );
    sent.outcome().await.unwrap();
    let error = lost.outcome().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::InvalidMediaMode));
}

#[tokio::test]
async fn tones_are_received_in_order_until_the_stop() {
    let server = done_at_once().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let tone = |id, tone| {
        ContinuousDtmfRecognitionToneReceived::new()
            .sequence_id(id)
            .tone(tone)
    };
    // Of an earlier recognition with the same context.
    webhook.ok(tone(1, DtmfTone::Nine), "digits");
    let options = acs_call_automation::media::ContinuousDtmfRecognitionOptions::new(caller());
    let started = media
        .start_continuous_dtmf_recognition(options.operation_context("digits"))
        .await
        .unwrap();
    webhook.ok(tone(1, DtmfTone::One), "digits");
    webhook.ok(tone(3, DtmfTone::Three), "digits");
    let mut tones = started.tones().unwrap();
    webhook.ok(tone(2, DtmfTone::Two), "digits");
    webhook.ok(tone(1, DtmfTone::Eight), "somebody else's");
    for expected in [DtmfTone::One, DtmfTone::Two, DtmfTone::Three] {
        assert_eq!(tones.next().await.unwrap().tone, Some(expected));
    }
    let stopped = started.stop().await.unwrap();
    webhook.ok(ContinuousDtmfRecognitionStopped::new(), "digits");
    stopped.outcome().await.unwrap();
    tokio::time::pause();
    assert_eq!(tones.next().await, None);
    assert_eq!(tones.missed(), 0);
    // The stream can be had again.
    assert_eq!(started.tones().unwrap().count().await, 3);
}

/// A roster that shows the caller on hold or not.
fn roster(sequence_number: i32, on_hold: bool) -> ParticipantsUpdated {
    ParticipantsUpdated::new()
        .sequence_number(sequence_number)
        .participants([CallParticipant::new(caller()).on_hold(on_hold)])
}

#[tokio::test]
async fn hold_and_its_end_show_in_the_roster() {
    let server = done_at_once().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let ok = || ResultInformation::of(200, 0, "");
    webhook.post(roster(1, false), None, ok());
    let held = media.hold(caller()).await.unwrap();
    webhook.post(roster(3, true), None, ok());
    held.outcome().await.unwrap();

    let free = media.unhold(caller()).await.unwrap();
    // From before the hold, delivered late.
    webhook.post(roster(2, false), None, ok());
    let timed_out = free
        .outcome()
        .timeout(std::time::Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(timed_out.kind(), ErrorKind::Timeout);
    webhook.post(roster(4, false), None, ok());
    assert_eq!(free.outcome().await.unwrap().sequence_number, 4);

    let failing = media.hold(caller()).await.unwrap();
    webhook.post(
        HoldFailed::new(),
        Some(failing.operation_context().as_str()),
        ResultInformation::of(400, 8535, "Action failed, file format is invalid."),
    );
    let error = failing.outcome().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::InvalidFileFormat));
}

#[tokio::test]
async fn transcription_is_started_updated_and_stopped() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let started = media
        .start_transcription(StartTranscriptionOptions::new())
        .await
        .unwrap();
    let context = started.operation_context().as_str();
    webhook.ok(TranscriptionStarted::new(), context);
    started.outcome().await.unwrap();
    // An update is reported with the context of the start.
    for _ in 0..2 {
        let updated = media.update_transcription("de-DE").await.unwrap();
        let early = updated.outcome().timeout(std::time::Duration::ZERO).await;
        assert_eq!(early.unwrap_err().kind(), ErrorKind::Timeout);
        webhook.ok(TranscriptionUpdated::new(), context);
        updated.outcome().await.unwrap();
    }
    let stopped = media
        .stop_transcription(StopTranscriptionOptions::new())
        .await
        .unwrap();
    webhook.ok(TranscriptionStopped::new(), stopped.operation_context().as_str());
    stopped.outcome().await.unwrap();

    let again = media
        .start_transcription(StartTranscriptionOptions::new())
        .await
        .unwrap();
    webhook.post(
        TranscriptionFailed::new(),
        Some(again.operation_context().as_str()),
        ResultInformation::of(400, 8581, "Action failed."),
    );
    let error = again.outcome().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::InvalidStreamUrl));
}

#[tokio::test]
async fn media_streaming_is_started_and_stopped() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let media = media(&webhook, &server);
    let started = media
        .start_media_streaming(StartMediaStreamingOptions::new())
        .await
        .unwrap();
    webhook.ok(MediaStreamingStarted::new(), started.operation_context().as_str());
    started.outcome().await.unwrap();
    let stopped = media
        .stop_media_streaming(StopMediaStreamingOptions::new())
        .await
        .unwrap();
    webhook.ok(MediaStreamingStopped::new(), stopped.operation_context().as_str());
    stopped.outcome().await.unwrap();
    let again = media
        .start_media_streaming(StartMediaStreamingOptions::new())
        .await
        .unwrap();
    let unreachable = ResultInformation::of(400, 8581, "Action failed, Transport url is not valid.");
    webhook.post(MediaStreamingFailed::new(), None, unreachable);
    let error = again.outcome().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::InvalidStreamUrl));
}

#[tokio::test]
async fn the_end_of_the_call_ends_waits_and_tones() {
    let (accepting, at_once) = (accepting().await, done_at_once().await);
    let mut webhook = Webhook::new();
    let media = media(&webhook, &accepting);
    let played = media.play_to_all(file()).await.unwrap();
    let asked = media
        .recognize(RecognizeDtmfOptions::new(caller(), 1))
        .await
        .unwrap();
    let updated = media.update_transcription("en-GB").await.unwrap();
    let at_once = self::media(&webhook, &at_once);
    let held = at_once.hold(caller()).await.unwrap();
    let started = at_once.start_continuous_dtmf_recognition(caller()).await.unwrap();
    let tones = started.tones().unwrap();
    webhook.post(
        CallDisconnected::new(),
        None,
        ResultInformation::of(200, 7000, "The conversation has ended."),
    );
    tokio::time::pause();
    for error in [
        played.outcome().await.unwrap_err(),
        played.started().await.unwrap_err(),
        asked.outcome().await.unwrap_err(),
        updated.outcome().await.unwrap_err(),
        held.outcome().await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.sub_code()),
            (ErrorKind::CallEnded, Some(7000))
        );
    }
    assert_eq!(tones.count().await, 0);
}

#[tokio::test]
async fn without_an_event_hub_no_media_wait_hangs() {
    let (accepting, at_once) = (accepting().await, done_at_once().await);
    let media = accepting.client().call_media("call");
    let played = media.play_to_all(file()).await.unwrap();
    let at_once = at_once.client().call_media("call");
    let held = at_once.hold(caller()).await.unwrap();
    let started = at_once.start_continuous_dtmf_recognition(caller()).await.unwrap();
    for error in [
        played.outcome().await.unwrap_err(),
        played.started().await.unwrap_err(),
        held.outcome().await.unwrap_err(),
        started.tones().map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NoEventHub);
        assert_eq!((error.reason(), error.failed_play_source_index()), (None, None));
    }
}
