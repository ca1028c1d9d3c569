//! The calling settings of a Teams user: where its calls are forwarded to, what becomes of those that nobody
//! takes, and whether there is a voicemail.
//!
//! As JSON (control interface, config file): `{"forwardTo": "+14255550199"}` or
//! `{"unansweredTo": "voicemail", "unansweredAfterSeconds": 30}`. A target is `off`, `voicemail`, a telephone
//! number, a raw id, or a list of those last two, who are rung one after the other.

mod route;
mod shape;

use std::time::Duration;

use acs_common::{CommunicationIdentifier, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::script::millis;
use crate::{Error, ErrorKind};

pub(crate) use route::voicemail_of;
pub(super) use route::{MAX_HOPS, Stop, is_voicemail, owners_of_voicemail};

/// How many members a list of targets has at most. Chosen: rung one after the other, more would outlast any caller.
const MOST_MEMBERS: usize = 5;

/// The calling settings of one Teams user. The default is that of Teams: nothing is forwarded, and after 20 s a call
/// goes to the voicemail.
///
/// ```
/// use std::time::Duration;
///
/// use acs_common::CommunicationIdentifier;
/// use acs_emulator::{CallingSettings, ForwardTo};
///
/// let colleague = CommunicationIdentifier::from_raw_id("8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130");
/// let settings = CallingSettings::default()
///     .unanswered_to(ForwardTo::Party(colleague))
///     .unanswered_after(Duration::from_secs(30));
/// assert_eq!(settings.forward_to, ForwardTo::Off);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CallingSettings {
    /// Where calls go at once; the user itself is not rung.
    #[cfg_attr(feature = "schemars", schemars(with = "shape::Target"))]
    pub forward_to: ForwardTo,
    /// Where a call goes that the user does not answer in time, declines, or is not there for. `None` is the
    /// voicemail where there is one, and nowhere otherwise. With a list in [`forward_to`](Self::forward_to), where
    /// a call goes that nobody of that list takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<shape::Target>"))]
    pub unanswered_to: Option<ForwardTo>,
    /// How long the user is rung before: 10 to 60 s in steps of 10 s. 20 s unless set.
    #[serde(rename = "unansweredAfterSeconds", with = "shape::seconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "u64", range(min = 10, max = 60)))]
    pub unanswered_after: Duration,
    /// Whether there is a voicemail. There is one unless set.
    pub voicemail: bool,
    /// How long the voicemail rings before it answers. No time unless set.
    #[serde(rename = "voicemailAfterMs", with = "millis")]
    #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
    pub voicemail_after: Duration,
}

/// Where a call goes instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardTo {
    /// Nowhere.
    #[default]
    Off,
    /// To the user's voicemail: a party `28:voicemail:…` that answers.
    Voicemail,
    /// To a user or a telephone. Where that is a Teams user, its own settings count in turn.
    Party(CommunicationIdentifier),
    /// To delegates or a call group: 1 to 5 users and telephones, rung one after the other, 20 s each. Their own
    /// settings do not count.
    Group(Vec<CommunicationIdentifier>),
}

impl Default for CallingSettings {
    fn default() -> Self {
        Self {
            forward_to: ForwardTo::Off,
            unanswered_to: None,
            unanswered_after: Duration::from_secs(20),
            voicemail: true,
            voicemail_after: Duration::ZERO,
        }
    }
}

impl CallingSettings {
    /// Forwards every call at once.
    #[must_use]
    pub fn forward_to(mut self, target: ForwardTo) -> Self {
        self.forward_to = target;
        self
    }

    /// Says where calls go that the user does not take; [`ForwardTo::Off`] lets it ring as long as the caller waits.
    #[must_use]
    pub fn unanswered_to(mut self, target: ForwardTo) -> Self {
        self.unanswered_to = Some(target);
        self
    }

