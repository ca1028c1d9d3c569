//! What can be played, checked.

use acs_call_rest::types;
use acs_common::enums::PlaySourceType;

use super::check;
use crate::Error;
use crate::media::{FileSource, PlaySource, SsmlSource, TextSource};

/// Sources of which there must be one.
pub(super) fn required(sources: Vec<PlaySource>) -> Result<Vec<types::PlaySource>, Error> {
    if sources.is_empty() {
        return Err(Error::invalid_input(
            "sources",
            "expected at least one, found none",
        ));
    }
    all(sources)
}

pub(super) fn all(sources: Vec<PlaySource>) -> Result<Vec<types::PlaySource>, Error> {
    sources
        .into_iter()
        .enumerate()
        .map(|(index, one)| {
            source(one).map_err(|error| error.at(format_args!("in source {index}, counted from 0")))
        })
        .collect()
}

pub(super) fn source(source: PlaySource) -> Result<types::PlaySource, Error> {
    match source {
        PlaySource::File(file) => from_file(file),
        PlaySource::Text(text) => from_text(text),
        PlaySource::Ssml(ssml) => from_ssml(ssml),
    }
}

fn from_file(source: FileSource) -> Result<types::PlaySource, Error> {
    Ok(types::PlaySource {
        kind: PlaySourceType::File,
        play_source_cache_id: cache_id(source.cache_id)?,
        file: Some(types::FileSource {
            uri: check::service_uri("uri", source.uri)?,
        }),
        text: None,
        ssml: None,
    })
}

fn from_text(source: TextSource) -> Result<types::PlaySource, Error> {
    let length = source.text.chars().count();
    if length > TextSource::MAX_CHARS || source.text.trim().is_empty() {
        let found = if length > TextSource::MAX_CHARS {
            length.to_string()
        } else {
            "no text".to_owned()
        };
        return Err(Error::invalid_input(
            "text",
            format_args!(
                "expected 1 to {} characters, found {found}",
                TextSource::MAX_CHARS
            ),
        ));
    }
    Ok(types::PlaySource {
        kind: PlaySourceType::Text,
        play_source_cache_id: cache_id(source.cache_id)?,
        file: None,
        text: Some(types::TextSource {
            text: source.text,
            source_locale: check::given("source_locale", source.source_locale)?,
            voice_kind: source.voice_kind,
            voice_name: check::given("voice_name", source.voice_name)?,
            custom_voice_endpoint_id: voice_endpoint(source.custom_voice_endpoint_id)?,
        }),
        ssml: None,
    })
}

fn from_ssml(source: SsmlSource) -> Result<types::PlaySource, Error> {
    if source.ssml.trim().is_empty() {
        return Err(Error::invalid_input(
            "ssml",
            "expected a `<speak>` element, found no text",
        ));
    }
    Ok(types::PlaySource {
        kind: PlaySourceType::Ssml,
        play_source_cache_id: cache_id(source.cache_id)?,
        file: None,
        text: None,
        ssml: Some(types::SsmlSource {
            ssml_text: source.ssml,
            custom_voice_endpoint_id: voice_endpoint(source.custom_voice_endpoint_id)?,
        }),
    })
}

fn cache_id(id: Option<String>) -> Result<Option<String>, Error> {
    check::given("cache_id", id)
}

fn voice_endpoint(id: Option<String>) -> Result<Option<String>, Error> {
    check::given("custom_voice_endpoint_id", id)
}
