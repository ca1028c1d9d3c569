//! What can be set before the emulator starts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use acs_common::{AccessKey, CommunicationIdentifier, PhoneNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::ClockMode;
use crate::faults::Fault;

use crate::delivery::Schedule;
use crate::engine::{CallingSettings, EngineConfig, Latency, MediaFault, PartyScript, UsersMode};
use crate::files::FetchPolicy;
use crate::http::{AllowedHost, RateLimit};
use crate::journal::address;
use crate::tokens::{KeyBytes, TokenFault, TokenOptions};
use crate::{Emulator, Error, ErrorKind};

/// The envelope in which Event Grid posts its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventGridSchema {
    /// The schema of Event Grid itself; the handshake is a `SubscriptionValidation` event.
    #[default]
    EventGrid,
    /// CloudEvents 1.0; the handshake is an `OPTIONS` request.
    CloudEvents,
}

/// Settings for an [`Emulator`]. Everything has a default: port 0 of 127.0.0.1, a random access key, one
/// telephone number, no latency beyond what keeps events behind their response.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until `start` is awaited"]
pub struct EmulatorBuilder {
    pub(crate) listen: SocketAddr,
    pub(crate) access_key: Option<AccessKey>,
    pub(crate) phone_numbers: Vec<PhoneNumber>,
    pub(crate) event_grid: Vec<(Webhook, EventGridSchema)>,
    pub(crate) users: Option<UsersMode>,
    pub(crate) seed: Option<u64>,
    pub(crate) latency: Latency,
    pub(crate) ring_timeout: Option<Duration>,
    pub(crate) scripts: Vec<(CommunicationIdentifier, PartyScript)>,
    pub(crate) calling_settings: Vec<(CommunicationIdentifier, CallingSettings)>,
    pub(crate) delivery: DeliveryOptions,
    pub(crate) page_size: usize,
    pub(crate) clock_skew: Duration,
    pub(crate) repeatability_window: Duration,
    pub(crate) journal_capacity: usize,
    pub(crate) recording_chunk_limit: Option<u64>,
    pub(crate) tokens: TokenOptions,
    pub(crate) fetch: FetchPolicy,
    pub(crate) playback_time_scale: f64,
    pub(crate) inter_tone_timeout_fails: bool,
    pub(crate) media_fault: MediaFault,
    pub(crate) stream_reconnects: u32,
    pub(crate) allow_hosts: Vec<AllowedHost>,
    pub(crate) https: bool,
    pub(crate) strict: bool,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) clock: ClockMode,
    pub(crate) clock_start: Option<DateTime<Utc>>,
    pub(crate) faults: Vec<Fault>,
}

/// An address as it was given. Its query may hold a key, so `Debug` leaves the values out.
#[derive(Clone)]
pub(crate) struct Webhook(pub(crate) String);

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&address(&self.0))
    }
}

/// How callbacks and Event Grid posts are repeated.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryOptions {
    pub(crate) callbacks: Vec<Duration>,
    pub(crate) event_grid: Vec<Duration>,
    pub(crate) event_grid_ttl: Duration,
    pub(crate) timeout: Duration,
    pub(crate) scale: f64,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            // The callback sender's schedule is not published; Event Grid's is, and an offer that rings for
            // 30 s has no use for more than its first two steps.
            callbacks: [1, 3, 10].map(Duration::from_secs).to_vec(),
            event_grid: [10, 30].map(Duration::from_secs).to_vec(),
            event_grid_ttl: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            scale: 1.0,
        }
    }
}

impl DeliveryOptions {
    pub(crate) fn callback_schedule(&self) -> Schedule {
        Schedule {
            pauses: self.callbacks.clone(),
            scale: self.scale,
        }
    }

