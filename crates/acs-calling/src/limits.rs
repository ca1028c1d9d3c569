//! How long things may take. Source, where a name is given: the service limits page and the Calling SDK 2.0.0.

use std::time::Duration;

/// A transfer that has no result by then has failed (service limits).
pub const TRANSFER: Duration = Duration::from_secs(60);
/// The set-up of a call between users (service limits).
pub const SET_UP: Duration = Duration::from_secs(85);
/// The set-up of a call to a telephone (service limits).
pub const SET_UP_TELEPHONE: Duration = Duration::from_secs(115);
/// Calls whose connection does not come back within this are over (service limits).
pub const RECONNECT: Duration = Duration::from_secs(120);
/// A request that has no answer by then has failed (service limits: adding or removing a modality).
pub const REQUEST: Duration = Duration::from_secs(40);
/// Signing in, the connection included. Ours.
pub const SIGN_IN: Duration = Duration::from_secs(30);
/// A token with less life than this is expiring soon (`communication-common` 2.5.0).
pub const TOKEN_EXPIRING: Duration = Duration::from_secs(600);
/// How long a session outlives its token, for a fresher one to come: a credential that refreshes on demand makes one
/// only then. Ours.
pub const TOKEN_GRACE: Duration = Duration::from_secs(30);
/// How many attempts to reconnect fail before an agent says that it is disconnected. Ours.
pub const ATTEMPTS_BEFORE_DISCONNECTED: u32 = 3;
/// The wait after the first failed attempt; it doubles with each. Ours.
pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);
/// The longest wait between two attempts. Ours.
pub const BACKOFF_LONGEST: Duration = Duration::from_secs(30);
