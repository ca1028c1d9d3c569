//! Audio to the application's WebSocket.

use super::recordings::{Role, compare, two};
use super::*;

fn options(start: bool) -> MediaStreamingOptions {
    MediaStreamingOptions {
        start,
        bidirectional: true,
        dtmf_tones: true,
        ..MediaStreamingOptions::new("wss://app.example/media?key=hunter2")
    }
}

pub(super) fn control(leg: &CallConnectionId, context: &str) -> ControlStream {
    ControlStream {
        connection: leg.clone(),
        operation_context: Some(context.into()),
        operation_callback_uri: None,
    }
}

fn start(leg: &CallConnectionId) -> Command {
    Command::StartMediaStreaming(control(leg, "start"))
}

fn stop(leg: &CallConnectionId) -> Command {
    Command::StopMediaStreaming(control(leg, "stop"))
}

/// A call with a user that answers by itself.
fn call(
    lab: &mut Lab,
    options: Option<MediaStreamingOptions>,
    to: &[CommunicationIdentifier],
) -> CallConnectionId {
    let command = CreateCall {
        media_streaming: options,
        ..creation(ALICE, to)
    };
    Lab::connection(&lab.send(Command::CreateCall(command)))
}

fn lab() -> Lab {
    Lab::with(|config| config.users = UsersMode::Answer)
}

fn subscription(lab: &mut Lab, leg: &CallConnectionId) -> Value {
    let reply = lab.try_only(Command::GetCall(leg.clone())).unwrap();
    Lab::body(&reply)["mediaStreamingSubscription"].clone()
}

/// The key of the latest connection.
pub(super) fn latest(lab: &Lab) -> StreamKey {
    let opened = lab.streams.iter().rev().find_map(|order| match order {
        StreamOrder::Open(open) => Some(open.key),
        _ => None,
    });
    opened.unwrap()
}

fn news(lab: &mut Lab, news: StreamNews) {
    let key = latest(lab);
    lab.send(Command::StreamNews { key, news });
}

/// What the host was told since the last time, in short.
fn orders(lab: &mut Lab) -> Vec<String> {
    let short = |order: StreamOrder| match order {
        StreamOrder::Open(_) => "open".to_owned(),
        StreamOrder::Close(_) => "close".to_owned(),
        StreamOrder::Retune { locale, .. } => format!("in {locale}"),
        StreamOrder::Voices { voices, .. } => format!("voices {}", voices.join(" ")),
    };
    lab.streams.drain(..).map(short).collect()
}

fn details(lab: &Lab) -> Value {
    let event = serde_json::to_value(&lab.events.last().unwrap().event).unwrap();
    event["data"]["mediaStreamingUpdate"]["mediaStreamingStatusDetails"].clone()
}

#[test]
fn a_stream_is_set_up_started_and_stopped() {
    let mut lab = lab();
    let leg = call(&mut lab, Some(options(false)), &[user(BOB)]);
    let before = subscription(&mut lab, &leg);
    assert_eq!(before["state"], "inactive");
    assert_eq!(before["subscribedContentTypes"], serde_json::json!(["audio"]));
    assert!(orders(&mut lab).is_empty());
    lab.told();
    lab.send(start(&leg));
    assert_eq!(lab.told_to(&leg), ["MediaStreamingStarted"]);
    assert_eq!(orders(&mut lab), ["open".to_owned(), format!("voices {BOB}")]);
    let active = subscription(&mut lab, &leg);
    assert_eq!(
        (&active["state"], &active["id"]),
        (&"active".into(), &before["id"])
    );
    lab.send(stop(&leg));
    assert_eq!(lab.events[0].event.operation_context, Some("stop".into()));
    assert_eq!(lab.told_to(&leg), ["MediaStreamingStopped"]);
    assert_eq!(orders(&mut lab), ["close"]);
    // And once more, under the same subscription.
    lab.send(start(&leg));
    assert_eq!(subscription(&mut lab, &leg), active);
    lab.send(Command::HangUp(leg));
    assert_eq!(orders(&mut lab).last().unwrap(), "close");
    lab.assert_empty();
}

