//! The life of a leg: connected, failed, transferred, over.

use acs_common::CommunicationIdentifier;

use crate::wire::wire_object;

wire_object! {
    /// The leg is connected. Follows create, answer and connect, once per leg; the first
    /// [`ParticipantsUpdated`](crate::data::ParticipantsUpdated) usually comes just before it (recorded
    /// traffic).
    CallConnected {}
}

wire_object! {
    /// The leg is over; nothing more is published for it. For a call that was never answered,
    /// [`CreateCallFailed`] comes with it, usually after it (recorded traffic).
    CallDisconnected {}
}

wire_object! {
    /// A created call was not answered. Carries no operation context, although the call may have been given
    /// one (recorded traffic).
    CreateCallFailed {}
}

wire_object! {
    /// An offered call could not be answered.
    AnswerFailed {}
}

wire_object! {
    /// A running call could not be joined.
    ConnectFailed {}
}

wire_object! {
    /// The transfer target took the call. In a 1:1 call the application's leg then ends with result 200/7015.
    ///
    /// A target that diverts to voicemail accepts, too.
    CallTransferAccepted {
        /// Who the call went to.
        transfer_target: Option<CommunicationIdentifier> = "transferTarget",
        /// Who was moved.
        transferee: Option<CommunicationIdentifier> = "transferee",
    }
}

wire_object! {
    /// The transfer target did not take the call; the transferee stays where it was.
    CallTransferFailed {}
}
