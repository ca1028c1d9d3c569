//! Asking somebody: keys, choices, speech.

use std::time::Duration;

use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, OperationContext};

use super::result::receipts;
use super::{CallMedia, PlaySource};
use crate::outcome::Receipt;
use crate::{Error, wire};

/// What every recognition has.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) prompts: Vec<PlaySource>,
    pub(crate) interrupt_prompt: Option<bool>,
    pub(crate) interrupt_call_media_operation: Option<bool>,
    pub(crate) initial_silence_timeout: Option<Duration>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl Question {
    fn new(participant: CommunicationIdentifier) -> Self {
        Self {
            participant,
            prompts: Vec::new(),
            interrupt_prompt: None,
            interrupt_call_media_operation: None,
            initial_silence_timeout: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }
}

/// How keys are collected.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) max_tones: u32,
    pub(crate) inter_tone_timeout: Option<Duration>,
    pub(crate) stop_tones: Option<Vec<DtmfTone>>,
}

impl Keys {
    fn new(max_tones: u32) -> Self {
        Self {
            max_tones,
            inter_tone_timeout: None,
            stop_tones: None,
        }
    }
}

/// How speech is understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speech {
    pub(crate) language: Option<String>,
    pub(crate) model_endpoint_id: Option<String>,
    pub(crate) end_silence_timeout: Option<Duration>,
}

/// The setters of an option bag that holds a [`Question`] as `question`; the text gives the range of the
/// initial silence.
macro_rules! question_setters {
    ($range:literal) => {
        /// Plays this before listening; called again, it adds another.
        pub fn prompt(mut self, source: impl Into<PlaySource>) -> Self {
            self.question.prompts.push(source.into());
            self
        }

        /// Whether input ends the prompt, and counts. True by default (how-to guide).
        pub fn interrupt_prompt(mut self, interrupt: bool) -> Self {
            self.question.interrupt_prompt = Some(interrupt);
            self
        }

        /// Whether to push aside what is playing and queued, which is then canceled, instead of waiting for
        /// it. True by default (how-to guide).
        pub fn interrupt_call_media_operation(mut self, interrupt: bool) -> Self {
            self.question.interrupt_call_media_operation = Some(interrupt);
            self
        }

        /// How long to wait for the first input after the prompt: whole seconds, 5 s by default (how-to guide).
        #[doc = $range]
        pub fn initial_silence_timeout(mut self, timeout: Duration) -> Self {
            self.question.initial_silence_timeout = Some(timeout);
            self
        }

        /// Names the operation: its events carry this text. 1 to 5,000 characters; made up when not given.
        pub fn operation_context(mut self, context: impl Into<OperationContext>) -> Self {
            self.question.operation_context = Some(context.into());
            self
        }

        /// Has the events of this operation posted here instead of to the callback URI of the call: absolute
        /// `https` URI, or `http` to a loopback address.
        pub fn operation_callback_uri(mut self, uri: impl AsRef<str>) -> Self {
            self.question.operation_callback_uri = Some(uri.as_ref().to_owned());
            self
        }
    };
}

/// The setters of an option bag that holds [`Keys`] as `keys`.
macro_rules! keys_setters {
    () => {
        /// How long to wait for the next tone: whole seconds from 1 to 60. 2 s by default.
        pub fn inter_tone_timeout(mut self, timeout: Duration) -> Self {
            self.keys.inter_tone_timeout = Some(timeout);
            self
        }

        /// The tones that end the input at once; they are not part of it.
        pub fn stop_tones(mut self, tones: impl IntoIterator<Item = DtmfTone>) -> Self {
            self.keys.stop_tones = Some(tones.into_iter().collect());
            self
        }
    };
}

/// The setters of an option bag that holds [`Speech`] as `speech`.
macro_rules! speech_setters {
    () => {
        /// The language that is spoken, such as `en-US`, which is also the default. One language; the API
        /// version 2026-03-12 has no place for several.
        pub fn speech_language(mut self, language: impl Into<String>) -> Self {
            self.speech.language = Some(language.into());
            self
        }

        /// The endpoint id of a custom speech model.
        pub fn speech_model_endpoint_id(mut self, id: impl Into<String>) -> Self {
            self.speech.model_endpoint_id = Some(id.into());
            self
        }
    };
}

macro_rules! end_silence_setter {
    () => {
        /// After how much silence the utterance counts as finished: whole milliseconds, at least 1. 500 ms
        /// by default (how-to guide).
        pub fn end_silence_timeout(mut self, timeout: Duration) -> Self {
            self.speech.end_silence_timeout = Some(timeout);
            self
        }
    };
}

/// How keys are asked for.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct RecognizeDtmfOptions {
    pub(crate) question: Question,
    pub(crate) keys: Keys,
}

impl RecognizeDtmfOptions {
    /// Collects up to `max_tones` keys, at least 1, of this participant.
    pub fn new(participant: impl Into<CommunicationIdentifier>, max_tones: u32) -> Self {
        Self {
            question: Question::new(participant.into()),
            keys: Keys::new(max_tones),
        }
    }

    question_setters!("From 0 to 300 s.");
    keys_setters!();
}

/// One of the answers that a [`RecognizeChoicesOptions`] offers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a choice is not offered by itself"]
pub struct RecognitionChoice {
    pub(crate) label: String,
    pub(crate) phrases: Vec<String>,
    pub(crate) tone: Option<DtmfTone>,
}

