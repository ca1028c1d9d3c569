//! Who could be heard when. From it the sound is made; there is none before.

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::audio::{Part, SampleRate, Score, Voice};
use crate::engine::model::Participant;
use crate::engine::recording::command::{MOST_CHANNELS, RecordingForm};

/// The rate of every recording (guide on recording).
pub(super) const RATE: SampleRate = SampleRate::Khz16;

/// The times of a recording and of everybody in it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Tape {
    /// When it first ran.
    began: Option<DateTime<Utc>>,
    /// When it ran, as far as that is over.
    takes: Vec<Range<DateTime<Utc>>>,
    /// Since when it runs.
    since: Option<DateTime<Utc>>,
    tracks: Vec<Track>,
}

#[derive(Debug)]
struct Track {
    raw_id: Arc<str>,
    voice: Voice,
    heard: Vec<Range<DateTime<Utc>>>,
    since: Option<DateTime<Utc>>,
}

impl Tape {
    pub(in crate::engine) fn began(&self) -> Option<DateTime<Utc>> {
        self.began
    }

    /// Takes notice of who is in the call.
    pub(in crate::engine) fn listen(&mut self, now: DateTime<Utc>, participants: &[Participant]) {
        for party in participants {
            if !self.tracks.iter().any(|track| track.raw_id == party.raw_id) {
                let taken = |voice| self.tracks.iter().any(|track| track.voice == voice);
                self.tracks.push(Track {
                    raw_id: Arc::clone(&party.raw_id),
                    voice: Voice::of_raw_id(&party.raw_id).unless_taken(taken),
                    heard: Vec::new(),
                    since: None,
                });
            }
        }
        for track in &mut self.tracks {
            let heard = self.since.is_some()
                && participants
                    .iter()
                    .any(|party| party.raw_id == track.raw_id && is_heard(party));
            if heard {
                track.since.get_or_insert(now);
            } else {
                close(&mut track.since, &mut track.heard, now);
            }
        }
    }

    /// It runs from now on.
    pub(in crate::engine) fn run(&mut self, now: DateTime<Utc>, participants: &[Participant]) {
        self.began.get_or_insert(now);
        self.since.get_or_insert(now);
        self.listen(now, participants);
    }

    /// It rests, or is over.
    pub(in crate::engine) fn rest(&mut self, now: DateTime<Utc>) {
        close(&mut self.since, &mut self.takes, now);
        self.listen(now, &[]);
    }

    /// It is over. One that never ran began and ended now.
    pub(in crate::engine) fn end(&mut self, now: DateTime<Utc>) {
        self.rest(now);
        self.began.get_or_insert(now);
    }

    /// The pauses between what was recorded: from when, and until when.
    pub(super) fn pauses(&self) -> Vec<Range<DateTime<Utc>>> {
        let ends = self.takes.iter().map(|take| take.end);
        let starts = self.takes.iter().skip(1).map(|take| take.start);
        ends.zip(starts).map(|(end, start)| end..start).collect()
    }

    /// The participants with their channels, if they have one, in the order in which they came. A mixed
    /// recording has everybody on channel 0; an unmixed one has at most five channels.
    pub(super) fn channels(&self, form: &RecordingForm) -> Vec<(Arc<str>, Option<u16>)> {
        let mut placed: Vec<(Arc<str>, Option<u16>)> = self
            .tracks
            .iter()
            .map(|track| (Arc::clone(&track.raw_id), Some(0)))
            .collect();
        if !form.is_unmixed() {
            return placed;
        }
        // Who was named keeps the channel also if somebody else came first.
        let mut channels: Vec<(String, u16)> = form
            .affinity
            .iter()
            .map(|(party, channel)| (party.raw_id().into_owned(), *channel))
            .collect();
        let ordered = form.ordering.iter().map(|party| party.raw_id().into_owned());
        let came = self.tracks.iter().map(|track| track.raw_id.to_string());
        for raw_id in ordered.chain(came) {
            let free = (0..MOST_CHANNELS).find(|channel| channels.iter().all(|(_, taken)| taken != channel));
            let known = channels.iter().any(|(placed, _)| *placed == raw_id);
            if let (false, Some(free)) = (known, free) {
                channels.push((raw_id, free));
            }
        }
        for (raw_id, place) in &mut placed {
            let found = channels.iter().find(|(placed, _)| **placed == **raw_id);
            *place = found.map(|(_, channel)| *channel);
        }
        placed
    }

    /// The sound of it all.
    pub(super) fn score(&self, channels: &[(Arc<str>, Option<u16>)]) -> Score {
        let begin = self.began.map_or(0, sample);
        let relative = |times: &[Range<DateTime<Utc>>]| {
            let place = |time| sample(time).saturating_sub(begin);
            let ranges = times.iter().map(|range| place(range.start)..place(range.end));
            ranges.filter(|range| range.start < range.end).collect()
        };
        let parts = self
            .tracks
            .iter()
            .zip(channels)
            .filter_map(|(track, (_, channel))| {
                Some(Part::new((*channel)?, track.voice, relative(&track.heard)))
            });
        let count = channels.iter().filter_map(|(_, channel)| *channel).max();
        let count = count.map_or(1, |highest| highest + 1);
        Score::new(RATE, begin, count, relative(&self.takes), parts.collect())
    }
}

/// Whether somebody makes a sound. The application itself makes none, at either end of a telephone line.
fn is_heard(party: &Participant) -> bool {
    party.is_virtual() && !party.muted && !party.is_on_hold()
}

/// Ends what is open, and keeps it.
fn close(since: &mut Option<DateTime<Utc>>, times: &mut Vec<Range<DateTime<Utc>>>, now: DateTime<Utc>) {
    if let Some(since) = since.take() {
        times.push(since..now);
    }
}

/// The number of the sample at a time, counted from the Unix epoch.
fn sample(time: DateTime<Utc>) -> u64 {
    RATE.samples_in(u64::try_from(time.timestamp_micros()).unwrap_or(0))
}
