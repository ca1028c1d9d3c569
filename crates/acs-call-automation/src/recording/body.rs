//! The bytes of a file, over as many answers as it takes.
//!
//! Positions are counted from the beginning of the file as the service has it, whatever part of it is wanted.

use acs_call_rest::{ByteRange, Content, ContentUrl};
use bytes::Bytes;
use reqwest::StatusCode;

use crate::{CallAutomationClient, Error};

pub(super) const OPERATION: &str = "download recording";

/// What tells one version of a file from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) etag: Option<String>,
    /// The length of the whole file.
    pub(super) total: Option<u64>,
}

impl Entity {
    /// Whether a later answer can be held against this one at all.
    pub(super) fn can_be_recognised(&self) -> bool {
        self.etag.is_some() || self.total.is_some()
    }

    /// Whether `later` is of another version.
    fn differs_from(&self, later: &Self) -> bool {
        let tag = match (&self.etag, &later.etag) {
            (Some(tag), Some(later)) => tag != later,
            // A tag that is gone is no proof; the length has to be.
            (Some(_), None) => later.total.is_none() || self.total.is_none(),
            (None, _) => false,
        };
        tag || matches!((self.total, later.total), (Some(total), Some(later)) if total != later)
    }

    /// What `If-Range` may hold: a weak tag does not promise the same bytes.
    fn strong_tag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|tag| tag.starts_with('"'))
    }
}

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The first byte.
    pub(super) from: u64,
    /// The byte behind the last one; to the end of the file when `None`.
    pub(super) until: Option<u64>,
}

/// A file that is being read. When the connection breaks, reading goes on where it broke, on a new one.
pub(super) struct Body {
    client: CallAutomationClient,
    url: ContentUrl,
    /// The answer that is being read.
    content: Option<Content>,
    content_type: Option<String>,
    entity: Entity,
    wanted: Wanted,
    /// The next byte.
    at: u64,
    /// Bytes of the answer that come before the next one: of a server that sends the whole file again.
    skip: u64,
    /// Where the answer ends, where that is known.
    answer_end: Option<u64>,
    /// Where all ends, as soon as that is known.
    end: Option<u64>,
    resumes_left: u32,
    resumes: u32,
}

impl Body {
    /// Asks for a file from its byte `at` on, which lies in what is wanted. `known` is the version that the bytes
    /// before it are of; when the file is another one, the error is [`Error::is_changed`].
    pub(super) async fn open(
        client: &CallAutomationClient,
        url: ContentUrl,
        wanted: Wanted,
        at: u64,
        known: Entity,
        max_resumes: Option<u32>,
    ) -> Result<Self, Error> {
        let mut body = Self {
            client: client.clone(),
            url,
            content: None,
            content_type: None,
            entity: known,
            wanted,
            at,
            skip: 0,
            answer_end: None,
            end: wanted.until,
            resumes_left: max_resumes.unwrap_or_else(|| client.rest().retry_policy().retries()),
            resumes: 0,
        };
        body.request().await?;
        Ok(body)
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn end(&self) -> Option<u64> {
        self.end
    }

    pub(super) fn entity(&self) -> &Entity {
        &self.entity
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The next bytes; `None` at the end of what is wanted.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.end.is_some_and(|end| self.at >= end) {
                self.content = None;
                return Ok(None);
            }
            let Some(content) = &mut self.content else {
                self.request().await?;
                continue;
            };
            // A range may come in pieces. A piece that came whole is no break; the next is asked for.
            if self.answer_end.is_some_and(|end| self.at >= end) {
                self.content = None;
                continue;
            }
            let broken = match content.chunk().await {
                Ok(Some(bytes)) => match self.take(bytes) {
                    Some(bytes) => return Ok(Some(bytes)),
                    None => continue,
                },
                // Nobody said how long the file is, so this is its end.
                Ok(None) if self.end.is_none() && self.answer_end.is_none() && self.skip == 0 => {
                    self.end = Some(self.at);
                    continue;
                }
                Ok(None) => None,
                Err(error) => Some(Error::rest(OPERATION, error)),
            };
            self.content = None;
            self.settle(broken).await?;
        }
    }

    /// What is wanted of some bytes of the answer.
    fn take(&mut self, mut bytes: Bytes) -> Option<Bytes> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let skipped = self.skip.min(length);
        self.skip -= skipped;
        drop(bytes.split_to(usize::try_from(skipped).unwrap_or(usize::MAX).min(bytes.len())));
        let end = match (self.end, self.answer_end) {
            (Some(end), Some(answer)) => Some(end.min(answer)),
            (end, answer) => end.or(answer),
        };
        if let Some(left) = end.map(|end| end.saturating_sub(self.at)) {
            bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        if bytes.is_empty() {
            return None;
        }
        self.at = self
            .at
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Some(bytes)
    }

