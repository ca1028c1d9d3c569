//! What the parties sound like in a stream.

use std::io::Cursor;
use std::sync::Arc;

use acs_call_streaming::frame::AudioData;
use acs_call_streaming::{AudioChunk, PcmFormat};
use acs_common::enums::MediaStreamingAudioChannelType;
use chrono::{DateTime, Utc};
use hound::{SampleFormat, WavReader};

use super::Streams;
use crate::audio::{SampleRate, Voice};

/// How many speakers unmixed audio has (documented).
const SPEAKERS: usize = 4;

/// What a party sounds like instead of its tone, again and again.
#[derive(Debug)]
pub(crate) struct Recorded {
    rate: u32,
    samples: Vec<i16>,
}

impl Recorded {
    /// Reads a WAV file of one channel and 16 bits, of any sample rate.
    pub(crate) fn read(wav: &[u8]) -> Result<Self, String> {
        let reader =
            WavReader::new(Cursor::new(wav)).map_err(|error| format!("it is no WAV file: {error}"))?;
        let spec = reader.spec();
        if spec.channels != 1 || spec.bits_per_sample != 16 || spec.sample_format != SampleFormat::Int {
            return Err(format!(
                "expected one channel of 16-bit integers, and not {} of {} bits",
                spec.channels, spec.bits_per_sample
            ));
        }
        let samples: Vec<i16> = reader
            .into_samples()
            .collect::<Result<_, _>>()
            .map_err(|error| format!("it cannot be read: {error}"))?;
        if samples.is_empty() || spec.sample_rate == 0 {
            return Err("expected at least one sample".to_owned());
        }
        Ok(Self {
            rate: spec.sample_rate,
            samples,
        })
    }

    /// The sample at a place in a stream of another rate: the nearest one before.
    fn at(&self, place: u64, rate: u32) -> i16 {
        let place = place.wrapping_mul(u64::from(self.rate)) / u64::from(rate.max(1));
        usize::try_from(place % self.samples.len() as u64)
            .ok()
            .and_then(|index| self.samples.get(index))
            .copied()
            .unwrap_or(0)
    }
}

/// One party.
struct Speaker {
    raw_id: Arc<str>,
    voice: Voice,
    recorded: Option<Arc<Recorded>>,
}

/// The sound of a call, as one stream has it.
pub(super) struct Sound {
    format: PcmFormat,
    mixed: bool,
    speakers: Vec<Speaker>,
    /// The sample, counted from the Unix epoch, that comes next.
    next: u64,
    begun: u64,
}

impl Sound {
    pub(super) fn new(
        format: PcmFormat,
        channel: &MediaStreamingAudioChannelType,
        now: DateTime<Utc>,
    ) -> Self {
        let micros = u64::try_from(now.timestamp_micros()).unwrap_or(0);
        let begun = rate(format).samples_in(micros);
        Self {
            format,
            mixed: *channel != MediaStreamingAudioChannelType::Unmixed,
            speakers: Vec::new(),
            next: begun,
            begun,
        }
    }

    /// Who is heard from now on.
    pub(super) fn set_voices(&mut self, voices: Vec<Arc<str>>, streams: &Streams) {
        let mut speakers: Vec<Speaker> = Vec::with_capacity(voices.len());
        for raw_id in voices {
            let voice = Voice::of_raw_id(&raw_id)
                .unless_taken(|voice| speakers.iter().any(|speaker| speaker.voice == voice));
            let recorded = streams.recorded(&raw_id);
            speakers.push(Speaker {
                raw_id,
                voice,
                recorded,
            });
        }
        self.speakers = speakers;
    }

    /// Whether somebody is heard.
    pub(super) fn has(&self, raw_id: &str) -> bool {
        self.speakers.iter().any(|speaker| &*speaker.raw_id == raw_id)
    }

    /// The frames of the next 20 ms.
    pub(super) fn frames(&mut self, now: DateTime<Utc>) -> Vec<AudioData> {
        let length = self.format.frame_samples();
        let data = |samples: Vec<i16>| {
            let silent = samples.iter().all(|sample| *sample == 0);
            AudioData::new(AudioChunk::from(samples))
                .with_time(now)
                .with_silent(silent)
        };
        let frames = if self.mixed {
            let mut samples = vec![0; length];
            for speaker in &self.speakers {
                self.add(speaker, &mut samples);
            }
            vec![data(samples)]
        } else {
            let one = |speaker: &Speaker| {
                let mut samples = vec![0; length];
                self.add(speaker, &mut samples);
                data(samples).with_participant(&*speaker.raw_id)
            };
            self.speakers.iter().take(SPEAKERS).map(one).collect()
        };
        self.next = self.next.saturating_add(length as u64);
        frames
    }

