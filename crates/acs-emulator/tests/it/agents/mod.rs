//! Call agents against the emulator: both ends of a call over real sockets.

mod automation;
mod calls;
mod cut;
mod forwarding;
mod losses;
mod many;
mod pairs;
mod signing;
mod tokens;
mod transfers;

use std::ops::Deref;
use std::time::{Duration, SystemTime};

use acs_calling::credential::{AccessToken, StaticTokenCredential};
use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallClient, CallClientOptions, CallState, IncomingCall,
    WebSocketTransport,
};
use acs_common::CommunicationIdentifier;
use acs_emulator::{ClockMode, Emulator, EventGridSchema};
use futures::StreamExt as _;
use serde_json::json;

use crate::harness::{App, Client, soon};

/// Somebody with a token.
struct Somebody {
    id: CommunicationIdentifier,
    token: String,
}

impl Somebody {
    /// The token, which holds by the emulator's clock, whatever that of the machine shows.
    fn credential(&self) -> StaticTokenCredential {
        let far = SystemTime::now() + Duration::from_secs(24 * 3600);
        StaticTokenCredential::with_expiry(AccessToken::new(self.token.clone(), far))
    }
}

/// An emulator at which agents sign in.
struct Office {
    emulator: Emulator,
    client: Client,
}

impl Deref for Office {
    type Target = Emulator;

    fn deref(&self) -> &Emulator {
        &self.emulator
    }
}

impl Office {
    async fn open() -> Self {
        Self::of(Emulator::start().await.unwrap())
    }

    /// With an application that is told of calls by Event Grid.
    async fn with(app: &App) -> Self {
        let builder = Emulator::builder().event_grid_webhook(app.webhook(), EventGridSchema::EventGrid);
        Self::of(builder.start().await.unwrap())
    }

    /// With time that passes only as it is told.
    async fn stepped() -> Self {
        Self::of(
            Emulator::builder()
                .clock(ClockMode::Stepped)
                .start()
                .await
                .unwrap(),
        )
    }

    async fn step(&self, seconds: u64) {
        soon("a step", self.advance(Duration::from_secs(seconds)))
            .await
            .unwrap();
    }

    fn of(emulator: Emulator) -> Self {
        let client = Client::new(&emulator);
        Self { emulator, client }
    }

    async fn somebody(&self, scopes: &[&str]) -> Somebody {
        let body = json!({ "createTokenWithScopes": scopes });
        let made = self
            .client
            .post("/identities?api-version=2023-10-01", &body)
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        Somebody {
            id: CommunicationIdentifier::from_raw_id(made.body["identity"]["id"].as_str().unwrap()),
            token: made.body["accessToken"]["token"].as_str().unwrap().to_owned(),
        }
    }

    async fn sign_in(
        &self,
        who: &Somebody,
        device: &str,
        options: CallAgentOptions,
    ) -> Result<CallAgent, acs_calling::Error> {
        let transport = WebSocketTransport::new(self.endpoint().base())?;
        let client = CallClient::new(CallClientOptions::new(transport).endpoint(device));
        let credential = who.credential();
        soon("a sign-in", client.create_call_agent(credential, options)).await
    }

    async fn agent(&self, name: &str) -> CallAgent {
        let who = self.somebody(&["voip"]).await;
        self.sign_in(&who, "desk", name.into()).await.unwrap()
    }
}

async fn rings(agent: &CallAgent) -> IncomingCall {
    soon("a call that rings", agent.incoming_calls().next())
        .await
        .unwrap()
}

async fn becomes(call: &Call, state: CallState) {
    let reached = soon("a state", call.wait_for(|now| now == state)).await;
    assert_eq!(reached, state, "{:?}", call.call_end_reason());
}

/// Two agents who talk: the caller's call and the callee's.
async fn talk(caller: &CallAgent, callee: &CallAgent) -> (Call, Call) {
    let call = caller.start_call([callee.identity().clone()], ()).await.unwrap();
    let answered = rings(callee).await.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    (call, answered)
}
