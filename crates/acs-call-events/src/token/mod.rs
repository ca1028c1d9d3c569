//! The token that the service sends with every callback, verified.
//!
//! Whoever knows a callback URI can post to it. The service therefore signs: each callback carries
//! `Authorization: Bearer …`, a JSON Web Token for the resource, valid for five minutes, new for every event
//! (how-to guide "Secure webhook endpoint"). A [`TokenVerifier`] tells those requests from all others:
//!
//! ```no_run
//! use acs_call_events::token::TokenVerifier;
//! use acs_call_events::webhook::WebhookConfig;
//!
//! # fn main() -> Result<(), acs_call_events::Error> {
//! // The immutable resource id, from the portal's page of the resource.
//! let verifier = TokenVerifier::builder("00000000-0000-0000-0000-000000000000").build()?;
//! let config = WebhookConfig::new().token_verifier(verifier);
//! # Ok(()) }
//! ```
//!
//! | what has to hold | how it is looked at |
//! |---|---|
//! | algorithm | RS256 and nothing else, whatever the token says; `crit` is refused |
//! | key | by `kid`, from the key set of the service only: `jwk`, `jku`, `x5u`, `x5c` are never read |
//! | signature | RSA of 2048 to 8192 bits, by ring |
//! | `iss`, `aud` | the issuer, and the immutable resource id |
//! | `exp`, `nbf` | both have to be there; clocks may differ by [60 s](TokenVerifierBuilder::clock_skew) |
//! | one body | on request, see [`detect_replays`](TokenVerifierBuilder::detect_replays) |
//!
//! Keys are fetched when the first token comes (or by [`TokenVerifier::prefetch_keys`]), kept, and fetched
//! anew in the background when they have aged or a token names a key that is not known. However many requests
//! ask, there is one fetch at a time and a pause before the next. When a fetch fails, the keys at hand go on.
//!
//! No JWT crate is used: of the back ends that the usual one offers, each would be a second cryptographic
//! library beside ring, chosen for the whole process. What is needed here is one algorithm, and refusing all
//! others is the point.

mod cache;
mod claims;
mod http_source;
mod jws;
mod keys;
mod rejection;
mod replay;
mod verifier;

pub use http_source::OpenIdKeySource;
pub use keys::{KeySet, KeySource};
pub use rejection::TokenRejection;
pub use verifier::{TokenVerifier, TokenVerifierBuilder, VerifiedToken};

/// Who signs callbacks.
pub const AZURE_ISSUER: &str = "https://acscallautomation.communication.azure.com";

/// Where the service says where its keys are (OpenID Connect configuration).
pub const AZURE_METADATA_URL: &str =
    "https://acscallautomation.communication.azure.com/calling/.well-known/acsopenidconfiguration";
