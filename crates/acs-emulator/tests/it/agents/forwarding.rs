//! What the calling settings of a Teams user do to calls and transfers of agents, and the rows of the failure tables
//! that take time.

use acs_calling::{
    Call, CallAgent, CallEndReason, CallState, IncomingEnd, Transfer, TransferState,
    TransferToParticipantOptions,
};
use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};
use acs_emulator::{CallingSettings, ForwardTo, PartyScript, RejectReason};
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, becomes, rings, talk};
use crate::harness::{App, soon};

const BOSS: &str = "45ab2481-1c1c-4005-be24-0ffb879b1130";

fn boss() -> MicrosoftTeamsUserIdentifier {
    MicrosoftTeamsUserIdentifier::new(BOSS)
}

fn direct() -> TransferToParticipantOptions {
    TransferToParticipantOptions::default().disable_forwarding_and_unanswered(true)
}

fn raw_ids(call: &Call) -> Vec<String> {
    let others = call.remote_participants();
    others
        .iter()
        .map(|other| other.identifier.raw_id().into_owned())
        .collect()
}

/// Whether somebody was rung.
fn rang(office: &Office, raw_id: &str) -> bool {
    let journal = office.journal();
    journal
        .iter()
        .any(|entry| entry.label == "rings" && entry.to == raw_id)
}

/// A talks to B and transfers it to the boss.
struct Blind {
    at_a: Call,
    at_b: Call,
    transfer: Transfer,
    target: Call,
}

impl Blind {
    async fn begin(a: &CallAgent, b: &CallAgent, options: TransferToParticipantOptions) -> Self {
        let (at_a, at_b) = talk(a, b).await;
        let transfer = at_a.transfer_to_participant(boss(), options).unwrap();
        let mut accepted = at_b.transfers_accepted();
        let target = soon("a target call", accepted.next()).await.unwrap().target_call;
        Self {
            at_a,
            at_b,
            transfer,
            target,
        }
    }

    /// It succeeds, and B talks to this one.
    async fn lands_at(&self, raw_id: &str) {
        assert_eq!(soon("the outcome", self.transfer.outcome()).await, Ok(()));
        becomes(&self.target, CallState::Connected).await;
        assert_eq!(raw_ids(&self.target), [raw_id]);
        self.at_a.hang_up().await.unwrap();
        becomes(&self.at_b, CallState::Disconnected).await;
    }

    /// It fails, B's new call ends for the same reason, and A and B go on.
    async fn fails(&self, reason: CallEndReason) {
        assert_eq!(soon("the outcome", self.transfer.outcome()).await, Err(reason));
        becomes(&self.target, CallState::Disconnected).await;
        assert_eq!(self.target.call_end_reason(), Some(reason));
        assert_eq!(self.at_a.state(), CallState::Connected);
        assert_eq!(self.at_b.state(), CallState::Connected);
        self.at_a.hang_up().await.unwrap();
        becomes(&self.at_b, CallState::Disconnected).await;
    }
}

#[tokio::test]
async fn a_silent_target_is_followed_to_its_voicemail_or_is_tried_alone() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    office.set_script(boss(), PartyScript::no_answer());
    office
        .set_calling_settings(boss(), CallingSettings::default())
        .unwrap();
    let blind = Blind::begin(&a, &b, TransferToParticipantOptions::default()).await;
    office.step(19).await;
    assert_eq!(blind.transfer.state(), TransferState::Transferring);
    office.step(1).await;
    blind.lands_at(&format!("28:voicemail:{BOSS}")).await;
    // Tried alone, it rings for as long, and the attempt ends.
    let blind = Blind::begin(&a, &b, direct()).await;
    office.step(19).await;
    assert_eq!(blind.transfer.state(), TransferState::Transferring);
    office.step(1).await;
    blind.fails(CallEndReason::UNANSWERED).await;
}

