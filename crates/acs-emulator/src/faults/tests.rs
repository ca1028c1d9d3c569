use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tokens::TokenFault;

fn request<'a>(operation: &'a str, id: Option<&'a str>) -> Subject<'a> {
    Subject::Request {
        method: "POST",
        path: "/calling/callConnections",
        operation: Some(operation),
        repeatability_id: id,
    }
}

fn callback(event: &str) -> Subject<'_> {
    Subject::Post(addressed(Posts::Callbacks, event))
}

fn addressed(posts: Posts, event: &str) -> Addressed<'_> {
    Addressed {
        posts,
        event,
        address: "http://127.0.0.1:1/events",
    }
}

fn armed(fault: Fault) -> Faults {
    let mut faults = Faults::new(1);
    faults.add(fault).unwrap();
    faults
}

fn struck(faults: &mut Faults, subject: &Subject<'_>) -> bool {
    !faults.strike(subject).is_empty()
}

#[test]
fn a_fault_strikes_what_its_condition_says() {
    let mut faults = armed(Fault::new(
        FaultCondition::operation("createCall"),
        FaultOutcome::status(503),
    ));
    assert!(struck(&mut faults, &request("createCall", None)));
    assert!(!struck(&mut faults, &request("answerCall", None)));
    assert!(!struck(&mut faults, &callback("CallConnected")));
    let mut faults = armed(Fault::new(FaultCondition::any(), FaultOutcome::Lose));
    assert!(struck(&mut faults, &callback("CallConnected")));
    assert!(
        !struck(&mut faults, &request("createCall", None)),
        "a request cannot be lost like a callback"
    );
}

#[test]
fn posts_are_struck_by_sender_and_by_attempt() {
    let callback = Subject::Post(addressed(Posts::Callbacks, "CallConnected"));
    let offer = Subject::Post(addressed(Posts::EventGrid, "IncomingCall"));
    let called = Subject::Attempt(addressed(Posts::Callbacks, "CallConnected"));
    let offered = Subject::Attempt(addressed(Posts::EventGrid, "IncomingCall"));
    let asked = request("createCall", None);
    let all = [&asked, &callback, &offer, &called, &offered];
    let any = FaultCondition::any;
    let grid = || FaultCondition::posts(Posts::EventGrid);
    let forge = FaultOutcome::Forge {
        token: TokenFault::WrongKey,
    };
    for (when, outcome, expected) in [
        (any(), FaultOutcome::Lose, [false, true, true, false, false]),
        (grid(), FaultOutcome::Lose, [false, false, true, false, false]),
        (
            FaultCondition::event("IncomingCall"),
            FaultOutcome::Delay { ms: 1 },
            [false, false, true, false, false],
        ),
        (
            FaultCondition::address("http://127.0.0.1:*"),
            FaultOutcome::Lose,
            [false, true, true, false, false],
        ),
        (any(), forge, [false, true, false, false, false]),
        (
            any(),
            FaultOutcome::status(503),
            [true, false, false, false, false],
        ),
        (
            grid(),
            FaultOutcome::status(503),
            [false, false, false, false, true],
        ),
        (
            FaultCondition::posts(Posts::Callbacks),
            FaultOutcome::Reset { carried_out: true },
            [false, false, false, true, false],
        ),
        (
            grid().and_event("RecordingFileStatusUpdated"),
            FaultOutcome::Latency { ms: 1 },
            [false; 5],
        ),
    ] {
        let mut faults = armed(Fault::new(when.clone(), outcome.clone()));
        let strikes = all.map(|subject| struck(&mut faults, subject));
        assert_eq!(strikes, expected, "{when:?} {outcome:?}");
    }
}

#[test]
fn a_limit_skips_and_counts() {
    let fault = Fault::new(FaultCondition::any(), FaultOutcome::Lose)
        .after(1)
        .times(2);
    let mut faults = armed(fault);
    let seen: Vec<bool> = (0..5).map(|_| struck(&mut faults, &callback("X"))).collect();
    assert_eq!(seen, [false, true, true, false, false]);
    let state = &faults.states()[0];
    assert_eq!((state.met, state.struck), (5, 2));
}

