//! Where a flow plays.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use acs_call_automation::events::{CallEventHub, IncomingCall, ParticipantsView};
use acs_call_automation::{CallAutomationClient, CallConnection, CallInvite, CommunicationIdentifier};
use acs_call_streaming::MediaSession;
use acs_emulator::{Emulator, EventGridSchema, PartyScript};
use acs_tests::app::Application;
use anyhow::{Context as _, bail};
use futures::StreamExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::people::{Behaviour, Cast, Input};
use crate::settings::Settings;

/// How long something that must come may take: more than a telephone rings.
const PATIENCE: Duration = Duration::from_secs(45);

/// The Azure AI resource of the emulator, which only wants to be told of one.
const EMULATED_AI: &str = "https://contoso.cognitiveservices.azure.com/";

/// A client, its webhook, and people to call.
#[derive(Debug)]
pub struct Stage {
    app: Application,
    place: Place,
    /// A number of the resource.
    number: Option<String>,
    /// The Azure AI resource that speaks and listens.
    ai: Option<String>,
}

#[derive(Debug)]
enum Place {
    Emulator {
        emulator: Box<Emulator>,
        telephones: AtomicU32,
    },
    Resource {
        people: HashMap<String, String>,
        cast: Cast,
        performance: JoinHandle<()>,
    },
}

