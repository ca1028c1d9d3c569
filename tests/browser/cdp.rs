//! A browser that a test drives: Chromium without a window, over the DevTools protocol.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::SinkExt as _;
use futures::stream::{SplitSink, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// How long a test waits for the page to look as it should.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Names under which Debian and others know the browser.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

type Sink = SplitSink<WebSocketStream<TcpStream>, Message>;

/// What is waited for, and what was told meanwhile.
#[derive(Default)]
struct Shared {
    answers: HashMap<u64, oneshot::Sender<Value>>,
    next: u64,
    /// Exceptions, refused scripts and styles, failed downloads: what nobody should see.
    complaints: Vec<String>,
    /// How many files were saved.
    saved: watch::Sender<usize>,
}

/// A running browser. Ends with its value.
pub(crate) struct Browser {
    sink: Arc<AsyncMutex<Sink>>,
    shared: Arc<Mutex<Shared>>,
    _process: Child,
    _profile: TempDir,
}

/// The browser of `ACS_BROWSER`, or the first one on the path.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ACS_BROWSER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

impl Browser {
    /// Starts a browser. `None`, and a loud word about it, where there is none and none is demanded.
    pub(crate) async fn start() -> Option<Self> {
        let Some(program) = program() else {
            let required = std::env::var_os("ACS_BROWSER_REQUIRED").is_some_and(|value| value == "1");
            assert!(
                !required,
                "there is no Chromium, and ACS_BROWSER_REQUIRED=1 wants one"
            );
            println!("SKIPPED: there is no Chromium (apt-get install chromium); the page was not tested");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new(program)
            .args([
                "--headless=new",
                "--remote-debugging-port=0",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-proxy-server",
                "--lang=en-US",
                "--window-size=1440,900",
                // The sandbox wants a user of its own, which a container's root is not.
                "--no-sandbox",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = tokio::time::timeout(PATIENCE, async {
            let mut said = String::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    return address.trim().to_owned();
                }
                said.push_str(&line);
                said.push('\n');
            }
            panic!("the browser did not start:\n{said}")
        })
        .await
        .expect("the browser says where it listens");
        // What it says later is of no interest, but nobody must stop reading.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        let authority = address.strip_prefix("ws://").unwrap().split('/').next().unwrap();
        let stream = TcpStream::connect(authority).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(&address, stream).await.unwrap();
        let (sink, mut incoming) = socket.split();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let seen = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Some(Ok(message)) = incoming.next().await {
                if let Message::Text(text) = message
                    && let Ok(message) = serde_json::from_str::<Value>(&text)
                {
                    seen.lock().unwrap().take(message);
                }
            }
        });
        Some(Self {
            sink: Arc::new(AsyncMutex::new(sink)),
            shared,
            _process: process,
            _profile: profile,
        })
    }

    async fn send(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut shared = self.shared.lock().unwrap();
            shared.next += 1;
            let id = shared.next;
            shared.answers.insert(id, sender);
            id
        };
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let text = Message::text(message.to_string());
        self.sink.lock().await.send(text).await.unwrap();
        let answer = tokio::time::timeout(PATIENCE * 2, receiver)
            .await
            .unwrap_or_else(|_| panic!("no answer to {method}"))
            .unwrap();
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Opens a page.
    pub(crate) async fn open(&self, url: &str) -> Page<'_> {
        let target = self
            .send(None, "Target.createTarget", json!({ "url": "about:blank" }))
            .await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.send(None, "Target.attachToTarget", attach).await;
        let page = Page {
            browser: self,
            session: attached["sessionId"].as_str().unwrap().to_owned(),
        };
        for domain in [
            "Page.enable",
            "Runtime.enable",
            "Log.enable",
            "Accessibility.enable",
        ] {
            page.send(domain, json!({})).await;
        }
        page.window(1440, 900).await;
        // Without a window nobody gives the page the focus.
        page.send("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }))
            .await;
        page.send("Page.navigate", json!({ "url": url })).await;
        page
    }

    /// Where downloads go.
    pub(crate) async fn downloads(&self, folder: &Path) {
        let params = json!({ "behavior": "allow", "downloadPath": folder, "eventsEnabled": true });
        self.send(None, "Browser.setDownloadBehavior", params).await;
    }

    /// Waits until so many files were saved.
    pub(crate) async fn saved(&self, count: usize) {
        let mut saved = self.shared.lock().unwrap().saved.subscribe();
        let wait = saved.wait_for(|saved| *saved >= count);
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("{count} files were not saved"))
            .unwrap();
    }

    /// What went wrong in any page so far.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.shared.lock().unwrap().complaints.clone()
    }
}

