//! People to call. In the emulator they are virtual; on a resource this program makes users and answers for them,
//! unless a real person is named.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use acs_call_automation::events::IncomingCalls;
use acs_call_automation::{CallAutomationClient, CommunicationIdentifier};
use acs_emulator::{PartyScript, Reaction, RejectReason};
use anyhow::Context as _;
use futures::StreamExt as _;

/// What somebody does who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers.
    Answers,
    /// Declines.
    Declines,
    /// Lets it ring.
    Rings,
    /// Leaves it to the application, which is offered the call.
    AsksTheApplication,
}

impl Behaviour {
    pub(crate) fn script(self) -> PartyScript {
        match self {
            Self::Answers => PartyScript::answer(),
            Self::Declines => PartyScript::reject(RejectReason::Declined),
            Self::Rings => PartyScript::no_answer(),
            Self::AsksTheApplication => PartyScript::offer(),
        }
    }

    /// What a person is asked to do.
    pub(crate) fn request(self) -> &'static str {
        match self {
            Self::Answers => "please answer",
            Self::Declines => "please decline",
            Self::Rings => "please let it ring",
            Self::AsksTheApplication => "nothing to do",
        }
    }
}

/// What a caller does when asked something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Presses keys, such as `12#`.
    Press(&'static str),
    /// Says something.
    Say(&'static str),
}

impl Input {
    pub(crate) fn reaction(self) -> anyhow::Result<Reaction> {
        Ok(match self {
            Self::Press(keys) => {
                let tones: acs_emulator::Tones =
                    keys.parse().with_context(|| format!("the keys `{keys}`"))?;
                Reaction::press(tones)
            }
            Self::Say(text) => Reaction::say(text),
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Press(keys) => write!(f, "press {keys}"),
            Self::Say(text) => write!(f, "say `{text}`"),
        }
    }
}

/// Who does what, of the users that this program answers for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cast(Arc<Mutex<HashMap<String, Behaviour>>>);

impl Cast {
    pub(crate) fn add(&self, who: &CommunicationIdentifier, behaviour: Behaviour) {
        let mut cast = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cast.insert(who.raw_id().into_owned(), behaviour);
    }

    fn of(&self, who: &CommunicationIdentifier) -> Option<Behaviour> {
        let cast = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cast.get(&*who.raw_id()).copied()
    }

    /// Does for each user what it would do, as long as calls are offered.
    pub(crate) async fn perform(
        self,
        client: CallAutomationClient,
        callback: String,
        mut offers: IncomingCalls,
    ) {
        while let Some(offer) = offers.next().await {
            let done = match offer.to().and_then(|to| self.of(to)) {
                Some(Behaviour::Answers) => client.answer_call(&offer, &callback).await.map(drop),
                Some(Behaviour::Declines) => client.reject_call(&offer).await,
                Some(Behaviour::Rings | Behaviour::AsksTheApplication) | None => Ok(()),
            };
            if let Err(error) = done {
                eprintln!("a user could not do its part: {error}");
            }
        }
    }
}
