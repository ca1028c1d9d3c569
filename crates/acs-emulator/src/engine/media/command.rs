//! What the application may ask for about sound.

use std::fmt;
use std::time::Duration;

use acs_common::enums::DtmfTone;
use acs_common::{CallConnectionId, CommunicationIdentifier, OperationContext};

use crate::journal::address;

/// Something to play.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlaySource {
    /// A file, to be fetched: WAV, mono, 16 bits, 16 kHz.
    File {
        /// Where it is.
        uri: String,
        /// Under this name and address it is fetched once an hour at most.
        cache_id: Option<String>,
    },
    /// A text to be spoken, of at most 4000 characters.
    Text(String),
    /// SSML to be spoken.
    Ssml(String),
}

impl fmt::Debug for PlaySource {
    /// The query of an address may hold a key, so its values are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { uri, cache_id } => f
                .debug_struct("File")
                .field("uri", &address(uri))
                .field("cache_id", cache_id)
                .finish(),
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Ssml(ssml) => f.debug_tuple("Ssml").field(ssml).finish(),
        }
    }
}

/// Plays something.
#[derive(Clone, Debug)]
pub struct Play {
    /// The leg.
    pub connection: CallConnectionId,
    /// What, one after the other.
    pub sources: Vec<PlaySource>,
    /// Who hears it; nobody named is everybody.
    pub to: Vec<CommunicationIdentifier>,
    /// Again and again, until it is cancelled.
    pub repeat: bool,
    /// Whether it puts an end to what is playing and waiting. Only where everybody hears it.
    pub interrupt: bool,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Listens to a participant.
#[derive(Clone, Debug)]
pub struct Recognize {
    /// The leg.
    pub connection: CallConnectionId,
    /// What is played before.
    pub prompts: Vec<PlaySource>,
    /// To whom.
    pub target: CommunicationIdentifier,
    /// For what.
    pub expect: Expect,
    /// Whether the participant can cut the prompt short.
    pub interrupt_prompt: bool,
    /// How long to wait for the first sound after the prompt.
    pub initial_silence: Duration,
    /// Whether it puts an end to what is playing and waiting.
    pub interrupt: bool,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// What a recognition listens for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// Keys.
    Tones(ToneRules),
    /// One of several choices, by key or by phrase.
    Choices(Vec<Choice>),
    /// Words.
    Speech {
        /// How much silence ends them.
        end_silence: Duration,
    },
    /// Whichever comes first.
    SpeechOrTones {
        /// How much silence ends the words.
        end_silence: Duration,
        /// When keys are complete.
        tones: ToneRules,
    },
}

/// When keys are complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToneRules {
    /// How long to wait for the next one.
    pub inter_tone: Duration,
    /// How many there are at most.
    pub max: Option<usize>,
    /// Which end the input, without being part of it.
    pub stop: Vec<DtmfTone>,
}

/// One of several choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub label: String,
    /// What may be said for it; case and spaces around do not matter.
    pub phrases: Vec<String>,
    /// Its key.
    pub tone: Option<DtmfTone>,
}

/// Begins or ends reporting the keys of a participant.
#[derive(Clone, Debug)]
pub struct ContinuousDtmf {
    /// The leg.
    pub connection: CallConnectionId,
    /// Whose.
    pub participant: CommunicationIdentifier,
    /// Comes back in the events: that of the start with each key, that of the end with the end.
    pub operation_context: Option<OperationContext>,
    /// Where these events go instead.
    pub operation_callback_uri: Option<String>,
}

/// Sends tones to a telephone.
#[derive(Clone, Debug)]
pub struct SendDtmfTones {
    /// The leg.
    pub connection: CallConnectionId,
    /// To whom.
    pub participant: CommunicationIdentifier,
    /// Which, at most 18.
    pub tones: Vec<DtmfTone>,
    /// Comes back in the reply and in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Puts a participant on hold.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The leg.
    pub connection: CallConnectionId,
    /// Whom.
    pub participant: CommunicationIdentifier,
    /// What it hears meanwhile, again and again.
    pub source: Option<PlaySource>,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Takes a participant off hold.
#[derive(Clone, Debug)]
pub struct Unhold {
    /// The leg.
    pub connection: CallConnectionId,
    /// Whom.
    pub participant: CommunicationIdentifier,
    /// Where the events of this operation would go; there are none.
    pub operation_callback_uri: Option<String>,
}

/// Names a file that is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FetchId(pub(in crate::engine) u64);

/// Whether a file can be played, and how long that takes.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Which.
    pub id: FetchId,
    /// How long it is, or what is wrong with it.
    pub outcome: Result<Duration, FetchFailure>,
}

/// Why a file cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchFailure {
    /// It is no WAV file of one channel, 16 bits and 16 kHz.
    Format,
    /// It cannot be had.
    Download,
}
