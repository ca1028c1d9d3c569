//! Bodies as the service posts them: one event each, in an array, with ids of the usual lengths.

/// The six usual types, in the order of a call.
pub const TYPES: [&str; 6] = [
    "ParticipantsUpdated",
    "CallConnected",
    "AddParticipantSucceeded",
    "PlayCompleted",
    "RecognizeCompleted",
    "CallDisconnected",
];

const SERVER_CALL: &str = "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC9jb252LXVzd2UtMDIuY29udi5za3lwZS5jb20vY29udi9rU3JxdW1pZ0hrNkZyMEkzbzJuczRBP2k9MjcmZT0";

/// The id of a call, in the usual form.
pub fn call_id(call: u64) -> String {
    format!("401f0b00-7f80-4a99-8308-{call:012x}")
}

fn user(number: u64) -> String {
    let id = format!("8:acs:1bdaa2b9-9507-4542-bb64-a7b22c00a8d4_9a1ec1d9-ffa6-4b73-894b-{number:012x}");
    format!(r#"{{"rawId":"{id}","kind":"communicationUser","communicationUser":{{"id":"{id}"}}}}"#)
}

fn phone() -> &'static str {
    r#"{"rawId":"4:+18662315126","kind":"phoneNumber","phoneNumber":{"value":"+18662315126"}}"#
}

/// The body of one callback. `number` tells events of the same type apart.
pub fn body(event_type: &str, call: u64, number: u64) -> String {
    let id = call_id(call);
    let context = r#""operationContext":"247d451c-4dad-4ed9-ac3f-beb5c4da8c15","#;
    let own = match event_type {
        "ParticipantsUpdated" => format!(
            r#""participants":[{{"identifier":{},"isMuted":false,"isOnHold":false}},{{"identifier":{},"isMuted":false,"isOnHold":false}}],"sequenceNumber":{number},"#,
            phone(),
            user(call),
        ),
        "AddParticipantSucceeded" => format!(r#"{context}"participant":{},"#, phone()),
        "PlayCompleted" => context.to_owned(),
        "RecognizeCompleted" => {
            format!(r#"{context}"recognitionType":"dtmf","dtmfResult":{{"tones":["one","two","three"]}},"#)
        }
        _ => String::new(),
    };
    format!(
        r#"[{{"id":"8ad79a5f-8546-4298-be3b-{number:012x}","source":"calling/callConnections/{id}","type":"Microsoft.Communication.{event_type}","data":{{{own}"resultInformation":{{"code":200,"subCode":0,"message":"Action completed successfully."}},"version":"2026-03-12","callConnectionId":"{id}","serverCallId":"{SERVER_CALL}{call:012x}","correlationId":"5b0d0522-cf48-4bf7-9ab4-{call:012x}","publicEventType":"Microsoft.Communication.{event_type}"}},"time":"2026-02-26T22:41:48.7924752+00:00","specversion":"1.0","datacontenttype":"application/json","subject":"calling/callConnections/{id}"}}]"#
    )
}
