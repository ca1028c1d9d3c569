//! The content of recordings: files beside the API, on hosts of their own.
//!
//! They are no operations of the API description: the service names each file by a whole address, in an event.
//! A request for one is signed as if it went to the resource, and the header `x-ms-host` says so (official SDKs
//! 1.6.0). Because it carries a signature or a token, it goes to the service's own hosts and to no others.

mod location;
mod send;

pub use location::ContentUrl;
pub use send::Content;

use progenitor_client::ClientInfo as _;
use reqwest::Method;

use crate::generated::client::Client;
use crate::{Error, RetryPolicy};

/// Which bytes of a file are wanted: from the first on, to the last or the end, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, counted from 0.
    pub first: u64,
    /// The last byte; all that follow when `None`.
    pub last: Option<u64>,
}

impl ByteRange {
    /// As the header `Range` writes it.
    fn header(self) -> String {
        match self.last {
            Some(last) => format!("bytes={}-{last}", self.first),
            None => format!("bytes={}-", self.first),
        }
    }
}

impl Client {
    /// Reads the address of a file of a recording, and makes sure that this client's credentials may go there.
    ///
    /// They may go to `https` hosts below `asm.skype.com`, `asyncgw.teams.microsoft.com` and
    /// `ams.gov.teams.microsoft.us` (the rule of the official SDKs 1.6.0) on their own port, and to the client's
    /// own endpoint, where a local service has its files.
    ///
    /// # Errors
    ///
    /// For any other address, and for one that names a user or an operation of the API. Nothing is sent.
    pub fn content_url(&self, location: &str) -> Result<ContentUrl, Error> {
        ContentUrl::read(location, self.inner().origin())
    }

    /// Gets a file, or a range of it. Returns when the answer has begun; the bytes are read from
    /// [`Content::chunk`].
    ///
    /// Refusals and faults are retried like those of an operation, as long as the answer has not begun. A redirect
    /// is followed without credentials, to `https` only. `if_range` is a strong entity tag: when the file has
    /// another one by now, the answer is the whole of it.
    ///
    /// Not shown to an [`Observer`](crate::Observer), which would have to hold the file in memory.
    ///
    /// # Errors
    ///
    /// As operations do. For a range beyond the end the status is 416, and [`Error::complete_length`] says how long
    /// the file is.
    pub async fn get_content(
        &self,
        url: &ContentUrl,
        range: Option<ByteRange>,
        if_range: Option<&str>,
    ) -> Result<Content, Error> {
        let pipeline = self.inner();
        url.check(pipeline.origin())?;
        let headers = send::range_headers(range, if_range)?;
        pipeline
            .content(self.client(), "get_content", Method::GET, url, &headers)
            .await
    }

    /// Deletes a file. Of a recording with several files each is deleted for itself.
    ///
    /// # Errors
    ///
    /// As operations do. A redirect is not followed.
    pub async fn delete_content(&self, url: &ContentUrl) -> Result<(), Error> {
        let pipeline = self.inner();
        url.check(pipeline.origin())?;
        let headers = send::range_headers(None, None)?;
        pipeline
            .content(self.client(), "delete_content", Method::DELETE, url, &headers)
            .await
            .map(drop)
    }

    /// The retries and time-outs that this client was opened with.
    pub fn retry_policy(&self) -> &RetryPolicy {
        self.inner().retry()
    }
}