#[test]
fn retries_count_anew_or_fare_alike() {
    let fault = Fault::new(FaultCondition::any(), FaultOutcome::Reset { carried_out: false }).times(1);
    let ids = [Some("a"), Some("a"), Some("b"), Some("a"), None];
    let fares = |fault: Fault| -> Vec<bool> {
        let mut faults = armed(fault);
        ids.map(|id| struck(&mut faults, &request("createCall", id)))
            .to_vec()
    };
    assert_eq!(fares(fault.clone()), [true, false, false, false, false]);
    assert_eq!(
        fares(fault.count_by(CountBy::RepeatabilityIds)),
        [true, true, false, true, false]
    );
}

#[test]
fn what_is_remembered_is_bounded() {
    let fault =
        Fault::new(FaultCondition::any(), FaultOutcome::status(500)).count_by(CountBy::RepeatabilityIds);
    let mut faults = armed(fault);
    for number in 0..REMEMBERED + 10 {
        struck(&mut faults, &request("createCall", Some(&number.to_string())));
    }
    let armed = &faults.armed[0];
    assert_eq!((armed.decided.len(), armed.order.len()), (REMEMBERED, REMEMBERED));
    let mut faults = Faults::new(1);
    for _ in 0..MOST {
        faults
            .add(Fault::new(FaultCondition::any(), FaultOutcome::Lose))
            .unwrap();
    }
    let error = faults
        .add(Fault::new(FaultCondition::any(), FaultOutcome::Lose))
        .unwrap_err();
    assert!(error.to_string().contains("at most 1000"), "{error}");
}

#[test]
fn several_may_strike_until_one_is_the_last() {
    let mut faults = Faults::new(1);
    for outcome in [
        FaultOutcome::Duplicate { copies: 2 },
        FaultOutcome::Lose,
        FaultOutcome::Delay { ms: 1 },
    ] {
        faults.add(Fault::new(FaultCondition::any(), outcome)).unwrap();
    }
    let names: Vec<String> = faults
        .strike(&callback("X"))
        .into_iter()
        .map(|strike| strike.id)
        .collect();
    assert_eq!(names, ["fault-1", "fault-2"]);
    assert_eq!(faults.states()[2].met, 0);
}

#[test]
fn a_fault_replaces_the_one_with_its_name() {
    let mut faults = Faults::new(1);
    for count in [1, 2] {
        let fault = Fault::new(FaultCondition::any(), FaultOutcome::Lose)
            .named("f")
            .times(count);
        assert_eq!(faults.add(fault).unwrap(), "f");
    }
    assert_eq!(faults.states().len(), 1);
    assert_eq!(faults.state("f").unwrap().fault.limit.count, Some(2));
    assert!(faults.remove("f") && !faults.remove("f"));
}

