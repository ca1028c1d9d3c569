//! Recorded sessions played again: for each leg, the same kinds of events with the same codes in the same
//! order, and the same members in each.
//!
//! What is evened out, because the recordings differ among themselves: whether the first list of
//! participants comes before or after `CallConnected`, and how often a list is repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

/// How the call of a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Not at all within the recording.
    Open,
    Terminate,
}

/// How a leg is found in a recording.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// By an operation context.
    Context(&'static str),
    /// What records.
    Recorder,
    /// By its place among those that end.
    Ends(usize),
}

fn recordings() -> Option<PathBuf> {
    let path = std::env::var_os("ACS_RECORDINGS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    let required = std::env::var_os("ACS_RECORDINGS_REQUIRED").is_some_and(|value| value == "1");
    assert!(!required, "no recordings at {}", path.display());
    eprintln!("SKIPPED: no recordings at {}; set ACS_RECORDINGS", path.display());
    None
}

/// The events of a session, offers left out.
fn session(name: &str) -> Option<Vec<Value>> {
    let path = recordings()?.join("sessions").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let session: Value = serde_json::from_str(&text).unwrap();
    let posts = session["posts"].as_array().unwrap();
    Some(posts.iter().filter_map(|post| post.get(0)).cloned().collect())
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap().rsplit('.').next().unwrap()
}

fn leg_of(events: &[Value], role: Role) -> String {
    let found = match role {
        Role::Context(context) => events
            .iter()
            .find(|event| event["data"]["operationContext"] == context),
        Role::Recorder => events.iter().find(|event| kind(event) == "RecordingStateChanged"),
        Role::Ends(index) => events
            .iter()
            .filter(|event| kind(event) == "CallDisconnected")
            .nth(index),
    };
    let event = found.unwrap_or_else(|| panic!("{role:?} is not in the recording"));
    event["data"]["callConnectionId"].as_str().unwrap().to_owned()
}

fn of_leg<'a>(events: &'a [Value], leg: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["data"]["callConnectionId"] == leg)
        .collect()
}

/// Kinds and codes; lists that follow each other count once, and the list comes before `CallConnected`.
fn outline(events: &[&Value], call_control_only: bool) -> Vec<String> {
    const LIST: &str = "ParticipantsUpdated";
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let kind = kind(event);
        // Of a preview; not in this version of the service.
        if kind.starts_with("HoldAudio") {
            continue;
        }
        let known = ["CallConnected", "CallDisconnected", LIST].contains(&kind);
        if call_control_only && (!known || kind == LIST && lines.iter().any(|line| line == LIST)) {
            continue;
        }
        let result = &event["data"]["resultInformation"];
        let line = match (result["code"].as_u64(), result["subCode"].as_u64()) {
            (Some(200), Some(0)) | (None, _) => kind.to_owned(),
            (code, sub_code) => format!("{kind} {}/{}", code.unwrap(), sub_code.unwrap_or_default()),
        };
        lines.push(line);
    }
    if lines.len() >= 2 && lines[0] == "CallConnected" && lines[1] == LIST {
        lines.swap(0, 1);
    }
    lines.dedup_by(|line, before| line == LIST && before == LIST);
    lines
}

/// The members of the envelope and of the data, by kind of event.
fn shapes(events: &[&Value]) -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect();
    events
        .iter()
        .map(|event| (kind(event).to_owned(), (names(event), names(&event["data"]))))
        .collect()
}

/// Compares our legs with the recorded ones.
#[track_caller]
pub(super) fn compare(name: &str, lab: &Lab, legs: &[(CallConnectionId, Role)], call_control_only: bool) {
    let Some(recorded) = session(name) else { return };
    let ours: Vec<Value> = lab
        .events
        .iter()
        .map(|callback| serde_json::to_value(&callback.event).unwrap())
        .collect();
    for (leg, role) in legs {
        let theirs = leg_of(&recorded, *role);
        let (theirs, ours) = (of_leg(&recorded, &theirs), of_leg(&ours, leg.as_str()));
        // An older version of the service did not say how calls ended.
        let unsaid = |line: &str| {
            let name = line.split(' ').next().unwrap_or_default();
            theirs
                .iter()
                .any(|event| kind(event) == name && event["data"]["resultInformation"].is_null())
        };
        let mut outlined = outline(&ours, call_control_only);
        for line in &mut outlined {
            if unsaid(line) {
                line.truncate(line.find(' ').unwrap_or(line.len()));
            }
        }
        assert_eq!(outlined, outline(&theirs, call_control_only), "{name}: {role:?}");
        let (their_shapes, our_shapes) = (shapes(&theirs), shapes(&ours));
        for (kind, (envelope, data)) in our_shapes {
            let Some((their_envelope, their_data)) = their_shapes.get(&kind) else {
                continue;
            };
            assert_eq!(&envelope, their_envelope, "{name}: {kind}");
            let mut expected = their_data.clone();
            // An older version of the service had none, and another member instead.
            expected.insert("resultInformation".to_owned());
            expected.remove("eventSource");
            assert_eq!(data, expected, "{name}: {kind}");
        }
    }
}

