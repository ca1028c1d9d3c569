//! A WAV file that is not stored: its size is known, and any part of it is made when it is asked for.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use hound::{SampleFormat, WavSpec, WavWriter};

use super::{SampleRate, Score};

const BYTES_PER_SAMPLE: u64 = 2;

/// A part of a score as a file.
#[derive(Clone, Debug)]
pub(crate) struct WavFile {
    score: Arc<Score>,
    /// The frames of the score that are in the file. A frame has a sample for each channel.
    frames: Range<u64>,
    header: Bytes,
}

impl WavFile {
    /// The file of these frames of a score. The format holds just under 4 GiB; what does not fit is left out.
    ///
    /// # Errors
    ///
    /// When the header cannot be written; no number of channels that a score has makes that happen.
    pub(crate) fn new(score: Arc<Score>, frames: Range<u64>) -> Result<Self, hound::Error> {
        let header = header(score.rate(), score.channels())?;
        let room = u64::from(u32::MAX) - header.len() as u64;
        let most = room / (BYTES_PER_SAMPLE * u64::from(score.channels()));
        let end = frames.end.min(score.frames());
        let start = frames.start.min(end);
        let frames = start..end.min(start + most);
        let data = (frames.end - frames.start) * BYTES_PER_SAMPLE * u64::from(score.channels());
        Ok(Self {
            header: with_length(header, data),
            score,
            frames,
        })
    }

    /// How many frames fit into a file of so many bytes.
    pub(crate) fn frames_in(bytes: u64, channels: u16) -> u64 {
        // The longer of the two headers.
        const LONGEST_HEADER: u64 = 68;
        bytes.saturating_sub(LONGEST_HEADER) / (BYTES_PER_SAMPLE * u64::from(channels.max(1)))
    }

    /// The size of the file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.header.len() as u64 + (self.frames.end - self.frames.start) * self.frame_size()
    }

    fn frame_size(&self) -> u64 {
        BYTES_PER_SAMPLE * u64::from(self.score.channels())
    }

    /// The bytes of a range; what lies behind the end of the file is left out.
    pub(crate) fn read(&self, range: Range<u64>) -> Bytes {
        let (start, end) = (range.start.min(range.end), range.end.min(self.size()));
        if start >= end {
            return Bytes::new();
        }
        let header = self.header.len() as u64;
        let mut bytes = Vec::with_capacity(usize::try_from(end - start).unwrap_or(0));
        if start < header {
            bytes.extend_from_slice(part(&self.header, start, end.min(header)));
        }
        if end > header {
            let (from, to) = (start.max(header) - header, end - header);
            // Whole frames around the bytes wanted.
            let first = from / self.frame_size();
            let last = to.div_ceil(self.frame_size());
            let count = usize::try_from(last - first).unwrap_or(0);
            let mut samples = vec![0; count * usize::from(self.score.channels())];
            self.score.render(self.frames.start + first, &mut samples);
            let made: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let offset = first * self.frame_size();
            bytes.extend_from_slice(part(&made, from - offset, to - offset));
        }
        bytes.into()
    }

    /// The bytes of a range in pieces, each made when it is taken.
    pub(crate) fn pieces(self, range: Range<u64>) -> impl Iterator<Item = Bytes> + Send + 'static {
        const PIECE: u64 = 64 * 1024;
        let end = range.end.min(self.size());
        let mut at = range.start;
        std::iter::from_fn(move || {
            let from = at;
            at = end.min(from.saturating_add(PIECE));
            (from < at).then(|| self.read(from..at))
        })
    }
}

fn part(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(from)..place(to)).unwrap_or_default()
}

