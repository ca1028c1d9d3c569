//! What a recording is started with.

use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat};
use acs_common::{CallConnectionId, CommunicationIdentifier, ServerCallId};

use crate::{CallConnection, CallLocator};

/// The call that is recorded. Locators, ids and handles of calls convert into it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordedCall {
    /// By server call id, group or room: also a call that the application has no leg in.
    Locator(CallLocator),
    /// By a leg of the application.
    Connection(CallConnectionId),
}

impl From<CallLocator> for RecordedCall {
    fn from(locator: CallLocator) -> Self {
        Self::Locator(locator)
    }
}

impl From<ServerCallId> for RecordedCall {
    fn from(id: ServerCallId) -> Self {
        Self::Locator(id.into())
    }
}

impl From<&ServerCallId> for RecordedCall {
    fn from(id: &ServerCallId) -> Self {
        Self::Locator(id.into())
    }
}

impl From<CallConnectionId> for RecordedCall {
    fn from(id: CallConnectionId) -> Self {
        Self::Connection(id)
    }
}

impl From<&CallConnectionId> for RecordedCall {
    fn from(id: &CallConnectionId) -> Self {
        Self::Connection(id.clone())
    }
}

impl From<&CallConnection> for RecordedCall {
    fn from(call: &CallConnection) -> Self {
        Self::Connection(call.id().clone())
    }
}

/// Where a recording is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordingStorage {
    /// Storage of the service, for 24 hours (call recording concepts).
    Service,
    /// A blob container of the application's owner: its absolute `https` URL. Such files are fetched from there,
    /// with the storage account's credentials.
    BlobContainer(String),
}

/// How a recording is started. What is not set is chosen by the service.
///
/// ```no_run
/// # async fn example(call: acs_call_automation::CallConnection) -> Result<(), acs_call_automation::Error> {
/// use acs_call_automation::StartRecordingOptions;
/// use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat};
///
/// let options = StartRecordingOptions::new(&call)
///     .content(RecordingContent::Audio)
///     .channel(RecordingChannel::Unmixed)
///     .format(RecordingFormat::Wav)
///     .state_callback_uri("https://app.contoso.com/events");
/// let started = call.client().recording().start(options).await?;
/// println!("{}", started.recording_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct StartRecordingOptions {
    pub(crate) call: RecordedCall,
    pub(crate) content: Option<RecordingContent>,
    pub(crate) channel: Option<RecordingChannel>,
    pub(crate) format: Option<RecordingFormat>,
    pub(crate) channel_affinity: Vec<(u8, CommunicationIdentifier)>,
    pub(crate) channel_order: Vec<CommunicationIdentifier>,
    pub(crate) pause_on_start: Option<bool>,
    pub(crate) state_callback_uri: Option<String>,
    pub(crate) storage: Option<RecordingStorage>,
}

impl StartRecordingOptions {
    /// Records this call: a [`CallLocator`], a server call id, a call connection id, or a
    /// [`&CallConnection`](CallConnection).
    pub fn new(call: impl Into<RecordedCall>) -> Self {
        Self {
            call: call.into(),
            content: None,
            channel: None,
            format: None,
            channel_affinity: Vec::new(),
            channel_order: Vec::new(),
            pause_on_start: None,
            state_callback_uri: None,
            storage: None,
        }
    }

    /// Sets whether video is recorded.
    pub fn content(mut self, content: RecordingContent) -> Self {
        self.content = Some(content);
        self
    }

    /// Sets whether voices are mixed. Video is always mixed.
    pub fn channel(mut self, channel: RecordingChannel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Sets the format of the file: `mp4` for video, `mp3` or `wav` for mixed audio, `wav` for unmixed audio (call
    /// recording concepts).
    pub fn format(mut self, format: RecordingFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Gives a participant a channel of an unmixed recording, 0 to 4; once for each.
    pub fn channel_affinity(mut self, channel: u8, participant: impl Into<CommunicationIdentifier>) -> Self {
        self.channel_affinity.push((channel, participant.into()));
        self
    }

    /// Has these participants get the channels of an unmixed recording in this order. Without it they get them as
    /// they are first heard (official SDKs 1.6.0).
    pub fn channel_order<T>(mut self, participants: impl IntoIterator<Item = T>) -> Self
    where
        T: Into<CommunicationIdentifier>,
    {
        self.channel_order = participants.into_iter().map(Into::into).collect();
        self
    }

    /// Starts paused: nothing is recorded before [`resume`](crate::CallRecording::resume).
    pub fn pause_on_start(mut self, pause: bool) -> Self {
        self.pause_on_start = Some(pause);
        self
    }

    /// Has `RecordingStateChanged` and `StartRecordingFailed` posted here: absolute `https` URI, or `http` to a
    /// loopback address. Without it no event of the recording may come, and its outcome cannot be waited for.
    pub fn state_callback_uri(mut self, uri: impl AsRef<str>) -> Self {
        self.state_callback_uri = Some(uri.as_ref().to_owned());
        self
    }

    /// Sets where the files are kept.
    pub fn storage(mut self, storage: RecordingStorage) -> Self {
        self.storage = Some(storage);
        self
    }
}

impl<T: Into<RecordedCall>> From<T> for StartRecordingOptions {
    fn from(call: T) -> Self {
        Self::new(call)
    }
}