#[test]
fn what_was_not_set_up_or_does_not_run_is_refused() {
    let mut lab = lab();
    let leg = call(&mut lab, None, &[user(BOB)]);
    assert_eq!(
        subscription(&mut lab, &leg),
        serde_json::json!({"state": "disabled"})
    );
    for command in [start(&leg), stop(&leg)] {
        let refused = lab.try_send(command).unwrap_err();
        assert_eq!((refused.status, &*refused.code), (405, "8522"));
    }
    let leg = call(&mut lab, Some(options(false)), &[user(CAROL)]);
    let wrong_state = |lab: &mut Lab, command| {
        let refused = lab.try_only(command).unwrap_err();
        assert_eq!((refused.status, &*refused.code), (400, "8585"));
    };
    wrong_state(&mut lab, stop(&leg));
    lab.try_only(start(&leg)).unwrap();
    wrong_state(&mut lab, start(&leg));
    lab.wait(Duration::ZERO);
    wrong_state(&mut lab, start(&leg));
    let mut bad = control(&leg, "bad");
    bad.operation_callback_uri = Some("nowhere".to_owned());
    assert!(lab.try_send(Command::StopMediaStreaming(bad)).is_err());
}

#[test]
fn streaming_begins_with_the_call_where_that_is_wanted() {
    let mut lab = lab();
    let leg = call(&mut lab, Some(options(true)), &[user(BOB)]);
    assert_eq!(
        lab.events.last().unwrap().event.operation_context,
        Some("create".into())
    );
    assert_eq!(
        lab.told_to(&leg),
        ["ParticipantsUpdated", "CallConnected", "MediaStreamingStarted"]
    );
}

#[test]
fn an_address_that_nobody_answers_at_fails_right_after_the_call_is_connected() {
    let mut lab = lab();
    lab.sockets = Some(StreamNews::Unreachable);
    let leg = call(&mut lab, Some(options(true)), &[user(BOB)]);
    assert_eq!(details(&lab), "initialWebSocketConnectionFailed");
    assert_eq!(
        lab.told_to(&leg),
        [
            "ParticipantsUpdated",
            "CallConnected",
            "MediaStreamingFailed 400/8581"
        ]
    );
    assert_eq!(subscription(&mut lab, &leg)["state"], "inactive");
    let mut without = options(false);
    without.transport_url = Some(" ".to_owned());
    let leg = call(&mut lab, Some(without), &[user(CAROL)]);
    lab.told();
    lab.send(start(&leg));
    assert_eq!(details(&lab), "streamUrlMissing");
    assert_eq!(lab.told_to(&leg), ["MediaStreamingFailed 400/8581"]);
}

#[test]
fn a_connection_that_breaks_is_told_by_its_end() {
    for (end, told, details_told, state) in [
        (
            StreamNews::Reestablished,
            "MediaStreamingStarted",
            "streamConnectionReestablished",
            "active",
        ),
        (
            StreamNews::Lost,
            "MediaStreamingFailed 500/8603",
            "streamConnectionUnsuccessful",
            "inactive",
        ),
        (
            StreamNews::Broken,
            "MediaStreamingFailed 500/8603",
            "streamConnectionInterrupted",
            "inactive",
        ),
    ] {
        let mut lab = lab();
        let leg = call(&mut lab, Some(options(true)), &[user(BOB)]);
        lab.told();
        news(&mut lab, StreamNews::Interrupted);
        assert!(lab.events.is_empty());
        assert_eq!(subscription(&mut lab, &leg)["state"], "active");
        news(&mut lab, end);
        assert_eq!(details(&lab), details_told);
        assert_eq!(lab.events[0].event.operation_context, Some("create".into()));
        assert_eq!(lab.told_to(&leg), [told]);
        assert_eq!(subscription(&mut lab, &leg)["state"], state);
        lab.send(Command::HangUp(leg));
        lab.told();
        // Too late to matter to anybody.
        news(&mut lab, StreamNews::Lost);
        assert!(lab.events.is_empty());
        lab.assert_empty();
    }
}

