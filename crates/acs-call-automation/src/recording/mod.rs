//! Recordings: started and stopped, downloaded and deleted.

mod body;
mod download;
mod file;
mod location;
mod metadata;
mod options;

use std::fmt;

use acs_common::RecordingId;
use acs_common::enums::{RecordingKind, RecordingState};

use crate::{CallAutomationClient, Error, wire};

pub use download::{DownloadProgress, DownloadRecordingOptions, RecordingDownload};
pub use location::{ContentLocation, DeleteLocation, MetadataLocation};
pub use metadata::{RecordedParticipant, RecordingMetadata, RecordingPause};
pub use options::{RecordedCall, RecordingStorage, StartRecordingOptions};

/// The recordings of a resource; made by [`CallAutomationClient::recording`].
///
/// Cheap to clone. A recording is known by its id, so one handle serves all of them. The page
/// `docs/recording.md` of the repository has the whole path, from the start to the file.
///
/// # Examples
///
/// ```no_run
/// # #[cfg(feature = "events")]
/// # async fn example(call: acs_call_automation::CallConnection) -> Result<(), Box<dyn std::error::Error>> {
/// use acs_call_automation::StartRecordingOptions;
/// use futures::StreamExt as _;
///
/// let recording = call.client().recording();
/// let mut files = call.client().event_hub().unwrap().recording_files();
///
/// let options = StartRecordingOptions::new(&call).state_callback_uri("https://app.contoso.com/events");
/// let started = recording.start(options).await?;
/// started.outcome().await?; // RecordingStateChanged, active
/// // … the call goes on …
/// recording.stop(started.recording_id()).await?;
///
/// // Some minutes later Event Grid says where the files are.
/// let file = files.next().await.unwrap();
/// for chunk in file.chunks() {
///     recording.download_to_file(chunk, "call.wav").await?;
///     recording.delete(chunk).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CallRecording {
    client: CallAutomationClient,
}

/// What the service says of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingProperties {
    /// The recording.
    pub recording_id: RecordingId,
    /// Whether it is running. A paused one is inactive, too (recorded traffic).
    pub state: RecordingState,
    /// Who made it; absent in some answers.
    pub kind: Option<RecordingKind>,
}

/// A recording that the service has accepted to start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StartRecordingResult {
    properties: RecordingProperties,
    #[cfg(feature = "events")]
    client: CallAutomationClient,
}

impl StartRecordingResult {
    /// The recording.
    pub fn recording_id(&self) -> &RecordingId {
        &self.properties.recording_id
    }

    /// What the service said when it accepted; the state is inactive still (recorded traffic).
    pub fn properties(&self) -> &RecordingProperties {
        &self.properties
    }

    /// Waits for `RecordingStateChanged` that says active, or the failure.
    ///
    /// The events go to [`state_callback_uri`](StartRecordingOptions::state_callback_uri), and they do not end with
    /// the call. So ask for a time-out where none was set, and where the recording starts paused.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::StartRecording> {
        let operation = acs_call_events::outcome::StartRecording::new(self.recording_id());
        crate::PendingOutcome::new(self.client.event_hub(), operation)
    }
}

impl CallRecording {
    pub(crate) fn new(client: &CallAutomationClient) -> Self {
        Self {
            client: client.clone(),
        }
    }

    fn rest(&self) -> &acs_call_rest::Client {
        self.client.rest()
    }

