//! The program as its users run it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking; the lint's own exception covers only test functions"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn acs(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acs"));
    command.args(args).stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// Ends the program when a test fails before it does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_demo_goes_through_every_chapter_and_writes_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("flows.html");
    let output = acs(&["demo", "--html", html.to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let page = std::fs::read_to_string(html).unwrap();
    for chapter in [
        "Outgoing call to a telephone",
        "Group call",
        "Incoming call, answered",
        "Incoming call, rejected",
        "Incoming call, redirected",
        "Add and remove participants",
        "Cancel an invitation",
        "Transfer in a 1:1 call",
        "Transfer in a group call",
        "Connect to a running call",
        "Call agents: the three transfers",
    ] {
        assert!(text.contains(chapter), "{chapter} is not in the timeline");
        assert!(page.contains(chapter), "{chapter} is not on the page");
    }
    assert!(!text.contains('✗'), "{text}");
}

#[test]
fn a_chapter_that_does_not_exist_is_an_error() {
    let output = acs(&["demo", "--only", "no such chapter"]).output().unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("error: no chapter")
    );
}

#[cfg(unix)]
#[test]
fn serve_says_when_it_is_ready_and_ends_on_sigterm() {
    let key = "c2VjcmV0LWtleS1mb3ItdGVzdHM=";
    let mut child = Running(
        acs(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--access-key",
            key,
            "--phone-number",
            "+16045550100",
            "--resource-id",
            "6d889502-3d7a-41a8-befa-d21fd80e8767",
            "--callback-tokens",
            "off",
            "--fetch",
            "any",
            "--playback-time-scale",
            "1",
            "--ready-json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap(),
    );
    let mut out = BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let endpoint = ready["endpoint"].as_str().unwrap();
    assert_eq!(
        ready["connectionString"],
        format!("endpoint={endpoint}/;accesskey={key}")
    );
    assert_eq!(ready["phoneNumbers"], serde_json::json!(["+16045550100"]));
    assert_eq!(ready["resourceId"], "6d889502-3d7a-41a8-befa-d21fd80e8767");
    assert_eq!(
        ready["openIdConfiguration"],
        format!("{endpoint}/calling/.well-known/acsopenidconfiguration")
    );

    let address = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /emulator/health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#""callbackTokens":false"#), "{answer}");

    // The shell's own `kill`: a bare system has no program of that name.
    let kill = format!("kill -TERM {}", child.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert!(child.0.wait().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line on stdout and no more");
}

#[test]
fn an_authority_and_a_token_are_written_before_it_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, token) = (folder.path().join("ca.pem"), folder.path().join("token"));
    let mut command = acs(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--https",
        "--strict",
        "--ready-json",
    ]);
    command
        .arg("--ca-file")
        .arg(&ca)
        .arg("--bearer-token-file")
        .arg(&token);
    let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let endpoint = ready["endpoint"].as_str().unwrap();
    assert!(endpoint.starts_with("https://127.0.0.1:"), "{line}");
    assert_eq!(
        ready["tokenEndpoint"],
        format!("{endpoint}/local/oauth2/v2.0/token")
    );
    assert_eq!(ready["caFile"], ca.to_str().unwrap());
    let pem = std::fs::read_to_string(ca).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(std::fs::read_to_string(token).unwrap().split('.').count(), 3);

    let output = acs(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--https",
        "--ca-file",
        "/no/such/folder/ca.pem",
    ])
    .output()
    .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("/no/such/folder/ca.pem cannot be written"),
        "{error}"
    );
}

#[test]
fn a_configuration_is_checked_and_the_command_line_comes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acs.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "seed = 1\nphoneNumbers = [\"604\"]\n").unwrap();
    let output = acs(&["check-config", path]).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    let expected =
        format!("error: {path}:2: phoneNumbers[0]: expected a telephone number such as +14255550100");
    assert!(error.starts_with(&expected), "{error}");

    let settings = "listen = \"127.0.0.1:1\"\nphoneNumbers = [\"+14255550111\"]\nresourceId = \"11111111-1111-4111-8111-111111111111\"\n";
    std::fs::write(&file, settings).unwrap();
    assert!(acs(&["check-config", path]).status().unwrap().success());
    let mut child = Running(
        acs(&[
            "serve",
            "--config",
            path,
            "--listen",
            "127.0.0.1:0",
            "--ready-json",
            "--phone-number",
            "+16045550100",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["phoneNumbers"], serde_json::json!(["+16045550100"]));
    assert_eq!(ready["resourceId"], "11111111-1111-4111-8111-111111111111");
}

#[test]
fn the_file_has_it_all_and_the_command_line_comes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acs.toml");
    let settings = "listen = \"127.0.0.1:0\"\nhttps = true\nstrict = true\ncaFile = \"ca.pem\"\nrateLimit = \"5000/h\"\n\
                    [bearerToken]\nfile = \"token\"\n";
    std::fs::write(&file, settings).unwrap();
    let ready = |options: &[&str]| -> (serde_json::Value, Running) {
        let mut command = acs(&["serve", "--ready-json", "--config"]);
        command.arg(&file).args(options);
        let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(child.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        (serde_json::from_str(&line).unwrap(), child)
    };
    let (ca, token) = (folder.path().join("ca.pem"), folder.path().join("token"));
    let (said, running) = ready(&[]);
    assert!(
        said["endpoint"].as_str().unwrap().starts_with("https://"),
        "{said}"
    );
    assert_eq!(said["caFile"], ca.to_str().unwrap());
    assert!(std::fs::read_to_string(&ca).unwrap().contains("CERTIFICATE"));
    assert_eq!(std::fs::read_to_string(&token).unwrap().split('.').count(), 3);
    drop(running);

    // In place of the file's own names, and of its TLS.
    std::fs::remove_file(&ca).unwrap();
    std::fs::remove_file(&token).unwrap();
    let other = folder.path().join("other-token");
    let (said, running) = ready(&["--https=false", "--bearer-token-file", other.to_str().unwrap()]);
    assert!(
        said["endpoint"].as_str().unwrap().starts_with("http://"),
        "{said}"
    );
    assert_eq!(said["caFile"], serde_json::Value::Null);
    assert!(!ca.exists() && !token.exists() && other.exists());
    drop(running);

    let output = acs(&["serve", "--listen", "127.0.0.1:0", "--ca-file", "ca.pem"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--ca-file: expected --https"), "{error}");

    // Files that it names are looked at when it is checked.
    std::fs::write(&file, "[callbacks]\nkeyFiles = [\"none.pem\"]\n").unwrap();
    let output = acs(&["check-config", file.to_str().unwrap()]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.contains("callbacks.keyFiles: "),
        "{error}"
    );
}

#[test]
fn an_address_that_is_taken_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = acs(&["serve", "--listen", &address]).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&address), "{error}");
}