    pub(crate) fn event_grid_schedule(&self) -> Schedule {
        Schedule {
            pauses: self.event_grid.clone(),
            scale: self.scale,
        }
    }
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            access_key: None,
            phone_numbers: Vec::new(),
            event_grid: Vec::new(),
            users: None,
            seed: None,
            latency: Latency::default(),
            ring_timeout: None,
            scripts: Vec::new(),
            calling_settings: Vec::new(),
            delivery: DeliveryOptions::default(),
            page_size: 100,
            clock_skew: acs_common::verify::DEFAULT_CLOCK_SKEW,
            repeatability_window: Duration::from_secs(5 * 60),
            journal_capacity: 50_000,
            recording_chunk_limit: None,
            tokens: TokenOptions::default(),
            fetch: FetchPolicy::default(),
            playback_time_scale: EngineConfig::default().playback_time_scale,
            inter_tone_timeout_fails: false,
            media_fault: MediaFault::None,
            stream_reconnects: 3,
            allow_hosts: Vec::new(),
            https: false,
            strict: false,
            rate_limit: None,
            clock: ClockMode::default(),
            clock_start: None,
            faults: Vec::new(),
        }
    }
}

impl EmulatorBuilder {
    /// The address to listen on; port 0 takes any free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Whether to speak TLS, and `https` in the connection string, as the service does. `http` unless set.
    ///
    /// The certificate is for `localhost`, `127.0.0.1`, `::1` and the address that is listened on. Its
    /// authority is made at the start and is what clients are to trust: [`Emulator::ca_pem`].
    pub fn https(mut self, enabled: bool) -> Self {
        self.https = enabled;
        self
    }

    /// Whether to leave out what the emulator lets pass for work on one machine and the service does not:
    /// callback addresses must be `https` and those of streams `wss`, a caller id must be a number of the resource
    /// (403/7507), a signature must be over the request as it was sent, and bearer tokens are taken over TLS only.
    /// Off unless set.
    pub fn strict(mut self, enabled: bool) -> Self {
        self.strict = enabled;
        self
    }

    /// How many requests are carried out in which time; what comes beyond is answered with 429 and
    /// `Retry-After`. No limit unless set, for the service publishes none.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// The access key of the resource. Without one, a random key is made.
    pub fn access_key(mut self, key: AccessKey) -> Self {
        self.access_key = Some(key);
        self
    }

    /// Adds a telephone number that the resource owns: its calls come in, and it may be a caller id.
    /// Without one, a number is made up.
    pub fn phone_number(mut self, number: PhoneNumber) -> Self {
        self.phone_numbers.push(number);
        self
    }

    /// Subscribes an address to the Event Grid events of the resource (`IncomingCall`). The handshake is
    /// repeated until the address answers, so the application may start later.
    pub fn event_grid_webhook(mut self, url: impl Into<String>, schema: EventGridSchema) -> Self {
        self.event_grid.push((Webhook(url.into()), schema));
        self
    }

    /// What virtual users do when called. Without a choice they answer, unless an Event Grid address is
    /// subscribed: then they ring, and the application is offered the call.
    pub fn users(mut self, mode: UsersMode) -> Self {
        self.users = Some(mode);
        self
    }

    /// The seed of every id. The same seed and the same requests give the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How long the service takes between a cause and its events. No time unless set; events follow their
    /// response all the same.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// How long a party rings before it counts as not answering: for calls that are created (120 s unless
    /// set), offers over Event Grid (30 s) and invitations without a timeout of their own (60 s) alike.
    pub fn ring_timeout(mut self, timeout: Duration) -> Self {
        self.ring_timeout = Some(timeout);
        self
    }

    /// Gives a party a script: when it answers, rejects, hangs up.
    pub fn script(mut self, party: impl Into<CommunicationIdentifier>, script: PartyScript) -> Self {
        self.scripts.push((party.into(), script));
        self
    }

