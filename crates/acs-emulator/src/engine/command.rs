//! What an engine is told: the operations of the service, and what happens outside of it.

use std::collections::BTreeMap;
use std::time::Duration;

use acs_common::{
    CallConnectionId, CommunicationIdentifier, IncomingCallContext, InvitationId, OperationContext,
    PhoneNumber, RecordingId, ServerCallId, Tones,
};
use chrono::{DateTime, Utc};

use super::input::Input;
use super::media::{ContinuousDtmf, Fetched, Hold, MediaFault, Play, Recognize, SendDtmfTones, Unhold};
use super::recording::StartRecording;
use super::script::{PartyScript, RejectReason};
use super::settings::CallingSettings;
use super::stream::{
    ControlStream, MediaStreamingOptions, StartTranscription, StreamKey, StreamNews, TranscriptionOptions,
    UpdateTranscription,
};

/// One thing to do. Operations of the service answer as the service answers; the others answer
/// [`Reply::Done`](super::Reply::Done) or an error of the same form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// `POST /calling/callConnections`.
    CreateCall(CreateCall),
    /// `POST /calling/callConnections:answer`.
    AnswerCall(AnswerCall),
    /// `POST /calling/callConnections:reject`.
    RejectCall(RejectCall),
    /// `POST /calling/callConnections:redirect`.
    RedirectCall(RedirectCall),
    /// `POST /calling/callConnections:connect`.
    ConnectCall(ConnectCall),
    /// `GET /calling/callConnections/{id}`.
    GetCall(CallConnectionId),
    /// `DELETE /calling/callConnections/{id}`: the application leaves.
    HangUp(CallConnectionId),
    /// `POST /calling/callConnections/{id}:terminate`: the call ends for everyone.
    Terminate(CallConnectionId),
    /// `POST /calling/callConnections/{id}:transferToParticipant`.
    TransferToParticipant(TransferToParticipant),
    /// `GET /calling/callConnections/{id}/participants`; all of them, the HTTP face cuts pages.
    ListParticipants(CallConnectionId),
    /// `GET /calling/callConnections/{id}/participants/{rawId}`.
    GetParticipant {
        /// The leg.
        connection: CallConnectionId,
        /// The raw id of the participant.
        raw_id: String,
    },
    /// `POST …/participants:add`.
    AddParticipant(AddParticipant),
    /// `POST …/participants:remove`.
    RemoveParticipant(RemoveParticipant),
    /// `POST …/participants:mute`.
    MuteParticipant(MuteParticipant),
    /// `POST …/participants:cancelAddParticipant`.
    CancelAddParticipant(CancelAddParticipant),
    /// `POST …/participants:moveHere`, on the call that the participants come to.
    MoveParticipants(MoveParticipants),
    /// `POST …:play`.
    Play(Play),
    /// `POST …:recognize`.
    Recognize(Box<Recognize>),
    /// `POST …:cancelAllMediaOperations`.
    CancelAllMedia(CallConnectionId),
    /// `POST …:startContinuousDtmfRecognition`.
    StartContinuousDtmf(ContinuousDtmf),
    /// `POST …:stopContinuousDtmfRecognition`.
    StopContinuousDtmf(ContinuousDtmf),
    /// `POST …:sendDtmfTones`.
    SendDtmfTones(SendDtmfTones),
    /// `POST …:hold`.
    Hold(Hold),
    /// `POST …:unhold`.
    Unhold(Unhold),
    /// `POST …:startMediaStreaming`.
    StartMediaStreaming(ControlStream),
    /// `POST …:stopMediaStreaming`.
    StopMediaStreaming(ControlStream),
    /// `POST …:startTranscription`.
    StartTranscription(StartTranscription),
    /// `POST …:updateTranscription`.
    UpdateTranscription(UpdateTranscription),
    /// `POST …:stopTranscription`.
    StopTranscription(ControlStream),
    /// What became of a stream that [`Effect::Stream`](super::Effect::Stream) opened.
    StreamNews {
        /// Which.
        key: StreamKey,
        /// What.
        news: StreamNews,
    },
    /// What came of an [`Effect::Fetch`](super::Effect::Fetch).
    Fetched(Fetched),

    /// `POST /calling/recordings`. Answers [`Reply::Recording`](super::Reply::Recording).
    StartRecording(StartRecording),
    /// `GET /calling/recordings/{id}`. Answers [`Reply::Recording`](super::Reply::Recording).
    GetRecording(RecordingId),
    /// `POST /calling/recordings/{id}:pause`.
    PauseRecording(RecordingId),
    /// `POST /calling/recordings/{id}:resume`.
    ResumeRecording(RecordingId),
    /// `DELETE /calling/recordings/{id}`: stops it. Its files follow as
    /// [`Effect::Recorded`](super::Effect::Recorded).
    StopRecording(RecordingId),

    /// A user or telephone outside of the service places a call.
    PlaceCall(PlaceCall),
    /// As [`PlaceCall`](Self::PlaceCall), to one or several and with all options of a call agent. Several make a
    /// group call: all ring, the first to answer connects it, and it ends with the last failure when nobody does.
    /// Answers [`Reply::Outside`](super::Reply::Outside).
    StartCall(StartCall),
    /// The same, as the transfer of a party by another one.
    PlaceTransfer(Box<PlaceTransfer>),
    /// A user or telephone joins a group call or room by itself. A group call begins with its first party.
    JoinCall {
        /// The call.
        locator: CallLocator,
        /// Who joins.
        party: CommunicationIdentifier,
        /// Whether it is muted from the beginning.
        muted: bool,
    },
    /// A party does something by hand.
    PartyAction {
        /// Its raw id.
        raw_id: String,
        /// What it does.
        action: PartyAction,
    },
    /// Sets, or with `None` takes away, the script of a party.
    SetScript {
        /// Its raw id.
        raw_id: String,
        /// The script.
        script: Option<PartyScript>,
    },
    /// Sets, or with `None` takes away, the calling settings of a Teams user. Refused with the field and what was
    /// expected when they make no sense.
    SetCallingSettings {
        /// Its raw id.
        raw_id: String,
        /// The settings.
        settings: Option<CallingSettings>,
    },
    /// Makes media fail, or work again, from now on.
    SetMediaFault(MediaFault),
    /// A party does something in one call.
    InCall(InCall),
    /// Says whether somebody waits for the calls of a party. Where somebody does, its script does not count:
    /// it rings, and is offered to the application as well.
    SetOnline {
        /// Its raw id.
        raw_id: String,
        /// Whether somebody waits.
        online: bool,
    },
    /// Says whether a party is asked before an application transfers it; see [`CallAction::Consent`].
    SetAsking {
        /// Its raw id.
        raw_id: String,
        /// Whether it is asked.
        asking: bool,
    },
    /// Makes a user. Answers [`Reply::Identity`](super::Reply::Identity).
    CreateIdentity,
    /// Adds a number that the resource owns.
    AddPhoneNumber(PhoneNumber),
    /// Makes a room; one that nobody made begins without limits when it is first connected to.
    CreateRoom {
        /// Its id.
        room_id: String,
        /// From when it may be joined.
        valid_from: Option<DateTime<Utc>>,
        /// Until when it may be joined.
        valid_until: Option<DateTime<Utc>>,
        /// Who may join by itself; `None` is anybody. Applications connect to any room.
        participants: Option<Vec<CommunicationIdentifier>>,
    },
    /// Runs everything that is due.
    Tick,
    /// Forgets every call, offer, room and script that was set, without any event. Ids go on from where
    /// they are.
    Reset,
}