    /// Starts to record a call. Takes what names the call, or [`StartRecordingOptions`].
    ///
    /// Takes 4 to 5 s to answer (recorded traffic). Events that follow, at the state callback URI:
    /// `RecordingStateChanged`, inactive and then active, or `StartRecordingFailed`. When the recording is over,
    /// Event Grid has `RecordingFileStatusUpdated` with the addresses of the files.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty id, forms that do not
    /// go together, a channel beyond 4 or given twice, channels of participants without `unmixed`, or a URI that
    /// is neither `https` nor loopback. [`Rejected`](crate::ErrorKind::Rejected) with code 8553 when the call is
    /// being recorded already, and 8527 for a server call id that is none (recorded traffic). Otherwise as the
    /// service refuses.
    pub async fn start(
        &self,
        options: impl Into<StartRecordingOptions>,
    ) -> Result<StartRecordingResult, Error> {
        const OPERATION: &str = "start recording";
        let body = wire::start_recording(options.into())?;
        let reply = self
            .rest()
            .start_recording(&body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        Ok(StartRecordingResult {
            properties: wire::recording_properties(OPERATION, reply.into_inner(), None)?,
            #[cfg(feature = "events")]
            client: self.client.clone(),
        })
    }

    /// Gets the present state of a recording.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the recording was stopped (code 8522, recorded traffic).
    /// Otherwise as the service refuses.
    pub async fn properties(&self, recording: &RecordingId) -> Result<RecordingProperties, Error> {
        const OPERATION: &str = "get recording properties";
        wire::recording_id(recording)?;
        let reply = self
            .rest()
            .get_recording_properties(recording)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        wire::recording_properties(OPERATION, reply.into_inner(), Some(recording))
    }

    /// Pauses a recording. Its state is inactive then, within 10 s (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`properties`](Self::properties).
    pub async fn pause(&self, recording: &RecordingId) -> Result<(), Error> {
        wire::recording_id(recording)?;
        self.rest()
            .pause_recording(recording)
            .await
            .map(drop)
            .map_err(|error| Error::rest("pause recording", error))
    }

    /// Resumes a paused recording. Its state is active then, within 10 s (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`properties`](Self::properties).
    pub async fn resume(&self, recording: &RecordingId) -> Result<(), Error> {
        wire::recording_id(recording)?;
        self.rest()
            .resume_recording(recording)
            .await
            .map(drop)
            .map_err(|error| Error::rest("resume recording", error))
    }

    /// Stops a recording for good. Its files are announced by Event Grid, typically some minutes later (call
    /// recording concepts). The end of the call stops it, too.
    ///
    /// # Errors
    ///
    /// As [`properties`](Self::properties).
    pub async fn stop(&self, recording: &RecordingId) -> Result<(), Error> {
        wire::recording_id(recording)?;
        self.rest()
            .stop_recording(recording)
            .await
            .map(drop)
            .map_err(|error| Error::rest("stop recording", error))
    }

    /// The events of a recording: `RecordingStateChanged` and `StartRecordingFailed`, from the first that is kept.
    /// The stream has no end of its own.
    ///
    /// # Errors
    ///
    /// [`NoEventHub`](crate::ErrorKind::NoEventHub) when the client was given none.
    #[cfg(feature = "events")]
    pub fn events(&self, recording: &RecordingId) -> Result<acs_call_events::CallEvents, Error> {
        let hub = self.client.event_hub().ok_or_else(Error::no_event_hub)?;
        Ok(hub.recording_events(recording))
    }

    /// Gets the description of a file: who was recorded, on which channel, in which form. Takes the chunk of the
    /// event, or its metadata location.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), and [`UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse) when the
    /// answer is no JSON object or longer than 1 MiB.
    pub async fn metadata(&self, location: impl Into<MetadataLocation>) -> Result<RecordingMetadata, Error> {
        let url = location.into().checked(&self.client)?;
        metadata::fetch(&self.client, &url).await
    }

    /// Deletes a file. Takes the chunk of the event, or its delete location.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for a location that credentials
    /// may not go to, see [`download`](Self::download). [`NotFound`](crate::ErrorKind::NotFound) when there is no
    /// such file any more. Otherwise as the service refuses.
    pub async fn delete(&self, location: impl Into<DeleteLocation>) -> Result<(), Error> {
        let url = location.into().checked(&self.client)?;
        self.rest()
            .delete_content(&url)
            .await
            .map_err(|error| Error::rest("delete recording", error))
    }
}

impl fmt::Debug for CallRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecording")
            .field("client", &self.client)
            .finish()
    }
}
