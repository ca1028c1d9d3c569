//! Playing: sources, times, failures, and those who hear it.

use super::*;

#[test]
fn a_file_is_fetched_and_takes_its_time() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.files = None;
    assert!(matches!(lab.send(Command::Play(playing(&a))), Reply::Done));
    assert_eq!(&*lab.fetches[0].uri, WAV);
    assert_eq!(lab.fetches[0].connection, a);
    assert!(
        lab.told().is_empty(),
        "nothing is played before the file is there"
    );
    lab.answer_fetches(Ok(seconds(4)));
    assert_eq!(lab.told_to(&a), ["PlayStarted"]);
    lab.wait(Duration::from_millis(3999));
    assert!(lab.told().is_empty());
    lab.wait(Duration::from_millis(1));
    let data = lab.data("PlayCompleted");
    assert_eq!(data["operationContext"], "play");
    assert_eq!(
        data["resultInformation"]["message"],
        "Action completed successfully."
    );
    assert_eq!(lab.told_to(&a), ["PlayCompleted"]);
}

#[test]
fn sources_follow_each_other_and_speech_takes_its_length() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(true);
    let mut play = playing(&a);
    play.sources = vec![
        PlaySource::Text("x".repeat(50)),
        file(WAV),
        PlaySource::Ssml("<speak>ten <break time='1s'/> signs</speak>".to_owned()),
    ];
    play.operation_callback_uri = Some("https://app.example/play".to_owned());
    lab.send(Command::Play(play));
    assert!(
        lab.events
            .iter()
            .all(|event| &*event.uri == "https://app.example/play")
    );
    // 50 signs are 3 s, the file 4 s, nine signs and the break 1.54 s.
    lab.wait(Duration::from_millis(8539));
    assert_eq!(lab.told_to(&a), ["PlayStarted"]);
    lab.wait(Duration::from_millis(1));
    assert_eq!(lab.told_to(&a), ["PlayCompleted"]);
}

#[test]
fn the_scale_shortens_what_is_played() {
    let mut lab = Lab::with(|config| config.playback_time_scale = 0.01);
    let a = lab.telephone(false);
    lab.send(Command::Play(playing(&a)));
    assert_eq!(lab.told_to(&a), ["PlayStarted"]);
    lab.wait(Duration::from_millis(40));
    assert_eq!(lab.told_to(&a), ["PlayCompleted"]);
}

#[test]
fn a_bad_file_fails_with_its_place_and_nothing_begins() {
    for (failure, code, message) in [
        (
            FetchFailure::Format,
            8535,
            "Action failed, file format is invalid.",
        ),
        (
            FetchFailure::Download,
            8536,
            "Action failed, file could not be downloaded.",
        ),
    ] {
        let mut lab = Lab::real_time();
        let a = lab.telephone(true);
        lab.files = None;
        let mut play = playing(&a);
        play.sources = vec![
            PlaySource::Text("hello".to_owned()),
            file(WAV),
            file("http://[::1]/b.wav"),
        ];
        lab.send(Command::Play(play));
        let second = lab.fetches.pop().unwrap();
        lab.try_only(Command::Fetched(Fetched {
            id: second.id,
            outcome: Err(failure),
        }))
        .unwrap();
        assert!(lab.told().is_empty(), "the other file is not known yet");
        lab.answer_fetches(Ok(seconds(1)));
        let data = lab.data("PlayFailed");
        assert_eq!(data["failedPlaySourceIndex"], 2);
        assert_eq!(data["resultInformation"]["message"], message);
        assert_eq!(lab.told_to(&a), [format!("PlayFailed 400/{code}")]);
    }
}

#[test]
fn a_file_with_a_cache_id_is_fetched_once_an_hour() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    let cached = |uri: &str, id: &str| {
        let mut play = playing(&a);
        play.sources = vec![PlaySource::File {
            uri: uri.to_owned(),
            cache_id: Some(id.to_owned()),
        }];
        Command::Play(play)
    };
    let fetched = |lab: &mut Lab, command| {
        lab.files = None;
        lab.send(command);
        let asked = lab.fetches.len();
        lab.answer_fetches(Ok(seconds(1)));
        lab.wait(seconds(1));
        assert_eq!(lab.told_to(&a), ["PlayStarted", "PlayCompleted"]);
        asked
    };
    assert_eq!(fetched(&mut lab, cached(WAV, "greeting")), 1);
    assert_eq!(fetched(&mut lab, cached(WAV, "greeting")), 0);
    assert_eq!(fetched(&mut lab, cached(WAV, "other")), 1, "another id");
    assert_eq!(
        fetched(&mut lab, cached("http://[::1]/b.wav", "greeting")),
        1,
        "another address"
    );
    lab.wait(seconds(3600));
    assert_eq!(fetched(&mut lab, cached(WAV, "greeting")), 1, "an hour later");
}

#[test]
fn a_loop_ends_with_its_cancellation() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    let mut play = playing(&a);
    play.repeat = true;
    lab.send(Command::Play(play));
    lab.wait(seconds(100));
    assert_eq!(lab.told_to(&a), ["PlayStarted"]);
    lab.send(Command::CancelAllMedia(a.clone()));
    let data = lab.data("PlayCanceled");
    assert_eq!(
        data["resultInformation"]["message"],
        "Action falied, the operation was cancelled."
    );
    assert_eq!(data["operationContext"], "play");
    assert_eq!(lab.told_to(&a), ["PlayCanceled 400/8508"]);
    lab.send(Command::CancelAllMedia(a.clone()));
    assert!(lab.told().is_empty(), "there is nothing to cancel");
}