impl Stage {
    /// An emulator in this process.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub async fn on_emulator() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let webhook = format!("http://{}/events", listener.local_addr()?);
        let emulator = Emulator::builder()
            .event_grid_webhook(&webhook, EventGridSchema::EventGrid)
            .start()
            .await?;
        let resource = emulator.connection_string().parse()?;
        let app = Application::open(resource, listener, Some(webhook), None)?;
        let number = emulator.phone_numbers().first().map(ToString::to_string);
        Ok(Self {
            app,
            place: Place::Emulator {
                emulator: Box::new(emulator),
                telephones: AtomicU32::new(0),
            },
            number,
            ai: Some(EMULATED_AI.to_owned()),
        })
    }

    /// A resource.
    ///
    /// # Errors
    ///
    /// When this program cannot listen where it should, or no client can be made.
    pub async fn on_resource(settings: Settings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(&settings.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", settings.listen))?;
        Self::with_listener(settings, listener)
    }

    /// A resource, with a listener that is there already.
    ///
    /// # Errors
    ///
    /// When no client can be made.
    pub fn with_listener(settings: Settings, listener: TcpListener) -> anyhow::Result<Self> {
        let app = Application::open(settings.resource, listener, Some(settings.callback), None)?;
        let cast = Cast::default();
        let performance = tokio::spawn(cast.clone().perform(
            app.client().clone(),
            app.callback().to_owned(),
            app.hub().incoming_calls(),
        ));
        Ok(Self {
            app,
            place: Place::Resource {
                people: settings.people,
                cast,
                performance,
            },
            number: settings.number,
            ai: settings.ai,
        })
    }

    /// The client. Yours is made by `CallAutomationClient::builder().connection_string(…).events(hub).build()`.
    pub fn client(&self) -> &CallAutomationClient {
        self.app.client()
    }

    /// Where the events of calls are posted: the webhook of the application, which feeds the [hub](Self::hub).
    pub fn callback(&self) -> &str {
        self.app.callback()
    }

    /// What the webhook feeds. With axum: `webhook::router(hub.clone())`.
    pub fn hub(&self) -> &CallEventHub {
        self.app.hub()
    }

    /// Where the service opens a WebSocket with the audio or the transcript of a call: on the same host as the
    /// callbacks, with a key in the query so that nobody else gets in. With axum:
    /// `acs_call_streaming::server::axum::router(server, handler)`.
    pub fn transport_url(&self) -> &str {
        self.app.transport_url()
    }

    /// The next WebSocket that the service opens.
    ///
    /// # Errors
    ///
    /// When none is opened.
    pub async fn session(&self) -> anyhow::Result<MediaSession> {
        tokio::time::timeout(PATIENCE, self.app.next_session())
            .await
            .context("the service opened no WebSocket; on a resource, the host of the callback URI has to let them through")
    }

    /// Has somebody who answered a call say something. On a resource that person is asked to.
    ///
    /// # Errors
    ///
    /// When the party is in no call.
    pub fn say(&self, party: &CommunicationIdentifier, text: &str) -> anyhow::Result<()> {
        match &self.place {
            Place::Emulator { emulator, .. } => emulator.party(party).say(text)?,
            Place::Resource { .. } => println!("please say `{text}`"),
        }
        Ok(())
    }

    /// The emulator, where there is one.
    pub fn emulator(&self) -> Option<&Emulator> {
        match &self.place {
            Place::Emulator { emulator, .. } => Some(emulator),
            Place::Resource { .. } => None,
        }
    }

    pub(crate) fn is_emulated(&self) -> bool {
        self.emulator().is_some()
    }

    /// A user who is called, and what they do then.
    ///
    /// # Errors
    ///
    /// When the resource makes no user.
    pub async fn user(&self, name: &str, behaviour: Behaviour) -> anyhow::Result<CommunicationIdentifier> {
        match &self.place {
            Place::Emulator { emulator, .. } => {
                let user = CommunicationIdentifier::from(emulator.create_user());
                emulator.set_script(&user, behaviour.script());
                Ok(user)
            }
            Place::Resource { people, cast, .. } => {
                if let Some(person) = people.get(&name.to_lowercase()) {
                    let person = if person.starts_with('+') {
                        CommunicationIdentifier::phone(person)
                    } else {
                        CommunicationIdentifier::from_raw_id(person)
                    };
                    println!("{name} is {person}: {}", behaviour.request());
                    return Ok(person);
                }
                let user = CommunicationIdentifier::from(self.app.user().await?);
                cast.add(&user, behaviour);
                Ok(user)
            }
        }
    }

    /// Somebody with a telephone. On a resource a user, unless a number is named in the environment.
    ///
    /// # Errors
    ///
    /// As [`user`](Self::user).
    pub async fn telephone(
        &self,
        name: &str,
        behaviour: Behaviour,
    ) -> anyhow::Result<CommunicationIdentifier> {
        match &self.place {
            Place::Emulator { emulator, telephones } => {
                let last = telephones.fetch_add(1, Ordering::Relaxed);
                let telephone = CommunicationIdentifier::phone(format!("+1604555{last:04}"));
                emulator.set_script(&telephone, behaviour.script());
                Ok(telephone)
            }
            Place::Resource { .. } => self.user(name, behaviour).await,
        }
    }

    /// An invitation: a telephone is called from a number of the resource, a user from nowhere.
    ///
    /// # Errors
    ///
    /// When a telephone is to be called and the resource has no number.
    pub fn invite(&self, party: &CommunicationIdentifier) -> anyhow::Result<CallInvite> {
        let invite = CallInvite::new(party);
        if !party.is_phone_number() {
            return Ok(invite);
        }
        Ok(invite.source_caller_id(self.number()?))
    }

    fn number(&self) -> anyhow::Result<&str> {
        self.number
            .as_deref()
            .context("ACS_PHONE_NUMBER: expected a number of the resource, because a telephone is involved")
    }

    /// The Azure AI resource that speaks and listens in a call: its `https` endpoint.
    ///
    /// # Errors
    ///
    /// When the environment names none.
    pub fn ai_endpoint(&self) -> anyhow::Result<&str> {
        self.ai.as_deref().context(
            "ACS_COGNITIVE_SERVICES_ENDPOINT: expected the endpoint of an Azure AI resource that is connected with \
             the resource, because text is spoken",
        )
    }

    /// The call of somebody who dials the number of the resource, and does this when asked, in turn. On a resource
    /// that is whoever is so kind.
    ///
    /// # Errors
    ///
    /// When the resource has no number, or nobody calls.
    pub async fn called_from_outside(&self, inputs: &[Input]) -> anyhow::Result<IncomingCall> {
        let number = CommunicationIdentifier::phone(self.number()?);
        match &self.place {
            Place::Emulator { emulator, .. } => {
                let caller = self.telephone("Caller", Behaviour::Answers).await?;
                let mut script = PartyScript::answer();
                for input in inputs {
                    script = script.when_asked(input.reaction()?);
                }
                emulator.set_script(&caller, script);
                emulator.party(&caller).call(&number)?;
            }
            Place::Resource { .. } => {
                println!("please call {}, and answer the questions:", self.number()?);
                for input in inputs {
                    println!("  {input}");
                }
            }
        }
        self.offer_to(&number).await
    }

    /// The next call that the application is offered for this party.
    ///
    /// # Errors
    ///
    /// When none comes.
    pub async fn offer_to(&self, party: &CommunicationIdentifier) -> anyhow::Result<IncomingCall> {
        tokio::time::timeout(PATIENCE, self.app.next_offer_to(party.clone()))
            .await
            .context(
                "no call was offered; on a resource, Event Grid has to send `IncomingCall` to the callback URI",
            )
    }

    /// Waits until the participants of a call are as they should be, by its `ParticipantsUpdated`.
    ///
    /// # Errors
    ///
    /// When that does not happen, or the call ends.
    pub async fn until(
        &self,
        call: &CallConnection,
        what: &str,
        holds: impl Fn(&ParticipantsView) -> bool,
    ) -> anyhow::Result<ParticipantsView> {
        let mut views = call.participants()?;
        let wait = async {
            while let Some(view) = views.next().await {
                if holds(&view) {
                    return Ok(view);
                }
            }
            bail!("the call ended before {what}")
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .with_context(|| format!("waited in vain for {what}"))?
    }

    /// Lets the last posts arrive, and ends what was begun.
    pub(crate) async fn close(self) {
        match self.place {
            Place::Emulator { emulator, .. } => {
                // An event that is on its way would find nobody.
                let _ = tokio::time::timeout(Duration::from_secs(5), emulator.settled()).await;
                emulator.shutdown().await;
            }
            Place::Resource { performance, .. } => performance.abort(),
        }
    }
}
