//! `acs agent` as its users run it: several of them, on one `acs serve`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests fail by panicking; the lint's own exception covers only test functions"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);
const KEY: &str = "c2VjcmV0LWtleS1mb3ItdGVzdHM=";

fn acs(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acs"));
    command.args(args).stdin(Stdio::null()).env_remove("RUST_LOG");
    command
        .env_remove("ACS_CONNECTION_STRING")
        .env_remove("ACS_USER_ACCESS_TOKEN");
    command
}

/// The service. It ends with this.
struct Office {
    child: Child,
    ready: Value,
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Office {
    fn open() -> Self {
        let args = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--access-key",
            KEY,
            "--ready-json",
        ];
        let mut child = acs(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, ready }
    }

    fn endpoint(&self) -> &str {
        self.ready["endpoint"].as_str().unwrap()
    }

    fn get(&self, path: &str) -> String {
        let host = self.endpoint().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn agent(&self, args: &[&str]) -> Command {
        let mut command = acs(&["agent", "--connection-string"]);
        command
            .arg(self.ready["connectionString"].as_str().unwrap())
            .args(args);
        command
    }

    /// Somebody with a telephone.
    fn phone(&self, name: &str, args: &[&str]) -> Phone {
        let mut command = self.agent(&["--json", "--name", name]);
        let command = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, told) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut phone = Phone {
            input: child.stdin.take(),
            child,
            told,
            unheard: Vec::new(),
            id: String::new(),
        };
        let signed_in = phone.hears("signedIn", &[]);
        signed_in["id"].as_str().unwrap().clone_into(&mut phone.id);
        phone
    }

    /// What becomes of a script.
    fn script(&self, args: &[&str], lines: &str) -> Output {
        let mut command = self.agent(args);
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

struct Phone {
    child: Child,
    input: Option<ChildStdin>,
    told: Receiver<Value>,
    unheard: Vec<Value>,
    id: String,
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Phone {
    fn says(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The first thing of this kind, with these values, that was told and not heard yet. What is told of one thing
    /// comes in order, and of different ones as it happens to.
    fn hears(&mut self, event: &str, with: &[(&str, Value)]) -> Value {
        let deadline = Instant::now() + SOON;
        let is_this =
            |told: &Value| told["event"] == event && with.iter().all(|(name, value)| told[name] == *value);
        loop {
            if let Some(at) = self.unheard.iter().position(is_this) {
                return self.unheard.remove(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(told) => self.unheard.push(told),
                Err(error) => panic!("{event} {with:?}: {error}; unheard: {:#?}", self.unheard),
            }
            let unexpected = self.unheard.iter().find(|told| told["event"] == "refused");
            assert!(event == "refused" || unexpected.is_none(), "{unexpected:?}");
        }
    }

    fn call(&mut self, call: u32, state: &str) -> Value {
        self.hears("call", &[("call", call.into()), ("state", state.into())])
    }

    /// Does it, and waits until it is done.
    fn does(&mut self, line: &str) {
        self.says(line);
        self.hears("done", &[("command", line.into())]);
    }

    /// There are no more commands.
    fn leaves(mut self) -> Option<i32> {
        drop(self.input.take());
        self.hears("signedOut", &[]);
        self.child.wait().unwrap().code()
    }
}

#[test]
fn two_talk_press_keys_hold_and_hang_up() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &[]);
    alice.does(&format!("call {}", bob.id));
    let ringing = bob.hears("ringing", &[("call", 1.into())]);
    assert_eq!(ringing["caller"]["id"], *alice.id);
    assert_eq!(ringing["caller"]["name"], "Alice");
    alice.call(1, "ringing");
    bob.does("answer");
    alice.call(1, "connected");

    alice.says("press 1 2 #");
    assert_eq!(alice.hears("pressed", &[])["keys"], "12#");
    let journal = office.get("/emulator/journal");
    assert!(journal.contains("presses #"), "{journal}");

    alice.does("mute");
    bob.hears(
        "participant",
        &[("id", alice.id.as_str().into()), ("muted", true.into())],
    );
    alice.does("unmute");
    bob.does("hold");
    alice.call(1, "remoteHold");
    bob.does("resume");
    alice.call(1, "connected");

    alice.says("calls");
    let calls = alice.hears("calls", &[])["calls"].clone();
    assert_eq!(calls.as_array().unwrap().len(), 1, "{calls}");
    assert_eq!(calls[0]["participants"][0]["id"], *bob.id);
    assert!(calls[0]["serverCallId"].is_string(), "{calls}");

    bob.does("hang up");
    assert!(alice.call(1, "disconnected")["reason"].is_object());
    // It was refused, and so the code says.
    bob.call(1, "disconnected");
    alice.says("hang up 1");
    let refused = alice.hears("refused", &[]);
    assert_eq!(refused["message"], "CALL: call 1 is over");
    assert_eq!(alice.leaves(), Some(1));
    assert_eq!(bob.leaves(), Some(0));
}

#[test]
fn a_call_is_declined_and_one_that_is_given_up_rings_no_more() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &[]);
    alice.does(&format!("call {}", bob.id));
    bob.hears("ringing", &[]);
    bob.does("reject");
    let over = alice.call(1, "disconnected");
    assert_eq!(over["reason"]["code"], 603, "{over}");
    alice.does(&format!("call {}", bob.id));
    bob.hears("ringing", &[("call", 2.into())]);
    alice.does("hang up");
    let ended = bob.hears("ringingEnded", &[("call", 2.into())]);
    assert_eq!(ended["reason"]["code"], 487, "{ended}");
    bob.says("answer");
    let refused = bob.hears("refused", &[]);
    assert_eq!(refused["message"], "CALL: there is no call that rings here");
}

#[test]
fn a_transferee_goes_along_or_not_and_the_far_ends_of_two_calls_meet() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &["--ask"]);
    let mut carol = office.phone("Carol", &["--auto-answer"]);
    alice.does(&format!("call {}", bob.id));
    bob.hears("ringing", &[]);
    bob.does("answer");
    alice.call(1, "connected");

    alice.does(&format!("transfer to {}", carol.id));
    let asked = bob.hears("transferAsked", &[]);
    assert_eq!(asked["target"]["id"], *carol.id);
    bob.does("refuse");
    let failed = alice.hears("transfer", &[("state", "failed".into())]);
    assert_eq!(failed["reason"]["code"], 603, "{failed}");

    // Carol is asked first what she thinks of it, while Bob is on hold.
    alice.does(&format!("call {}", carol.id));
    alice.call(2, "connected");
    alice.says("transfer to call 2 and hang up");
    bob.hears("transferAsked", &[]);
    bob.does("accept");
    alice.hears("transfer", &[("call", 1.into()), ("state", "transferred".into())]);
    let moved = bob.hears("transferredTo", &[("call", 1.into())]);
    assert_eq!(moved["toCall"], 2, "{moved}");
    bob.call(2, "connected");
    let ringing = carol.hears("ringing", &[("call", 2.into())]);
    assert_eq!(ringing["caller"]["id"], *bob.id);
    assert_eq!(ringing["transferor"]["id"], *alice.id);
    alice.call(1, "disconnected");
    assert_eq!(alice.leaves(), Some(0));
    bob.does("hang up 2");
    carol.call(2, "disconnected");
}

