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

/// How much is caught up with at once after a delay, of this machine or of who gives the audio: what was due within
/// this time. Without it every delay would stay for good, as nothing is ever sent faster than it sounds. Older
/// debts are forgiven, for a longer time without audio is a pause.
const CATCHES_UP: Duration = Duration::from_millis(200);

/// Sends until the connection ends or nobody is left.
pub(super) async fn run(queue: Arc<Outgoing>, mut sink: Texts) {
    // When the next frame may be sent; none when there is no pace to keep yet.
    let mut pace: Option<Instant> = None;
    // Since when less than a frame is there.
    let mut remainder_since: Option<Instant> = None;
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
                (pace, remainder_since) = (None, None);
                continue;
            }
            Todo::Frame => {}
            Todo::Remainder => {
                let since = *remainder_since.get_or_insert(now);
                let until = (since + REMAINDER_WAITS).max(pace.unwrap_or(now));
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
                remainder_since = None;
                queue.news().await;
                continue;
            }
            Todo::Finish | Todo::Ended => break,
        }
        let due = pace.filter(|due| *due + CATCHES_UP >= now).unwrap_or(now);
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
            pace = Some(due + FRAME_DURATION);
            if !send(&queue, &mut sink, &ApplicationFrame::AudioData(frame), 1).await {
                break;
            }
        }
    }
    // That the peer has gone already is no matter.
    let _ = sink.close().await;
    queue.finish();
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
