//! The handle of a running emulator.

mod control;
mod settings;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use acs_common::credential::AccessToken;
use acs_common::{
    AccessKey, CallConnectionId, CommunicationIdentifier, CommunicationUserIdentifier, ConnectionString,
    Endpoint, PhoneNumber,
};
use axum::serve::{Listener, ListenerExt as _};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{EmulatorBuilder, EventGridSchema, webhook};
use crate::delivery::{Callbacks, Clients, Courier, EventGrid, Lanes, Pending};
use crate::endpoints::Party;
use crate::engine::{Command, Engine, MediaFault, PartyScript};
use crate::faults::SharedFaults;
use crate::files::Fetcher;
use crate::host::{Host, Outlets};
use crate::http::{
    Breaker, Guard, Limiter, Lines, METADATA, Repeatability, Service, Socket, Strictness, router,
};
use crate::https::Https;
use crate::identities::{Identities, guid};
use crate::journal::{Journal, JournalEntry, JournalStream};
use crate::recordings::Recordings;
use crate::streams::{HeardAudio, Recorded, StreamSettings, StreamStatus, Streams};
use crate::tokens::{BearerTokenOptions, Entra, TokenFault, Tokens};
use crate::{Error, ErrorKind};

/// The number that a resource owns when none is given; of the range that is kept free for fiction.
const MADE_UP_NUMBER: &str = "+14255550100";
/// How long a shutdown waits for open requests and for deliveries on their way.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// A running local service: an Azure Communication Services resource with Call Automation on a loopback
/// address.
///
/// Dropping it ends it at once; [`shutdown`](Self::shutdown) lets what is on its way arrive.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), acs_emulator::Error> {
/// use acs_emulator::Emulator;
///
/// let emulator = Emulator::start().await?;
/// let user = emulator.create_user();
/// println!("{} can be called at {}", user.id(), emulator.endpoint());
/// // hand emulator.connection_string() to a client of any language
/// emulator.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    service: Arc<Service>,
    connection: ConnectionString,
    courier: Courier,
    /// Ends the acceptance of requests.
    stop: CancellationToken,
    server: TaskTracker,
    https: Option<Https>,
}

