//! Who follows the news knows at any time what a walk over all calls would show.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::*;
use super::play::{Play, act, latency};

/// What parties see of their calls, by raw id and call.
type Known = HashMap<(String, String), Outlook>;

fn key(outlook: &Outlook) -> (String, String) {
    (outlook.raw_id.to_string(), outlook.call.to_string())
}

fn walk(engine: &Engine) -> Known {
    let calls = engine.calls.values();
    let seen = calls.flat_map(|call| engine.outlooks(call));
    seen.map(|outlook| (key(&outlook), outlook)).collect()
}

fn follow(engine: &mut Engine, known: &mut Known) {
    for news in engine.news([], |_| false) {
        assert!(!(news.outlooks.is_empty() && news.left.is_empty()), "no news");
        for raw_id in news.left {
            let left = known.remove(&(raw_id.to_string(), news.call.to_string()));
            let waits = engine.world.online.contains(&*raw_id);
            assert!(left.is_some() || !waits, "{raw_id} was never there");
        }
        for outlook in news.outlooks {
            assert_eq!(outlook.call, news.call);
            known.insert(key(&outlook), outlook);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_news_leave_nothing_out(
        acts in prop::collection::vec((act(), prop::option::weighted(0.1, 0usize..4)), 1..60),
        latency in latency(),
    ) {
        let watched = [ALICE, BOB, CAROL, DAVE];
        let mut online = [true, true, true, false];
        let mut play = Play::new(7, latency, UsersMode::Ring);
        let mut known = Known::new();
        let set = |play: &mut Play, who: usize, online: bool| {
            let raw_id = watched[who].to_owned();
            let command = Command::SetOnline { raw_id, online };
            // What was due before is told by it, too, so it goes the way of all commands.
            let _ = play.lab.try_only(command);
        };
        for (who, online) in online.into_iter().enumerate() {
            set(&mut play, who, online);
        }
        for (act, turned) in &acts {
            if let Some(who) = *turned {
                online[who] = !online[who];
                set(&mut play, who, online[who]);
                // Nobody listens any more to what is said to one who left.
                known.retain(|(raw_id, _), _| online[who] || *raw_id != watched[who]);
            }
            play.play(act);
            let before = known.clone();
            follow(&mut play.lab.engine, &mut known);
            prop_assert_eq!(&known, &walk(&play.lab.engine), "after {:?}, before: {:?}", act, before);
        }
    }
}