/// A call to one or more parties.
#[derive(Clone, Debug)]
pub struct CreateCall {
    /// Whom to call; one makes a 1:1 call, several make a group call.
    pub targets: Vec<CommunicationIdentifier>,
    /// Where events go.
    pub callback_uri: String,
    /// Who calls; the application's identity if `None`.
    pub source: Option<CommunicationIdentifier>,
    /// The telephone number that telephones see.
    pub source_caller_id_number: Option<CommunicationIdentifier>,
    /// The name that users see.
    pub source_display_name: Option<String>,
    /// AI services; without, speech can be neither played nor recognized.
    pub cognitive_services_endpoint: Option<String>,
    /// Where the audio of the call goes.
    pub media_streaming: Option<MediaStreamingOptions>,
    /// Where what is said goes as text.
    pub transcription: Option<TranscriptionOptions>,
    /// Comes back in events.
    pub operation_context: Option<OperationContext>,
}

impl CreateCall {
    /// A call without options.
    pub fn new(
        targets: impl IntoIterator<Item = CommunicationIdentifier>,
        callback_uri: impl Into<String>,
    ) -> Self {
        Self {
            targets: targets.into_iter().collect(),
            callback_uri: callback_uri.into(),
            source: None,
            source_caller_id_number: None,
            source_display_name: None,
            cognitive_services_endpoint: None,
            media_streaming: None,
            transcription: None,
            operation_context: None,
        }
    }
}

