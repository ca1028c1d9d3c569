//! Files that are played: the engine asks for them and is told how long they are.

use std::sync::Arc;
use std::time::Duration;

use acs_common::CallConnectionId;
use chrono::TimeDelta;

use super::command::{FetchId, Fetched};
use super::model::{FetchFor, Sound};
use crate::engine::Engine;
use crate::engine::effect::{Effect, Fetch};
use crate::engine::error::ServiceError;
use crate::engine::model::Call;
use crate::engine::reply::Reply;
use crate::engine::world::World;

/// How long a file with a cache id is not fetched again (how-to guide on playing audio).
const CACHED: TimeDelta = TimeDelta::hours(1);
/// How many files are remembered.
const REMEMBERED: usize = 1000;

impl World {
    /// Asks for a file. Returns its length where that is known from before.
    pub(super) fn fetch(
        &mut self,
        call: &Call,
        connection: &CallConnectionId,
        uri: String,
        cache_id: Option<String>,
        wanted: FetchFor,
    ) -> Option<Duration> {
        let cache = cache_id.map(|id| (id, uri.clone()));
        if let Some(key) = &cache
            && let Some((until, length)) = self.files.known.get(key)
            && *until > self.now
        {
            return Some(*length);
        }
        let id = FetchId(self.next_key());
        self.files.pending.insert(id, (wanted, cache));
        self.effects.push(Effect::Fetch(Box::new(Fetch {
            id,
            uri: Arc::from(uri),
            server_call_id: call.id.clone(),
            connection: connection.clone(),
        })));
        None
    }
}

impl Engine {
    /// A file was fetched, or could not be.
    pub(in crate::engine) fn fetched(&mut self, fetched: &Fetched) -> Reply {
        let Some((wanted, cache)) = self.world.files.pending.remove(&fetched.id) else {
            return Reply::Done;
        };
        if let (Some(key), Ok(length)) = (cache, fetched.outcome) {
            let now = self.world.now;
            let known = &mut self.world.files.known;
            if known.len() >= REMEMBERED {
                known.retain(|_, (until, _)| *until > now);
            }
            if known.len() < REMEMBERED
                && let Some(until) = now.checked_add_signed(CACHED)
            {
                known.insert(key, (until, length));
            }
        }
        match wanted {
            FetchFor::Source {
                connection,
                key,
                index,
            } => {
                if let Some((_, _, op)) = self.op_at(&connection, key)
                    && let Some(sound) = op.sounds.get_mut(index)
                {
                    *sound = fetched.outcome.map_or_else(Sound::Bad, Sound::Lasts);
                    self.prepared(&connection, key);
                }
            }
            FetchFor::Hold {
                call,
                operation,
                key,
                target,
            } => {
                if let Err(failure) = fetched.outcome {
                    self.hold_failed(call, &operation, key, &target, failure);
                }
            }
        }
        Reply::Done
    }
}

/// An address that can be fetched at all.
pub(super) fn check_uri(uri: &str) -> Result<(), ServiceError> {
    let usable =
        url::Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if usable {
        Ok(())
    } else {
        Err(ServiceError::invalid(
            "the field file.uri must be an absolute http or https address.",
        ))
    }
}
