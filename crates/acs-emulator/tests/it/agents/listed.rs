//! Agents as somebody sees them who runs the emulator: who is there, in which calls, and how transfers tie calls.

use acs_calling::{CallAgentOptions, CallEndReason, CallState, IncomingEnd, TransferToParticipantOptions};
use acs_common::CommunicationIdentifier;
use acs_emulator::control::ControlClient;
use acs_emulator::{AgentState, PartyScript};
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, becomes, rings, talk};
use crate::harness::{App, soon};

#[tokio::test]
async fn who_is_signed_in_is_told_with_devices_and_calls_and_without_a_token() {
    let office = Office::open().await;
    let control = ControlClient::new(office.endpoint().base()).unwrap();
    assert_eq!(control.agents().await.unwrap(), []);
    let who = office.somebody(&["voip"]).await;
    let named = CallAgentOptions::from("Alice");
    let desk = office.sign_in(&who, "desk", named).await.unwrap();
    let phone = office
        .sign_in(&who, "mobile", CallAgentOptions::default())
        .await
        .unwrap();
    let b = office.agent("B").await;
    let (_at_desk, _at_b) = talk(&desk, &b).await;

    let agents = control.agents().await.unwrap();
    assert_eq!(agents, office.agents(), "the library tells the same");
    assert_eq!(agents.len(), 2);
    let alice = agents
        .iter()
        .find(|agent| agent.raw_id == *who.id.raw_id())
        .unwrap();
    assert_eq!(alice.display_name.as_deref(), Some("Alice"));
    assert_eq!(
        (alice.state, alice.calls, alice.ringing),
        (AgentState::Connected, 1, 0)
    );
    let devices: Vec<_> = alice
        .devices
        .iter()
        .map(|device| {
            (
                device.endpoint.as_str(),
                device.calls,
                device.display_name.as_deref(),
            )
        })
        .collect();
    assert_eq!(devices, [("desk", 1, Some("Alice")), ("mobile", 0, None)]);

    let (_, told) = office.client.plain("/emulator/agents").await;
    let journal = serde_json::to_string(&office.journal()).unwrap();
    assert!(!told.to_string().contains(&who.token) && !journal.contains(&who.token));

    // Marked where parties and calls are listed, and only they.
    let call = &control.calls(10).await.unwrap().calls[0];
    assert!(call.participants.iter().all(|party| party.agent), "{call:?}");
    let parties = control.parties().await.unwrap();
    let agents = parties.iter().filter(|party| party.agent).count();
    assert_eq!(agents, 2, "the numbers of the resource are none: {parties:?}");

    soon("the desk to sign out", desk.dispose()).await;
    soon("the telephone to sign out", phone.dispose()).await;
    let left = async {
        while office.agents().len() != 1 {
            tokio::task::yield_now().await;
        }
    };
    soon("the devices to be gone", left).await;
    let labels: Vec<String> = office
        .journal()
        .iter()
        .filter(|entry| entry.from == *who.id.raw_id() && entry.call.is_none())
        .map(|entry| entry.label.clone())
        .collect();
    assert_eq!(labels, ["signs in", "signs in", "signs out", "signs out"]);
}

#[tokio::test]
async fn a_transfer_of_an_agent_ties_the_new_call_to_the_old_one() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let old = at_a.server_call_id().unwrap();
    // One that comes to nothing, and one that does not.
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    for accepted in [false, true] {
        let transfer = at_a
            .transfer_to_participant(c.identity().clone(), options.clone())
            .unwrap();
        let ringing = rings(&c).await;
        if accepted {
            let at_c = ringing.accept(()).await.unwrap();
            becomes(&at_c, CallState::Connected).await;
        } else {
            ringing.reject().await.unwrap();
        }
        assert_eq!(soon("the outcome", transfer.outcome()).await.is_ok(), accepted);
    }
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
    let before = office.call(&old).unwrap();
    assert_eq!(before.transfers.len(), 2, "{before:?}");
    assert!(before.ended.is_some() && before.transfer_of.is_none());
    for new in &before.transfers {
        let after = office.call(new).unwrap();
        assert_eq!(after.transfer_of.as_ref(), Some(&old), "{after:?}");
        assert!(after.transfers.is_empty());
    }
    let going_on = office.call(&before.transfers[1]).unwrap();
    assert!(going_on.ended.is_none() && going_on.participants.len() == 2);
}

#[tokio::test]
async fn a_transfer_of_the_application_ties_the_new_call_to_the_old_one() {
    let app = App::start().await;
    let office = Office::open().await;
    let user = CommunicationIdentifier::from_raw_id(office.create_user().id());
    office.set_script(user.clone(), PartyScript::answer());
    let target = office.agent("C").await;
    let body = json!({ "targets": [user], "callbackUri": app.callback("leg") });
    let created = office.client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    office.settled().await;
    let old = office.calls(1)[0].server_call_id.clone();
    let leg = created.text("callConnectionId");
    let path = format!("/calling/callConnections/{leg}:transferToParticipant");
    let asked = office
        .client
        .post(&path, &json!({ "targetParticipant": target.identity() }))
        .await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let ringing = rings(&target).await;
    // While it rings, too.
    let new = office.call(&old).unwrap().transfers;
    assert_eq!(new.len(), 1);
    assert_eq!(office.call(&new[0]).unwrap().transfer_of, Some(old.clone()));
    assert!(office.call(&new[0]).unwrap().ringing[0].agent);
    let at_target = ringing.accept(()).await.unwrap();
    becomes(&at_target, CallState::Connected).await;
    assert_eq!(at_target.server_call_id().as_ref(), Some(&new[0]));
    office.settled().await;
    let before = office.call(&old).unwrap();
    assert!(before.ended.is_some());
    assert_eq!(before.transfers, new);
}

#[tokio::test]
async fn what_a_party_does_by_hand_is_the_doing_of_another_device() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    // Answered by hand: the agent no longer rings, and the caller talks to somebody.
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    let ringing = rings(&b).await;
    let by_hand = office.party(b.identity().clone());
    by_hand.answer().unwrap();
    becomes(&call, CallState::Connected).await;
    let ended = soon("the end of the ringing", ringing.ended().next())
        .await
        .unwrap();
    assert_eq!(ended, IncomingEnd::Ended(CallEndReason::ANSWERED_ELSEWHERE));
    by_hand.hang_up().unwrap();
    becomes(&call, CallState::Disconnected).await;

    // Keys and words are as good as the agent's own; hung up by hand, it is told that it was removed.
    let (at_a, at_b) = talk(&a, &b).await;
    by_hand.press("1#").unwrap();
    by_hand.hang_up().unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    becomes(&at_a, CallState::Disconnected).await;
}