/// Takes an offered call.
#[derive(Clone, Debug)]
pub struct AnswerCall {
    /// What the offer carried.
    pub incoming_call_context: IncomingCallContext,
    /// Where events go.
    pub callback_uri: String,
    /// Who answers, as the client names itself.
    pub answered_by: Option<CommunicationIdentifier>,
    /// AI services; without, speech can be neither played nor recognized.
    pub cognitive_services_endpoint: Option<String>,
    /// Where the audio of the call goes.
    pub media_streaming: Option<MediaStreamingOptions>,
    /// Where what is said goes as text.
    pub transcription: Option<TranscriptionOptions>,
    /// Comes back in events.
    pub operation_context: Option<OperationContext>,
}

/// Turns an offered call down.
#[derive(Clone, Debug)]
pub struct RejectCall {
    /// What the offer carried.
    pub incoming_call_context: IncomingCallContext,
    /// Why.
    pub reason: RejectReason,
}

/// Sends an offered call to somebody else.
#[derive(Clone, Debug)]
pub struct RedirectCall {
    /// What the offer carried.
    pub incoming_call_context: IncomingCallContext,
    /// Who is to ring instead.
    pub target: CommunicationIdentifier,
}

/// Which call to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallLocator {
    /// A call that runs.
    ServerCall(ServerCallId),
    /// A group call by its id.
    Group(String),
    /// A room by its id.
    Room(String),
}

/// Connects the application to a call that runs.
#[derive(Clone, Debug)]
pub struct ConnectCall {
    /// Which.
    pub locator: CallLocator,
    /// Where events go.
    pub callback_uri: String,
    /// AI services; without, speech can be neither played nor recognized.
    pub cognitive_services_endpoint: Option<String>,
    /// Where the audio of the call goes.
    pub media_streaming: Option<MediaStreamingOptions>,
    /// Where what is said goes as text.
    pub transcription: Option<TranscriptionOptions>,
    /// Comes back in events.
    pub operation_context: Option<OperationContext>,
}

/// Headers for whoever is added or transferred to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomContext {
    /// For telephones.
    pub sip_headers: BTreeMap<String, String>,
    /// For users.
    pub voip_headers: BTreeMap<String, String>,
}