#[test]
fn who_hears_something_of_its_own_is_on_hold_meanwhile() {
    let mut lab = Lab::real_time();
    let (a, b) = lab.group();
    let mut play = playing(&a);
    play.to = vec![phone(PHONE)];
    lab.send(Command::Play(play.clone()));
    assert_eq!(lab.on_hold(&a), [format!("4:{PHONE}")]);
    assert_eq!(lab.on_hold(&b), lab.on_hold(&a));
    assert_eq!(
        lab.told_all([&a, &b]),
        [
            vec!["ParticipantsUpdated".to_owned(), "PlayStarted".to_owned()],
            vec!["ParticipantsUpdated".to_owned()]
        ]
    );
    lab.wait(seconds(4));
    assert!(lab.on_hold(&b).is_empty());
    assert_eq!(
        lab.told_all([&a, &b]),
        [
            vec!["PlayCompleted".to_owned(), "ParticipantsUpdated".to_owned()],
            vec!["ParticipantsUpdated".to_owned()]
        ]
    );
    lab.files = Some(Err(FetchFailure::Format));
    lab.send(Command::Play(play));
    assert_eq!(
        lab.told_to(&a),
        [
            "ParticipantsUpdated",
            "PlayFailed 400/8535",
            "ParticipantsUpdated"
        ]
    );
}

#[test]
fn the_end_of_the_call_ends_what_is_playing_and_waiting_first() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(Command::Play(playing(&a)));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.told();
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.told_to(&a),
        [
            "PlayCanceled 400/8508",
            "RecognizeCanceled 400/8508",
            "CallDisconnected 200/7000"
        ]
    );
    lab.assert_empty();
}

#[test]
fn a_file_that_comes_after_the_end_is_nobodys() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.files = None;
    lab.send(Command::Play(playing(&a)));
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.told_to(&a),
        ["PlayCanceled 400/8508", "CallDisconnected 200/7000"]
    );
    lab.answer_fetches(Ok(seconds(1)));
    assert!(lab.told().is_empty());
    lab.assert_empty();
}

#[test]
fn a_playback_fails_when_the_last_of_its_listeners_leaves() {
    let mut lab = Lab::real_time();
    let (a, b) = lab.group();
    let mut play = playing(&a);
    play.to = vec![phone(PHONE), user(BOB)];
    play.repeat = true;
    lab.send(Command::Play(play));
    lab.told();
    lab.send(Command::PartyAction {
        raw_id: format!("4:{PHONE}"),
        action: PartyAction::HangUp,
    });
    assert_eq!(lab.told_to(&a), ["ParticipantsUpdated"], "one still listens");
    lab.send(Command::AddParticipant(addition(&a, phone(PHONE))));
    lab.told();
    lab.send(removal(&a, user(BOB)));
    let [to_a, to_b] = lab.told_all([&a, &b]);
    assert_eq!(
        to_a,
        [
            "RemoveParticipantSucceeded",
            "ParticipantsUpdated",
            "PlayFailed 400/8558"
        ]
    );
    assert_eq!(to_b, ["CallDisconnected 200/5300"]);
    assert!(lab.on_hold_now(&a).is_empty());
}

#[test]
fn what_cannot_be_played_is_refused_at_once() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    let with = lab.telephone_of("+16045550188");
    let mut refused = |leg: &CallConnectionId, sources: Vec<PlaySource>, to: Vec<_>| {
        let mut play = playing(leg);
        (play.sources, play.to) = (sources, to);
        let error = lab.try_send(Command::Play(play)).unwrap_err();
        (error.status, error.code.into_owned())
    };
    let text = |text: &str| vec![PlaySource::Text(text.to_owned())];
    let code = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(refused(&a, text("hello"), vec![]), code(405, "8522"));
    let ssml = vec![PlaySource::Ssml("<speak>hello</speak>".to_owned())];
    assert_eq!(refused(&a, ssml, vec![]), code(405, "8522"));
    assert_eq!(refused(&with, text("  "), vec![]), code(400, "8582"));
    let ssml = vec![PlaySource::Ssml("<speak> </speak>".to_owned())];
    assert_eq!(refused(&with, ssml, vec![]), code(400, "8582"));
    assert_eq!(refused(&with, text(&"x".repeat(4001)), vec![]), code(400, "8523"));
    assert_eq!(refused(&with, vec![], vec![]), code(400, "8523"));
    for uri in ["", "prompt.wav", "ftp://h/prompt.wav", "file:///prompt.wav"] {
        assert_eq!(
            refused(&with, vec![file(uri)], vec![]),
            code(400, "8523"),
            "{uri}"
        );
    }
    assert_eq!(refused(&a, vec![file(WAV)], vec![user(CAROL)]), code(404, "8522"));
    let mut play = playing(&with);
    play.sources = text(&"x".repeat(4000));
    lab.send(Command::Play(play));
}

#[test]
fn nothing_is_played_before_the_call_is_established() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    let error = lab.try_send(Command::Play(playing(&a))).unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8501"));
    let error = lab.try_send(Command::Play(playing(&"none".into()))).unwrap_err();
    assert_eq!((error.status, &*error.code), (404, "8522"));
}
