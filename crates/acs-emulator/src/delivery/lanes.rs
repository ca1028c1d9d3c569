//! How many posts are on their way to one application at a time: each takes a connection, and when thousands
//! of calls end at once, neither side has thousands of those.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// How many posts to one origin are on their way.
const WIDTH: usize = 128;
/// How many origins are remembered that nothing is on its way to.
const IDLE: usize = 256;

/// The lanes to every origin. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl Lanes {
    /// Waits for a free lane to an address, first come, first served.
    pub(crate) async fn enter(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let lane = self.lane(url.origin().ascii_serialization());
        // Nobody closes it.
        lane.acquire_owned().await.ok()
    }

    fn lane(&self, origin: String) -> Arc<Semaphore> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= IDLE && !lanes.contains_key(&origin) {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let lane = lanes
            .entry(origin)
            .or_insert_with(|| Arc::new(Semaphore::new(WIDTH)));
        Arc::clone(lane)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn one_application_has_so_many_lanes_and_another_has_its_own() {
        let lanes = Lanes::default();
        let enter = |text: &str| lanes.enter(&url(text)).now_or_never();
        let mut taken: Vec<_> = (0..WIDTH)
            .map(|number| enter(&format!("http://h:1/{number}")).unwrap())
            .collect();
        assert!(enter("http://h:1/more").is_none());
        assert!(enter("http://h:2/more").is_some());
        taken.pop();
        assert!(enter("http://h:1/more").is_some());
    }

    #[test]
    fn origins_that_are_not_in_use_are_forgotten() {
        let lanes = Lanes::default();
        let kept = lanes.enter(&url("http://kept/")).now_or_never().unwrap();
        for number in 0..3 * IDLE {
            drop(lanes.enter(&url(&format!("http://h{number}/"))).now_or_never());
        }
        assert!(lanes.0.lock().unwrap().len() <= IDLE);
        assert!(lanes.0.lock().unwrap().contains_key("http://kept"));
        drop(kept);
    }
}
