//! A session against a service that is played by hand: what does not happen between well-behaved agents.

use std::time::{Duration, SystemTime};

use acs_calling::credential::{AccessToken, StaticTokenCredential};
use acs_calling::protocol::{
    CallSnapshot, IncomingCallInfo, Refusal, Request, ServerMessage, SessionId, SignedIn,
};
use acs_calling::transport::MemoryTransport;
use acs_calling::transport::memory::MemoryPeer;
use acs_calling::{
    CallClient, CallClientOptions, CallDirection, CallEndReason, CallId, CallState, CallerInfo,
};
use acs_common::CommunicationIdentifier;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::notice::Notice;
use super::session::{self, Behaviour, Ended};

fn user(name: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::user(format!("8:acs:resource_{name}"))
}

/// An agent in a session, its user, and the service.
struct Scene {
    peer: MemoryPeer,
    lines: mpsc::Sender<String>,
    told: mpsc::UnboundedReceiver<Notice>,
    stop: Option<oneshot::Sender<()>>,
    session: JoinHandle<Ended>,
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

impl Scene {
    async fn open(auto_answer: bool, stay: bool) -> Self {
        let (transport, listener) = MemoryTransport::new();
        let client = CallClient::new(CallClientOptions::new(transport));
        let day = SystemTime::now() + Duration::from_secs(24 * 3600);
        let credential = StaticTokenCredential::with_expiry(AccessToken::new("token", day));
        let welcome = async {
            let mut peer = listener.accept().await.unwrap();
            let (_, request) = peer.receive().await.unwrap();
            assert!(matches!(request, Request::SignIn(_)), "{request:?}");
            let signed_in = SignedIn {
                session: SessionId::new("session"),
                resumed: false,
                identity: user("alice"),
                calls: Vec::new(),
                incoming: Vec::new(),
                transfers: Vec::new(),
            };
            assert!(peer.send(ServerMessage::SignedIn(signed_in)).await);
            peer
        };
        let (agent, peer) = tokio::join!(client.create_call_agent(credential, ()), welcome);
        let (lines, commands) = mpsc::channel(8);
        let (teller, told) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let session = tokio::spawn(async move {
            let mut tell = |notice: &Notice| {
                let _ = teller.send(notice.clone());
            };
            let behaviour = Behaviour {
                auto_answer,
                stay,
                tell: &mut tell,
            };
            let stopped = async { drop(stopped.await) };
            session::run(agent.unwrap(), behaviour, commands, stopped).await
        });
        Self {
            peer,
            lines,
            told,
            stop: Some(stop),
            session,
        }
    }

    async fn says(&self, line: &str) {
        self.lines.send(line.to_owned()).await.unwrap();
    }

    async fn hears(&mut self, wanted: impl Fn(&Notice) -> bool) -> Notice {
        let mut before = Vec::new();
        while let Some(notice) = soon(&format!("a notice behind {before:?}"), self.told.recv()).await {
            if wanted(&notice) {
                return notice;
            }
            before.push(notice);
        }
        panic!("the session is over: {before:?}");
    }

    /// What a command was refused for.
    async fn refusal(&mut self) -> String {
        match self
            .hears(|notice| matches!(notice, Notice::Refused { .. }))
            .await
        {
            Notice::Refused { message, .. } => message,
            other => panic!("{other:?}"),
        }
    }

    async fn rings(&mut self, id: &str) {
        let incoming = IncomingCallInfo {
            id: CallId::new(id),
            caller: CallerInfo::new(user(id)),
            transferor: None,
            custom_context: None,
        };
        assert!(self.peer.send(ServerMessage::IncomingCall { incoming }).await);
        self.hears(|notice| matches!(notice, Notice::Ringing { .. }))
            .await;
    }

    async fn call_is(&mut self, id: &str, state: CallState) {
        let mut call = CallSnapshot::new(CallId::new(id), CallDirection::Incoming, state);
        call.end_reason = (state == CallState::Disconnected).then_some(CallEndReason::HUNG_UP);
        assert!(self.peer.send(ServerMessage::Call { call }).await);
        self.hears(|notice| matches!(notice, Notice::Call { state: told, .. } if *told == state))
            .await;
    }

    /// Takes a call that rings and answers it.
    async fn talks(&mut self, id: &str) {
        self.rings(id).await;
        self.says("answer").await;
        let (number, request) = soon("an answer", self.peer.receive()).await.unwrap();
        assert!(matches!(request, Request::Accept { .. }), "{request:?}");
        assert!(self.peer.done(number).await);
        self.call_is(id, CallState::Connected).await;
        self.hears(|notice| matches!(notice, Notice::Done { .. })).await;
    }

