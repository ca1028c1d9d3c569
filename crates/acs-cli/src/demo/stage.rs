//! What a chapter plays on: an emulator, an application with its webhook, and a record of what was said.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use acs_call_automation::{CallAutomationClient, CallConnection};
use acs_call_events::token::TokenVerifier;
use acs_call_events::{CallEventHub, IncomingCall, IncomingCalls, ParticipantsView, webhook};
use acs_call_streaming::{Refusal, StreamRequest, StreamingServer};
use acs_common::CommunicationIdentifier;
use acs_emulator::diagram::Diagram;
use acs_emulator::{Emulator, EventGridSchema, JournalEntry, PartyScript};
use anyhow::{Context as _, bail};
use futures::StreamExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::prompts::{self, Transcripts};
use super::timeline;
use crate::terminal::{Paint, line};

/// How long the posts of a chapter may take to arrive after its last step.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

/// How long a chapter waits for anything.
pub(crate) const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// How long the token of a stream is good (how-to guide).
const STREAM_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) client: CallAutomationClient,
    pub(crate) hub: CallEventHub,
    /// Where callbacks go.
    pub(crate) callback: String,
    /// Where the prompts lie.
    pub(crate) prompts_url: String,
    /// Where transcripts go, and what came there.
    pub(crate) transcript_url: String,
    pub(crate) transcripts: Transcripts,
    /// A number of the resource: the caller id, and what callers dial.
    pub(crate) own_number: String,
    server: JoinHandle<std::io::Result<()>>,
    names: HashMap<String, String>,
    paint: Paint,
    quiet: bool,
    /// Numbers of journal entries: where the chapter began, and what is printed already.
    chapter_start: u64,
    printed: u64,
    steps: usize,
    telephones: u32,
}

impl Stage {
    /// Starts emulator and application.
    pub(crate) async fn open(paint: Paint, quiet: bool) -> anyhow::Result<Self> {
        let hub = CallEventHub::new();
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port for the webhook")?;
        let address = listener.local_addr()?;
        let webhook_url = format!("http://{address}/events");
        // The port is open already, so nothing that the emulator sends before the server runs is lost.
        let emulator = Emulator::builder()
            .event_grid_webhook(&webhook_url, EventGridSchema::EventGrid)
            .start()
            .await
            .context("the emulator did not start")?;
        let transcripts = Transcripts::new();
        let app = axum::Router::new()
            .nest("/events", webhook::router(hub.clone()))
            .merge(prompts::routes(streaming_server(&emulator)?, &transcripts)?);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let client = CallAutomationClient::builder()
            .connection_string(emulator.connection_string())
            .events(hub.clone())
            .build()?;
        let own_number = emulator
            .phone_numbers()
            .first()
            .context("the emulator has no number")?
            .as_str()
            .to_owned();
        let mut names = HashMap::new();
        names.insert(format!("4:{own_number}"), format!("own number {own_number}"));
        Ok(Self {
            emulator,
            client,
            hub,
            callback: webhook_url,
            prompts_url: format!("http://{address}/prompts"),
            transcript_url: format!("ws://{address}/transcript"),
            transcripts,
            own_number,
            server,
            names,
            paint,
            quiet,
            chapter_start: 0,
            printed: 0,
            steps: 0,
            telephones: 0,
        })
    }

    pub(crate) fn introduce(&self) {
        line(format!("emulator     {}", self.emulator.endpoint()));
        line(format!("application  {}", self.callback));
    }

    /// A user with a name and a script.
    pub(crate) fn user(&mut self, name: &str, script: PartyScript) -> CommunicationIdentifier {
        let user = CommunicationIdentifier::from(self.emulator.create_user());
        self.script(&user, name, script);
        user
    }

    /// A telephone outside of the resource, with a script.
    pub(crate) fn telephone(&mut self, script: PartyScript) -> String {
        self.telephones += 1;
        let number = format!("+1604555{:04}", self.telephones);
        let identifier = CommunicationIdentifier::phone(&number);
        self.script(&identifier, &format!("telephone {number}"), script);
        number
    }

    /// Shows somebody by a name.
    pub(crate) fn name(&mut self, party: &CommunicationIdentifier, name: &str) {
        self.names.insert(party.raw_id().into_owned(), name.to_owned());
    }

    fn script(&mut self, party: &CommunicationIdentifier, name: &str, script: PartyScript) {
        self.name(party, name);
        self.emulator.set_script(party, script);
    }

    /// The next call that the application is offered.
    pub(crate) async fn offer(&self, offers: &mut IncomingCalls) -> anyhow::Result<IncomingCall> {
        match tokio::time::timeout(WAIT_LIMIT, offers.next()).await {
            Ok(Some(offer)) => Ok(offer),
            Ok(None) => bail!("no more calls are offered"),
            Err(_) => bail!("no call was offered"),
        }
    }

