//! Sound without a microphone: every virtual party has a [`Voice`], a tone of its own that comes and goes in a
//! fixed pattern, so that a test can tell who is heard, when, and on which channel.
//!
//! All sound is linear PCM of 16 bits, at one of the two [`SampleRate`]s of the service. Nothing is stored: a
//! sample follows from the voice and from its number, so any part of a sound is made when it is asked for.
//!
//! | module | holds |
//! |---|---|
//! | `voice` | the tone of a party |
//! | `score` | who sounds when: a recording that is not rendered yet |
//! | `wav` | the file around the samples |

mod score;
mod voice;
mod wav;

pub(crate) use score::{Part, Score};
pub use voice::Voice;
pub(crate) use wav::WavFile;

/// Samples per second of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleRate {
    /// 16 kHz: recordings, prompts, and media streaming unless asked otherwise.
    #[default]
    Khz16,
    /// 24 kHz: media streaming.
    Khz24,
}

impl SampleRate {
    /// Samples per second.
    pub const fn hertz(self) -> u32 {
        match self {
            Self::Khz16 => 16_000,
            Self::Khz24 => 24_000,
        }
    }

    /// How many whole samples there are in some microseconds.
    pub(crate) const fn samples_in(self, micros: u64) -> u64 {
        let hertz = self.hertz() as u64;
        micros / 1_000_000 * hertz + micros % 1_000_000 * hertz / 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_without_overflow() {
        assert_eq!(SampleRate::Khz16.samples_in(20_000), 320);
        assert_eq!(SampleRate::Khz24.samples_in(20_000), 480);
        assert_eq!(SampleRate::Khz16.samples_in(1_500_062), 24_000);
        assert!(SampleRate::Khz24.samples_in(u64::MAX) > 0);
    }
}