#[tokio::test]
async fn a_target_that_declines_or_is_not_there_has_a_voicemail_all_the_same() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    office
        .set_calling_settings(boss(), CallingSettings::default())
        .unwrap();
    for (script, alone) in [
        (
            PartyScript::reject(RejectReason::Declined),
            CallEndReason::DECLINED,
        ),
        (PartyScript::offline(), CallEndReason::OFFLINE),
    ] {
        office.set_script(boss(), script);
        let blind = Blind::begin(&a, &b, TransferToParticipantOptions::default()).await;
        blind.lands_at(&format!("28:voicemail:{BOSS}")).await;
        Blind::begin(&a, &b, direct()).await.fails(alone).await;
    }
    // With the rule off, and with nothing set, a refusal is one.
    office.set_script(boss(), PartyScript::reject(RejectReason::Declined));
    let off = CallingSettings::default().unanswered_to(ForwardTo::Off);
    office.set_calling_settings(boss(), off).unwrap();
    let options = TransferToParticipantOptions::default;
    Blind::begin(&a, &b, options())
        .await
        .fails(CallEndReason::DECLINED)
        .await;
    office.remove_calling_settings(boss());
    Blind::begin(&a, &b, options())
        .await
        .fails(CallEndReason::DECLINED)
        .await;
    // Whoever does not exist has no voicemail either.
    office
        .set_calling_settings(boss(), CallingSettings::default())
        .unwrap();
    office.set_script(boss(), PartyScript::not_found());
    let unknown = CallEndReason::OFFLINE;
    Blind::begin(&a, &b, options()).await.fails(unknown).await;
}

#[tokio::test]
async fn a_forward_target_sees_the_transferee_and_who_forwarded() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    let d = office.agent("D").await;
    let forwarded = CallingSettings::default().forward_to(ForwardTo::Party(d.identity().clone()));
    office.set_calling_settings(boss(), forwarded).unwrap();
    let boss_itself = CommunicationIdentifier::from(boss());
    let blind = Blind::begin(&a, &b, TransferToParticipantOptions::default()).await;
    let ringing = rings(&d).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    let transferor = ringing.transferor_info().unwrap();
    assert_eq!(transferor.identifier.as_ref(), Some(&boss_itself));
    assert!(!rang(&office, &boss_itself.raw_id()), "it is not rung itself");
    let at_d = ringing.accept(()).await.unwrap();
    blind.lands_at(&d.identity().raw_id()).await;
    becomes(&at_d, CallState::Connected).await;
    at_d.hang_up().await.unwrap();
    becomes(&blind.target, CallState::Disconnected).await;
    // An agent that calls the boss is forwarded in the same way.
    let mut incoming = d.incoming_calls();
    let call = a.start_call([boss_itself.clone()], ()).await.unwrap();
    let ringing = soon("a forwarded call", incoming.next()).await.unwrap();
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(a.identity()));
    let transferor = ringing.transferor_info().unwrap();
    assert_eq!(transferor.identifier.as_ref(), Some(&boss_itself));
    ringing.reject().await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::DECLINED));
    // Disabled, the boss is rung and answers.
    let blind = Blind::begin(&a, &b, direct()).await;
    blind.lands_at(&boss_itself.raw_id()).await;
    assert!(rang(&office, &boss_itself.raw_id()));
}

#[tokio::test]
async fn a_server_that_transfers_is_forwarded_as_a_client_is() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let (b, d) = (office.agent("B").await, office.agent("D").await);
    let forwarded = CallingSettings::default().forward_to(ForwardTo::Party(d.identity().clone()));
    office.set_calling_settings(boss(), forwarded).unwrap();
    let call = b.start_call([office.clerk()], ()).await.unwrap();
    let body = json!({
        "incomingCallContext": app.offer().await["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = office.client.post("/calling/callConnections:answer", &body).await;
    app.event("app", "CallConnected").await;
    becomes(&call, CallState::Connected).await;
    let path = format!(
        "/calling/callConnections/{}:transferToParticipant",
        answered.text("callConnectionId")
    );
    let raw_id = CommunicationIdentifier::from(boss()).raw_id().into_owned();
    let body = json!({ "targetParticipant": { "rawId": raw_id } });
    assert_eq!(office.client.post(&path, &body).await.status, 202);
    let ringing = rings(&d).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    let transferor = ringing.transferor_info().unwrap().identifier.clone().unwrap();
    assert_eq!(transferor.raw_id(), raw_id);
    // The event names whom the application asked for; the participant is who answered.
    ringing.accept(()).await.unwrap();
    let accepted = app.event("app", "CallTransferAccepted").await;
    assert_eq!(accepted["data"]["transferTarget"]["rawId"], raw_id);
    let target = soon("a target call", call.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&target.target_call, CallState::Connected).await;
    assert_eq!(raw_ids(&target.target_call), [d.identity().raw_id()]);
}

#[tokio::test]
async fn for_a_user_of_the_resource_the_flag_makes_no_difference() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    let c = office.agent("C").await;
    let mut incoming = c.incoming_calls();
    for options in [TransferToParticipantOptions::default(), direct()] {
        let (at_a, at_b) = talk(&a, &b).await;
        let transfer = at_a
            .transfer_to_participant(c.identity().clone(), options)
            .unwrap();
        let ringing = soon("the target", incoming.next()).await.unwrap();
        office.step(84).await;
        assert_eq!(transfer.state(), TransferState::Transferring);
        office.step(1).await;
        let outcome = soon("the outcome", transfer.outcome()).await;
        assert_eq!(outcome, Err(CallEndReason::UNANSWERED));
        let end = soon("the end", ringing.ended().next()).await;
        assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::UNANSWERED)));
        assert_eq!(
            (at_a.state(), at_b.state()),
            (CallState::Connected, CallState::Connected)
        );
        at_a.hang_up().await.unwrap();
        becomes(&at_b, CallState::Disconnected).await;
    }
}

