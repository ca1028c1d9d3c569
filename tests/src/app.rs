//! An application: client, event hub and webhook server.

use std::collections::VecDeque;
use std::sync::Arc;

use acs_call_automation::{
    CallAutomationClient, CallConnection, CommunicationIdentifier, CommunicationUserIdentifier, Observer,
    RetryPolicy,
};
use acs_call_events::{CallEventHub, IncomingCall, IncomingCalls, webhook};
use acs_call_streaming::MediaSession;
use acs_common::{AccessKey, ConnectionString, Endpoint, tls};
use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::sockets::Sockets;
use crate::{identities, soon};

/// An application of one resource. Its webhook takes callbacks and Event Grid events on every path but `/media`,
/// where WebSockets are taken.
#[derive(Debug)]
pub struct Application {
    client: CallAutomationClient,
    hub: CallEventHub,
    callback: String,
    resource: ConnectionString,
    http: reqwest::Client,
    offers: Mutex<Offers>,
    sockets: Sockets,
    server: JoinHandle<()>,
}

/// Offers by who is called; those for others are kept for whoever asks for them.
#[derive(Debug)]
struct Offers {
    incoming: IncomingCalls,
    early: VecDeque<IncomingCall>,
}

/// The two legs of a call between the application and a user that it answers for.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The leg that created the call.
    pub caller: CallConnection,
    /// The leg that answered it.
    pub callee: CallConnection,
    /// The user that was called.
    pub user: CommunicationUserIdentifier,
}

impl Application {
    /// Opens an application of a resource that listens here. `callback` is the public address of the
    /// listener, its own loopback address if `None`.
    ///
    /// # Errors
    ///
    /// When the resource cannot be used as it is described.
    pub fn open(
        resource: ConnectionString,
        listener: TcpListener,
        callback: Option<String>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self> {
        let callback = match callback {
            Some(callback) => callback,
            None => format!("http://{}/events", listener.local_addr()?),
        };
        let http = http_client(resource.endpoint())?;
        let hub = CallEventHub::new();
        let mut builder = CallAutomationClient::builder()
            .connection_string(resource.expose())
            .retry(RetryPolicy::none())
            .events(hub.clone());
        if let Some(observer) = observer {
            builder = builder.observer(observer);
        }
        let client = builder.build()?;
        let offers = Mutex::new(Offers {
            incoming: hub.incoming_calls(),
            early: VecDeque::new(),
        });
        let (sockets, router) = Sockets::open(&callback)?;
        let router = router.fallback_service(webhook::router(hub.clone()));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the webhook serves");
        });
        Ok(Self {
            client,
            hub,
            callback,
            resource,
            http,
            offers,
            sockets,
            server,
        })
    }

    /// The client.
    pub fn client(&self) -> &CallAutomationClient {
        &self.client
    }

    /// What the webhook feeds.
    pub fn hub(&self) -> &CallEventHub {
        &self.hub
    }

    /// Where callbacks go.
    pub fn callback(&self) -> &str {
        &self.callback
    }

    /// Where the service opens WebSockets of streamed media: beside the callbacks, with a key in the query.
    pub fn transport_url(&self) -> &str {
        &self.sockets.url
    }

    /// The next WebSocket that the service opens.
    ///
    /// # Panics
    ///
    /// When the server is no more.
    pub async fn next_session(&self) -> MediaSession {
        self.sockets.next().await.expect("the server runs")
    }

    /// The resource.
    pub fn resource(&self) -> &ConnectionString {
        &self.resource
    }

    /// A client of the same resource whose key is another one.
    ///
    /// # Errors
    ///
    /// When no client can be made.
    pub fn stranger(&self, observer: Option<Arc<dyn Observer>>) -> Result<CallAutomationClient> {
        let key = AccessKey::from_bytes("a key that opens nothing, of no resource");
        let string = ConnectionString::new(self.resource.endpoint().clone(), key);
        let mut builder = CallAutomationClient::builder()
            .connection_string(string.expose())
            .retry(RetryPolicy::none());
        if let Some(observer) = observer {
            builder = builder.observer(observer);
        }
        Ok(builder.build()?)
    }

    /// A new user of the resource, whose calls are offered to the application.
    ///
    /// # Errors
    ///
    /// When the resource makes none.
    pub async fn user(&self) -> Result<CommunicationUserIdentifier> {
        identities::create_user(&self.http, &self.resource).await
    }

    /// The next call that is offered for this callee.
    ///
    /// # Panics
    ///
    /// When none comes in time.
    pub async fn offer_to(&self, callee: impl Into<CommunicationIdentifier>) -> IncomingCall {
        let callee = callee.into();
        let what = format!("an offer to {}", callee.raw_id());
        soon(&what, self.next_offer_to(callee)).await
    }

    /// The next call that is offered for this callee, whenever that is.
    pub async fn next_offer_to(&self, callee: impl Into<CommunicationIdentifier>) -> IncomingCall {
        let callee = callee.into().raw_id().into_owned();
        let fits = |offer: &IncomingCall| offer.to().is_some_and(|to| to.raw_id() == callee);
        let mut offers = self.offers.lock().await;
        if let Some(index) = offers.early.iter().position(fits) {
            return offers.early.remove(index).expect("it was found there");
        }
        loop {
            let offer = offers.incoming.next().await.expect("the hub is open");
            if fits(&offer) {
                return offer;
            }
            offers.early.push_back(offer);
        }
    }

    /// Calls a new user, without an answer so far: the leg of the caller, and the offer.
    ///
    /// # Errors
    ///
    /// When the call cannot be created.
    pub async fn ringing(&self) -> Result<(CallConnection, IncomingCall)> {
        let user = self.user().await?;
        let caller = self.client.create_call(user.clone(), &self.callback).await?;
        Ok((caller, self.offer_to(user).await))
    }

    /// Calls a new user and answers for it; both legs are connected.
    ///
    /// # Errors
    ///
    /// When one of the two legs cannot be had.
    pub async fn pair(&self) -> Result<Pair> {
        let user = self.user().await?;
        let caller = self.client.create_call(user.clone(), &self.callback).await?;
        let callee = self.answer(&user).await?;
        soon("the caller to be connected", caller.connected()).await?;
        Ok(Pair { caller, callee, user })
    }

    /// Answers the next call that is offered for this callee; the leg is connected.
    ///
    /// # Errors
    ///
    /// When the call cannot be answered.
    pub async fn answer(&self, callee: &CommunicationUserIdentifier) -> Result<CallConnection> {
        let offer = self.offer_to(callee.clone()).await;
        let leg = self.client.answer_call(&offer, &self.callback).await?;
        soon("the callee to be connected", leg.connected())
            .await
            .context("the offer was answered")?;
        Ok(leg)
    }

    /// Adds a new user to a call and answers for it. Returns the user and its leg.
    ///
    /// # Errors
    ///
    /// When it cannot be added.
    pub async fn add(&self, call: &CallConnection) -> Result<(CommunicationUserIdentifier, CallConnection)> {
        let user = self.user().await?;
        let adding = call.add_participant(user.clone()).await?;
        let leg = self.answer(&user).await?;
        soon("the participant to be added", adding.outcome()).await?;
        Ok((user, leg))
    }
}

fn http_client(endpoint: &Endpoint) -> Result<reqwest::Client> {
    let tls = if endpoint.is_https() {
        tls::client_config()?
    } else {
        tls::without_roots()?
    };
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    Ok(builder.no_proxy().build()?)
}

impl Drop for Application {
    fn drop(&mut self) {
        self.server.abort();
    }
}
