//! What was recognized: tones, choices, speech.

use acs_common::enums::{DtmfTone, RecognitionType};

use crate::wire::wire_object;

wire_object! {
    /// Something was recognized. [`input`](Self::input) gives it by its kind.
    RecognizeCompleted {
        /// What kind of input it was.
        recognition_type: Option<RecognitionType> = "recognitionType",
        /// The tones, for input by keys.
        dtmf_result: Option<DtmfResult> = "dtmfResult",
        /// The choice, for input by choice.
        choice_result: Option<ChoiceResult> = "choiceResult",
        /// The words, for input by speech.
        speech_result: Option<SpeechResult> = "speechResult",
    }
}

wire_object! {
    /// The keys that were pressed.
    DtmfResult {
        /// In the order pressed; the stop tone is not among them.
        tones: Vec<DtmfTone> = "tones",
    }
}

impl DtmfResult {
    /// The tones as the keys of a telephone, such as `1234`; `None` when one of them is not known to this
    /// version of the crate.
    pub fn keys(&self) -> Option<String> {
        self.tones.iter().map(DtmfTone::key).collect()
    }
}

wire_object! {
    /// The choice that was taken.
    ChoiceResult {
        /// The label that the application gave it.
        label: Option<String> = "label",
        /// What was said; absent for a choice by key.
        recognized_phrase: Option<String> = "recognizedPhrase",
        /// How sure the recognizer is, from 0 to 1.
        confidence: Option<f64> = "confidence",
    }
}

wire_object! {
    /// The words that were said.
    SpeechResult {
        /// The words.
        speech: Option<String> = "speech",
        /// How sure the recognizer is, from 0 to 1.
        confidence: Option<f64> = "confidence",
    }
}

wire_object! {
    /// Nothing was recognized, or a prompt could not be played.
    RecognizeFailed {
        /// Which of the prompts failed, counted from 0; absent when the prompts are not the cause.
        failed_play_source_index: Option<i32> = "failedPlaySourceIndex",
    }
}

wire_object! {
    /// Recognizing was canceled.
    RecognizeCanceled {}
}

/// What was recognized, by its kind.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RecognizedInput<'a> {
    /// Keys.
    Dtmf(&'a DtmfResult),
    /// A choice, by key or by voice.
    Choice(&'a ChoiceResult),
    /// Words.
    Speech(&'a SpeechResult),
}

impl RecognizeCompleted {
    /// What was recognized. Goes by the recognition type, because events may carry results of other kinds
    /// as well; without a type, the first result there is.
    pub fn input(&self) -> Option<RecognizedInput<'_>> {
        let dtmf = self.dtmf_result.as_ref().map(RecognizedInput::Dtmf);
        let choice = self.choice_result.as_ref().map(RecognizedInput::Choice);
        let speech = self.speech_result.as_ref().map(RecognizedInput::Speech);
        match &self.recognition_type {
            Some(RecognitionType::Dtmf) => dtmf,
            Some(RecognitionType::Choices) => choice,
            Some(RecognitionType::Speech) => speech,
            _ => dtmf.or(choice).or(speech),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recognition_type_decides_between_results() {
        let completed = RecognizeCompleted::new()
            .recognition_type(RecognitionType::Choices)
            .dtmf_result(DtmfResult::new().tones([DtmfTone::One]))
            .choice_result(ChoiceResult::new().label("Sales".to_owned()));
        let Some(RecognizedInput::Choice(choice)) = completed.input() else {
            panic!("a choice was made: {completed:?}");
        };
        assert_eq!(choice.label.as_deref(), Some("Sales"));
    }

    #[test]
    fn tones_read_as_keys_unless_one_is_unknown() {
        let pressed = DtmfResult::new().tones([DtmfTone::One, DtmfTone::Asterisk]);
        assert_eq!(pressed.keys().as_deref(), Some("1*"));
        assert_eq!(DtmfResult::new().keys().as_deref(), Some(""));
        let newer = DtmfResult::new().tones([DtmfTone::One, DtmfTone::from("flash")]);
        assert_eq!(newer.keys(), None);
    }
}
