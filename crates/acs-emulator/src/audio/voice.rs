//! The tone of a party.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use acs_common::CommunicationIdentifier;

use super::SampleRate;

/// Tones are multiples of this, so that each has whole periods in 40 ms: a measure over any multiple of 40 ms
/// tells them apart exactly, and a tone that begins or ends does so at a zero.
const STEP_HERTZ: u32 = 25;
/// The lowest tone: 300 Hz, where the telephone band begins.
const LOWEST: u32 = 12;
/// How many tones there are; the highest is 1,875 Hz.
const TONES: u32 = 64;
/// A fifth of full scale: five voices at once do not clip.
const AMPLITUDE: f64 = 6553.0;

/// The unit of the pattern.
const BEAT_MILLIS: u32 = 200;
/// A party sounds for four beats and is silent for two.
const BEATS: u64 = 6;
const SOUNDING_BEATS: u64 = 4;

/// What a virtual party sounds like: a sine of its own frequency, 0.8 s of tone and 0.4 s of silence in turn.
///
/// Sample number 0 is the Unix epoch, so the same party sounds the same at the same moment wherever it is
/// heard. Parties have their pauses at different times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Voice {
    /// The number of the tone.
    tone: u32,
}

impl Voice {
    /// The voice of a party. It follows from the raw id, so two parties may have the same one; where they meet
    /// in a recording, the later one takes [the next](Self::next) that is free.
    pub fn of(party: &CommunicationIdentifier) -> Self {
        Self::of_raw_id(&party.raw_id())
    }

    pub(crate) fn of_raw_id(raw_id: &str) -> Self {
        // FNV-1a: the same in every version of the program, which the hasher of the library does not promise.
        let hash = raw_id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        Self {
            tone: (hash ^ (hash >> 16)) % TONES,
        }
    }

    /// The voice one step higher; behind the highest comes the lowest.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            tone: (self.tone + 1) % TONES,
        }
    }

    /// This voice, or the next one that nobody has. With more parties than tones, some share one.
    pub(crate) fn unless_taken(self, taken: impl Fn(Self) -> bool) -> Self {
        let mut voice = self;
        for _ in 0..TONES {
            if !taken(voice) {
                return voice;
            }
            voice = voice.next();
        }
        self
    }

    /// The frequency of the tone in hertz: 300 to 1,875, a multiple of 25.
    pub const fn frequency(self) -> u32 {
        (LOWEST + self.tone) * STEP_HERTZ
    }

    /// Whether the pattern has tone at this sample, counted from the Unix epoch.
    pub fn is_sounding(self, rate: SampleRate, sample: u64) -> bool {
        self.left_in_beat(rate, sample).0
    }

    /// Whether there is tone, and how many samples are left until that may change.
    fn left_in_beat(self, rate: SampleRate, sample: u64) -> (bool, u64) {
        let beat = u64::from(rate.hertz() / 1000 * BEAT_MILLIS);
        let place = (sample / beat + u64::from(self.tone)) % BEATS;
        (place < SOUNDING_BEATS, beat - sample % beat)
    }

    /// Writes the samples from a number on, counted from the Unix epoch.
    pub fn fill(self, rate: SampleRate, from: u64, samples: &mut [i16]) {
        samples.fill(0);
        self.mix(rate, from, 1, samples);
    }

    /// Adds the samples to what is there, within the range of 16 bits. `stride` is how many channels there are;
    /// the voice goes to the first of them.
    pub(crate) fn mix(self, rate: SampleRate, from: u64, stride: usize, samples: &mut [i16]) {
        let table = sine(rate);
        let (step, period) = ((LOWEST + self.tone) as usize, table.len());
        let mut places = samples.iter_mut().step_by(stride.max(1));
        let mut at = from;
        while places.len() > 0 {
            let (sounding, left) = self.left_in_beat(rate, at);
            let many = usize::try_from(left).unwrap_or(usize::MAX).min(places.len());
            let beat = places.by_ref().take(many);
            if sounding {
                let mut phase = usize::try_from(at % period as u64).unwrap_or(0) * step % period;
                for place in beat {
                    *place = place.saturating_add(table.get(phase).copied().unwrap_or(0));
                    phase = (phase + step) % period;
                }
            } else {
                beat.for_each(drop);
            }
            at = at.saturating_add(many as u64);
        }
    }
}

/// One period of [`STEP_HERTZ`].
fn sine(rate: SampleRate) -> &'static [i16] {
    static KHZ_16: LazyLock<Vec<i16>> = LazyLock::new(|| period(SampleRate::Khz16));
    static KHZ_24: LazyLock<Vec<i16>> = LazyLock::new(|| period(SampleRate::Khz24));
    match rate {
        SampleRate::Khz16 => &KHZ_16,
        SampleRate::Khz24 => &KHZ_24,
    }
}

