//! Requests that ask somebody for keys or speech.

use std::ops::RangeInclusive;

use acs_call_rest::types;
use acs_common::enums::RecognizeInputType;

use super::{check, sources};
use crate::Error;
use crate::media::{Keys, Question, RecognitionChoice, RecognizeOptions, Speech};

/// The range of the API description, in seconds.
const SILENCE: RangeInclusive<u64> = 0..=300;
/// The range of the how-to guide for speech and choices, in seconds.
const SPEECH_SILENCE: RangeInclusive<u64> = 0..=20;
/// The range of the API description, in seconds.
const INTER_TONE: RangeInclusive<u64> = 1..=60;

pub(crate) fn recognize(options: RecognizeOptions) -> Result<types::RecognizeRequest, Error> {
    match options {
        RecognizeOptions::Dtmf(options) => {
            let mut request = question(options.question, RecognizeInputType::Dtmf, SILENCE)?;
            request.recognize_options.dtmf_options = Some(keys(options.keys)?);
            Ok(request)
        }
        RecognizeOptions::Choices(options) => {
            let mut request = question(options.question, RecognizeInputType::Choices, SPEECH_SILENCE)?;
            request.recognize_options.choices = Some(choices(options.choices)?);
            speech(options.speech, &mut request.recognize_options)?;
            Ok(request)
        }
        RecognizeOptions::Speech(options) => {
            let mut request = question(options.question, RecognizeInputType::Speech, SPEECH_SILENCE)?;
            speech(options.speech, &mut request.recognize_options)?;
            Ok(request)
        }
        RecognizeOptions::SpeechOrDtmf(options) => {
            // The guide limits speech and not the keys, of which this takes either.
            let mut request = question(options.question, RecognizeInputType::SpeechOrDtmf, SILENCE)?;
            request.recognize_options.dtmf_options = Some(keys(options.keys)?);
            speech(options.speech, &mut request.recognize_options)?;
            Ok(request)
        }
    }
}

fn question(
    question: Question,
    input: RecognizeInputType,
    silence: RangeInclusive<u64>,
) -> Result<types::RecognizeRequest, Error> {
    check::identifier("participant", &question.participant)?;
    let prompts = sources::all(question.prompts)?;
    Ok(types::RecognizeRequest {
        recognize_input_type: input,
        play_prompt: None,
        play_prompts: (!prompts.is_empty()).then_some(prompts),
        interrupt_call_media_operation: question.interrupt_call_media_operation,
        operation_callback_uri: check::operation_callback_uri(question.operation_callback_uri)?,
        operation_context: check::operation_context(question.operation_context)?,
        recognize_options: types::RecognizeOptions {
            target_participant: question.participant,
            interrupt_prompt: question.interrupt_prompt,
            initial_silence_timeout_in_seconds: check::seconds(
                "initial_silence_timeout",
                question.initial_silence_timeout,
                silence,
            )?,
            choices: None,
            dtmf_options: None,
            speech_options: None,
            speech_language: None,
            speech_recognition_model_endpoint_id: None,
        },
    })
}

fn keys(keys: Keys) -> Result<types::DtmfOptions, Error> {
    let max_tones = i32::try_from(keys.max_tones)
        .ok()
        .filter(|count| *count >= 1)
        .ok_or_else(|| {
            Error::invalid_input(
                "max_tones",
                format_args!("expected 1 to {}, found {}", i32::MAX, keys.max_tones),
            )
        })?;
    Ok(types::DtmfOptions {
        inter_tone_timeout_in_seconds: check::seconds(
            "inter_tone_timeout",
            keys.inter_tone_timeout,
            INTER_TONE,
        )?,
        max_tones_to_collect: Some(max_tones),
        stop_tones: keys.stop_tones,
    })
}

fn choices(choices: Vec<RecognitionChoice>) -> Result<Vec<types::Choice>, Error> {
    const FIELD: &str = "choices";
    if choices.is_empty() {
        return Err(Error::invalid_input(FIELD, "expected at least one, found none"));
    }
    for (index, choice) in choices.iter().enumerate() {
        let label = &choice.label;
        if label.trim().is_empty() {
            return Err(Error::invalid_input(
                FIELD,
                format_args!("expected a label for choice {index} (counted from 0), found no text"),
            ));
        }
        if choice.phrases.is_empty() && choice.tone.is_none() {
            return Err(Error::invalid_input(
                FIELD,
                format_args!("expected a phrase or a tone for choice `{label}`, found neither"),
            ));
        }
        if choice.phrases.iter().any(|phrase| phrase.trim().is_empty()) {
            return Err(Error::invalid_input(
                FIELD,
                format_args!("expected words in each phrase of choice `{label}`, found one without"),
            ));
        }
        let earlier = choices.iter().take(index);
        if let Some(other) = earlier
            .filter(|other| other.tone.is_some())
            .find(|other| other.tone == choice.tone)
        {
            return Err(Error::invalid_input(
                FIELD,
                format_args!(
                    "expected a tone of its own for each choice, found `{}` and `{label}` with the same",
                    other.label
                ),
            ));
        }
    }
    Ok(choices
        .into_iter()
        .map(|choice| types::Choice {
            label: choice.label,
            phrases: choice.phrases,
            tone: choice.tone,
        })
        .collect())
}

fn speech(speech: Speech, options: &mut types::RecognizeOptions) -> Result<(), Error> {
    options.speech_language = check::given("speech_language", speech.language)?;
    options.speech_recognition_model_endpoint_id =
        check::given("speech_model_endpoint_id", speech.model_endpoint_id)?;
    options.speech_options =
        check::milliseconds("end_silence_timeout", speech.end_silence_timeout)?.map(|end_silence_timeout| {
            types::SpeechOptions {
                end_silence_timeout_in_ms: Some(end_silence_timeout),
            }
        });
    Ok(())
}
