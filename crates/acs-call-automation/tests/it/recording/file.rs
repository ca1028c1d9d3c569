//! Downloads to a path: there whole, or not at all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use acs_call_automation::{DownloadRecordingOptions, ErrorKind};
use tempfile::TempDir;

use super::storage::{Answer, Storage};
use super::wav;

const TAG: &str = "\"v1\"";

struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("call.wav");
        Self { folder, path }
    }

    /// The names of what is there.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn partial(&self) -> PathBuf {
        self.folder.path().join("call.wav.partial")
    }

    fn length(path: &Path) -> u64 {
        std::fs::metadata(path).unwrap().len()
    }
}

/// A server of a file that breaks off after so many bytes, as long as it is told to.
async fn breaking(file: Vec<u8>, tags: &'static [&'static str], breaks: usize) -> Storage {
    Storage::start(move |asked, nth| {
        let tag = tags.get(nth).or(tags.last()).unwrap();
        let answer = Answer::file(asked, &file, tag);
        if nth < breaks { answer.cut(10_000) } else { answer }
    })
    .await
}

fn once(storage: &Storage) -> DownloadRecordingOptions {
    DownloadRecordingOptions::new(storage.location()).max_resumes(0)
}

#[tokio::test]
async fn a_file_appears_whole() {
    let place = Place::new();
    std::fs::write(&place.path, "an older one").unwrap();
    let storage = breaking(wav(30_000), &[TAG], 2).await;
    let length = storage
        .recording()
        .download_to_file(storage.location(), &place.path)
        .await
        .unwrap();
    assert_eq!(length, 30_000);
    assert!(std::fs::read(&place.path).unwrap() == wav(30_000));
    assert_eq!(place.names(), ["call.wav"]);
}

#[tokio::test]
async fn a_broken_download_leaves_what_came_and_goes_on_from_there() {
    let place = Place::new();
    let storage = breaking(wav(25_000), &[TAG], 2).await;
    for come in [10_000, 20_000] {
        let error = storage
            .recording()
            .download_to_file(once(&storage), &place.path)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(place.names(), ["call.wav.partial", "call.wav.partial.json"]);
        assert_eq!(Place::length(&place.partial()), come);
    }
    // As another process would.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let options = once(&storage).on_progress(move |progress| log.lock().unwrap().push(progress.written));
    storage
        .recording()
        .download_to_file(options, &place.path)
        .await
        .unwrap();
    assert!(std::fs::read(&place.path).unwrap() == wav(25_000));
    assert_eq!(place.names(), ["call.wav"]);
    assert_eq!(seen.lock().unwrap().first(), Some(&20_000));
    let ranges: Vec<_> = storage
        .ranges()
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    assert_eq!(ranges, ["", "bytes=10000-", "bytes=20000-"]);
}

#[tokio::test]
async fn a_file_that_changed_is_downloaded_anew() {
    let place = Place::new();
    let storage = breaking(wav(25_000), &[TAG, "\"v2\""], 1).await;
    storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap_err();
    storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap();
    assert!(std::fs::read(&place.path).unwrap() == wav(25_000));
    assert_eq!(storage.asked().len(), 3);
}

#[tokio::test]
async fn a_file_that_became_shorter_is_downloaded_anew() {
    let place = Place::new();
    let storage = Storage::start(|asked, nth| match nth {
        0 => Answer::file(asked, &wav(25_000), "").cut(10_000),
        _ => Answer::file(asked, &wav(5_000), ""),
    })
    .await;
    storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap_err();
    let length = storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap();
    assert_eq!(length, 5_000);
    assert!(std::fs::read(&place.path).unwrap() == wav(5_000));
}

#[tokio::test]
async fn what_is_left_of_another_download_is_not_gone_on_with() {
    for notes in [
        None,
        Some("no json"),
        Some(r#"{"location":"https://other/","offset":0,"etag":"\"v1\""}"#),
    ] {
        let place = Place::new();
        std::fs::write(place.partial(), "rubbish of another recording").unwrap();
        if let Some(notes) = notes {
            std::fs::write(place.folder.path().join("call.wav.partial.json"), notes).unwrap();
        }
        let storage = breaking(wav(100), &[TAG], 0).await;
        storage
            .recording()
            .download_to_file(storage.location(), &place.path)
            .await
            .unwrap();
        assert!(std::fs::read(&place.path).unwrap() == wav(100));
        assert_eq!(storage.ranges(), [None]);
    }
    // Another part of the same file is another download.
    let place = Place::new();
    let storage = breaking(wav(25_000), &[TAG], 1).await;
    storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap_err();
    let part = once(&storage).offset(5).length(10);
    storage
        .recording()
        .download_to_file(part, &place.path)
        .await
        .unwrap();
    assert!(std::fs::read(&place.path).unwrap() == wav(25_000)[5..15]);
}

#[tokio::test]
async fn bytes_that_are_all_there_are_only_put_in_place() {
    let place = Place::new();
    let storage = breaking(wav(25_000), &[TAG], 1).await;
    storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap_err();
    std::fs::write(place.partial(), wav(25_000)).unwrap();
    let length = storage
        .recording()
        .download_to_file(once(&storage), &place.path)
        .await
        .unwrap();
    assert_eq!((length, storage.asked().len()), (25_000, 1));
    assert_eq!(place.names(), ["call.wav"]);
}

#[tokio::test]
async fn two_downloads_to_one_path_do_not_mix() {
    let place = Place::new();
    let storage = breaking(wav(100), &[TAG], 0).await;
    let held = std::fs::File::create(place.partial()).unwrap();
    held.lock().unwrap();
    let error = storage
        .recording()
        .download_to_file(storage.location(), &place.path)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(error.to_string().contains("another download"), "{error}");
    assert!(storage.asked().is_empty());
    drop(held);
    storage
        .recording()
        .download_to_file(storage.location(), &place.path)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_path_that_cannot_be_written_is_an_error_before_anything_is_sent() {
    let place = Place::new();
    let storage = breaking(wav(100), &[TAG], 0).await;
    let recording = storage.recording();
    let nowhere = place.folder.path().join("no such folder").join("call.wav");
    let error = recording
        .download_to_file(storage.location(), nowhere)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
    let error = recording
        .download_to_file(storage.location(), "/")
        .await
        .unwrap_err();
    assert_eq!(error.field(), Some("path"));
    assert!(storage.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_leaves_no_file() {
    let place = Place::new();
    let storage = Storage::start(|_, _| Answer::json(404, r#"{"status":404,"message":"gone"}"#)).await;
    let error = storage
        .recording()
        .download_to_file(storage.location(), &place.path)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!place.path.exists());
}

#[tokio::test]
async fn an_empty_file_appears_too() {
    let place = Place::new();
    let storage = Storage::start(|_, _| Answer::raw("HTTP/1.1 200 OK\ncontent-length: 0", "")).await;
    storage
        .recording()
        .download_to_file(storage.location(), &place.path)
        .await
        .unwrap();
    assert_eq!(Place::length(&place.path), 0);
    assert_eq!(place.names(), ["call.wav"]);
}
