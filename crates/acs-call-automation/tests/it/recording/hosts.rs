//! Where credentials go, and where they do not.

use std::time::SystemTime;

use acs_call_automation::ErrorKind;
use acs_common::AccessKey;
use acs_common::signing::SigningKey;
use acs_common::verify::{DEFAULT_CLOCK_SKEW, Received, verify};

use super::storage::{Answer, Storage};
use super::{read, wav};

#[tokio::test]
async fn requests_for_files_are_signed_for_the_resource() {
    let storage = Storage::start(|asked, _| Answer::file(asked, &wav(10), "")).await;
    let recording = storage.recording();
    let location = format!("{}/v1/objects/a%2Fb/content?part=1&x=%20", storage.endpoint);
    read(&recording, &location).await.1.ok_or(()).unwrap_err();
    recording.delete(location).await.unwrap();
    let host = storage.endpoint.strip_prefix("http://").unwrap();
    let asked = storage.asked();
    assert_eq!(asked.len(), 2);
    for (asked, method) in asked.iter().zip(["GET", "DELETE"]) {
        assert_eq!(asked.method, method);
        assert_eq!(asked.header("x-ms-host"), Some(host));
        let received = Received {
            method,
            targets: &["/v1/objects/a%2Fb/content?part=1&x=%20"],
            hosts: &[host],
            date: asked.header("x-ms-date"),
            content_sha256: asked.header("x-ms-content-sha256"),
            authorization: asked.header("authorization"),
            body: b"",
        };
        let key = SigningKey::new(&AccessKey::from_base64("a2V5").unwrap());
        verify(&key, &received, SystemTime::now(), DEFAULT_CLOCK_SKEW).unwrap();
    }
}

#[tokio::test]
async fn other_hosts_are_refused_before_a_byte_is_sent() {
    let own = Storage::start(|asked, _| Answer::file(asked, &wav(10), "")).await;
    // Listens, so that it would notice.
    let other = Storage::start(|asked, _| Answer::file(asked, &wav(10), "")).await;
    let port = own.endpoint.rsplit(':').next().unwrap();
    let recording = own.recording();
    for location in [
        other.location(),
        format!("http://localhost:{port}/x"),
        format!(
            "{}@{}/x",
            own.endpoint,
            other.endpoint.strip_prefix("http://").unwrap()
        ),
        format!("{}/calling/callConnections/1", own.endpoint),
        "https://storage.asm.skype.com.evil.example/x".to_owned(),
        "http://storage.asm.skype.com/x".to_owned(),
        String::new(),
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x");
        let errors = [
            recording.download(&location).await.map(drop).unwrap_err(),
            recording
                .download_to(&location, &mut Vec::new())
                .await
                .unwrap_err(),
            recording.download_to_file(&location, &path).await.unwrap_err(),
            recording.metadata(&location).await.unwrap_err(),
            recording.delete(&location).await.unwrap_err(),
        ];
        let fields = errors.each_ref().map(|error| error.field().unwrap());
        assert_eq!(
            fields,
            [
                "content_location",
                "content_location",
                "content_location",
                "metadata_location",
                "delete_location"
            ]
        );
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::InvalidInput));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    assert!(own.asked().is_empty() && other.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_is_followed_without_credentials() {
    let file = wav(1_000);
    let sent = file.clone();
    let storage = Storage::start(move |asked, _| {
        if asked.target == "/elsewhere" {
            Answer::file(asked, &sent, "\"v1\"")
        } else {
            Answer::raw("HTTP/1.1 302 Found\nlocation: /elsewhere\ncontent-length: 0", "")
        }
    })
    .await;
    let options = acs_call_automation::DownloadRecordingOptions::new(storage.location()).offset(100);
    let (bytes, error) = read(&storage.recording(), options).await;
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == file[100..]);
    let asked = storage.asked();
    assert!(asked[0].header("authorization").is_some());
    assert_eq!(asked[1].header("range"), Some("bytes=100-"));
    for name in ["authorization", "x-ms-date", "x-ms-content-sha256", "x-ms-host"] {
        assert_eq!(asked[1].header(name), None);
    }
}

#[tokio::test]
async fn a_redirect_to_plain_http_or_in_circles_is_not_followed() {
    let other = Storage::start(|asked, _| Answer::file(asked, &wav(10), "")).await;
    for target in [
        other.location(),
        format!(
            "http://user@{}/x",
            other.endpoint.strip_prefix("http://").unwrap()
        ),
        "ftp://127.0.0.1/x".to_owned(),
    ] {
        let head = format!("HTTP/1.1 307 X\nlocation: {target}\ncontent-length: 0");
        let storage = Storage::start(move |_, _| Answer::raw(&head, "")).await;
        let (_, error) = read(&storage.recording(), storage.location()).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse);
        assert_eq!(storage.asked().len(), 1);
        let error = storage.recording().delete(storage.location()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    }
    assert!(other.asked().is_empty());

    let circle =
        Storage::start(|_, _| Answer::raw("HTTP/1.1 302 Found\nlocation: /x\ncontent-length: 0", "")).await;
    let (_, error) = read(&circle.recording(), circle.location()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(circle.asked().len(), 4);
}

#[tokio::test]
async fn a_deletion_does_not_follow_a_redirect_of_its_own_host() {
    let storage = Storage::start(|_, _| {
        Answer::raw(
            "HTTP/1.1 308 X\nlocation: /v1/objects/other\ncontent-length: 0",
            "",
        )
    })
    .await;
    let error = storage.recording().delete(storage.location()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(storage.asked().len(), 1);
}
