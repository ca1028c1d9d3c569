//! What stands in the configuration file, and what becomes of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use acs_emulator::{
    BearerTokenOptions, CallLocator, Emulator, EmulatorBuilder, EventGridSchema, FetchPolicy, MediaFault,
    PartyScript, TokenFault, UsersMode,
};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::values::{
    Chunk, Factor, Guid, Host, Key, Number, PlacedFault, PlacedSettings, Rate, Takes, Text, Time, Web, Who,
};

/// How long a bearer token lets in that nobody wanted otherwise.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
    resource_id: Option<Guid>,
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
    pub(crate) https: Option<bool>,
    /// Where the certificate of that authority is written in PEM, for clients to trust; relative to the file.
    /// Needs `https`.
    #[schemars(with = "Option<String>")]
    pub(super) ca_file: Option<Spanned<PathBuf>>,
    /// A bearer token that lets requests in.
    bearer_token: Option<Bearer>,
    /// Other hosts under which the page and everything under `/emulator/` may be reached: names or addresses,
    /// without a port. There is no password, so name none whose name server is not yours.
    allow_hosts: Vec<Host>,
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
    recording_chunk_limit: Option<Chunk>,
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
    #[schemars(with = "Vec<Room>")]
    pub(super) rooms: Vec<Spanned<Room>>,
    /// Group calls that go on from the start.
    #[schemars(with = "Vec<GroupCall>")]
    pub(super) group_calls: Vec<Spanned<GroupCall>>,
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

/// A token of the emulator's own authority, in the form of Microsoft Entra ID. It is written to a file when the
/// emulator starts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Bearer {
    /// Where it is written; relative to the file. `--bearer-token-file` comes before it.
    file: Option<PathBuf>,
    /// How long it is good, in seconds; a day unless given.
    #[schemars(range(min = 1))]
    lifetime_seconds: Option<std::num::NonZeroU32>,
    /// The scope that it is for; another than the usual makes a token that does not let in.
    scope: Option<Text>,
    /// The tenant that it is of, a GUID or a domain.
    tenant: Option<Text>,
    /// The application (client) id that it is given to.
    application: Option<Text>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Room {
    /// Its id.
    id: Text,
    /// When it opens, RFC 3339 in quotes.
    valid_from: Option<DateTime<Utc>>,
    /// When it closes, RFC 3339 in quotes.
    valid_until: Option<DateTime<Utc>>,
    /// Who is in it from the start.
    #[serde(default)]
    parties: Vec<Who>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GroupCall {
    /// Its id, for the application to connect to.
    id: Text,
    /// Who is in it; it begins with the first.
    #[schemars(length(min = 1))]
    parties: Vec<Who>,
}

/// Lists of the command line that take the place of those in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Replaced {
    pub(crate) phone_numbers: bool,
    pub(crate) allow_hosts: bool,
    pub(crate) event_grid: bool,
    /// The envelope of the command line, for the subscriptions of the file as well.
    pub(crate) event_grid_schema: Option<EventGridSchema>,
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
            resource_id: self.resource_id.clone().map(|id| id.0),
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
            recording_chunk_limit: self.recording_chunk_limit.map(|limit| limit.0),
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
        if !replaced.allow_hosts {
            for host in &self.allow_hosts {
                builder = builder.allow_host(host.0.clone());
            }
        }
        if !replaced.event_grid {
            for subscription in &self.event_grid {
                let schema = replaced.event_grid_schema.unwrap_or(subscription.schema);
                builder = builder.event_grid_webhook(&*subscription.webhook.0, schema);
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
        for room in self.rooms.iter().map(Spanned::get_ref) {
            emulator
                .create_room(&room.id.0, room.valid_from, room.valid_until)
                .with_context(|| format!("rooms: {} cannot be made", room.id.0))?;
            let locator = CallLocator::Room(room.id.0.clone());
            gather(emulator, &locator, &room.parties).with_context(|| format!("rooms: {}", room.id.0))?;
        }
        for group in self.group_calls.iter().map(Spanned::get_ref) {
            let locator = CallLocator::Group(group.id.0.clone());
            gather(emulator, &locator, &group.parties)
                .with_context(|| format!("groupCalls: {}", group.id.0))?;
        }
        Ok(())
    }

    /// Where the certificate of the authority is written.
    pub(crate) fn ca_file(&self) -> Option<PathBuf> {
        self.ca_file.as_ref().map(|path| self.base.join(path.get_ref()))
    }

    /// Where a bearer token is written.
    pub(crate) fn bearer_token_file(&self) -> Option<PathBuf> {
        let file = self.bearer_token.as_ref()?.file.as_ref()?;
        Some(self.base.join(file))
    }

    /// What that token is like.
    pub(crate) fn bearer_token(&self) -> BearerTokenOptions {
        let mut options = BearerTokenOptions::new().lifetime(DAY);
        let Some(said) = &self.bearer_token else {
            return options;
        };
        if let Some(seconds) = said.lifetime_seconds {
            options = options.lifetime(Duration::from_secs(seconds.get().into()));
        }
        if let Some(scope) = &said.scope {
            options = options.scope(&*scope.0);
        }
        if let Some(tenant) = &said.tenant {
            options = options.tenant(&*tenant.0);
        }
        if let Some(application) = &said.application {
            options = options.application(&*application.0);
        }
        options
    }

    /// What one value alone does not show: where in the text it stands, the field, and what was expected.
    pub(super) fn check(&self) -> Result<(), (usize, String, String)> {
        if let Some(path) = &self.ca_file
            && self.https != Some(true)
        {
            let expected = "expected `https = true` beside it, for there is no authority without".to_owned();
            return Err((path.span().start, "caFile".to_owned(), expected));
        }
        for (index, room) in self.rooms.iter().enumerate() {
            let Room {
                valid_from,
                valid_until,
                ..
            } = room.get_ref();
            if let (Some(from), Some(until)) = (valid_from, valid_until)
                && until <= from
            {
                let field = format!("rooms[{index}].validUntil");
                return Err((
                    room.span().start,
                    field,
                    "expected a time after validFrom".to_owned(),
                ));
            }
        }
        for (index, group) in self.group_calls.iter().enumerate() {
            if group.get_ref().parties.is_empty() {
                let expected = "expected at least one; a group call begins with its first party".to_owned();
                return Err((
                    group.span().start,
                    format!("groupCalls[{index}].parties"),
                    expected,
                ));
            }
        }
        for (index, fault) in self.faults.iter().enumerate() {
            if let Err(error) = fault.0.get_ref().check() {
                return Err((
                    fault.0.span().start,
                    format!("faults[{index}]"),
                    error.to_string(),
                ));
            }
        }
        for (index, party) in self.parties.iter().enumerate() {
            if let Some(PlacedSettings(settings)) = &party.calling_settings
                && let Err(error) = settings.get_ref().check(&party.id.0)
            {
                let field = format!("parties[{index}].callingSettings");
                return Err((settings.span().start, field, error.to_string()));
            }
        }
        Ok(())
    }
}

/// Lets parties meet in a call without the application.
fn gather(emulator: &Emulator, locator: &CallLocator, parties: &[Who]) -> anyhow::Result<()> {
    for party in parties {
        emulator
            .party(party.0.clone())
            .join(locator.clone())
            .with_context(|| format!("{} cannot join", party.0.raw_id()))?;
    }
    Ok(())
}