    /// Multiplies every pause of the delivery: the retries of callbacks (1 s, 3 s, 10 s) and of Event Grid
    /// (10 s, 30 s, within 60 s), and the pauses between handshakes. 0.01 makes tests quick.
    pub fn delivery_time_scale(mut self, scale: f64) -> Self {
        self.delivery.scale = scale;
        self
    }

    /// The pauses before each repetition of a callback; none means one attempt.
    pub fn callback_retries(mut self, pauses: impl IntoIterator<Item = Duration>) -> Self {
        self.delivery.callbacks = pauses.into_iter().collect();
        self
    }

    /// From where files that are played are fetched, and where WebSockets for media streams and transcription are
    /// dialled. On this machine only, unless set; then any other fails as if it could not be reached, and the
    /// journal says why.
    pub fn fetch(mut self, policy: FetchPolicy) -> Self {
        self.fetch = policy;
        self
    }

    /// How much of the time of what is played and said passes. 0.01 unless set: a prompt of 10 s takes 100 ms. 1
    /// is real time; a number below 0 is refused at the start. The time-outs of recognitions pass as the application gives them.
    pub fn playback_time_scale(mut self, scale: f64) -> Self {
        self.playback_time_scale = scale;
        self
    }

    /// Whether a recognition of keys fails when the next key does not come in time, as older documents of the
    /// service have it. Unless set, it completes, with 400/8532 and the keys that there are.
    pub fn inter_tone_timeout_fails(mut self, fails: bool) -> Self {
        self.inter_tone_timeout_fails = fails;
        self
    }

    /// What is wrong with media from the start; see [`Emulator::set_media_fault`].
    pub fn media_fault(mut self, fault: MediaFault) -> Self {
        self.media_fault = fault;
        self
    }

    /// How often a WebSocket of the application that broke off is dialled again, after half a second, one second and
    /// so on; the [time scale of deliveries](Self::delivery_time_scale) holds. 3 unless set; 0 is never. The
    /// service's figures are not published.
    pub fn stream_reconnects(mut self, attempts: u32) -> Self {
        self.stream_reconnects = attempts;
        self
    }

    /// How many participants are on a page. 100 unless set; the service's figure is not published.
    pub fn page_size(mut self, size: usize) -> Self {
        self.page_size = size;
        self
    }

    /// How far the date of a signed request may be from the time of this machine. 15 minutes unless set.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// How long answers to repeatable requests are kept. 5 minutes unless set.
    pub fn repeatability_window(mut self, window: Duration) -> Self {
        self.repeatability_window = window;
        self
    }

    /// How many entries the journal keeps. 50 000 unless set.
    pub fn journal_capacity(mut self, entries: usize) -> Self {
        self.journal_capacity = entries;
        self
    }

    /// How many bytes a file of a recording has at most; what is longer becomes several files. 512 MiB unless
    /// set; from 1 KiB to 4 GiB, and what lies outside counts as the nearest of them.
    pub fn recording_chunk_limit(mut self, bytes: u64) -> Self {
        self.recording_chunk_limit = Some(bytes);
        self
    }

    /// Whether callbacks carry a signed token in `Authorization: Bearer`, as those of the service do. They do
    /// unless this is switched off, which saves the signature: about a millisecond of one core per event.
    pub fn callback_tokens(mut self, enabled: bool) -> Self {
        self.tokens.enabled = enabled;
        self
    }

