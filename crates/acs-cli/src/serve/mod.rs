//! `acs serve`: the emulator as a program.

mod args;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use acs_emulator::{Emulator, EmulatorBuilder};
use anyhow::{Context as _, bail};
use serde_json::json;

pub(crate) use args::Args;
use args::Switch;

use crate::config::{self, ConfigFile, Replaced};
use crate::terminal::line;

/// Where a program listens that was told nothing else.
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Before the emulator starts, so that a signal during start-up is not lost.
    let mut stop = Stop::listen()?;

    let file = match &args.config {
        Some(path) => config::read(path)?,
        None => ConfigFile::default(),
    };
    let ca_file = authority_file(&args, &file)?;
    let token_file = args
        .bearer_token_file
        .clone()
        .or_else(|| file.bearer_token_file());
    let ready_json = args.ready_json;
    let emulator = settings(args, &file)?
        .start()
        .await
        .context("the emulator did not start")?;
    file.furnish(&emulator)?;
    if let (Some(path), Some(pem)) = (&ca_file, emulator.ca_pem()) {
        write(path, pem.as_bytes(), Readers::All)?;
    }
    if let Some(path) = &token_file {
        let token = emulator.bearer_token(&file.bearer_token())?;
        write(path, token.token().expose().as_bytes(), Readers::Owner)?;
    }
    announce(&emulator, ready_json, ca_file.as_deref());

    let signal = stop.wait().await;
    tracing::info!(signal, "stopping");
    emulator.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Where the certificate of the authority goes. An option that cannot be followed is an error; what the file
/// says of it is passed over when the command line takes TLS away.
fn authority_file(args: &Args, file: &ConfigFile) -> anyhow::Result<Option<PathBuf>> {
    let https = args.https.or(file.https).unwrap_or(false);
    if args.ca_file.is_some() && !https {
        bail!("--ca-file: expected --https beside it, or `https = true` in the configuration file");
    }
    Ok(args.ca_file.clone().or_else(|| file.ca_file()).filter(|_| https))
}

/// The settings of the file, and over them those of the command line.
fn settings(args: Args, file: &ConfigFile) -> anyhow::Result<EmulatorBuilder> {
    let mut builder = file.builder(Replaced {
        phone_numbers: !args.phone_numbers.is_empty(),
        allow_hosts: !args.allow_hosts.is_empty(),
        event_grid: !args.event_grid_webhooks.is_empty(),
        event_grid_schema: args.event_grid_schema.map(Into::into),
    })?;
    macro_rules! set {
        ($($method:ident: $value:expr),* $(,)?) => {
            $(if let Some(value) = $value { builder = builder.$method(value); })*
        };
    }
    set! {
        listen: args.listen.or(file.listen).or(Some(USUAL_ADDRESS)),
        fetch: args.fetch.map(Into::into),
        playback_time_scale: args.playback_time_scale,
        callback_tokens: args.callback_tokens.map(|tokens| tokens == Switch::On),
        clock: args.clock,
        seed: args.seed,
        https: args.https,
        strict: args.strict,
        rate_limit: args.rate_limit,
        access_key: args.access_key,
        users: args.users.map(Into::into),
        resource_id: args.resource_id,
        recording_chunk_limit: args.recording_chunk_limit,
    }
    for number in args.phone_numbers {
        builder = builder.phone_number(number);
    }
    for host in args.allow_hosts {
        builder = builder.allow_host(host);
    }
    let schema = args.event_grid_schema.map(Into::into).unwrap_or_default();
    for url in args.event_grid_webhooks {
        builder = builder.event_grid_webhook(url, schema);
    }
    Ok(builder)
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
