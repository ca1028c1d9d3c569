//! The sound of recordings, read back from their files.

use std::io::Cursor;
use std::sync::Arc;

use super::call_recording::{id_of, of, unmixed};
use super::*;
use crate::audio::{SampleRate, Voice, WavFile};

impl Lab {
    fn channels(&self) -> Vec<Vec<i16>> {
        let recorded = self.recorded.last().unwrap();
        samples(recorded, 0)
    }
}

/// The channels of a file, as read from its bytes.
fn samples(recorded: &Recorded, chunk: usize) -> Vec<Vec<i16>> {
    let file = WavFile::new(Arc::clone(&recorded.score), recorded.chunks[chunk].frames.clone()).unwrap();
    let reader = hound::WavReader::new(Cursor::new(file.read(0..file.size()))).unwrap();
    assert_eq!(reader.spec().sample_rate, 16_000);
    let count = usize::from(reader.spec().channels);
    let mut channels = vec![Vec::new(); count];
    for (number, sample) in reader.into_samples::<i16>().enumerate() {
        channels[number % count].push(sample.unwrap());
    }
    channels
}

/// How strongly a party is heard, per second of its tone: 1 where it is heard alone, 0 where it is not.
fn heard(samples: &[i16], number: &str) -> f64 {
    let hertz = f64::from(Voice::of(&phone(number)).frequency());
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (at, sample) in (0_u32..).zip(samples) {
        let angle = std::f64::consts::TAU * hertz * f64::from(at) / f64::from(SampleRate::Khz16.hertz());
        real += f64::from(*sample) * angle.cos();
        imaginary += f64::from(*sample) * angle.sin();
    }
    let length = f64::from(u32::try_from(samples.len()).unwrap());
    // Two thirds of the time there is tone, of an amplitude of a fifth of full scale.
    2.0 * real.hypot(imaginary) / length / 6553.0 / (2.0 / 3.0)
}

#[track_caller]
fn assert_heard(samples: &[i16], number: &str, expected: bool) {
    let strength = heard(samples, number);
    if expected {
        assert!((0.9..1.1).contains(&strength), "{number}: {strength}");
    } else {
        assert!(strength < 0.01, "{number}: {strength}");
    }
}

const TWO: &str = "+16045550124";
const THREE: &str = "+16045550125";
/// Whole cycles of every voice.
const SIX: Duration = Duration::from_secs(6);
const CYCLES: usize = 6 * 16_000;

#[test]
fn what_starts_paused_waits_to_be_resumed() {
    let mut lab = Lab::new();
    let leg = lab.callees(&[PHONE]);
    let mut command = of(RecordedCall::Connection(leg.clone()), RecordingForm::default());
    command.pause_on_start = true;
    let reply = lab.send(Command::StartRecording(command));
    let id = id_of(&reply);
    lab.wait(SIX);
    let told: Vec<_> = lab
        .told_of_recordings()
        .into_iter()
        .map(|(state, _)| state)
        .collect();
    assert_eq!(told, ["inactive"]);
    assert_eq!(lab.recording_state(&id), "inactive");
    lab.send(Command::ResumeRecording(id.clone()));
    assert_eq!(
        lab.told_of_recordings(),
        [("active".to_owned(), "2026-03-12T10:00:06+00:00".to_owned())]
    );
    lab.wait(SIX);
    lab.send(Command::StopRecording(id));
    assert_eq!(lab.recorded[0].duration, SIX);
    assert_heard(&lab.channels()[0], PHONE, true);
}

#[test]
fn what_never_ran_is_an_empty_file() {
    let mut lab = Lab::new();
    let leg = lab.callees(&[PHONE]);
    let mut command = of(RecordedCall::Connection(leg), RecordingForm::default());
    command.pause_on_start = true;
    let reply = lab.send(Command::StartRecording(command));
    lab.wait(SIX);
    lab.send(Command::StopRecording(id_of(&reply)));
    let recorded = &lab.recorded[0];
    assert_eq!((recorded.duration, recorded.chunks.len()), (Duration::ZERO, 1));
    assert_eq!(recorded.began, lab.now);
    assert_eq!(samples(recorded, 0), [[0_i16; 0]]);
}