impl Emulator {
    /// Starts an emulator with every setting at its default: a free port of 127.0.0.1, a random key, one
    /// telephone number.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`] when no port can be had.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Settings for an emulator that is to be started.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    pub(crate) async fn open(mut settings: EmulatorBuilder) -> Result<Self, Error> {
        let scale = settings.playback_time_scale;
        if !scale.is_finite() || scale < 0.0 {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                format!("playback time scale: expected a number from 0, and not {scale}"),
            ));
        }
        settings
            .clock
            .check()
            .map_err(|message| Error::new(ErrorKind::InvalidConfig, format!("clock: {message}")))?;
        for (user, settings) in &settings.calling_settings {
            settings.check(user).map_err(|wrong| {
                let user = user.raw_id();
                Error::new(
                    ErrorKind::InvalidConfig,
                    format!("calling settings of {user}: {wrong}"),
                )
            })?;
        }
        let listener = TcpListener::bind(settings.listen).await.map_err(|source| {
            Error::new(ErrorKind::Listen, format!("cannot listen on {}", settings.listen)).with_source(source)
        })?;
        let address = listener.local_addr().map_err(|source| {
            Error::new(ErrorKind::Listen, "the listener has no address").with_source(source)
        })?;
        let scheme = if settings.https { "https" } else { "http" };
        let endpoint = Endpoint::new(&format!("{scheme}://{}/", reachable(address))).map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "the address makes no endpoint").with_source(source)
        })?;
        // The wall clock: certificates are checked by other programs.
        let https = settings
            .https
            .then(|| Https::generate(address.ip(), &settings.allow_hosts, Utc::now()))
            .transpose()?;
        if settings.phone_numbers.is_empty() {
            settings
                .phone_numbers
                .extend(MADE_UP_NUMBER.parse::<PhoneNumber>().ok());
        }
        let seed = settings.seed.unwrap_or_else(|| fastrand::u64(..));
        let key = settings.access_key.clone().unwrap_or_else(random_key);
        let clock = Clock::new(settings.clock, settings.clock_start);
        let courier = Courier {
            clients: Clients::new(settings.delivery.timeout)?,
            clock,
            journal: Arc::new(Journal::new(settings.journal_capacity)),
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            pending: Pending::default(),
            lanes: Lanes::default(),
            faults: SharedFaults::new(seed),
        };
        // The first id that the engine makes is that of the resource: users have it in theirs.
        let resource_id = guid(&mut fastrand::Rng::with_seed(seed)).to_string();
        let tokens = Arc::new(Tokens::new(
            std::mem::take(&mut settings.tokens),
            endpoint.base().trim_end_matches('/'),
            &resource_id,
        )?);
        let entra = Arc::new(Entra::new(endpoint.base().trim_end_matches('/'))?);
        let delivery = &settings.delivery;
        let event_grid = EventGrid::new(
            courier.clone(),
            delivery.event_grid_schedule(),
            delivery.event_grid_ttl,
            endpoint.base(),
        );
        let callbacks = Callbacks::new(courier.clone(), delivery.callback_schedule(), Arc::clone(&tokens));
        let streams = Streams::new(
            StreamSettings {
                policy: settings.fetch,
                secure_only: settings.strict,
                reconnects: settings.stream_reconnects,
                pause_scale: delivery.scale,
                speech_scale: settings.playback_time_scale,
            },
            Arc::clone(&tokens),
        );
        let host = Host::new(
            Engine::new(settings.engine(seed)),
            Outlets {
                courier: courier.clone(),
                callbacks,
                event_grid,
                fetcher: Fetcher::new(settings.fetch)?,
                recordings: Recordings::new(endpoint.base(), tokens.resource_id()),
                streams,
            },
            seed,
        );
        let stop = CancellationToken::new();
        let service = Arc::new(Service {
            stop: stop.clone(),
            guard: Guard::new(
                &key,
                endpoint.authority(),
                settings.clock_skew,
                Arc::clone(&entra),
                Strictness {
                    strict: settings.strict,
                    https: settings.https,
                },
            ),
            identities: Identities::new(&key),
            repeatability: Repeatability::new(settings.repeatability_window),
            authority: endpoint.authority().to_owned(),
            scheme,
            limiter: settings.rate_limit.map(Limiter::new),
            page_size: settings.page_size,
            hosts: settings.allow_hosts.clone(),
            host,
            tokens,
            entra,
        });
        let emulator = Self {
            service: Arc::clone(&service),
            connection: ConnectionString::new(endpoint, key),
            courier,
            stop,
            server: TaskTracker::new(),
            https,
        };
        emulator.courier.spawn(emulator.service.host.clone().keep_time());
        for fault in settings.faults {
            emulator.add_fault(fault)?;
        }
        for (url, schema) in &settings.event_grid {
            emulator.subscribe_event_grid(&url.0, *schema)?;
        }
        match &emulator.https {
            None => {
                // An answer is small and is waited for.
                let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
                emulator.serve(listener, service);
            }
            Some(https) => {
                let listener = https.listen(listener).map_err(|source| {
                    Error::new(ErrorKind::Listen, "the listener has no address").with_source(source)
                })?;
                emulator.serve(listener, service);
            }
        }
        Ok(emulator)
    }
}

impl Emulator {
    fn serve<L>(&self, listener: L, service: Arc<Service>)
    where
        L: Listener,
        L::Io: Socket,
        L::Addr: fmt::Debug,
    {
        let stop = self.stop.clone();
        let router = router(service).into_make_service_with_connect_info::<Breaker>();
        let serving = axum::serve(Lines(listener), router)
            .with_graceful_shutdown(async move { stop.cancelled().await });
        let cancel = self.courier.cancel.clone();
        self.server.spawn(async move {
            if let Some(Err(error)) = cancel.run_until_cancelled(serving.into_future()).await {
                tracing::error!(%error, "the emulator no longer listens");
            }
        });
    }

    /// The connection string, access key included: `endpoint=http://127.0.0.1:…/;accesskey=…`.
    pub fn connection_string(&self) -> String {
        self.connection.expose()
    }

    /// The certificate in PEM that clients are to trust when the emulator speaks
    /// [`https`](EmulatorBuilder::https); `None` when it does not. Each start makes another one.
    pub fn ca_pem(&self) -> Option<&str> {
        self.https.as_ref().map(|https| https.ca_pem.as_str())
    }

    /// The endpoint alone, for clients that take key and endpoint apart.
    pub fn endpoint(&self) -> &Endpoint {
        self.connection.endpoint()
    }

    /// The access key of the resource.
    pub fn access_key(&self) -> &AccessKey {
        self.connection.access_key()
    }