    /// Waits until a call has that many participants.
    pub(crate) async fn participants(&self, call: &CallConnection, count: usize) -> anyhow::Result<usize> {
        self.until(call, &format!("{count} participants"), |view| {
            view.participants().len() == count
        })
        .await?;
        Ok(count)
    }

    /// Waits until the participant view of a call is as it should be.
    pub(crate) async fn until(
        &self,
        call: &CallConnection,
        what: &str,
        holds: impl Fn(&ParticipantsView) -> bool,
    ) -> anyhow::Result<()> {
        let mut views = call.participants()?;
        let wait = async {
            while let Some(view) = views.next().await {
                if holds(&view) {
                    return Ok(());
                }
            }
            bail!("the call ended before {what}")
        };
        tokio::time::timeout(WAIT_LIMIT, wait)
            .await
            .with_context(|| format!("waited in vain for {what}"))?
    }

    pub(crate) fn begin(&mut self, number: usize, title: &str, about: &str) {
        line(format!("\n{}", self.paint.bold(&format!("{number}. {title}"))));
        line(format!("   {}", self.paint.dim(about)));
    }

    /// Says what is about to be done.
    pub(crate) fn step(&mut self, text: &str) {
        self.flush();
        line(format!("   {} {text}", self.paint.blue("▶")));
    }

    /// Says what came of it, and counts it.
    pub(crate) fn outcome(&mut self, text: &str) {
        self.flush();
        self.steps += 1;
        line(format!("   {} {text}", self.paint.green("✓")));
    }

    pub(crate) fn fail(&mut self, error: &anyhow::Error) {
        self.flush();
        line(format!("   {} {error:#}", self.paint.red("✗")));
    }

    /// Prints what the journal has got since the last time.
    fn flush(&mut self) {
        for entry in self.entries_since(self.printed) {
            self.printed = entry.number + 1;
            if self.quiet {
                continue;
            }
            if let Some(text) = timeline::text(&entry, self.started(), &self.names, self.paint) {
                line(format!("     {text}"));
            }
        }
    }

    /// Waits for posts that are on their way, prints the rest and draws the chapter.
    pub(crate) async fn end(&mut self, title: &str) -> Diagram {
        if tokio::time::timeout(SETTLE_LIMIT, self.emulator.settled())
            .await
            .is_err()
        {
            tracing::warn!("some events are still on their way");
        }
        self.flush();
        let entries = self.entries_since(self.chapter_start);
        self.chapter_start = self.printed;
        timeline::diagram(title, &entries, &self.names)
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    pub(crate) async fn close(self) {
        self.emulator.shutdown().await;
        self.server.abort();
    }

    fn entries_since(&self, number: u64) -> Vec<Arc<JournalEntry>> {
        let mut entries = self.emulator.journal();
        entries.retain(|entry| entry.number >= number);
        entries
    }

    /// When the chapter began: the time of its first entry.
    fn started(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.entries_since(self.chapter_start)
            .first()
            .map(|entry| entry.time)
    }
}

/// The failure that an operation is expected to end with; its reason in words.
pub(crate) fn expect_failure<T>(
    result: Result<T, acs_call_automation::Error>,
    code: i32,
    sub_code: i32,
) -> anyhow::Result<String> {
    let Err(error) = result else {
        bail!("expected failure {code}/{sub_code}, but it succeeded");
    };
    let found = error
        .outcome_failure()
        .and_then(|failure| failure.result_information())
        .cloned();
    let Some(found) = found else {
        return Err(anyhow::Error::from(error).context(format!("expected failure {code}/{sub_code}")));
    };
    if (found.code, found.sub_code) != (code, sub_code) {
        bail!("expected failure {code}/{sub_code}, found {found:?}");
    }
    Ok(format!("{:?}", found.reason()))
}

/// Lets in who has a token of this emulator, as an application lets in the service only.
fn streaming_server(emulator: &Emulator) -> anyhow::Result<StreamingServer> {
    let verifier = TokenVerifier::builder(emulator.resource_id())
        .issuer(emulator.callback_issuer())
        .metadata_url(emulator.openid_configuration())
        .max_lifetime(STREAM_TOKEN_LIFETIME)
        .build()?;
    Ok(StreamingServer::new(move |request: StreamRequest| {
        let verifier = verifier.clone();
        async move {
            match verifier.verify(request.headers()).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_keys_unavailable() => Err(Refusal::Unavailable),
                Err(_) => Err(Refusal::Unauthorized),
            }
        }
    }))
}
