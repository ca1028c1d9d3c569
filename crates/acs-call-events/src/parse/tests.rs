//! Bodies as they might come.

use proptest::prelude::*;

use super::*;
use crate::data::{CallConnected, EventData, ParticipantsUpdated};

fn one(body: &str) -> CallEvent {
    let batch = parse_callback(body.as_bytes()).unwrap();
    assert_eq!(batch.bad_elements.len(), 0, "{:?}", batch.bad_elements);
    assert_eq!(batch.events.len(), 1);
    batch.events.into_iter().next().unwrap()
}

#[test]
fn a_mark_and_space_around_the_batch_are_tolerated() {
    let body = "\u{feff} \r\n[ {\"id\":\"1\",\"type\":\"Microsoft.Communication.CallConnected\"} ]\n";
    assert!(one(body).is_kind::<CallConnected>());
}

#[test]
fn a_member_that_comes_twice_counts_once_and_the_last_one_counts() {
    let event = one(r#"{"id":"1","type":"Microsoft.Communication.ParticipantsUpdated",
        "data":{"sequenceNumber":2,"sequenceNumber":5,"callConnectionId":"c"}}"#);
    assert_eq!(event.as_kind::<ParticipantsUpdated>().unwrap().sequence_number, 5);
}

#[test]
fn the_type_may_stand_behind_the_data() {
    let event = one(r#"{"data":{"sequenceNumber":3,"callConnectionId":"c"},"id":"1",
        "type":"Microsoft.Communication.ParticipantsUpdated"}"#);
    assert_eq!(event.as_kind::<ParticipantsUpdated>().unwrap().sequence_number, 3);
    assert_eq!(event.call_connection_id().unwrap(), &"c");
}

#[test]
fn an_odd_time_does_not_lose_the_event() {
    for time in ["null", "\"\"", "\"yesterday\"", "\"2025-03-05\""] {
        let event = one(&format!(
            r#"{{"id":"1","type":"Microsoft.Communication.CallConnected","time":{time}}}"#
        ));
        assert_eq!(event.time(), None);
        assert!(event.raw().contains(time));
    }
}

#[test]
fn an_unknown_type_keeps_its_text_and_its_ids() {
    let text = r#"{"id":"1", "source":"calling/callConnections/c","type":"Microsoft.Communication.HologramStarted",
        "data": { "operationContext":"x", "depth": 1.50 }}"#;
    let event = one(text);
    let EventData::Unknown(unknown) = event.data() else {
        panic!("known: {event:?}");
    };
    assert_eq!(unknown.event_type(), "Microsoft.Communication.HologramStarted");
    assert_eq!(
        unknown.data().unwrap().get(),
        r#"{ "operationContext":"x", "depth": 1.50 }"#
    );
    assert_eq!(event.raw(), text);
    assert_eq!(event.call_connection_id().unwrap(), &"c");
    assert_eq!(event.operation_context().unwrap(), &"x");
}

#[test]
fn the_data_of_an_unknown_type_may_be_anything() {
    for data in ["null", "7", "[1,2]", "\"text\"", "{\"callConnectionId\":9}"] {
        let event = one(&format!(r#"{{"id":"1","type":"Other.Thing","data":{data}}}"#));
        assert!(matches!(event.data(), EventData::Unknown(_)));
    }
}

#[test]
fn unknown_members_can_be_reached_at_every_depth() {
    let text = r#"{"id":"1","source":"s","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c",
        "resultInformation":{"code":200,"subCode":0,"message":"","severity":"low"}},"time":"2025-03-05T08:58:50+00:00","subject":"s"}"#;
    let event = one(text);
    assert_eq!(event.raw(), text);
    let result: serde_json::Value = event.member("resultInformation").unwrap().unwrap();
    assert_eq!(result["severity"], "low");
    assert_eq!(event.member::<String>("dialogId").unwrap(), None);
    assert!(event.member::<i32>("callConnectionId").is_err());
}

#[test]
fn null_is_as_good_as_absent() {
    let event = one(
        r#"{"id":"1","type":"Microsoft.Communication.ParticipantsUpdated","subject":null,
        "data":{"participants":null,"sequenceNumber":null,"operationContext":null,"resultInformation":null}}"#,
    );
    assert!(
        event
            .as_kind::<ParticipantsUpdated>()
            .unwrap()
            .participants
            .is_empty()
    );
    assert!(event.result_information().is_none());
}