#[test]
fn everybody_is_heard_while_in_the_call_and_not_muted() {
    let mut lab = Lab::new();
    let leg = lab.callees(&[PHONE, TWO]);
    lab.record(&leg, RecordingForm::default());
    lab.wait(SIX);
    lab.send(Command::AddParticipant(addition(&leg, phone(THREE))));
    let hang_up = Command::PartyAction {
        raw_id: phone(PHONE).raw_id().into_owned(),
        action: PartyAction::HangUp,
    };
    lab.send(hang_up);
    lab.wait(SIX);
    lab.send(removal(&leg, phone(TWO)));
    lab.wait(SIX);
    lab.send(Command::Terminate(leg));
    let channels = lab.channels();
    assert_eq!((channels.len(), channels[0].len()), (1, 3 * CYCLES));
    let parts: Vec<&[i16]> = channels[0].chunks(CYCLES).collect();
    for (part, one, two, three) in [
        (0, true, true, false),
        (1, false, true, true),
        (2, false, false, true),
    ] {
        assert_heard(parts[part], PHONE, one);
        assert_heard(parts[part], TWO, two);
        assert_heard(parts[part], THREE, three);
    }
}

#[test]
fn who_is_muted_or_on_hold_is_silent() {
    let mut lab = Lab::new();
    let leg = lab.connect(CallLocator::Group("g".to_owned()));
    let join = |who| Command::JoinCall {
        locator: CallLocator::Group("g".to_owned()),
        party: who,
        muted: false,
    };
    lab.send(join(user(CAROL)));
    lab.send(join(phone(PHONE)));
    lab.record(&leg, unmixed());
    lab.wait(SIX);
    lab.send(Command::MuteParticipant(MuteParticipant {
        connection: leg.clone(),
        participant: user(CAROL),
        operation_context: None,
    }));
    // Whoever puts participants on hold says that they changed.
    let key = *lab.engine.calls.keys().next().unwrap();
    let call = lab.engine.calls.get_mut(&key).unwrap();
    call.participants[1].on_hold = true;
    call.changed();
    lab.wait(Duration::ZERO);
    lab.wait(SIX);
    lab.send(Command::Terminate(leg));
    let channels = lab.channels();
    assert_eq!(channels.len(), 2);
    for channel in channels {
        assert_eq!(channel.len(), 2 * CYCLES);
        assert!(channel[..CYCLES].iter().any(|sample| *sample != 0));
        assert!(channel[CYCLES..].iter().all(|sample| *sample == 0));
    }
}

#[test]
fn what_is_said_in_a_pause_is_not_in_the_file() {
    let mut lab = Lab::new();
    let leg = lab.callees(&[PHONE]);
    let id = lab.record(&leg, RecordingForm::default());
    lab.wait(SIX);
    lab.send(Command::PauseRecording(id.clone()));
    lab.wait(SIX);
    // Comes and goes within the pause.
    lab.send(Command::AddParticipant(addition(&leg, phone(TWO))));
    lab.wait(SIX);
    lab.send(removal(&leg, phone(TWO)));
    lab.send(Command::ResumeRecording(id.clone()));
    lab.wait(SIX);
    lab.send(Command::StopRecording(id));
    let recorded = &lab.recorded[0];
    assert_eq!(recorded.duration, 2 * SIX);
    assert_eq!(recorded.pauses, [(recorded.began + SIX, 2 * SIX)]);
    let channels = lab.channels();
    assert_eq!(channels[0].len(), 2 * CYCLES);
    for part in channels[0].chunks(CYCLES) {
        assert_heard(part, PHONE, true);
        assert_heard(part, TWO, false);
    }
}

#[test]
fn an_unmixed_recording_has_a_channel_for_each() {
    let mut lab = Lab::new();
    let leg = lab.callees(&[PHONE, TWO, THREE]);
    let form = RecordingForm {
        affinity: vec![(phone(TWO), 3)],
        ordering: vec![phone(THREE)],
        ..unmixed()
    };
    lab.record(&leg, form);
    lab.wait(SIX);
    lab.send(Command::Terminate(leg));
    let channels = lab.channels();
    // The application, which makes no sound, came first and has the first channel that nobody asked for.
    let expected = [Some(THREE), None, Some(PHONE), Some(TWO)];
    assert_eq!(channels.len(), expected.len());
    for (channel, owner) in channels.iter().zip(expected) {
        for number in [PHONE, TWO, THREE] {
            assert_heard(channel, number, owner == Some(number));
        }
    }
    let recorded = &lab.recorded[0];
    assert_eq!((recorded.channels(), recorded.sample_rate()), (4, 16_000));
    let placed = |who: &str| {
        let found = recorded.participants.iter().find(|party| &*party.raw_id == who);
        found.unwrap().channel
    };
    assert_eq!(placed(APP), Some(1));
    assert_eq!(placed(&phone(TWO).raw_id()), Some(3));
}

