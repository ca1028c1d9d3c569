//! Recordings: their operations, and their files.

mod download;
mod file;
mod hosts;
mod operations;
mod storage;

use acs_call_automation::{CallRecording, DownloadRecordingOptions, Error};
use futures::StreamExt as _;

/// A file of some length, no two stretches of which are alike.
fn wav(length: u32) -> Vec<u8> {
    (0..length)
        .map(|n| u8::try_from(n.wrapping_mul(n) % 251).unwrap())
        .collect()
}

/// The bytes of a stream until its end or its error.
async fn read(
    recording: &CallRecording,
    options: impl Into<DownloadRecordingOptions>,
) -> (Vec<u8>, Option<Error>) {
    let mut stream = match recording.download(options).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut bytes = Vec::new();
    let mut failure = None;
    while let Some(item) = stream.next().await {
        assert!(failure.is_none(), "an error is the last item");
        match item {
            Ok(more) => bytes.extend_from_slice(&more),
            Err(error) => failure = Some(error),
        }
    }
    (bytes, failure)
}
