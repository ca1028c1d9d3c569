//! Hold, with music and without.

use super::*;

fn holding(leg: &CallConnectionId, source: Option<PlaySource>) -> Command {
    Command::Hold(Hold {
        connection: leg.clone(),
        participant: user(BOB),
        source,
        operation_context: Some("hold".into()),
        operation_callback_uri: None,
    })
}

fn unholding(leg: &CallConnectionId) -> Command {
    Command::Unhold(Unhold {
        connection: leg.clone(),
        participant: user(BOB),
        operation_callback_uri: None,
    })
}

#[test]
fn everybody_sees_who_is_on_hold() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    assert!(matches!(lab.send(holding(&a, Some(file(WAV)))), Reply::Done));
    assert_eq!(
        (lab.on_hold(&a), lab.on_hold(&b)),
        (vec![BOB.to_owned()], vec![BOB.to_owned()])
    );
    assert_eq!(
        lab.told_all([&a, &b]),
        [["ParticipantsUpdated"], ["ParticipantsUpdated"]]
    );
    lab.wait(seconds(100));
    assert!(lab.told().is_empty(), "music goes on and on");
    let error = lab.try_send(holding(&a, None)).unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8500"), "on hold already");
    lab.send(unholding(&b));
    assert!(lab.on_hold(&a).is_empty());
    let error = lab.try_send(unholding(&a)).unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8500"), "not on hold");
}

#[test]
fn a_hold_with_bad_music_is_taken_back() {
    for (failure, code) in [(FetchFailure::Format, 8535), (FetchFailure::Download, 8536)] {
        let mut lab = Lab::new();
        let (a, b) = lab.pair();
        lab.told();
        lab.files = Some(Err(failure));
        lab.send(holding(&a, Some(file(WAV))));
        assert_eq!(lab.data("HoldFailed")["operationContext"], "hold");
        assert!(lab.on_hold_now(&a).is_empty());
        let list = || "ParticipantsUpdated".to_owned();
        assert_eq!(
            lab.told_all([&a, &b]),
            [
                vec![list(), format!("HoldFailed 400/{code}"), list()],
                vec![list(), list()]
            ]
        );
        lab.send(holding(&a, None));
        assert_eq!(lab.on_hold_now(&a), [BOB]);
    }
}

#[test]
fn music_that_fails_after_the_hold_is_over_is_nobodys() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    lab.files = None;
    lab.send(holding(&a, Some(file(WAV))));
    lab.send(unholding(&a));
    lab.send(holding(&a, None));
    lab.told();
    lab.answer_fetches(Err(FetchFailure::Format));
    assert!(lab.told().is_empty());
    assert_eq!(lab.on_hold_now(&a), [BOB]);
    lab.send(Command::Terminate(a));
    lab.assert_empty();
}

#[test]
fn a_hold_that_is_taken_back_before_it_begins_does_not_begin() {
    for seed in 0..20 {
        let mut lab = Lab::with(|config| {
            config.latency = Latency::Realistic;
            config.seed = seed;
        });
        lab.send(Command::CreateCall(creation(ALICE, &[user(BOB)])));
        lab.wait(seconds(5));
        let a = lab.answer("answer");
        lab.wait(seconds(10));
        lab.told();
        lab.send(holding(&a, None));
        lab.send(unholding(&a));
        lab.wait(seconds(10));
        assert!(lab.told().is_empty());
        lab.send(holding(&a, None));
        lab.wait(seconds(10));
        assert_eq!(lab.told_to(&a), ["ParticipantsUpdated"]);
    }
}

#[test]
fn a_hold_that_cannot_be_is_refused() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let text = PlaySource::Text("please wait".to_owned());
    for (command, status, code) in [
        (holding(&a, Some(text)), 405, "8522"),
        (holding(&a, Some(file("music.wav"))), 400, "8523"),
        (holding(&"none".into(), None), 404, "8522"),
        (
            Command::Hold(Hold {
                connection: a.clone(),
                participant: user(CAROL),
                source: None,
                operation_context: None,
                operation_callback_uri: None,
            }),
            404,
            "8522",
        ),
    ] {
        let error = lab.try_send(command).unwrap_err();
        assert_eq!((error.status, &*error.code), (status, code));
    }
    assert!(lab.on_hold_now(&a).is_empty());
}

#[test]
fn a_hold_begins_though_its_application_leaves_and_others_can_end_it() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let reply = lab.send(Command::CreateCall(creation(
        ALICE,
        &[phone(PHONE), phone("+16045550124")],
    )));
    let a = Lab::connection(&reply);
    lab.wait(seconds(10));
    let id = lab.server_call_id(&a);
    let c = lab.connect(CallLocator::ServerCall(id));
    lab.wait(seconds(5));
    lab.send(Command::Hold(Hold {
        connection: c.clone(),
        participant: phone(PHONE),
        source: None,
        operation_context: None,
        operation_callback_uri: None,
    }));
    lab.send(Command::HangUp(c));
    lab.wait(seconds(5));
    assert_eq!(lab.on_hold_now(&a), [format!("4:{PHONE}")]);
    lab.send(Command::Unhold(Unhold {
        connection: a.clone(),
        participant: phone(PHONE),
        operation_callback_uri: None,
    }));
    lab.wait(seconds(1));
    assert!(lab.on_hold_now(&a).is_empty());
}
