//! Invariant 9: whether an agent or an application transfers B to C, B and C see the same, event by event, but for who
//! transferred.

use std::time::Duration;

use acs_calling::{
    Call, CallAgent, CallAgentEvent, CallAgentEvents, CallAgentOptions, CallEndReason, CallEvent, CallEvents,
    CallState, CallerInfo, CollectionUpdate, CustomContext, IncomingCall, IncomingEnd, RemoteParticipant,
    TransferToParticipantOptions,
};
use acs_common::CommunicationIdentifier;
use futures::{FutureExt as _, StreamExt as _};
use serde_json::json;

use super::{Office, becomes, rings};
use crate::harness::{App, soon};

/// What C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accepts,
    Declines,
    Silent,
}

/// Who transfers.
#[derive(Clone, Copy, Debug)]
enum By {
    Agent,
    Application,
}

/// The two whose experience counts. Everybody else is A.
struct Names {
    b: CommunicationIdentifier,
    c: CommunicationIdentifier,
}

impl Names {
    fn of(&self, who: &CommunicationIdentifier) -> &'static str {
        match who {
            who if *who == self.b => "B",
            who if *who == self.c => "C",
            _ => "A",
        }
    }

    fn caller(&self, caller: Option<&CallerInfo>) -> String {
        let who = caller.and_then(|caller| caller.identifier.as_ref());
        let name = caller.and_then(|caller| caller.display_name.as_deref());
        format!("{:?} called {name:?}", who.map(|who| self.of(who)))
    }

    fn participants(&self, update: &CollectionUpdate<RemoteParticipant>) -> String {
        let all = |participants: &[RemoteParticipant]| {
            let mut all: Vec<String> = participants.iter().map(|one| self.participant(one)).collect();
            all.sort();
            all.join(", ")
        };
        format!(
            "participants: +[{}] -[{}]",
            all(&update.added),
            all(&update.removed)
        )
    }

    fn participant(&self, one: &RemoteParticipant) -> String {
        let RemoteParticipant {
            identifier,
            display_name,
            state,
            is_muted,
            call_end_reason,
        } = one;
        let who = self.of(identifier);
        // How A is called is A's affair.
        let name = display_name.as_deref().filter(|_| who != "A");
        format!("{who} called {name:?} {state:?} muted {is_muted} {call_end_reason:?}")
    }

    fn call(&self, call: &Call) -> String {
        format!(
            "{:?} from {}",
            call.direction(),
            self.caller(call.caller_info().as_ref())
        )
    }

    /// An event of a call; nothing for who transferred.
    fn in_call(&self, event: &CallEvent) -> Option<String> {
        Some(match event {
            CallEvent::TransferorInfoChanged(_) => return None,
            CallEvent::CallerInfoChanged(caller) => self.caller(caller.as_ref()),
            CallEvent::RemoteParticipantsUpdated(update) => self.participants(update),
            CallEvent::TransferAccepted(accepted) => {
                format!("transfer accepted: {}", self.call(&accepted.target_call))
            }
            other => format!("{other:?}"),
        })
    }

    fn of_agent(&self, event: &CallAgentEvent) -> String {
        match event {
            CallAgentEvent::IncomingCall(call) => format!(
                "rings: {}, {:?}",
                self.caller(Some(&call.caller_info())),
                call.custom_context()
            ),
            CallAgentEvent::IncomingCallHandled(handled) => {
                format!("handled: {} {:?}", handled.code, handled.sub_code)
            }
            CallAgentEvent::CallsUpdated(update) => {
                let all = |calls: &[Call]| -> Vec<String> {
                    // The caller of an incoming call from A is A's affair, and is `A`.
                    calls.iter().map(|call| self.call(call)).collect()
                };
                format!("calls: +{:?} -{:?}", all(&update.added), all(&update.removed))
            }
            other => format!("{other:?}"),
        }
    }
}

/// Everything that came so far.
fn calls_so_far(names: &Names, events: &mut CallEvents) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        seen.extend(names.in_call(&event));
    }
    seen
}

fn agents_so_far(names: &Names, events: &mut CallAgentEvents) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        seen.push(names.of_agent(&event));
    }
    seen
}

/// What B and C saw.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    b: Vec<String>,
    old_call_of_b: Vec<String>,
    new_call_of_b: Vec<String>,
    new_call_of_b_ends: Option<CallEndReason>,
    c: Vec<String>,
    call_of_c: Vec<String>,
    ringing_ends: IncomingEnd,
}

/// The side that transfers.
enum Transferor {
    Agent { _agent: CallAgent, call: Call },
    Application { app: App, leg: String },
}

impl Transferor {
    async fn calls(by: By, office: &Office, b: &CallAgent) -> (Self, Call) {
        match by {
            By::Agent => {
                let who = office.somebody(&["voip"]).await;
                let a = office
                    .sign_in(&who, "desk", CallAgentOptions::default())
                    .await
                    .unwrap();
                let call = a.start_call([b.identity().clone()], ()).await.unwrap();
                let old = rings(b).await.accept(()).await.unwrap();
                becomes(&call, CallState::Connected).await;
                (Self::Agent { _agent: a, call }, old)
            }
            By::Application => {
                let mut app = App::start().await;
                let body = json!({
                    "targets": [{ "rawId": b.identity().raw_id() }],
                    "callbackUri": app.callback("app"),
                });
                let created = office.client.post("/calling/callConnections", &body).await;
                let old = rings(b).await.accept(()).await.unwrap();
                app.event("app", "CallConnected").await;
                let leg = format!("/calling/callConnections/{}", created.text("callConnectionId"));
                (Self::Application { app, leg }, old)
            }
        }
    }

