//! An emulator and an application that use each other.

use std::sync::Arc;

use acs_call_automation::{CallAutomationClient, CommunicationUserIdentifier, Observer};
use acs_call_events::CallEventHub;
use acs_emulator::{Emulator, EmulatorBuilder, EventGridSchema, PartyScript, UsersMode};
use tokio::net::TcpListener;

use crate::app::Application;
use crate::soon;

/// The telephone number that the emulated resource owns.
pub const OWN_NUMBER: &str = "+14255550100";
/// A telephone somewhere else.
pub const TELEPHONE: &str = "+16045550123";

/// An emulator whose callbacks and offers come to an application, in one value.
///
/// Users without a script ring, and the application is offered the call.
#[derive(Debug)]
pub struct World {
    /// The service.
    pub emulator: Emulator,
    /// The application.
    pub app: Application,
}

impl World {
    /// A world with defaults.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub async fn start() -> Self {
        Self::with(Emulator::builder(), None).await
    }

    /// A world with settings of the emulator, and with somebody who watches the client.
    ///
    /// # Panics
    ///
    /// When no port can be had, or the settings cannot be used.
    pub async fn with(settings: EmulatorBuilder, observer: Option<Arc<dyn Observer>>) -> Self {
        let emulator = settings
            .users(UsersMode::Ring)
            .phone_number(OWN_NUMBER.parse().expect("a number"))
            .seed(7)
            .delivery_time_scale(0.01)
            .start()
            .await
            .expect("the emulator starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let resource = emulator.connection_string().parse().expect("a connection string");
        let app = Application::open(resource, listener, None, observer).expect("an application");
        let subscription = emulator
            .subscribe_event_grid(app.callback(), EventGridSchema::EventGrid)
            .expect("a webhook");
        assert!(soon("the Event Grid handshake", subscription.active()).await);
        Self { emulator, app }
    }

    /// The client of the application.
    pub fn client(&self) -> &CallAutomationClient {
        self.app.client()
    }

    /// The hub of the application.
    pub fn hub(&self) -> &CallEventHub {
        self.app.hub()
    }

    /// Where callbacks go.
    pub fn callback(&self) -> &str {
        self.app.callback()
    }

    /// A new user that does what the script says.
    pub fn user(&self, script: PartyScript) -> CommunicationUserIdentifier {
        let user = self.emulator.create_user();
        self.emulator.set_script(user.clone(), script);
        user
    }

    /// A new user whose calls are offered to the application.
    pub fn offered_user(&self) -> CommunicationUserIdentifier {
        self.emulator.create_user()
    }
}
