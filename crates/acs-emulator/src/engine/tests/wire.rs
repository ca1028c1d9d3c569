//! Bodies as recorded: which members, in which order, in which format.

use serde_json::json;

use super::*;

/// The names of an object's members in the order in which they are written.
fn members(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut quoted, mut start) = (0, false, None);
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if bytes[index - 1] != b'\\' => {
                quoted = !quoted;
                if quoted {
                    start = Some(index + 1);
                } else if depth == 1 && bytes.get(index + 1) == Some(&b':') {
                    names.push(text[start.unwrap()..index].to_owned());
                }
            }
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    names
}

fn written(value: &impl serde::Serialize) -> Vec<String> {
    members(&serde_json::to_string(value).unwrap())
}

#[test]
fn an_event_is_written_as_recorded() {
    let mut lab = Lab::new();
    lab.now = "2026-02-26T22:41:48.7924500Z".parse().unwrap();
    let (a, b) = lab.pair();
    let event = &lab.events[3].event;
    assert_eq!(
        written(event),
        [
            "id",
            "source",
            "type",
            "data",
            "time",
            "specversion",
            "datacontenttype",
            "subject"
        ]
    );
    let value = serde_json::to_value(event).unwrap();
    assert_eq!(value["source"], format!("calling/callConnections/{a}"));
    assert_eq!(value["subject"], value["source"]);
    assert_eq!(value["type"], "Microsoft.Communication.CallConnected");
    assert_eq!(
        value["time"], "2026-02-26T22:41:48.79245+00:00",
        "seven digits, zeros cut"
    );
    assert_eq!(value["specversion"], "1.0");
    assert_eq!(value["datacontenttype"], "application/json");
    assert_eq!(value["id"].as_str().unwrap().len(), 36);
    let text = serde_json::to_string(event).unwrap();
    let data = &text[text.find("\"data\":").unwrap() + 7..];
    assert_eq!(
        members(data)[..7],
        [
            "resultInformation",
            "version",
            "operationContext",
            "callConnectionId",
            "serverCallId",
            "correlationId",
            "publicEventType",
        ]
    );
    assert_eq!(value["data"]["version"], "2026-03-12");
    assert_eq!(
        value["data"]["resultInformation"],
        json!({"code": 200, "subCode": 0, "message": ""})
    );

    let list = serde_json::to_value(&lab.events[0].event).unwrap();
    assert_eq!(list["data"]["sequenceNumber"], 1);
    assert_eq!(
        list["data"]["participants"][1],
        json!({
            "identifier": {"rawId": BOB, "kind": "communicationUser", "communicationUser": {"id": BOB}},
            "isMuted": false,
            "isOnHold": false,
        })
    );
    assert_eq!(list["source"], format!("calling/callConnections/{b}"));
}

