//! Media: play, recognize, cancel, continuous recognition and sending of tones, hold.

use std::time::Duration;

use acs_call_rest::types;
use acs_common::CallConnectionId;
use acs_common::enums::{PlaySourceType, RecognizeInputType};
use serde_json::Value;

use super::body::{in_range, invalid, not_empty, not_empty_list, parse, parse_with, required};
use super::calls::{context_length, override_uri};
use super::reply::Refusal;
use super::request::Incoming;
use crate::engine::{
    Choice, Command, ContinuousDtmf, Expect, Hold, Play, PlaySource, Recognize, SendDtmfTones, ToneRules,
    Unhold,
};

/// `POST …:play`.
pub(super) fn play(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::PlayRequest = parse_with(request, |body| {
        each(body.get_mut("playSources"), name_kind);
        if let Some(Value::Object(options)) = body.get_mut("playOptions") {
            options.entry("loop").or_insert(Value::Bool(false));
        }
    })?;
    not_empty_list("playSources", &body.play_sources)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::Play(Play {
        connection,
        sources: sources("playSources", body.play_sources)?,
        to: body.play_to.unwrap_or_default(),
        repeat: body.play_options.is_some_and(|options| options.loop_),
        interrupt: body.interrupt_call_media_operation.unwrap_or(false),
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …:recognize`.
pub(super) fn recognize(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::RecognizeRequest = parse_with(request, |body| {
        body.get_mut("playPrompt").map(name_kind);
        each(body.get_mut("playPrompts"), name_kind);
    })?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    // Clients send the old single prompt, the new list, or both; the list is the newer word.
    let prompts = match body.play_prompts.filter(|prompts| !prompts.is_empty()) {
        Some(prompts) => sources("playPrompts", prompts)?,
        None => sources("playPrompt", body.play_prompt.into_iter().collect())?,
    };
    let options = body.recognize_options;
    let silence = options.initial_silence_timeout_in_seconds;
    in_range("recognizeOptions.initialSilenceTimeoutInSeconds", silence, 0, 300)?;
    let expect = expectation(&body.recognize_input_type, &options)?;
    Ok(Command::Recognize(Box::new(Recognize {
        connection,
        prompts,
        target: options.target_participant,
        expect,
        interrupt_prompt: options.interrupt_prompt.unwrap_or(true),
        initial_silence: seconds(silence, 5),
        interrupt: body.interrupt_call_media_operation.unwrap_or(true),
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    })))
}

/// `POST …:startContinuousDtmfRecognition` and `…:stopContinuousDtmfRecognition`.
pub(super) fn continuous_dtmf(
    request: &Incoming,
    connection: CallConnectionId,
) -> Result<ContinuousDtmf, Refusal> {
    let body: types::ContinuousDtmfRecognitionRequest = parse(request)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(ContinuousDtmf {
        connection,
        participant: body.target_participant,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    })
}

/// `POST …:sendDtmfTones`.
pub(super) fn send_dtmf_tones(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::SendDtmfTonesRequest = parse(request)?;
    not_empty_list("tones", &body.tones)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::SendDtmfTones(SendDtmfTones {
        connection,
        participant: body.target_participant,
        tones: body.tones,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …:hold`.
pub(super) fn hold(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::HoldRequest = parse_with(request, |body| {
        body.get_mut("playSourceInfo").map(name_kind);
    })?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    let music = body
        .play_source_info
        .map(|music| source("playSourceInfo", music))
        .transpose()?;
    Ok(Command::Hold(Hold {
        connection,
        participant: body.target_participant,
        source: music,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …:unhold`.
pub(super) fn unhold(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::UnholdRequest = parse(request)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::Unhold(Unhold {
        connection,
        participant: body.target_participant,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

fn each(list: Option<&mut Value>, change: impl Fn(&mut Value)) {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .for_each(change);
}

/// A source without a kind is of the kind whose member it has.
fn name_kind(source: &mut Value) {
    let Value::Object(members) = source else { return };
    if members.contains_key("kind") {
        return;
    }
    let kind = ["file", "text", "ssml"]
        .into_iter()
        .find(|kind| members.contains_key(*kind));
    if let Some(kind) = kind {
        members.insert("kind".to_owned(), Value::from(kind));
    }
}

fn sources(field: &str, sources: Vec<types::PlaySource>) -> Result<Vec<PlaySource>, Refusal> {
    sources
        .into_iter()
        .enumerate()
        .map(|(index, one)| source(&format!("{field}[{index}]"), one))
        .collect()
}

fn source(field: &str, source: types::PlaySource) -> Result<PlaySource, Refusal> {
    let missing = |member: &str| required(&format!("{field}.{member}"));
    match source.kind {
        PlaySourceType::File => {
            let file = source.file.ok_or_else(|| missing("file"))?;
            not_empty(&format!("{field}.file.uri"), &file.uri)?;
            Ok(PlaySource::File {
                uri: file.uri,
                cache_id: source.play_source_cache_id.filter(|id| !id.is_empty()),
            })
        }
        PlaySourceType::Text => {
            let text = source.text.ok_or_else(|| missing("text"))?;
            Ok(PlaySource::Text(text.text))
        }
        PlaySourceType::Ssml => {
            let ssml = source.ssml.ok_or_else(|| missing("ssml"))?;
            Ok(PlaySource::Ssml(ssml.ssml_text))
        }
        other => Err(invalid(&format!(
            "the field {field}.kind is file, text or ssml, and is {}.",
            other.as_str()
        ))),
    }
}

fn expectation(kind: &RecognizeInputType, options: &types::RecognizeOptions) -> Result<Expect, Refusal> {
    let end_silence = || {
        let given = options
            .speech_options
            .as_ref()
            .and_then(|speech| speech.end_silence_timeout_in_ms);
        in_range(
            "recognizeOptions.speechOptions.endSilenceTimeoutInMs",
            given,
            0,
            i32::MAX,
        )?;
        let millis = given.and_then(|millis| u64::try_from(millis).ok()).unwrap_or(500);
        Ok(Duration::from_millis(millis))
    };
    Ok(match kind {
        RecognizeInputType::Dtmf => Expect::Tones(tone_rules(options.dtmf_options.as_ref())?),
        RecognizeInputType::Choices => Expect::Choices(choices(options)?),
        RecognizeInputType::Speech => Expect::Speech {
            end_silence: end_silence()?,
        },
        RecognizeInputType::SpeechOrDtmf => Expect::SpeechOrTones {
            end_silence: end_silence()?,
            tones: tone_rules(options.dtmf_options.as_ref())?,
        },
        other => {
            return Err(invalid(&format!(
                "the field recognizeInputType is dtmf, speech, speechOrDtmf or choices, and is {}.",
                other.as_str()
            )));
        }
    })
}

fn tone_rules(options: Option<&types::DtmfOptions>) -> Result<ToneRules, Refusal> {
    let inter_tone = options.and_then(|options| options.inter_tone_timeout_in_seconds);
    let max = options.and_then(|options| options.max_tones_to_collect);
    let field = "recognizeOptions.dtmfOptions";
    in_range(&format!("{field}.interToneTimeoutInSeconds"), inter_tone, 1, 60)?;
    in_range(&format!("{field}.maxTonesToCollect"), max, 1, i32::MAX)?;
    let stop = options
        .and_then(|options| options.stop_tones.clone())
        .unwrap_or_default();
    if let Some(unknown) = stop.iter().find(|tone| !tone.is_known()) {
        return Err(invalid(&format!(
            "the field {field}.stopTones has {unknown}, which is no tone."
        )));
    }
    Ok(ToneRules {
        inter_tone: seconds(inter_tone, 2),
        max: max.and_then(|max| usize::try_from(max).ok()),
        stop,
    })
}

fn choices(options: &types::RecognizeOptions) -> Result<Vec<Choice>, Refusal> {
    let given = options.choices.clone().unwrap_or_default();
    not_empty_list("recognizeOptions.choices", &given)?;
    let mut choices = Vec::with_capacity(given.len());
    for (index, choice) in given.into_iter().enumerate() {
        let field = format!("recognizeOptions.choices[{index}]");
        not_empty(&format!("{field}.label"), &choice.label)?;
        if let Some(tone) = choice.tone.as_ref().filter(|tone| !tone.is_known()) {
            return Err(invalid(&format!(
                "the field {field}.tone is {tone}, which is no tone."
            )));
        }
        choices.push(Choice {
            label: choice.label,
            phrases: choice.phrases,
            tone: choice.tone,
        });
    }
    Ok(choices)
}

fn seconds(given: Option<i32>, default: u64) -> Duration {
    Duration::from_secs(
        given
            .and_then(|seconds| u64::try_from(seconds).ok())
            .unwrap_or(default),
    )
}
