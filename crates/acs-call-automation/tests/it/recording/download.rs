//! Downloads as streams and into writers, from servers that do not do their best.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acs_call_automation::{DownloadRecordingOptions, ErrorKind, RetryPolicy};

use super::storage::{Answer, Storage};
use super::{read, wav};

const TAG: &str = "\"v1\"";

fn options(storage: &Storage) -> DownloadRecordingOptions {
    DownloadRecordingOptions::new(storage.location())
}

#[tokio::test]
async fn a_file_comes_whole_and_is_described() {
    let file = wav(100_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, _| Answer::file(asked, &sent, TAG)).await;
    let stream = storage.recording().download(storage.location()).await.unwrap();
    assert_eq!(
        (
            stream.length(),
            stream.total_length(),
            stream.content_type(),
            stream.etag()
        ),
        (Some(100_000), Some(100_000), Some("audio/wav"), Some(TAG))
    );
    drop(stream);
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert!(error.is_none() && bytes == file);
    assert_eq!(storage.ranges(), [None, None]);
}

#[tokio::test]
async fn a_broken_connection_goes_on_where_it_broke() {
    let file = wav(50_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, nth| {
        let answer = Answer::file(asked, &sent, TAG);
        if nth < 3 { answer.cut(10_000) } else { answer }
    })
    .await;
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file);
    let ranges: Vec<_> = storage
        .ranges()
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    assert_eq!(
        ranges,
        ["", "bytes=10000-49999", "bytes=20000-49999", "bytes=30000-49999"]
    );
    assert!(
        storage.asked()[1..]
            .iter()
            .all(|asked| asked.header("if-range") == Some(TAG))
    );
}

#[tokio::test]
async fn a_download_that_breaks_for_ever_ends_with_what_came() {
    let file = wav(1_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, _| Answer::file(asked, &sent, TAG).cut(100)).await;
    let (bytes, error) = read(&storage.recording(), options(&storage).max_resumes(2)).await;
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Connection, true)
    );
    assert!(bytes == file[..300]);
    assert_eq!(storage.asked().len(), 3);
}

#[tokio::test]
async fn without_resumes_the_first_break_is_the_last() {
    let storage = Storage::start(|asked, _| Answer::file(asked, &wav(1_000), TAG).cut(100)).await;
    let (bytes, error) = read(&storage.recording(), options(&storage).max_resumes(0)).await;
    assert_eq!((bytes.len(), error.unwrap().kind()), (100, ErrorKind::Connection));
    assert_eq!(storage.asked().len(), 1);
}

#[tokio::test]
async fn silence_is_a_broken_connection() {
    let file = wav(1_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, nth| {
        let answer = Answer::file(asked, &sent, TAG);
        if nth == 0 { answer.stalled(400) } else { answer }
    })
    .await;
    let impatient = RetryPolicy::default()
        .base_delay(Duration::ZERO)
        .attempt_timeout(Duration::from_millis(200));
    let (bytes, error) = read(&storage.recording_with(impatient.clone()), storage.location()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file);

    let silent = Storage::start(|asked, _| Answer::file(asked, &wav(1_000), TAG).stalled(1)).await;
    let options = options(&silent).max_resumes(1);
    let (_, error) = read(&silent.recording_with(impatient), options).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_not_patched_together() {
    for (first, second, tags) in [
        (wav(1_000), wav(1_000), [TAG, "\"v2\""]),
        (wav(1_000), wav(900), ["", ""]),
        (wav(1_000), wav(100), ["", ""]),
    ] {
        let storage = Storage::start(move |asked, nth| match nth {
            0 => Answer::file(asked, &first, tags[0]).cut(500),
            _ => Answer::file(asked, &second, tags[1]),
        })
        .await;
        let (bytes, error) = read(&storage.recording(), storage.location()).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(error.to_string().contains("another one"), "{error}");
        assert_eq!((bytes.len(), storage.asked().len()), (500, 2));
    }
}

#[tokio::test]
async fn what_cannot_be_recognised_is_not_resumed() {
    // No length, no tag: nothing says that the second answer is of the same file.
    let chunked = "HTTP/1.1 200 OK\ntransfer-encoding: chunked";
    let storage = Storage::start(move |_, _| Answer::raw(chunked, "5\r\nbytes\r\n")).await;
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert_eq!(
        (&*bytes, error.unwrap().kind()),
        (&b"bytes"[..], ErrorKind::Connection)
    );
    assert_eq!(storage.asked().len(), 1);
}

#[tokio::test]
async fn a_length_that_nobody_told_is_where_the_answer_ends() {
    for (head, body) in [
        (
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked",
            "5\r\nbytes\r\n0\r\n\r\n",
        ),
        ("HTTP/1.1 200 OK\netag: \"v1\"", "bytes"),
        ("HTTP/1.1 200 OK\ncontent-length: 5", "bytes"),
    ] {
        let storage = Storage::start(move |_, _| Answer::raw(head, body)).await;
        let (bytes, error) = read(&storage.recording(), storage.location()).await;
        assert!(error.is_none(), "{head}: {error:?}");
        assert_eq!(bytes, b"bytes");
    }
    let empty = Storage::start(|_, _| Answer::raw("HTTP/1.1 200 OK\ncontent-length: 0", "")).await;
    let (bytes, error) = read(&empty.recording(), empty.location()).await;
    assert!(error.is_none() && bytes.is_empty());
}

#[tokio::test]
async fn a_chunked_answer_with_a_tag_is_resumed_and_its_end_is_found() {
    // The connection breaks where the file ends, which only the refusal of a range can tell.
    let storage = Storage::start(|asked, _| match asked.range() {
        None => Answer::raw(
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\netag: \"v1\"",
            "5\r\nbytes\r\n",
        ),
        Some(_) => Answer::file(asked, b"bytes", TAG),
    })
    .await;
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(bytes, b"bytes");
}

#[tokio::test]
async fn a_server_without_ranges_sends_all_of_it_again_and_nothing_comes_twice() {
    let file = wav(40_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, nth| {
        let mut whole = asked.clone();
        whole.headers.remove("range");
        let answer = Answer::file(&whole, &sent, TAG);
        if nth % 2 == 0 { answer.cut(25_000) } else { answer }
    })
    .await;
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file);
    // A range of it is cut out of the whole.
    let part = options(&storage).offset(30_000).length(5_000);
    let (bytes, error) = read(&storage.recording(), part).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file[30_000..35_000]);
}

