//! An application that lets nobody in without a token of the service, and an emulator that signs, well or badly.

use std::time::Duration;

use acs_call_automation::{CallAutomationClient, CallConnection, RetryPolicy};
use acs_call_events::data::CallDisconnected;
use acs_call_events::token::{TokenVerifier, TokenVerifierBuilder};
use acs_call_events::webhook::{WebhookConfig, router_with};
use acs_call_events::{CallEventHub, CallEventStreamExt as _};
use acs_emulator::{Emulator, EmulatorBuilder, JournalKind, TokenFault};
use acs_tests::soon;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// An emulator and an application that checks what it is sent.
struct Guarded {
    emulator: Emulator,
    client: CallAutomationClient,
    hub: CallEventHub,
    callback: String,
    server: JoinHandle<()>,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A verifier for this emulator that would fetch keys at any time.
fn verifier(emulator: &Emulator) -> TokenVerifierBuilder {
    TokenVerifier::builder(emulator.resource_id())
        .issuer(emulator.callback_issuer())
        .metadata_url(emulator.openid_configuration())
        .fetch_cool_down(Duration::ZERO)
        .detect_replays(100)
}

impl Guarded {
    async fn start(settings: EmulatorBuilder) -> Self {
        let emulator = settings.delivery_time_scale(0.01).start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback = format!("http://{}/events", listener.local_addr().unwrap());
        let hub = CallEventHub::new();
        let config = WebhookConfig::new().token_verifier(verifier(&emulator).build().unwrap());
        let router = router_with(hub.clone(), config);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = CallAutomationClient::builder()
            .connection_string(emulator.connection_string())
            .retry(RetryPolicy::none())
            .events(hub.clone())
            .build()
            .unwrap();
        Self {
            emulator,
            client,
            hub,
            callback,
            server,
        }
    }

    /// Calls a user, who answers.
    async fn call(&self) -> CallConnection {
        let user = self.emulator.create_user();
        self.client
            .create_call(user, self.callback.as_str())
            .await
            .unwrap()
    }

    async fn connected(&self) -> CallConnection {
        let call = self.call().await;
        soon("CallConnected", call.connected()).await.unwrap();
        self.emulator.settled().await;
        call
    }

    /// Hangs up and waits until the application was told.
    async fn hang_up(&self, call: &CallConnection) {
        let mut events = call.events().unwrap().of_kind::<CallDisconnected>();
        call.hang_up(false).await.unwrap();
        soon("CallDisconnected", events.next()).await.unwrap();
        self.emulator.settled().await;
    }

    /// What the journal says of each delivery.
    fn deliveries(&self) -> Vec<Value> {
        let mut entries = self.emulator.journal();
        entries.retain(|entry| entry.kind == JournalKind::Delivery);
        entries.iter().map(|entry| entry.detail.clone()).collect()
    }
}

#[tokio::test]
async fn a_call_flows_through_a_guarded_webhook() {
    let world = Guarded::start(Emulator::builder()).await;
    let call = world.connected().await;
    world.hang_up(&call).await;
    let stats = world.hub.stats();
    assert_eq!(stats.unauthorized, 0);
    let deliveries = world.deliveries();
    assert_eq!(stats.accepted, deliveries.len() as u64);
    assert!(deliveries.iter().all(|delivery| delivery["status"] == 200));
}

#[tokio::test]
async fn no_bad_token_reaches_the_hub() {
    for fault in TokenFault::ALL {
        if matches!(fault, TokenFault::None | TokenFault::Replayed) {
            continue;
        }
        let world = Guarded::start(Emulator::builder().token_fault(fault)).await;
        let lost = world.call().await;
        world.emulator.settled().await;
        let deliveries = world.deliveries();
        assert_eq!(deliveries.len(), 2, "participants and connected");
        for delivery in &deliveries {
            let expected = json!({
                "result": "refused", "attempt": 1, "status": 401, "tokenFault": fault.to_string(),
            });
            assert_eq!(*delivery, expected, "{fault}");
        }
        let stats = world.hub.stats();
        assert_eq!((stats.unauthorized, stats.accepted), (2, 0), "{fault}");

        // The verifier is none the worse for it: what is signed well passes.
        world.emulator.set_token_fault(TokenFault::None);
        world.hang_up(&lost).await;
        world.connected().await;
        assert_eq!(world.hub.stats().unauthorized, 2, "{fault}");
    }
}

#[tokio::test]
async fn a_token_does_not_serve_a_second_event() {
    let world = Guarded::start(Emulator::builder()).await;
    let call = world.connected().await;
    let before = world.hub.stats();
    world.emulator.set_token_fault(TokenFault::Replayed);
    call.hang_up(false).await.unwrap();
    world.emulator.settled().await;
    let after = world.hub.stats();
    assert_eq!(before.unauthorized, 0);
    assert_eq!(after.accepted, before.accepted);
    let refused: Vec<Value> = world
        .deliveries()
        .into_iter()
        .filter(|delivery| delivery["status"] == 401)
        .collect();
    assert!(!refused.is_empty());
    assert!(
        refused
            .iter()
            .all(|delivery| delivery["tokenFault"] == "replayed")
    );
    assert_eq!(after.unauthorized, refused.len() as u64);
}

#[tokio::test]
async fn keys_are_rotated_in_the_middle_of_a_call() {
    let world = Guarded::start(Emulator::builder()).await;
    let call = world.connected().await;
    for rotation in [1, 2] {
        world.emulator.rotate_keys();
        assert_eq!(world.emulator.withdraw_old_keys(), 1);
        let other = world.connected().await;
        world.hang_up(&other).await;
        assert_eq!(world.hub.stats().unauthorized, 0, "rotation {rotation}");
    }
    world.hang_up(&call).await;
    assert_eq!(world.hub.stats().unauthorized, 0);
}

#[tokio::test]
async fn callbacks_without_tokens_are_not_let_in() {
    let world = Guarded::start(Emulator::builder().callback_tokens(false)).await;
    world.call().await;
    world.emulator.settled().await;
    let stats = world.hub.stats();
    assert_eq!((stats.unauthorized, stats.accepted), (2, 0));
}
