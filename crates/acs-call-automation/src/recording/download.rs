//! A file of a recording as a stream of bytes, or into a writer.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::body::{Body, Entity, Wanted};
use super::{CallRecording, ContentLocation, file};
use crate::Error;

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadProgress {
    /// Bytes that were written so far, those of an earlier, broken download included.
    pub written: u64,
    /// Bytes that are to be written, where the service says how many they are.
    pub total: Option<u64>,
}

type OnProgress = Arc<dyn Fn(DownloadProgress) + Send + Sync>;

/// How a file of a recording is downloaded.
///
/// ```no_run
/// # async fn example(recording: acs_call_automation::CallRecording, location: &str) -> Result<(), acs_call_automation::Error> {
/// use acs_call_automation::DownloadRecordingOptions;
///
/// let options = DownloadRecordingOptions::new(location)
///     .max_resumes(10)
///     .on_progress(|progress| println!("{} of {:?} bytes", progress.written, progress.total));
/// recording.download_to_file(options, "call.wav").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "an option bag does nothing by itself"]
pub struct DownloadRecordingOptions {
    pub(super) location: ContentLocation,
    pub(super) offset: u64,
    pub(super) length: Option<u64>,
    pub(super) max_resumes: Option<u32>,
    on_progress: Option<OnProgress>,
}

impl DownloadRecordingOptions {
    /// Downloads this file: the chunk of the event, or its content location.
    pub fn new(location: impl Into<ContentLocation>) -> Self {
        Self {
            location: location.into(),
            offset: 0,
            length: None,
            max_resumes: None,
            on_progress: None,
        }
    }

    /// Leaves out that many bytes at the beginning.
    pub fn offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Downloads that many bytes at most, 1 or more.
    pub fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// Sets how many times the download goes on after its connection broke; otherwise as many times as the client
    /// sends a request again ([`RetryPolicy`](crate::RetryPolicy)).
    pub fn max_resumes(mut self, resumes: u32) -> Self {
        self.max_resumes = Some(resumes);
        self
    }

    /// Is told how far the download is, at the beginning and after each write. It runs on the task of the download,
    /// so it should be quick. Not used by [`download`](CallRecording::download), where the reader counts.
    pub fn on_progress(mut self, tell: impl Fn(DownloadProgress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(tell));
        self
    }

    pub(super) fn wanted(&self) -> Result<Wanted, Error> {
        let until = match self.length {
            None => None,
            Some(0) => return Err(Error::invalid_input("length", "expected 1 or more, found 0")),
            Some(length) => Some(self.offset.checked_add(length).ok_or_else(|| {
                Error::invalid_input(
                    "length",
                    "expected an end of the range that is a number of 64 bits",
                )
            })?),
        };
        Ok(Wanted {
            from: self.offset,
            until,
        })
    }

    pub(super) fn tell(&self, body: &Body) {
        if let Some(tell) = &self.on_progress {
            tell(DownloadProgress {
                written: body.at().saturating_sub(self.offset),
                total: body.end().map(|end| end.saturating_sub(self.offset)),
            });
        }
    }
}

impl<T: Into<ContentLocation>> From<T> for DownloadRecordingOptions {
    fn from(location: T) -> Self {
        Self::new(location)
    }
}

impl fmt::Debug for DownloadRecordingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadRecordingOptions")
            .field("location", &self.location)
            .field("offset", &self.offset)
            .field("length", &self.length)
            .field("max_resumes", &self.max_resumes)
            .finish_non_exhaustive()
    }
}

/// A file of a recording that is being downloaded: a stream of bytes.
///
/// A connection that breaks is made anew where it broke, after a wait, when the file is still the same by its entity
/// tag or its length; the stream shows nothing of it. An error is the last item. Dropping a `next()` loses
/// nothing; dropping the stream ends the download.
#[must_use = "a stream does nothing unless it is polled"]
pub struct RecordingDownload {
    bytes: BoxStream<'static, Result<Bytes, Error>>,
    length: Option<u64>,
    entity: Entity,
    content_type: Option<String>,
}

