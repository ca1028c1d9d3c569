//! Agents sign in, lose their connection, and sign out.

use acs_calling::{CallAgentOptions, CallState, ErrorKind};
use acs_emulator::AgentState;
use futures::StreamExt as _;

use super::cut::Cut;
use super::{Office, Somebody, becomes, rings, talk};
use crate::harness::soon;

#[tokio::test]
async fn only_tokens_for_calls_that_were_issued_here_sign_in() {
    let office = Office::open().await;
    let who = office.somebody(&["voip"]).await;
    let plain = CallAgentOptions::default;
    let first = office.sign_in(&who, "desk", plain()).await.unwrap();
    assert_eq!(first.identity(), &who.id);
    let error = office.sign_in(&who, "desk", plain()).await.unwrap_err();
    assert_eq!((error.code(), error.sub_code()), (Some(409), Some(40_228)));
    office.sign_in(&who, "mobile", plain()).await.unwrap();
    let chat = office.somebody(&["chat"]).await;
    let error = office.sign_in(&chat, "desk", plain()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    let forged = Somebody {
        token: format!("{}x", who.token),
        ..who
    };
    let error = office.sign_in(&forged, "tablet", plain()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn an_agent_that_signs_out_leaves_its_calls_and_is_a_virtual_party_again() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let identity = b.identity().clone();
    let (at_a, at_b) = talk(&a, &b).await;
    drop(at_b);
    b.dispose().await;
    becomes(&at_a, CallState::Disconnected).await;
    // Nobody waits for its calls any more, so its script counts again: it answers by itself.
    let call = a.start_call([identity], ()).await.unwrap();
    becomes(&call, CallState::Connected).await;
}

#[tokio::test]
async fn an_agent_whose_connection_is_lost_is_seen_to_be_away() {
    let office = Office::open().await;
    let who = office.somebody(&["voip"]).await;
    let line = Cut::new(&office);
    let _agent = line.agent(&who, ()).await;
    assert_eq!(office.agents()[0].state, AgentState::Connected);
    line.refuse(true);
    line.cut().await;
    let away = async {
        while office.agents()[0].state != AgentState::Away {
            tokio::task::yield_now().await;
        }
    };
    soon("the loss to be noticed", away).await;
    let noted = async {
        while office.journal().last().unwrap().label != "is away" {
            tokio::task::yield_now().await;
        }
    };
    soon("the loss to be noted", noted).await;
}

#[tokio::test]
async fn an_agent_whose_connection_is_cut_finds_its_calls_again() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let who = office.somebody(&["voip"]).await;
    let line = Cut::new(&office);
    let b = line.agent(&who, ()).await;
    let (at_a, at_b) = talk(&a, &b).await;
    // A transfer that is under way when the connection is cut goes on.
    let c = office.agent("C").await;
    let transfer = at_b.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    line.cut().await;
    ringing.accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let accepted = soon("a target call", at_a.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_a, CallState::LocalHold).await;
    becomes(&at_b, CallState::RemoteHold).await;
    accepted.target_call.hang_up().await.unwrap();
    at_a.resume().await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    line.cut().await;
    // What happens meanwhile is known when the connection is back.
    at_a.hold().await.unwrap();
    becomes(&at_b, CallState::RemoteHold).await;
    at_a.hang_up().await.unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(b.connection_state(), acs_calling::ConnectionState::Connected);
    // Whoever runs the emulator has seen it go and come.
    let journal = office.journal();
    let come = journal
        .iter()
        .filter(|entry| entry.from == *who.id.raw_id() && entry.call.is_none())
        .map(|entry| entry.label.as_str())
        // One that is back before its loss is noticed was never away.
        .filter(|label| *label != "is away");
    assert_eq!(come.collect::<Vec<_>>(), ["signs in", "comes back", "comes back"]);
}
