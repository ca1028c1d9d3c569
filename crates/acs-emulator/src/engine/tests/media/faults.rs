//! Failures of the service itself.

use super::*;

fn spoken(text: &str) -> PlaySource {
    PlaySource::Text(text.to_owned())
}

/// How a playback of a file, of a file and a text, a recognition of keys, one of speech, and one of keys with
/// a spoken prompt end.
fn outcomes(fault: MediaFault) -> [String; 5] {
    let mut lab = Lab::with(|config| config.media_fault = fault);
    let a = lab.telephone(true);
    let keys = recognition(&a, phone(PHONE));
    let mut speech = recognition(&a, phone(PHONE));
    speech.expect = Expect::Speech {
        end_silence: Duration::ZERO,
    };
    speech.prompts = Vec::new();
    let mut asked = keys.clone();
    asked.prompts = vec![spoken("Press a key.")];
    let mut text = playing(&a);
    text.sources.push(spoken("hello"));
    let commands = [
        Command::Play(playing(&a)),
        Command::Play(text),
        recognize(Recognize {
            prompts: Vec::new(),
            ..keys
        }),
        recognize(speech),
        recognize(asked),
    ];
    commands.map(|command| {
        lab.send(command);
        lab.wait(seconds(10));
        let last = lab.told_to(&a).pop().unwrap();
        last.replace("RecognizeFailed 400/8510", "listened")
            .replace("PlayCompleted", "played")
    })
}

#[test]
fn each_fault_hits_what_it_is_about() {
    use MediaFault as F;
    let speech = |status: u16| {
        [
            "played".to_owned(),
            format!("PlayFailed {status}/8565"),
            "listened".to_owned(),
            format!("RecognizeFailed {status}/8565"),
            "RecognizeFailed 500/8511".to_owned(),
        ]
    };
    for (fault, status) in [
        (F::SpeechBadRequest, 400),
        (F::SpeechUnauthorized, 401),
        (F::SpeechForbidden, 403),
        (F::SpeechTimeout, 408),
        (F::SpeechThrottled, 429),
    ] {
        assert_eq!(outcomes(fault), speech(status), "{fault}");
    }
    let p = "played";
    let l = "listened";
    for (fault, expected) in [
        (F::None, [p, p, l, l, l]),
        (F::SpeechConnection, [p, p, l, "RecognizeFailed 500/8564", l]),
        (F::SpeechRecognition, [p, p, l, "RecognizeFailed 500/8570", l]),
        (
            F::Beep,
            [
                p,
                p,
                "RecognizeFailed 500/8512",
                "RecognizeFailed 500/8512",
                "RecognizeFailed 500/8512",
            ],
        ),
        (
            F::Shutdown,
            [
                "PlayFailed 500/8572",
                "PlayFailed 500/8572",
                l,
                l,
                "RecognizeFailed 500/8511",
            ],
        ),
        (
            F::Unknown,
            [
                "PlayFailed 500/9999",
                "PlayFailed 500/9999",
                "RecognizeFailed 500/9999",
                "RecognizeFailed 500/9999",
                "RecognizeFailed 500/8511",
            ],
        ),
    ] {
        assert_eq!(outcomes(fault), expected, "{fault}");
    }
}

#[test]
fn the_source_that_fails_is_named_and_a_reset_makes_it_work_again() {
    let mut lab = Lab::new();
    lab.send(Command::SetMediaFault(MediaFault::SpeechThrottled));
    let a = lab.telephone(true);
    let mut play = playing(&a);
    play.sources.push(spoken("hello"));
    lab.send(Command::Play(play));
    assert_eq!(lab.data("PlayFailed")["failedPlaySourceIndex"], 1);
    lab.send(Command::Reset);
    assert_eq!(lab.engine.media_fault(), MediaFault::None);
}

#[test]
fn faults_have_their_names_in_json() {
    for fault in MediaFault::ALL {
        assert_eq!(serde_json::to_value(fault).unwrap(), fault.to_string());
    }
    assert_eq!(MediaFault::SpeechThrottled.to_string(), "speechThrottled");
}