impl RecordingDownload {
    fn new(body: Body, from: u64) -> Self {
        Self {
            length: body.end().map(|end| end.saturating_sub(from)),
            entity: body.entity().clone(),
            content_type: body.content_type().map(str::to_owned),
            bytes: stream::try_unfold(body, |mut body| async move {
                Ok(body.next().await?.map(|bytes| (bytes, body)))
            })
            .boxed(),
        }
    }

    /// How many bytes the stream has, where the service says so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// How long the whole file is, where the service says so.
    pub fn total_length(&self) -> Option<u64> {
        self.entity.total
    }

    /// The media type, such as `audio/wav`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The entity tag of the file.
    pub fn etag(&self) -> Option<&str> {
        self.entity.etag.as_deref()
    }
}

impl Stream for RecordingDownload {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.bytes.poll_next_unpin(context)
    }
}

impl fmt::Debug for RecordingDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingDownload")
            .field("length", &self.length)
            .field("total_length", &self.entity.total)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

impl CallRecording {
    async fn open(&self, options: &DownloadRecordingOptions) -> Result<Body, Error> {
        let wanted = options.wanted()?;
        let url = options.location.checked(&self.client)?;
        let (from, entity) = (wanted.from, Entity::default());
        Body::open(&self.client, url, wanted, from, entity, options.max_resumes).await
    }

    /// Downloads a file as a [stream of bytes](RecordingDownload). Takes the chunk of the event, its content
    /// location, or [`DownloadRecordingOptions`]. Returns when the service begins to send.
    ///
    /// Credentials are sent to the service's own hosts only: `https`, below `asm.skype.com`,
    /// `asyncgw.teams.microsoft.com` or `ams.gov.teams.microsoft.us` (official SDKs 1.6.0), and to the client's own
    /// endpoint, where a local service has its files. A redirect is followed without them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for any other location, or a length
    /// of 0. [`NotFound`](crate::ErrorKind::NotFound) when there is no such file any more: the service keeps it for
    /// 24 hours (call recording concepts). [`Rejected`](crate::ErrorKind::Rejected), status 416, for an offset
    /// beyond its end. [`UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse) for an answer with other bytes
    /// than were asked for, and for a file that changed meanwhile. Otherwise as the service refuses.
    pub async fn download(
        &self,
        options: impl Into<DownloadRecordingOptions>,
    ) -> Result<RecordingDownload, Error> {
        let options = options.into();
        let body = Box::pin(self.open(&options)).await?;
        Ok(RecordingDownload::new(body, options.offset))
    }

    /// Downloads a file into a writer, and flushes it. Returns how many bytes were written.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), and [`Output`](crate::ErrorKind::Output) when the writer fails.
    pub async fn download_to<W>(
        &self,
        options: impl Into<DownloadRecordingOptions>,
        writer: &mut W,
    ) -> Result<u64, Error>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let failed = |error| Error::output("the recording could not be written", error);
        let options = options.into();
        let mut body = Box::pin(self.open(&options)).await?;
        options.tell(&body);
        while let Some(bytes) = Box::pin(body.next()).await? {
            writer.write_all(&bytes).await.map_err(failed)?;
            options.tell(&body);
        }
        writer.flush().await.map_err(failed)?;
        Ok(body.at().saturating_sub(options.offset))
    }

    /// Downloads a file to a path, where it appears whole or not at all. Returns its length.
    ///
    /// Until then the bytes are in a file beside it, with `.partial` behind the name, and what is known of them in
    /// one with `.partial.json`. After an error both stay, and the same download goes on from there when it is
    /// called again, in another process, too; if the file changed meanwhile, it begins anew. A file that is at the
    /// path already is replaced.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), and [`Output`](crate::ErrorKind::Output) when a file cannot be written, also
    /// when another download of the same path is under way.
    pub async fn download_to_file(
        &self,
        options: impl Into<DownloadRecordingOptions>,
        path: impl AsRef<Path>,
    ) -> Result<u64, Error> {
        let options = options.into();
        Box::pin(file::download(&self.client, &options, path.as_ref())).await
    }
}
