//! The states in which the connection is cut.

use acs_calling::protocol::{
    CallSnapshot, IncomingCallInfo, Request, ServerMessage, SignedIn, TransferProgress, TransferRequestId,
    TransferStatus,
};
use acs_calling::{
    Call, CallAgentOptions, CallDirection, CallState, CallerInfo, Error, IncomingCall, Transfer,
    TransferPolicy, TransferRequest,
};
use acs_common::enums::DtmfTone;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::task::JoinHandle;

use crate::peer::{Line, incoming, session, talking_to, user};

/// An agent at the moment at which its connection is cut.
pub(super) struct Scene {
    pub(super) line: Line,
    pub(super) calls: Vec<Call>,
    pub(super) ringing: Option<IncomingCall>,
    pub(super) transfer: Option<Transfer>,
    pub(super) question: Option<TransferRequest>,
    /// What was asked for and not answered yet.
    pub(super) pending: Vec<JoinHandle<Result<(), Error>>>,
    /// What the service knows.
    pub(super) known: SignedIn,
}

pub(super) type Row = (&'static str, fn() -> BoxFuture<'static, Scene>);

impl Scene {
    async fn new(options: CallAgentOptions) -> Self {
        Self {
            line: Line::new("me", options).await,
            calls: Vec::new(),
            ringing: None,
            transfer: None,
            question: None,
            pending: Vec::new(),
            known: session("me"),
        }
    }

    /// The service says how a call is, and the agent has heard it.
    async fn says(&mut self, call: Call, said: CallSnapshot) {
        let wanted = said.state;
        self.known.calls.retain(|known| known.id != said.id);
        self.known.calls.push(said.clone());
        self.line.says(said).await;
        assert_eq!(call.wait_for(|state| state == wanted).await, wanted);
        if !self.calls.contains(&call) {
            self.calls.push(call);
        }
    }

    /// A call that this agent began, in a state that the service can say.
    pub(super) async fn outgoing(state: CallState) -> Self {
        let mut scene = Self::new(CallAgentOptions::default()).await;
        let agent = scene.line.agent.clone();
        let (call, _) = tokio::join!(agent.start_call([user("far")], ()), scene.line.grant());
        let call = call.unwrap();
        let said = CallSnapshot {
            state,
            ..talking_to(&call.id(), "far")
        };
        scene.says(call, said).await;
        scene
    }

    /// A call that this agent took, in a state that the service can say.
    async fn accepted(state: CallState) -> Self {
        let mut scene = Self::new(CallAgentOptions::default()).await;
        let ringing = scene.line.rings("in", "far").await;
        let (call, _) = tokio::join!(ringing.accept(()), scene.line.grant());
        let call = call.unwrap();
        let said = CallSnapshot {
            state,
            direction: CallDirection::Incoming,
            ..talking_to(&call.id(), "far")
        };
        scene.says(call, said).await;
        scene
    }

    async fn ringing(info: IncomingCallInfo) -> Self {
        let mut scene = Self::new(CallAgentOptions::default()).await;
        let incoming = info.clone();
        let told = ServerMessage::IncomingCall { incoming };
        assert!(scene.line.peer.send(told).await);
        scene.ringing = scene.line.agent.incoming_calls().next().await;
        scene.known.incoming.push(info);
        scene
    }

    /// Something is asked for, and the service has heard it and not answered.
    async fn unanswered(&mut self, asked: BoxFuture<'static, Result<(), Error>>) -> Request {
        self.pending.push(tokio::spawn(asked));
        self.line.peer.receive().await.unwrap().1
    }

    /// The service is asked to transfer the call, and has taken it on.
    async fn transferring(state: CallState) -> Self {
        let mut scene = Self::outgoing(CallState::Connected).await;
        let call = scene.calls[0].clone();
        if state == CallState::LocalHold {
            let (held, _) = tokio::join!(call.hold(), scene.line.grant());
            held.unwrap();
            scene.known.calls[0].state = state;
        }
        let transfer = call.transfer_to_participant(user("target"), ()).unwrap();
        scene.line.grant().await;
        scene.known.transfers.push(TransferStatus {
            id: transfer.id().clone(),
            progress: TransferProgress::Transferring,
        });
        scene.transfer = Some(transfer);
        scene
    }

    /// This agent is moved, and its call to the target is in a state.
    async fn moved(state: CallState) -> Self {
        let mut scene = Self::outgoing(CallState::Connected).await;
        let old = scene.calls[0].clone();
        let new = scene.line.is_transferred(&old, "to-target", state).await;
        let said = CallSnapshot {
            state,
            ..talking_to(&new.id(), "target")
        };
        scene.says(new, said).await;
        if state == CallState::Connected {
            // The old call is held.
            scene.line.grant().await;
            scene.known.calls[0].state = CallState::LocalHold;
        }
        scene
    }

    /// This agent is asked whether it may be moved.
    async fn asked() -> Self {
        let asking = CallAgentOptions::default().transfer_policy(TransferPolicy::Ask);
        let mut scene = Self::new(asking).await;
        let call = scene.line.connected_to("far").await;
        scene.known.calls.push(talking_to(&call.id(), "far"));
        let told = ServerMessage::TransferRequested {
            transfer_request: TransferRequestId::new("q"),
            call: call.id(),
            target: Some(user("target")),
        };
        assert!(scene.line.peer.send(told).await);
        scene.question = call.transfer_requests().next().await;
        scene.calls.push(call);
        scene
    }
}

