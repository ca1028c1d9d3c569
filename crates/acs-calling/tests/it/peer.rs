//! The service, played by hand.

use std::time::{Duration, SystemTime};

use acs_calling::credential::{AccessToken, StaticTokenCredential};
use acs_calling::protocol::{
    CallSnapshot, IncomingCallInfo, Refusal, Request, ServerMessage, SessionId, SignIn, SignedIn, TransferId,
    TransferProgress, TransferStatus,
};
use acs_calling::transport::MemoryTransport;
use acs_calling::transport::memory::{MemoryListener, MemoryPeer};
use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallClient, CallClientOptions, CallDirection, CallEndReason, CallId,
    CallState, CallerInfo, IncomingCall, ParticipantState, RemoteParticipant,
};
use acs_common::CommunicationIdentifier;
use futures::StreamExt;

pub(crate) fn user(name: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::user(format!("8:acs:resource_{name}"))
}

pub(crate) fn credential() -> StaticTokenCredential {
    let day = Duration::from_secs(24 * 3600);
    StaticTokenCredential::with_expiry(AccessToken::new("token", SystemTime::now() + day))
}

/// An agent and the service's end of its connection.
pub(crate) struct Line {
    pub(crate) client: CallClient,
    pub(crate) agent: CallAgent,
    pub(crate) listener: MemoryListener,
    pub(crate) peer: MemoryPeer,
    pub(crate) signed_in_as: SignIn,
}

pub(crate) fn client() -> (CallClient, MemoryListener) {
    let (transport, listener) = MemoryTransport::new();
    (CallClient::new(CallClientOptions::new(transport)), listener)
}

pub(crate) fn session(name: &str) -> SignedIn {
    SignedIn {
        session: SessionId::new("session"),
        resumed: false,
        identity: user(name),
        calls: Vec::new(),
        incoming: Vec::new(),
        transfers: Vec::new(),
    }
}

/// Takes a connection and answers its sign-in.
pub(crate) async fn welcome(listener: &MemoryListener, signed_in: SignedIn) -> (MemoryPeer, SignIn) {
    let mut peer = listener.accept().await.unwrap();
    let (id, request) = peer.receive().await.unwrap();
    assert_eq!(id, 1);
    let Request::SignIn(sign_in) = request else {
        panic!("{request:?}");
    };
    assert!(peer.send(ServerMessage::SignedIn(signed_in)).await);
    (peer, sign_in)
}

impl Line {
    pub(crate) async fn new(name: &str, options: impl Into<CallAgentOptions>) -> Self {
        let (client, listener) = client();
        let (agent, (peer, signed_in_as)) = tokio::join!(
            client.create_call_agent(credential(), options),
            welcome(&listener, session(name))
        );
        Self {
            agent: agent.unwrap(),
            client,
            listener,
            peer,
            signed_in_as,
        }
    }

    /// The next request, which is done as asked.
    pub(crate) async fn grant(&mut self) -> Request {
        let (id, request) = self.peer.receive().await.unwrap();
        assert!(self.peer.done(id).await);
        request
    }

    /// The next request, which is refused.
    pub(crate) async fn refuse(&mut self, code: u16, sub_code: u32) -> Request {
        let (id, request) = self.peer.receive().await.unwrap();
        let error = Some(Refusal::new(code, sub_code, "no"));
        assert!(self.peer.send(ServerMessage::Reply { id, error }).await);
        request
    }

    pub(crate) async fn says(&self, call: CallSnapshot) {
        assert!(self.peer.send(ServerMessage::Call { call }).await);
    }

    pub(crate) async fn ends(&self, id: &CallId, reason: CallEndReason) {
        let mut call = snapshot(id, CallState::Disconnected);
        call.end_reason = Some(reason);
        self.says(call).await;
    }

    pub(crate) async fn transfer_is(&self, id: &TransferId, progress: TransferProgress) {
        let transfer = TransferStatus {
            id: id.clone(),
            progress,
        };
        assert!(self.peer.send(ServerMessage::Transfer { transfer }).await);
    }

    /// This agent, as the transferee, gets a call to the target.
    pub(crate) async fn is_transferred(&self, old: &Call, target: &str, state: CallState) -> Call {
        let (call, target_call) = (old.id(), snapshot(&CallId::new(target), state));
        let told = ServerMessage::TransferAccepted { call, target_call };
        assert!(self.peer.send(told).await);
        let mut accepted = old.transfers_accepted();
        loop {
            let new = accepted.next().await.unwrap().target_call;
            if new.id().as_str() == target {
                return new;
            }
        }
    }

    pub(crate) async fn stops_ringing(&self, id: &str, reason: CallEndReason) {
        let call = CallId::new(id);
        let told = ServerMessage::IncomingCallEnded { call, reason };
        assert!(self.peer.send(told).await);
    }

    /// A call to somebody, which is answered.
    pub(crate) async fn connected_to(&mut self, name: &str) -> Call {
        let agent = self.agent.clone();
        let (call, request) = tokio::join!(agent.start_call([user(name)], ()), self.grant());
        assert!(matches!(request, Request::StartCall { .. }), "{request:?}");
        let call = call.unwrap();
        self.says(talking_to(&call.id(), name)).await;
        assert_eq!(
            call.wait_for(CallState::is_established).await,
            CallState::Connected
        );
        call
    }

    /// A call rings here.
    pub(crate) async fn rings(&self, id: &str, from: &str) -> IncomingCall {
        let incoming = incoming(id, from);
        let mut calls = self.agent.incoming_calls();
        assert!(self.peer.send(ServerMessage::IncomingCall { incoming }).await);
        loop {
            let ringing = calls.next().await.unwrap();
            if ringing.id().as_str() == id {
                return ringing;
            }
        }
    }
}

pub(crate) fn incoming(id: &str, from: &str) -> IncomingCallInfo {
    IncomingCallInfo {
        id: CallId::new(id),
        caller: CallerInfo::new(user(from)),
        transferor: None,
        custom_context: None,
    }
}

pub(crate) fn snapshot(id: &CallId, state: CallState) -> CallSnapshot {
    CallSnapshot::new(id.clone(), CallDirection::Outgoing, state)
}

pub(crate) fn talking_to(id: &CallId, name: &str) -> CallSnapshot {
    CallSnapshot {
        participants: vec![participant(name)],
        server_call_id: Some("server-call".into()),
        ..snapshot(id, CallState::Connected)
    }
}

pub(crate) fn participant(name: &str) -> RemoteParticipant {
    RemoteParticipant {
        identifier: user(name),
        display_name: None,
        state: ParticipantState::Connected,
        is_muted: false,
        call_end_reason: None,
    }
}
