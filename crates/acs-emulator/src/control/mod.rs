//! A client of the control API, for tests of programs that run elsewhere: against `acs serve`, or against an
//! emulator in another process.
//!
//! Where the emulator runs in the same process, [`Emulator`](crate::Emulator) does the same without a detour.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use acs_common::CommunicationIdentifier;
//! use acs_emulator::control::ControlClient;
//! use acs_emulator::{ClockMode, Fault, FaultCondition, FaultOutcome};
//!
//! # async fn example() -> Result<(), acs_emulator::Error> {
//! let control = ControlClient::new("http://127.0.0.1:8080")?;
//! control.set_clock(ClockMode::Stepped).await?;
//! control.add_fault(&Fault::new(FaultCondition::operation("createCall"), FaultOutcome::status(503)).times(1)).await?;
//! let caller = CommunicationIdentifier::phone("+16045550123");
//! control.call(&caller, &CommunicationIdentifier::phone("+14255550100")).await?;
//! control.advance(Duration::from_secs(30)).await?;
//! # Ok(())
//! # }
//! ```

#![expect(
    clippy::missing_errors_doc,
    reason = "every method fails alike, which the client tells once"
)]

mod answers;

use std::time::Duration;

use acs_common::{CommunicationIdentifier, PhoneNumber, ServerCallId};
use chrono::{DateTime, Utc};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use answers::{AgentList, Fail, FaultList, Injected, NumberList, OutsideCall, PartyList, UserMade};
pub use answers::{CallList, GroupCallMade, Health, JournalPage, PartyView, RoomMade};

use crate::agents::AgentView;
use crate::clock::{ClockMode, ClockName, ClockState};
use crate::engine::{CallLocator, CallView, CallingSettings, PartyScript, RejectReason};
use crate::faults::{Fault, FaultState};
use crate::{Error, ErrorKind};

/// A client of the control API of one emulator. Cheap to clone.
///
/// Every method fails with [`ErrorKind::InvalidInput`] when the emulator refuses what it is given (the message
/// names the field and what was expected), with [`ErrorKind::NotFound`] when what is named does not exist, and
/// with [`ErrorKind::Unreachable`] when there is no answer, or none that an emulator would give.
#[derive(Clone, Debug)]
pub struct ControlClient {
    http: reqwest::Client,
    /// The origin, without a slash behind it.
    origin: String,
}

/// Text as one segment of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn party(who: &CommunicationIdentifier, what: &str) -> String {
    format!("parties/{}/{what}", segment(&who.raw_id()))
}

impl ControlClient {
    /// A client of the emulator at this endpoint, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when that is no absolute http or https URL.
    pub fn new(endpoint: &str) -> Result<Self, Error> {
        let url = Url::parse(endpoint)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    "endpoint: expected an absolute http or https URL",
                )
            })?;
        let failed = || Error::new(ErrorKind::InvalidConfig, "no HTTP client can be built");
        let tls = if url.scheme() == "https" {
            acs_common::tls::client_config()
        } else {
            acs_common::tls::without_roots()
        };
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_backend_preconfigured(tls.map_err(|source| failed().with_source(source))?)
            .build()
            .map_err(|source| failed().with_source(source))?;
        Ok(Self {
            http,
            origin: url.origin().ascii_serialization(),
        })
    }

    /// The same with an HTTP client of your own, for a certificate that the platform does not trust.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_http(endpoint: &str, http: reqwest::Client) -> Result<Self, Error> {
        let Self { origin, .. } = Self::new(endpoint)?;
        Ok(Self { http, origin })
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Error> {
        let broken = |what: &str| Error::new(ErrorKind::Unreachable, format!("{path}: {what}"));
        let mut request = self
            .http
            .request(method, format!("{}/emulator/{path}", self.origin));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .map_err(|source| broken("the emulator does not answer").with_source(source))?;
        let status = response.status();
        let bytes = response
            .bytes()
            .await
            .map_err(|source| broken("the answer broke off").with_source(source))?;
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|source| broken("the answer is not understood").with_source(source));
        }
        let Ok(Fail { error }) = serde_json::from_slice::<Fail>(&bytes) else {
            return Err(broken(&format!("answered {}", status.as_u16())));
        };
        let kind = match status.as_u16() {
            404 => ErrorKind::NotFound,
            400..=499 => ErrorKind::InvalidInput,
            _ => ErrorKind::Unreachable,
        };
        Err(Error::new(kind, error.message))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(Method::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T, Error> {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn tell(&self, path: &str, body: Value) -> Result<(), Error> {
        self.post::<Value>(path, body).await.map(drop)
    }

    fn json(value: &impl Serialize) -> Result<Value, Error> {
        serde_json::to_value(value).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "cannot be written as JSON").with_source(source)
        })
    }
}

/// The emulator, its clock and its faults.
impl ControlClient {
    /// How the emulator is.
    pub async fn health(&self) -> Result<Health, Error> {
        self.get("health").await
    }

