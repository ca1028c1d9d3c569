//! Recognizing: what is heard, when, and how it ends.

use super::*;

/// A recognition without a prompt.
fn at_once(leg: &CallConnectionId, expect: Expect) -> Command {
    let mut command = recognition(leg, phone(PHONE));
    command.prompts = Vec::new();
    command.expect = expect;
    recognize(command)
}

fn choices() -> Expect {
    let choice = |label: &str, phrases: &[&str], tone: Option<&str>| Choice {
        label: label.to_owned(),
        phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        tone: tone.map(DtmfTone::from),
    };
    Expect::Choices(vec![
        choice("Confirm", &["Confirm", "First One"], Some("one")),
        choice("Cancel", &["Cancel"], None),
    ])
}

fn speech() -> Expect {
    Expect::Speech {
        end_silence: Duration::from_millis(500),
    }
}

fn either(max: usize) -> Expect {
    Expect::SpeechOrTones {
        end_silence: Duration::from_millis(500),
        tones: rules(Some(max)),
    }
}

#[test]
fn keys_are_collected_up_to_the_greatest_number() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(at_once(&a, Expect::Tones(rules(Some(3)))));
    lab.press("1");
    lab.wait(Duration::from_millis(1999));
    lab.press("2*9");
    let data = lab.data("RecognizeCompleted");
    assert_eq!(data["recognitionType"], "dtmf");
    assert_eq!(
        data["dtmfResult"]["tones"],
        serde_json::json!(["one", "two", "asterisk"])
    );
    assert_eq!(
        data["resultInformation"]["message"],
        "Action completed, max digits received."
    );
    assert!(data.get("choiceResult").is_none() && data.get("speechResult").is_none());
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8531"]);
}

#[test]
fn a_stop_tone_ends_the_input_and_is_no_part_of_it() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    let stopping = || {
        let mut rules = rules(Some(5));
        rules.stop = vec![tone("pound"), tone("asterisk")];
        Expect::Tones(rules)
    };
    lab.send(at_once(&a, stopping()));
    lab.press("12#3");
    assert_eq!(
        lab.data("RecognizeCompleted")["dtmfResult"]["tones"],
        serde_json::json!(["one", "two"])
    );
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8514"]);
    lab.send(at_once(&a, stopping()));
    lab.press("*");
    assert_eq!(
        lab.data("RecognizeCompleted")["dtmfResult"]["tones"],
        serde_json::json!([])
    );
}

#[test]
fn without_a_further_key_it_ends_with_what_there_is() {
    for fails in [false, true] {
        let mut lab = Lab::with(|config| config.inter_tone_timeout_fails = fails);
        let a = lab.telephone(false);
        lab.send(at_once(&a, Expect::Tones(rules(Some(5)))));
        lab.press("12");
        lab.wait(Duration::from_millis(1999));
        assert!(lab.told().is_empty());
        lab.wait(Duration::from_millis(1));
        if fails {
            assert!(lab.data("RecognizeFailed").get("failedPlaySourceIndex").is_none());
            assert_eq!(lab.told_to(&a), ["RecognizeFailed 400/8532"]);
        } else {
            let tones = lab.data("RecognizeCompleted")["dtmfResult"]["tones"].clone();
            assert_eq!(tones, serde_json::json!(["one", "two"]));
            assert_eq!(lab.told_to(&a), ["RecognizeCompleted 400/8532"]);
        }
    }
}

#[test]
fn silence_is_counted_from_the_end_of_the_prompt() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(recognize(recognition(&a, phone(PHONE))));
    assert!(lab.told().is_empty(), "recorded: prompts from files are not told");
    lab.wait(Duration::from_millis(8999));
    assert!(lab.told().is_empty());
    lab.wait(Duration::from_millis(1));
    let data = lab.data("RecognizeFailed");
    assert!(data.get("failedPlaySourceIndex").is_none(), "recorded without");
    assert_eq!(data["operationContext"], "recognize");
    assert_eq!(lab.told_to(&a), ["RecognizeFailed 400/8510"]);
}