#[test]
fn a_caller_is_sent_to_somebody_and_to_a_voicemail() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &["--auto-answer"]);
    let mut carol = office.phone("Carol", &[]);
    alice.does(&format!("call {}", bob.id));
    alice.call(1, "connected");
    alice.says(&format!("transfer to {} and hang up", carol.id));
    carol.hears("ringing", &[]);
    carol.does("answer");
    alice.hears("transfer", &[("state", "transferred".into())]);
    alice.call(1, "disconnected");
    let teams = "8:orgid:11111111-1111-4111-8111-111111111111";
    carol.says(&format!("transfer to voicemail {teams}"));
    carol.hears("transfer", &[("state", "transferred".into())]);
    bob.call(3, "connected");
    // A script that waits in vain is told so.
    carol.does("hang up");
    carol.does("wait over");
    carol.says("wait connected in 1");
    assert_eq!(carol.hears("refused", &[])["message"], "call 1 is over");
}

#[test]
fn whoever_has_no_more_commands_leaves_the_calls() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &["--auto-answer"]);
    alice.does(&format!("call {}", bob.id));
    alice.call(1, "connected");
    assert_eq!(alice.leaves(), Some(0));
    bob.call(1, "disconnected");
}

#[test]
fn a_group_call_is_joined_and_ended_for_everyone() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut bob = office.phone("Bob", &[]);
    let group = "join group 29228d3e-040e-4656-a70e-890ab4e173e5";
    alice.does(group);
    alice.call(1, "connected");
    bob.does(group);
    bob.call(1, "connected");
    let came = [("id", bob.id.as_str().into()), ("state", "connected".into())];
    alice.hears("participant", &came);
    alice.does("hang up for everyone");
    let over = bob.call(1, "disconnected");
    assert!(over["reason"].is_object(), "{over}");
    alice.call(1, "disconnected");
    alice.says("join group elsewhere");
    let refused = alice.hears("refused", &[]);
    assert_eq!(refused["message"], "group_id: expected a GUID");
}

#[test]
fn several_are_called_and_somebody_is_added_and_removed() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let [mut bob, mut carol, mut dave] = ["Bob", "Carol", "Dave"].map(|name| office.phone(name, &[]));
    alice.does(&format!("call {} {}", bob.id, carol.id));
    bob.hears("ringing", &[]);
    bob.does("answer");
    alice.call(1, "connected");
    // The other one rings on, and comes in.
    carol.hears("ringing", &[]);
    carol.does("answer");
    carol.call(1, "connected");
    alice.hears(
        "participant",
        &[("id", carol.id.as_str().into()), ("state", "connected".into())],
    );
    alice.does(&format!("add {}", dave.id));
    dave.hears("ringing", &[]);
    dave.does("answer");
    dave.call(1, "connected");
    alice.does(&format!("remove {}", dave.id));
    let over = dave.call(1, "disconnected");
    assert!(over["reason"].is_object(), "{over}");
    // The others talk on.
    bob.does("mute");
    carol.does("hang up");
    assert_eq!(alice.leaves(), Some(0));
}