#[tokio::test]
async fn ranges_are_asked_for_as_they_are_meant() {
    let file = wav(1_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, _| Answer::file(asked, &sent, TAG)).await;
    let recording = storage.recording();
    for (offset, length, header, part) in [
        (0, None, None, &file[..]),
        (0, Some(10), Some("bytes=0-9"), &file[..10]),
        (10, Some(1), Some("bytes=10-10"), &file[10..11]),
        (990, None, Some("bytes=990-"), &file[990..]),
        (990, Some(500), Some("bytes=990-1489"), &file[990..]),
    ] {
        let mut options = options(&storage).offset(offset);
        if let Some(length) = length {
            options = options.length(length);
        }
        let stream = recording.download(options.clone()).await.unwrap();
        assert_eq!(stream.length(), Some(part.len() as u64));
        assert_eq!(stream.total_length(), Some(1_000));
        drop(stream);
        assert_eq!(storage.ranges().last().unwrap().as_deref(), header);
        let (bytes, error) = read(&recording, options).await;
        assert!(error.is_none(), "{error:?}");
        assert!(bytes == part, "{offset} {length:?}");
    }
    for (offset, length, field) in [(0, 0, "length"), (u64::MAX, 1, "length")] {
        let before = storage.asked().len();
        let (_, error) = read(&recording, options(&storage).offset(offset).length(length)).await;
        assert_eq!(error.unwrap().field(), Some(field));
        assert_eq!(storage.asked().len(), before);
    }
}

#[tokio::test]
async fn an_offset_beyond_the_end_is_refused_by_the_service() {
    let storage = Storage::start(|asked, _| Answer::file(asked, &wav(10), TAG)).await;
    let (_, error) = read(&storage.recording(), options(&storage).offset(10)).await;
    let error = error.unwrap();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(416)));

    let whole = Storage::start(|_, _| Answer::raw("HTTP/1.1 200 OK\ncontent-length: 3", "abc")).await;
    let (bytes, error) = read(&whole.recording(), options(&whole).offset(3)).await;
    assert_eq!((bytes.len(), error.unwrap().field()), (0, Some("offset")));
}

#[tokio::test]
async fn other_bytes_than_were_asked_for_are_no_answer() {
    for head in [
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: bytes 0-4/100",
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: bytes 11-15/100",
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: bytes 10-99/100",
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: bytes 10-14/12",
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: bytes 14-10/100",
        "HTTP/1.1 206 X\ncontent-length: 5\ncontent-range: items 10-14/100",
        "HTTP/1.1 206 X\ncontent-length: 5",
        "HTTP/1.1 204 X",
        "HTTP/1.1 201 X\ncontent-length: 5",
        "HTTP/1.1 304 X",
    ] {
        let storage = Storage::start(move |_, _| Answer::raw(head, "bytes")).await;
        let (bytes, error) = read(&storage.recording(), options(&storage).offset(10).length(5)).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse, "{head}");
        assert!(bytes.is_empty(), "{head}");
    }
}

