//! The chapters, in the order of the how-to guides. Each is a small application.

mod agents;
mod connect;
mod incoming;
mod ivr;
mod outgoing;
mod participants;
mod transfer;

use futures::future::BoxFuture;

use super::stage::Stage;

/// A chapter: what it shows, and how it plays.
pub(crate) struct Chapter {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) play: for<'a> fn(&'a mut Stage) -> BoxFuture<'a, anyhow::Result<()>>,
}

macro_rules! chapters {
    ($( $title:literal, $about:literal => $play:path; )+) => {
        pub(crate) const CHAPTERS: &[Chapter] = &[
            $( Chapter { title: $title, about: $about, play: |stage| Box::pin($play(stage)) }, )+
        ];
    };
}

chapters! {
    "Outgoing call to a telephone",
        "dial, wait for the answer, look at the call, hang up" => outgoing::telephone;
    "Calls that nobody takes",
        "busy, declined and unknown numbers end with the service's codes" => outgoing::not_taken;
    "Group call",
        "a user and two telephones at once; hang up for everyone" => outgoing::group;
    "Incoming call, answered",
        "somebody dials a number of the resource; the application takes the call" => incoming::answered;
    "Incoming call, rejected",
        "a user is called; the application declines on its behalf" => incoming::rejected;
    "Incoming call, redirected",
        "the application sends a call on without taking it" => incoming::redirected;
    "Add and remove participants",
        "invite a user with VoIP headers and a telephone; mute; remove; list" => participants::add_and_remove;
    "Cancel an invitation",
        "somebody rings who shall no longer come; somebody else declines" => participants::cancel;
    "Move participants",
        "from a lobby into another call" => participants::moved;
    "Transfer in a 1:1 call",
        "the caller is handed to an agent, with context; a transfer that is declined" => transfer::one_to_one;
    "Transfer in a group call",
        "one of several leaves for somebody else; the rest go on" => transfer::in_group;
    "Connect to a running call",
        "by its server call id, by group call and by room" => connect::running;
    "IVR: menu, speech, recording, transcript, transfer",
        "prompts that play and that do not; two questions; what was said as text and as a file" => ivr::menu;
    "Call agents: the three transfers",
        "the other end of the line: to a participant, to another call, to a voicemail; one is declined" => agents::transfers;
}
