//! Recordings of calls: states, events, refusals.

use acs_common::RecordingId;
use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat};

use super::*;

const STATES: &str = "https://app.example/recording?q=1";

pub(super) fn of(call: RecordedCall, form: RecordingForm) -> StartRecording {
    StartRecording {
        call,
        form,
        pause_on_start: false,
        state_callback_uri: Some(STATES.to_owned()),
        external_storage: None,
    }
}

pub(super) fn unmixed() -> RecordingForm {
    RecordingForm {
        content: Some(RecordingContent::Audio),
        channel: Some(RecordingChannel::Unmixed),
        format: Some(RecordingFormat::Wav),
        ..RecordingForm::default()
    }
}

pub(super) fn id_of(reply: &Reply) -> RecordingId {
    let Reply::Recording(status) = reply else { panic!() };
    status.recording_id.clone()
}

impl Lab {
    pub(super) fn record(&mut self, leg: &CallConnectionId, form: RecordingForm) -> RecordingId {
        let call = RecordedCall::Connection(leg.clone());
        let reply = self.send(Command::StartRecording(of(call, form)));
        id_of(&reply)
    }

    pub(super) fn recording_state(&mut self, id: &RecordingId) -> String {
        match self.try_only(Command::GetRecording(id.clone())) {
            Ok(reply) => Self::body(&reply)["recordingState"].as_str().unwrap().to_owned(),
            Err(error) => format!("{} {} {}", error.status, error.code, error.message),
        }
    }

    /// What was told about recordings since the last time: state and beginning.
    pub(super) fn told_of_recordings(&mut self) -> Vec<(String, String)> {
        let events = std::mem::take(&mut self.events);
        let of_recordings = events
            .into_iter()
            .filter(|callback| callback.event.kind.recording().is_some());
        of_recordings
            .map(|callback| {
                assert_eq!(&*callback.uri, STATES);
                let data = serde_json::to_value(&callback.event).unwrap()["data"].take();
                let text = |name: &str| data[name].as_str().unwrap_or("-").to_owned();
                (text("state"), text("startDateTime"))
            })
            .collect()
    }

    /// Telephones that answer, in a call of one application, which is no participant with a sound.
    pub(super) fn callees(&mut self, numbers: &[&str]) -> CallConnectionId {
        let targets: Vec<_> = numbers.iter().map(|number| phone(number)).collect();
        self.create(APP, &targets)
    }
}

#[test]
fn a_recording_goes_through_its_states() {
    let mut lab = Lab::new();
    let (leg, _) = lab.pair();
    lab.told();
    let reply = lab
        .try_only(Command::StartRecording(of(
            RecordedCall::Connection(leg.clone()),
            RecordingForm::default(),
        )))
        .unwrap();
    let body = Lab::body(&reply);
    assert_eq!(body["recordingState"], "inactive");
    assert_eq!(body["recordingKind"], "azureCommunicationServices");
    let id = id_of(&reply);
    assert!(lab.told_of_recordings().is_empty(), "the response goes first");
    lab.wait(Duration::ZERO);
    let began = "2026-03-12T10:00:00+00:00".to_owned();
    assert_eq!(
        lab.told_of_recordings(),
        [
            ("inactive".to_owned(), "0001-01-01T00:00:00+00:00".to_owned()),
            ("active".to_owned(), began.clone()),
        ]
    );
    assert_eq!(lab.recording_state(&id), "active");
    lab.wait(seconds(3));
    for (command, state) in [
        (Command::PauseRecording(id.clone()), "inactive"),
        (Command::ResumeRecording(id.clone()), "active"),
    ] {
        // A second time changes nothing and is told to nobody.
        lab.send(command.clone());
        lab.send(command);
        assert_eq!(lab.recording_state(&id), state);
        assert_eq!(lab.told_of_recordings(), [(state.to_owned(), began.clone())]);
    }
    lab.try_only(Command::StopRecording(id.clone())).unwrap();
    assert!(lab.recorded.is_empty(), "the response goes first");
    assert_eq!(lab.recording_state(&id), "404 8522 Recording not found.");
    lab.wait(Duration::ZERO);
    assert_eq!(lab.told_of_recordings(), [("inactive".to_owned(), began)]);
    assert_eq!(lab.recorded.len(), 1);
    assert_eq!(lab.recorded[0].recording_id, id);
    assert_eq!(lab.recorded[0].session_end_reason, "RecordingStopped");
    for command in [
        Command::StopRecording(id.clone()),
        Command::PauseRecording(id.clone()),
        Command::ResumeRecording(id),
    ] {
        assert_eq!(
            lab.try_send(command).unwrap_err(),
            ServiceError::recording_not_found()
        );
    }
    // The call can be recorded again, as another recording.
    let next = lab.record(&leg, RecordingForm::default());
    assert_ne!(next, lab.recorded[0].recording_id);
    lab.send(Command::Terminate(leg));
    assert_eq!(lab.recorded.len(), 2);
    lab.assert_empty();
}