impl RecognitionChoice {
    /// The result names the choice by its `label`; saying one of the `phrases` takes it.
    pub fn new<P: Into<String>>(label: impl Into<String>, phrases: impl IntoIterator<Item = P>) -> Self {
        Self {
            label: label.into(),
            phrases: phrases.into_iter().map(Into::into).collect(),
            tone: None,
        }
    }

    /// The key that takes the choice as well; no other choice may have it.
    pub fn tone(mut self, tone: DtmfTone) -> Self {
        self.tone = Some(tone);
        self
    }
}

/// How one of several choices, by voice or key, is asked for.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct RecognizeChoicesOptions {
    pub(crate) question: Question,
    pub(crate) choices: Vec<RecognitionChoice>,
    pub(crate) speech: Speech,
}

impl RecognizeChoicesOptions {
    /// Offers these choices, at least one, to this participant.
    pub fn new(
        participant: impl Into<CommunicationIdentifier>,
        choices: impl IntoIterator<Item = RecognitionChoice>,
    ) -> Self {
        Self {
            question: Question::new(participant.into()),
            choices: choices.into_iter().collect(),
            speech: Speech::default(),
        }
    }

    question_setters!("From 0 to 20 s.");
    speech_setters!();
}

/// How something spoken is asked for.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct RecognizeSpeechOptions {
    pub(crate) question: Question,
    pub(crate) speech: Speech,
}

impl RecognizeSpeechOptions {
    /// Listens to this participant.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            question: Question::new(participant.into()),
            speech: Speech::default(),
        }
    }

    question_setters!("From 0 to 20 s.");
    speech_setters!();
    end_silence_setter!();
}

/// How something spoken or keys are asked for. What comes first decides; keys are then collected to their
/// end (how-to guide).
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct RecognizeSpeechOrDtmfOptions {
    pub(crate) question: Question,
    pub(crate) keys: Keys,
    pub(crate) speech: Speech,
}

impl RecognizeSpeechOrDtmfOptions {
    /// Listens to this participant, or collects up to `max_tones` keys, at least 1.
    pub fn new(participant: impl Into<CommunicationIdentifier>, max_tones: u32) -> Self {
        Self {
            question: Question::new(participant.into()),
            keys: Keys::new(max_tones),
            speech: Speech::default(),
        }
    }

    question_setters!("From 0 to 300 s; for speech the guide gives 20 s.");
    keys_setters!();
    speech_setters!();
    end_silence_setter!();
}

/// What to listen for, made from one of the option bags.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "an option bag does nothing by itself"]
pub enum RecognizeOptions {
    /// Keys.
    Dtmf(RecognizeDtmfOptions),
    /// One of several choices.
    Choices(RecognizeChoicesOptions),
    /// Something spoken.
    Speech(RecognizeSpeechOptions),
    /// Something spoken, or keys.
    SpeechOrDtmf(RecognizeSpeechOrDtmfOptions),
}

impl RecognizeOptions {
    fn question(&mut self) -> &mut Question {
        match self {
            Self::Dtmf(options) => &mut options.question,
            Self::Choices(options) => &mut options.question,
            Self::Speech(options) => &mut options.question,
            Self::SpeechOrDtmf(options) => &mut options.question,
        }
    }
}

macro_rules! from_options {
    ($($variant:ident: $options:ident),+) => {
        $(
            impl From<$options> for RecognizeOptions {
                fn from(options: $options) -> Self {
                    Self::$variant(options)
                }
            }
        )+
    };
}

from_options!(
    Dtmf: RecognizeDtmfOptions,
    Choices: RecognizeChoicesOptions,
    Speech: RecognizeSpeechOptions,
    SpeechOrDtmf: RecognizeSpeechOrDtmfOptions
);

receipts! {
    /// A recognition that the service has accepted.
    RecognizeResult => Recognize,
    "Waits for `RecognizeCompleted`, whose [`input`](acs_call_events::data::RecognizeCompleted::input) has the \
     tones, the choice or the words, or for the failure: [`Error::reason`](crate::Error::reason) tells silence \
     from a wrong key and from a prompt that could not be played, and \
     [`Error::failed_play_source_index`](crate::Error::failed_play_source_index) says which prompt."
}

impl CallMedia {
    /// Plays prompts to a participant and collects what it presses or says. Takes one of
    /// [`RecognizeDtmfOptions`], [`RecognizeChoicesOptions`], [`RecognizeSpeechOptions`] and
    /// [`RecognizeSpeechOrDtmfOptions`].
    ///
    /// Events that follow: `RecognizeCompleted`, `RecognizeFailed` or `RecognizeCanceled`; with prompts, in
    /// some recorded traffic, `PlayStarted` before. Speech and choices need a cognitive services endpoint in
    /// the set-up of the call. Only keys sent as telephone events count, not tones in the audio (how-to
    /// guide).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for times and counts out of
    /// their range, no choice or one without phrase and key, two choices with one key, prompts as in
    /// [`play`](Self::play), and as for every operation its context and callback URI.
    /// [`Rejected`](crate::ErrorKind::Rejected) with code 8501 while the call is not connected, with 8522
    /// where the cognitive services endpoint is missing. Otherwise as the service refuses.
    pub async fn recognize(&self, options: impl Into<RecognizeOptions>) -> Result<RecognizeResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.question().operation_context);
        let body = wire::recognize(options)?;
        self.rest()
            .recognize(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("recognize", error))?;
        Ok(RecognizeResult { receipt })
    }
}
