//! The task that sends audio at the pace at which it sounds.

use std::sync::Arc;
use std::time::Duration;

use futures::SinkExt as _;
use tokio::time::{Instant, sleep_until};

use super::Texts;
use super::outgoing::{End, Outgoing, Todo};
use crate::{ApplicationFrame, FRAME_DURATION};

/// How long less than a frame waits for more before it is filled up with silence. Whoever waits so long is heard
/// with a gap anyway.
const REMAINDER_WAITS: Duration = Duration::from_millis(100);

/// How much is caught up with at once after a delay: what was due within this time. Older debts are forgiven, so
/// that no burst fills the service's buffers, which a stop would have to empty.
const CATCHES_UP: Duration = Duration::from_millis(200);

/// Sends until the connection ends or nobody is left.
pub(super) async fn run(queue: Arc<Outgoing>, mut sink: Texts) {
    // When the next frame may be sent.
    let mut due = Instant::now();
    // Since when less than a frame is there.
    let mut remainder_since: Option<Instant> = None;
    // Whether there was nothing to send, so that being late is nobody's fault.
    let mut idle = true;
    loop {
        let todo = queue.todo();
        let now = Instant::now();
        let mut fill = false;
        match todo {
            Todo::Stop => {
                queue.take_stop();
                if !send(&queue, &mut sink, &ApplicationFrame::StopAudio, 0).await {
                    break;
                }
                // The service has dropped what it had, so what comes next is due at once.
                due = Instant::now();
                (idle, remainder_since) = (true, None);
                continue;
            }
            Todo::Frame => {}
            Todo::Remainder => {
                idle = true;
                let since = *remainder_since.get_or_insert(now);
                let until = (since + REMAINDER_WAITS).max(due);
                if now < until {
                    tokio::select! {
                        () = sleep_until(until) => {}
                        () = queue.news() => {}
                    }
                    continue;
                }
                fill = true;
            }
            Todo::Nothing => {
                (idle, remainder_since) = (true, None);
                queue.news().await;
                continue;
            }
            Todo::Finish | Todo::Ended => break,
        }
        if idle {
            due = due.max(now);
            idle = false;
        } else if due + CATCHES_UP < now {
            due = now;
        }
        if now < due {
            // A stop must not wait for the next frame.
            tokio::select! {
                () = sleep_until(due) => {}
                () = queue.news() => {}
            }
            continue;
        }
        remainder_since = None;
        if let Some(frame) = queue.take_frame(fill) {
            due += FRAME_DURATION;
            if !send(&queue, &mut sink, &ApplicationFrame::AudioData(frame), 1).await {
                break;
            }
        }
    }
    // That the peer has gone already is no matter.
    let _ = sink.close().await;
}

/// Whether it was sent.
async fn send(queue: &Outgoing, sink: &mut Texts, frame: &ApplicationFrame, frames: u64) -> bool {
    match sink.send(frame.to_json()).await {
        Ok(()) => {
            queue.sent(frames);
            true
        }
        Err(error) => {
            tracing::debug!(%error, "audio could not be sent");
            queue.end(End::Broken);
            false
        }
    }
}
