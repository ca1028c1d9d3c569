//! What events say: one struct per event type of API version 2026-03-12, in one file per family.
//!
//! Members that all events share (ids, operation context, result) are on [`CallEvent`](crate::CallEvent).
//! Members that the service leaves out are `None` or empty; no member is needed to read an event.

mod call;
mod dtmf;
mod media;
mod participants;
mod recognize;
mod recording;
mod streaming;
mod unknown;

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

pub use call::{
    AnswerFailed, CallConnected, CallDisconnected, CallTransferAccepted, CallTransferFailed, ConnectFailed,
    CreateCallFailed,
};
pub use dtmf::{
    ContinuousDtmfRecognitionStopped, ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionToneReceived, SendDtmfTonesCompleted, SendDtmfTonesFailed,
};
pub use media::{HoldFailed, PlayCanceled, PlayCompleted, PlayFailed, PlayStarted};
pub use participants::{
    AddParticipantFailed, AddParticipantSucceeded, CallParticipant, CancelAddParticipantFailed,
    CancelAddParticipantSucceeded, MoveParticipantFailed, MoveParticipantSucceeded, ParticipantsUpdated,
    RemoveParticipantFailed, RemoveParticipantSucceeded,
};
pub use recognize::{
    ChoiceResult, DtmfResult, RecognizeCanceled, RecognizeCompleted, RecognizeFailed, RecognizedInput,
    SpeechResult,
};
pub use recording::{RecordingStateChanged, StartRecordingFailed};
pub use streaming::{
    MediaStreamingFailed, MediaStreamingStarted, MediaStreamingStopped, MediaStreamingUpdate,
    TranscriptionFailed, TranscriptionStarted, TranscriptionStopped, TranscriptionUpdate,
    TranscriptionUpdated,
};
pub use unknown::UnknownEvent;

use serde::Deserializer;
use serde::ser::SerializeMap;

use crate::event::{Shared, read_data};
use crate::wire::{Odd, WireObject as _};

/// What the names of all event types begin with.
pub(crate) const PREFIX: &str = "Microsoft.Communication.";

mod sealed {
    pub trait Sealed {}
}

/// An event type: implemented by every data struct of this module, and by nothing else.
pub trait EventKind: sealed::Sealed + Clone + Send + Sync + Unpin + 'static {
    /// The whole type name, such as `Microsoft.Communication.CallConnected`.
    const TYPE: &'static str;

    /// The data as this type, if it is of it.
    fn from_data(data: &EventData) -> Option<&Self>;
}

