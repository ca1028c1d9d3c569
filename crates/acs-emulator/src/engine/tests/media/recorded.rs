//! Recorded sessions with media, played again to their end.

use super::super::recordings::{Role, compare, two};
use super::*;

const BY_END: [Role; 2] = [Role::Ends(0), Role::Ends(1)];

#[track_caller]
fn hold_against(name: &str, lab: &Lab, near: CallConnectionId, far: CallConnectionId) {
    compare(name, lab, &[(near, BY_END[0]), (far, BY_END[1])], false);
}

#[test]
fn play() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, true, false);
    lab.send(Command::Play(playing(&near)));
    lab.wait(seconds(4));
    lab.send(Command::Terminate(near.clone()));
    hold_against("play.json", &lab, near, far);
}

#[test]
fn cancel_all_media() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, true, false);
    // It was cancelled before it had begun.
    lab.files = None;
    lab.send(Command::Play(playing(&near)));
    lab.send(Command::CancelAllMedia(near.clone()));
    lab.answer_fetches(Ok(seconds(1)));
    lab.send(Command::HangUp(near.clone()));
    hold_against("cancel-all-media.json", &lab, near, far);
}

#[test]
fn dtmf() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, true);
    let keys = |context: &str| ContinuousDtmf {
        connection: near.clone(),
        participant: phone(OWNED),
        operation_context: Some(context.into()),
        operation_callback_uri: None,
    };
    lab.send(Command::StartContinuousDtmf(keys(
        "ContinuousDtmfRecognitionStart",
    )));
    lab.send(Command::SendDtmfTones(SendDtmfTones {
        connection: near.clone(),
        participant: phone(OWNED),
        tones: vec![tone("pound")],
        operation_context: Some("ContinuousDtmfRecognitionSend".into()),
        operation_callback_uri: None,
    }));
    lab.send(Command::StopContinuousDtmf(keys("ContinuousDtmfRecognitionStop")));
    lab.send(Command::Terminate(near.clone()));
    hold_against("dtmf.json", &lab, near, far);
}

fn hold(leg: &CallConnectionId, source: Option<PlaySource>) -> Command {
    Command::Hold(Hold {
        connection: leg.clone(),
        participant: user(BOB),
        source,
        operation_context: Some("holdFailedContext".into()),
        operation_callback_uri: None,
    })
}

fn unhold(leg: &CallConnectionId) -> Command {
    Command::Unhold(Unhold {
        connection: leg.clone(),
        participant: user(BOB),
        operation_callback_uri: None,
    })
}

#[test]
fn hold_unhold() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, false);
    lab.send(hold(&near, None));
    lab.send(unhold(&near));
    lab.files = Some(Err(FetchFailure::Format));
    lab.send(hold(&near, Some(file(WAV))));
    lab.send(Command::HangUp(near.clone()));
    hold_against("hold-unhold.json", &lab, near, far);
}

#[test]
fn hold_audio_play() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, false);
    lab.send(hold(&near, Some(file(WAV))));
    lab.send(Command::Play(playing(&near)));
    lab.wait(seconds(4));
    lab.send(unhold(&near));
    lab.send(Command::HangUp(near.clone()));
    hold_against("hold-audio-play.json", &lab, near, far);
}

#[test]
fn recognize_dtmf_silence() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, false);
    let mut command = recognition(&near, user(BOB));
    command.prompts = vec![file(WAV), file(WAV)];
    lab.send(recognize(command));
    lab.wait(seconds(10));
    lab.send(Command::Terminate(near.clone()));
    hold_against("recognize-dtmf-silence.json", &lab, near, far);
}

#[test]
fn recognize_speech_silence() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, false);
    let mut command = recognition(&near, user(BOB));
    command.prompts = vec![
        PlaySource::Text("Test prompt one".to_owned()),
        PlaySource::Text("Test prompt two".to_owned()),
    ];
    command.expect = Expect::Speech {
        end_silence: Duration::from_millis(500),
    };
    lab.send(recognize(command));
    lab.wait(seconds(10));
    lab.send(Command::HangUp(near.clone()));
    hold_against("recognize-speech-silence.json", &lab, near, far);
}