    /// An answer ended too early: decides whether reading may go on, and waits before it does.
    async fn settle(&mut self, broken: Option<Error>) -> Result<(), Error> {
        if self.resumes_left == 0 || !self.entity.can_be_recognised() {
            return Err(broken.unwrap_or_else(|| {
                Error::cut_short(
                    OPERATION,
                    format_args!("the answer ended after byte {} of the file", self.at),
                )
            }));
        }
        let wait = self.client.rest().retry_policy().backoff(self.resumes);
        self.resumes_left -= 1;
        self.resumes += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Asks for the rest, and makes sure that the answer is the rest.
    async fn request(&mut self) -> Result<(), Error> {
        let last = self.end.map(|end| end.saturating_sub(1));
        let range = (self.at > 0 || last.is_some()).then_some(ByteRange { first: self.at, last });
        let if_range = range.and(self.entity.strong_tag());
        let answer = self.client.rest().get_content(&self.url, range, if_range).await;
        let content = match answer {
            Ok(content) => content,
            // All of it is here already, which could not be known before.
            Err(error) if error.complete_length() == Some(self.at) && self.at > self.wanted.from => {
                self.end = Some(self.at);
                return Ok(());
            }
            // It is shorter than it was.
            Err(error) if matches!((self.entity.total, error.complete_length()), (Some(old), Some(new)) if old != new) =>
            {
                return Err(Error::changed(OPERATION));
            }
            Err(error) => return Err(Error::rest(OPERATION, error)),
        };
        let wrong = |what| Err(Error::unexpected(OPERATION, what));
        let (start, answer_end, total) = match (content.status(), content.content_range()) {
            (StatusCode::OK, _) => (0, content.content_length(), content.content_length()),
            (StatusCode::PARTIAL_CONTENT, Some((first, last, total))) => {
                if first != self.at || self.end.is_some_and(|end| last >= end) {
                    return wrong("the answer is another range of the file than was asked for");
                }
                (first, Some(last.saturating_add(1)), total)
            }
            (StatusCode::PARTIAL_CONTENT, None) => {
                return wrong("the answer is a range of the file and does not say which");
            }
            _ => return wrong("the answer has no file"),
        };
        let entity = Entity {
            etag: content.etag().map(str::to_owned),
            total,
        };
        if self.entity.differs_from(&entity) {
            return Err(Error::changed(OPERATION));
        }
        self.entity = Entity {
            etag: self.entity.etag.take().or(entity.etag),
            total: self.entity.total.or(total),
        };
        if let Some(total) = self.entity.total {
            if self.wanted.from > 0 && self.at >= total && self.at == self.wanted.from {
                return Err(Error::invalid_input(
                    "offset",
                    format_args!("expected a byte of the file, which has {total}"),
                ));
            }
            self.end = Some(self.wanted.until.map_or(total, |until| until.min(total)));
        } else if self.end.is_none() && content.status() == StatusCode::PARTIAL_CONTENT {
            // The range goes on to the end, wherever that is; nothing else was asked for.
            self.end = answer_end;
        }
        self.skip = self.at.saturating_sub(start);
        self.answer_end = answer_end;
        if self.content_type.is_none() {
            self.content_type = content.content_type().map(str::to_owned);
        }
        self.content = Some(content);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(etag: Option<&str>, total: Option<u64>) -> Entity {
        Entity {
            etag: etag.map(str::to_owned),
            total,
        }
    }

    #[test]
    fn a_version_is_known_by_its_tag_and_by_its_length() {
        let known = entity(Some("\"a\""), Some(10));
        assert!(!known.differs_from(&known));
        assert!(!known.differs_from(&entity(Some("\"a\""), None)));
        assert!(!known.differs_from(&entity(None, Some(10))));
        assert!(known.differs_from(&entity(None, None)));
        assert!(known.differs_from(&entity(Some("\"b\""), Some(10))));
        assert!(known.differs_from(&entity(Some("\"a\""), Some(11))));
        assert!(entity(Some("\"a\""), None).differs_from(&entity(None, Some(10))));
        assert!(entity(None, Some(10)).differs_from(&entity(Some("\"a\""), Some(9))));
        assert!(!Entity::default().can_be_recognised());
    }

    #[test]
    fn only_a_strong_tag_is_a_condition() {
        assert_eq!(entity(Some("\"a\""), None).strong_tag(), Some("\"a\""));
        assert_eq!(entity(Some("W/\"a\""), None).strong_tag(), None);
        assert_eq!(entity(Some("a"), None).strong_tag(), None);
    }
}
