//! Adding participants, and withdrawing invitations.

use std::collections::BTreeMap;

use acs_common::InvitationId;

use super::*;

fn invitation(reply: &Reply) -> InvitationId {
    InvitationId::from(Lab::body(reply)["invitationId"].as_str().unwrap())
}

fn cancel(leg: &CallConnectionId, invitation_id: InvitationId) -> Command {
    Command::CancelAddParticipant(CancelAddParticipant {
        connection: leg.clone(),
        invitation_id,
        operation_context: Some("cancel".into()),
        operation_callback_uri: None,
    })
}

#[test]
fn the_first_addition_makes_a_group_call_before_anybody_joins() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    assert_eq!(
        lab.told_all([&a, &b]),
        [["ParticipantsUpdated"], ["ParticipantsUpdated"]]
    );
    assert_eq!(
        lab.participants(&a),
        [ALICE, BOB],
        "a party that rings is not listed"
    );

    let c = lab.answer("second");
    let [to_a, to_b, to_c] = lab.told_all([&a, &b, &c]);
    assert_eq!(
        to_a,
        [
            "ParticipantsUpdated",
            "AddParticipantSucceeded",
            "ParticipantsUpdated"
        ]
    );
    assert_eq!(to_b, ["ParticipantsUpdated", "ParticipantsUpdated"]);
    assert_eq!(
        to_c,
        ["CallConnected", "ParticipantsUpdated", "ParticipantsUpdated"]
    );
    assert_eq!(lab.participants(&c), [ALICE, BOB, CAROL]);

    lab.send(Command::AddParticipant(addition(&b, user(DAVE))));
    assert!(lab.told().is_empty(), "it is a group call already");
}

#[test]
fn the_events_of_an_addition_go_where_it_says() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    lab.events.clear();
    let mut command = addition(&a, phone(PHONE));
    command.operation_callback_uri = Some("https://app.example/elsewhere".to_owned());
    lab.send(Command::AddParticipant(command));
    let (elsewhere, usual): (Vec<_>, Vec<_>) = lab
        .events
        .iter()
        .partition(|callback| &*callback.uri == "https://app.example/elsewhere");
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].event.kind.name(), "AddParticipantSucceeded");
    assert_eq!(elsewhere[0].event.operation_context.as_ref().unwrap(), "add");
    assert!(
        usual
            .iter()
            .all(|callback| callback.event.kind.name() == "ParticipantsUpdated")
    );
    assert!(
        usual
            .iter()
            .all(|callback| callback.event.operation_context.is_none())
    );
}

#[test]
fn a_withdrawn_invitation_is_a_success_that_reads_like_a_failure() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let reply = lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    let context = lab.context();
    lab.told();
    lab.send(cancel(&a, invitation(&reply)));
    let event = lab.events[0].event.clone();
    assert_eq!(
        lab.told_all([&a, &b]),
        [vec!["CancelAddParticipantSucceeded 200/5300".to_owned()], vec![]]
    );
    assert_eq!(
        event.result.message,
        format!(
            "addParticipants failed for participant {CAROL}. Underlying reason: The conversation has ended. DiagCode: 0#5300.@"
        )
    );
    assert_eq!(event.operation_context.unwrap(), "cancel");
    let error = lab.try_send(answer(context, "late")).unwrap_err();
    assert_eq!(error.code, "8522");
    lab.wait(seconds(180));
    assert!(lab.told().is_empty(), "no AddParticipantFailed follows");
}

#[test]
fn an_invitation_that_is_settled_or_unknown_cannot_be_withdrawn() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let reply = lab.send(Command::AddParticipant(addition(&a, phone(PHONE))));
    lab.told();
    for id in [invitation(&reply), InvitationId::from("unknown")] {
        lab.send(cancel(&a, id));
        assert_eq!(lab.told_to(&a), ["CancelAddParticipantFailed 404/8522"]);
    }
}