#[test]
fn ids_and_events_have_the_recorded_form() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let mut lab = Lab::new();
    let (leg, _) = lab.pair();
    let id = lab.record(&leg, RecordingForm::default());
    let decoded: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(id.as_str()).unwrap()).unwrap();
    let event = &lab.events.last().unwrap().event;
    assert_eq!(decoded["PlatformEndpointId"], event.call_connection_id.as_str());
    assert_ne!(event.call_connection_id, leg);
    assert_eq!(decoded["ResourceSpecificId"].as_str().unwrap().len(), 36);
    assert!(event.operation_context.is_none());
    let call = lab.server_call_id(&leg);
    // With or without padding, which some clients add.
    let padded = RecordingId::from(format!("{id}=="));
    assert_eq!(lab.recording_state(&padded), "active");
    let event = serde_json::to_value(&lab.events.last().unwrap().event).unwrap();
    assert_eq!(
        event["source"],
        format!("calling/recordings/{call}/{id}/RecordingStateChanged")
    );
    assert_eq!(event["subject"], event["source"]);
}

#[test]
fn any_way_to_name_a_call_will_do() {
    let mut lab = Lab::new();
    let (leg, _) = lab.pair();
    let group = lab.connect(CallLocator::Group("g".to_owned()));
    let room = lab.connect(CallLocator::Room("r".to_owned()));
    let server = lab.server_call_id(&leg);
    for (locator, leg) in [
        (CallLocator::ServerCall(server), leg),
        (CallLocator::Group("g".to_owned()), group),
        (CallLocator::Room("r".to_owned()), room),
    ] {
        let call = RecordedCall::Locator(locator);
        let reply = lab.send(Command::StartRecording(of(
            call.clone(),
            RecordingForm::default(),
        )));
        assert_eq!(lab.recording_state(&id_of(&reply)), "active");
        let again = lab.try_send(Command::StartRecording(of(call, RecordingForm::default())));
        let again = again.unwrap_err();
        assert_eq!((again.status, &*again.code), (400, "8553"));
        assert_eq!(
            again.message,
            "Only one recording of a given type is supported in a call."
        );
        lab.send(Command::Terminate(leg));
    }
    lab.assert_empty();
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let mut lab = Lab::new();
    let leg = lab.create(ALICE, &[user(BOB)]);
    let ringing = lab.offers[0].data.server_call_id.clone();
    let mut refused = |call, form| {
        let error = lab.try_send(Command::StartRecording(of(call, form))).unwrap_err();
        (error.status, error.code.into_owned())
    };
    let server = |id: &str| RecordedCall::Locator(CallLocator::ServerCall(id.into()));
    let plain = RecordingForm::default;
    let code = |status, code: &str| (status, code.to_owned());
    assert_eq!(refused(server("no base64!"), plain()), code(400, "8527"));
    // "hello", which is no address.
    assert_eq!(refused(server("aGVsbG8="), plain()), code(400, "8527"));
    // An address, of no call.
    assert_eq!(refused(server("aHR0cHM6Ly9oLw=="), plain()), code(404, "8522"));
    let group = RecordedCall::Locator(CallLocator::Group("none".to_owned()));
    assert_eq!(refused(group, plain()), code(404, "8522"));
    let nobody = RecordedCall::Connection("nobody".into());
    assert_eq!(refused(nobody, plain()), code(404, "8522"));
    assert_eq!(refused(server(ringing.as_str()), plain()), code(400, "8501"));
    assert_eq!(
        refused(RecordedCall::Connection(leg.clone()), plain()),
        code(400, "8501")
    );

    let form = |change: &dyn Fn(&mut RecordingForm)| {
        let mut form = RecordingForm::default();
        change(&mut form);
        form
    };
    let this = || RecordedCall::Connection(leg.clone());
    for wrong in [
        form(&|form| {
            form.format = Some(RecordingFormat::Mp4);
            form.content = Some(RecordingContent::Audio);
        }),
        form(&|form| {
            form.format = Some(RecordingFormat::Mp3);
            form.channel = Some(RecordingChannel::Unmixed);
        }),
        form(&|form| {
            form.content = Some(RecordingContent::AudioVideo);
            form.format = Some(RecordingFormat::Wav);
        }),
        form(&|form| {
            form.content = Some(RecordingContent::AudioVideo);
            form.channel = Some(RecordingChannel::Unmixed);
        }),
    ] {
        assert_eq!(refused(this(), wrong), code(400, "8557"));
    }
    for affinity in [
        vec![(user(BOB), 5)],
        vec![(user(BOB), 1), (user(ALICE), 1)],
        vec![(user(BOB), 1), (user(BOB), 2)],
    ] {
        let wrong = RecordingForm {
            affinity,
            ..unmixed()
        };
        assert_eq!(refused(this(), wrong), code(400, "8523"));
    }
    let wrong = form(&|form| form.affinity = vec![(user(BOB), 0)]);
    assert_eq!(refused(this(), wrong), code(400, "8523"));

    let mut command = of(RecordedCall::Connection(leg.clone()), plain());
    command.state_callback_uri = Some("http://far.example/".to_owned());
    let error = lab.try_send(Command::StartRecording(command)).unwrap_err();
    assert!(error.message.contains("RecordingStateCallbackUri"), "{error}");
}