macro_rules! event_types {
    (@type $name:ident) => { $name };
    (@type $name:ident in $box:ident) => { $box<$name> };
    ($($name:ident $(in $box:ident)?),+ $(,)?) => {
        /// What an event says, by its type. The larger ones are boxed: logs keep many events, and most are
        /// small.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum EventData {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name(event_types!(@type $name $(in $box)?)),
            )+
            /// A type that this version of the crate does not know, kept exactly as sent.
            Unknown(UnknownEvent),
        }

        impl EventData {
            /// The whole names of the types that this version of the crate knows.
            pub const KNOWN_TYPES: &'static [&'static str] = &[ $( <$name as EventKind>::TYPE, )+ ];

            /// The whole type name, such as `Microsoft.Communication.CallConnected`.
            pub fn event_type(&self) -> &str {
                match self {
                    $( Self::$name(_) => <$name as EventKind>::TYPE, )+
                    Self::Unknown(event) => event.event_type(),
                }
            }

            /// The place of the type among [`KNOWN_TYPES`](Self::KNOWN_TYPES).
            pub(crate) fn type_number(&self) -> Option<u8> {
                #[repr(u8)]
                enum Number { $( $name, )+ }

                match self {
                    $( Self::$name(_) => Some(Number::$name as u8), )+
                    Self::Unknown(_) => None,
                }
            }

            /// Whether this version of the crate knows the type of that name.
            pub(crate) fn is_known_type(event_type: &str) -> bool {
                match event_type.strip_prefix(PREFIX) {
                    Some(name) => matches!(name, $( stringify!($name) )|+),
                    None => false,
                }
            }

            /// Reads the data of a known type, and into `shared` what all types have; `None`, with nothing
            /// read, for any other.
            pub(crate) fn read<'de, D: Deserializer<'de>>(
                event_type: &str,
                deserializer: D,
                shared: &mut Shared<'de>,
                odd: &Odd,
            ) -> Result<Option<Self>, D::Error> {
                let Some(name) = event_type.strip_prefix(PREFIX) else {
                    return Ok(None);
                };
                match name {
                    $(
                        stringify!($name) => {
                            let data = read_data::<D, $name>(deserializer, shared, odd)?;
                            Ok(Some(Self::from(data)))
                        }
                    )+
                    _ => Ok(None),
                }
            }

            /// A known type without any data; `None` for any other.
            pub(crate) fn empty(event_type: &str) -> Option<Self> {
                match event_type.strip_prefix(PREFIX)? {
                    $( stringify!($name) => Some(Self::from($name::default())), )+
                    _ => None,
                }
            }

            /// The JSON schema of the data of an event of that type, shared members included, with the
            /// schemas of its parts under `$defs`; `None` for a type that is not known. No member is
            /// required, because reading needs none.
            #[cfg(any(test, feature = "schemars"))]
            pub fn json_schema(event_type: &str) -> Option<schemars::Schema> {
                use crate::wire::Described as _;

                let mut generator = schemars::SchemaGenerator::default();
                let own = match event_type.strip_prefix(PREFIX)? {
                    $( stringify!($name) => $name::members(&mut generator), )+
                    _ => return None,
                };
                let members = own.into_iter().chain(Shared::<'_>::members(&mut generator));
                let mut schema = crate::wire::object_schema(members.collect::<Vec<_>>());
                schema.insert("$defs".to_owned(), generator.take_definitions(true).into());
                Some(schema)
            }

            pub(crate) fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self {
                    $( Self::$name(data) => data.write_members(map), )+
                    Self::Unknown(_) => Ok(()),
                }
            }
        }

        $(
            impl sealed::Sealed for $name {}

            impl EventKind for $name {
                const TYPE: &'static str = concat!("Microsoft.Communication.", stringify!($name));

                fn from_data(data: &EventData) -> Option<&Self> {
                    match data {
                        EventData::$name(data) => Some(data),
                        _ => None,
                    }
                }
            }

            impl From<$name> for EventData {
                fn from(data: $name) -> Self {
                    Self::$name(data.into())
                }
            }
        )+
    };
}

event_types! {
    CallConnected,
    CallDisconnected,
    CreateCallFailed,
    AnswerFailed,
    ConnectFailed,
    ParticipantsUpdated,
    AddParticipantSucceeded in Box,
    AddParticipantFailed in Box,
    RemoveParticipantSucceeded in Box,
    RemoveParticipantFailed in Box,
    CancelAddParticipantSucceeded,
    CancelAddParticipantFailed,
    MoveParticipantSucceeded in Box,
    MoveParticipantFailed in Box,
    CallTransferAccepted in Box,
    CallTransferFailed,
    PlayStarted,
    PlayCompleted,
    PlayFailed,
    PlayCanceled,
    RecognizeCompleted in Box,
    RecognizeFailed,
    RecognizeCanceled,
    ContinuousDtmfRecognitionToneReceived,
    ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionStopped,
    SendDtmfTonesCompleted,
    SendDtmfTonesFailed,
    HoldFailed,
    RecordingStateChanged in Box,
    StartRecordingFailed,
    TranscriptionStarted in Box,
    TranscriptionStopped in Box,
    TranscriptionUpdated in Box,
    TranscriptionFailed in Box,
    MediaStreamingStarted in Box,
    MediaStreamingStopped in Box,
    MediaStreamingFailed in Box,
}