#[tokio::test]
async fn a_replaced_call_that_goes_first_fails_the_transfer_to_it() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    let c = office.agent("C").await;
    let (with_b, at_b) = talk(&a, &b).await;
    let (with_c, old_at_c) = talk(&a, &c).await;
    becomes(&with_b, CallState::LocalHold).await;
    let mut incoming = c.incoming_calls();
    let transfer = with_b.transfer_to_call(&with_c, ()).unwrap();
    let ringing = soon("the transferee", incoming.next()).await.unwrap();
    old_at_c.hang_up().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::REPLACED_CALL_NOT_FOUND));
    let end = soon("the end", ringing.ended().next()).await;
    assert!(matches!(end, Some(IncomingEnd::Ended(_))), "{end:?}");
    becomes(&with_c, CallState::Disconnected).await;
    assert_eq!(with_b.state(), CallState::LocalHold);
    assert_ne!(at_b.state(), CallState::Disconnected);
    with_b.resume().await.unwrap();
    becomes(&at_b, CallState::Connected).await;
}

#[tokio::test]
async fn a_transfer_to_a_call_whose_far_end_declines_leaves_both_calls() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    let c = office.agent("C").await;
    let (with_b, at_b) = talk(&a, &b).await;
    let (with_c, old_at_c) = talk(&a, &c).await;
    let mut incoming = c.incoming_calls();
    let transfer = with_b.transfer_to_call(&with_c, ()).unwrap();
    let ringing = soon("the transferee", incoming.next()).await.unwrap();
    ringing.reject().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::DECLINED));
    let transfer = with_b.transfer_to_call(&with_c, ()).unwrap();
    soon("the transferee", incoming.next()).await.unwrap();
    office.step(85).await;
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::UNANSWERED));
    assert_eq!(with_c.state(), CallState::Connected);
    assert_eq!(old_at_c.state(), CallState::Connected);
    assert_ne!(at_b.state(), CallState::Disconnected);
}

#[tokio::test]
async fn a_transfer_to_a_voicemail_needs_one_and_never_rings_the_user() {
    let office = Office::stepped().await;
    let (a, b) = (office.agent("A").await, office.agent("B").await);
    let (at_a, at_b) = talk(&a, &b).await;
    let mut accepted = at_b.transfers_accepted();
    let missing = CallEndReason::OFFLINE;
    let none = CallingSettings::default().without_voicemail();
    office.set_calling_settings(boss(), none).unwrap();
    let transfer = at_a.transfer_to_voicemail(boss(), ()).unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Err(missing));
    let target = soon("a target call", accepted.next()).await.unwrap().target_call;
    becomes(&target, CallState::Disconnected).await;
    // No such user.
    office.remove_calling_settings(boss());
    office.set_script(boss(), PartyScript::not_found());
    let transfer = at_a.transfer_to_voicemail(boss(), ()).unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Err(missing));
    soon("a target call", accepted.next()).await.unwrap();
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
    // It takes its time; forwarding makes no difference.
    office.set_script(boss(), PartyScript::no_answer());
    let slow = CallingSettings::default()
        .forward_to(ForwardTo::Party(a.identity().clone()))
        .voicemail_after(std::time::Duration::from_secs(3));
    office.set_calling_settings(boss(), slow).unwrap();
    let transfer = at_a.transfer_to_voicemail(boss(), ()).unwrap();
    let target = soon("a target call", accepted.next()).await.unwrap().target_call;
    office.step(2).await;
    assert_eq!(transfer.state(), TransferState::Transferring);
    office.step(1).await;
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    becomes(&target, CallState::Connected).await;
    assert!(!rang(&office, &CommunicationIdentifier::from(boss()).raw_id()));
}
