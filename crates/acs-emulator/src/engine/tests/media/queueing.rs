//! What waits, what goes together, and what is pushed aside.

use super::*;

fn named(leg: &CallConnectionId, context: &str) -> Play {
    Play {
        operation_context: Some(context.into()),
        ..playing(leg)
    }
}

/// A text, which needs no file to be there first.
fn spoken(leg: &CallConnectionId, context: &str) -> Play {
    Play {
        sources: vec![PlaySource::Text("hello".to_owned())],
        ..named(leg, context)
    }
}

impl Lab {
    /// A call with the telephone, where the service takes its time.
    fn slow(&mut self) -> CallConnectionId {
        let leg = self.telephone(true);
        self.wait(seconds(10));
        self.events.clear();
        leg
    }

    /// What a leg was told, with contexts.
    fn with_contexts(&mut self, leg: &CallConnectionId) -> Vec<String> {
        let told: Vec<_> = self.events.drain(..).map(|callback| callback.event).collect();
        told.iter()
            .filter(|event| event.call_connection_id == *leg)
            .map(|event| {
                let context = event.operation_context.as_ref();
                format!(
                    "{} {}",
                    event.kind.name(),
                    context.map_or("-", |context| context.as_str())
                )
            })
            .collect()
    }
}

#[test]
fn what_everybody_hears_is_played_one_after_the_other() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(Command::Play(named(&a, "one")));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.send(Command::Play(named(&a, "three")));
    assert_eq!(lab.with_contexts(&a), ["PlayStarted one"]);
    lab.wait(seconds(4));
    assert_eq!(lab.with_contexts(&a), ["PlayCompleted one"]);
    lab.press("12");
    assert_eq!(
        lab.with_contexts(&a),
        ["RecognizeCompleted recognize", "PlayStarted three"]
    );
    lab.wait(seconds(4));
    assert_eq!(lab.with_contexts(&a), ["PlayCompleted three"]);
}

#[test]
fn requests_keep_their_order_whatever_they_take() {
    for seed in 0..20 {
        let mut lab = Lab::with(|config| {
            config.seed = seed;
            config.latency = Latency::Realistic;
        });
        let a = lab.slow();
        for context in ["one", "two", "three"] {
            lab.send(Command::Play(spoken(&a, context)));
        }
        lab.wait(seconds(20));
        let told = lab.with_contexts(&a);
        assert_eq!(
            told,
            [
                "PlayStarted one",
                "PlayCompleted one",
                "PlayStarted two",
                "PlayCompleted two",
                "PlayStarted three",
                "PlayCompleted three"
            ]
        );
    }
}

#[test]
fn a_failure_lets_the_next_one_begin() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.files = None;
    lab.send(Command::Play(named(&a, "one")));
    lab.send(Command::Play(named(&a, "two")));
    assert_eq!(lab.fetches.len(), 1, "what waits is not fetched yet");
    lab.answer_fetches(Err(FetchFailure::Download));
    lab.answer_fetches(Ok(seconds(1)));
    assert_eq!(lab.with_contexts(&a), ["PlayFailed one", "PlayStarted two"]);
}

#[test]
fn an_interruption_ends_what_is_playing_and_waiting() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(Command::Play(named(&a, "one")));
    lab.send(Command::Play(named(&a, "two")));
    let mut third = named(&a, "three");
    third.interrupt = true;
    lab.send(Command::Play(third));
    assert_eq!(
        lab.with_contexts(&a),
        [
            "PlayStarted one",
            "PlayCanceled one",
            "PlayCanceled two",
            "PlayStarted three"
        ]
    );
    let mut fourth = recognition(&a, phone(PHONE));
    fourth.interrupt = true;
    lab.send(recognize(fourth));
    assert_eq!(lab.with_contexts(&a), ["PlayCanceled three"]);
    lab.wait(seconds(9));
    assert_eq!(lab.with_contexts(&a), ["RecognizeFailed recognize"]);
}

#[test]
fn a_cancellation_ends_everything_that_was_asked_for_before() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let a = lab.slow();
    let mut first = spoken(&a, "one");
    first.repeat = true;
    lab.send(Command::Play(first));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    let mut targeted = spoken(&a, "three");
    (targeted.to, targeted.repeat) = (vec![phone(PHONE)], true);
    lab.send(Command::Play(targeted));
    lab.send(Command::CancelAllMedia(a.clone()));
    lab.send(Command::Play(spoken(&a, "later")));
    lab.wait(seconds(1));
    assert_eq!(
        lab.with_contexts(&a),
        [
            "PlayStarted one",
            "ParticipantsUpdated -",
            "PlayStarted three",
            "PlayCanceled one",
            "RecognizeCanceled recognize",
            "PlayCanceled three",
            "ParticipantsUpdated -",
            "PlayStarted later",
        ]
    );
}

