//! Sessions live as long as their tokens, by the emulator's clock.

use std::time::Duration;

use acs_calling::limits::TOKEN_GRACE;
use acs_calling::protocol::{ClientMessage, Request, ServerMessage, SignIn, VERSION, decode, encode};
use acs_calling::transport::{Connection, Transport as _};
use acs_calling::{
    CallAgentOptions, CallClient, CallClientOptions, CallEndReason, CallState, ConnectionState,
    ConnectionStateChangedReason, WebSocketTransport,
};
use acs_common::Secret;
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, Somebody, becomes, talk};
use crate::harness::soon;

const HOUR: Duration = Duration::from_secs(3600);

impl Office {
    /// Somebody whose token holds for an hour.
    async fn somebody_for_an_hour(&self) -> Somebody {
        let who = self.somebody(&["voip"]).await;
        Somebody {
            token: self.token_for_an_hour(&who).await,
            ..who
        }
    }

    async fn token_for_an_hour(&self, who: &Somebody) -> String {
        let path = format!(
            "/identities/{}/:issueAccessToken?api-version=2023-10-01",
            who.id.raw_id()
        );
        let body = json!({ "scopes": ["voip"], "expiresInMinutes": 60 });
        let issued = self.client.post(&path, &body).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        issued.text("token")
    }
}

#[tokio::test]
async fn a_session_ends_when_its_token_does_and_a_new_agent_is_the_remedy() {
    let office = Office::stepped().await;
    let a = office.agent("A").await;
    let who = office.somebody_for_an_hour().await;
    let plain = CallAgentOptions::default;
    let b = office.sign_in(&who, "desk", plain()).await.unwrap();
    let (at_a, at_b) = talk(&a, &b).await;
    let mut changes = b.connection_state_changes();
    // A while is left for a fresher token to come.
    office.advance(HOUR).await.unwrap();
    at_b.mute().await.unwrap();
    assert_eq!(b.connection_state(), ConnectionState::Connected);
    office.advance(TOKEN_GRACE).await.unwrap();
    let change = soon("the end of the token", changes.next()).await.unwrap();
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::InvalidToken));
    assert_eq!(at_b.call_end_reason(), Some(CallEndReason::INVALID_TOKEN));
    becomes(&at_a, CallState::Disconnected).await;
    assert_eq!(a.connection_state(), ConnectionState::Connected);
    // The old token is not taken any more, a new one is, on the same device.
    let error = office.sign_in(&who, "desk", plain()).await.unwrap_err();
    assert_eq!((error.code(), error.sub_code()), (Some(401), Some(40_235)));
    let token = office.token_for_an_hour(&who).await;
    let who = Somebody { token, ..who };
    let again = office.sign_in(&who, "desk", plain()).await.unwrap();
    talk(&a, &again).await;
}

/// A session without the client crate's rules: what the other end does is seen as it is.
struct Bare {
    connection: Connection,
    last: u64,
}

impl Bare {
    async fn sign_in(office: &Office, who: &Somebody) -> Self {
        let transport = WebSocketTransport::new(office.endpoint().base()).unwrap();
        let connection = transport.connect().await.unwrap();
        let mut bare = Self { connection, last: 0 };
        bare.send(Request::SignIn(SignIn {
            version: VERSION,
            token: Secret::from(who.token.clone()),
            endpoint: "bare".to_owned(),
            display_name: None,
            asks_before_transfer: false,
            resume: None,
        }))
        .await;
        let answer = bare.hears().await;
        assert!(matches!(answer, Some(ServerMessage::SignedIn(_))), "{answer:?}");
        bare
    }

    async fn send(&mut self, request: Request) -> u64 {
        self.last += 1;
        let text = encode(&ClientMessage {
            id: self.last,
            request,
        });
        self.connection.outgoing.send(text.unwrap()).await.unwrap();
        self.last
    }

    async fn hears(&mut self) -> Option<ServerMessage> {
        let text = soon("a message", self.connection.incoming.recv()).await?;
        Some(decode(&text).unwrap())
    }

    /// Brings a token, and whether it was taken.
    async fn brings(&mut self, token: &str) -> Option<u16> {
        let token = Secret::from(token.to_owned());
        let id = self.send(Request::UpdateToken { token }).await;
        match self.hears().await {
            Some(ServerMessage::Reply { id: to, error }) if to == id => error.map(|error| error.code),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_fresher_token_keeps_the_session_and_one_of_somebody_else_does_not() {
    let office = Office::stepped().await;
    let who = office.somebody_for_an_hour().await;
    let other = office.somebody_for_an_hour().await;
    let mut bare = Bare::sign_in(&office, &who).await;
    office.advance(HOUR / 2).await.unwrap();
    let fresher = office.token_for_an_hour(&who).await;
    assert_eq!(bare.brings(&fresher).await, None);
    // The first token is over by now, and the second one has a quarter of an hour left.
    office.advance(HOUR * 3 / 4).await.unwrap();
    assert_eq!(bare.brings(&who.token).await, Some(401), "it has expired");
    assert_eq!(bare.brings(&other.token).await, Some(401), "it is another's");
    office.advance(HOUR / 4 + TOKEN_GRACE).await.unwrap();
    let told = bare.hears().await;
    let reason = CallEndReason::new(401, 40_235);
    assert_eq!(told, Some(ServerMessage::SignedOut { reason }));
    assert_eq!(bare.hears().await, None, "the connection is closed");
}

/// Whoever has waited for the farewell finds the place free.
#[tokio::test]
async fn an_agent_that_is_disposed_of_can_be_made_anew_at_once() {
    let office = Office::open().await;
    let who = office.somebody(&["voip"]).await;
    let transport = WebSocketTransport::new(office.endpoint().base()).unwrap();
    let client = CallClient::new(CallClientOptions::new(transport));
    for _ in 0..5 {
        let agent = soon("a sign-in", client.create_call_agent(who.credential(), ())).await;
        soon("the farewell", agent.unwrap().dispose()).await;
    }
}
