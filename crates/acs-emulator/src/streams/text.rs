//! What is said, as frames of text.

use std::time::Duration;

use acs_call_streaming::ServiceFrame;
use acs_call_streaming::frame::{
    ResultStatus, STANDARD_MESSAGE_BYTES, Ticks, TranscribedWord, TranscriptionData,
};
use chrono::{DateTime, Utc};

/// How sure the emulator is: it is told what is said.
const CONFIDENCE: f64 = 0.95;
/// From the year 1, where .NET counts from, to the Unix epoch.
const EPOCH: i64 = 621_355_968_000_000_000;

/// The texts for something that was said, each with the time after its beginning at which it is known. Texts that
/// can still change grow word by word. A long text comes in several parts, so that each is a message of the usual
/// size.
pub(super) fn texts(
    said: &str,
    raw_id: &str,
    begun: DateTime<Utc>,
    duration: Duration,
    intermediate: bool,
) -> Vec<(Duration, ServiceFrame)> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let count = u32::try_from(words.len()).unwrap_or(u32::MAX).max(1);
    let per_word = duration / count;
    let since_year_one = EPOCH.saturating_add(begun.timestamp_micros().saturating_mul(10));
    let offset = |index: usize| {
        let before = per_word * u32::try_from(index).unwrap_or(u32::MAX);
        Ticks(since_year_one.saturating_add(Ticks::from(before).0))
    };
    let timed: Vec<TranscribedWord> = words
        .iter()
        .enumerate()
        .map(|(index, word)| TranscribedWord::new(*word, offset(index), Ticks::from(per_word)))
        .collect();
    let frame = |from: usize, to: usize, status: ResultStatus| {
        let text = words.get(from..to).unwrap_or_default().join(" ");
        let spoken = per_word * u32::try_from(to - from).unwrap_or(u32::MAX);
        ServiceFrame::TranscriptionData(
            TranscriptionData::new(text, status)
                .with_confidence(CONFIDENCE)
                .with_times(offset(from), Ticks::from(spoken))
                .with_words(timed.get(from..to).unwrap_or_default().iter().cloned())
                .with_participant(raw_id),
        )
    };
    let mut texts = Vec::new();
    let mut from = 0;
    for to in 1..=words.len() {
        let known = per_word * u32::try_from(to).unwrap_or(u32::MAX);
        let last = to == words.len();
        // One word more would be too much for one message.
        let full =
            last || frame(from, to + 1, ResultStatus::Intermediate).to_json().len() >= STANDARD_MESSAGE_BYTES;
        if full {
            texts.push((known, frame(from, to, ResultStatus::Final)));
            from = to;
        } else if intermediate {
            texts.push((known, frame(from, to, ResultStatus::Intermediate)));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, intermediate: bool) -> Vec<(Duration, TranscriptionData)> {
        let begun = "2026-03-12T10:00:00Z".parse().unwrap();
        texts(text, "4:+1", begun, Duration::from_secs(2), intermediate)
            .into_iter()
            .map(|(known, frame)| {
                assert!(frame.to_json().len() < STANDARD_MESSAGE_BYTES);
                match frame {
                    ServiceFrame::TranscriptionData(data) => (known, data),
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    }

    #[test]
    fn a_text_is_known_when_it_was_said() {
        let texts = said("sales,  please", false);
        let [(known, text)] = &texts[..] else {
            panic!("{texts:?}")
        };
        assert_eq!(
            (known.as_secs(), text.text.as_str(), text.is_final()),
            (2, "sales, please", true)
        );
        assert_eq!(text.participant_raw_id.as_deref(), Some("4:+1"));
        assert_eq!(text.offset, Some(Ticks(639_089_064_000_000_000)));
        assert_eq!(text.words[1].offset, Some(Ticks(639_089_064_010_000_000)));
        assert_eq!(text.duration, Some(Ticks(20_000_000)));
        assert!(said(" ", true).is_empty());
    }

    #[test]
    fn texts_that_can_change_grow() {
        let texts: Vec<_> = said("one two three", true)
            .into_iter()
            .map(|(_, text)| (text.text.clone(), text.is_final()))
            .collect();
        let expected = [("one", false), ("one two", false), ("one two three", true)];
        assert_eq!(texts, expected.map(|(text, last)| (text.to_owned(), last)));
    }

    #[test]
    fn a_long_text_comes_in_parts() {
        let long: Vec<String> = (0..300).map(|number| format!("word{number}")).collect();
        let parts = said(&long.join(" "), true);
        let finals: Vec<_> = parts.iter().filter(|(_, text)| text.is_final()).collect();
        assert!(finals.len() > 5);
        let whole: Vec<_> = finals.iter().map(|(_, text)| text.text.as_str()).collect();
        assert_eq!(whole.join(" "), long.join(" "));
    }
}
