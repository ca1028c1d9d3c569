//! The entry point.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use crate::agent::cells::lock;
use crate::agent::core::Core;
use crate::agent::task::{self, Session};
use crate::agent::{CallAgent, CallAgentOptions, Shared, TransferPolicy};
use crate::credential::{CommunicationTokenCredential, WallClock};
use crate::devices::DeviceManager;
use crate::error::{Error, ErrorKind};
use crate::protocol::CallEndReason;
use crate::transport::Transport;

/// How a client reaches the service.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct CallClientOptions {
    /// What carries its messages.
    pub transport: Arc<dyn Transport>,
    /// The device. An identity has at most one agent on each; several devices ring together. All clients of a
    /// process are on one device unless they say otherwise.
    pub endpoint: String,
}

impl CallClientOptions {
    /// Takes a transport.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self {
            transport: Arc::new(transport),
            endpoint: this_device().to_owned(),
        }
    }

    /// Names the device.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }
}

fn this_device() -> &'static str {
    static DEVICE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DEVICE.get_or_init(|| uuid::Uuid::new_v4().to_string())
}

/// Makes agents: one at a time. What it does is told through `tracing`, with target `acs_calling`; levels are the
/// subscriber's business (`RUST_LOG=acs_calling=debug`).
#[doc(alias = "AzureLogger")]
#[doc(alias = "setLogLevel")]
#[doc(alias = "getLogLevel")]
pub struct CallClient {
    options: CallClientOptions,
    devices: DeviceManager,
    agent: Mutex<Slot>,
}

#[derive(Debug)]
enum Slot {
    Free,
    /// An agent is being made.
    Taken,
    Used(Weak<Core>),
}

/// Gives the place back when an agent could not be made, also when nobody waits for it any more.
struct Reservation<'a>(&'a Mutex<Slot>, bool);

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.1 {
            *lock(self.0) = Slot::Free;
        }
    }
}

impl CallClient {
    /// A client.
    pub fn new(options: CallClientOptions) -> Self {
        Self {
            options,
            devices: DeviceManager::default(),
            agent: Mutex::new(Slot::Free),
        }
    }

    /// Signs somebody in: whose token it is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidToken`] (401/40235) for a token that has expired,
    /// [`ErrorKind::AgentAlreadyExists`] (409/40228) while this client has an agent, or the identity has one on
    /// this device; [`ErrorKind::Credential`], [`ErrorKind::NotConnected`], [`ErrorKind::Timeout`] (408/40101,
    /// after 30 s), and what the service refuses.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives it up.
    pub async fn create_call_agent(
        &self,
        credential: impl CommunicationTokenCredential + 'static,
        options: impl Into<CallAgentOptions>,
    ) -> Result<CallAgent, Error> {
        let options = options.into();
        let mut reservation = self.reserve()?;
        let session = Session {
            transport: Arc::clone(&self.options.transport),
            credential: Arc::new(credential),
            clock: WallClock::new(),
            endpoint: self.options.endpoint.clone(),
            display_name: options.display_name.clone(),
            asks_before_transfer: options.transfer_policy == TransferPolicy::Ask,
        };
        let token = session.token().await?;
        let (connection, signed_in) = session.sign_in(&token, None).await?;
        let core = Arc::new(Core::new(signed_in.identity.clone(), options.display_name));
        let shared = Arc::new(Shared {
            core: Arc::clone(&core),
        });
        *lock(&self.agent) = Slot::Used(Arc::downgrade(&core));
        reservation.1 = false;
        task::start(&core, session, token, connection, signed_in.session);
        for incoming in signed_in.incoming {
            core.step(|machine, now| {
                machine.message(now, crate::protocol::ServerMessage::IncomingCall { incoming });
            });
        }
        Ok(CallAgent { shared })
    }

    /// Disposes of the agent, if there is one; see [`CallAgent::dispose`]. Dropping the client instead leaves the
    /// agent to its own handles.
    pub async fn dispose(self) {
        let core = match &*lock(&self.agent) {
            Slot::Used(core) => core.upgrade(),
            Slot::Free | Slot::Taken => None,
        };
        if let Some(core) = core {
            core.leave().await;
        }
    }

    fn reserve(&self) -> Result<Reservation<'_>, Error> {
        let mut slot = lock(&self.agent);
        let free = match &*slot {
            Slot::Free => true,
            Slot::Taken => false,
            Slot::Used(core) => core.upgrade().is_none_or(|core| *core.over.borrow()),
        };
        if !free {
            let why = "this client has an agent already; dispose of it first";
            return Err(
                Error::new(ErrorKind::AgentAlreadyExists, why).with_reason(CallEndReason::new(409, 40_228))
            );
        }
        *slot = Slot::Taken;
        Ok(Reservation(&self.agent, true))
    }

    /// The devices of this client, which exist in memory only.
    #[doc(alias = "getDeviceManager")]
    pub fn device_manager(&self) -> &DeviceManager {
        &self.devices
    }
}

impl fmt::Debug for CallClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallClient")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
