//! Settings of what a test steers, of who is let in, and of what Teams users have set about their calls.

use acs_common::CommunicationIdentifier;
use chrono::{DateTime, Utc};

use crate::clock::ClockMode;
use crate::config::EmulatorBuilder;
use crate::engine::CallingSettings;
use crate::faults::Fault;
use crate::http::AllowedHost;

impl EmulatorBuilder {
    /// How time passes: as on this machine, unless set. With [`ClockMode::Stepped`] it stands still but for
    /// [`Emulator::advance`](crate::Emulator::advance), so that a ring of 30 s takes no time in a test, and
    /// begins at the same time in every run, 2026-01-01T00:00:00Z. Calls, deliveries and their repetitions
    /// follow it; signatures of requests, tokens of callbacks, the handshakes of Event Grid and the fetching of
    /// files follow the wall clock.
    pub fn clock(mut self, mode: ClockMode) -> Self {
        self.clock = mode;
        self
    }

    /// What the clock shows when the emulator starts, in place of the time of the machine or, where it is
    /// stepped, of 2026-01-01T00:00:00Z.
    pub fn clock_start(mut self, start: DateTime<Utc>) -> Self {
        self.clock_start = Some(start);
        self
    }

    /// Gives a Teams user calling settings: forwarding, the rule for unanswered calls, the voicemail. A
    /// [reset](crate::Emulator::reset) comes back to them. Those that make no sense are refused when the emulator
    /// starts.
    pub fn calling_settings(
        mut self,
        user: impl Into<CommunicationIdentifier>,
        settings: CallingSettings,
    ) -> Self {
        self.calling_settings.push((user.into(), settings));
        self
    }

    /// Lets the page and the control routes be reached under another host than `localhost`, 127.0.0.0/8 and `[::1]`;
    /// the certificate of [`https`](Self::https) is for it too. They have no password. Allow no name whose name server
    /// is not yours: it may point the name at the emulator, and a page from elsewhere reaches it through a browser (DNS
    /// rebinding). Programs are not kept out either way: they name whatever host they like.
    pub fn allow_host(mut self, host: AllowedHost) -> Self {
        self.allow_hosts.push(host);
        self
    }

    /// Adds a fault that strikes from the start; see [`Emulator::add_fault`](crate::Emulator::add_fault). One
    /// that makes no sense is refused when the emulator starts.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
}
