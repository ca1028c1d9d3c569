//! What stands in the configuration file, and what becomes of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use acs_emulator::{
    Emulator, EmulatorBuilder, EventGridSchema, FetchPolicy, MediaFault, PartyScript, TokenFault, UsersMode,
};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Factor, Key, Number, PlacedFault, PlacedSettings, Rate, Takes, Time, Web, Who};

/// The settings of `acs serve`. Everything is optional; options of the command line come before it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[schemars(title = "Configuration of acs serve")]
pub(crate) struct ConfigFile {
    /// The folder of the file.
    #[serde(skip)]
    pub(super) base: PathBuf,
    /// The address to listen on: `127.0.0.1:8080`. Port 0 takes a free one.
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<SocketAddr>,
    /// The access key of the resource, in base64. Without it a random key is made.
    access_key: Option<Key>,
    /// The immutable resource id, a GUID.
    resource_id: Option<String>,
    /// The telephone numbers of the resource.
    phone_numbers: Vec<Number>,
    /// The source of every id and of every chance.
    seed: Option<u64>,
    /// What users do when they are called and have no script.
    users: Option<UsersMode>,
    /// How long the service takes between a cause and its events.
    latency: Option<Takes>,
    /// How long a party rings before it counts as not answering.
    ring_timeout_ms: Option<u64>,
    /// How many participants are on a page, at least 1.
    #[schemars(range(min = 1))]
    page_size: Option<std::num::NonZeroUsize>,
    /// How far the date of a signed request may be off.
    clock_skew_ms: Option<u64>,
    /// How long answers to repeatable requests are kept.
    repeatability_window_ms: Option<u64>,
    /// How many entries the journal keeps.
    journal_capacity: Option<usize>,
    /// Serve over https, with an authority made at the start.
    https: Option<bool>,
    /// Take what the service takes and no more: https callbacks, owned caller ids.
    strict: Option<bool>,
    /// How many requests are carried out per second, minute or hour: `100/s`.
    rate_limit: Option<Rate>,
    /// From where files that are played are fetched.
    fetch: Option<FetchPolicy>,
    /// How much of the time of what is played and said passes.
    playback_time_scale: Option<Factor>,
    /// Whether a recognition of keys fails when the next key does not come in time.
    inter_tone_timeout_fails: Option<bool>,
    /// How many bytes a file of a recording has at most: 1024 to 4294967295.
    #[schemars(range(min = 1024, max = 4_294_967_295_u64))]
    recording_chunk_limit: Option<u64>,
    /// How often a WebSocket of the application that broke off is dialled again.
    stream_reconnects: Option<u32>,
    /// What is wrong with media from the start.
    media_fault: Option<MediaFault>,
    /// Callbacks and their tokens.
    callbacks: Callbacks,
    /// Addresses that are offered incoming calls.
    event_grid: Vec<Subscription>,
    /// How time passes.
    clock: Option<Time>,
    /// What users and telephones do by themselves, and what Teams users have set.
    pub(super) parties: Vec<Party>,
    /// Rooms that exist from the start.
    rooms: Vec<Room>,
    /// What goes wrong on purpose.
    pub(super) faults: Vec<PlacedFault>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Callbacks {
    /// Whether they carry a signed token.
    tokens: Option<bool>,
    /// The issuer that the tokens name.
    issuer: Option<String>,
    /// RSA private keys to sign with, PEM or DER; relative to the file.
    key_files: Vec<PathBuf>,
    /// How long a key stays published after a rotation.
    key_grace_ms: Option<u64>,
    /// What is wrong with the tokens from the start.
    token_fault: Option<TokenFault>,
    /// The pauses before each repetition of a post that failed.
    retries_ms: Option<Vec<u64>>,
    /// Multiplies every pause of deliveries.
    time_scale: Option<Factor>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Subscription {
    /// The address.
    webhook: Web,
    /// The envelope of the events.
    #[serde(default)]
    schema: EventGridSchema,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Party {
    /// Who: a raw id such as `8:acs:…`, or a telephone number.
    pub(super) id: Who,
    /// What it does.
    script: Option<PartyScript>,
    /// What it has set about its calls; Teams users only.
    pub(super) calling_settings: Option<PlacedSettings>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Room {
    /// Its id.
    id: String,
    /// When it opens, RFC 3339 in quotes.
    valid_from: Option<DateTime<Utc>>,
    /// When it closes, RFC 3339 in quotes.
    valid_until: Option<DateTime<Utc>>,
}

/// Lists of the command line that take the place of those in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Replaced {
    pub(crate) phone_numbers: bool,
    pub(crate) event_grid: bool,
}

impl ConfigFile {
    /// The settings of an emulator by this file, but for what the command line replaces.
    pub(crate) fn builder(&self, replaced: Replaced) -> anyhow::Result<EmulatorBuilder> {
        let mut builder = Emulator::builder();
        macro_rules! set {
            ($($method:ident: $value:expr),* $(,)?) => {
                $(if let Some(value) = $value { builder = builder.$method(value); })*
            };
        }
        let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
        set! {
            listen: self.listen,
            access_key: self.access_key.clone().map(|key| key.0),
            resource_id: self.resource_id.clone(),
            seed: self.seed,
            users: self.users,
            latency: self.latency.map(Into::into),
            ring_timeout: millis(self.ring_timeout_ms),
            page_size: self.page_size.map(Into::into),
            clock_skew: millis(self.clock_skew_ms),
            repeatability_window: millis(self.repeatability_window_ms),
            journal_capacity: self.journal_capacity,
            https: self.https,
            strict: self.strict,
            rate_limit: self.rate_limit.map(|rate| rate.0),
            fetch: self.fetch,
            playback_time_scale: self.playback_time_scale.map(|factor| factor.0),
            inter_tone_timeout_fails: self.inter_tone_timeout_fails,
            recording_chunk_limit: self.recording_chunk_limit,
            stream_reconnects: self.stream_reconnects,
            media_fault: self.media_fault,
            callback_tokens: self.callbacks.tokens,
            callback_issuer: self.callbacks.issuer.clone(),
            callback_key_grace: millis(self.callbacks.key_grace_ms),
            token_fault: self.callbacks.token_fault,
            delivery_time_scale: self.callbacks.time_scale.map(|factor| factor.0),
            callback_retries: self.callbacks.retries_ms.as_ref().map(|pauses| pauses.iter().copied().map(Duration::from_millis)),
            clock: self.clock.map(|time| time.0.mode),
            clock_start: self.clock.and_then(|time| time.0.start),
        }
        for path in &self.callbacks.key_files {
            let path = self.base.join(path);
            let key = std::fs::read(&path)
                .with_context(|| format!("callbacks.keyFiles: {} cannot be read", path.display()))?;
            builder = builder.callback_key(key);
        }
        if !replaced.phone_numbers {
            for number in &self.phone_numbers {
                builder = builder.phone_number(number.0.clone());
            }
        }
        if !replaced.event_grid {
            for subscription in &self.event_grid {
                builder = builder.event_grid_webhook(&*subscription.webhook.0, subscription.schema);
            }
        }
        for party in &self.parties {
            if let Some(script) = &party.script {
                builder = builder.script(party.id.0.clone(), script.clone());
            }
            if let Some(settings) = &party.calling_settings {
                builder = builder.calling_settings(party.id.0.clone(), settings.0.get_ref().clone());
            }
        }
        for fault in &self.faults {
            builder = builder.fault(fault.0.get_ref().clone());
        }
        Ok(builder)
    }

    /// Makes what can be made only when the emulator runs.
    pub(crate) fn furnish(&self, emulator: &Emulator) -> anyhow::Result<()> {
        for room in &self.rooms {
            emulator
                .create_room(&room.id, room.valid_from, room.valid_until)
                .with_context(|| format!("rooms: {} cannot be made", room.id))?;
        }
        Ok(())
    }
}