/// The table of operations that go together: the rows run, the columns are asked for. In a group call, on
/// one leg, for two participants that have nothing to do with each other.
#[test]
fn the_table_of_what_goes_together() {
    type Ask = fn(&CallConnectionId, &str) -> Command;
    let asks: [(&str, Ask); 5] = [
        ("play to all", |leg, _| Command::Play(playing(leg))),
        ("play to one", |leg, number| {
            let mut play = playing(leg);
            play.to = vec![phone(number)];
            Command::Play(play)
        }),
        ("recognize", |leg, number| {
            recognize(recognition(leg, phone(number)))
        }),
        ("send tones", |leg, number| {
            Command::SendDtmfTones(SendDtmfTones {
                connection: leg.clone(),
                participant: phone(number),
                tones: vec![tone("one")],
                operation_context: None,
                operation_callback_uri: None,
            })
        }),
        ("report tones", |leg, number| {
            Command::StartContinuousDtmf(ContinuousDtmf {
                connection: leg.clone(),
                participant: phone(number),
                operation_context: None,
                operation_callback_uri: None,
            })
        }),
    ];
    let main = |name: &str| name == "play to all";
    for (running, first) in asks {
        for (asked, second) in asks {
            for same in [false, true] {
                let mut lab = Lab::with(|config| {
                    config.latency = Latency::Fixed(seconds(1));
                    config.playback_time_scale = 1.0;
                });
                let other = "+16045550124";
                let reply = lab.send(Command::CreateCall(creation(
                    ALICE,
                    &[phone(PHONE), phone(other)],
                )));
                let a = Lab::connection(&reply);
                lab.wait(seconds(10));
                lab.send(first(&a, PHONE));
                let refused = lab
                    .try_send(second(&a, if same { PHONE } else { other }))
                    .map_err(|error| format!("{}/{}", error.status, error.code));
                let free = main(running) || running == "report tones" || main(asked);
                let expected = match (free, same) {
                    (true, _) => None,
                    (false, true) => Some("400/8500".to_owned()),
                    (false, false) => Some("412/8583".to_owned()),
                };
                assert_eq!(
                    refused.err(),
                    expected,
                    "{asked} while {running}, the same participant: {same}"
                );
            }
        }
    }
}

#[test]
fn a_recognition_in_a_two_party_call_waits_instead() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    let mut play = playing(&a);
    play.to = vec![phone(PHONE)];
    lab.send(Command::Play(play.clone()));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    let error = lab.try_send(Command::Play(play)).unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8500"));
}

#[test]
fn a_participant_is_in_one_operation_whoever_asks() {
    let mut lab = Lab::real_time();
    let (a, b) = lab.group();
    lab.send(recognize(recognition(&a, phone(PHONE))));
    let error = lab
        .try_send(recognize(recognition(&b, phone(PHONE))))
        .unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8500"));
    // Another leg has lanes of its own.
    lab.send(recognize(recognition(&b, user(ALICE))));
    lab.send(Command::Play(playing(&b)));
    lab.send(Command::CancelAllMedia(a.clone()));
    let [to_a, to_b] = lab.told_all([&a, &b]);
    assert_eq!(to_a, ["RecognizeCanceled 400/8508"]);
    assert_eq!(to_b, ["PlayStarted"]);
}

#[test]
fn operations_go_with_their_leg_into_another_call() {
    let mut lab = Lab::real_time();
    let (a, _) = lab.pair();
    let (c, d) = {
        let c = lab.create(CAROL, &[user(DAVE)]);
        (c, lab.answer("dave"))
    };
    lab.send(Command::Play(named(&d, "everybody")));
    lab.send(Command::StartContinuousDtmf(ContinuousDtmf {
        connection: d.clone(),
        participant: user(CAROL),
        operation_context: Some("keys".into()),
        operation_callback_uri: None,
    }));
    lab.events.clear();
    lab.send(Command::MoveParticipants(MoveParticipants {
        connection: a.clone(),
        from_call: c,
        participants: vec![user(DAVE)],
        operation_context: None,
        operation_callback_uri: None,
    }));
    lab.wait(seconds(4));
    assert_eq!(
        lab.with_contexts(&d),
        [
            "ParticipantsUpdated -",
            "ContinuousDtmfRecognitionStopped keys",
            "PlayCompleted everybody"
        ]
    );
}