    /// The telephone numbers that the resource owns.
    pub fn phone_numbers(&self) -> Vec<PhoneNumber> {
        self.service.host.phone_numbers()
    }

    /// Makes a user of the resource, as `POST /identities` does.
    pub fn create_user(&self) -> CommunicationUserIdentifier {
        CommunicationUserIdentifier::new(self.service.create_user())
    }

    /// Says what a party does when it is called: a user, or a telephone that the resource does not own.
    pub fn set_script(&self, party: impl Into<CommunicationIdentifier>, script: PartyScript) {
        let raw_id = party.into().raw_id().into_owned();
        // Scripts are data: there is nothing that the engine could refuse.
        let _ = self.service.host.command(Command::SetScript {
            raw_id,
            script: Some(script),
        });
    }

    /// Makes a room that can be connected to from now on; without one, any room id makes a room of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when the room cannot be made.
    pub fn create_room(
        &self,
        room_id: &str,
        valid_from: Option<DateTime<Utc>>,
        valid_until: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let command = Command::CreateRoom {
            room_id: room_id.to_owned(),
            valid_from,
            valid_until,
            participants: None,
        };
        self.make_room(command)
    }

    /// Makes a room that only these join; others are refused with 403/5828. Applications connect to it all the same.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when the room cannot be made.
    pub fn create_room_for(
        &self,
        room_id: &str,
        participants: impl IntoIterator<Item = impl Into<CommunicationIdentifier>>,
    ) -> Result<(), Error> {
        self.make_room(Command::CreateRoom {
            room_id: room_id.to_owned(),
            valid_from: None,
            valid_until: None,
            participants: Some(participants.into_iter().map(Into::into).collect()),
        })
    }

    fn make_room(&self, command: Command) -> Result<(), Error> {
        match self.service.host.command(command) {
            Ok(_) => Ok(()),
            Err(source) => {
                Err(Error::new(ErrorKind::InvalidConfig, "the room cannot be made").with_source(source))
            }
        }
    }

    /// A virtual party, to be driven by hand.
    pub fn party(&self, identity: impl Into<CommunicationIdentifier>) -> Party {
        Party::new(self.service.host.clone(), identity.into())
    }

    /// The media streams and transcriptions that are open or were, the oldest first; those that are over are
    /// remembered for a while.
    pub fn streams(&self) -> Vec<StreamStatus> {
        self.service.host.streams().status()
    }

    /// What the application has said on a leg, as far as it was played to the call: of its latest media stream.
    /// `None` when there was none.
    pub fn heard(&self, leg: &CallConnectionId) -> Option<HeardAudio> {
        self.service.host.streams().heard(leg)
    }

    /// What a party sounds like in media streams from the next change in its call on, instead of its tone: a WAV file
    /// of one channel and 16 bits, played again and again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when it is no such file.
    pub fn set_party_audio(
        &self,
        party: impl Into<CommunicationIdentifier>,
        wav: &[u8],
    ) -> Result<(), Error> {
        let recorded = Recorded::read(wav)
            .map_err(|reason| Error::new(ErrorKind::InvalidConfig, format!("party audio: {reason}")))?;
        let raw_id = party.into().raw_id().into_owned();
        self.service.host.streams().record(raw_id, recorded);
        Ok(())
    }

    /// Subscribes an address to the Event Grid events of the resource (`IncomingCall`).
    ///
    /// The handshake is repeated in the background until the address agrees; offers wait for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when the text is no absolute http or https URL.
    pub fn subscribe_event_grid(&self, url: &str, schema: EventGridSchema) -> Result<Subscription, Error> {
        let url = webhook(url)?;
        let code = self.service.host.guid();
        Ok(Subscription {
            active: self.service.host.event_grid().subscribe(url, schema, code),
        })
    }

    /// The immutable resource id, a GUID: the audience of the tokens that callbacks carry.
    pub fn resource_id(&self) -> &str {
        self.service.tokens.resource_id()
    }

    /// The issuer that the tokens of callbacks name.
    pub fn callback_issuer(&self) -> &str {
        self.service.tokens.issuer()
    }

    /// Where a verifier of callbacks finds issuer and keys:
    /// `http://…/calling/.well-known/acsopenidconfiguration`.
    pub fn openid_configuration(&self) -> String {
        let origin = self.connection.endpoint().base().trim_end_matches('/');
        format!("{origin}{METADATA}")
    }