#[test]
fn a_spoken_prompt_is_told_as_recorded() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(true);
    let mut command = recognition(&a, phone(PHONE));
    command.prompts = vec![PlaySource::Text("Press a key.".to_owned())];
    lab.send(recognize(command));
    assert_eq!(
        lab.data("PlayStarted")["resultInformation"]["message"],
        "Success Result"
    );
    assert_eq!(lab.told_to(&a), ["PlayStarted"]);
}

#[test]
fn a_key_cuts_the_prompt_short_where_it_may() {
    for (may, told) in [(true, vec!["RecognizeCompleted 200/8531"]), (false, vec![])] {
        let mut lab = Lab::real_time();
        let a = lab.telephone(false);
        let mut command = recognition(&a, phone(PHONE));
        command.interrupt_prompt = may;
        lab.send(recognize(command));
        lab.wait(seconds(1));
        lab.press("12");
        assert_eq!(lab.told_to(&a), told);
        lab.wait(seconds(20));
        let after = lab.told_to(&a);
        assert_eq!(after.is_empty(), may, "{after:?}");
    }
}

#[test]
fn a_first_key_in_the_prompt_leaves_the_time_for_the_next_one() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(false);
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.press("1");
    lab.wait(seconds(2));
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 400/8532"]);
}

#[test]
fn a_choice_is_made_by_key_or_by_phrase() {
    for (input, result, label, phrase) in [
        (Err("1"), "RecognizeCompleted 200/8533", "Confirm", None),
        (
            Ok(" first ONE. "),
            "RecognizeCompleted 200/8545",
            "Confirm",
            Some("First One"),
        ),
        (
            Ok("cancel"),
            "RecognizeCompleted 200/8545",
            "Cancel",
            Some("Cancel"),
        ),
        (Err("2"), "RecognizeFailed 400/8534", "", None),
        (Ok("second one"), "RecognizeFailed 400/8547", "", None),
        (Ok("  "), "RecognizeFailed 400/8563", "", None),
    ] {
        let mut lab = Lab::new();
        let a = lab.telephone(true);
        lab.send(at_once(&a, choices()));
        match input {
            Ok(text) => lab.say(text),
            Err(tones) => lab.press(tones),
        }
        lab.wait(seconds(1));
        if !label.is_empty() {
            let data = lab.data("RecognizeCompleted");
            assert_eq!(data["recognitionType"], "choices");
            assert_eq!(data["choiceResult"]["label"], label);
            let recognized = data["choiceResult"]
                .get("recognizedPhrase")
                .and_then(Value::as_str);
            assert_eq!(recognized, phrase);
            assert_eq!(data["choiceResult"]["confidence"].is_number(), phrase.is_some());
        }
        assert_eq!(lab.told_to(&a), [result], "{input:?}");
    }
}

#[test]
fn speech_ends_with_silence_and_goes_on_before() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(true);
    lab.send(at_once(&a, speech()));
    lab.wait(Duration::from_millis(4999));
    lab.say("I want to"); // Nine signs: 540 ms, and 500 ms of silence.
    lab.wait(Duration::from_millis(1039));
    assert!(
        lab.told().is_empty(),
        "the silence before is over, that after is not"
    );
    lab.say(" buy a boat ");
    lab.wait(seconds(2));
    let data = lab.data("RecognizeCompleted");
    assert_eq!(data["recognitionType"], "speech");
    assert_eq!(data["speechResult"]["speech"], "I want to buy a boat");
    assert!(data["speechResult"]["confidence"].as_f64().unwrap() <= 1.0);
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8569"]);
}

#[test]
fn whichever_comes_first_decides() {
    let mut lab = Lab::new();
    let a = lab.telephone(true);
    lab.send(at_once(&a, either(2)));
    lab.press("1");
    lab.say("hello");
    lab.press("2");
    assert_eq!(lab.data("RecognizeCompleted")["recognitionType"], "dtmf");
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8531"]);
    lab.send(at_once(&a, either(2)));
    lab.say("hello");
    lab.press("12");
    assert!(lab.told().is_empty());
    lab.wait(seconds(1));
    assert_eq!(lab.data("RecognizeCompleted")["recognitionType"], "speech");
}

