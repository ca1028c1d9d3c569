//! Every example, twice: in an emulator with virtual people, and on what is to the program a resource like any
//! other, where it makes the users and answers for them itself.

#![allow(
    dead_code,
    unused_crate_dependencies,
    clippy::unwrap_used,
    reason = "the `main` of an example is not called here; a test that cannot go on fails"
)]

use std::collections::BTreeSet;
use std::path::Path;

use acs_emulator::{Emulator, EventGridSchema, UsersMode};
use call_flows::{Settings, Stage};
use tokio::net::TcpListener;

/// Declares the modules and the tests of the examples.
macro_rules! flows {
    (
        $( $name:ident = $file:literal; )+
        ; with people: $( $with_people:ident = $with_people_file:literal, $variable:literal; )+
    ) => {
        $(
            #[path = $file]
            mod $name;
        )+
        $(
            #[path = $with_people_file]
            mod $with_people;
        )+

        const NAMES: &[&str] = &[ $( stringify!($name), )+ $( stringify!($with_people), )+ ];

        mod in_the_emulator {
            $(
                #[tokio::test]
                async fn $name() {
                    let stage = call_flows::Stage::on_emulator().await.unwrap();
                    call_flows::play_on(stage, super::$name::$name).await.unwrap();
                }
            )+
            $(
                #[tokio::test]
                async fn $with_people() {
                    let stage = call_flows::Stage::on_emulator().await.unwrap();
                    call_flows::play_on(stage, super::$with_people::$with_people).await.unwrap();
                }
            )+
        }

        mod on_a_resource {
            $(
                #[tokio::test]
                async fn $name() {
                    // Dropped, not shut down: nobody is there any more for the last events.
                    let (_emulator, stage) = super::resource().await;
                    call_flows::play_on(stage, super::$name::$name).await.unwrap();
                }
            )+
            // Somebody has to press keys and speak there, and the example says what it needs for that.
            $(
                #[tokio::test]
                async fn $with_people() {
                    let (_emulator, stage) = super::resource().await;
                    let result = call_flows::play_on(stage, super::$with_people::$with_people).await;
                    let error = result.unwrap_err().to_string();
                    assert!(error.contains($variable), "{error}");
                }
            )+
        }
    };
}

flows! {
    add_participant = "../examples/add_participant.rs";
    answer_call = "../examples/answer_call.rs";
    cancel_add_participant = "../examples/cancel_add_participant.rs";
    connect_call = "../examples/connect_call.rs";
    custom_context = "../examples/custom_context.rs";
    hang_up_call = "../examples/hang_up_call.rs";
    make_call = "../examples/make_call.rs";
    make_group_call = "../examples/make_group_call.rs";
    move_participants = "../examples/move_participants.rs";
    mute_and_list_participants = "../examples/mute_and_list_participants.rs";
    record_call = "../examples/record_call.rs";
    redirect_call = "../examples/redirect_call.rs";
    reject_call = "../examples/reject_call.rs";
    remove_participant = "../examples/remove_participant.rs";
    transfer_call = "../examples/transfer_call.rs";
    transfer_participant = "../examples/transfer_participant.rs";
    stream_echo = "../examples/stream_echo.rs";
    ; with people:
    live_transcript = "../examples/live_transcript.rs", "ACS_COGNITIVE_SERVICES_ENDPOINT";
    ivr_menu = "../examples/ivr_menu.rs", "ACS_PHONE_NUMBER";
}

/// An emulator that stands for a resource: all that the stage knows of it is in the settings.
async fn resource() -> (Emulator, Stage) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/events", listener.local_addr().unwrap());
    let emulator = Emulator::builder().users(UsersMode::Ring).start().await.unwrap();
    let variables = [
        ("ACS_CONNECTION_STRING", emulator.connection_string()),
        ("ACS_CALLBACK_URI", callback.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let settings = Settings::read(variables).unwrap().unwrap();
    let stage = Stage::with_listener(settings, listener).unwrap();
    let subscription = emulator
        .subscribe_event_grid(&callback, EventGridSchema::EventGrid)
        .unwrap();
    assert!(subscription.active().await);
    (emulator, stage)
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_example_is_tested_and_in_the_index() {
    let files: BTreeSet<String> = std::fs::read_dir(package().join("examples"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let tested: BTreeSet<String> = NAMES.iter().copied().map(str::to_owned).collect();
    assert_eq!(files, tested);
    let index = std::fs::read_to_string(package().join("../README.md")).unwrap();
    for name in &files {
        assert!(
            index.contains(&format!("call-flows/examples/{name}.rs")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_flow_that_goes_wrong_fails() {
    let stage = Stage::on_emulator().await.unwrap();
    let error = call_flows::play_on(stage, async |_: &Stage| anyhow::bail!("not as expected"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "not as expected");
}

#[test]
fn settings_say_what_is_missing() {
    let set = |pairs: &[(&str, &str)]| {
        Settings::read(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    };
    assert!(set(&[("ACS_CONNECTION_STRING", " ")]).unwrap().is_none());
    let string = (
        "ACS_CONNECTION_STRING",
        "endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0",
    );
    for (pairs, missing) in [
        (
            &[("ACS_CONNECTION_STRING", "contoso")][..],
            "ACS_CONNECTION_STRING",
        ),
        (&[string][..], "ACS_CALLBACK_URI"),
    ] {
        let error = set(pairs).unwrap_err();
        assert!(error.to_string().contains(missing), "{error:#}");
    }
    let whole = set(&[string, ("ACS_CALLBACK_URI", "https://app.contoso.com/events")]).unwrap();
    assert!(!format!("{whole:?}").contains("c2VjcmV0"));
}
