//! The connection of one agent is lost in every state, and the emulator is the other end: it comes back and the
//! story goes on, or it does not and nobody waits for it any longer than 120 s.

use acs_calling::limits::RECONNECT;
use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallEndReason, CallState, Error, ErrorKind, IncomingCall, Transfer,
    TransferPolicy, TransferRequest,
};
use futures::StreamExt as _;
use futures::future::BoxFuture;

use super::cut::Cut;
use super::{Office, becomes, rings, talk};
use crate::harness::soon;

/// Three agents; the line of one of them can be cut.
struct Cast {
    office: Office,
    line: Cut,
    /// Whose line it is.
    x: CallAgent,
    y: CallAgent,
    z: CallAgent,
}

/// What there is when the line is cut.
#[derive(Default)]
struct Stage {
    /// The calls of the one who is cut off.
    mine: Vec<Call>,
    /// Calls of others that end when it stays away.
    theirs: Vec<Call>,
    /// Calls of others that go on when it stays away.
    spared: Vec<Call>,
    ringing_here: Option<IncomingCall>,
    ringing_there: Option<IncomingCall>,
    transfer: Option<Transfer>,
    question: Option<TransferRequest>,
}

type Row = (
    &'static str,
    for<'a> fn(&'a Cast) -> BoxFuture<'a, Stage>,
    // What comes of it when the line is back.
    for<'a> fn(&'a Cast, Stage) -> BoxFuture<'a, ()>,
);

impl Cast {
    async fn new(options: CallAgentOptions) -> Self {
        let office = Office::stepped().await;
        let line = Cut::new(&office);
        let who = office.somebody(&["voip"]).await;
        Self {
            x: line.agent(&who, options.clone()).await,
            y: office.agent("Y").await,
            z: office.agent("Z").await,
            line,
            office,
        }
    }
}

/// What is asked for again until the connection is there.
async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let asking = async {
        loop {
            match ask().await {
                Err(error) if matches!(error.kind(), ErrorKind::NotConnected | ErrorKind::ConnectionLost) => {
                    tokio::task::yield_now().await;
                }
                answer => return answer,
            }
        }
    };
    soon("the connection", asking).await
}

async fn outcome(transfer: Option<Transfer>) -> Result<(), CallEndReason> {
    soon("the outcome", transfer.unwrap().outcome()).await
}

async fn target_call(call: &Call) -> Call {
    let accepted = soon("a target call", call.transfers_accepted().next()).await;
    accepted.unwrap().target_call
}

/// Two who talk, and the one whose line is cut is the caller.
async fn talking(cast: &Cast) -> (Call, Call) {
    talk(&cast.x, &cast.y).await
}

fn pair((mine, theirs): (Call, Call)) -> Stage {
    Stage {
        mine: vec![mine],
        theirs: vec![theirs],
        ..Stage::default()
    }
}