/// A call between two applications, with or without contexts.
pub(super) fn two(lab: &mut Lab, contexts: bool, line: bool) -> (CallConnectionId, CallConnectionId) {
    let mut command = creation(ALICE, &[if line { phone(OWNED) } else { user(BOB) }]);
    command.source_caller_id_number = line.then(|| phone(PHONE));
    command.operation_context = contexts.then(|| "create".into());
    command.cognitive_services_endpoint = Some("https://ai.example".to_owned());
    command.media_streaming = Some(MediaStreamingOptions::new("wss://app.example/media"));
    command.transcription = Some(TranscriptionOptions::new("wss://app.example/text", "en-US"));
    let reply = lab.send(Command::CreateCall(command));
    let near = Lab::connection(&reply);
    let reply = lab.send(Command::AnswerCall(AnswerCall {
        incoming_call_context: lab.context(),
        callback_uri: "https://app.example/answered".to_owned(),
        answered_by: None,
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: contexts.then(|| "answer".into()),
    }));
    (near, Lab::connection(&reply))
}

#[test]
fn add_participant() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    let c = lab.answer("second");
    let legs = [
        (a, Role::Context("addParticipantsCreateCall")),
        (b, Role::Context("addParticipantsAnswer")),
        (c, Role::Context("addParticipantsAnswer2")),
    ];
    compare("add-participant.json", &lab, &legs, false);
}

#[test]
fn cancel_add_participant() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let reply = lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    let Reply::Invited(invited) = reply else { panic!() };
    lab.send(Command::CancelAddParticipant(CancelAddParticipant {
        connection: a.clone(),
        invitation_id: invited.invitation_id,
        operation_context: Some("cancel".into()),
        operation_callback_uri: None,
    }));
    let legs = [
        (a, Role::Context("cancelAddCreateCall")),
        (b, Role::Context("cancelAddCreateAnswer")),
    ];
    compare("cancel-add-participant.json", &lab, &legs, false);
}

#[test]
fn remove_participant() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.send(removal(&a, user(BOB)));
    let legs = [
        (a, Role::Context("removeParticipantCreateCall")),
        (b, Role::Context("removeParticipantsAnswer")),
    ];
    compare("remove-participant.json", &lab, &legs, false);
}

#[test]
fn reject_call() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    let incoming_call_context = lab.context();
    lab.send(Command::RejectCall(RejectCall {
        incoming_call_context,
        reason: RejectReason::None,
    }));
    compare(
        "reject-call.json",
        &lab,
        &[(a, Role::Context("operationContextRejectCall"))],
        false,
    );
}

#[test]
fn the_beginning_and_the_end_of_the_other_sessions() {
    use Ending::{Open, Terminate};
    let by_end = [Role::Ends(0), Role::Ends(1)];
    for (name, contexts, line, ending, roles) in [
        ("transcription.json", false, false, Terminate, by_end),
        (
            "recording.json",
            true,
            false,
            Open,
            [
                Role::Context("recordingCreateCall"),
                Role::Context("recordingAnswer"),
            ],
        ),
    ] {
        let mut lab = Lab::new();
        let (near, far) = two(&mut lab, contexts, line);
        match ending {
            Open => {}
            Terminate => drop(lab.send(Command::Terminate(near.clone()))),
        }
        compare(name, &lab, &[(near, roles[0]), (far, roles[1])], true);
    }
}