#[test]
fn keys_do_not_matter_to_speech_nor_words_to_keys() {
    let mut lab = Lab::real_time();
    let a = lab.telephone(true);
    let mut command = recognition(&a, phone(PHONE));
    command.expect = speech();
    lab.send(recognize(command));
    lab.press("1");
    lab.wait(seconds(9));
    assert_eq!(lab.told_to(&a), ["RecognizeFailed 400/8510"]);
    lab.send(at_once(&a, Expect::Tones(rules(Some(1)))));
    lab.say("one");
    lab.wait(seconds(5));
    assert_eq!(lab.told_to(&a), ["RecognizeFailed 400/8510"]);
}

#[test]
fn only_the_target_is_heard_and_only_while_it_is_asked() {
    let mut lab = Lab::with(|config| config.users = UsersMode::Answer);
    let a = lab.create(ALICE, &[phone(PHONE), user(BOB)]);
    lab.send(at_once(&a, Expect::Tones(rules(Some(1)))));
    lab.told();
    let key = Input::Press {
        tones: "1".parse().unwrap(),
    };
    lab.input(&user(BOB), key.clone());
    assert!(lab.told().is_empty());
    lab.press("2");
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8531"]);
    lab.press("3");
    lab.send(at_once(&a, Expect::Tones(rules(Some(1)))));
    assert!(lab.told().is_empty(), "what was pressed before is lost");
    let error = lab.try_send(Command::PartyAction {
        raw_id: CAROL.to_owned(),
        action: PartyAction::Input(key),
    });
    assert_eq!(error.unwrap_err().status, 404);
}

#[test]
fn who_is_muted_is_not_heard_speaking() {
    let mut lab = Lab::with(|config| config.users = UsersMode::Answer);
    let mut command = creation(ALICE, &[phone(PHONE), user(BOB)]);
    command.cognitive_services_endpoint = Some("https://ai.example".to_owned());
    let reply = lab.send(Command::CreateCall(command));
    let a = Lab::connection(&reply);
    lab.send(Command::MuteParticipant(MuteParticipant {
        connection: a.clone(),
        participant: user(BOB),
        operation_context: None,
    }));
    let mut command = recognition(&a, user(BOB));
    (command.prompts, command.expect) = (Vec::new(), either(1));
    lab.send(recognize(command));
    lab.told();
    lab.input(
        &user(BOB),
        Input::Say {
            text: "hello".to_owned(),
        },
    );
    lab.wait(seconds(1));
    assert!(lab.told().is_empty());
    lab.input(
        &user(BOB),
        Input::Press {
            tones: "1".parse().unwrap(),
        },
    );
    assert_eq!(lab.told_to(&a), ["RecognizeCompleted 200/8531"]);
}

#[test]
fn a_bad_prompt_fails_as_recorded() {
    let mut lab = Lab::new();
    let a = lab.telephone(true);
    lab.files = Some(Err(FetchFailure::Format));
    let mut command = recognition(&a, phone(PHONE));
    command.prompts = vec![PlaySource::Text("Hello.".to_owned()), file(WAV)];
    lab.send(recognize(command));
    let data = lab.data("RecognizeFailed");
    assert_eq!(data["failedPlaySourceIndex"], 1);
    assert_eq!(
        data["resultInformation"]["message"],
        "Action failed, encountered failure while trying to play the prompt."
    );
    assert_eq!(lab.told_to(&a), ["RecognizeFailed 500/8511"]);
}