#[test]
fn a_stop_overtakes_an_opening() {
    let mut lab = lab();
    lab.sockets = None;
    let leg = call(&mut lab, Some(options(true)), &[user(BOB)]);
    lab.told();
    lab.send(stop(&leg));
    assert_eq!(
        lab.told_to(&leg),
        ["MediaStreamingFailed 500/8604", "MediaStreamingStopped"]
    );
    news(&mut lab, StreamNews::Opened);
    assert!(lab.events.is_empty());
    assert_eq!(subscription(&mut lab, &leg)["state"], "inactive");
}

#[test]
fn whatever_happens_before_it_is_carried_out_every_operation_is_told_its_end() {
    let mut lab = Lab::with(|config| {
        config.users = UsersMode::Answer;
        config.latency = Latency::Fixed(Duration::from_secs(1));
    });
    lab.sockets = None;
    let leg = call(&mut lab, Some(options(false)), &[user(BOB)]);
    lab.wait(Duration::from_secs(10));
    lab.told();
    // A stop overtaken by the failure of what it was to stop.
    lab.try_only(start(&leg)).unwrap();
    lab.wait(Duration::from_secs(1));
    lab.try_only(stop(&leg)).unwrap();
    news(&mut lab, StreamNews::Unreachable);
    lab.wait(Duration::from_secs(1));
    assert_eq!(
        lab.told_to(&leg),
        ["MediaStreamingFailed 400/8581", "MediaStreamingStopped"]
    );
    // A start that is opening when the stop comes.
    lab.try_only(start(&leg)).unwrap();
    lab.try_only(stop(&leg)).unwrap();
    lab.wait(Duration::from_secs(1));
    assert_eq!(
        lab.told_to(&leg),
        ["MediaStreamingFailed 500/8604", "MediaStreamingStopped"]
    );
    assert_eq!(subscription(&mut lab, &leg)["state"], "inactive");
}

#[test]
fn the_host_knows_who_is_heard() {
    let mut lab = lab();
    let leg = call(&mut lab, Some(options(true)), &[user(BOB)]);
    assert_eq!(orders(&mut lab), ["open".to_owned(), format!("voices {BOB}")]);
    lab.send(Command::AddParticipant(addition(&leg, user(CAROL))));
    assert_eq!(orders(&mut lab).last().unwrap(), &format!("voices {BOB} {CAROL}"));
    lab.send(Command::MuteParticipant(MuteParticipant {
        connection: leg.clone(),
        participant: user(BOB),
        operation_context: None,
    }));
    assert_eq!(orders(&mut lab), [format!("voices {CAROL}")]);
    lab.send(Command::Hold(Hold {
        connection: leg.clone(),
        participant: user(CAROL),
        source: None,
        operation_context: None,
        operation_callback_uri: None,
    }));
    assert_eq!(orders(&mut lab).last().unwrap(), "voices ");
    lab.send(Command::Unhold(Unhold {
        connection: leg.clone(),
        participant: user(CAROL),
        operation_callback_uri: None,
    }));
    assert_eq!(orders(&mut lab).last().unwrap(), &format!("voices {CAROL}"));
    // A question changes nothing.
    lab.participants(&leg);
    assert!(orders(&mut lab).is_empty());
    lab.send(removal(&leg, user(CAROL)));
    assert_eq!(orders(&mut lab).first().unwrap(), "voices ");
}

#[test]
fn secrets_in_addresses_are_not_shown() {
    let mut lab = lab();
    call(&mut lab, Some(options(true)), &[user(BOB)]);
    let shown = format!("{:?} {:?}", lab.streams, options(true));
    assert!(
        shown.contains("app.example") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn the_recorded_session_is_played_again() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, true);
    let control = ControlStream {
        connection: near.clone(),
        operation_context: None,
        operation_callback_uri: None,
    };
    lab.send(Command::StartMediaStreaming(control.clone()));
    lab.send(Command::StopMediaStreaming(control));
    lab.send(Command::HangUp(near.clone()));
    compare(
        "media-streaming.json",
        &lab,
        &[(near, Role::Ends(0)), (far, Role::Ends(1))],
        false,
    );
}
