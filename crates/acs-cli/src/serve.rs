//! `acs serve`: the emulator as a program.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use acs_common::{AccessKey, PhoneNumber};
use acs_emulator::{
    BearerTokenOptions, ClockMode, ClockName, Emulator, EventGridSchema, FetchPolicy, RateLimit, UsersMode,
};
use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::json;

use crate::config::{self, ConfigFile, Replaced};
use crate::terminal::line;

/// How long a token of `--bearer-token-file` lets in.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Where a program listens that was told nothing else.
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with settings, in TOML; see `acs check-config`. What is given on the command line comes before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one. 127.0.0.1:8080 unless given.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Access key of the resource, in base64. Without it a random key is made.
    #[arg(long, value_name = "BASE64", value_parser = AccessKey::from_base64)]
    access_key: Option<AccessKey>,
    /// Telephone number that the resource owns, in E.164 form. May be given several times.
    #[arg(long = "phone-number", value_name = "NUMBER")]
    phone_numbers: Vec<PhoneNumber>,
    /// Address that is offered incoming calls over Event Grid. May be given several times. The application
    /// may start later: the handshake is repeated until it answers.
    #[arg(long = "event-grid-webhook", value_name = "URL")]
    event_grid_webhooks: Vec<String>,
    /// Envelope of the Event Grid events.
    #[arg(long, value_enum, default_value_t = Schema::Eventgrid)]
    event_grid_schema: Schema,
    /// What users do when they are called. They answer unless an Event Grid webhook is given; then they
    /// ring, and the application is offered the call.
    #[arg(long, value_enum)]
    users: Option<Users>,
    /// Immutable resource id, a GUID: the audience of the tokens that callbacks carry. Without it one is made.
    #[arg(long, value_name = "GUID")]
    resource_id: Option<String>,
    /// Whether callbacks carry a signed token, as those of the service do. They do unless given.
    #[arg(long, value_enum)]
    callback_tokens: Option<Switch>,
    /// From where files that are played are fetched, and where WebSockets for streams are dialled: on this machine,
    /// or anywhere. On this machine unless given.
    #[arg(long, value_enum)]
    fetch: Option<Fetch>,
    /// How much of the time of what is played and said passes: 1 is real time; 0.01, the usual, plays 10 s in
    /// 100 ms.
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    playback_time_scale: Option<f64>,
    /// How time passes: `real`, `stepped` (only by POST /emulator/clock/advance), or so many times as fast.
    #[arg(long, value_name = "real|stepped|FACTOR", value_parser = clock)]
    clock: Option<ClockMode>,
    /// Source of every id and of every chance: the same seed and the same requests give the same.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many bytes a file of a recording has at most before the next one begins, from 1024 to 4294967295.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1024..=4_294_967_295))]
    recording_chunk_limit: Option<u64>,
    /// Speak TLS, with a certificate for localhost, 127.0.0.1 and ::1. Clients have to trust the authority that
    /// --ca-file writes; each start makes another one.
    #[arg(long)]
    https: bool,
    /// Where the certificate of the authority is written, in PEM, before the emulator is ready.
    #[arg(long, value_name = "FILE", requires = "https")]
    ca_file: Option<PathBuf>,
    /// Where a bearer token is written that lets requests in for a day, in place of the access key.
    #[arg(long, value_name = "FILE")]
    bearer_token_file: Option<PathBuf>,
    /// Refuse what the service refuses and the emulator otherwise lets pass on one machine: callbacks over
    /// http, foreign caller ids, signatures over something else than what was sent.
    #[arg(long)]
    strict: bool,
    /// How many requests are carried out per second, minute or hour, such as 100/s; what comes beyond is
    /// answered with 429.
    #[arg(long, value_name = "REQUESTS/UNIT")]
    rate_limit: Option<RateLimit>,
    /// Print one line of JSON when ready, instead of text.
    #[arg(long)]
    ready_json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Schema {
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
enum Users {
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
enum Fetch {
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
enum Switch {
    On,
    Off,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Before the emulator starts, so that a signal during start-up is not lost.
    let mut stop = Stop::listen()?;

    let file = match &args.config {
        Some(path) => config::read(path)?,
        None => ConfigFile::default(),
    };
    let mut builder = file.builder(Replaced {
        phone_numbers: !args.phone_numbers.is_empty(),
        event_grid: !args.event_grid_webhooks.is_empty(),
    })?;
    builder = builder.listen(args.listen.or(file.listen).unwrap_or(USUAL_ADDRESS));
    if let Some(fetch) = args.fetch {
        builder = builder.fetch(fetch.into());
    }
    if let Some(scale) = args.playback_time_scale {
        builder = builder.playback_time_scale(scale);
    }
    if let Some(tokens) = args.callback_tokens {
        builder = builder.callback_tokens(tokens == Switch::On);
    }
    if let Some(mode) = args.clock {
        builder = builder.clock(mode);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if args.https {
        builder = builder.https(true);
    }
    if args.strict {
        builder = builder.strict(true);
    }
    if let Some(limit) = args.rate_limit {
        builder = builder.rate_limit(limit);
    }
    if let Some(key) = args.access_key {
        builder = builder.access_key(key);
    }
    for number in args.phone_numbers {
        builder = builder.phone_number(number);
    }
    for url in args.event_grid_webhooks {
        builder = builder.event_grid_webhook(url, args.event_grid_schema.into());
    }
    if let Some(users) = args.users {
        builder = builder.users(users.into());
    }
    if let Some(id) = args.resource_id {
        builder = builder.resource_id(id);
    }
    if let Some(limit) = args.recording_chunk_limit {
        builder = builder.recording_chunk_limit(limit);
    }
    let emulator = builder.start().await.context("the emulator did not start")?;
    file.furnish(&emulator)?;
    if let (Some(path), Some(pem)) = (&args.ca_file, emulator.ca_pem()) {
        write(path, pem.as_bytes(), Readers::All)?;
    }
    if let Some(path) = &args.bearer_token_file {
        let token = emulator.bearer_token(&BearerTokenOptions::new().lifetime(DAY))?;
        write(path, token.token().expose().as_bytes(), Readers::Owner)?;
    }
    announce(&emulator, args.ready_json, args.ca_file.as_deref());

    let signal = stop.wait().await;
    tracing::info!(signal, "stopping");
    emulator.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Who may read a file.
#[derive(Clone, Copy)]
enum Readers {
    All,
    Owner,
}

/// Writes a file that others wait for: whole or not at all.
fn write(path: &Path, content: &[u8], readers: Readers) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new();
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(match readers {
        Readers::All => 0o644,
        Readers::Owner => 0o600,
    }));
    #[cfg(not(unix))]
    let _ = readers;
    let written = file
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .and_then(|mut file| file.write_all(content).map(|()| file))
        .and_then(|file| file.persist(path).map_err(std::io::Error::from));
    written
        .map(drop)
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Says where the emulator is. The connection string holds the access key, and is what the user came for.
fn announce(emulator: &Emulator, as_json: bool, ca_file: Option<&Path>) {
    let numbers: Vec<String> = emulator.phone_numbers().into_iter().map(String::from).collect();
    if as_json {
        let ready = json!({
            "ready": true,
            "endpoint": emulator.endpoint().base(),
            "connectionString": emulator.connection_string(),
            "phoneNumbers": numbers,
            "resourceId": emulator.resource_id(),
            "openIdConfiguration": emulator.openid_configuration(),
            "tokenEndpoint": token_endpoint(emulator),
            "caFile": ca_file,
            "processId": std::process::id(),
        });
        line(ready.to_string());
        return;
    }
    line(format!(
        "Azure Communication Services Call Automation, emulated, API {}",
        acs_common::API_VERSION
    ));
    line(format!("  page               {}", emulator.endpoint().base()));
    line(format!("  endpoint           {}", emulator.endpoint()));
    line(format!("  connection string  {}", emulator.connection_string()));
    line(format!("  phone numbers      {}", numbers.join(", ")));
    line(format!("  resource id        {}", emulator.resource_id()));
    line(format!(
        "  callback tokens    {}",
        emulator.openid_configuration()
    ));
    line(format!("  bearer tokens      {}", token_endpoint(emulator)));
    if let Some(path) = ca_file {
        line(format!("  trust              {}", path.display()));
    }
    line("Press Ctrl-C to stop.");
}

/// Where programs without an access key get a token; any tenant will do.
fn token_endpoint(emulator: &Emulator) -> String {
    format!("{}/local/oauth2/v2.0/token", emulator.endpoint().base())
}

/// SIGINT and, where there is one, SIGTERM.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?,
            terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?,
        })
    }

    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(crate) async fn wait(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}
