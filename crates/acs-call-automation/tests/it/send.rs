//! Handles and futures move between threads; this compiles or it does not.

use acs_call_automation::media::{
    HoldResult, PlayResult, PlaySource, RecognizeDtmfOptions, RecognizeOptions,
    StartContinuousDtmfRecognitionResult,
};
use acs_call_automation::{
    AddParticipantResult, CallAutomationClient, CallConnection, CallInvite, CallMedia,
    CommunicationIdentifier, Error, ListParticipants, MuteParticipantResult, ParticipantPages,
    TransferResult,
};

fn handle<T: Clone + Send + Sync + 'static>() {}
fn movable<T: Send + Sync + 'static>() {}
fn send<T: Send>(future: T) -> T {
    future
}

#[test]
fn handles_and_results_move_into_tasks() {
    handle::<CallAutomationClient>();
    handle::<CallConnection>();
    handle::<CallInvite>();
    handle::<AddParticipantResult>();
    handle::<MuteParticipantResult>();
    handle::<TransferResult>();
    handle::<CallMedia>();
    handle::<RecognizeOptions>();
    handle::<PlayResult>();
    handle::<HoldResult>();
    handle::<StartContinuousDtmfRecognitionResult>();
    movable::<Error>();
}

fn stream<T: Send + Unpin + 'static>() {}

#[test]
fn streams_move_into_tasks() {
    stream::<ListParticipants>();
    stream::<ParticipantPages>();
    #[cfg(feature = "events")]
    stream::<acs_call_automation::events::ReceivedTones>();
    #[cfg(feature = "events")]
    stream::<acs_call_automation::PendingOutcome<acs_call_automation::events::outcome::TransferToParticipant>>(
    );
}

#[test]
fn futures_of_every_operation_move_between_threads() {
    let client = CallAutomationClient::from_access_key("http://127.0.0.1:1", "a2V5").unwrap();
    let call = client.call_connection("call");
    let user = || CommunicationIdentifier::user("8:acs:a");
    let callback = "https://app.contoso.com/";
    drop(send(client.create_call(user(), callback)));
    drop(send(client.create_group_call([user()], callback)));
    drop(send(client.connect_call(
        acs_call_automation::CallLocator::room("1"),
        callback,
    )));
    drop(send(client.answer_call("offer", callback)));
    drop(send(client.reject_call("offer")));
    drop(send(client.redirect_call("offer", user())));
    drop(send(call.properties()));
    drop(send(call.hang_up(true)));
    drop(send(call.transfer_call_to_participant(user())));
    drop(send(call.add_participant(CallInvite::user("8:acs:a"))));
    drop(send(call.cancel_add_participant_operation("invitation")));
    drop(send(call.remove_participant(user())));
    drop(send(call.mute_participant(user())));
    drop(send(call.move_participants((user(), &call))));
    drop(send(call.get_participant(user())));
    drop(send(call.list_participants()));
    let media = call.media();
    drop(send(media.play((PlaySource::text("x"), user()))));
    drop(send(media.play_to_all(PlaySource::text("x"))));
    drop(send(media.recognize(RecognizeDtmfOptions::new(user(), 1))));
    drop(send(media.hold(user())));
    drop(send(media.start_continuous_dtmf_recognition(user())));
    drop(send(media.update_transcription("en-US")));
    drop(send(media.cancel_all_media_operations()));
}
