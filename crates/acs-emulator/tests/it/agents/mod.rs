//! Call agents against the emulator: both ends of a call over real sockets.

mod automation;
mod calls;
mod cut;
mod forwarding;
mod listed;
mod losses;
mod many;
mod muted;
mod numbers;
mod pairs;
mod participants;
mod rooms;
mod several;
mod signing;
mod tokens;
mod transfers;

use std::ops::Deref;
use std::time::{Duration, SystemTime};

use acs_calling::credential::{AccessToken, StaticTokenCredential};
use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallClient, CallClientOptions, CallState, Changes, CollectionUpdate,
    IncomingCall, ParticipantState, RemoteParticipant, WebSocketTransport,
};
use acs_common::CommunicationIdentifier;
use acs_emulator::{ClockMode, Emulator, EventGridSchema, PartyScript};
use futures::StreamExt as _;
use serde_json::{Value, json};

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

    /// With an application, and with time that passes as it is told.
    async fn stepped_with(app: &App) -> Self {
        let builder = Emulator::builder()
            .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
            .clock(ClockMode::Stepped);
        Self::of(builder.start().await.unwrap())
    }

    /// A user whose calls are the application's.
    fn clerk(&self) -> CommunicationIdentifier {
        let user = self.create_user();
        self.set_script(user.clone(), PartyScript::offer());
        user.into()
    }

    /// The application takes the call that it is offered next; its leg is told of at this name.
    async fn answer(&self, app: &mut App, name: &str) -> (Value, String) {
        let offer = app.offer().await;
        let body = json!({
            "incomingCallContext": offer["data"]["incomingCallContext"],
            "callbackUri": app.callback(name),
        });
        let answered = self.client.post("/calling/callConnections:answer", &body).await;
        assert_eq!(answered.status, 200, "{answered:?}");
        app.event(name, "CallConnected").await;
        (offer, answered.text("callConnectionId"))
    }

    /// The application connects to a call that runs.
    async fn connect(&self, app: &mut App, name: &str, locator: Value) -> String {
        let body = json!({ "callLocator": locator, "callbackUri": app.callback(name) });
        let connected = self.client.post("/calling/callConnections:connect", &body).await;
        assert_eq!(connected.status, 200, "{connected:?}");
        app.event(name, "CallConnected").await;
        connected.text("callConnectionId")
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

/// Waits until somebody is in this state, as a call shows its participants; every state counts that was shown since
/// the stream began.
async fn comes(
    updates: &mut Changes<CollectionUpdate<RemoteParticipant>>,
    who: &CommunicationIdentifier,
    state: ParticipantState,
) -> RemoteParticipant {
    soon(&format!("{who:?} to be {state:?}"), async {
        loop {
            let update = updates.next().await.expect("the call is over");
            let mut added = update.added.into_iter();
            if let Some(found) = added.find(|party| party.identifier == *who && party.state == state) {
                return found;
            }
        }
    })
    .await
}

/// Waits until somebody is not shown any more.
async fn goes(updates: &mut Changes<CollectionUpdate<RemoteParticipant>>, who: &CommunicationIdentifier) {
    soon(&format!("{who:?} to go"), async {
        loop {
            let update = updates.next().await.expect("the call is over");
            let there = |all: &[RemoteParticipant]| all.iter().any(|party| party.identifier == *who);
            if there(&update.removed) && !there(&update.added) {
                return;
            }
        }
    })
    .await;
}

/// The raw ids in a list of participants, sorted.
fn listed(event: &Value) -> Vec<String> {
    let participants = event["data"]["participants"].as_array().unwrap().iter();
    let mut raw_ids: Vec<String> = participants
        .map(|party| party["identifier"]["rawId"].as_str().unwrap().to_owned())
        .collect();
    raw_ids.sort();
    raw_ids
}

/// Waits for the list of participants that holds just these.
async fn lists(app: &mut App, name: &str, who: &[&CommunicationIdentifier]) -> Value {
    let mut wanted: Vec<String> = who.iter().map(|party| party.raw_id().into_owned()).collect();
    wanted.sort();
    loop {
        let event = app.event(name, "ParticipantsUpdated").await;
        if listed(&event) == wanted {
            return event;
        }
    }
}

/// Two agents who talk: the caller's call and the callee's.
async fn talk(caller: &CallAgent, callee: &CallAgent) -> (Call, Call) {
    let call = caller.start_call([callee.identity().clone()], ()).await.unwrap();
    let answered = rings(callee).await.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    (call, answered)
}
