//! Records of bytes, written one behind the other and read back.

use uuid::Uuid;

use super::{EventData, EventId, Own};

const GUID: u8 = 0xff;
const LONG: u8 = 0xfe;

/// How many bytes the length of a record takes.
const LENGTH: usize = 4;

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn behind(bytes: Box<[u8]>) -> Self {
        Self(bytes.into_vec())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// Begins a record; gives where it begins.
    pub(super) fn begin(&mut self) -> usize {
        let begin = self.0.len();
        self.0.extend([0; LENGTH]);
        begin
    }

    /// Takes back what was written into a record.
    pub(super) fn restart(&mut self, begin: usize) {
        self.0.truncate(begin + LENGTH);
    }

    pub(super) fn end(&mut self, begin: usize) {
        // A body is bounded far below this; a longer one would be cut off from its neighbours, not mixed up.
        let length = u32::try_from(self.0.len() - begin - LENGTH).unwrap_or(u32::MAX);
        if let Some(place) = self.0.get_mut(begin..begin + LENGTH) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    pub(super) fn record_at(&self, begin: usize) -> Reader<'_> {
        Reader(self.0.get(begin + LENGTH..).unwrap_or_default())
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        if let Some(guid) = as_guid(text) {
            self.byte(GUID);
            self.bytes(guid.as_bytes());
            return;
        }
        if let Some(length) = u8::try_from(text.len()).ok().filter(|length| *length < LONG) {
            self.byte(length);
        } else {
            self.byte(LONG);
            self.bytes(&(text.len() as u64).to_le_bytes());
        }
        self.bytes(text.as_bytes());
    }

    /// Writes data as JSON; `false` when that is not possible.
    pub(super) fn json(&mut self, data: &EventData) -> bool {
        serde_json::to_writer(&mut self.0, &Own(data)).is_ok()
    }

    pub(super) fn finish(self) -> Box<[u8]> {
        self.0.into_boxed_slice()
    }
}

/// The GUID that a text is, if it is one in the form in which the service writes them.
fn as_guid(text: &str) -> Option<Uuid> {
    let guid = (text.len() == 36).then(|| Uuid::try_parse(text).ok())??;
    let mut buffer = Uuid::encode_buffer();
    (guid.hyphenated().encode_lower(&mut buffer) == text).then_some(guid)
}

/// Reads what a [`Writer`] wrote. `None` is the end.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next record.
    pub(super) fn record(&mut self) -> Option<Self> {
        let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
        self.take(length).map(Self)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        self.take(LENGTH)?.try_into().ok()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn text(&mut self) -> Option<Text<'a>> {
        let length = match self.byte()? {
            GUID => {
                let mut text = [0; 36];
                Uuid::from_bytes(self.array()?)
                    .hyphenated()
                    .encode_lower(&mut text);
                return Some(Text::Guid(text));
            }
            LONG => usize::try_from(u64::from_le_bytes(self.array()?)).ok()?,
            length => usize::from(length),
        };
        std::str::from_utf8(self.take(length)?).ok().map(Text::Plain)
    }

    /// What is left of the record, as text.
    pub(super) fn rest(&mut self) -> Option<&'a str> {
        std::str::from_utf8(std::mem::take(&mut self.0)).ok()
    }
}

/// A text that was read.
pub(super) enum Text<'a> {
    Guid([u8; 36]),
    Plain(&'a str),
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Guid(text) => std::str::from_utf8(text).unwrap_or_default(),
            Self::Plain(text) => text,
        }
    }

    pub(super) fn into_id(self) -> EventId {
        EventId::new(self.as_str())
    }
}