#[test]
fn bad_elements_fail_alone_and_are_reported_where_they_stand() {
    let good = r#"{"id":"1","type":"Microsoft.Communication.CallConnected","data":{}}"#;
    let bad = [
        "7",
        "null",
        r#"{"type":"Microsoft.Communication.CallConnected"}"#,
        r#"{"id":"2"}"#,
        r#"{"id":"3","type":"Microsoft.Communication.ParticipantsUpdated","data":{"sequenceNumber":"x"}}"#,
        r#"{"id":"4","type":"Microsoft.Communication.CallConnected","data":"x"}"#,
    ];
    for bad in bad {
        let batch = parse_callback(format!("[{good}, {bad} ,{good}]").as_bytes()).unwrap();
        assert_eq!(batch.events.len(), 2, "{bad}");
        assert_eq!(batch.bad_elements.len(), 1, "{bad}");
        assert_eq!(batch.bad_elements[0].position, 1);
        assert_eq!(&*batch.bad_elements[0].raw, bad);
        assert_eq!(batch.bad_elements[0].error.kind(), ErrorKind::InvalidEvent);
    }
}

#[test]
fn what_stands_before_a_break_is_read() {
    let good = r#"{"id":"1","type":"Microsoft.Communication.CallConnected","data":{}}"#;
    for rest in ["", ",", ",{\"id\":", " x]", "] x", ", ]", "}"] {
        let batch = parse_callback(format!("[{good}{rest}").as_bytes()).unwrap();
        assert_eq!(batch.events.len(), 1, "{rest:?}");
        assert_eq!(batch.bad_elements.len(), 1, "{rest:?}");
        assert_eq!(batch.bad_elements[0].position, 1, "{rest:?}");
    }
}

#[test]
fn a_batch_of_rubbish_is_not_reported_at_length() {
    let body = format!("[{}7]", "7,".repeat(100_000));
    let batch = parse_callback(body.as_bytes()).unwrap();
    assert_eq!(batch.bad_elements.len(), 101);
    assert!(batch.bad_elements[100].raw.len() > 199_000);
}

#[test]
fn an_event_comes_back_from_its_own_text() {
    let event = one(
        r#"{"id":"1","source":"calling/callConnections/c","type":"Microsoft.Communication.CallConnected",
        "data":{"callConnectionId":"c","version":"2026-03-12"},"time":"2025-03-05T08:58:50+00:00","specversion":"1.0",
        "datacontenttype":"application/json","subject":"calling/callConnections/c"}"#,
    );
    assert!(
        matches!(event.raw(), std::borrow::Cow::Owned(_)),
        "nothing is odd about it"
    );
    assert_eq!(CallEvent::from_json(&event.raw()).unwrap(), event);
    assert_eq!(
        CallEvent::from_json("7").unwrap_err().kind(),
        ErrorKind::InvalidEvent
    );
}

#[test]
fn an_empty_id_is_no_id() {
    let body = r#"{"id":"","type":"Microsoft.Communication.CallConnected","data":{}}"#;
    assert_eq!(parse_callback(body.as_bytes()).unwrap().bad_elements.len(), 1);
}

#[test]
fn a_body_that_is_no_batch_at_all_is_an_error() {
    for body in [
        &b""[..],
        b"  ",
        b"7",
        b"null",
        b"\"x\"",
        b"event",
        b"\xff\xfe[",
        b"\xef\xbb\xbf",
    ] {
        let error = parse_callback(body).unwrap_err();
        assert!(error.is_unreadable_body(), "{body:?}");
    }
    assert!(parse_callback(b"[]").unwrap().events.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_callback(&body);
    }

    #[test]
    fn no_damage_to_a_batch_makes_the_parser_panic_or_lose_the_first_event(
        cut in 100_usize..300,
        junk in "[\\[\\]{}\",:a-z0-9 ]{0,20}",
    ) {
        let good = r#"{"id":"1","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"}}"#;
        let text = format!("[{good},{good},{good}]");
        let cut = cut.min(text.len());
        let damaged = format!("{}{junk}", &text[..cut]);
        let batch = parse_callback(damaged.as_bytes()).unwrap();
        prop_assert!(!batch.events.is_empty());
    }
}
