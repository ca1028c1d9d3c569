//! What a test does with a running emulator beside driving parties: the clock, faults, calling settings, a look at
//! the calls.

use std::time::Duration;

use acs_common::{CommunicationIdentifier, ServerCallId};
use chrono::{DateTime, Utc};

use super::Emulator;
use crate::agents::AgentView;
use crate::clock::{ClockMode, ClockState};
use crate::engine::{CallView, CallingSettings, Command};
use crate::faults::{Fault, FaultState};
use crate::{Error, ErrorKind};

impl Emulator {
    /// What the clock of the emulator shows, and how it goes.
    pub fn clock(&self) -> ClockState {
        self.service.host.clock().state()
    }

    /// Lets the time pass in another way from now on, as `PUT /emulator/clock` does. It goes on from where it
    /// is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when a scale is not above 0 and at most 1 000 000.
    pub fn set_clock(&self, mode: ClockMode) -> Result<(), Error> {
        self.service.set_clock(mode)
    }

    /// Steps a clock that is [stepped by hand](ClockMode::Stepped), as `POST /emulator/clock/advance` does. When
    /// this returns, everything that was due on the way has happened, each thing at its own time, and has been
    /// posted, and the posts were answered, refused or given up; repetitions whose time has come, too. With
    /// [`Duration::ZERO`] that is done for what is due now.
    ///
    /// What the application does after it has answered a post is not waited for.
    ///
    /// Returns the time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the clock is not stepped by hand.
    pub async fn advance(&self, by: Duration) -> Result<DateTime<Utc>, Error> {
        self.service.advance(by).await
    }

    /// The call agents that are signed in, by raw id.
    pub fn agents(&self) -> Vec<AgentView> {
        self.service.host.agents().views()
    }

    /// The calls that go on and behind them, up to a thousand, those that ended; both with the latest first, and
    /// at most so many.
    pub fn calls(&self, most: usize) -> Vec<CallView> {
        self.service.host.calls(most).2
    }

    /// One call that goes on or ended lately.
    pub fn call(&self, id: &ServerCallId) -> Option<CallView> {
        self.service.host.call(id)
    }

    /// Says what a Teams user has set about its calls, as `PUT /emulator/parties/{rawId}/calling-settings` does: it
    /// holds for whatever rings the user from now on, except a transfer that disables it.
    /// [`reset`](Self::reset) comes back to the settings of the start.
    ///
    /// ```no_run
    /// use acs_common::MicrosoftTeamsUserIdentifier;
    /// use acs_emulator::{CallingSettings, Emulator, ForwardTo};
    ///
    /// # async fn example() -> Result<(), acs_emulator::Error> {
    /// let emulator = Emulator::start().await?;
    /// let boss = MicrosoftTeamsUserIdentifier::new("45ab2481-1c1c-4005-be24-0ffb879b1130");
    /// emulator.set_calling_settings(boss, CallingSettings::default().forward_to(ForwardTo::Voicemail))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when they make no sense; the message names the field and what was expected.
    pub fn set_calling_settings(
        &self,
        user: impl Into<CommunicationIdentifier>,
        settings: CallingSettings,
    ) -> Result<(), Error> {
        let user = user.into();
        settings.check(&user)?;
        self.settle(&user, Some(settings))
    }

    /// Takes the calling settings of a user away: it does what its script says and nothing else.
    pub fn remove_calling_settings(&self, user: impl Into<CommunicationIdentifier>) {
        // Nothing can be wrong with no settings.
        let _ = self.settle(&user.into(), None);
    }

    /// The calling settings that a user was given.
    pub fn calling_settings(&self, user: impl Into<CommunicationIdentifier>) -> Option<CallingSettings> {
        self.service.host.calling_settings(&user.into().raw_id())
    }

    fn settle(&self, user: &CommunicationIdentifier, settings: Option<CallingSettings>) -> Result<(), Error> {
        let raw_id = user.raw_id().into_owned();
        let command = Command::SetCallingSettings { raw_id, settings };
        match self.service.host.command(command) {
            Ok(_) => Ok(()),
            Err(refused) => Err(Error::new(ErrorKind::InvalidInput, refused.message)),
        }
    }

    /// Makes something go wrong from now on, as `POST /emulator/faults` does. Each time that it strikes stands
    /// in the journal. A fault with the name of another one takes its place. [`reset`](Self::reset) takes all
    /// away.
    ///
    /// Returns its name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when something about it makes no sense; the message names the field and
    /// what was expected.
    pub fn add_fault(&self, fault: Fault) -> Result<String, Error> {
        self.service.add_fault(fault)
    }

    /// The faults, in the order in which they are asked, and how often they struck.
    pub fn faults(&self) -> Vec<FaultState> {
        self.courier.faults.lock().states()
    }

    /// Takes a fault away. Returns whether there was one.
    pub fn remove_fault(&self, id: &str) -> bool {
        self.service.remove_fault(id)
    }
}

impl crate::http::Service {
    pub(crate) fn set_clock(&self, mode: ClockMode) -> Result<(), Error> {
        mode.check()
            .map_err(|message| Error::new(ErrorKind::InvalidConfig, message))?;
        self.host.clock().set(mode);
        let state = self.host.clock().state();
        self.note(
            "clock set",
            serde_json::json!({ "mode": state.mode, "scale": state.scale }),
        );
        Ok(())
    }

    pub(crate) async fn advance(&self, by: Duration) -> Result<DateTime<Utc>, Error> {
        self.host.advance(by).await.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "clock: expected mode stepped; only such a clock is advanced by hand",
            )
        })
    }

    pub(crate) fn add_fault(&self, fault: Fault) -> Result<String, Error> {
        let mut faults = self.host.faults().lock();
        let id = faults.add(fault)?;
        let state = faults.state(&id);
        drop(faults);
        self.note(
            &format!("fault {id} added"),
            serde_json::json!({ "fault": state }),
        );
        Ok(id)
    }

    /// Has these faults and no others, or what there was when one of them makes no sense.
    pub(crate) fn replace_faults(&self, new: Vec<Fault>) -> Result<(), Error> {
        let mut faults = self.host.faults().lock();
        faults.replace(new)?;
        let states = faults.states();
        drop(faults);
        self.note("faults replaced", serde_json::json!({ "faults": states }));
        Ok(())
    }

    pub(crate) fn remove_fault(&self, id: &str) -> bool {
        let removed = self.host.faults().lock().remove(id);
        if removed {
            self.note(&format!("fault {id} removed"), serde_json::Value::Null);
        }
        removed
    }
}