    /// Signs callbacks with the next key from now on, as `POST /emulator/keys/rotate` does. The key before
    /// stays published for its [grace](EmulatorBuilder::callback_key_grace), until the next rotation, or until
    /// [`withdraw_old_keys`](Self::withdraw_old_keys). A single key of the user's comes back under another id.
    ///
    /// Returns the id of the key (`kid`).
    pub fn rotate_keys(&self) -> String {
        self.service.rotate_keys()
    }

    /// Ends the publication of keys that no longer sign, as `POST /emulator/keys/withdraw` does. Returns how
    /// many there were.
    pub fn withdraw_old_keys(&self) -> usize {
        self.service.withdraw_old_keys()
    }

    /// Makes the tokens of callbacks wrong, as `POST /emulator/token-fault` does, for every event that is
    /// posted for the first time from now on; [`TokenFault::None`] and [`reset`](Self::reset) make them right
    /// again. The journal names the fault at each delivery. Nothing happens where callbacks carry no tokens.
    pub fn set_token_fault(&self, fault: TokenFault) {
        self.service.set_token_fault(fault);
    }

    /// What is wrong with the tokens of callbacks.
    pub fn token_fault(&self) -> TokenFault {
        self.service.tokens.fault()
    }

    /// Makes playback and recognition fail as the service fails, as `POST /emulator/media-fault` does, for
    /// whatever begins from now on; [`MediaFault::None`] and [`reset`](Self::reset) make them work again.
    pub fn set_media_fault(&self, fault: MediaFault) {
        self.service.set_media_fault(fault);
    }

    /// What is wrong with media.
    pub fn media_fault(&self) -> MediaFault {
        self.service.host.media_fault()
    }

    /// A bearer token of the emulator's own authority, in the form of Microsoft Entra ID: for requests without
    /// an access key. `POST /{tenant}/oauth2/v2.0/token` gives the same to programs in other languages.
    ///
    /// It lets in when it is for Azure Communication Services and within its time. Clients send tokens over TLS
    /// only: [`https`](EmulatorBuilder::https).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the scope does not end in `/.default`.
    pub fn bearer_token(&self, options: &BearerTokenOptions) -> Result<AccessToken, Error> {
        self.service.entra.issue(options, Tokens::now())
    }

    /// What happened so far, oldest first.
    pub fn journal(&self) -> Vec<Arc<JournalEntry>> {
        self.courier.journal.snapshot()
    }

    /// What happened so far and what will happen, as a stream.
    pub fn journal_stream(&self) -> JournalStream {
        self.courier.journal.stream()
    }

    /// Waits until every event that is due has been delivered, refused or given up. What is due later (an
    /// answer after a delay, a ring that runs out) and offers whose subscription has not agreed yet are not
    /// waited for.
    pub async fn settled(&self) {
        self.service.host.settled().await;
    }

    /// Ends every call without a word to anybody and forgets users, subscriptions, queued events, recordings and
    /// stored answers; tokens are right again. Address, keys and numbers stay; the journal goes on.
    pub fn reset(&self) {
        self.service.reset();
    }

    /// Ends the emulator: no new requests, open ones are answered, events on their way are delivered, for at
    /// most five seconds.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.server.close();
        let settled = async {
            self.server.wait().await;
            self.service.host.settled().await;
        };
        if tokio::time::timeout(SHUTDOWN_PATIENCE, settled).await.is_err() {
            tracing::warn!(
                pending = self.service.host.pending(),
                "shut down with deliveries on their way"
            );
        }
        self.courier.cancel.cancel();
        self.courier.tasks.close();
        self.courier.tasks.wait().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
        self.courier.cancel.cancel();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("endpoint", self.connection.endpoint())
            .finish_non_exhaustive()
    }
}

/// A subscription to Event Grid events.
#[derive(Clone, Debug)]
pub struct Subscription {
    active: watch::Receiver<bool>,
}

impl Subscription {
    /// Whether the address has agreed.
    pub fn is_active(&self) -> bool {
        *self.active.borrow()
    }

    /// Waits until the address has agreed. Returns `false` when it no longer can: the emulator was reset or
    /// ended.
    pub async fn active(&self) -> bool {
        self.active.clone().wait_for(|active| *active).await.is_ok()
    }
}

/// An address that a client on this machine can use: "any address" is none to connect to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback = match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        address.set_ip(loopback);
    }
    address
}

fn random_key() -> AccessKey {
    let bytes: Vec<u8> = (0..4).flat_map(|_| uuid::Uuid::new_v4().into_bytes()).collect();
    AccessKey::from_bytes(bytes)
}