    async fn end(self) -> Ended {
        // A service that is gone does not hold anybody up.
        drop(self.peer);
        soon("the end", self.session).await.unwrap()
    }
}

#[tokio::test]
async fn a_token_that_is_not_valid_any_more_ends_the_session() {
    let mut scene = Scene::open(false, true).await;
    let reason = CallEndReason::INVALID_TOKEN;
    assert!(scene.peer.send(ServerMessage::SignedOut { reason }).await);
    let invalid_token = true;
    let told = Notice::Connection {
        connected: false,
        invalid_token,
    };
    scene.hears(|notice| *notice == told).await;
    scene.hears(|notice| *notice == Notice::SignedOut).await;
    let ended = scene.end().await;
    assert!(ended.by_token && ended.refused == 0, "{ended:?}");
}

#[tokio::test]
async fn which_call_is_meant_is_asked_where_it_is_not_clear() {
    let mut scene = Scene::open(false, false).await;
    scene.says("mute").await;
    assert_eq!(scene.refusal().await, "CALL: there is no call that goes on");
    scene.rings("bob").await;
    scene.rings("carol").await;
    for (line, expected) in [
        ("answer", "CALL: expected the number of one that rings here: 1, 2"),
        ("answer 3", "CALL: there is no call 3; `calls` lists them"),
        ("mute 1", "CALL: call 1 only rings; `answer` takes it"),
        ("accept", "CALL: there is no call that is to be transferred"),
        ("accept 2", "CALL: nobody wants to transfer call 2"),
        ("wait transferred", "no transfer was asked for"),
        ("wait over in 9", "CALL: there is no call 9; `calls` lists them"),
        (
            "transfer 1 to call 2",
            "CALL: call 1 only rings; `answer` takes it",
        ),
    ] {
        scene.says(line).await;
        assert_eq!(scene.refusal().await, expected, "{line}");
    }
    let call = CallId::new("bob");
    let reason = CallEndReason::CANCELED;
    assert!(
        scene
            .peer
            .send(ServerMessage::IncomingCallEnded { call, reason })
            .await
    );
    scene
        .hears(|notice| *notice == Notice::RingingEnded { call: 1, reason })
        .await;
    scene.says("answer 1").await;
    assert_eq!(scene.refusal().await, "CALL: call 1 is over");
    drop(std::mem::replace(&mut scene.lines, mpsc::channel(1).0));
    assert_eq!(scene.end().await.refused, 10);
}

#[tokio::test]
async fn waiting_ends_with_what_is_waited_for_or_when_it_cannot_come() {
    let mut scene = Scene::open(false, true).await;
    scene.talks("bob").await;
    let done = |line: &str| Notice::Done {
        command: line.to_owned(),
    };
    scene.says("wait connected").await;
    scene.hears(|notice| *notice == done("wait connected")).await;
    scene.says("wait held").await;
    scene.call_is("bob", CallState::RemoteHold).await;
    scene.hears(|notice| *notice == done("wait held")).await;
    scene.says("wait asked").await;
    scene.call_is("bob", CallState::Disconnected).await;
    assert_eq!(scene.refusal().await, "no call is left");
    scene.says("wait over").await;
    scene.hears(|notice| *notice == done("wait over")).await;
    // There was no call when this began, so one may still come.
    scene.says("wait connected").await;
    scene.rings("carol").await;
    drop(scene.stop.take());
    scene.hears(|notice| *notice == Notice::SignedOut).await;
    assert_eq!(scene.end().await.refused, 1);
}

#[tokio::test]
async fn a_race_that_is_lost_by_answering_at_once_is_no_fault_of_the_user() {
    let mut scene = Scene::open(true, true).await;
    scene.rings("bob").await;
    let (id, request) = soon("an answer", scene.peer.receive()).await.unwrap();
    assert!(matches!(request, Request::Accept { .. }), "{request:?}");
    let error = Some(Refusal::new(400, 41_006, "it does not ring any more"));
    assert!(scene.peer.send(ServerMessage::Reply { id, error }).await);
    let message = scene.refusal().await;
    assert!(message.contains("400/41006"), "{message}");
    drop(scene.stop.take());
    assert_eq!(scene.end().await, Ended::default());
}
