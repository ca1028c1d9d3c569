use acs_common::CommunicationIdentifier;

use super::*;

/// A file of the repository. A package of this crate alone has none; the repository always does.
fn of_repository(name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("openapi")
        .exists()
        .then(|| std::fs::read_to_string(root.join(name)).unwrap())
}

fn wrong(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_example_of_the_manual_is_understood_and_starts() {
    let Some(example) = of_repository("docs/acs.example.toml") else {
        return;
    };
    let config = parse(&example).unwrap();
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
        let calls = emulator.calls(10);
        assert_eq!(
            calls.len(),
            2,
            "a room with somebody in it, and a group call: {calls:?}"
        );
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
            "seed = 1\ncaFile = \"ca.pem\"",
            "2: caFile: expected `https = true` beside it",
        ),
        (
            "https = false\ncaFile = \"ca.pem\"",
            "2: caFile: expected `https = true` beside it",
        ),
        (
            "https = \"yes\"",
            "1: https: invalid type: string \"yes\", expected a boolean",
        ),
        (
            "\nstrict = 1",
            "2: strict: invalid type: integer `1`, expected a boolean",
        ),
        (
            "rateLimit = \"often\"",
            "1: rateLimit: expected requests per unit such as 100/s, 100/m or 100/h, and not `often`",
        ),
        (
            "resourceId = \"mine\"",
            "1: resourceId: expected a GUID such as 6d889502",
        ),
        (
            "recordingChunkLimit = 12",
            "1: recordingChunkLimit: expected a number from 1024 to 4294967295, and not 12",
        ),
        (
            "[bearerToken]\nfile = \"token\"\nlifetimeSeconds = 0",
            "3: bearerToken.lifetimeSeconds: invalid value: integer `0`, expected a nonzero u32",
        ),
        (
            "[bearerToken]\nscope = \"\"",
            "2: bearerToken.scope: expected some text",
        ),
        (
            "[bearerToken]\nlifetime = 1",
            "2: bearerToken.lifetime: unknown field `lifetime`, expected one of `file`",
        ),
        (
            "[[rooms]]\nid = \"a\"\n[[rooms]]\nid = \"b\"\nvalidFrom = \"2030-01-01T00:00:00Z\"\nvalidUntil = \"2029-01-01T00:00:00Z\"",
            "3: rooms[1].validUntil: expected a time after validFrom",
        ),
        (
            "[[groupCalls]]\nid = \"team\"\nparties = []",
            "1: groupCalls[0].parties: expected at least one",
        ),
        (
            "[[faults]]\noutcom = 1",
            "2: faults[0].outcom: unknown field `outcom`, expected one of `id`",
        ),
        (
            "[[groupCalls]]\nid = \"team\"\nparties = [\"+16045550123\", \"who\"]",
            "3: groupCalls[0].parties[1]: expected a raw id",
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
        (
            "allowHosts = [\"box.lan\", \"box.lan:8080\"]",
            "1: allowHosts[1]: expected the name of a host or an address",
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
    let Some(committed) = of_repository("openapi/acs-config.schema.json") else {
        return;
    };
    let committed: serde_json::Value = serde_json::from_str(&committed).unwrap();
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

/// Options of `acs serve`, and the keys that say the same in the file.
const OPTIONS: &[(&str, &str)] = &[
    ("listen", "listen"),
    ("access_key", "accessKey"),
    ("phone_numbers", "phoneNumbers"),
    ("event_grid_webhooks", "eventGrid.webhook"),
    ("event_grid_schema", "eventGrid.schema"),
    ("users", "users"),
    ("resource_id", "resourceId"),
    ("callback_tokens", "callbacks.tokens"),
    ("fetch", "fetch"),
    ("playback_time_scale", "playbackTimeScale"),
    ("clock", "clock.mode"),
    ("seed", "seed"),
    ("recording_chunk_limit", "recordingChunkLimit"),
    ("https", "https"),
    ("ca_file", "caFile"),
    ("bearer_token_file", "bearerToken.file"),
    ("strict", "strict"),
    ("rate_limit", "rateLimit"),
    ("allow_hosts", "allowHosts"),
];
/// Options that make no sense in the file: which file it is, and how the one who starts the program reads it.
const NOT_IN_THE_FILE: &[&str] = &["config", "ready_json"];

/// What the schema says of a key, dots between the parts.
fn described<'a>(schema: &'a serde_json::Value, key: &str) -> Option<&'a serde_json::Value> {
    key.split('.').try_fold(schema, |mut at, part| {
        at = at.get("items").or_else(|| at.pointer("/anyOf/0")).unwrap_or(at);
        while let Some(name) = at.get("$ref").and_then(serde_json::Value::as_str) {
            at = schema.pointer(name.trim_start_matches('#'))?;
        }
        at.get("properties")?.get(part)
    })
}

#[test]
fn every_option_of_serve_has_a_key_in_the_file() {
    use clap::Args as _;
    let schema: serde_json::Value = serde_json::from_str(&schema().unwrap()).unwrap();
    let command = crate::serve::Args::augment_args(clap::Command::new("serve"));
    for option in command.get_arguments() {
        let id = option.get_id().as_str();
        if NOT_IN_THE_FILE.contains(&id) {
            continue;
        }
        let key = OPTIONS.iter().find(|(known, _)| *known == id);
        let (_, key) = key.unwrap_or_else(|| panic!("--{id} has no key in the file"));
        assert!(described(&schema, key).is_some(), "the file has no {key}");
    }
    assert_eq!(
        command.get_arguments().count(),
        OPTIONS.len() + NOT_IN_THE_FILE.len()
    );
    assert!(described(&schema, "bearerToken.nothing").is_none());
}

/// Settings of the library are methods that take `mut self`; each is called for some key of the file.
#[test]
fn every_setting_of_the_library_has_a_key_in_the_file() {
    let sources = [
        "crates/acs-emulator/src/config.rs",
        "crates/acs-emulator/src/emulator/settings.rs",
    ];
    let ours = include_str!("file.rs");
    let mut settings = 0;
    for source in sources {
        let Some(text) = of_repository(source) else {
            return;
        };
        for line in text.lines() {
            let Some((name, _)) = line
                .trim_start()
                .strip_prefix("pub fn ")
                .and_then(|rest| rest.split_once("(mut self"))
            else {
                continue;
            };
            settings += 1;
            assert!(
                ours.contains(&format!(" {name}: ")) || ours.contains(&format!("builder.{name}(")),
                "{name} cannot be set in the file"
            );
        }
    }
    assert!(settings > 30, "{settings}");
}

#[test]
fn other_files_are_named_from_the_file_and_the_envelope_can_be_overridden() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acs.toml");
    let text = "https = true\ncaFile = \"ca.pem\"\n[bearerToken]\nfile = \"token\"\nlifetimeSeconds = 60\ntenant = \"contoso\"\n\
                [[eventGrid]]\nwebhook = \"http://127.0.0.1:1/\"\nschema = \"cloudevents\"\n";
    std::fs::write(&path, text).unwrap();
    let config = read(&path).unwrap();
    assert_eq!(config.ca_file(), Some(folder.path().join("ca.pem")));
    assert_eq!(config.bearer_token_file(), Some(folder.path().join("token")));
    let token = config.bearer_token();
    assert_eq!((token.lifetime.as_secs(), token.tenant.as_str()), (60, "contoso"));
    let day = ConfigFile::default().bearer_token();
    assert_eq!(day.lifetime.as_secs(), 86_400);

    for (told, expected) in [
        (None, "CloudEvents"),
        (Some(acs_emulator::EventGridSchema::EventGrid), "EventGrid"),
    ] {
        let replaced = Replaced {
            event_grid_schema: told,
            ..Replaced::default()
        };
        let settings = format!("{:?}", config.builder(replaced).unwrap());
        assert!(settings.contains(&format!(", {expected})]")), "{settings}");
    }
}