#[test]
fn stars_stand_for_any_text() {
    for (pattern, text, fits) in [
        ("/a/*:play", "/a/411f:play", true),
        ("/a/*:play", "/a/411f:hold", false),
        ("*", "", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c", false),
        ("a*a", "a", false),
        ("/a", "/a/b", false),
        ("", "", true),
    ] {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    for (json, field) in [
        (
            json!({"outcome": {"kind": "status", "status": 200}}),
            "outcome.status",
        ),
        (
            json!({"outcome": {"kind": "duplicate", "copies": 0}}),
            "outcome.copies",
        ),
        (
            json!({"outcome": {"kind": "forge", "token": "none"}}),
            "outcome.token",
        ),
        (
            json!({"outcome": {"kind": "delay", "ms": 100_000_000}}),
            "outcome.ms",
        ),
        (
            json!({"when": {"event": "CallConnected"}, "outcome": {"kind": "reset"}}),
            "when.event",
        ),
        (
            json!({"when": {"operation": "createCall"}, "outcome": {"kind": "lose"}}),
            "when.operation",
        ),
        (
            json!({"when": {"operation": "danceCall"}, "outcome": {"kind": "reset"}}),
            "when.operation",
        ),
        (
            json!({"when": {"event": "CallDanced"}, "outcome": {"kind": "lose"}}),
            "when.event",
        ),
        (
            json!({"when": {"method": "post"}, "outcome": {"kind": "reset"}}),
            "when.method",
        ),
        (
            json!({"outcome": {"kind": "lose"}, "limit": {"rate": 1.5}}),
            "limit.rate",
        ),
        (
            json!({"outcome": {"kind": "lose"}, "limit": {"count": 0}}),
            "limit.count",
        ),
        (json!({"id": "a/b", "outcome": {"kind": "lose"}}), "id"),
        (
            json!({"when": {"posts": "eventGrid", "event": "CallConnected"}, "outcome": {"kind": "lose"}}),
            "when.event",
        ),
        (
            json!({"when": {"posts": "callbacks", "event": "IncomingCall"}, "outcome": {"kind": "lose"}}),
            "when.event",
        ),
        (
            json!({"when": {"event": "IncomingCall"}, "outcome": {"kind": "forge"}}),
            "when.event",
        ),
        (
            json!({"when": {"posts": "eventGrid"}, "outcome": {"kind": "forge"}}),
            "when.posts",
        ),
        (
            json!({"when": {"posts": "eventGrid", "path": "/x"}, "outcome": {"kind": "reset"}}),
            "when.path",
        ),
        (
            json!({"when": {"posts": "eventGrid"}, "outcome": {"kind": "status", "status": 503, "code": "x"}}),
            "outcome.code",
        ),
        (
            json!({"when": {"posts": "callbacks"}, "outcome": {"kind": "status", "status": 429, "retryAfterSeconds": 1}}),
            "outcome.retryAfterSeconds",
        ),
    ] {
        let fault: Fault = serde_json::from_value(json.clone()).unwrap();
        let error = Faults::new(1).add(fault).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("fault: {field}: expected")),
            "{json}: {error}"
        );
    }
    for json in [
        json!({"outcome": {"kind": "explode"}}),
        json!({"outcome": {"kind": "delay", "ms": 3, "copies": 1}}),
        json!({"outcome": {"kind": "lose"}, "wenn": {}}),
    ] {
        assert!(serde_json::from_value::<Fault>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn faults_are_written_as_they_are_read() {
    for fault in [
        Fault::new(
            FaultCondition::path("/a*"),
            FaultOutcome::status(429).retry_after(3),
        )
        .rate(0.25),
        Fault::new(
            FaultCondition::event("CallConnected"),
            FaultOutcome::Reorder { within_ms: 5 },
        )
        .seed(9),
        Fault::new(
            FaultCondition::address("http://*"),
            FaultOutcome::Forge {
                token: TokenFault::Expired,
            },
        )
        .named("f"),
    ] {
        let json = serde_json::to_value(&fault).unwrap();
        assert_eq!(serde_json::from_value::<Fault>(json).unwrap(), fault);
        let state = armed(fault).states().remove(0);
        let json = serde_json::to_value(&state).unwrap();
        assert_eq!(serde_json::from_value::<FaultState>(json).unwrap(), state);
    }
}

proptest! {
    #[test]
    fn the_same_seed_strikes_the_same(seed: u64, rate in 0.0..=1.0_f64, count in 1..50_u64, asked in 1..200_usize) {
        let fault = Fault::new(FaultCondition::any(), FaultOutcome::Lose).rate(rate).times(count);
        let run = || {
            let mut faults = Faults::new(seed);
            faults.add(fault.clone()).unwrap();
            (0..asked).map(|_| struck(&mut faults, &callback("X"))).collect::<Vec<_>>()
        };
        let first = run();
        prop_assert_eq!(&first, &run());
        let times = first.iter().filter(|struck| **struck).count() as u64;
        prop_assert!(times <= count);
        if rate >= 1.0 {
            prop_assert_eq!(times, count.min(asked as u64));
        }
    }
}