/// Moves the far end of a 1:1 call, or one participant of a group call, to somebody else.
#[derive(Clone, Debug)]
pub struct TransferToParticipant {
    /// The leg of the transferor.
    pub connection: CallConnectionId,
    /// Who is to be called.
    pub target: CommunicationIdentifier,
    /// Who is transferred; required in a group call.
    pub transferee: Option<CommunicationIdentifier>,
    /// The number that a telephone as target sees.
    pub source_caller_id_number: Option<CommunicationIdentifier>,
    /// Headers for the target.
    pub custom_context: CustomContext,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Invites somebody into the call.
#[derive(Clone, Debug)]
pub struct AddParticipant {
    /// The leg of the inviter.
    pub connection: CallConnectionId,
    /// Who is invited.
    pub participant: CommunicationIdentifier,
    /// The number that a telephone sees.
    pub source_caller_id_number: Option<CommunicationIdentifier>,
    /// The name that a user sees.
    pub source_display_name: Option<String>,
    /// How long it rings, 0 to 180 s; the engine's default if `None`.
    pub invitation_timeout: Option<Duration>,
    /// Headers for the participant.
    pub custom_context: CustomContext,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Takes somebody out of the call.
#[derive(Clone, Debug)]
pub struct RemoveParticipant {
    /// The leg of the remover.
    pub connection: CallConnectionId,
    /// Who goes.
    pub participant: CommunicationIdentifier,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Mutes somebody.
#[derive(Clone, Debug)]
pub struct MuteParticipant {
    /// A leg of the call.
    pub connection: CallConnectionId,
    /// Who, a user.
    pub participant: CommunicationIdentifier,
    /// Comes back in the reply.
    pub operation_context: Option<OperationContext>,
}

/// Withdraws an invitation.
#[derive(Clone, Debug)]
pub struct CancelAddParticipant {
    /// The leg of the inviter.
    pub connection: CallConnectionId,
    /// Which.
    pub invitation_id: InvitationId,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// Moves participants from one call to another.
#[derive(Clone, Debug)]
pub struct MoveParticipants {
    /// A leg of the call that they come to.
    pub connection: CallConnectionId,
    /// A leg of the call that they leave.
    pub from_call: CallConnectionId,
    /// Who moves.
    pub participants: Vec<CommunicationIdentifier>,
    /// Comes back in the events of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where the events of this operation go instead.
    pub operation_callback_uri: Option<String>,
}

/// A call that does not begin with the application: somebody dials a number or a user of the resource.
#[derive(Clone, Debug)]
pub struct PlaceCall {
    /// Who calls.
    pub from: CommunicationIdentifier,
    /// Who is called.
    pub to: CommunicationIdentifier,
    /// The name shown to the called.
    pub display_name: Option<String>,
    /// Headers shown to the called.
    pub custom_context: CustomContext,
}

/// A call from outside to one or several.
#[derive(Clone, Debug)]
pub struct StartCall {
    /// Who calls.
    pub from: CommunicationIdentifier,
    /// Who is called: at least one, none twice, and not the caller.
    pub to: Vec<CommunicationIdentifier>,
    /// The number that telephones see instead of the caller. Where it is given and the number called is one of the
    /// resource's, the telephone network brings the call back in as a call of its own.
    pub caller_id: Option<CommunicationIdentifier>,
    /// The name shown to the called.
    pub display_name: Option<String>,
    /// Headers shown to the called.
    pub custom_context: CustomContext,
    /// Whether the caller is muted from the beginning.
    pub muted: bool,
    /// The calling settings of whoever is called do not count: it rings there and nowhere else. A Teams user with a
    /// rule for unanswered calls is rung for the time of that rule, then the call has failed.
    pub direct: bool,
}

/// Somebody whom a party invites into its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Who.
    pub participant: CommunicationIdentifier,
    /// The number that a telephone sees instead of the inviter.
    pub caller_id: Option<CommunicationIdentifier>,
    /// The name shown to the invited.
    pub display_name: Option<String>,
}

/// A call by which a party transfers another one: the transferee calls the target.
#[derive(Clone, Debug)]
pub struct PlaceTransfer {
    /// The call from which it is transferred.
    pub of: ServerCallId,
    /// The raw id of the transferor.
    pub by: String,
    /// The call of the transferee to the target.
    pub call: StartCall,
}

/// What a party can be made to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartyAction {
    /// Answers the call that rings longest with it.
    Answer,
    /// Rejects it.
    Reject(RejectReason),
    /// Leaves every call it is in; stops ringing others.
    HangUp,
    /// Presses keys or speaks in every call it is in.
    Input(Input),
}

/// What a party does in one call.
#[derive(Clone, Debug)]
pub struct InCall {
    /// The call.
    pub call: ServerCallId,
    /// Who.
    pub raw_id: String,
    /// What.
    pub action: CallAction,
}

/// What a party can do in a call, or with one that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallAction {
    /// Answers it.
    Answer {
        /// Whether it is muted from the beginning.
        muted: bool,
    },
    /// Rejects it.
    Reject(RejectReason),
    /// Invites somebody; a 1:1 call becomes a group call.
    Add(Box<Invitation>),
    /// Takes somebody out, by raw id: a party, an application's identity, or somebody who still rings.
    Remove(String),
    /// Leaves it.
    HangUp,
    /// Ends it for everybody; not in a room.
    EndForEveryone,
    /// Presses keys.
    Press(Tones),
    /// Mutes itself or lets itself be heard again.
    Mute(bool),
    /// Goes along with being transferred into this call, or does not.
    Consent {
        /// Whether it does.
        agreed: bool,
        /// Whether it is muted in this call from the beginning.
        muted: bool,
    },
}
