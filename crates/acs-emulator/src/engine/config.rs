//! What an engine is made with.

use std::collections::HashMap;
use std::time::Duration;

use acs_common::{CommunicationIdentifier, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::media::MediaFault;
use super::script::PartyScript;
use super::settings::CallingSettings;

/// What users do when they are called and have no script of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum UsersMode {
    /// They do what [`EngineConfig::user_script`] says, which is to answer unless set.
    #[default]
    Answer,
    /// They ring, and the application is offered the call ([`Effect::Offer`](super::Effect::Offer)).
    Ring,
}

/// How long the service takes between a cause and the events that follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Latency {
    /// No time at all. Events still come after the reply, with the next [`Command::Tick`](super::Command::Tick)
    /// of the same time, and in the same order.
    #[default]
    Instant,
    /// The same time for every step.
    Fixed(Duration),
    /// What was seen in recorded traffic: half a second to three seconds, drawn from the seeded generator.
    Realistic,
}

/// Settings of an [`Engine`](super::Engine).
#[expect(
    clippy::struct_excessive_bools,
    reason = "settings are independent of one another"
)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineConfig {
    /// The source of every id and of every realistic delay. The same seed, commands and times give the same
    /// effects.
    pub seed: u64,
    /// The telephone numbers that the resource owns: calls to them are offered to the application.
    pub phone_numbers: Vec<PhoneNumber>,
    /// The identity that the application takes part with where it names none. Made from the seed if `None`.
    pub application: Option<CommunicationIdentifier>,
    /// What users do when called.
    pub users: UsersMode,
    /// What users without a script of their own do in [`UsersMode::Answer`].
    pub user_script: PartyScript,
    /// What telephones do that the resource does not own and that have no script of their own.
    pub telephone_script: PartyScript,
    /// Scripts by raw id. They come before everything else, also for owned numbers.
    pub scripts: HashMap<String, PartyScript>,
    /// The calling settings of Teams users by raw id, as they are after a reset. Those without an entry are rung and do
    /// what their script says.
    pub calling_settings: HashMap<String, CallingSettings>,
    /// Delays of the service itself.
    pub latency: Latency,
    /// How long an offered call may be answered, rejected or redirected. 30 s: the `IncomingCall` guidance.
    pub offer_timeout: Duration,
    /// How long a created call rings before it fails with 487/10004. 120 s: "usually 2 minutes" in the list
    /// of call end codes.
    pub create_timeout: Duration,
    /// How long an added participant rings where the request gives no `invitationTimeoutInSeconds`, and how
    /// long a transfer target rings. 60 s; the service's figure is not published.
    pub invitation_timeout: Duration,
    /// How long somebody rings whom a call agent calls or adds: set-up of a call between users. 85 s: service
    /// limits of the Calling SDK.
    pub set_up_timeout: Duration,
    /// The same where a telephone is called, or where somebody is added to a call of two. 115 s: as above.
    pub long_set_up_timeout: Duration,
    /// How long a call goes on that no application is connected to. Keeps the state bounded.
    pub unattended_limit: Duration,
    /// How much of the time of what is played and said passes: a 10 s prompt takes 10 s at 1, and 0.1 s at
    /// 0.01. From 0. Time-outs of recognitions are the application's and pass as they are.
    pub playback_time_scale: f64,
    /// Whether a recognition of keys fails when the next key does not come in time, as older documents of the
    /// service have it. Off, it completes with 400/8532 and the keys that there are.
    pub inter_tone_timeout_fails: bool,
    /// How many bytes a file of a recording has at most, before the next one begins: 1 KiB to 4 GiB. 512 MiB;
    /// the service's figure is not verified.
    pub recording_chunk_limit: u64,
    /// What is wrong with media from the start.
    pub media_fault: MediaFault,
    /// Whether the end of a call comes with a description of what it was like. Off, for it takes time.
    pub describe_ended: bool,
    /// Whether callback addresses with `http` are taken when they are on this machine.
    pub allow_loopback_http: bool,
    /// Whether a caller id must be one of [`phone_numbers`](Self::phone_numbers); then others are refused with
    /// 403/7507, as the service does. Off by default, as a courtesy.
    pub require_owned_caller_id: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            phone_numbers: Vec::new(),
            application: None,
            users: UsersMode::default(),
            user_script: PartyScript::default(),
            telephone_script: PartyScript::default(),
            scripts: HashMap::new(),
            calling_settings: HashMap::new(),
            latency: Latency::default(),
            offer_timeout: Duration::from_secs(30),
            create_timeout: Duration::from_secs(120),
            invitation_timeout: Duration::from_secs(60),
            set_up_timeout: Duration::from_secs(85),
            long_set_up_timeout: Duration::from_secs(115),
            unattended_limit: Duration::from_secs(600),
            playback_time_scale: 0.01,
            inter_tone_timeout_fails: false,
            recording_chunk_limit: 512 * 1024 * 1024,
            media_fault: MediaFault::None,
            describe_ended: false,
            allow_loopback_http: true,
            require_owned_caller_id: false,
        }
    }
}
