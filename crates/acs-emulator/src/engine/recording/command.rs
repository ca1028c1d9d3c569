//! What is asked for when a recording is started.

use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat};
use acs_common::{CallConnectionId, CommunicationIdentifier};

use crate::engine::command::CallLocator;
use crate::engine::error::ServiceError;

/// The most channels that an unmixed recording has.
pub(super) const MOST_CHANNELS: u16 = 5;

/// Which call to record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordedCall {
    /// By server call id, group call id or room.
    Locator(CallLocator),
    /// By a leg of the application.
    Connection(CallConnectionId),
}

/// Starts a recording.
#[derive(Clone, Debug)]
pub struct StartRecording {
    /// Of which call.
    pub call: RecordedCall,
    /// What is recorded and how.
    pub form: RecordingForm,
    /// Whether it begins paused.
    pub pause_on_start: bool,
    /// Where its state is told; nobody is told without.
    pub state_callback_uri: Option<String>,
    /// The container of the application that the files are meant for, without the query of its address, which
    /// may hold a key.
    pub external_storage: Option<String>,
}

/// What is recorded and how; what is not said follows from what is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingForm {
    /// Sound, or sound and picture.
    pub content: Option<RecordingContent>,
    /// One channel, or one for each participant.
    pub channel: Option<RecordingChannel>,
    /// The format of the file.
    pub format: Option<RecordingFormat>,
    /// Participants with a channel of their own choice, 0 to 4.
    pub affinity: Vec<(CommunicationIdentifier, u16)>,
    /// Participants in the order in which they get the channels that are left.
    pub ordering: Vec<CommunicationIdentifier>,
}

impl RecordingForm {
    /// Whether participants have channels of their own.
    pub fn is_unmixed(&self) -> bool {
        self.channel == Some(RecordingChannel::Unmixed)
    }

    /// The pairs that the guide on recording lists: mp4 for mixed sound and picture, mp3 and wav for mixed
    /// sound, wav for unmixed sound. That others are refused, and with this code, is inferred.
    pub(in crate::engine) fn check(&self) -> Result<(), ServiceError> {
        let unmixed = self.is_unmixed();
        let video = self.content == Some(RecordingContent::AudioVideo);
        let wrong = match &self.format {
            Some(RecordingFormat::Mp4) => unmixed || self.content == Some(RecordingContent::Audio),
            Some(RecordingFormat::Mp3) => unmixed || video,
            Some(_) => video,
            None => unmixed && video,
        };
        if wrong {
            return Err(ServiceError::fixed(
                400,
                "8557",
                "RecordingFormatType does not go with RecordingContentType and RecordingChannelType: mp4 is for \
                 mixed audioVideo, mp3 for mixed audio, wav for audio.",
            ));
        }
        if !unmixed && !self.affinity.is_empty() {
            return Err(ServiceError::invalid(
                "ChannelAffinity needs RecordingChannelType unmixed.",
            ));
        }
        let mut channels = Vec::new();
        for (participant, channel) in &self.affinity {
            if *channel >= MOST_CHANNELS {
                return Err(ServiceError::invalid(
                    "ChannelAffinity.Channel must be between 0 and 4.",
                ));
            }
            if channels
                .iter()
                .any(|(known, taken)| taken == channel || *known == participant)
            {
                return Err(ServiceError::invalid(
                    "ChannelAffinity names a channel or a participant twice.",
                ));
            }
            channels.push((participant, *channel));
        }
        Ok(())
    }
}