    /// Begins anew: calls, users, rooms, subscriptions, recordings, stored answers and faults are gone.
    pub async fn reset(&self) -> Result<(), Error> {
        self.tell("reset", json!({})).await
    }

    /// What happened, from an entry on; 0 is the beginning.
    pub async fn journal(&self, since: u64) -> Result<JournalPage, Error> {
        self.get(&format!("journal?since={since}")).await
    }

    /// What the clock shows.
    pub async fn clock(&self) -> Result<ClockState, Error> {
        self.get("clock").await
    }

    /// Lets time pass in another way.
    pub async fn set_clock(&self, mode: ClockMode) -> Result<ClockState, Error> {
        let (mode, scale) = match mode {
            ClockMode::Real => (ClockName::Real, None),
            ClockMode::Scaled(scale) => (ClockName::Scaled, Some(scale)),
            ClockMode::Stepped => (ClockName::Stepped, None),
        };
        let body = json!({ "mode": mode, "scale": scale });
        self.send(Method::PUT, "clock", Some(body)).await
    }

    /// Steps a stepped clock. Everything that was due on the way has happened and was posted when this returns.
    /// Cut to milliseconds.
    pub async fn advance(&self, by: Duration) -> Result<ClockState, Error> {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.post("clock/advance", json!({ "ms": ms })).await
    }

    /// Makes something go wrong.
    pub async fn add_fault(&self, fault: &Fault) -> Result<FaultState, Error> {
        self.post("faults", Self::json(fault)?).await
    }

    /// What goes wrong, and how often it did.
    pub async fn faults(&self) -> Result<Vec<FaultState>, Error> {
        Ok(self.get::<FaultList>("faults").await?.faults)
    }

    /// Has these faults and no others.
    pub async fn replace_faults(&self, faults: &[Fault]) -> Result<Vec<FaultState>, Error> {
        let body = json!({ "faults": Self::json(&faults)? });
        let list: FaultList = self.send(Method::PUT, "faults", Some(body)).await?;
        Ok(list.faults)
    }

    /// Takes a fault away.
    pub async fn remove_fault(&self, id: &str) -> Result<(), Error> {
        let path = format!("faults/{}", segment(id));
        self.send::<Value>(Method::DELETE, &path, None).await.map(drop)
    }

    /// Posts a whole event of your own to an address. Returns the journal entry that announces it.
    pub async fn inject(&self, callback_uri: &str, event: Value) -> Result<u64, Error> {
        let body = json!({ "callbackUri": callback_uri, "event": event });
        Ok(self.post::<Injected>("events", body).await?.journal_entry)
    }

    /// Posts an event of a leg to the callback address of the leg: its type, whole or the last part, and what
    /// its `data` has beside the ids of the leg. Returns the journal entry that announces it.
    pub async fn inject_at(&self, call_connection_id: &str, kind: &str, data: Value) -> Result<u64, Error> {
        let body = json!({ "callConnectionId": call_connection_id, "type": kind, "data": data });
        Ok(self.post::<Injected>("events", body).await?.journal_entry)
    }
}

/// What there is.
impl ControlClient {
    /// Makes a user; without a script it does what all users do.
    pub async fn create_user(&self, script: Option<&PartyScript>) -> Result<CommunicationIdentifier, Error> {
        let body = match script {
            Some(script) => json!({ "script": Self::json(script)? }),
            None => json!({}),
        };
        let made: UserMade = self.post("users", body).await?;
        Ok(CommunicationIdentifier::from_raw_id(&made.raw_id))
    }

    /// The numbers of the resource.
    pub async fn numbers(&self) -> Result<Vec<PhoneNumber>, Error> {
        Ok(self.get::<NumberList>("numbers").await?.numbers)
    }

    /// Gives the resource a number.
    pub async fn add_number(&self, number: &PhoneNumber) -> Result<(), Error> {
        self.tell("numbers", json!({ "number": number })).await
    }

    /// Makes a room that is open at these times, with parties that are in it; a room id is made up.
    pub async fn create_room(
        &self,
        valid_from: Option<DateTime<Utc>>,
        valid_until: Option<DateTime<Utc>>,
        parties: &[CommunicationIdentifier],
    ) -> Result<RoomMade, Error> {
        let mut body = json!({ "parties": raw_ids(parties) });
        if let Value::Object(body) = &mut body {
            for (name, time) in [("validFrom", valid_from), ("validUntil", valid_until)] {
                if let Some(time) = time {
                    body.insert(name.to_owned(), json!(time));
                }
            }
        }
        self.post("rooms", body).await
    }

    /// Makes a room that only these join; others are refused with 403/5828. Its id is made up.
    pub async fn create_room_for(&self, participants: &[CommunicationIdentifier]) -> Result<RoomMade, Error> {
        self.post("rooms", json!({ "participants": raw_ids(participants) }))
            .await
    }

