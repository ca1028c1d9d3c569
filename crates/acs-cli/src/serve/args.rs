//! The options of `acs serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use acs_common::{AccessKey, PhoneNumber};
use acs_emulator::{AllowedHost, ClockMode, ClockName, EventGridSchema, FetchPolicy, RateLimit, UsersMode};
use clap::ValueEnum;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with settings, in TOML; see `acs check-config`. What is given on the command line comes before it.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one. 127.0.0.1:8080 unless given.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
    /// Access key of the resource, in base64. Without it a random key is made.
    #[arg(long, value_name = "BASE64", value_parser = AccessKey::from_base64)]
    pub(super) access_key: Option<AccessKey>,
    /// Telephone number that the resource owns, in E.164 form. May be given several times.
    #[arg(long = "phone-number", value_name = "NUMBER")]
    pub(super) phone_numbers: Vec<PhoneNumber>,
    /// Address that is offered incoming calls over Event Grid. May be given several times. The application
    /// may start later: the handshake is repeated until it answers.
    #[arg(long = "event-grid-webhook", value_name = "URL")]
    pub(super) event_grid_webhooks: Vec<String>,
    /// Envelope of the Event Grid events: that of Event Grid unless given.
    #[arg(long, value_enum)]
    pub(super) event_grid_schema: Option<Schema>,
    /// What users do when they are called. They answer unless an Event Grid webhook is given; then they
    /// ring, and the application is offered the call.
    #[arg(long, value_enum)]
    pub(super) users: Option<Users>,
    /// Immutable resource id, a GUID: the audience of the tokens that callbacks carry. Without it one is made.
    #[arg(long, value_name = "GUID")]
    pub(super) resource_id: Option<String>,
    /// Whether callbacks carry a signed token, as those of the service do. They do unless given.
    #[arg(long, value_enum)]
    pub(super) callback_tokens: Option<Switch>,
    /// From where files that are played are fetched, and where WebSockets for streams are dialled: on this machine,
    /// or anywhere. On this machine unless given.
    #[arg(long, value_enum)]
    pub(super) fetch: Option<Fetch>,
    /// How much of the time of what is played and said passes: 1 is real time; 0.01, the usual, plays 10 s in
    /// 100 ms.
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(super) playback_time_scale: Option<f64>,
    /// How time passes: `real`, `stepped` (only by POST /emulator/clock/advance), or so many times as fast.
    #[arg(long, value_name = "real|stepped|FACTOR", value_parser = clock)]
    pub(super) clock: Option<ClockMode>,
    /// Source of every id and of every chance: the same seed and the same requests give the same.
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
    /// How many bytes a file of a recording has at most before the next one begins, from 1024 to 4294967295.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1024..=4_294_967_295))]
    pub(super) recording_chunk_limit: Option<u64>,
    /// Speak TLS, with a certificate for localhost, 127.0.0.1 and ::1. Clients have to trust the authority that
    /// --ca-file writes; each start makes another one. `--https=false` undoes what the configuration file says.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) https: Option<bool>,
    /// Where the certificate of the authority is written, in PEM, before the emulator is ready. Only with https.
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// Where a bearer token is written that lets requests in for a day, in place of the access key.
    #[arg(long, value_name = "FILE")]
    pub(super) bearer_token_file: Option<PathBuf>,
    /// Refuse what the service refuses and the emulator otherwise lets pass on one machine: callbacks over
    /// http, foreign caller ids, signatures over something else than what was sent. `--strict=false` undoes what
    /// the configuration file says.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) strict: Option<bool>,
    /// How many requests are carried out per second, minute or hour, such as 100/s; what comes beyond is
    /// answered with 429.
    #[arg(long, value_name = "REQUESTS/UNIT")]
    pub(super) rate_limit: Option<RateLimit>,
    /// Another host under which the page and everything under /emulator/ may be reached: a name or an address,
    /// without a port. May be given several times. There is no password, so name none whose name server is not yours.
    #[arg(long = "allow-host", value_name = "HOST")]
    pub(super) allow_hosts: Vec<AllowedHost>,
    /// Print one line of JSON when ready, instead of text.
    #[arg(long)]
    pub(super) ready_json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Schema {
    Eventgrid,
    Cloudevents,
}

impl From<Schema> for EventGridSchema {
    fn from(schema: Schema) -> Self {
        match schema {
            Schema::Eventgrid => Self::EventGrid,
            Schema::Cloudevents => Self::CloudEvents,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Users {
    Answer,
    Ring,
}

impl From<Users> for UsersMode {
    fn from(users: Users) -> Self {
        match users {
            Users::Answer => Self::Answer,
            Users::Ring => Self::Ring,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Fetch {
    Loopback,
    Any,
}

impl From<Fetch> for FetchPolicy {
    fn from(fetch: Fetch) -> Self {
        match fetch {
            Fetch::Loopback => Self::Loopback,
            Fetch::Any => Self::Any,
        }
    }
}

fn clock(text: &str) -> Result<ClockMode, String> {
    match text {
        "real" => Ok(ClockMode::Real),
        "stepped" => Ok(ClockMode::Stepped),
        factor => ClockMode::named(ClockName::Scaled, factor.parse().ok())
            .map_err(|_| "expected real, stepped, or a number above 0 and at most 1000000".to_owned()),
    }
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor >= 0.0 => Ok(factor),
        _ => Err("expected a number from 0".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}