/// What is asked for in a call when the connection is cut.
fn in_the_middle_of(
    before: CallState,
    ask: fn(Call) -> BoxFuture<'static, Result<(), Error>>,
) -> BoxFuture<'static, Scene> {
    async move {
        let mut scene = Scene::outgoing(before).await;
        let call = scene.calls[0].clone();
        scene.unanswered(ask(call)).await;
        scene
    }
    .boxed()
}

pub(super) const ROWS: &[Row] = &[
    ("an agent without calls", || {
        Scene::new(CallAgentOptions::default()).boxed()
    }),
    // Calls.
    ("outgoing, connecting", || {
        Scene::outgoing(CallState::Connecting).boxed()
    }),
    ("outgoing, ringing", || {
        Scene::outgoing(CallState::Ringing).boxed()
    }),
    ("outgoing, early media", || {
        Scene::outgoing(CallState::EarlyMedia).boxed()
    }),
    ("outgoing, in the lobby", || {
        Scene::outgoing(CallState::InLobby).boxed()
    }),
    ("outgoing, connected", || {
        Scene::outgoing(CallState::Connected).boxed()
    }),
    ("outgoing, held here", || {
        Scene::outgoing(CallState::LocalHold).boxed()
    }),
    ("outgoing, held there", || {
        Scene::outgoing(CallState::RemoteHold).boxed()
    }),
    ("incoming, connecting", || {
        Scene::accepted(CallState::Connecting).boxed()
    }),
    ("incoming, connected", || {
        Scene::accepted(CallState::Connected).boxed()
    }),
    ("incoming, held here", || {
        Scene::accepted(CallState::LocalHold).boxed()
    }),
    ("incoming, held there", || {
        Scene::accepted(CallState::RemoteHold).boxed()
    }),
    // Requests under way.
    ("hanging up", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.hang_up().await }.boxed()
        })
    }),
    ("hanging up while it rings", || {
        in_the_middle_of(CallState::Ringing, |call| {
            async move { call.hang_up().await }.boxed()
        })
    }),
    ("ending for everyone", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.hang_up_for_everyone().await }.boxed()
        })
    }),
    ("holding", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.hold().await }.boxed()
        })
    }),
    ("resuming", || {
        in_the_middle_of(CallState::LocalHold, |call| {
            async move { call.resume().await }.boxed()
        })
    }),
    ("muting", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.mute().await }.boxed()
        })
    }),
    ("pressing a key", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.send_dtmf(DtmfTone::One).await }.boxed()
        })
    }),
    ("adding", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.add_participant(user("x"), ()).await }.boxed()
        })
    }),
    ("removing", || {
        in_the_middle_of(CallState::Connected, |call| {
            async move { call.remove_participant(user("far")).await }.boxed()
        })
    }),
    ("starting a call", || {
        async {
            let mut scene = Scene::new(CallAgentOptions::default()).await;
            let agent = scene.line.agent.clone();
            let asked = async move { agent.start_call([user("far")], ()).await.map(drop) };
            scene.unanswered(asked.boxed()).await;
            scene
        }
        .boxed()
    }),
    // Calls that ring.
    ("ringing", || Scene::ringing(incoming("in", "far")).boxed()),
    ("ringing as the target of a transfer", || {
        let transferor = Some(CallerInfo::new(user("transferor")));
        Scene::ringing(IncomingCallInfo {
            transferor,
            ..incoming("in", "far")
        })
        .boxed()
    }),
    ("accepting", || {
        async {
            let mut scene = Scene::ringing(incoming("in", "far")).await;
            let ringing = scene.ringing.clone().unwrap();
            scene
                .unanswered(async move { ringing.accept(()).await.map(drop) }.boxed())
                .await;
            scene
        }
        .boxed()
    }),
    ("rejecting", || {
        async {
            let mut scene = Scene::ringing(incoming("in", "far")).await;
            let ringing = scene.ringing.clone().unwrap();
            scene
                .unanswered(async move { ringing.reject().await }.boxed())
                .await;
            scene
        }
        .boxed()
    }),
    // Transfers: as the transferor,
    ("transferring", || {
        Scene::transferring(CallState::Connected).boxed()
    }),
    ("transferring a call on hold", || {
        Scene::transferring(CallState::LocalHold).boxed()
    }),
    ("transferring, left", || {
        async {
            let mut scene = Scene::transferring(CallState::Connected).await;
            let call = scene.calls[0].clone();
            scene
                .unanswered(async move { call.hang_up().await }.boxed())
                .await;
            scene
        }
        .boxed()
    }),
    // and as the transferee.
    ("asked", || Scene::asked().boxed()),
    ("agreeing", || {
        async {
            let mut scene = Scene::asked().await;
            let question = scene.question.take().unwrap();
            scene
                .unanswered(async move { question.accept(()).await }.boxed())
                .await;
            scene
        }
        .boxed()
    }),
    ("moved, connecting", || {
        Scene::moved(CallState::Connecting).boxed()
    }),
    ("moved, ringing", || Scene::moved(CallState::Ringing).boxed()),
    ("moved, connected", || Scene::moved(CallState::Connected).boxed()),
];