#[test]
fn a_call_that_is_recorded() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, true, false);
    let call = lab.server_call_id(&near);
    let mut command = call_recording::of(
        RecordedCall::Locator(CallLocator::ServerCall(call)),
        RecordingForm::default(),
    );
    command.state_callback_uri = Some("https://app.example/events".to_owned());
    lab.send(Command::StartRecording(command));
    let recorder = lab.events.last().unwrap().event.call_connection_id.clone();
    let legs = [
        (near, Role::Context("recordingCreateCall")),
        (far, Role::Context("recordingAnswer")),
    ];
    compare("recording.json", &lab, &legs, true);
    compare(
        "recording.json",
        &lab,
        &[(recorder.clone(), Role::Recorder)],
        false,
    );
    let Some(recorded) = session("recording.json") else {
        return;
    };
    let theirs = leg_of(&recorded, Role::Recorder);
    let ours: Vec<Value> = lab
        .events
        .iter()
        .map(|callback| serde_json::to_value(&callback.event).unwrap())
        .collect();
    let (theirs, ours) = (of_leg(&recorded, &theirs), of_leg(&ours, recorder.as_str()));
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(ours) {
        for path in ["/data/state", "/data/recordingKind", "/data/resultInformation"] {
            assert_eq!(ours.pointer(path), theirs.pointer(path), "{path}");
        }
        let begins = |event: &Value| {
            event["data"]["startDateTime"]
                .as_str()
                .unwrap()
                .starts_with("0001-01-01T")
        };
        assert_eq!(begins(ours), begins(theirs));
        let id = theirs["data"]["recordingId"].as_str().unwrap();
        assert_eq!(id.len(), ours["data"]["recordingId"].as_str().unwrap().len());
    }
}

#[test]
fn a_session_without_results() {
    // An older version of the service; without results only the kinds can be compared.
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, true);
    let before = lab.events.len();
    lab.send(Command::Terminate(near.clone()));
    let kinds: Vec<_> = lab.events[before..]
        .iter()
        .map(|callback| callback.event.kind.name())
        .collect();
    assert_eq!(kinds, ["CallDisconnected", "CallDisconnected"]);
    let Some(recorded) = session("media-streaming.json") else {
        return;
    };
    for (leg, role) in [(near, Role::Ends(0)), (far, Role::Ends(1))] {
        let theirs = leg_of(&recorded, role);
        let theirs: Vec<String> = outline(&of_leg(&recorded, &theirs), true);
        let ours = lab
            .events
            .iter()
            .filter(|callback| callback.event.call_connection_id == leg);
        let ours: Vec<&str> = ours.map(|callback| callback.event.kind.name()).collect();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn offers_have_the_recorded_members() {
    let Some(path) = recordings() else { return };
    let text = std::fs::read_to_string(path.join("events/IncomingCall.data-only.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let ours = serde_json::to_value(&lab.offers[0].data).unwrap();
    let body = recorded["body"].get(0).unwrap_or(&recorded["body"]);
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(names(&ours), names(body));
}

#[test]
fn responses_have_the_recorded_members() {
    let Some(path) = recordings() else { return };
    let recorded = |name: &str| {
        let text = std::fs::read_to_string(path.join("http").join(name)).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        value["response"]["body"].clone()
    };
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    let mut lab = Lab::new();
    let check = |name: &str, reply: &Reply| {
        assert_eq!(names(&Lab::body(reply)), names(&recorded(name)), "{name}");
    };
    let mut command = creation(ALICE, &[user(BOB)]);
    command.source_caller_id_number = None;
    let created = lab.send(Command::CreateCall(command));
    check("createCall.json", &created);
    let answered = lab.send(Command::AnswerCall(AnswerCall {
        incoming_call_context: lab.context(),
        callback_uri: "https://app.example".to_owned(),
        answered_by: Some(user(BOB)),
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: None,
    }));
    check("answerCall.json", &answered);
    let a = Lab::connection(&created);
    let id = lab.server_call_id(&a);
    let connected = lab.send(Command::ConnectCall(ConnectCall {
        locator: CallLocator::ServerCall(id),
        callback_uri: "https://app.example".to_owned(),
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: None,
    }));
    check("connect.json", &connected);
    check("getCall.json", &lab.send(Command::GetCall(a.clone())));
    check(
        "getCall.connected-leg.json",
        &lab.send(Command::GetCall(Lab::connection(&connected))),
    );
    check(
        "getParticipants.json",
        &lab.send(Command::ListParticipants(a.clone())),
    );
    let get = Command::GetParticipant {
        connection: a.clone(),
        raw_id: BOB.to_owned(),
    };
    check("getParticipant.json", &lab.send(get));
    let invited = lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    check("addParticipant.json", &invited);
    let Reply::Invited(invited) = invited else {
        panic!()
    };
    let cancelled = lab.send(Command::CancelAddParticipant(CancelAddParticipant {
        connection: a.clone(),
        invitation_id: invited.invitation_id,
        operation_context: Some("cancel".into()),
        operation_callback_uri: None,
    }));
    check("cancelAddParticipant.json", &cancelled);
    let call = RecordedCall::Connection(a.clone());
    let started = lab.send(Command::StartRecording(call_recording::of(
        call,
        RecordingForm::default(),
    )));
    check("startRecording.json", &started);
    let id = call_recording::id_of(&started);
    check(
        "getRecordingProperties.json",
        &lab.send(Command::GetRecording(id)),
    );
    check("removeParticipant.json", &lab.send(removal(&a, user(BOB))));
}