fn period(rate: SampleRate) -> Vec<i16> {
    let length = rate.hertz() / STEP_HERTZ;
    (0..length)
        .map(|number| {
            let value = (f64::from(number) / f64::from(length) * TAU).sin() * AMPLITUDE;
            #[allow(clippy::cast_possible_truncation, reason = "the amplitude is within 16 bits")]
            let value = value.round() as i16;
            value
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// How strongly a frequency sounds, as an amplitude (Goertzel's algorithm).
    pub(in crate::audio) fn strength(samples: &[i16], rate: SampleRate, hertz: u32) -> f64 {
        let coefficient = 2.0 * (TAU * f64::from(hertz) / f64::from(rate.hertz())).cos();
        let (mut one, mut two) = (0.0_f64, 0.0);
        for sample in samples {
            let next = f64::from(*sample) + coefficient * one - two;
            two = one;
            one = next;
        }
        let power = one * one + two * two - coefficient * one * two;
        #[allow(clippy::cast_precision_loss, reason = "a few thousand samples")]
        let length = samples.len() as f64;
        2.0 * power.max(0.0).sqrt() / length
    }

    const RATES: [SampleRate; 2] = [SampleRate::Khz16, SampleRate::Khz24];

    fn voice(tone: u32) -> Voice {
        Voice { tone }
    }

    #[test]
    fn a_voice_sounds_at_its_own_frequency_and_at_no_other() {
        for rate in RATES {
            for tone in 0..TONES {
                let voice = voice(tone);
                // The first 40 ms of a beat with tone.
                let beat = u64::from(rate.hertz() / 5);
                let start = (0..BEATS).map(|number| number * beat);
                let start = start.into_iter().find(|at| voice.is_sounding(rate, *at)).unwrap();
                let mut samples = vec![0; rate.hertz() as usize / 25];
                voice.fill(rate, start, &mut samples);
                let own = strength(&samples, rate, voice.frequency());
                assert!((own - AMPLITUDE).abs() < 2.0, "{tone}: {own}");
                let other = strength(&samples, rate, voice.next().frequency());
                assert!(other < 2.0, "{tone}: {other}");
            }
        }
    }

    #[test]
    fn tone_and_silence_take_turns() {
        for rate in RATES {
            let voice = voice(9);
            // Whole cycles of 1.2 s.
            let mut samples = vec![0; rate.hertz() as usize * 12];
            voice.fill(rate, 0, &mut samples);
            let sounding = (0..samples.len() as u64)
                .filter(|at| voice.is_sounding(rate, *at))
                .count();
            assert_eq!(sounding, samples.len() * 2 / 3);
            for (at, sample) in samples.iter().enumerate() {
                assert!(*sample == 0 || voice.is_sounding(rate, at as u64), "{at}");
            }
        }
    }

    #[test]
    fn any_part_is_the_same_as_in_the_whole() {
        let voice = voice(40);
        let mut whole = vec![0; 40_000];
        voice.fill(SampleRate::Khz16, 1_000_000_007, &mut whole);
        let mut part = vec![1; 777];
        for from in [0, 1, 3_199, 3_200, 20_001] {
            voice.fill(SampleRate::Khz16, 1_000_000_007 + from as u64, &mut part);
            assert_eq!(part, whole[from..from + 777]);
        }
        // The end of time is no overflow.
        voice.fill(SampleRate::Khz16, u64::MAX - 10, &mut part);
        voice.fill(SampleRate::Khz16, u64::MAX, &mut []);
    }

    #[test]
    fn voices_follow_from_the_raw_id_and_step_aside() {
        let party = CommunicationIdentifier::user("8:acs:r_alice");
        let first = Voice::of(&party);
        assert_eq!(first, Voice::of(&party));
        let second = first.unless_taken(|voice| voice == first);
        assert_eq!(second, first.next());
        assert_eq!(first.unless_taken(|_| true), first);
        let mut all = vec![first];
        for _ in 1..TONES {
            let next = first.unless_taken(|voice| all.contains(&voice));
            assert!(!all.contains(&next) && (300..=1875).contains(&next.frequency()));
            all.push(next);
        }
    }

    #[test]
    fn voices_on_top_of_each_other_do_not_wrap() {
        let voice = voice(0);
        let mut samples = vec![i16::MAX - 1; 1600];
        voice.mix(SampleRate::Khz16, 0, 1, &mut samples);
        assert!(samples.iter().all(|sample| *sample > 20_000));
    }
}
