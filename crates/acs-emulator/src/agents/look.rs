//! Who is signed in, as anybody may see it: no token, and nothing by which a session could be taken over.

use std::collections::{BTreeMap, HashSet};

use acs_common::ServerCallId;
use serde::{Deserialize, Serialize};

use super::{Agents, Phase, Session};

/// A call agent that is signed in: an identity on one device or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AgentView {
    /// Who.
    pub raw_id: String,
    /// The name that it shows, of the first device that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether any of its devices is connected.
    pub state: AgentState,
    /// How many calls it is in.
    pub calls: usize,
    /// How many calls ring with it.
    pub ringing: usize,
    /// Where it is signed in, by name.
    pub devices: Vec<AgentDevice>,
}

/// A device that an agent is signed in on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AgentDevice {
    /// Its name.
    pub endpoint: String,
    /// The name that is shown of who is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether it is connected.
    pub state: AgentState,
    /// How many calls it is in.
    pub calls: usize,
    /// How many calls ring with it.
    pub ringing: usize,
}

/// Whether an agent is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AgentState {
    /// It is.
    Connected,
    /// Its connection is lost, and its place is kept for a while.
    Away,
}

impl Session {
    fn state(&self) -> AgentState {
        if self.sender.is_some() {
            AgentState::Connected
        } else {
            AgentState::Away
        }
    }

    fn calls_in(&self, phase: Phase) -> impl Iterator<Item = &ServerCallId> {
        self.calls
            .iter()
            .filter(move |(_, part)| part.phase == phase)
            .map(|(call, _)| call)
    }

    fn device(&self) -> AgentDevice {
        AgentDevice {
            endpoint: self.endpoint.clone(),
            display_name: self.display_name.clone(),
            state: self.state(),
            calls: self.calls_in(Phase::In).count(),
            ringing: self.calls_in(Phase::Ringing).count(),
        }
    }
}

impl Agents {
    /// Those who are signed in, by raw id.
    pub(crate) fn views(&self) -> Vec<AgentView> {
        let registry = self.lock();
        let mut by_id: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
        for session in registry.sessions.values() {
            by_id.entry(&session.raw_id).or_default().push(session);
        }
        by_id
            .into_iter()
            .map(|(raw_id, mut sessions)| {
                sessions.sort_unstable_by(|one, other| one.endpoint.cmp(&other.endpoint));
                let calls = |phase| -> usize {
                    let all = sessions.iter().flat_map(|session| session.calls_in(phase));
                    all.collect::<HashSet<_>>().len()
                };
                AgentView {
                    raw_id: raw_id.to_owned(),
                    display_name: sessions.iter().find_map(|session| session.display_name.clone()),
                    state: if sessions
                        .iter()
                        .any(|session| session.state() == AgentState::Connected)
                    {
                        AgentState::Connected
                    } else {
                        AgentState::Away
                    },
                    calls: calls(Phase::In),
                    ringing: calls(Phase::Ringing),
                    devices: sessions.iter().map(|session| session.device()).collect(),
                }
            })
            .collect()
    }

    /// Whether somebody of this raw id is signed in.
    pub(crate) fn has(&self, raw_id: &str) -> bool {
        let registry = self.lock();
        registry.sessions.values().any(|session| session.raw_id == raw_id)
    }
}
