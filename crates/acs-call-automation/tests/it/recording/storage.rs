//! A place of files that breaks, stalls and lies as it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acs_call_automation::{CallAutomationClient, CallRecording, RetryPolicy};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it arrived. Names of headers are in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// First and last byte of the header `Range`.
    pub(crate) fn range(&self) -> Option<(usize, Option<usize>)> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().unwrap(), last.parse().ok()))
    }
}

/// What is sent: head, then body, then either the end of the connection or nothing at all.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    head: String,
    body: Vec<u8>,
    stalls: bool,
}

impl Answer {
    /// `head` is status line and headers, one a line.
    pub(crate) fn raw(head: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            head: head.to_owned(),
            body: body.into(),
            stalls: false,
        }
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status} X\ncontent-type: application/json\ncontent-length: {}",
            body.len()
        );
        Self::raw(&head, body)
    }

    /// As a proper server answers for this file, with its entity tag.
    pub(crate) fn file(asked: &Asked, file: &[u8], etag: &str) -> Self {
        let total = file.len();
        let changed = asked.header("if-range").is_some_and(|tag| tag != etag);
        let tag = if etag.is_empty() {
            String::new()
        } else {
            format!("\netag: {etag}")
        };
        match asked.range().filter(|_| !changed) {
            None => Self::raw(
                &format!("HTTP/1.1 200 OK\ncontent-type: audio/wav\ncontent-length: {total}{tag}"),
                file,
            ),
            Some((first, _)) if first >= total => Self::raw(
                &format!("HTTP/1.1 416 X\ncontent-range: bytes */{total}\ncontent-length: 0"),
                "",
            ),
            Some((first, last)) => {
                let last = last.unwrap_or(usize::MAX).min(total - 1);
                Self::raw(
                    &format!(
                        "HTTP/1.1 206 Partial\ncontent-type: audio/wav\ncontent-length: {}\n\
                         content-range: bytes {first}-{last}/{total}{tag}",
                        last + 1 - first
                    ),
                    &file[first..=last],
                )
            }
        }
    }

    /// Sends no more than that many bytes of the body and closes the connection.
    pub(crate) fn cut(mut self, after: usize) -> Self {
        self.body.truncate(after);
        self
    }

    /// Sends no more than that many bytes of the body and then nothing, on an open connection.
    pub(crate) fn stalled(mut self, after: usize) -> Self {
        self.stalls = true;
        self.cut(after)
    }
}

type Script = dyn Fn(&Asked, usize) -> Answer + Send + Sync;

pub(crate) struct Storage {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Storage {
    /// `script` is given each request and how many came before it.
    pub(crate) async fn start(script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let log = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self {
            endpoint,
            asked,
            task,
        }
    }

    pub(crate) fn location(&self) -> String {
        format!("{}/v1/objects/0-eus/content/video", self.endpoint)
    }

    /// A client that is patient, but does not wait.
    pub(crate) fn recording(&self) -> CallRecording {
        self.recording_with(RetryPolicy::default().max_retries(3).base_delay(Duration::ZERO))
    }

    pub(crate) fn recording_with(&self, policy: RetryPolicy) -> CallRecording {
        CallAutomationClient::builder()
            .connection_string(format!("endpoint={};accesskey=a2V5", self.endpoint))
            .retry(policy)
            .build()
            .unwrap()
            .recording()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The ranges that were asked for, in order.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        let asked = self.asked();
        asked
            .iter()
            .map(|asked| asked.header("range").map(str::to_owned))
            .collect()
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Vec<Asked>>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut words = line.split_whitespace();
    let mut asked = Asked {
        method: words.next().unwrap().to_owned(),
        target: words.next().unwrap().to_owned(),
        headers: HashMap::new(),
    };
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        let twice = asked
            .headers
            .insert(name.to_ascii_lowercase(), value.trim().to_owned());
        assert_eq!(twice, None, "{name} was sent twice");
    }
    let answer = {
        let mut log = log.lock().unwrap();
        let answer = script(&asked, log.len());
        log.push(asked);
        answer
    };
    let head = format!("{}\nconnection: close\n\n", answer.head).replace('\n', "\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&answer.body).await.unwrap();
    stream.flush().await.unwrap();
    if answer.stalls {
        // Until the client gives up.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}