#[test]
fn several_devices_ring_and_one_is_answered() {
    let office = Office::open();
    let mut alice = office.phone("Alice", &[]);
    let mut desk = office.phone("Bob", &["--device", "desk"]);
    let id = desk.id.clone();
    let mut mobile = office.phone("Bob", &["--identity", &id, "--device", "mobile"]);
    assert_eq!(mobile.id, id);
    let twice = office.script(&["--identity", &id, "--device", "desk"], "");
    let error = String::from_utf8(twice.stderr).unwrap();
    assert_eq!(twice.status.code(), Some(1));
    assert!(error.contains("409/40228"), "{error}");
    alice.does(&format!("call {id}"));
    desk.hears("ringing", &[]);
    mobile.hears("ringing", &[]);
    mobile.does("answer");
    let ended = desk.hears("ringingEnded", &[]);
    assert_eq!(ended["reason"]["subCode"], 10_003, "{ended}");
}

#[test]
fn a_script_is_carried_out_line_by_line_and_its_code_says_whether_all_went_well() {
    let office = Office::open();
    let bob = office.phone("Bob", &["--auto-answer"]);
    let lines = format!(
        "# a script\ncall {}\nwait connected\npress 1\n\nhang up\nwait over\nwait 0\nwho\n",
        bob.id
    );
    let output = office.script(&["--name", "Alice"], &lines);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let told = [
        "connected\n",
        "call 1 pressed 1\n",
        "call 1 over: hung up (0/0)\n",
        "signed out\n",
    ];
    let mut rest = text.as_str();
    for line in told {
        let at = rest.find(line).unwrap_or_else(|| panic!("{line} in {text}"));
        rest = &rest[at..];
    }
    assert!(!text.contains('\x1b'), "no colours in a pipe: {text}");
    assert!(output.stderr.is_empty());

    let output = office.script(&[], "call nobody\nwait connected for 0\nquit\nwho\n");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("refused: WHO: expected a raw id"), "{text}");
    assert!(text.contains("refused: the time is up"), "{text}");
    assert!(
        !text.contains(", connected"),
        "nothing is done after quit: {text}"
    );
}

#[test]
fn whoever_cannot_sign_in_is_told_why_in_one_line_without_secrets() {
    let office = Office::open();
    let endpoint = office.endpoint().to_owned();
    let strange = format!("endpoint={endpoint}/;accesskey=d3Jvbmctc2VjcmV0");
    for (args, expected) in [
        (
            vec!["--endpoint", &endpoint, "--token", "visible.secret.token"],
            "error: not signed in: the token is not valid, or not for calls (401/40235)",
        ),
        (vec!["--endpoint", &endpoint, "--token", " "], "error: --token: "),
        (
            vec![
                "--endpoint",
                &endpoint,
                "--token",
                "secret",
                "--identity",
                "8:acs:a_b",
            ],
            "error: --identity: expected without --token",
        ),
        (
            vec!["--endpoint", &endpoint, "--identity", "8:acs:a_b"],
            "error: --identity: no token for 8:acs:a_b: ",
        ),
        (
            vec!["--connection-string", &strange],
            "error: no user could be made: ",
        ),
        (
            vec!["--connection-string", "endpoint;accesskey=c2VjcmV0"],
            "error: --connection-string: ",
        ),
        (
            vec!["--endpoint", "https://127.0.0.1:1"],
            "error: endpoint: expected http:// and a host; https is not spoken here",
        ),
        (
            vec!["--endpoint", "http://127.0.0.1:1"],
            "error: no user could be made: there is no answer from http://127.0.0.1:1/",
        ),
    ] {
        let output = acs(&["agent"]).args(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(expected), "{args:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        for secret in ["visible", "secret", "d3Jvbmc", "c2VjcmV0"] {
            assert!(!error.contains(secret), "{error}");
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn without_a_key_the_authority_of_the_emulator_vouches() {
    let office = Office::open();
    let output = acs(&["agent", "--endpoint", office.endpoint()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("signed in as 8:acs:"), "{text}");
    let output = office.script(&["--json"], "who\n");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(KEY), "{text}");
}

#[cfg(unix)]
#[test]
fn an_agent_that_stays_ends_on_sigterm() {
    let office = Office::open();
    let mut bob = office.phone("Bob", &["--stay"]);
    bob.does("who");
    drop(bob.input.take());
    // The shell's own `kill`: a bare system has no program of that name.
    let kill = format!("kill -TERM {}", bob.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    bob.hears("signedOut", &[]);
    assert_eq!(bob.child.wait().unwrap().code(), Some(0));
}