#[test]
fn each_way_of_not_joining_is_told_to_the_inviter_alone() {
    for (target, script, code, sub_code, phrase) in [
        (
            user(CAROL),
            PartyScript::reject(RejectReason::None),
            603,
            0,
            "Decline",
        ),
        (
            user(CAROL),
            PartyScript::reject(RejectReason::Busy),
            486,
            0,
            "Busy Here",
        ),
        (
            user(CAROL),
            PartyScript::no_answer(),
            408,
            10057,
            "Request Timeout",
        ),
        (
            user(CAROL),
            PartyScript::offline(),
            480,
            10037,
            "Temporarily Unavailable",
        ),
        (
            phone(PHONE),
            PartyScript::reject(RejectReason::Busy),
            486,
            560_486,
            "Busy Here",
        ),
        (phone(PHONE), PartyScript::not_found(), 404, 560_404, "Not Found"),
    ] {
        let mut lab = Lab::with(|config| {
            config.scripts.insert(target.raw_id().into_owned(), script);
        });
        let (a, b) = lab.pair();
        lab.told();
        let mut command = addition(&a, target.clone());
        command.invitation_timeout = Some(seconds(7));
        lab.send(Command::AddParticipant(command));
        lab.wait(seconds(7));
        let event = lab
            .events
            .iter()
            .find(|callback| callback.event.kind.is_failure())
            .unwrap_or_else(|| panic!("{target}"));
        assert_eq!(
            (event.event.result.code, event.event.result.sub_code),
            (code, sub_code)
        );
        assert_eq!(
            event.event.result.message,
            format!(
                "addParticipants failed for participant {target}. Underlying reason: {phrase}. DiagCode: {code}#{sub_code}.@"
            )
        );
        assert_eq!(event.event.operation_context.as_ref().unwrap(), "add");
        let [to_a, to_b] = lab.told_all([&a, &b]);
        assert_eq!(to_a.len(), 2, "a list and the failure: {to_a:?}");
        assert_eq!(to_b, ["ParticipantsUpdated"]);
        assert_eq!(lab.state(&a), "connected");
    }
}

#[test]
fn custom_context_travels_to_those_that_it_is_for() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let mut command = addition(&a, user(CAROL));
    command.source_display_name = Some("Support".to_owned());
    command.custom_context = CustomContext {
        sip_headers: BTreeMap::from([("X-MS-Custom-a".to_owned(), "1".to_owned())]),
        voip_headers: BTreeMap::from([("case".to_owned(), "42".to_owned())]),
    };
    lab.send(Command::AddParticipant(command.clone()));
    let data = serde_json::to_value(&lab.offers.last().unwrap().data).unwrap();
    assert_eq!(
        data["customContext"],
        serde_json::json!({"sipHeaders": {}, "voipHeaders": {"case": "42"}})
    );
    assert_eq!(data["callerDisplayName"], "Support");
    assert_eq!(data["from"]["rawId"], ALICE);

    command.participant = phone(OWNED);
    lab.send(Command::AddParticipant(command));
    let data = serde_json::to_value(&lab.offers.last().unwrap().data).unwrap();
    assert_eq!(
        data["customContext"],
        serde_json::json!({"sipHeaders": {"X-MS-Custom-a": "1"}, "voipHeaders": {}})
    );
}

#[test]
fn muting_is_seen_in_the_list() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let mute = |who| {
        Command::MuteParticipant(MuteParticipant {
            connection: a.clone(),
            participant: who,
            operation_context: Some("mute".into()),
        })
    };
    assert_eq!(
        lab.try_send(mute(user(BOB))).unwrap_err().code,
        "8548",
        "not a group call"
    );
    lab.send(Command::AddParticipant(addition(&a, phone(PHONE))));
    lab.told();
    let reply = lab.send(mute(user(BOB)));
    assert_eq!(Lab::body(&reply), serde_json::json!({"operationContext": "mute"}));
    let EventKind::ParticipantsUpdated { participants, .. } = &lab.events[0].event.kind else {
        panic!()
    };
    let muted: Vec<bool> = participants
        .iter()
        .map(|participant| participant.is_muted)
        .collect();
    assert_eq!(muted, [false, true, false]);
    assert_eq!(
        lab.told_all([&a, &b]),
        [["ParticipantsUpdated"], ["ParticipantsUpdated"]]
    );
    let get = Command::GetParticipant {
        connection: a.clone(),
        raw_id: BOB.to_owned(),
    };
    assert_eq!(Lab::body(&lab.send(get))["isMuted"], true);

    lab.send(mute(user(BOB)));
    assert!(lab.told().is_empty(), "nothing changed");
    assert_eq!(lab.try_send(mute(phone(PHONE))).unwrap_err().status, 400);
    assert_eq!(lab.try_send(mute(user(DAVE))).unwrap_err().status, 404);
}