/// The header of a file without samples.
fn header(rate: SampleRate, channels: u16) -> Result<Vec<u8>, hound::Error> {
    let mut file = Cursor::new(Vec::new());
    let spec = WavSpec {
        channels,
        sample_rate: rate.hertz(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    WavWriter::new(&mut file, spec)?.finalize()?;
    Ok(file.into_inner())
}

/// Writes the length of the samples into the two places of a header that depend on it: the size of the whole
/// in bytes 4 to 7, and the size of the data in the last four.
fn with_length(mut header: Vec<u8>, data: u64) -> Bytes {
    let length = header.len();
    let whole = u32::try_from(length as u64 + data - 8).unwrap_or(u32::MAX);
    if let Some(place) = header.get_mut(4..8) {
        place.copy_from_slice(&whole.to_le_bytes());
    }
    if let Some(place) = header.last_chunk_mut::<4>() {
        *place = u32::try_from(data).unwrap_or(u32::MAX).to_le_bytes();
    }
    header.into()
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
mod tests {
    use super::super::Part;
    use super::super::Voice;
    use super::super::voice::tests::strength;
    use super::*;

    const RATE: SampleRate = SampleRate::Khz16;

    fn score(channels: u16, takes: Vec<Range<u64>>, parts: Vec<Part>) -> Arc<Score> {
        Arc::new(Score::new(RATE, 1_000_000, channels, takes, parts))
    }

    fn voice(id: &str) -> Voice {
        Voice::of_raw_id(id)
    }

    /// The channels of a file as `hound` reads them.
    fn channels(file: &WavFile) -> Vec<Vec<i16>> {
        let bytes = file.read(0..file.size());
        assert_eq!(bytes.len() as u64, file.size());
        let reader = hound::WavReader::new(Cursor::new(bytes)).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.sample_rate, spec.bits_per_sample), (16_000, 16));
        let mut channels = vec![Vec::new(); usize::from(spec.channels)];
        for (number, sample) in reader.into_samples::<i16>().enumerate() {
            channels[number % usize::from(spec.channels)].push(sample.unwrap());
        }
        channels
    }

    #[test]
    fn a_file_can_be_read_back() {
        let (a, b) = (voice("a"), voice("b"));
        let parts = vec![
            Part::new(0, a, vec![0..24_000]),
            Part::new(1, b, vec![24_000..48_000]),
        ];
        let file = WavFile::new(score(2, vec![0..48_000], parts), 0..u64::MAX).unwrap();
        assert_eq!(file.size(), 44 + 48_000 * 4);
        let read = channels(&file);
        assert_eq!((read[0].len(), read[1].len()), (48_000, 48_000));
        for (channel, own, other, alone) in [(0, a, b, 0..24_000), (1, b, a, 24_000..48_000)] {
            let heard = strength(&read[channel][alone.clone()], RATE, own.frequency());
            assert!(heard > 2000.0, "{heard}");
            assert!(strength(&read[channel][alone.clone()], RATE, other.frequency()) < 200.0);
            let silent = if alone.start == 0 {
                24_000..48_000
            } else {
                0..24_000
            };
            assert!(read[channel][silent].iter().all(|sample| *sample == 0));
        }
    }

    #[test]
    fn five_channels_have_the_longer_header() {
        let parts = (0..5)
            .map(|channel| Part::new(channel, voice("x"), vec![0..8000]))
            .collect();
        let file = WavFile::new(score(5, vec![0..8000], parts), 0..8000).unwrap();
        assert_eq!(file.size(), 68 + 8000 * 10);
        assert_eq!(channels(&file).len(), 5);
    }

    #[test]
    fn nothing_recorded_is_a_file_without_samples() {
        let file = WavFile::new(score(1, Vec::new(), Vec::new()), 0..0).unwrap();
        assert_eq!(file.size(), 44);
        assert!(channels(&file)[0].is_empty());
    }

    #[test]
    fn every_range_is_that_of_the_whole_file() {
        let parts = vec![
            Part::new(0, voice("a"), vec![100..9000]),
            Part::new(2, voice("c"), vec![0..4000]),
        ];
        let file = WavFile::new(score(3, vec![50..5000, 6000..9500], parts), 17..8000).unwrap();
        let whole = file.read(0..u64::MAX);
        assert_eq!(whole.len() as u64, file.size());
        let size = file.size();
        for range in [
            0..1,
            3..9,
            40..70,
            67..69,
            68..75,
            1001..1002,
            999..20_003,
            size - 7..size,
            0..size,
        ] {
            let (from, to) = (
                usize::try_from(range.start).unwrap(),
                usize::try_from(range.end).unwrap(),
            );
            assert_eq!(file.read(range.clone()), whole[from..to], "{range:?}");
        }
        assert!(file.read(size..size + 10).is_empty());
        #[allow(clippy::reversed_empty_ranges, reason = "what must not panic")]
        let backwards = file.read(9..3);
        assert!(backwards.is_empty());
        let pieces: Vec<u8> = file.clone().pieces(0..size).flatten().collect();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_file_stays_within_what_its_format_holds() {
        // Eleven hours on five channels: every byte is known, none is stored.
        let frames = 11 * 3600 * 16_000;
        let file = WavFile::new(score(5, vec![0..frames], Vec::new()), 0..frames).unwrap();
        assert!(u32::try_from(file.size()).is_ok());
        assert_eq!(file.read(file.size() - 4..file.size()).len(), 4);
        assert_eq!(WavFile::frames_in(68 + 1000, 5), 100);
        assert_eq!(WavFile::frames_in(10, 1), 0);
    }
}