#[test]
fn an_offer_is_written_as_recorded() {
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let data = &lab.offers[0].data;
    assert_eq!(
        written(data),
        [
            "to",
            "from",
            "serverCallId",
            "callerDisplayName",
            "incomingCallContext",
            "correlationId"
        ]
    );
    assert_eq!(written(data).len(), 6);
    let text = serde_json::to_string(data).unwrap();
    assert!(
        text.starts_with(r#"{"to":{"kind":"communicationUser","rawId":""#),
        "{text}"
    );
    let (header, _) = data.incoming_call_context.expose().split_once('.').unwrap();
    assert_eq!(header, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0");
}

#[test]
fn each_operation_shows_of_a_call_what_it_showed_when_recorded() {
    let mut lab = Lab::new();
    let created = lab.send(Command::CreateCall(CreateCall {
        source_caller_id_number: None,
        ..creation(ALICE, &[user(BOB)])
    }));
    assert_eq!(
        written(&created),
        [
            "callConnectionId",
            "targets",
            "callConnectionState",
            "callbackUri",
            "sourceDisplayName",
            "source",
            "correlationId",
            "mediaStreamingSubscription",
        ]
    );
    let body = Lab::body(&created);
    assert_eq!(body["callConnectionState"], "connecting");
    assert_eq!(body["sourceDisplayName"], "");
    assert_eq!(body["mediaStreamingSubscription"]["state"], "disabled");
    assert_eq!(
        body["mediaStreamingSubscription"]["subscribedContentTypes"],
        json!(["audio"])
    );

    let answered = lab.send(Command::AnswerCall(AnswerCall {
        incoming_call_context: lab.context(),
        callback_uri: "https://app.example/b".to_owned(),
        answered_by: Some(user(BOB)),
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: None,
    }));
    assert_eq!(
        written(&answered),
        [
            "callConnectionId",
            "serverCallId",
            "targets",
            "callConnectionState",
            "callbackUri",
            "source",
            "correlationId",
            "answeredBy",
            "mediaStreamingSubscription",
        ]
    );
    let body = Lab::body(&answered);
    assert_eq!(body["source"]["rawId"], ALICE, "the caller");
    assert_eq!(body["targets"][0]["rawId"], BOB, "the answering identity");
    assert_eq!(body["answeredBy"], json!({"id": BOB}));

    let id = lab.offers[0].data.server_call_id.clone();
    let connected = lab.send(Command::ConnectCall(ConnectCall {
        locator: CallLocator::ServerCall(id),
        callback_uri: "https://app.example/c".to_owned(),
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: None,
    }));
    assert_eq!(
        written(&connected),
        [
            "callConnectionId",
            "targets",
            "callConnectionState",
            "callbackUri",
            "correlationId",
            "mediaStreamingSubscription",
        ]
    );
    let provisional = Lab::body(&connected)["correlationId"].clone();

    let got = lab.send(Command::GetCall(Lab::connection(&created)));
    assert_eq!(
        written(&got),
        [
            "callConnectionId",
            "serverCallId",
            "targets",
            "callConnectionState",
            "callbackUri",
            "sourceDisplayName",
            "source",
            "correlationId",
            "mediaStreamingSubscription",
            "transcriptionSubscription",
        ]
    );
    let body = Lab::body(&got);
    assert_eq!(body["callConnectionState"], "connected");
    assert_eq!(body["mediaStreamingSubscription"], json!({"state": "disabled"}));
    assert_eq!(
        body["transcriptionSubscription"],
        json!({"state": "disabled", "subscribedResultTypes": []})
    );
    assert_ne!(body["correlationId"], provisional);
    let of_connect = lab.send(Command::GetCall(Lab::connection(&connected)));
    assert_eq!(Lab::body(&of_connect)["correlationId"], body["correlationId"]);
    assert_eq!(Lab::body(&of_connect)["targets"], json!([]));
}

#[test]
fn a_server_call_id_is_an_address_in_standard_base64() {
    use base64::Engine as _;
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let id = lab.offers[0].data.server_call_id.as_str();
    let decoded = base64::engine::general_purpose::STANDARD.decode(id).unwrap();
    assert!(String::from_utf8(decoded).unwrap().starts_with("https://"));
}

#[test]
fn the_reply_to_an_addition_leaves_out_what_was_not_given() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let mut command = addition(&a, user(CAROL));
    command.operation_context = None;
    let reply = lab.send(Command::AddParticipant(command));
    assert_eq!(written(&reply), ["participant", "invitationId"]);
    let reply = lab.send(Command::AddParticipant(addition(&a, user(DAVE))));
    assert_eq!(
        written(&reply),
        ["participant", "operationContext", "invitationId"]
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let secret = lab.context();
    let shown = format!(
        "{:?} {:?} {:?}",
        lab.offers,
        lab.engine,
        answer(secret.clone(), "x")
    );
    assert!(!shown.contains(secret.expose()));
}

#[test]
fn an_event_about_media_is_written_as_recorded() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    lab.files = Some(Err(FetchFailure::Format));
    lab.send(media::recognize(media::recognition(&a, user(BOB))));
    let text = serde_json::to_string(&lab.events.last().unwrap().event).unwrap();
    let data = &text[text.find("\"data\":").unwrap() + 7..];
    assert_eq!(
        members(data)[..8],
        [
            "failedPlaySourceIndex",
            "version",
            "operationContext",
            "resultInformation",
            "callConnectionId",
            "serverCallId",
            "correlationId",
            "publicEventType",
        ]
    );
}