impl Shared {
    fn take(&mut self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(waits) = self.answers.remove(&id) {
                let _ = waits.send(message);
            }
            return;
        }
        let params = &message["params"];
        if message["method"] == "Browser.downloadProgress" && params["state"] == "completed" {
            self.saved.send_modify(|saved| *saved += 1);
        }
        let complaint = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => Some(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                Some(params["entry"].to_string())
            }
            Some("Browser.downloadProgress") if params["state"] == "canceled" => Some(params.to_string()),
            _ => None,
        };
        self.complaints.extend(complaint);
    }
}

/// One page of the browser.
pub(crate) struct Page<'a> {
    browser: &'a Browser,
    session: String,
}

impl Page<'_> {
    pub(crate) async fn send(&self, method: &str, params: Value) -> Value {
        self.browser.send(Some(&self.session), method, params).await
    }

    pub(crate) async fn window(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.send("Emulation.setDeviceMetricsOverride", params).await;
    }

    /// Light or dark, as the system would ask for it.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.send("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
    }

    /// What an expression is; of a promise, what it comes to.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.send("Runtime.evaluate", params).await;
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true, and gives what it then is. The page looks, not the test.
    pub(crate) async fn until(&self, what: &str, expression: &str) -> Value {
        let patience = PATIENCE.as_millis();
        let script = format!(
            "new Promise((done) => {{
                const started = performance.now();
                const look = () => {{
                    let seen;
                    try {{ seen = ({expression}); }} catch (error) {{ seen = false; }}
                    if (seen) done({{ seen }});
                    else if (performance.now() - started > {patience}) done({{ text: document.body.innerText }});
                    else setTimeout(look, 15);
                }};
                look();
            }})"
        );
        let result = self.eval(&script).await;
        if let Some(seen) = result.get("seen") {
            return seen.clone();
        }
        self.screenshot("failed").await;
        panic!(
            "waited in vain for {what}: {expression}\n{:?}\n{}",
            self.browser.complaints(),
            result["text"].as_str().unwrap_or("")
        )
    }

    /// Waits until an element shows a text.
    pub(crate) async fn shows(&self, selector: &str, text: &str) {
        let condition = format!(
            "[...document.querySelectorAll({selector})].some((one) => one.checkVisibility() && one.textContent.includes({text}))",
            selector = json!(selector),
            text = json!(text)
        );
        self.until(&format!("{text} in {selector}"), &condition).await;
    }

    /// Clicks with the mouse in the middle of an element, which must really be there to be hit.
    pub(crate) async fn click(&self, selector: &str) {
        let hit = format!(
            "(() => {{
                const one = document.querySelector({0});
                if (!one || !one.checkVisibility() || one.disabled) return null;
                one.scrollIntoView({{ block: 'nearest' }});
                const box = one.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const top = document.elementFromPoint(x, y);
                return one.contains(top) || top?.contains(one) ? {{ x, y }} : null;
            }})()",
            json!(selector)
        );
        let point = self.until(&format!("{selector} to click"), &hit).await;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let params = json!({
                "type": kind, "x": point["x"], "y": point["y"], "button": "left",
                "buttons": i32::from(kind == "mousePressed"), "clickCount": 1,
            });
            self.send("Input.dispatchMouseEvent", params).await;
        }
    }

    /// Presses a key: a character, or a name such as `ArrowDown`, `Shift+Tab`.
    pub(crate) async fn press(&self, key: &str) {
        let (shift, key) = match key.strip_prefix("Shift+") {
            Some(key) => (8, key),
            None => (0, key),
        };
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            other => u32::from(other.chars().next().unwrap().to_ascii_uppercase()),
        };
        let text = match key {
            "Enter" => Some("\r"),
            one if one.chars().count() == 1 => Some(one),
            _ => None,
        };
        let mut down = json!({
            "type": if text.is_some() { "keyDown" } else { "rawKeyDown" },
            "key": key, "windowsVirtualKeyCode": code, "modifiers": shift,
        });
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        self.send("Input.dispatchKeyEvent", down).await;
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code, "modifiers": shift });
        self.send("Input.dispatchKeyEvent", up).await;
    }

    /// Types into what has the focus.
    pub(crate) async fn write(&self, text: &str) {
        self.send("Input.insertText", json!({ "text": text })).await;
    }

    /// Keeps a picture of the page.
    pub(crate) async fn screenshot(&self, name: &str) {
        let taken = self
            .send("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let bytes = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        let folder = output().join("browser");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// Every element as assistive technology sees it: its role and its name.
    pub(crate) async fn accessible(&self) -> Vec<(String, String)> {
        let tree = self.send("Accessibility.getFullAXTree", json!({})).await;
        let value = |node: &Value, what: &str| node[what]["value"].as_str().unwrap_or_default().to_owned();
        tree["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|node| node["ignored"] == false)
            .map(|node| (value(node, "role"), value(node, "name")))
            .collect()
    }
}

/// Where tests leave what people may want to look at.
pub(crate) fn output() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-output")
}
