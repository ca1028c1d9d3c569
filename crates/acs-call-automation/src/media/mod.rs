//! Media in a call: play prompts, ask for keys and speech, send tones, hold, transcribe, stream.
//!
//! [`CallConnection::media`] gives the handle, [`CallMedia`]; everything else here are its option bags and
//! results. Each operation has a short form and one with options, and returns when the service has accepted
//! it; `outcome()` of what it returns waits for what became of it.
//!
//! A menu, for a call that was answered with a cognitive services endpoint:
//!
//! ```no_run
//! # #[cfg(feature = "events")]
//! # async fn example(call: acs_call_automation::CallConnection) -> Result<(), Box<dyn std::error::Error>> {
//! use acs_call_automation::events::Reason;
//! use acs_call_automation::events::data::RecognizedInput;
//! use acs_call_automation::media::{
//!     HoldOptions, PlaySource, RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, TextSource,
//! };
//! use acs_call_automation::{CommunicationIdentifier, DtmfTone};
//!
//! let media = call.media();
//! let caller = CommunicationIdentifier::phone("+16041234567");
//!
//! // Play: from a file, from text, or several of both in a row.
//! media.play_to_all(PlaySource::file("https://app.contoso.com/welcome.wav")).await?.outcome().await?;
//!
//! // Ask for a choice, by voice or by key.
//! let sales = RecognitionChoice::new("sales", ["sales", "buy"]).tone(DtmfTone::One);
//! let support = RecognitionChoice::new("support", ["support", "help"]).tone(DtmfTone::Two);
//! let question = TextSource::new("Sales, or support?").voice_name("en-US-NancyNeural");
//! let menu = RecognizeChoicesOptions::new(caller.clone(), [sales, support]).prompt(question);
//! match media.recognize(menu).await?.outcome().await {
//!     Ok(completed) => {
//!         if let Some(RecognizedInput::Choice(choice)) = completed.input() {
//!             println!("{:?}, by saying {:?}", choice.label, choice.recognized_phrase);
//!         }
//!     }
//!     Err(error) if error.reason() == Some(Reason::InitialSilenceTimeout) => println!("nobody said anything"),
//!     Err(error) => return Err(error.into()),
//! }
//!
//! // Ask for up to six digits, ended by #.
//! let number = RecognizeDtmfOptions::new(caller.clone(), 6)
//!     .stop_tones([DtmfTone::Pound])
//!     .prompt(PlaySource::file("https://app.contoso.com/number.wav"));
//! let completed = media.recognize(number).await?.outcome().await?;
//! if let Some(RecognizedInput::Dtmf(pressed)) = completed.input() {
//!     println!("{:?}", pressed.keys()); // Some("123456")
//! }
//!
//! // Send tones to a telephone; put somebody on hold with music, and back.
//! media.send_dtmf_tones(("1234#".parse()?, caller.clone())).await?.outcome().await?;
//! let music = PlaySource::file("https://app.contoso.com/music.wav");
//! media.hold(HoldOptions::new(caller.clone()).play_source(music)).await?.outcome().await?;
//! media.unhold(caller).await?.outcome().await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | call | what tells the outcome |
//! |---|---|---|
//! | play | [`play`](CallMedia::play), [`play_to_all`](CallMedia::play_to_all) | `PlayStarted`, then `PlayCompleted`, `PlayFailed` or `PlayCanceled` |
//! | ask | [`recognize`](CallMedia::recognize) | `RecognizeCompleted`, `RecognizeFailed` or `RecognizeCanceled` |
//! | follow every key | [`start_continuous_dtmf_recognition`](CallMedia::start_continuous_dtmf_recognition) | a stream of tones |
//! | press keys | [`send_dtmf_tones`](CallMedia::send_dtmf_tones) | `SendDtmfTonesCompleted` or `SendDtmfTonesFailed` |
//! | hold | [`hold`](CallMedia::hold), [`unhold`](CallMedia::unhold) | the roster; `HoldFailed` |
//! | break off | [`cancel_all_media_operations`](CallMedia::cancel_all_media_operations) | the canceled events of the others |
//! | transcribe | [`start_transcription`](CallMedia::start_transcription), [`update_transcription`](CallMedia::update_transcription), [`stop_transcription`](CallMedia::stop_transcription) | `TranscriptionStarted`, `…Updated`, `…Stopped` or `…Failed` |
//! | stream audio | [`start_media_streaming`](CallMedia::start_media_streaming), [`stop_media_streaming`](CallMedia::stop_media_streaming) | `MediaStreamingStarted`, `…Stopped` or `…Failed` |
//!
//! Transcription and streaming are set up with the call: [`TranscriptionOptions`] and
//! [`MediaStreamingOptions`], taken by the option bags that create, answer and join calls, where the
//! cognitive services endpoint is given as well. `docs/media.md` tells more, and what may run at the same time.

