use serde_json::json;

use super::*;

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn teams(id: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&format!("8:orgid:{id}"))
}

/// Who is rung, whether its own settings count, and for how many seconds.
type Rung = (String, bool, Option<u64>);

fn targets(settings: &CallingSettings) -> (Option<u64>, Vec<Rung>) {
    settings.check(&teams("ann")).unwrap();
    let route = settings.route(&teams("ann"));
    let stops = route.stops.iter().map(|stop| {
        (
            stop.target.raw_id().into_owned(),
            stop.heeds,
            stop.rings.map(|rings| rings.as_secs()),
        )
    });
    (route.own.map(|own| own.as_secs()), stops.collect())
}

fn told(settings: &CallingSettings) -> String {
    settings.check(&teams("ann")).unwrap_err().to_string()
}

#[test]
fn settings_are_read_from_json_and_written_again() {
    for (json, settings) in [
        (json!({}), CallingSettings::default()),
        (
            json!({"forwardTo": "off", "unansweredTo": "voicemail", "unansweredAfterSeconds": 30}),
            CallingSettings::default()
                .unanswered_to(ForwardTo::Voicemail)
                .unanswered_after(SECONDS(30)),
        ),
        (
            json!({"forwardTo": "+14255550199"}),
            CallingSettings::default()
                .forward_to(ForwardTo::Party(CommunicationIdentifier::phone("+14255550199"))),
        ),
        (
            json!({"forwardTo": ["8:orgid:bob", "4:+14255550199"], "unansweredTo": "off"}),
            CallingSettings::default()
                .forward_to(ForwardTo::Group(vec![
                    teams("bob"),
                    CommunicationIdentifier::phone("+14255550199"),
                ]))
                .unanswered_to(ForwardTo::Off),
        ),
        (
            json!({"voicemail": false, "voicemailAfterMs": 700}),
            CallingSettings::default()
                .without_voicemail()
                .voicemail_after(Duration::from_millis(700)),
        ),
    ] {
        let read: CallingSettings = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read, settings, "{json}");
        let back = serde_json::to_value(&settings).unwrap();
        assert_eq!(serde_json::from_value::<CallingSettings>(back).unwrap(), settings);
    }
    for bad in [
        json!({"forwardTo": 1}),
        json!({"forwardTo": [1]}),
        json!({"forward": "off"}),
    ] {
        assert!(
            serde_json::from_value::<CallingSettings>(bad.clone()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_user_is_rung_for_20_s_and_then_its_voicemail_is() {
    let voicemail = ("28:voicemail:ann".to_owned(), true, None);
    let settings = CallingSettings::default();
    assert_eq!(targets(&settings), (Some(20), vec![voicemail.clone()]));
    let nowhere = CallingSettings::default().without_voicemail();
    assert_eq!(targets(&nowhere), (Some(20), vec![]));
    assert_eq!(nowhere.patience(), None);
    let off = settings.unanswered_to(ForwardTo::Off);
    assert_eq!(targets(&off), (Some(20), vec![]));
    let forwarded = off.forward_to(ForwardTo::Voicemail);
    assert_eq!(targets(&forwarded), (None, vec![voicemail]));
}

#[test]
fn a_group_is_rung_in_turn_and_may_be_followed_by_the_unanswered_target() {
    let group = ForwardTo::Group(vec![teams("bob"), teams("cat")]);
    let member = |id: &str| (format!("8:orgid:{id}"), false, Some(20));
    let settings = CallingSettings::default().forward_to(group.clone());
    let voicemail = ("28:voicemail:ann".to_owned(), true, None);
    assert_eq!(
        targets(&settings),
        (None, vec![member("bob"), member("cat"), voicemail])
    );
    // Somebody alone has the call, whatever the rule for unanswered calls says.
    let settings = CallingSettings::default()
        .forward_to(ForwardTo::Party(teams("dan")))
        .unanswered_to(group.clone());
    assert_eq!(
        targets(&settings),
        (None, vec![("8:orgid:dan".to_owned(), true, None)])
    );
    let settings = CallingSettings::default()
        .unanswered_to(group)
        .unanswered_after(SECONDS(60));
    assert_eq!(targets(&settings), (Some(60), vec![member("bob"), member("cat")]));
    assert_eq!(settings.patience(), Some(SECONDS(60)));
}

#[test]
fn what_makes_no_sense_is_refused_with_the_field_and_what_was_expected() {
    let plain = CallingSettings::default;
    let to = |raw_id: &str| ForwardTo::Party(CommunicationIdentifier::from_raw_id(raw_id));
    for (settings, expected) in [
        (
            plain().unanswered_after(SECONDS(15)),
            "unansweredAfterSeconds: expected 10, 20, 30, 40, 50 or 60, and not 15",
        ),
        (
            plain().unanswered_after(SECONDS(70)),
            "unansweredAfterSeconds: expected 10",
        ),
        (
            plain().unanswered_after(Duration::ZERO),
            "unansweredAfterSeconds: expected 10",
        ),
        (
            plain().unanswered_after(Duration::from_millis(20_500)),
            "unansweredAfterSeconds: expected 10",
        ),
        (
            plain().without_voicemail().forward_to(ForwardTo::Voicemail),
            "forwardTo: expected another target than voicemail",
        ),
        (
            plain().without_voicemail().unanswered_to(ForwardTo::Voicemail),
            "unansweredTo: expected another target than voicemail",
        ),
        (
            plain().forward_to(to("8:orgid:ann")),
            "forwardTo: expected somebody else than the user itself",
        ),
        (
            plain().unanswered_to(to("8:orgid:ann")),
            "unansweredTo: expected somebody else",
        ),
        (
            plain().forward_to(to("bob")),
            "forwardTo: expected off, voicemail, a telephone number",
        ),
        (
            plain().forward_to(to("4:604")),
            "forwardTo: expected a telephone number such as +14255550199, and not `604`",
        ),
        (
            plain().forward_to(ForwardTo::Group(vec![])),
            "forwardTo: expected 1 to 5 users and telephones, and not 0",
        ),
        (
            plain().unanswered_to(ForwardTo::Group(vec![teams("bob"); 6])),
            "unansweredTo: expected 1 to 5 users and telephones, and not 6",
        ),
        (
            plain().forward_to(ForwardTo::Group(vec![teams("bob"), teams("ann")])),
            "forwardTo[1]: expected somebody else",
        ),
        (
            plain().forward_to(ForwardTo::Group(vec![teams("bob"), teams("bob")])),
            "forwardTo[1]: expected everybody once",
        ),
    ] {
        let told = told(&settings);
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    for owner in [
        "8:acs:r_alice",
        "4:+14255550199",
        "8:teamsvisitor:x",
        "28:orgid:app",
    ] {
        let told = plain()
            .check(&CommunicationIdentifier::from_raw_id(owner))
            .unwrap_err()
            .to_string();
        assert!(told.starts_with("rawId: expected a Teams user"), "{told}");
    }
}

#[test]
fn a_voicemail_knows_whose_it_is() {
    let CommunicationIdentifier::MicrosoftTeamsUser(ann) = teams("ann") else {
        panic!("no Teams user");
    };
    let voicemail = voicemail_of(&ann);
    assert!(is_voicemail(&voicemail.raw_id()));
    let owners = owners_of_voicemail(&voicemail.raw_id()).unwrap();
    assert!(owners.contains(&"8:orgid:ann".to_owned()), "{owners:?}");
    assert_eq!(owners_of_voicemail("8:orgid:ann"), None);
}
