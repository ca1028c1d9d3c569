//! Which signatures pass, and what is said about those that do not.

use std::time::{Duration, SystemTime};

use acs_common::AccessKey;
use acs_emulator::Emulator;

use crate::harness::{Answer, Client, Sending, VERSION};

/// A request that is answered 404 once it is let in.
fn target() -> String {
    format!("/calling/callConnections/none?{VERSION}")
}

async fn start() -> (Emulator, Client) {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    (emulator, client)
}

fn refused(answer: &Answer, code: &str, part: &str) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let (given, message) = answer.error();
    assert_eq!(given, code, "{answer:?}");
    assert!(message.contains(part), "{message}");
}

#[tokio::test]
async fn every_form_of_the_host_in_use_is_accepted() {
    let (_emulator, client) = start().await;
    let target = target();
    let authority = client.authority.clone();
    let (name, port) = authority.rsplit_once(':').unwrap();
    let doubled = format!("{authority}:{port}");
    let slash = format!("{authority}/");
    // (what is signed, the Host header, x-ms-host)
    for (signed, host, told) in [
        (authority.as_str(), None, None),
        (slash.as_str(), None, None),
        (name, None, None),
        (doubled.as_str(), Some(doubled.as_str()), None),
        (authority.as_str(), Some(doubled.as_str()), None),
        ("localhost:1", Some("localhost:1"), None),
        (authority.as_str(), Some("storage.example"), None),
        ("contoso.example", None, Some("contoso.example")),
    ] {
        let mut sending = Sending::new("GET", &target, None);
        sending.signed_host = Some(signed);
        if let Some(host) = host {
            sending = sending.header("host", host);
        }
        if let Some(told) = told {
            sending = sending.header("x-ms-host", told);
        }
        let answer = client.send(sending).await;
        assert_eq!(answer.status, 404, "{signed} {host:?} {told:?}: {answer:?}");
    }
    let mut sending = Sending::new("GET", &target, None);
    sending.signed_host = Some("elsewhere.example");
    refused(&client.send(sending).await, "7509", "not of this access key");
}

#[tokio::test]
async fn a_target_put_together_anew_is_accepted() {
    let (_emulator, client) = start().await;
    let sent = format!("/calling/callConnections/none?{VERSION}&x=a%20b%2Fc");
    let anew = format!("/calling/callConnections/none?{VERSION}&x=a+b%2Fc");
    let mut sending = Sending::new("GET", &sent, None);
    sending.signed_target = Some(&anew);
    assert_eq!(client.send(sending).await.status, 404);

    // As aiohttp sends what the Python client has signed.
    let sent = format!("/calling/callConnections/none/participants/4:%2B16045550123?{VERSION}");
    let escaped = format!("/calling/callConnections/none/participants/4%3A%2B16045550123?{VERSION}");
    let mut sending = Sending::new("GET", &sent, None);
    sending.signed_target = Some(&escaped);
    assert_eq!(client.send(sending).await.status, 404);
    let twice = format!("/calling/callConnections/none/participants/4%253A%2B16045550123?{VERSION}");
    let mut sending = Sending::new("GET", &sent, None);
    sending.signed_target = Some(&twice);
    refused(&client.send(sending).await, "7509", "not of this access key");

    let sent = format!("/calling/callConnections/none?{VERSION}&x=a%20b%2Fc");
    let other = format!("/calling/callConnections/other?{VERSION}&x=a%20b%2Fc");
    let mut sending = Sending::new("GET", &sent, None);
    sending.signed_target = Some(&other);
    refused(&client.send(sending).await, "7509", "not of this access key");
}

#[tokio::test]
async fn what_does_not_hold_is_named() {
    let (_emulator, client) = start().await;
    let target = target();
    for (name, value, code, part) in [
        ("authorization", "", "7509", "Authorization header is missing"),
        (
            "authorization",
            "Basic eA==",
            "7509",
            "Authorization header does not begin",
        ),
        (
            "authorization",
            "Bearer eyJ.x.y",
            "7501",
            "the bearer token does not let in: it is no JSON Web Token",
        ),
        ("x-ms-date", "", "7509", "x-ms-date header is missing"),
        ("x-ms-date", "yesterday", "7509", "RFC 1123"),
        (
            "x-ms-content-sha256",
            "",
            "7509",
            "x-ms-content-sha256 header is missing",
        ),
        (
            "x-ms-content-sha256",
            "AAAA",
            "7509",
            "not the SHA-256 of the body",
        ),
    ] {
        let sending = Sending::new("GET", &target, None).header(name, value);
        let answer = client.send(sending).await;
        refused(&answer, code, part);
        assert_eq!(answer.body["error"]["target"], "/calling/callConnections/none");
        assert!(!answer.body.to_string().contains("eyJ"), "{answer:?}");
    }
    for distance in [16, 60] {
        for time in [
            SystemTime::now() - Duration::from_secs(distance * 60),
            SystemTime::now() + Duration::from_secs(distance * 60),
        ] {
            let mut sending = Sending::new("GET", &target, None);
            sending.time = time;
            refused(&client.send(sending).await, "7509", "away from now");
        }
    }
    let mut sending = Sending::new("GET", &target, None);
    sending.time = SystemTime::now() - Duration::from_secs(14 * 60);
    assert_eq!(client.send(sending).await.status, 404);
}

#[tokio::test]
async fn another_key_is_refused_and_the_given_one_is_used() {
    let key = AccessKey::from_bytes("one key");
    let one = Emulator::builder().access_key(key.clone()).start().await.unwrap();
    let two = Emulator::builder()
        .access_key(AccessKey::from_bytes("another key"))
        .start()
        .await
        .unwrap();
    assert!(one.connection_string().contains(&key.expose_base64()));
    assert!(!format!("{one:?}").contains(&key.expose_base64()));

    let target = target();
    let (own, stranger) = (Client::new(&one), Client::new(&two));
    assert_eq!(own.send(Sending::new("GET", &target, None)).await.status, 404);
    let answer = stranger.send_to(&own, Sending::new("GET", &target, None)).await;
    refused(&answer, "7509", "not of this access key");
}

#[tokio::test]
async fn the_emulators_own_paths_need_no_signature() {
    let (emulator, client) = start().await;
    let (status, health) = client.plain("/emulator/health").await;
    assert_eq!((status, &health["status"]), (200, &"ok".into()));
    assert_eq!(health["phoneNumbers"][0], emulator.phone_numbers()[0].as_str());
    let (status, journal) = client.plain("/emulator/journal").await;
    assert_eq!(status, 200);
    assert!(journal["entries"].is_array());
    assert_eq!(client.plain("/emulator/nothing").await.0, 404);
}