    /// Transfers, and says what it was told of the outcome: whether it succeeded.
    async fn transfers(
        &mut self,
        office: &Office,
        target: &CommunicationIdentifier,
    ) -> std::pin::Pin<Box<dyn Future<Output = bool> + '_>> {
        match self {
            Self::Agent { call, .. } => {
                let options = TransferToParticipantOptions::default()
                    .custom_context(CustomContext::default().voip_header("topic", "billing"))
                    .hang_up_when_transferred(true);
                let transfer = call.transfer_to_participant(target.clone(), options).unwrap();
                Box::pin(async move { soon("the outcome", transfer.outcome()).await.is_ok() })
            }
            Self::Application { app, leg } => {
                let body = json!({
                    "targetParticipant": { "rawId": target.raw_id() },
                    "customCallingContext": { "voipHeaders": { "topic": "billing" } },
                });
                let path = format!("{leg}:transferToParticipant");
                assert_eq!(office.client.post(&path, &body).await.status, 202);
                Box::pin(async move {
                    // Events of other kinds are kept, so both can be waited for, one after the other.
                    loop {
                        for event in app.everything() {
                            match event["type"].as_str().unwrap() {
                                "Microsoft.Communication.CallTransferAccepted" => return true,
                                "Microsoft.Communication.CallTransferFailed" => return false,
                                _ => {}
                            }
                        }
                        tokio::task::yield_now().await;
                    }
                })
            }
        }
    }
}

async fn play(by: By, answer: Answer) -> Seen {
    let office = Office::stepped().await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let names = Names {
        b: b.identity().clone(),
        c: c.identity().clone(),
    };
    let (mut events_of_b, mut events_of_c) = (b.events(), c.events());
    let (mut transferor, old) = Transferor::calls(by, &office, &b).await;
    becomes(&old, CallState::Connected).await;
    let mut old_events = old.events();
    let outcome = transferor.transfers(&office, c.identity()).await;
    let accepted = soon("a target call", old.transfers_accepted().next()).await;
    let new = accepted.unwrap().target_call;
    let mut new_events = new.events();
    let ringing: IncomingCall = rings(&c).await;
    becomes(&new, CallState::Ringing).await;
    let mut events_in_c = None;
    match answer {
        Answer::Accepts => {
            // The call is there as soon as it was asked for, so nothing of it is missed.
            let mut accepting = Box::pin(ringing.clone().accept(()));
            assert!(accepting.as_mut().now_or_never().is_none());
            events_in_c = c.calls().first().map(Call::events);
            let call = soon("the answer", accepting).await.unwrap();
            becomes(&call, CallState::Connected).await;
            becomes(&new, CallState::Connected).await;
        }
        Answer::Declines => ringing.clone().reject().await.unwrap(),
        Answer::Silent => {
            while ringing.end().is_none() {
                office.advance(Duration::from_secs(10)).await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    }
    let transferred = soon("the outcome", outcome).await;
    assert_eq!(transferred, answer == Answer::Accepts);
    let (moved, left) = if transferred { (&old, &new) } else { (&new, &old) };
    becomes(moved, CallState::Disconnected).await;
    assert_eq!(left.state(), CallState::Connected);
    // The last change of each is there when its state is; who else is there follows at once.
    let ringing_ends = soon("the end", ringing.ended().next()).await.unwrap();
    Seen {
        b: agents_so_far(&names, &mut events_of_b),
        old_call_of_b: calls_so_far(&names, &mut old_events),
        new_call_of_b: calls_so_far(&names, &mut new_events),
        new_call_of_b_ends: new.call_end_reason(),
        c: agents_so_far(&names, &mut events_of_c),
        call_of_c: events_in_c.map_or_else(Vec::new, |mut events| calls_so_far(&names, &mut events)),
        ringing_ends,
    }
}

async fn same(answer: Answer) -> Seen {
    let by_agent = play(By::Agent, answer).await;
    let by_application = play(By::Application, answer).await;
    assert_eq!(by_agent, by_application, "{answer:?}");
    by_agent
}

#[tokio::test]
async fn a_transfer_that_is_accepted_looks_the_same_whoever_asks_for_it() {
    let seen = same(Answer::Accepts).await;
    assert_eq!(seen.ringing_ends, IncomingEnd::Accepted);
    // Nothing is the same because nothing was seen.
    assert_eq!(
        (seen.b.len(), seen.old_call_of_b.len(), seen.new_call_of_b.len()),
        (6, 7, 5),
        "{seen:#?}"
    );
    assert_eq!((seen.c.len(), seen.call_of_c.len()), (4, 5), "{seen:#?}");
}

#[tokio::test]
async fn a_transfer_that_is_declined_looks_the_same_whoever_asks_for_it() {
    let seen = same(Answer::Declines).await;
    assert_eq!(seen.new_call_of_b_ends, Some(CallEndReason::DECLINED));
    assert_eq!(seen.ringing_ends, IncomingEnd::Rejected);
}

#[tokio::test]
async fn a_transfer_that_nobody_answers_looks_the_same_whoever_asks_for_it() {
    let seen = same(Answer::Silent).await;
    assert_eq!(seen.new_call_of_b_ends, Some(CallEndReason::UNANSWERED));
}