#[test]
fn a_party_answers_by_its_script_each_time_that_it_is_asked() {
    let mut lab = Lab::real_time();
    let script = PartyScript::answer()
        .when_asked(Reaction::press("7".parse::<Tones>().unwrap()))
        .when_asked(Reaction::say("two words").after(seconds(1)))
        .when_asked(Reaction::silence())
        .when_asked(Reaction::hang_up());
    let a = lab.telephone(true);
    lab.send(Command::SetScript {
        raw_id: format!("4:{PHONE}"),
        script: Some(script),
    });
    let asked = |lab: &mut Lab, silence: u64| {
        let mut command = recognition(&a, phone(PHONE));
        command.expect = either(1);
        command.initial_silence = seconds(silence);
        lab.send(recognize(command));
        lab.wait(seconds(10));
        lab.told_to(&a)
    };
    assert_eq!(
        asked(&mut lab, 0),
        ["RecognizeCompleted 200/8531"],
        "at once is before a time-out of no time"
    );
    assert_eq!(asked(&mut lab, 5), ["RecognizeCompleted 200/8569"]);
    assert_eq!(asked(&mut lab, 5), ["RecognizeFailed 400/8510"]);
    assert_eq!(
        asked(&mut lab, 5),
        ["RecognizeCanceled 400/8508", "CallDisconnected 200/560000"]
    );
    lab.assert_empty();
}

#[test]
fn a_party_that_barges_in_does_not_wait_for_the_end_of_the_prompt() {
    for (may, told) in [
        (true, vec!["RecognizeCompleted 200/8531"]),
        (false, vec!["RecognizeFailed 400/8510"]),
    ] {
        let mut lab = Lab::real_time();
        let keys: Tones = "12".parse().unwrap();
        let script = PartyScript::answer().when_asked(Reaction::press(keys).after(seconds(1)).barging_in());
        lab.send(Command::SetScript {
            raw_id: format!("4:{PHONE}"),
            script: Some(script),
        });
        let a = lab.telephone(false);
        let mut command = recognition(&a, phone(PHONE));
        command.interrupt_prompt = may;
        lab.send(recognize(command));
        lab.wait(seconds(1));
        assert_eq!(lab.told_to(&a).len(), usize::from(may));
        lab.send(recognize(recognition(&a, phone(PHONE))));
        lab.wait(seconds(8));
        let rest = lab.told_to(&a);
        assert_eq!(rest.is_empty(), may, "{told:?} {rest:?}");
    }
}

#[test]
fn a_recognition_fails_when_its_target_leaves() {
    let mut lab = Lab::real_time();
    let (a, _) = lab.group();
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.send(removal(&a, phone(PHONE)));
    assert_eq!(
        lab.told_to(&a),
        [
            "RemoveParticipantSucceeded",
            "ParticipantsUpdated",
            "RecognizeFailed 400/8558"
        ]
    );
}

#[test]
fn what_cannot_be_recognized_is_refused_at_once() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    let with = lab.telephone_of("+16045550188");
    let mut refused = |leg: &CallConnectionId, change: &dyn Fn(&mut Recognize)| {
        let target = if *leg == a { PHONE } else { "+16045550188" };
        let mut command = recognition(leg, phone(target));
        change(&mut command);
        let error = lab.try_send(recognize(command)).unwrap_err();
        (error.status, error.code.into_owned())
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    for expect in [speech(), choices(), either(1)] {
        assert_eq!(
            refused(&a, &|command| command.expect = expect.clone()),
            code(405, "8522")
        );
        let long = refused(&with, &|command| {
            command.expect = expect.clone();
            command.initial_silence = seconds(21);
        });
        assert_eq!(long, code(400, "8523"));
    }
    let spoken = refused(&a, &|command| {
        command.prompts = vec![PlaySource::Text("hello".to_owned())];
    });
    assert_eq!(spoken, code(405, "8522"));
    let bad: [&dyn Fn(&mut Recognize); 6] = [
        &|command| command.initial_silence = seconds(301),
        &|command| command.expect = Expect::Tones(rules(Some(0))),
        &|command| {
            command.expect = Expect::Tones(ToneRules {
                inter_tone: Duration::ZERO,
                ..rules(None)
            });
        },
        &|command| {
            command.expect = Expect::Tones(ToneRules {
                inter_tone: seconds(61),
                ..rules(None)
            });
        },
        &|command| {
            command.expect = Expect::Tones(ToneRules {
                stop: vec![tone("flash")],
                ..rules(None)
            });
        },
        &|command| command.expect = Expect::Choices(Vec::new()),
    ];
    for change in bad {
        assert_eq!(refused(&with, change), code(400, "8523"));
    }
    assert_eq!(
        refused(&a, &|command| command.target = user(CAROL)),
        code(404, "8522")
    );
}
