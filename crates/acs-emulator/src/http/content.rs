//! The files of recordings: download whole or in part, metadata, deletion.
//!
//! The service keeps them on hosts of its own, to which the clients sign with the host of the resource
//! (`x-ms-host`). Here both are the same; requests are signed as everywhere.

use http::{Method, StatusCode};
use http_range_header::parse_range_header;
use serde_json::Value;

use super::reply::{Content, Refusal, Reply};
use super::request::Incoming;
use super::{Service, method_not_allowed, no_such_path};
use crate::audio::WavFile;
use crate::recordings::{CONTENT, METADATA, OBJECTS};

/// What is asked for.
enum Wanted<'a> {
    Content(&'a str),
    Metadata(&'a str),
    Document(&'a str),
}

/// Whether a request is about a file.
pub(super) fn is_meant(request: &Incoming) -> bool {
    request.path.starts_with(OBJECTS)
}

/// Answers a request about a file.
pub(super) fn answer(service: &Service, request: &Incoming) -> Result<Reply, Refusal> {
    let wanted = wanted(&request.path).ok_or_else(|| no_such_path(request))?;
    let (recordings, now) = (service.host.recordings(), service.host.now());
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    match wanted {
        Wanted::Content(id) if reads => {
            let file = recordings.find(id, now).and_then(|document| document.file());
            Ok(download(request, id, file.ok_or_else(not_found)?))
        }
        Wanted::Metadata(id) if reads => {
            let metadata = recordings.find(id, now).and_then(|document| document.metadata());
            Ok(Reply::json(StatusCode::OK, metadata.ok_or_else(not_found)?))
        }
        Wanted::Document(id) if request.method == Method::DELETE => {
            if recordings.delete(id, now) {
                Ok(Reply::empty(StatusCode::OK))
            } else {
                Err(not_found())
            }
        }
        Wanted::Content(_) | Wanted::Metadata(_) => Err(method_not_allowed("GET, HEAD")),
        Wanted::Document(_) => Err(method_not_allowed("DELETE")),
    }
}

fn wanted(path: &str) -> Option<Wanted<'_>> {
    let rest = path.strip_prefix(OBJECTS)?;
    let wanted = if let Some(id) = rest.strip_suffix(CONTENT) {
        Wanted::Content(id)
    } else if let Some(id) = rest.strip_suffix(METADATA) {
        Wanted::Metadata(id)
    } else {
        Wanted::Document(rest)
    };
    let (Wanted::Content(id) | Wanted::Metadata(id) | Wanted::Document(id)) = wanted;
    (!id.is_empty() && !id.contains('/')).then_some(wanted)
}

/// The file, or the part of it that `Range` names. A `Range` that cannot be read, that names several parts, or
/// that is for another file by `If-Range`, is passed over, as HTTP allows.
fn download(request: &Incoming, id: &str, file: WavFile) -> Reply {
    let size = file.size();
    // A file never changes.
    let tag = format!("\"{id}\"");
    let ranges = request
        .header("range")
        .filter(|_| request.header("if-range").is_none_or(|meant| meant == tag))
        .and_then(|value| parse_range_header(value).ok());
    let (status, range) = match ranges.map(|ranges| ranges.validate(size)) {
        None => (StatusCode::OK, 0..size),
        Some(Ok(ranges)) => match ranges.as_slice() {
            [one] => (
                StatusCode::PARTIAL_CONTENT,
                *one.start()..one.end().saturating_add(1),
            ),
            _ => (StatusCode::OK, 0..size),
        },
        Some(Err(_)) => {
            let message = format!("The range is not within the {size} bytes of the recording.");
            return Reply::error(StatusCode::RANGE_NOT_SATISFIABLE, "416", &message)
                .hint(format!("bytes */{size}"));
        }
    };
    let content = Content { file, range, tag };
    Reply {
        content: Some(content),
        ..Reply::empty(status)
    }
}

fn not_found() -> Refusal {
    Reply::refuse(
        StatusCode::NOT_FOUND,
        "404",
        "The recording does not exist, was deleted, or is older than 24 hours.",
    )
}

/// Adds what the JavaScript client reads in place of the error: status and message at the top.
pub(super) fn with_status(mut reply: Reply) -> Reply {
    let status = reply.status.as_u16();
    if let Some(Value::Object(body)) = &mut reply.body
        && let Some(message) = body.get("error").and_then(|error| error.get("message")).cloned()
    {
        body.insert("status".to_owned(), Value::from(status));
        body.insert("message".to_owned(), message);
    }
    reply
}
