//! What holds whatever is commanded: nothing panics, a leg is told a consistent story, nothing is left
//! over, and the same seed and commands give the same effects.

mod agents;
mod media;
mod play;
mod settings;
mod streams;
mod watched;

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use play::{Act, Play, act, act_on_media, latency};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_leg_is_told_a_consistent_story_and_nothing_is_left(
        acts in prop::collection::vec(act(), 1..60),
        latency in latency(),
        ring in any::<bool>(),
    ) {
        let users = if ring { UsersMode::Ring } else { UsersMode::Answer };
        let mut play = Play::new(7, latency, users);
        for act in &acts {
            play.play(act);
        }
        play.finish();
        play.check();
        play.lab.assert_empty();
    }

    #[test]
    fn every_operation_on_media_ends_once(
        acts in prop::collection::vec(act_on_media(), 1..80),
        latency in latency(),
        ring in any::<bool>(),
    ) {
        let users = if ring { UsersMode::Ring } else { UsersMode::Answer };
        let mut play = Play::in_calls(7, latency, users);
        for act in &acts {
            play.play(act);
        }
        play.finish();
        play.check();
        play.lab.assert_empty();
    }

    #[test]
    fn the_same_seed_and_commands_give_the_same_effects(
        acts in prop::collection::vec(act_on_media(), 1..40),
        seed in any::<u64>(),
        latency in latency(),
    ) {
        let mut one = Play::in_calls(seed, latency, UsersMode::Ring);
        let mut two = Play::in_calls(seed, latency, UsersMode::Ring);
        for act in &acts {
            one.play(act);
            two.play(act);
        }
        prop_assert_eq!(one.transcript, two.transcript);
    }

    #[test]
    fn small_and_large_steps_of_the_clock_give_the_same_effects(
        acts in prop::collection::vec(act_on_media(), 1..30),
        seed in any::<u64>(),
    ) {
        let mut coarse = Play::in_calls(seed, Latency::Realistic, UsersMode::Ring);
        let mut fine = Play::in_calls(seed, Latency::Realistic, UsersMode::Ring);
        for act in &acts {
            coarse.play(act);
            match act {
                Act::Wait(millis) => {
                    for step in [millis / 3, millis / 3, millis - 2 * (millis / 3)] {
                        fine.play(&Act::Wait(step));
                    }
                }
                act => fine.play(act),
            }
        }
        let story = |play: &Play| -> Vec<String> {
            play.lab.events.iter().map(|callback| serde_json::to_string(&callback.event).unwrap()).collect()
        };
        prop_assert_eq!(story(&coarse), story(&fine));
    }
}

/// The commands above would prove little if they never got far.
#[test]
fn the_generated_commands_reach_every_kind_of_event() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut told: HashMap<&str, usize> = HashMap::new();
    for round in 0..3300 {
        let on_media = round >= 2400;
        let acts = if on_media {
            act_on_media().boxed()
        } else {
            act().boxed()
        };
        let acts = prop::collection::vec(acts, 1..60);
        let acts = acts.new_tree(&mut runner).unwrap().current();
        let latency = latency().new_tree(&mut runner).unwrap().current();
        let mut play = if on_media {
            Play::in_calls(7, latency, UsersMode::Ring)
        } else {
            Play::new(7, latency, UsersMode::Ring)
        };
        for act in &acts {
            play.play(act);
        }
        if on_media {
            // What is playing and waiting is told when its call ends.
            play.finish();
        }
        for callback in &play.lab.events {
            *told.entry(callback.event.kind.name()).or_default() += 1;
        }
    }
    for name in [
        "CallConnected",
        "CallDisconnected",
        "CreateCallFailed",
        "AnswerFailed",
        "ConnectFailed",
        "ParticipantsUpdated",
        "AddParticipantSucceeded",
        "AddParticipantFailed",
        "RemoveParticipantSucceeded",
        "RemoveParticipantFailed",
        "CancelAddParticipantSucceeded",
        "CancelAddParticipantFailed",
        "MoveParticipantSucceeded",
        "MoveParticipantFailed",
        "CallTransferAccepted",
        "CallTransferFailed",
        "PlayStarted",
        "PlayCompleted",
        "PlayFailed",
        "PlayCanceled",
        "RecognizeCompleted",
        "RecognizeFailed",
        "RecognizeCanceled",
        "ContinuousDtmfRecognitionToneReceived",
        "ContinuousDtmfRecognitionStopped",
        "SendDtmfTonesCompleted",
        "HoldFailed",
        "RecordingStateChanged",
        "StartRecordingFailed",
        "MediaStreamingStarted",
        "MediaStreamingStopped",
        "MediaStreamingFailed",
        "TranscriptionStarted",
        "TranscriptionUpdated",
        "TranscriptionStopped",
        "TranscriptionFailed",
    ] {
        assert!(
            told.get(name).is_some_and(|count| *count >= 3),
            "{name}: {told:?}"
        );
    }
}
