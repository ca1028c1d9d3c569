//! A piece of audio.

use std::fmt;
use std::iter::FusedIterator;
use std::slice::ChunksExact;
use std::time::Duration;

use bytes::Bytes;

use super::PcmFormat;
use crate::{Error, ErrorKind};

/// A piece of audio of any length: 16-bit little-endian samples of one channel.
///
/// Cheap to clone and to cut, for the bytes are shared. Of which [format](PcmFormat) it is, the metadata of the
/// stream says.
///
/// ```
/// use acs_call_streaming::{AudioChunk, PcmFormat};
///
/// let chunk = AudioChunk::from(vec![0i16, 1000, -1000]);
/// let loudest = chunk.samples().map(i16::unsigned_abs).max();
/// assert_eq!((chunk.len(), loudest), (3, Some(1000)));
/// assert_eq!(AudioChunk::silence(PcmFormat::Pcm16KMono.frame_samples()).as_bytes().len(), 640);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AudioChunk {
    /// An even number of bytes.
    bytes: Bytes,
}

impl AudioChunk {
    /// Takes bytes as they are, without a copy.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the last sample is cut in half.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        if bytes.len() % 2 == 1 {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("audio: expected whole 16-bit samples, got {} bytes", bytes.len()),
            ));
        }
        Ok(Self { bytes })
    }

    /// Silence of this many samples.
    pub fn silence(samples: usize) -> Self {
        Self {
            bytes: Bytes::from(vec![0; samples.saturating_mul(2)]),
        }
    }

    /// The samples, whatever the machine's byte order and the alignment of the bytes.
    pub fn samples(&self) -> Samples<'_> {
        Samples(self.bytes.chunks_exact(2))
    }

    /// The samples as they lie in memory: nothing is copied, but the bytes have to be aligned and the machine
    /// little-endian. Allocators align what they give, so whole frames as received are; a piece cut out need not
    /// be. Take [`samples`](Self::samples) when this is `None`.
    pub fn as_samples(&self) -> Option<&[i16]> {
        if cfg!(target_endian = "little") {
            bytemuck::try_cast_slice(&self.bytes).ok()
        } else {
            None
        }
    }

    /// A copy of the samples.
    pub fn to_vec(&self) -> Vec<i16> {
        self.samples().collect()
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / 2
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How long it sounds.
    pub fn duration(&self, format: PcmFormat) -> Duration {
        format.duration_of(self.bytes.len())
    }

    /// The bytes, little-endian.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, little-endian, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Cuts off the first samples, at most as many as there are. Nothing is copied.
    #[must_use = "the samples are cut off"]
    pub fn split_to(&mut self, samples: usize) -> Self {
        let bytes = samples.saturating_mul(2).min(self.bytes.len());
        Self {
            bytes: self.bytes.split_to(bytes),
        }
    }
}

/// Samples that lend themselves out as bytes, on a machine where both look the same.
struct Owned(Vec<i16>);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// Without a copy on little-endian machines.
impl From<Vec<i16>> for AudioChunk {
    fn from(samples: Vec<i16>) -> Self {
        if cfg!(target_endian = "little") {
            Self {
                bytes: Bytes::from_owner(Owned(samples)),
            }
        } else {
            Self::from(samples.as_slice())
        }
    }
}

impl From<&[i16]> for AudioChunk {
    fn from(samples: &[i16]) -> Self {
        samples.iter().copied().collect()
    }
}

impl FromIterator<i16> for AudioChunk {
    fn from_iter<T: IntoIterator<Item = i16>>(samples: T) -> Self {
        let bytes: Vec<u8> = samples.into_iter().flat_map(i16::to_le_bytes).collect();
        Self {
            bytes: Bytes::from(bytes),
        }
    }
}

/// Says how much audio it is, not what is in it.
impl fmt::Debug for AudioChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AudioChunk({} samples)", self.len())
    }
}

/// The samples of an [`AudioChunk`].
#[derive(Clone, Debug)]
pub struct Samples<'a>(ChunksExact<'a, u8>);

/// The pieces are two bytes long; anything else would be a mistake of this module, and silence.
fn sample(bytes: &[u8]) -> i16 {
    bytes.try_into().map_or(0, i16::from_le_bytes)
}

impl Iterator for Samples<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        self.0.next().map(sample)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Samples<'_> {
    fn next_back(&mut self) -> Option<i16> {
        self.0.next_back().map(sample)
    }
}

impl ExactSizeIterator for Samples<'_> {}
impl FusedIterator for Samples<'_> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn samples_are_little_endian() {
        let chunk = AudioChunk::from_bytes(vec![0x01, 0x02, 0xff, 0xff]).unwrap();
        assert_eq!(chunk.to_vec(), [0x0201, -1]);
        assert_eq!(chunk.samples().next_back(), Some(-1));
    }

    #[test]
    fn half_a_sample_is_refused() {
        let error = AudioChunk::from_bytes(vec![0; 3]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            "audio: expected whole 16-bit samples, got 3 bytes"
        );
    }

    #[test]
    fn a_view_is_given_only_where_it_is_the_truth() {
        let mut chunk = AudioChunk::from(vec![1i16, 2, 3]);
        let _ = chunk.split_to(1);
        if cfg!(target_endian = "little") {
            assert_eq!(chunk.as_samples(), Some(&[2i16, 3][..]));
        }
        // One of the two halves is not aligned, and neither must be misread.
        let bytes = Bytes::from(vec![0, 1, 0, 2, 0, 3]);
        for skip in [0, 1] {
            let chunk = AudioChunk::from_bytes(bytes.slice(skip..skip + 4)).unwrap();
            if let Some(view) = chunk.as_samples() {
                assert_eq!(view, chunk.to_vec());
            }
        }
    }

    #[test]
    fn what_is_heard_does_not_reach_logs() {
        assert_eq!(
            format!("{:?}", AudioChunk::from(vec![7i16; 3])),
            "AudioChunk(3 samples)"
        );
    }

    proptest! {
        #[test]
        fn samples_survive_every_way_in(samples in prop::collection::vec(any::<i16>(), 0..50), at in 0usize..60) {
            let owned = AudioChunk::from(samples.clone());
            prop_assert_eq!(&owned, &AudioChunk::from(samples.as_slice()));
            prop_assert_eq!(&owned, &AudioChunk::from_bytes(owned.as_bytes().to_vec()).unwrap());
            let (mut rest, length) = (owned, samples.len());
            let first = rest.split_to(at);
            prop_assert_eq!(first.len(), at.min(length));
            prop_assert_eq!(first.samples().chain(rest.samples()).collect::<Vec<_>>(), samples);
        }
    }
}