#[tokio::test]
async fn a_range_that_comes_in_pieces_is_put_together() {
    let file = wav(30);
    let sent = file.clone();
    // No more than ten bytes at a time, whatever is asked for; and more than it says.
    let storage = Storage::start(move |asked, _| {
        let (first, _) = asked.range().unwrap();
        let last = (first + 9).min(29);
        let head = format!("HTTP/1.1 206 X\ncontent-range: bytes {first}-{last}/30\netag: \"v1\"");
        Answer::raw(&head, &sent[first..])
    })
    .await;
    let pieces = options(&storage).offset(5).max_resumes(0);
    let (bytes, error) = read(&storage.recording(), pieces).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file[5..]);
    assert_eq!(storage.asked().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_service() {
    let plain =
        Storage::start(|_, _| Answer::json(404, r#"{"status":404,"message":"Document not found."}"#)).await;
    let (_, error) = read(&plain.recording(), plain.location()).await;
    let error = error.unwrap();
    assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Some(404)));
    assert_eq!(error.service_message(), Some("Document not found."));
    assert!(error.is_not_found());

    let body = r#"{"error":{"code":"8522","message":"Recording not found."}}"#;
    let nested = Storage::start(move |_, _| Answer::json(404, body)).await;
    let (_, error) = read(&nested.recording(), nested.location()).await;
    assert_eq!(error.unwrap().sub_code(), Some(8522));

    let late = Storage::start(|asked, nth| match nth {
        0 => Answer::file(asked, &wav(100), TAG).cut(50),
        _ => Answer::json(404, r#"{"status":404,"message":"gone"}"#),
    })
    .await;
    let (bytes, error) = read(&late.recording(), late.location()).await;
    assert_eq!((bytes.len(), error.unwrap().kind()), (50, ErrorKind::NotFound));
}

#[tokio::test]
async fn a_busy_service_is_asked_again() {
    let file = wav(100);
    let sent = file.clone();
    let storage = Storage::start(move |asked, nth| match nth {
        0 => Answer::json(503, "{}"),
        1 => Answer::json(429, "{}"),
        _ => Answer::file(asked, &sent, TAG),
    })
    .await;
    let (bytes, error) = read(&storage.recording(), storage.location()).await;
    assert!(error.is_none() && bytes == file);
    assert_eq!(storage.asked().len(), 3);

    let busy = Storage::start(|_, _| Answer::json(503, "")).await;
    let (_, error) = read(&busy.recording(), busy.location()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Service);
    assert_eq!(busy.asked().len(), 4);
}

#[tokio::test]
async fn a_writer_gets_the_bytes_and_somebody_is_told_how_far_it_is() {
    let file = wav(30_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, nth| {
        let answer = Answer::file(asked, &sent, TAG);
        if nth == 0 { answer.cut(7_000) } else { answer }
    })
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let options = options(&storage)
        .offset(1_000)
        .on_progress(move |progress| log.lock().unwrap().push(progress));
    let mut bytes = Vec::new();
    let written = storage
        .recording()
        .download_to(options, &mut bytes)
        .await
        .unwrap();
    assert_eq!(written, 29_000);
    assert!(bytes == file[1_000..]);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.first().map(|first| first.written), Some(0));
    assert_eq!(seen.last().map(|last| last.written), Some(29_000));
    assert!(seen.iter().all(|progress| progress.total == Some(29_000)));
    assert!(seen.windows(2).all(|pair| pair[0].written < pair[1].written));
}

#[tokio::test]
async fn a_writer_that_fails_ends_the_download() {
    let storage = Storage::start(|asked, _| Answer::file(asked, &wav(1_000), TAG)).await;
    let mut full = [0_u8; 10];
    let mut writer = std::io::Cursor::new(&mut full[..]);
    let error = storage
        .recording()
        .download_to(storage.location(), &mut writer)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Output, false));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_stream_that_is_not_read_on_asks_for_nothing_more() {
    let storage = Storage::start(|asked, _| Answer::file(asked, &wav(1_000), TAG).cut(100)).await;
    let stream = storage.recording().download(storage.location()).await.unwrap();
    drop(stream);
    assert_eq!(storage.asked().len(), 1);
}
