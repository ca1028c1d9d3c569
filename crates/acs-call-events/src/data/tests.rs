//! Every type, written and read.

use acs_common::enums::{
    DtmfTone, MediaStreamingStatus, RecognitionType, RecordingState, TranscriptionStatusDetails,
};
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, InvitationId, OperationContext, RecordingId,
    ServerCallId,
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::{CallEvent, DiagnosticInfo, ResultInformation, parse_callback};

#[test]
fn every_type_of_the_api_version_is_there_and_is_read_without_any_data() {
    assert_eq!(EventData::KNOWN_TYPES.len(), 38);
    for event_type in EventData::KNOWN_TYPES {
        for data in ["", r#","data":null"#, r#","data":{}"#] {
            let text = format!(r#"{{"id":"1","source":"s","type":"{event_type}"{data}}}"#);
            let event = parse_callback(text.as_bytes()).unwrap().events.remove(0);
            assert_eq!(event.event_type(), *event_type);
            assert!(!matches!(event.data(), EventData::Unknown(_)), "{event_type}");
            assert_eq!(event.data(), &EventData::empty(event_type).unwrap());
            assert_eq!(event.raw(), text);
        }
    }
}

#[test]
fn names_are_exact() {
    for name in [
        "Microsoft.Communication.callConnected",
        "Microsoft.Communication.CallConnectedX",
        "CallConnected",
        "Microsoft.Communication.",
    ] {
        assert!(!EventData::is_known_type(name), "{name}");
        assert!(EventData::empty(name).is_none());
    }
}

fn identifier() -> impl Strategy<Value = CommunicationIdentifier> {
    prop_oneof![
        "8:acs:[a-f0-9]{4}_[a-f0-9]{4}".prop_map(CommunicationIdentifier::user),
        "\\+[1-9][0-9]{6,10}".prop_map(CommunicationIdentifier::phone),
        "48:[a-z]{1,8}".prop_map(|id| CommunicationIdentifier::from_raw_id(&id)),
    ]
}

fn participants() -> impl Strategy<Value = Vec<CallParticipant>> {
    let one = (identifier(), any::<bool>(), any::<bool>())
        .prop_map(|(who, muted, held)| CallParticipant::new(who).muted(muted).on_hold(held));
    prop::collection::vec(one, 0..4)
}

/// Data of every shape there is, filled with anything, and every type without.
fn data() -> impl Strategy<Value = EventData> {
    let empty = prop::sample::select(EventData::KNOWN_TYPES)
        .prop_map(|event_type| EventData::empty(event_type).unwrap());
    let text = "\\PC{0,12}";
    prop_oneof![
        3 => empty,
        1 => (participants(), any::<i32>()).prop_map(|(participants, number)| {
            ParticipantsUpdated::new().participants(participants).sequence_number(number).into()
        }),
        1 => (identifier(), text).prop_map(|(who, from)| {
            MoveParticipantFailed::new().participant(who).from_call(CallConnectionId::from(from)).into()
        }),
        1 => (identifier(), identifier()).prop_map(|(target, transferee)| {
            CallTransferAccepted::new().transfer_target(target).transferee(transferee).into()
        }),
        1 => text.prop_map(|id| {
            CancelAddParticipantFailed::new().invitation_id(InvitationId::from(id)).into()
        }),
        1 => any::<i32>().prop_map(|index| PlayFailed::new().failed_play_source_index(index).into()),
        1 => (text, text, 0.0..1.0_f64).prop_map(|(kind, label, confidence)| {
            RecognizeCompleted::new()
                .recognition_type(RecognitionType::from(kind))
                .choice_result(ChoiceResult::new().label(label.clone()).confidence(confidence))
                .speech_result(SpeechResult::new().speech(label))
                .into()
        }),
        1 => prop::collection::vec(text, 0..4).prop_map(|tones| {
            let tones: Vec<_> = tones.into_iter().map(DtmfTone::from).collect();
            RecognizeCompleted::new().dtmf_result(DtmfResult::new().tones(tones)).into()
        }),
        1 => (any::<i32>(), text).prop_map(|(number, tone)| {
            ContinuousDtmfRecognitionToneReceived::new()
                .sequence_id(number)
                .tone(DtmfTone::from(tone))
                .into()
        }),
        1 => (text, text, time()).prop_map(|(id, state, start)| {
            RecordingStateChanged::new()
                .recording_id(RecordingId::from(id))
                .state(RecordingState::from(state))
                .start_date_time(start)
                .into()
        }),
        1 => text.prop_map(|details| {
            TranscriptionFailed::new()
                .transcription_update(
                    TranscriptionUpdate::new()
                        .transcription_status_details(TranscriptionStatusDetails::from(details)),
                )
                .into()
        }),
        1 => text.prop_map(|status| {
            MediaStreamingStopped::new()
                .media_streaming_update(
                    MediaStreamingUpdate::new()
                        .media_streaming_status(MediaStreamingStatus::from(status)),
                )
                .into()
        }),
    ]
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_000_000_000_i64..250_000_000_000, 0_u32..1_000_000_000)
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
}

