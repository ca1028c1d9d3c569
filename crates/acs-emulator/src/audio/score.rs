//! Who sounds when, on which channel: all that is kept of a recording.

use std::ops::Range;

use super::{SampleRate, Voice};

/// A voice on a channel, and the times at which it is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    channel: u16,
    voice: Voice,
    /// In samples from the beginning of the recording, in order and without overlaps.
    heard: Vec<Range<u64>>,
}

impl Part {
    pub(crate) fn new(channel: u16, voice: Voice, heard: Vec<Range<u64>>) -> Self {
        Self {
            channel,
            voice,
            heard,
        }
    }
}

/// A recording that is not rendered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Score {
    rate: SampleRate,
    /// The sample, counted from the Unix epoch, at which the recording began.
    begin: u64,
    channels: u16,
    /// What was recorded, in samples from the beginning, in order and without overlaps. The pauses between are
    /// not in the file.
    takes: Vec<Range<u64>>,
    parts: Vec<Part>,
}

impl Score {
    pub(crate) fn new(
        rate: SampleRate,
        begin: u64,
        channels: u16,
        takes: Vec<Range<u64>>,
        parts: Vec<Part>,
    ) -> Self {
        Self {
            rate,
            begin,
            channels: channels.max(1),
            takes,
            parts,
        }
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    pub(crate) fn channels(&self) -> u16 {
        self.channels
    }

    /// How long it is, in frames: one sample for each channel.
    pub(crate) fn frames(&self) -> u64 {
        self.takes.iter().map(|take| take.end - take.start).sum()
    }

    /// When a frame was recorded, in samples from the beginning.
    pub(crate) fn time_of(&self, frame: u64) -> u64 {
        let mut skipped = 0;
        for take in &self.takes {
            let length = take.end - take.start;
            if frame < skipped + length {
                return take.start + (frame - skipped);
            }
            skipped += length;
        }
        self.takes.last().map_or(0, |take| take.end)
    }

    /// Writes frames from a number on, channel by channel within each. Behind the end there is silence.
    pub(crate) fn render(&self, from: u64, samples: &mut [i16]) {
        samples.fill(0);
        let channels = usize::from(self.channels);
        let end = from.saturating_add((samples.len() / channels) as u64);
        let mut place = 0;
        for take in &self.takes {
            // This take has the frames `place..place + length` of the file.
            let length = take.end - take.start;
            let wanted = overlap(&(place..place + length), &(from..end));
            if let Some(wanted) = wanted {
                let times = take.start + (wanted.start - place)..take.start + (wanted.end - place);
                let offset = usize::try_from(wanted.start - from).unwrap_or(usize::MAX);
                let samples = samples.get_mut(offset.saturating_mul(channels)..);
                self.play(&times, samples.unwrap_or_default());
            }
            place += length;
        }
    }

    /// Adds all parts at these times.
    fn play(&self, times: &Range<u64>, samples: &mut [i16]) {
        let channels = usize::from(self.channels);
        for part in &self.parts {
            for heard in &part.heard {
                let Some(sounding) = overlap(heard, times) else {
                    continue;
                };
                let frames = |time: u64| usize::try_from(time - times.start).unwrap_or(usize::MAX);
                let first = frames(sounding.start).saturating_mul(channels) + usize::from(part.channel);
                let behind = frames(sounding.end).saturating_mul(channels);
                if let Some(samples) = samples.get_mut(first..behind) {
                    let at = self.begin.saturating_add(sounding.start);
                    part.voice.mix(self.rate, at, channels, samples);
                }
            }
        }
    }
}

fn overlap(one: &Range<u64>, two: &Range<u64>) -> Option<Range<u64>> {
    let both = one.start.max(two.start)..one.end.min(two.end);
    (both.start < both.end).then_some(both)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::Khz16;

    fn whole(score: &Score) -> Vec<i16> {
        let frames = usize::try_from(score.frames()).unwrap();
        let mut samples = vec![1; frames * usize::from(score.channels())];
        score.render(0, &mut samples);
        samples
    }

    #[test]
    fn pauses_are_not_in_the_file() {
        let voice = Voice::of_raw_id("a");
        // Begin with a beat of tone and leave its middle out.
        let beat = u64::from(RATE.hertz() / 5);
        let mut begins = (1000..1010).map(|number| number * beat);
        let begin = begins.find(|at| voice.is_sounding(RATE, *at)).unwrap();
        let part = Part::new(0, voice, vec![0..3000]);
        let score = Score::new(RATE, begin, 1, vec![0..1000, 2000..3000], vec![part]);
        assert_eq!(score.frames(), 2000);
        let mut expected = vec![0; 3000];
        voice.fill(RATE, begin, &mut expected);
        expected.drain(1000..2000);
        assert_eq!(whole(&score), expected);
        assert_eq!(
            [0, 999, 1000, 1999, 2000, 9999].map(|frame| score.time_of(frame)),
            [0, 999, 2000, 2999, 3000, 3000]
        );
    }

    #[test]
    fn parts_on_one_channel_are_added_and_others_stay_apart() {
        let (a, b) = (Voice::of_raw_id("a"), Voice::of_raw_id("b"));
        let parts = |channel| {
            vec![
                Part::new(0, a, vec![0..4000]),
                Part::new(channel, b, vec![1000..4000]),
            ]
        };
        let mixed = whole(&Score::new(RATE, 77, 1, vec![0..4000], parts(0)));
        let apart = whole(&Score::new(RATE, 77, 2, vec![0..4000], parts(1)));
        for (mixed, apart) in mixed.iter().zip(apart.chunks(2)) {
            assert_eq!(*mixed, apart[0] + apart[1]);
        }
        assert!(apart.chunks(2).take(1000).all(|frame| frame[1] == 0));
        assert!(apart.iter().any(|sample| *sample != 0));
    }

    #[test]
    fn behind_the_end_is_silence() {
        let part = Part::new(0, Voice::of_raw_id("a"), vec![0..u64::MAX / 2]);
        let score = Score::new(RATE, 0, 1, vec![0..10], vec![part]);
        let mut samples = vec![7; 100];
        score.render(5, &mut samples);
        assert!(samples[5..].iter().all(|sample| *sample == 0));
        score.render(u64::MAX - 3, &mut samples);
        assert!(samples.iter().all(|sample| *sample == 0));
    }
}
