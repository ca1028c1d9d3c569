//! What calling settings make of a call: who is rung, one after the other.

use std::collections::VecDeque;
use std::time::Duration;

use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};

use super::{CallingSettings, ForwardTo};

/// How many users in a row forward one call by their settings. The settings of those after them do not count, so
/// that users who forward to each other do not pass a call on for ever. Chosen.
pub(in crate::engine) const MAX_HOPS: u32 = 5;
/// How long a member of a group is rung. Chosen: the default of the rule for unanswered calls.
const MEMBER_RINGS: Duration = Duration::from_secs(20);
const VOICEMAIL_PREFIX: &str = "28:voicemail:";

/// Where a call goes that rings a user with settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Route {
    /// How long the user itself is rung; `None` where it is not rung at all.
    pub(in crate::engine) own: Option<Duration>,
    /// Who is rung then, in this order.
    pub(in crate::engine) stops: VecDeque<Stop>,
}

/// Somebody who is rung instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Stop {
    pub(in crate::engine) target: CommunicationIdentifier,
    /// Whether the settings of the target count in turn.
    pub(in crate::engine) heeds: bool,
    /// How long it is rung, where somebody comes after it.
    pub(in crate::engine) rings: Option<Duration>,
}

impl CallingSettings {
    /// The way of a call to this user.
    pub(in crate::engine) fn route(&self, owner: &CommunicationIdentifier) -> Route {
        let mut rung = stops(owner, &self.forward_to);
        let own = rung.is_empty().then_some(self.unanswered_after);
        // A person or a voicemail that calls are forwarded to has the call; a group may not want it.
        if own.is_some() || matches!(self.forward_to, ForwardTo::Group(_)) {
            rung.extend(stops(owner, &self.unanswered()));
        }
        Route { own, stops: rung }
    }

    /// How long the user is rung where its settings are not to count; `None` is as long as the caller waits.
    pub(in crate::engine) fn patience(&self) -> Option<Duration> {
        (self.unanswered() != ForwardTo::Off).then_some(self.unanswered_after)
    }

    fn unanswered(&self) -> ForwardTo {
        match &self.unanswered_to {
            Some(target) => target.clone(),
            None if self.voicemail => ForwardTo::Voicemail,
            None => ForwardTo::Off,
        }
    }
}

fn stops(owner: &CommunicationIdentifier, target: &ForwardTo) -> VecDeque<Stop> {
    let alone = |target: CommunicationIdentifier| {
        VecDeque::from([Stop {
            target,
            heeds: true,
            rings: None,
        }])
    };
    match target {
        ForwardTo::Off => VecDeque::new(),
        ForwardTo::Voicemail => match owner {
            CommunicationIdentifier::MicrosoftTeamsUser(user) => alone(voicemail_of(user)),
            _ => VecDeque::new(),
        },
        ForwardTo::Party(party) => alone(party.clone()),
        ForwardTo::Group(members) => members
            .iter()
            .map(|member| Stop {
                target: member.clone(),
                heeds: false,
                rings: Some(MEMBER_RINGS),
            })
            .collect(),
    }
}

/// The voicemail of a Teams user: a party of its own.
pub(crate) fn voicemail_of(user: &MicrosoftTeamsUserIdentifier) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&format!("{VOICEMAIL_PREFIX}{}", user.user_id()))
}

/// Whether this is the voicemail of somebody.
pub(in crate::engine) fn is_voicemail(raw_id: &str) -> bool {
    raw_id.starts_with(VOICEMAIL_PREFIX)
}

/// Whose voicemail this is: the same user in each of the clouds.
pub(in crate::engine) fn owners_of_voicemail(raw_id: &str) -> Option<[String; 3]> {
    let user = raw_id.strip_prefix(VOICEMAIL_PREFIX)?;
    Some(["8:orgid:", "8:dod:", "8:gcch:"].map(|prefix| format!("{prefix}{user}")))
}