#[test]
fn the_sixth_participant_has_no_channel() {
    let mut lab = Lab::new();
    let numbers: Vec<String> = (0..6).map(|number| format!("+1604555020{number}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let leg = lab.callees(&numbers);
    lab.record(&leg, unmixed());
    lab.wait(SIX);
    lab.send(Command::Terminate(leg));
    let recorded = &lab.recorded[0];
    assert_eq!((recorded.channels(), recorded.participants.len()), (5, 7));
    let without = recorded
        .participants
        .iter()
        .filter(|party| party.channel.is_none());
    assert_eq!(without.count(), 2);
    assert_eq!(lab.channels().len(), 5);
}

#[test]
fn a_long_recording_is_cut_into_files() {
    // One channel: 32,000 bytes per second.
    let mut lab = Lab::with(|config| config.recording_chunk_limit = 68 + 2 * 32_000);
    let leg = lab.callees(&[PHONE]);
    let id = lab.record(&leg, RecordingForm::default());
    lab.wait(seconds(3));
    lab.send(Command::PauseRecording(id.clone()));
    lab.wait(seconds(10));
    lab.send(Command::ResumeRecording(id.clone()));
    lab.wait(seconds(2));
    lab.send(Command::StopRecording(id));
    let recorded = &lab.recorded[0];
    let told: Vec<_> = recorded
        .chunks
        .iter()
        .map(|chunk| {
            (
                (chunk.began - recorded.began).num_seconds(),
                chunk.duration,
                chunk.end_reason,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (0, seconds(2), "ChunkMaximumSizeExceeded"),
            // One second before the pause, one behind it.
            (2, seconds(2), "ChunkMaximumSizeExceeded"),
            (14, seconds(1), "SessionEnded"),
        ]
    );
    assert_eq!(recorded.duration, seconds(5));
    let ids: std::collections::HashSet<_> = recorded.chunks.iter().map(|chunk| &chunk.document_id).collect();
    assert_eq!(ids.len(), 3);
    let mut all = Vec::new();
    for chunk in 0..3 {
        all.extend(samples(recorded, chunk).remove(0));
    }
    let mut whole = vec![0; 5 * 16_000];
    recorded.score.render(0, &mut whole);
    assert_eq!(all, whole);
}

#[test]
fn pause_and_resume_keep_their_order() {
    for seed in 0..50 {
        let mut lab = Lab::with(|config| {
            config.latency = Latency::Realistic;
            config.seed = seed;
        });
        let leg = lab.callees(&[PHONE]);
        lab.wait(seconds(30));
        let id = lab.record(&leg, RecordingForm::default());
        lab.send(Command::PauseRecording(id.clone()));
        lab.send(Command::ResumeRecording(id.clone()));
        lab.wait(seconds(30));
        assert_eq!(lab.recording_state(&id), "active", "{seed}");
        lab.send(Command::PauseRecording(id.clone()));
        lab.send(Command::ResumeRecording(id.clone()));
        lab.send(Command::PauseRecording(id.clone()));
        lab.wait(seconds(30));
        assert_eq!(lab.recording_state(&id), "inactive", "{seed}");
    }
}

#[test]
fn a_participant_that_comes_over_is_heard_from_then_on() {
    let mut lab = Lab::new();
    let here = lab.callees(&[PHONE, TWO]);
    let there = lab.callees(&[THREE, "+16045550126"]);
    lab.record(&here, RecordingForm::default());
    lab.wait(SIX);
    lab.send(Command::MoveParticipants(MoveParticipants {
        connection: here.clone(),
        from_call: there,
        participants: vec![phone(THREE)],
        operation_context: None,
        operation_callback_uri: None,
    }));
    lab.wait(SIX);
    lab.send(Command::Terminate(here));
    let channel = &lab.channels()[0];
    assert_heard(&channel[..CYCLES], THREE, false);
    assert_heard(&channel[CYCLES..], THREE, true);
}

#[test]
fn who_is_held_or_hears_something_of_its_own_is_silent() {
    let mut lab = Lab::with(|config| config.playback_time_scale = 1.0);
    let leg = lab.callees(&[PHONE, TWO]);
    lab.record(&leg, RecordingForm::default());
    lab.wait(SIX);
    lab.send(Command::Hold(Hold {
        connection: leg.clone(),
        participant: phone(PHONE),
        source: None,
        operation_context: None,
        operation_callback_uri: None,
    }));
    lab.wait(SIX);
    lab.send(Command::Unhold(Unhold {
        connection: leg.clone(),
        participant: phone(PHONE),
        operation_callback_uri: None,
    }));
    lab.files = Some(Ok(SIX));
    let mut play = media::playing(&leg);
    play.to = vec![phone(TWO)];
    lab.send(Command::Play(play));
    lab.wait(SIX);
    lab.wait(SIX);
    lab.send(Command::Terminate(leg));
    let channels = lab.channels();
    let parts: Vec<&[i16]> = channels[0].chunks(CYCLES).collect();
    for (part, one, two) in [
        (0, true, true),
        (1, false, true),
        (2, true, false),
        (3, true, true),
    ] {
        assert_heard(parts[part], PHONE, one);
        assert_heard(parts[part], TWO, two);
    }
}