mod hold;
mod options;
mod play;
mod recognize;
mod result;
mod source;
mod streams;
mod tones;

use acs_common::CallConnectionId;

use crate::{CallAutomationClient, CallConnection, Error};

pub use hold::{HoldOptions, HoldResult, UnholdOptions, UnholdResult};
pub use options::{CallIntelligenceOptions, MediaStreamingOptions, TranscriptionOptions};
pub use play::{PlayOptions, PlayResult, PlayToAllOptions};
pub use recognize::{
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, RecognizeOptions, RecognizeResult,
    RecognizeSpeechOptions, RecognizeSpeechOrDtmfOptions,
};
pub use source::{FileSource, PlaySource, SsmlSource, TextSource};
pub use streams::{
    StartMediaStreamingOptions, StartMediaStreamingResult, StartTranscriptionOptions,
    StartTranscriptionResult, StopMediaStreamingOptions, StopMediaStreamingResult, StopTranscriptionOptions,
    StopTranscriptionResult, UpdateTranscriptionOptions, UpdateTranscriptionResult,
};
pub use tones::{
    ContinuousDtmfRecognitionOptions, SendDtmfTonesOptions, SendDtmfTonesResult,
    StartContinuousDtmfRecognitionResult, StopContinuousDtmfRecognitionResult,
};

pub(crate) use recognize::{Keys, Question, Speech};

/// What is heard and said in a call. Made by [`CallConnection::media`] or, from an id, by
/// [`CallAutomationClient::call_media`]; the [module](self) has a tour.
///
/// Cheap to clone, and meant to move into tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMedia(CallConnection);

impl CallMedia {
    /// The call that this is about.
    pub fn call_connection(&self) -> &CallConnection {
        &self.0
    }

    fn rest(&self) -> &acs_call_rest::Client {
        self.0.rest()
    }

    fn checked_id(&self) -> Result<&CallConnectionId, Error> {
        self.0.checked_id()
    }

    /// Breaks off whatever plays or listens in the call, and what is queued.
    ///
    /// Events that follow: `PlayCanceled` or `RecognizeCanceled` for each operation with its own operation
    /// context, 1 to 2 s later (recorded traffic); none for the cancellation itself.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the call has ended. Otherwise as the service refuses.
    pub async fn cancel_all_media_operations(&self) -> Result<(), Error> {
        self.rest()
            .cancel_all_media_operations(self.checked_id()?)
            .await
            .map_err(|error| Error::rest("cancel all media operations", error))?;
        Ok(())
    }
}

impl CallConnection {
    /// What is heard and said in this call: prompts, recognition, tones, hold, transcription, streaming.
    pub fn media(&self) -> CallMedia {
        CallMedia(self.clone())
    }
}

impl CallAutomationClient {
    /// The media of a call that is known by its id, from an event or a database. Nothing is sent.
    pub fn call_media(&self, id: impl Into<CallConnectionId>) -> CallMedia {
        self.call_connection(id).media()
    }
}