#[test]
fn the_end_of_the_call_ends_its_recording() {
    let mut lab = Lab::new();
    let (leg, _) = lab.pair();
    let id = lab.record(&leg, RecordingForm::default());
    lab.wait(seconds(2));
    lab.told();
    lab.send(Command::HangUp(leg));
    assert_eq!(lab.recording_state(&id), "404 8522 Recording not found.");
    assert_eq!(lab.told_of_recordings().len(), 1);
    assert_eq!(lab.recorded[0].session_end_reason, "CallEnded");
    assert_eq!(lab.recorded[0].duration, seconds(2));
    lab.assert_empty();
}

#[test]
fn a_call_that_ends_before_the_recorder_is_there_has_no_recording() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    lab.create(ALICE, &[user(BOB)]);
    lab.wait(seconds(9));
    let leg = lab.answer("answer");
    lab.wait(seconds(9));
    lab.send(Command::HangUp(leg.clone()));
    lab.wait(Duration::from_millis(500));
    // Hanging up takes a second, so the call still goes on.
    let server = lab.offers[0].data.server_call_id.clone();
    let call = RecordedCall::Locator(CallLocator::ServerCall(server));
    let reply = lab.send(Command::StartRecording(of(call, RecordingForm::default())));
    lab.events.clear();
    lab.wait(seconds(9));
    let failed = lab
        .events
        .iter()
        .find(|callback| callback.event.kind.name() == "StartRecordingFailed");
    let failed = &failed.unwrap().event;
    assert_eq!(failed.kind.recording(), Some(&id_of(&reply)));
    assert_eq!((failed.result.code, failed.result.sub_code), (404, 8522));
    assert!(lab.recorded.is_empty());
    lab.assert_empty();
}
