//! An application steers the agents in its call.

use acs_calling::{
    Call, CallAgent, CallEndReason, CallEvent, CallState, IncomingEnd, ParticipantState, TransferAccepted,
};
use acs_common::CommunicationIdentifier;
use acs_common::enums::DtmfTone;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::super::{Office, becomes, rings};
use crate::harness::{App, soon};

/// An application in a call with an agent.
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) office: Office,
    pub(super) agent: CallAgent,
    /// The agent's call.
    pub(super) call: Call,
    /// The path of the application's leg.
    pub(super) leg: String,
}

pub(super) fn raw(who: &CommunicationIdentifier) -> Value {
    json!({ "rawId": who.raw_id() })
}

fn text(words: &str) -> Value {
    json!({ "kind": "text", "text": { "text": words, "voiceKind": "female" } })
}

impl Desk {
    async fn open() -> Self {
        let office = Office::stepped().await;
        let agent = office.agent("Agent").await;
        Self::with(office, agent).await
    }

    pub(super) async fn with(office: Office, agent: CallAgent) -> Self {
        let mut app = App::start().await;
        let body = json!({
            "targets": [raw(agent.identity())],
            "callbackUri": app.callback("app"),
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example/" },
        });
        let created = office.client.post("/calling/callConnections", &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        let call = rings(&agent).await.accept(()).await.unwrap();
        becomes(&call, CallState::Connected).await;
        app.event("app", "CallConnected").await;
        Self {
            leg: format!("/calling/callConnections/{}", created.text("callConnectionId")),
            app,
            office,
            agent,
            call,
        }
    }

    pub(super) async fn post(&self, operation: &str, status: u16, body: Value) {
        let path = format!("{}{operation}", self.leg);
        let answer = self.office.client.post(&path, &body).await;
        assert_eq!(answer.status, status, "{operation}: {answer:?}");
    }

    /// The next event, while time passes.
    async fn in_time(&mut self, kind: &str) -> Value {
        let office = &self.office;
        let passes = async {
            loop {
                office.advance(std::time::Duration::from_secs(1)).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            event = self.app.event("app", kind) => event["data"].clone(),
            () = passes => unreachable!(),
        }
    }
}

#[tokio::test]
async fn an_application_adds_an_agent_to_its_call() {
    let mut desk = Desk::open().await;
    let second = desk.office.agent("Second").await;
    let mut events = desk.call.events();
    let body = json!({ "participantToAdd": raw(second.identity()), "operationContext": "add" });
    desk.post("/participants:add", 202, body).await;
    // Whoever is in the call sees that somebody is rung for, and then that she is there.
    let mut seen = Vec::new();
    let ringing = rings(&second).await;
    let at_second = ringing.accept(()).await.unwrap();
    becomes(&at_second, CallState::Connected).await;
    let data = desk.app.event("app", "AddParticipantSucceeded").await["data"].clone();
    assert_eq!(data["participant"]["rawId"], *second.identity().raw_id());
    assert_eq!(data["operationContext"], "add");
    while seen.last() != Some(&ParticipantState::Connected) {
        if let Some(CallEvent::RemoteParticipantsUpdated(update)) = soon("participants", events.next()).await
        {
            let added = update.added.into_iter();
            let second = added.filter(|one| &one.identifier == second.identity());
            seen.extend(second.map(|one| one.state));
        }
    }
    assert_eq!(seen, [ParticipantState::Ringing, ParticipantState::Connected]);
    assert_eq!(at_second.server_call_id(), desk.call.server_call_id());
    // Somebody who does not want to leaves the call as it was.
    let third = desk.office.agent("Third").await;
    let body = json!({ "participantToAdd": raw(third.identity()) });
    desk.post("/participants:add", 202, body).await;
    rings(&third).await.reject().await.unwrap();
    desk.app.event("app", "AddParticipantFailed").await;
    assert!(third.calls().is_empty());
    assert_eq!(desk.call.state(), CallState::Connected);
}

#[tokio::test]
async fn an_application_mutes_an_agent_which_unmutes_itself() {
    let mut desk = Desk::open().await;
    // Only a group call can be muted in.
    let second = desk.office.agent("Second").await;
    let body = json!({ "participantToAdd": raw(second.identity()) });
    desk.post("/participants:add", 202, body).await;
    let at_second = rings(&second).await.accept(()).await.unwrap();
    desk.app.event("app", "AddParticipantSucceeded").await;
    let mut by_others = desk.call.muted_by_others();
    let mut mutes = desk.call.is_muted_changes();
    assert_eq!(soon("how it is", mutes.next()).await, Some(false));
    let body = json!({ "targetParticipants": [raw(desk.agent.identity())] });
    desk.post("/participants:mute", 200, body).await;
    assert_eq!(soon("the mute", mutes.next()).await, Some(true));
    soon("who muted", by_others.next()).await.unwrap();
    desk.call.unmute().await.unwrap();
    assert_eq!(soon("the unmute", mutes.next()).await, Some(false));
    let one = desk.agent.identity().raw_id().replace(':', "%3A");
    let seen = desk
        .office
        .client
        .get(&format!("{}/participants/{one}", desk.leg))
        .await;
    assert_eq!(seen.body["isMuted"], false, "{seen:?}");
    assert!(!at_second.is_muted());
}

#[tokio::test]
async fn an_application_holds_an_agent_with_something_to_hear_and_takes_it_back() {
    let mut desk = Desk::open().await;
    let who = raw(desk.agent.identity());
    let body = json!({ "targetParticipant": who, "playSourceInfo": text("Please wait.") });
    desk.post(":hold", 200, body).await;
    becomes(&desk.call, CallState::RemoteHold).await;
    let one = desk.agent.identity().raw_id().replace(':', "%3A");
    let path = format!("{}/participants/{one}", desk.leg);
    assert_eq!(desk.office.client.get(&path).await.body["isOnHold"], true);
    desk.post(":unhold", 200, json!({ "targetParticipant": who }))
        .await;
    becomes(&desk.call, CallState::Connected).await;
    assert_eq!(desk.office.client.get(&path).await.body["isOnHold"], false);
    let bad = desk
        .app
        .everything()
        .into_iter()
        .find(|event| event["type"] == "Microsoft.Communication.HoldFailed");
    assert_eq!(bad, None, "what is to be heard is taken");
}

#[tokio::test]
async fn an_application_plays_to_an_agent() {
    let mut desk = Desk::open().await;
    let body = json!({
        "playSources": [text("Good morning.")],
        "playTo": [raw(desk.agent.identity())],
        "operationContext": "greeting",
    });
    desk.post(":play", 202, body).await;
    let done = desk.in_time("PlayCompleted").await;
    assert_eq!(done["operationContext"], "greeting");
    assert_eq!(desk.call.state(), CallState::Connected);
}

#[tokio::test]
async fn an_application_recognizes_the_keys_of_an_agent() {
    let mut desk = Desk::open().await;
    let body = json!({
        "recognizeInputType": "dtmf",
        "playPrompt": text("Your number, please."),
        "recognizeOptions": {
            "interruptPrompt": true,
            "targetParticipant": raw(desk.agent.identity()),
            "dtmfOptions": { "maxTonesToCollect": 3 },
        },
        "operationContext": "number",
    });
    desk.post(":recognize", 202, body).await;
    for tone in [DtmfTone::Four, DtmfTone::Asterisk, DtmfTone::Two] {
        desk.call.send_dtmf(tone).await.unwrap();
    }
    let done = desk.in_time("RecognizeCompleted").await;
    assert_eq!(done["recognitionType"], "dtmf");
    assert_eq!(done["dtmfResult"]["tones"], json!(["four", "asterisk", "two"]));
    assert_eq!(done["operationContext"], "number");
}

/// The target declines: the application is told, and its call with the agent goes on.
#[tokio::test]
async fn an_application_transfers_an_agent_to_somebody_who_declines() {
    let mut desk = Desk::open().await;
    let target = desk.office.agent("Target").await;
    let mut accepted = desk.call.transfers_accepted();
    let body = json!({
        "targetParticipant": raw(target.identity()),
        "operationContext": "move",
        "customCallingContext": { "voipHeaders": { "topic": "billing" } },
    });
    desk.post(":transferToParticipant", 202, body).await;
    let ringing = rings(&target).await;
    assert_eq!(
        ringing.caller_info().identifier.as_ref(),
        Some(desk.agent.identity())
    );
    assert_eq!(ringing.custom_context().unwrap().voip_headers["topic"], "billing");
    let TransferAccepted { target_call, .. } = soon("a target call", accepted.next()).await.unwrap();
    ringing.clone().reject().await.unwrap();
    assert_eq!(ringing.end(), Some(IncomingEnd::Rejected));
    let failed = desk.app.event("app", "CallTransferFailed").await["data"].clone();
    assert_eq!(failed["operationContext"], "move");
    assert_eq!(failed["resultInformation"]["code"], 603, "{failed}");
    becomes(&target_call, CallState::Disconnected).await;
    assert_eq!(target_call.call_end_reason(), Some(CallEndReason::DECLINED));
    assert_eq!(desk.call.state(), CallState::Connected);
    // And it can still be steered.
    desk.post(
        ":hold",
        200,
        json!({ "targetParticipant": raw(desk.agent.identity()) }),
    )
    .await;
    becomes(&desk.call, CallState::RemoteHold).await;
}

/// A telephone that does not want to.
#[tokio::test]
async fn an_application_transfers_an_agent_to_a_telephone_that_is_busy() {
    let mut desk = Desk::open().await;
    let busy = CommunicationIdentifier::phone("+16045550199");
    let script = acs_emulator::PartyScript::reject(acs_emulator::RejectReason::Busy);
    desk.office.set_script(busy.clone(), script);
    let number = desk.office.phone_numbers()[0].to_string();
    let body = json!({
        "targetParticipant": raw(&busy),
        "sourceCallerIdNumber": { "value": number },
    });
    desk.post(":transferToParticipant", 202, body).await;
    let failed = desk.app.event("app", "CallTransferFailed").await["data"].clone();
    assert_eq!(failed["resultInformation"]["code"], 486, "{failed}");
    let moved = soon("a target call", desk.call.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&moved.target_call, CallState::Disconnected).await;
    assert_eq!(desk.call.state(), CallState::Connected);
}

#[tokio::test]
async fn an_application_that_hangs_up_for_everyone_ends_the_calls_of_its_agents() {
    let desk = Desk::open().await;
    let ended = desk
        .office
        .client
        .post(&format!("{}:terminate", desk.leg), &json!({}))
        .await;
    assert_eq!(ended.status, 204, "{ended:?}");
    becomes(&desk.call, CallState::Disconnected).await;
    let reason = desk.call.call_end_reason().unwrap();
    assert_eq!(reason, CallEndReason::ENDED_BY_AUTOMATION);
}
