use acs_common::CommunicationIdentifier;

use super::*;

const WHOLE: &str = include_str!("../../../../docs/acs.example.toml");
const SCHEMA: &str = include_str!("../../../../openapi/acs-config.schema.json");

fn wrong(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_example_of_the_manual_is_understood_and_starts() {
    let config = parse(WHOLE).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let builder = config.builder(file::Replaced::default()).unwrap();
        let emulator = builder.listen(([127, 0, 0, 1], 0).into()).start().await.unwrap();
        config.furnish(&emulator).unwrap();
        assert_eq!(emulator.phone_numbers().len(), 2);
        let settings = emulator.calling_settings(CommunicationIdentifier::from_raw_id(
            "8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130",
        ));
        assert_eq!(settings.unwrap().unanswered_after.as_secs(), 30);
        assert_eq!(emulator.faults().len(), 2);
        assert_eq!(emulator.clock().mode, acs_emulator::ClockName::Stepped);
        emulator.shutdown().await;
    });
}

#[test]
fn an_error_names_the_line_the_field_and_what_was_expected() {
    for (text, expected) in [
        (
            "seed = 1\nlisten = \"nowhere\"",
            "2: listen: invalid socket address syntax",
        ),
        (
            "\n\nphoneNumbers = [\"+14255550100\", \"604\"]",
            "3: phoneNumbers[1]: expected a telephone number such as +14255550100, and not `604`",
        ),
        (
            "accessKey = \"***\"",
            "1: accessKey: expected an access key in base64",
        ),
        ("sed = 1", "1: sed: unknown field `sed`, expected one of `listen`"),
        (
            "seed = \"1\"",
            "1: seed: invalid type: string \"1\", expected u64",
        ),
        (
            "users = \"maybe\"",
            "1: users: unknown variant `maybe`, expected `answer` or `ring`",
        ),
        (
            "latency = \"slow\"",
            "1: latency: expected \"instant\", \"realistic\" or a number",
        ),
        (
            "playbackTimeScale = -1.0",
            "1: playbackTimeScale: expected a number from 0",
        ),
        (
            "[clock]\nmode = \"scaled\"",
            "1: clock: scale: expected a number with mode scaled",
        ),
        (
            "[[eventGrid]]\nwebhook = \"ftp://h/?key=hunter2\"",
            "2: eventGrid[0].webhook: expected an absolute http or https URL",
        ),
        (
            "[[parties]]\nid = \"somebody\"\nscript = {}",
            "2: parties[0].id: expected a raw id",
        ),
        (
            "[[parties]]\nid = \"+16045550123\"\n[parties.script]\nonRign = 1",
            "4: parties[0].script.onRign: unknown field `onRign`, expected one of `onRing`",
        ),
        (
            "[[parties]]\nid = \"8:orgid:ann\"\ncallingSettings = { unansweredAfterSeconds = 15 }",
            "3: parties[0].callingSettings: unansweredAfterSeconds: expected 10, 20, 30, 40, 50 or 60, and not 15",
        ),
        (
            "[[parties]]\nid = \"8:acs:ann\"\ncallingSettings = {}",
            "3: parties[0].callingSettings: rawId: expected a Teams user such as 8:orgid:…",
        ),
        (
            "[[parties]]\nid = \"8:orgid:ann\"\n[parties.callingSettings]\nforwardTo = 1",
            "4: parties[0].callingSettings.forwardTo: invalid type: integer `1`, expected off, voicemail",
        ),
        (
            "[[faults]]\noutcome = { kind = \"lose\" }\n\n[[faults]]\noutcome = { kind = \"status\", status = 99 }",
            "4: faults[1]: fault: outcome.status: expected a number from 400 to 599",
        ),
        ("seed = ", "1: "),
        ("seed = 1\nseed = 2", "2: duplicate key"),
    ] {
        let told = wrong(text);
        assert!(told.starts_with(expected), "{text}\n{told}\n{expected}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn the_schema_for_editors_is_up_to_date() {
    let committed: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let made: serde_json::Value = serde_json::from_str(&schema().unwrap()).unwrap();
    assert!(
        committed == made,
        "run `cargo run -q -p acs-cli -- check-config --schema > openapi/acs-config.schema.json`"
    );
}

#[test]
fn nothing_secret_is_shown() {
    let text = format!("{:?}", parse("accessKey = \"aHVudGVyMg==\"").unwrap());
    assert!(
        !text.contains("aHVudGVyMg") && !text.contains("hunter2"),
        "{text}"
    );
}