    /// Begins a group call of parties alone, at least one, for the application to connect to.
    pub async fn create_group_call(
        &self,
        parties: &[CommunicationIdentifier],
    ) -> Result<GroupCallMade, Error> {
        self.post("group-calls", json!({ "parties": raw_ids(parties) }))
            .await
    }

    /// The calls that go on, and those that ended lately; at most so many.
    pub async fn calls(&self, limit: usize) -> Result<CallList, Error> {
        self.get(&format!("calls?limit={limit}")).await
    }

    /// One call.
    pub async fn call_state(&self, id: &ServerCallId) -> Result<CallView, Error> {
        self.get(&format!("calls/{}", segment(id.as_str()))).await
    }

    /// What happened in one call.
    pub async fn call_journal(&self, id: &ServerCallId) -> Result<JournalPage, Error> {
        self.get(&format!("calls/{}/journal", segment(id.as_str()))).await
    }

    /// The call agents that are signed in.
    pub async fn agents(&self) -> Result<Vec<AgentView>, Error> {
        Ok(self.get::<AgentList>("agents").await?.agents)
    }

    /// Everybody who is known.
    pub async fn parties(&self) -> Result<Vec<PartyView>, Error> {
        Ok(self.get::<PartyList>("parties").await?.parties)
    }
}

/// What parties do.
impl ControlClient {
    /// Says what a party does by itself; `None` takes its script away.
    pub async fn set_script(
        &self,
        who: &CommunicationIdentifier,
        script: Option<&PartyScript>,
    ) -> Result<(), Error> {
        self.tell(&party(who, "script"), Self::json(&script)?).await
    }

    /// What a Teams user has set about its calls; `None` where it was given nothing.
    pub async fn calling_settings(
        &self,
        who: &CommunicationIdentifier,
    ) -> Result<Option<CallingSettings>, Error> {
        self.get(&party(who, "calling-settings")).await
    }

    /// Says what a Teams user has set about its calls; `None` takes its settings away.
    pub async fn set_calling_settings(
        &self,
        who: &CommunicationIdentifier,
        settings: Option<&CallingSettings>,
    ) -> Result<(), Error> {
        let (path, body) = (party(who, "calling-settings"), Self::json(&settings)?);
        self.send::<Value>(Method::PUT, &path, Some(body)).await.map(drop)
    }

    /// Answers the call that rings longest.
    pub async fn answer(&self, who: &CommunicationIdentifier) -> Result<(), Error> {
        self.tell(&party(who, "answer"), json!({})).await
    }

    /// Rejects the call that rings longest.
    pub async fn reject(&self, who: &CommunicationIdentifier, reason: RejectReason) -> Result<(), Error> {
        self.tell(&party(who, "reject"), json!({ "reason": reason }))
            .await
    }

    /// Leaves every call.
    pub async fn hang_up(&self, who: &CommunicationIdentifier) -> Result<(), Error> {
        self.tell(&party(who, "hang-up"), json!({})).await
    }

    /// Presses keys.
    pub async fn press(&self, who: &CommunicationIdentifier, tones: &str) -> Result<(), Error> {
        self.tell(&party(who, "press"), json!({ "tones": tones })).await
    }

    /// Says something.
    pub async fn say(&self, who: &CommunicationIdentifier, text: &str) -> Result<(), Error> {
        self.tell(&party(who, "say"), json!({ "text": text })).await
    }

    /// Calls somebody.
    pub async fn call(
        &self,
        who: &CommunicationIdentifier,
        to: &CommunicationIdentifier,
    ) -> Result<ServerCallId, Error> {
        let body = json!({ "to": to.raw_id() });
        let made: OutsideCall = self.post(&party(who, "call"), body).await?;
        Ok(made.server_call_id)
    }

    /// Joins a call, a group call or a room.
    pub async fn join(
        &self,
        who: &CommunicationIdentifier,
        locator: &CallLocator,
    ) -> Result<ServerCallId, Error> {
        let body = match locator {
            CallLocator::ServerCall(id) => json!({ "serverCallId": id }),
            CallLocator::Group(id) => json!({ "groupCallId": id }),
            CallLocator::Room(id) => json!({ "roomId": id }),
        };
        let made: OutsideCall = self.post(&party(who, "join"), body).await?;
        Ok(made.server_call_id)
    }

    /// Leaves every call and cannot be reached any more.
    pub async fn go_offline(&self, who: &CommunicationIdentifier) -> Result<(), Error> {
        self.tell(&party(who, "offline"), json!({})).await
    }

    /// Can be reached again, and has no script.
    pub async fn go_online(&self, who: &CommunicationIdentifier) -> Result<(), Error> {
        self.tell(&party(who, "online"), json!({})).await
    }
}

fn raw_ids(parties: &[CommunicationIdentifier]) -> Vec<String> {
    parties.iter().map(|party| party.raw_id().into_owned()).collect()
}