const ROWS: &[Row] = &[
    (
        "calling somebody who rings",
        |cast| {
            Box::pin(async move {
                let call = cast.x.start_call([cast.y.identity().clone()], ()).await.unwrap();
                let ringing = rings(&cast.y).await;
                becomes(&call, CallState::Ringing).await;
                Stage {
                    mine: vec![call],
                    ringing_there: Some(ringing),
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                let answered = stage.ringing_there.unwrap().accept(()).await.unwrap();
                becomes(&answered, CallState::Connected).await;
                becomes(&stage.mine[0], CallState::Connected).await;
            })
        },
    ),
    (
        "ringing",
        |cast| {
            Box::pin(async move {
                let call = cast.y.start_call([cast.x.identity().clone()], ()).await.unwrap();
                Stage {
                    ringing_here: Some(rings(&cast.x).await),
                    theirs: vec![call],
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                let ringing = stage.ringing_here.unwrap();
                let answered = patiently(|| ringing.clone().accept(())).await.unwrap();
                becomes(&answered, CallState::Connected).await;
                becomes(&stage.theirs[0], CallState::Connected).await;
            })
        },
    ),
    (
        "connected",
        |cast| Box::pin(async move { pair(talking(cast).await) }),
        |_, stage| {
            Box::pin(async move {
                stage.theirs[0].hold().await.unwrap();
                becomes(&stage.mine[0], CallState::RemoteHold).await;
            })
        },
    ),
    (
        "held here",
        |cast| {
            Box::pin(async move {
                let (mine, theirs) = talking(cast).await;
                mine.hold().await.unwrap();
                becomes(&theirs, CallState::RemoteHold).await;
                pair((mine, theirs))
            })
        },
        |_, stage| {
            Box::pin(async move {
                assert_eq!(stage.mine[0].state(), CallState::LocalHold);
                patiently(|| stage.mine[0].resume()).await.unwrap();
                becomes(&stage.theirs[0], CallState::Connected).await;
            })
        },
    ),
    (
        "held there",
        |cast| {
            Box::pin(async move {
                let (mine, theirs) = talking(cast).await;
                theirs.hold().await.unwrap();
                becomes(&mine, CallState::RemoteHold).await;
                pair((mine, theirs))
            })
        },
        |_, stage| {
            Box::pin(async move {
                stage.theirs[0].resume().await.unwrap();
                becomes(&stage.mine[0], CallState::Connected).await;
            })
        },
    ),
    (
        "transferring",
        |cast| {
            Box::pin(async move {
                let (mine, theirs) = talking(cast).await;
                let transfer = mine
                    .transfer_to_participant(cast.z.identity().clone(), ())
                    .unwrap();
                let ringing = rings(&cast.z).await;
                let moved = target_call(&theirs).await;
                Stage {
                    mine: vec![mine],
                    theirs: vec![theirs, moved],
                    ringing_there: Some(ringing),
                    transfer: Some(transfer),
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                stage.ringing_there.unwrap().accept(()).await.unwrap();
                assert_eq!(outcome(stage.transfer).await, Ok(()));
                becomes(&stage.theirs[1], CallState::Connected).await;
                patiently(|| stage.mine[0].hang_up()).await.unwrap();
                becomes(&stage.theirs[0], CallState::Disconnected).await;
            })
        },
    ),
    (
        "being moved",
        |cast| {
            Box::pin(async move {
                let (theirs, mine) = talk(&cast.y, &cast.x).await;
                let transfer = theirs
                    .transfer_to_participant(cast.z.identity().clone(), ())
                    .unwrap();
                let ringing = rings(&cast.z).await;
                let moved = target_call(&mine).await;
                Stage {
                    mine: vec![mine, moved],
                    theirs: vec![theirs],
                    ringing_there: Some(ringing),
                    transfer: Some(transfer),
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                stage.ringing_there.unwrap().accept(()).await.unwrap();
                assert_eq!(outcome(stage.transfer).await, Ok(()));
                becomes(&stage.mine[1], CallState::Connected).await;
                becomes(&stage.mine[0], CallState::LocalHold).await;
            })
        },
    ),
    (
        "ringing as the target of a transfer",
        |cast| {
            Box::pin(async move {
                let (from, to) = talk(&cast.y, &cast.z).await;
                let transfer = from
                    .transfer_to_participant(cast.x.identity().clone(), ())
                    .unwrap();
                let ringing = rings(&cast.x).await;
                let moved = target_call(&to).await;
                Stage {
                    theirs: vec![moved],
                    spared: vec![from, to],
                    ringing_here: Some(ringing),
                    transfer: Some(transfer),
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                let ringing = stage.ringing_here.unwrap();
                let answered = patiently(|| ringing.clone().accept(())).await.unwrap();
                assert_eq!(outcome(stage.transfer).await, Ok(()));
                becomes(&answered, CallState::Connected).await;
                becomes(&stage.theirs[0], CallState::Connected).await;
            })
        },
    ),
    (
        "asked whether it may be moved",
        |cast| {
            Box::pin(async move {
                let (theirs, mine) = talk(&cast.y, &cast.x).await;
                let transfer = theirs
                    .transfer_to_participant(cast.z.identity().clone(), ())
                    .unwrap();
                let question = soon("a question", mine.transfer_requests().next()).await;
                Stage {
                    mine: vec![mine],
                    theirs: vec![theirs],
                    transfer: Some(transfer),
                    question,
                    ..Stage::default()
                }
            })
        },
        |_, stage| {
            Box::pin(async move {
                // The question ended with the connection that it came on.
                assert_eq!(outcome(stage.transfer).await, Err(CallEndReason::DECLINED));
                stage.theirs[0].hold().await.unwrap();
                becomes(&stage.mine[0], CallState::RemoteHold).await;
                let error = stage.question.unwrap().accept(()).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NoLongerRequested);
            })
        },
    ),
];

fn options(row: &str) -> CallAgentOptions {
    let policy = if row.starts_with("asked") {
        TransferPolicy::Ask
    } else {
        TransferPolicy::AutoAccept
    };
    CallAgentOptions::default().transfer_policy(policy)
}

#[tokio::test]
async fn a_line_that_is_back_lets_every_story_go_on() {
    for (row, play, goes_on) in ROWS {
        let cast = Cast::new(options(row)).await;
        let stage = play(&cast).await;
        cast.line.cut().await;
        goes_on(&cast, stage).await;
    }
}

#[tokio::test]
async fn nobody_waits_for_a_line_that_stays_away() {
    for (row, play, _) in ROWS {
        let cast = Cast::new(options(row)).await;
        let stage = play(&cast).await;
        cast.line.refuse(true);
        cast.line.cut().await;
        // When exactly the emulator notices is not seen from here, so the time is stepped until it has.
        let ends = async {
            while !stage
                .theirs
                .iter()
                .all(|call| call.state() == CallState::Disconnected)
                || stage.ringing_there.iter().any(|call| call.end().is_none())
            {
                cast.office.advance(RECONNECT).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        soon("the end", ends).await;
        for spared in &stage.spared {
            assert_eq!(spared.state(), CallState::Connected, "{row}");
        }
        // Back after all, it finds what it had over.
        cast.line.refuse(false);
        for mine in &stage.mine {
            becomes(mine, CallState::Disconnected).await;
        }
        if let Some(ringing) = stage.ringing_here {
            soon("the end", ringing.ended().next()).await.unwrap();
        }
        if let Some(transfer) = stage.transfer {
            assert!(soon("the outcome", transfer.outcome()).await.is_err(), "{row}");
        }
        let again = patiently(|| cast.x.start_call([cast.y.identity().clone()], ())).await;
        let again = again.unwrap();
        rings(&cast.y).await.accept(()).await.unwrap();
        becomes(&again, CallState::Connected).await;
    }
}

/// 120 s, and not a second less.
#[tokio::test]
async fn the_emulator_keeps_a_call_for_120_seconds() {
    let cast = Cast::new(CallAgentOptions::default()).await;
    let (mine, theirs) = talking(&cast).await;
    cast.line.refuse(true);
    cast.line.cut().await;
    cast.office
        .advance(RECONNECT.saturating_sub(std::time::Duration::from_secs(1)))
        .await
        .unwrap();
    theirs.mute().await.unwrap();
    assert_eq!(theirs.state(), CallState::Connected);
    cast.line.refuse(false);
    theirs.hold().await.unwrap();
    becomes(&mine, CallState::RemoteHold).await;
}