    /// Says how long the user is rung before: 10 to 60 s in steps of 10 s.
    #[must_use]
    pub fn unanswered_after(mut self, delay: Duration) -> Self {
        self.unanswered_after = delay;
        self
    }

    /// Has no voicemail.
    #[must_use]
    pub fn without_voicemail(mut self) -> Self {
        self.voicemail = false;
        self
    }

    /// Lets the voicemail ring a while before it answers.
    #[must_use]
    pub fn voicemail_after(mut self, delay: Duration) -> Self {
        self.voicemail_after = delay;
        self
    }

    /// Whether they make sense for this user. Users who forward to each other do: a call that five users have forwarded
    /// is forwarded no more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] with the field and what was expected: for somebody who is no Teams user, a delay
    /// between the steps, a voicemail that is not there, a target that is the user itself.
    pub fn check(&self, owner: &CommunicationIdentifier) -> Result<(), Error> {
        self.sensible(owner)
            .map_err(|message| Error::new(ErrorKind::InvalidInput, message))
    }

    /// The field that makes no sense, and what was expected.
    pub(super) fn sensible(&self, owner: &CommunicationIdentifier) -> Result<(), String> {
        if !is_teams_user(owner) {
            return Err(format!(
                "rawId: expected a Teams user such as 8:orgid:…, for only they have calling settings, and not `{}`",
                owner.raw_id()
            ));
        }
        let unanswered = self.unanswered_to.as_ref().unwrap_or(&ForwardTo::Off);
        for (field, target) in [("forwardTo", &self.forward_to), ("unansweredTo", unanswered)] {
            match target {
                ForwardTo::Voicemail if !self.voicemail => {
                    return Err(format!(
                        "{field}: expected another target than voicemail, for the user has none"
                    ));
                }
                ForwardTo::Off | ForwardTo::Voicemail => {}
                ForwardTo::Party(party) => check_party(field, party, owner)?,
                ForwardTo::Group(members) => check_group(field, members, owner)?,
            }
        }
        let seconds = self.unanswered_after.as_secs_f64();
        if ![10.0, 20.0, 30.0, 40.0, 50.0, 60.0].contains(&seconds) {
            return Err(format!(
                "unansweredAfterSeconds: expected 10, 20, 30, 40, 50 or 60, and not {seconds}"
            ));
        }
        Ok(())
    }
}

/// A user with an account, as opposed to one who is in a meeting without.
pub(super) fn is_teams_user(identity: &CommunicationIdentifier) -> bool {
    matches!(identity, CommunicationIdentifier::MicrosoftTeamsUser(user) if !user.is_anonymous())
}

fn check_party(
    field: &str,
    party: &CommunicationIdentifier,
    owner: &CommunicationIdentifier,
) -> Result<(), String> {
    if party.raw_id() == owner.raw_id() {
        return Err(format!("{field}: expected somebody else than the user itself"));
    }
    match party {
        CommunicationIdentifier::Unknown(_) => Err(format!(
            "{field}: expected off, voicemail, a telephone number such as +14255550199 or a raw id such as 8:orgid:…, and not `{}`",
            party.raw_id()
        )),
        CommunicationIdentifier::PhoneNumber(phone) if PhoneNumber::new(phone.number()).is_err() => {
            Err(format!(
                "{field}: expected a telephone number such as +14255550199, and not `{}`",
                phone.number()
            ))
        }
        _ => Ok(()),
    }
}

fn check_group(
    field: &str,
    members: &[CommunicationIdentifier],
    owner: &CommunicationIdentifier,
) -> Result<(), String> {
    if members.is_empty() || members.len() > MOST_MEMBERS {
        return Err(format!(
            "{field}: expected 1 to {MOST_MEMBERS} users and telephones, and not {}",
            members.len()
        ));
    }
    for (index, member) in members.iter().enumerate() {
        check_party(&format!("{field}[{index}]"), member, owner)?;
        if members.iter().take(index).any(|other| other == member) {
            return Err(format!("{field}[{index}]: expected everybody once"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
