//! The two formats of the service.

use std::time::Duration;

use acs_common::enums::AudioFormat;

/// How much audio one frame holds: 20 ms, so 50 frames are a second (how-to guide on audio streaming).
pub const FRAME_DURATION: Duration = Duration::from_millis(20);

/// How many frames are a second.
const FRAMES_PER_SECOND: u32 = 50;

/// Sample rate of streamed audio. Which one a call has was said when streaming was set up (`audioFormat`); what
/// is sent must have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PcmFormat {
    /// 16,000 samples per second; 320 samples or 640 bytes per frame. The service's default.
    #[default]
    Pcm16KMono,
    /// 24,000 samples per second; 480 samples or 960 bytes per frame.
    Pcm24KMono,
}

impl PcmFormat {
    /// The format with this many samples per second, if there is one.
    pub fn from_sample_rate(samples_per_second: u32) -> Option<Self> {
        match samples_per_second {
            16_000 => Some(Self::Pcm16KMono),
            24_000 => Some(Self::Pcm24KMono),
            _ => None,
        }
    }

    /// Samples per second.
    pub const fn sample_rate(self) -> u32 {
        match self {
            Self::Pcm16KMono => 16_000,
            Self::Pcm24KMono => 24_000,
        }
    }

    /// Samples of one frame of 20 ms.
    pub const fn frame_samples(self) -> usize {
        (self.sample_rate() / FRAMES_PER_SECOND) as usize
    }

    /// Bytes of one frame of 20 ms.
    pub const fn frame_bytes(self) -> usize {
        self.frame_samples() * 2
    }

    /// How long this many bytes sound. Half a sample counts as none.
    pub fn duration_of(self, bytes: usize) -> Duration {
        let samples = (bytes / 2) as u64;
        let rate = u64::from(self.sample_rate());
        let nanos = (samples % rate) * 1_000_000_000 / rate;
        Duration::from_secs(samples / rate) + Duration::from_nanos(nanos)
    }

    /// How many bytes sound this long; whole samples, rounded down.
    pub fn bytes_for(self, duration: Duration) -> usize {
        let samples = duration.as_nanos() * u128::from(self.sample_rate()) / 1_000_000_000;
        usize::try_from(samples)
            .unwrap_or(usize::MAX / 2)
            .saturating_mul(2)
    }
}

impl From<PcmFormat> for AudioFormat {
    fn from(format: PcmFormat) -> Self {
        match format {
            PcmFormat::Pcm16KMono => Self::Pcm16KMono,
            PcmFormat::Pcm24KMono => Self::Pcm24KMono,
        }
    }
}

impl TryFrom<&AudioFormat> for PcmFormat {
    type Error = crate::Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a format that this version does not know.
    fn try_from(format: &AudioFormat) -> Result<Self, Self::Error> {
        match format.as_str() {
            "pcm16KMono" => Ok(Self::Pcm16KMono),
            "pcm24KMono" => Ok(Self::Pcm24KMono),
            other => Err(crate::Error::new(
                crate::ErrorKind::InvalidInput,
                format!("audioFormat: expected pcm16KMono or pcm24KMono, got {other:?}"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_20_ms() {
        for (format, samples, bytes) in [
            (PcmFormat::Pcm16KMono, 320, 640),
            (PcmFormat::Pcm24KMono, 480, 960),
        ] {
            assert_eq!((format.frame_samples(), format.frame_bytes()), (samples, bytes));
            assert_eq!(format.duration_of(bytes), FRAME_DURATION);
            assert_eq!(format.bytes_for(FRAME_DURATION), bytes);
            assert_eq!(PcmFormat::from_sample_rate(format.sample_rate()), Some(format));
            assert_eq!(PcmFormat::try_from(&AudioFormat::from(format)).unwrap(), format);
        }
        assert_eq!(PcmFormat::from_sample_rate(8_000), None);
    }

    #[test]
    fn long_times_neither_overflow_nor_drift() {
        let format = PcmFormat::Pcm24KMono;
        let day = Duration::from_secs(86_400);
        assert_eq!(format.duration_of(format.bytes_for(day)), day);
        assert!(format.bytes_for(Duration::MAX) > 0);
        assert_eq!(format.duration_of(3), format.duration_of(2));
    }

    #[test]
    fn an_unknown_format_is_named() {
        let error = PcmFormat::try_from(&AudioFormat::from("opus")).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"audioFormat: expected pcm16KMono or pcm24KMono, got "opus""#
        );
    }
}
