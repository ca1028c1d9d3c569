//! What is packed comes back as it was.

use acs_common::CommunicationIdentifier;
use proptest::prelude::*;

use super::*;
use crate::ResultInformation;
use crate::data::{
    AddParticipantSucceeded, CallConnected, CallParticipant, DtmfResult, ParticipantsUpdated, PlayFailed,
    RecognizeCompleted,
};
use crate::parse_callback;

fn check(events: &[CallEvent]) -> Packed {
    let ids = Arc::clone(events[0].ids());
    let mut packed = Packed::default();
    let (first, second) = events.split_at(events.len() / 2);
    assert!(packed.extend(&ids, first.iter()));
    assert!(packed.extend(&ids, second.iter()));
    assert_eq!(packed.len(), events.len());
    let back: Vec<_> = packed.iter(&ids).collect();
    assert_eq!(back.len(), events.len());
    for (event, back) in events.iter().zip(&back) {
        assert_eq!(
            (back.id(), back.data(), back.time()),
            (event.id(), event.data(), event.time())
        );
        // Equality of identifiers goes by the raw id; the text tells every difference.
        assert_eq!(back.raw(), event.raw());
        assert!(packed.has(event.event_id()));
    }
    assert!(!packed.has(&EventId::new("never seen")));
    packed
}

fn built(id: &str, data: impl Into<EventData>) -> CallEvent {
    CallEvent::builder(id, data)
        .call_connection_id("401f0b00-7f80-4a99-8308-2a21b5b4d6d2")
        .server_call_id("aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tLw==")
        .correlation_id("5b0d0522-cf48-4bf7-9ab4-9a1ec1d9ffa6")
        .build()
}

#[test]
fn every_form_of_data_comes_back() {
    let user = CommunicationIdentifier::user("8:acs:resource_user");
    let phone = CommunicationIdentifier::phone("+16045550100");
    check(&[
        built("8ad79a5f-8546-4298-be3b-30ed6c5b9b3c", CallConnected::new()),
        built("UPPER-CASE", PlayFailed::new()),
        built("with index", PlayFailed::new().failed_play_source_index(2)),
        built(
            "roster",
            ParticipantsUpdated::new()
                .participants(vec![
                    CallParticipant::new(user.clone()).muted(true),
                    CallParticipant::new(phone.clone()).on_hold(true),
                ])
                .sequence_number(7),
        ),
        built("empty roster", ParticipantsUpdated::new()),
        built(
            "other kinds",
            ParticipantsUpdated::new().participants(vec![
                CallParticipant::new(CommunicationIdentifier::from_raw_id("8:orgid:someone")),
                CallParticipant::new(CommunicationIdentifier::from_raw_id("48:bot")),
            ]),
        ),
        built("added", AddParticipantSucceeded::new().participant(phone)),
        built(
            "recognized",
            RecognizeCompleted::new().dtmf_result(DtmfResult::new()),
        ),
    ]);
}

#[test]
fn an_identifier_that_says_more_than_its_raw_id_is_not_cut_down_to_it() {
    let body = |phone: &str| {
        format!(
            r#"{{"id":"1","source":"calling/callConnections/c","type":"Microsoft.Communication.ParticipantsUpdated","data":{{"participants":[{{"identifier":{{"rawId":"4:+1","kind":"phoneNumber","phoneNumber":{phone}}},"isMuted":false,"isOnHold":false}}],"sequenceNumber":1,"callConnectionId":"c","version":"2026-03-12","publicEventType":"Microsoft.Communication.ParticipantsUpdated"}},"time":"2026-02-26T22:41:48+00:00","specversion":"1.0","datacontenttype":"application/json","subject":"calling/callConnections/c"}}"#
        )
    };
    for phone in [
        r#"{"value":"+1"}"#,
        r#"{"value":"+1","isAnonymous":false}"#,
        r#"{"value":"+2"}"#,
        r#"{"value":"+1","assertedId":"x"}"#,
    ] {
        check(&parse_callback(body(phone).as_bytes()).unwrap().events);
    }
}

#[test]
fn what_is_unusual_is_kept_whole() {
    let texts = [
        r#"{"id":"1","type":"Microsoft.Communication.HologramStarted","data":{"callConnectionId":"c","depth":1}}"#,
        r#"{"id":"2","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c","more":[1]}}"#,
        r#"{"id":"3","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"},"time":"soon"}"#,
    ];
    let events: Vec<_> = texts
        .iter()
        .map(|text| CallEvent::from_json(text).unwrap())
        .collect();
    check(&events);
    let failed = CallEvent::builder("other", CallConnected::new())
        .call_connection_id("401f0b00-7f80-4a99-8308-2a21b5b4d6d2")
        .result_information(ResultInformation::of(487, 10004, "nobody"))
        .build();
    check(&[failed]);
}

#[test]
fn what_could_not_be_read_back_is_not_packed_and_nothing_with_it() {
    let failed = ResultInformation::of(487, 10004, "nobody");
    let without_id = CallEvent::builder("", CallConnected::new())
        .call_connection_id("c")
        .result_information(failed)
        .build();
    let fine = CallEvent::builder("1", CallConnected::new())
        .call_connection_id("c")
        .build();
    let mut packed = Packed::default();
    assert!(packed.extend(fine.ids(), std::iter::once(&fine)));
    assert!(!packed.extend(fine.ids(), [fine.clone(), without_id].iter()));
    assert_eq!(packed.len(), 1);
    assert_eq!(packed.iter(fine.ids()).count(), 1);
}

#[test]
fn three_usual_events_take_little() {
    let roster = ParticipantsUpdated::new().participants(vec![CallParticipant::new(
        CommunicationIdentifier::phone("+16045550100"),
    )]);
    let packed = check(&[
        built("8ad79a5f-8546-4298-be3b-30ed6c5b9b3c", roster),
        built("8ad79a5f-8546-4298-be3b-30ed6c5b9b3d", CallConnected::new()),
        built("8ad79a5f-8546-4298-be3b-30ed6c5b9b3e", CallConnected::new()),
    ]);
    assert!(packed.records.len() < 120, "{}", packed.records.len());
}

proptest! {
    #[test]
    fn any_texts_and_times_come_back(
        id in ".{1,60}", context in proptest::option::of(".{0,300}"), code in 0..700, time in any::<i64>(),
    ) {
        let event = CallEvent::builder(&id, CallConnected::new())
            .call_connection_id("c")
            .operation_context(context.map(OperationContext::from))
            .result_information(ResultInformation::of(code, 0, ""))
            .time(DateTime::from_timestamp_nanos(time))
            .build();
        check(&[event]);
    }
}
