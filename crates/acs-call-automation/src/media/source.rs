//! What can be played: files, texts, markup.

use acs_common::enums::VoiceKind;

/// Something to play. Made from a [`FileSource`], a [`TextSource`] or an [`SsmlSource`], which hold the
/// options, or in short by [`file`](Self::file), [`text`](Self::text) and [`ssml`](Self::ssml).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlaySource {
    /// An audio file.
    File(FileSource),
    /// A text that is spoken.
    Text(TextSource),
    /// Speech Synthesis Markup Language that is spoken.
    Ssml(SsmlSource),
}

impl PlaySource {
    /// An audio file, see [`FileSource::new`].
    pub fn file(uri: impl AsRef<str>) -> Self {
        Self::File(FileSource::new(uri))
    }

    /// A text to be spoken, see [`TextSource::new`].
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextSource::new(text))
    }

    /// Markup to be spoken, see [`SsmlSource::new`].
    pub fn ssml(ssml: impl Into<String>) -> Self {
        Self::Ssml(SsmlSource::new(ssml))
    }
}

impl From<FileSource> for PlaySource {
    fn from(source: FileSource) -> Self {
        Self::File(source)
    }
}

impl From<TextSource> for PlaySource {
    fn from(source: TextSource) -> Self {
        Self::Text(source)
    }
}

impl From<SsmlSource> for PlaySource {
    fn from(source: SsmlSource) -> Self {
        Self::Ssml(source)
    }
}

/// The setter that all sources have.
macro_rules! cache_setter {
    () => {
        /// Has the service keep the audio under this name for an hour, so that it need not be made or
        /// fetched anew (how-to guide). For the same content use the same name, for another another.
        pub fn cache_id(mut self, id: impl Into<String>) -> Self {
            self.cache_id = Some(id.into());
            self
        }
    };
}

/// An audio file that the service fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a source is not played by itself"]
pub struct FileSource {
    pub(crate) uri: String,
    pub(crate) cache_id: Option<String>,
}

impl FileSource {
    /// The file at `uri`: absolute `https` URI that the service can reach, or `http` to a loopback address.
    /// WAV, one channel, 16 bits, 16 kHz (how-to guide).
    pub fn new(uri: impl AsRef<str>) -> Self {
        Self {
            uri: uri.as_ref().to_owned(),
            cache_id: None,
        }
    }

    cache_setter!();
}

/// A text that is spoken. The call needs a cognitive services endpoint, given when it was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a source is not played by itself"]
pub struct TextSource {
    pub(crate) text: String,
    pub(crate) source_locale: Option<String>,
    pub(crate) voice_kind: Option<VoiceKind>,
    pub(crate) voice_name: Option<String>,
    pub(crate) custom_voice_endpoint_id: Option<String>,
    pub(crate) cache_id: Option<String>,
}

impl TextSource {
    /// The longest text, in characters (how-to guide).
    pub const MAX_CHARS: usize = 4000;

    /// Speaks this text, 1 to 4,000 characters. Give a voice as well: by [`voice_name`](Self::voice_name),
    /// or by [`source_locale`](Self::source_locale) and [`voice_kind`](Self::voice_kind).
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source_locale: None,
            voice_kind: None,
            voice_name: None,
            custom_voice_endpoint_id: None,
            cache_id: None,
        }
    }

    /// The language of the text, such as `en-US`; with the kind of voice it selects a standard voice.
    pub fn source_locale(mut self, locale: impl Into<String>) -> Self {
        self.source_locale = Some(locale.into());
        self
    }

    /// The kind of the standard voice.
    pub fn voice_kind(mut self, kind: VoiceKind) -> Self {
        self.voice_kind = Some(kind);
        self
    }

    /// One particular voice, such as `en-US-NancyNeural`, instead of language and kind.
    pub fn voice_name(mut self, name: impl Into<String>) -> Self {
        self.voice_name = Some(name.into());
        self
    }

    /// The endpoint id of a custom voice.
    pub fn custom_voice_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.custom_voice_endpoint_id = Some(id.into());
        self
    }

    cache_setter!();
}

/// Speech Synthesis Markup Language that is spoken. The call needs a cognitive services endpoint, given when
/// it was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a source is not played by itself"]
pub struct SsmlSource {
    pub(crate) ssml: String,
    pub(crate) custom_voice_endpoint_id: Option<String>,
    pub(crate) cache_id: Option<String>,
}

impl SsmlSource {
    /// Speaks this markup, a whole `<speak>` element.
    pub fn new(ssml: impl Into<String>) -> Self {
        Self {
            ssml: ssml.into(),
            custom_voice_endpoint_id: None,
            cache_id: None,
        }
    }

    /// The endpoint id of a custom voice that the markup uses.
    pub fn custom_voice_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.custom_voice_endpoint_id = Some(id.into());
        self
    }

    cache_setter!();
}