    /// The issuer that the tokens name. The origin of the emulator unless set, such as
    /// `http://127.0.0.1:8080`; the service's is `https://acscallautomation.communication.azure.com`.
    pub fn callback_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.tokens.issuer = Some(issuer.into());
        self
    }

    /// The immutable resource id, a GUID: the audience of the tokens. Without one, the resource id in the ids
    /// of users, which follows from the [seed](Self::seed).
    pub fn resource_id(mut self, id: impl Into<String>) -> Self {
        self.tokens.resource_id = Some(id.into());
        self
    }

    /// Adds an RSA private key of 2048 to 4096 bits to sign callbacks with: PKCS#8 or PKCS#1, in PEM or DER,
    /// without a password. The first one signs, each [rotation](Emulator::rotate_keys) takes the next. Without
    /// one, two development keys take turns whose private half is public.
    pub fn callback_key(mut self, pem_or_der: impl Into<Vec<u8>>) -> Self {
        self.tokens.keys.push(KeyBytes::new(pem_or_der));
        self
    }

    /// How long a key stays published after a [rotation](Emulator::rotate_keys), in real time. 10 minutes
    /// unless set: twice the lifetime of a token.
    pub fn callback_key_grace(mut self, grace: Duration) -> Self {
        self.tokens.grace = grace;
        self
    }

    /// What is wrong with the tokens of callbacks from the start; see [`Emulator::set_token_fault`].
    pub fn token_fault(mut self, fault: TokenFault) -> Self {
        self.tokens.fault = fault;
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when a setting cannot be used, [`ErrorKind::Listen`] when the address
    /// is taken.
    pub async fn start(self) -> Result<Emulator, Error> {
        Emulator::open(self).await
    }

    /// The settings of the engine.
    pub(crate) fn engine(&self, seed: u64) -> EngineConfig {
        let mut config = EngineConfig {
            seed,
            phone_numbers: self.phone_numbers.clone(),
            users: self.users.unwrap_or(if self.event_grid.is_empty() {
                UsersMode::Answer
            } else {
                UsersMode::Ring
            }),
            scripts: self
                .scripts
                .iter()
                .map(|(party, script)| (party.raw_id().into_owned(), script.clone()))
                .collect(),
            calling_settings: self
                .calling_settings
                .iter()
                .map(|(party, settings)| (party.raw_id().into_owned(), settings.clone()))
                .collect(),
            latency: self.latency,
            playback_time_scale: self.playback_time_scale,
            inter_tone_timeout_fails: self.inter_tone_timeout_fails,
            media_fault: self.media_fault,
            allow_loopback_http: !self.strict,
            require_owned_caller_id: self.strict,
            describe_ended: true,
            ..EngineConfig::default()
        };
        if let Some(limit) = self.recording_chunk_limit {
            config.recording_chunk_limit = limit;
        }
        if let Some(timeout) = self.ring_timeout {
            config.offer_timeout = timeout;
            config.create_timeout = timeout;
            config.invitation_timeout = timeout;
            config.set_up_timeout = timeout;
            config.long_set_up_timeout = timeout;
        }
        config
    }
}

/// An address that events can be posted to.
pub(crate) fn webhook(text: &str) -> Result<Url, Error> {
    let invalid = || {
        Error::new(
            ErrorKind::InvalidConfig,
            "event grid webhook: expected an absolute http or https URL",
        )
    };
    let url = Url::parse(text).map_err(|source| invalid().with_source(source))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(invalid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_do_not_show_their_secrets() {
        let settings = EmulatorBuilder::default()
            .access_key(AccessKey::from_bytes("hunter2"))
            .callback_key("hunter4")
            .event_grid_webhook("http://127.0.0.1:1/grid?code=hunter3", EventGridSchema::EventGrid);
        let text = format!("{settings:?}");
        assert!(!text.contains("hunter"), "{text}");
        assert!(
            !text.contains(&AccessKey::from_bytes("hunter2").expose_base64()),
            "{text}"
        );
        assert!(text.contains("127.0.0.1:1/grid"), "{text}");
    }

    #[test]
    fn users_ring_once_somebody_listens_to_offers() {
        let settings = EmulatorBuilder::default();
        assert_eq!(settings.engine(1).users, UsersMode::Answer);
        let settings = settings.event_grid_webhook("http://h/", EventGridSchema::EventGrid);
        assert_eq!(settings.engine(1).users, UsersMode::Ring);
        assert_eq!(
            settings.users(UsersMode::Answer).engine(1).users,
            UsersMode::Answer
        );
    }
}