fn result() -> impl Strategy<Value = ResultInformation> {
    (any::<i32>(), any::<i32>(), "\\PC{0,30}", any::<bool>()).prop_map(|(code, sub_code, message, sip)| {
        let details = sip.then(|| DiagnosticInfo::new().code(code).message(message.clone()));
        ResultInformation::of(code, sub_code, message).sip_details(details)
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        data in data(),
        id in "\\PC{1,10}",
        call in "\\PC{1,10}",
        context in prop::option::of("\\PC{0,10}"),
        result in prop::option::of(result()),
        time in time(),
    ) {
        let mut builder = CallEvent::builder(id, data)
            .call_connection_id(call)
            .server_call_id(ServerCallId::from("s/+=="))
            .correlation_id(CorrelationId::from("c"))
            .operation_context(context.map(OperationContext::from))
            .time(time);
        if let Some(result) = result {
            builder = builder.result_information(result);
        }
        let event = builder.build();
        let text = event.raw().into_owned();
        let batch = parse_callback(text.as_bytes()).unwrap();
        prop_assert!(batch.bad_elements.is_empty(), "{:?} in {}", batch.bad_elements, text);
        prop_assert_eq!(&batch.events[0], &event);
        prop_assert_eq!(batch.events[0].raw(), text);
    }

    #[test]
    fn whatever_the_data_is_the_parser_reads_or_refuses_it(
        event_type in prop::sample::select(EventData::KNOWN_TYPES),
        member in prop::sample::select(vec![
            "participants", "participant", "sequenceNumber", "resultInformation", "startDateTime",
            "dtmfResult", "transcriptionUpdate", "operationContext", "version", "state", "transferTarget",
        ]),
        value in prop::sample::select(vec![
            "null", "1", "-1.5", "1e99", "true", "\"x\"", "[]", "[null]", "[{}]", "[[]]", "{}",
            "{\"identifier\":{\"rawId\":\"8:acs:a\"},\"code\":1,\"tones\":[\"x\"]}",
            "[{\"identifier\":{\"rawId\":\"8:acs:a\"},\"isMuted\":null}]",
        ]),
    ) {
        let text = format!(
            r#"{{"id":"1","source":"calling/callConnections/c","type":"{event_type}","data":{{"{member}":{value}}}}}"#
        );
        let batch = parse_callback(format!("[{text}]").as_bytes()).unwrap();
        match (batch.events.first(), batch.bad_elements.first()) {
            (Some(event), None) => {
                prop_assert_eq!(event.event_type(), event_type);
                prop_assert_eq!(event.call_connection_id().unwrap(), &"c");
                // Nothing is lost, whether or not it was understood.
                let kept: Option<serde_json::Value> = event.member(member).unwrap();
                let sent: Option<serde_json::Value> = serde_json::from_str(value).unwrap();
                prop_assert_eq!(kept, sent);
            }
            (None, Some(bad)) => prop_assert_eq!(&*bad.raw, &text),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