    fn add(&self, speaker: &Speaker, samples: &mut [i16]) {
        match &speaker.recorded {
            None => speaker.voice.mix(rate(self.format), self.next, 1, samples),
            Some(recorded) => {
                let from = self.next - self.begun;
                for (place, sample) in (from..).zip(samples) {
                    *sample = sample.saturating_add(recorded.at(place, self.format.sample_rate()));
                }
            }
        }
    }
}

fn rate(format: PcmFormat) -> SampleRate {
    match format {
        PcmFormat::Pcm24KMono => SampleRate::Khz24,
        _ => SampleRate::Khz16,
    }
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};

    use super::*;
    use crate::streams::tests::streams;

    fn wav(channels: u16, samples: &[i16]) -> Vec<u8> {
        let spec = WavSpec {
            channels,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        for sample in samples {
            writer.write_sample(*sample).unwrap();
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    fn now() -> DateTime<Utc> {
        "2026-03-12T10:00:00Z".parse().unwrap()
    }

    fn sound(channel: &MediaStreamingAudioChannelType, voices: &[&str]) -> Sound {
        let mut sound = Sound::new(PcmFormat::Pcm16KMono, channel, now());
        sound.set_voices(
            voices.iter().map(|raw_id| Arc::from(*raw_id)).collect(),
            &streams(),
        );
        sound
    }

    #[test]
    fn mixed_audio_is_the_sum_of_the_speakers() {
        let mut mixed = sound(&MediaStreamingAudioChannelType::Mixed, &["a", "b"]);
        let mut apart = sound(&MediaStreamingAudioChannelType::Unmixed, &["a", "b"]);
        let mut heard = [false; 3];
        for _ in 0..60 {
            let [one] = &mixed.frames(now())[..] else { panic!() };
            let [a, b] = &apart.frames(now())[..] else {
                panic!()
            };
            assert_eq!(
                (one.participant_raw_id.as_deref(), b.participant_raw_id.as_deref()),
                (None, Some("b"))
            );
            assert_eq!(one.silent, a.silent && b.silent);
            for ((one, a), b) in one.audio.samples().zip(a.audio.samples()).zip(b.audio.samples()) {
                assert_eq!(one, a + b);
            }
            for (seen, now) in heard.iter_mut().zip([!one.silent, !a.silent, a.silent]) {
                *seen = *seen || now;
            }
        }
        assert_eq!(heard, [true; 3]);
    }

    #[test]
    fn four_speakers_at_most_and_silence_when_nobody_is_there() {
        let mut apart = sound(
            &MediaStreamingAudioChannelType::Unmixed,
            &["a", "b", "c", "d", "e"],
        );
        assert_eq!(apart.frames(now()).len(), 4);
        assert!(apart.has("e") && !apart.has("f"));
        let mut nobody = sound(&MediaStreamingAudioChannelType::Mixed, &[]);
        let frames = nobody.frames(now());
        assert!(frames.len() == 1 && frames[0].silent && frames[0].audio.len() == 320);
        assert!(
            sound(&MediaStreamingAudioChannelType::Unmixed, &[])
                .frames(now())
                .is_empty()
        );
    }

    #[test]
    fn a_recording_is_heard_instead_of_the_tone_and_over_again() {
        let recorded = Recorded::read(&wav(1, &[1, 2, 3])).unwrap();
        let streams = streams();
        streams.record("a".to_owned(), recorded);
        let mut sound = Sound::new(
            PcmFormat::Pcm16KMono,
            &MediaStreamingAudioChannelType::Mixed,
            now(),
        );
        sound.set_voices(vec![Arc::from("a")], &streams);
        let heard = sound.frames(now())[0].audio.to_vec();
        assert_eq!(heard[..8], [1, 1, 2, 2, 3, 3, 1, 1]);
        // 320 samples are 53 rounds and two more.
        assert_eq!(sound.frames(now())[0].audio.to_vec()[..4], [2, 2, 3, 3]);
        for bad in [wav(2, &[1, 2]), wav(1, &[]), b"RIFF".to_vec()] {
            assert!(Recorded::read(&bad).is_err());
        }
    }
}
