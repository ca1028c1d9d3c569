//! What is refused before anything happens.

use super::*;

#[track_caller]
fn refused(lab: &mut Lab, command: Command, status: u16, code: &str) -> String {
    let error = lab.try_send(command).unwrap_err();
    assert_eq!((error.status, &*error.code), (status, code), "{}", error.message);
    error.message.into_owned()
}

fn every_operation(leg: &CallConnectionId) -> Vec<Command> {
    vec![
        Command::ListParticipants(leg.clone()),
        Command::GetParticipant {
            connection: leg.clone(),
            raw_id: BOB.to_owned(),
        },
        Command::AddParticipant(addition(leg, user(CAROL))),
        removal(leg, user(BOB)),
        Command::TransferToParticipant(transfer(leg, user(CAROL))),
        Command::MuteParticipant(MuteParticipant {
            connection: leg.clone(),
            participant: user(BOB),
            operation_context: None,
        }),
        Command::CancelAddParticipant(CancelAddParticipant {
            connection: leg.clone(),
            invitation_id: "x".into(),
            operation_context: None,
            operation_callback_uri: None,
        }),
    ]
}

#[test]
fn operations_need_an_established_call() {
    let mut lab = Lab::new();
    let ringing = lab.create(ALICE, &[user(BOB)]);
    for command in every_operation(&ringing) {
        let message = refused(&mut lab, command, 400, "8501");
        assert_eq!(
            message,
            "Action is invalid when call is not in Established state."
        );
    }
    let gone = CallConnectionId::from("00000000-0000-4000-8000-000000000000");
    let further = [
        Command::GetCall(gone.clone()),
        Command::HangUp(gone.clone()),
        Command::Terminate(gone.clone()),
    ];
    for command in every_operation(&gone).into_iter().chain(further) {
        assert_eq!(refused(&mut lab, command, 404, "8522"), "Call not found.");
    }
}

#[test]
fn operations_on_a_leg_that_is_about_to_end_are_refused() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let a = lab.create(ALICE, &[phone(PHONE)]);
    lab.wait(seconds(2));
    assert_eq!(lab.state(&a), "connected");
    lab.send(Command::HangUp(a.clone()));
    for command in every_operation(&a) {
        refused(&mut lab, command, 400, "8528");
    }
    refused(&mut lab, Command::HangUp(a.clone()), 404, "8522");
    refused(&mut lab, Command::Terminate(a), 404, "8522");
}

#[test]
fn callback_addresses_are_https_or_on_this_machine() {
    let mut strict = Lab::with(|config| config.allow_loopback_http = false);
    let mut lab = Lab::new();
    let create = |uri: &str| {
        Command::CreateCall(CreateCall {
            callback_uri: uri.to_owned(),
            ..creation(ALICE, &[user(BOB)])
        })
    };
    for uri in [
        "",
        "events",
        "ftp://app.example",
        "http://app.example/x",
        "https://",
        "http://10.0.0.1/",
    ] {
        assert_eq!(
            refused(&mut lab, create(uri), 400, "400"),
            "The field CallbackUri is invalid",
            "{uri}"
        );
    }
    for uri in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/"] {
        lab.send(create(uri));
        refused(&mut strict, create(uri), 400, "400");
    }
    let (a, _) = lab.pair();
    let mut command = addition(&a, user(CAROL));
    command.operation_callback_uri = Some("nowhere".to_owned());
    let message = refused(&mut lab, Command::AddParticipant(command), 400, "400");
    assert_eq!(message, "The field OperationCallbackUri is invalid");
}

#[test]
fn telephones_need_a_caller_id() {
    let mut lab = Lab::new();
    let mut command = creation(ALICE, &[phone(PHONE)]);
    command.source_caller_id_number = None;
    refused(&mut lab, Command::CreateCall(command), 400, "8523");
    let (a, _) = lab.pair();
    let mut command = addition(&a, phone(PHONE));
    command.source_caller_id_number = Some(user(ALICE));
    refused(&mut lab, Command::AddParticipant(command), 400, "8523");

    let mut strict = Lab::with(|config| config.require_owned_caller_id = true);
    let mut command = creation(ALICE, &[phone(PHONE)]);
    command.source_caller_id_number = Some(phone("+16045559999"));
    refused(&mut strict, Command::CreateCall(command), 403, "7507");
    strict.create(ALICE, &[phone(PHONE)]);
}

#[test]
fn targets_are_somebody_else_and_named_once() {
    let mut lab = Lab::new();
    for targets in [vec![], vec![user(ALICE)], vec![user(BOB), user(BOB)]] {
        refused(
            &mut lab,
            Command::CreateCall(creation(ALICE, &targets)),
            400,
            "8523",
        );
    }
    let (a, _) = lab.pair();
    refused(
        &mut lab,
        Command::AddParticipant(addition(&a, user(BOB))),
        400,
        "8523",
    );
    lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    refused(
        &mut lab,
        Command::AddParticipant(addition(&a, user(CAROL))),
        400,
        "8523",
    );
}

#[test]
fn limits_of_an_invitation() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let mut late = addition(&a, user(CAROL));
    late.invitation_timeout = Some(seconds(181));
    refused(&mut lab, Command::AddParticipant(late), 400, "8523");
    let header = |name: String, value: String| std::collections::BTreeMap::from([(name, value)]);
    let many = (0..6)
        .map(|n| (format!("X-MS-Custom-{n}"), String::new()))
        .collect();
    let sip = |sip_headers| CustomContext {
        sip_headers,
        ..CustomContext::default()
    };
    let voip = |voip_headers| CustomContext {
        voip_headers,
        ..CustomContext::default()
    };
    for (context, part) in [
        (sip(many), "5 SIP headers"),
        (sip(header("case".to_owned(), String::new())), "begins neither"),
        (sip(header("X-a".to_owned(), "x".repeat(257))), "256"),
        (sip(header(format!("X-{}", "a".repeat(63)), String::new())), "64"),
        (voip(header("a".repeat(65), String::new())), "64"),
        (voip(header("a".to_owned(), "x".repeat(1025))), "1024"),
        (
            voip((0..1001).map(|n| (n.to_string(), String::new())).collect()),
            "1000",
        ),
    ] {
        let mut command = addition(&a, user(CAROL));
        command.custom_context = context;
        let message = refused(&mut lab, Command::AddParticipant(command), 400, "8523");
        assert!(message.contains(part), "{message}");
    }
    let mut fine = addition(&a, user(CAROL));
    fine.custom_context = sip(header("User-To-User".to_owned(), "x".repeat(1000)));
    lab.send(Command::AddParticipant(fine));
}
