//! `acs agent`: a telephone in the terminal, for somebody who signs in with the emulator.
//!
//! Commands are read from stdin, one a line, so a script can pipe them in; what happens is told on stdout, as text or
//! as one line of JSON each.

mod board;
mod command;
mod notice;
#[cfg(test)]
mod played;
mod render;
mod session;
pub(crate) mod sign_in;
#[cfg(test)]
mod tests;
mod watch;
mod words;

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use acs_calling::credential::{CommunicationTokenCredential, StaticTokenCredential};
use acs_calling::{
    CallAgent, CallAgentOptions, CallClient, CallClientOptions, TransferPolicy, WebSocketTransport,
};
use acs_common::{ConnectionString, Endpoint, Secret};
use anyhow::Context as _;
use tokio::sync::mpsc;

use self::notice::Notice;
use self::session::Behaviour;
use self::sign_in::Identities;
use crate::serve::Stop;
use crate::terminal::{Paint, Screen};

/// Where `acs serve` listens unless it is told otherwise.
const USUAL_ENDPOINT: &str = "http://127.0.0.1:8080";
/// How many lines are read ahead of what is done.
const LINES_AHEAD: usize = 64;

/// Everything that is secret is taken as it is, so that no message about the command line shows it.
#[derive(Debug, clap::Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "switches of a command line are independent of each other"
)]
pub(crate) struct Args {
    /// Where the emulator is; that of the connection string, or http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Endpoint>,
    /// Connection string of the resource: its key signs the requests for a user and a token. Without one, and without
    /// a token, the emulator's own authority is asked.
    #[arg(
        long,
        value_name = "TEXT",
        env = "ACS_CONNECTION_STRING",
        hide_env_values = true
    )]
    connection_string: Option<Secret>,
    /// Raw id of the user to sign in, who was made at the emulator before. Without it one is made.
    #[arg(long, value_name = "RAW_ID")]
    identity: Option<String>,
    /// User access token for calls (scope voip): whose it is, signs in.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ACS_USER_ACCESS_TOKEN",
        hide_env_values = true
    )]
    token: Option<Secret>,
    /// The name that others see.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The device. Several devices of one user ring together. Without it each start is one of its own.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Be asked before being transferred.
    #[arg(long)]
    ask: bool,
    /// Answer every call at once.
    #[arg(long)]
    auto_answer: bool,
    /// Stay signed in when there are no more commands, until SIGINT or SIGTERM.
    #[arg(long)]
    stay: bool,
    /// Tell what happens as one line of JSON each.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Before anything starts, so that no signal is lost.
    let mut stop = Stop::listen()?;
    let endpoint = args.endpoint()?;
    let agent = tokio::select! {
        agent = args.sign_in(&endpoint) => agent?,
        _ = stop.wait() => return Ok(ExitCode::SUCCESS),
    };
    let by_hand = std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !args.json;
    let screen = Screen::new(by_hand);
    let paint = Paint::detect();
    let mut tell = move |notice: &Notice| {
        let line = if args.json {
            serde_json::to_string(notice).ok()
        } else {
            render::text(notice, paint)
        };
        screen.say(line.as_deref());
        if *notice == Notice::SignedOut {
            screen.leave();
        }
    };
    tell(&Notice::SignedIn {
        id: agent.identity().raw_id().into_owned(),
        name: args.name,
        endpoint: endpoint.to_string(),
    });
    let behaviour = Behaviour {
        auto_answer: args.auto_answer,
        stay: args.stay,
        tell: &mut tell,
    };
    let stopped = async move {
        stop.wait().await;
    };
    let ended = session::run(agent, behaviour, lines(), stopped).await;
    anyhow::ensure!(!ended.by_token, "the token is not valid any more");
    // At a terminal people see what was refused; a script needs the code.
    Ok(match ended.refused {
        0 => ExitCode::SUCCESS,
        _ if by_hand => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

impl Args {
    fn resource(&self) -> anyhow::Result<Option<ConnectionString>> {
        let string = self.connection_string.as_ref();
        string
            .map(|string| string.expose().parse().context("--connection-string"))
            .transpose()
    }

    fn endpoint(&self) -> anyhow::Result<Endpoint> {
        Ok(match (&self.endpoint, self.resource()?) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(resource)) => resource.endpoint().clone(),
            (None, None) => Endpoint::new(USUAL_ENDPOINT)?,
        })
    }

    async fn sign_in(&self, endpoint: &Endpoint) -> anyhow::Result<CallAgent> {
        let place = Place {
            endpoint,
            device: self.device.as_deref(),
        };
        let mut options = CallAgentOptions::default();
        options.display_name.clone_from(&self.name);
        if self.ask {
            options = options.transfer_policy(TransferPolicy::Ask);
        }
        if let Some(token) = &self.token {
            anyhow::ensure!(
                self.identity.is_none(),
                "--identity: expected without --token, which says whose it is"
            );
            let credential = StaticTokenCredential::new(token.clone()).context("--token")?;
            return place.sign_in(credential, options).await;
        }
        // Before a user is made for nothing.
        place.transport()?;
        let resource = self.resource()?;
        let key = resource.as_ref().map(ConnectionString::access_key);
        let identities = Identities::open(endpoint, key)?;
        let credential = match &self.identity {
            Some(id) => identities.user(id).await?,
            None => identities.new_user().await?,
        };
        place.sign_in(credential, options).await
    }
}

/// Where an agent signs in.
pub(crate) struct Place<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// One of its own where there is none.
    pub(crate) device: Option<&'a str>,
}

impl Place<'_> {
    fn transport(&self) -> anyhow::Result<WebSocketTransport> {
        Ok(WebSocketTransport::new(self.endpoint.base())?)
    }

    pub(crate) async fn sign_in(
        &self,
        credential: impl CommunicationTokenCredential + 'static,
        options: impl Into<CallAgentOptions>,
    ) -> anyhow::Result<CallAgent> {
        let mut client = CallClientOptions::new(self.transport()?);
        if let Some(device) = self.device {
            client = client.endpoint(device);
        }
        let client = CallClient::new(client);
        let agent = client.create_call_agent(credential, options).await;
        agent.context("not signed in")
    }
}

/// The lines of stdin. A thread reads them: one that waits for a line that does not come does not hold up the end of
/// the program, as a task would.
fn lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(LINES_AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if sender
                .blocking_send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
            line.clear();
        }
    });
    receiver
}
