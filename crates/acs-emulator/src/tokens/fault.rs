//! What can be wrong with a token on purpose.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with the tokens of callbacks, so that an application can test what it lets in.
///
/// Set with [`EmulatorBuilder::token_fault`](crate::EmulatorBuilder::token_fault),
/// [`Emulator::set_token_fault`](crate::Emulator::set_token_fault) or `POST /emulator/token-fault`, whose body
/// names it in the spelling of its `Display`: `{"fault": "wrongAudience"}`. It holds for every event that is
/// posted from then on; what is being repeated keeps the token of its first attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TokenFault {
    /// Nothing is wrong.
    #[default]
    None,
    /// Its five minutes were over an hour ago.
    Expired,
    /// Its five minutes begin in an hour.
    NotYetValid,
    /// It is for another resource.
    WrongAudience,
    /// Another authority issued it.
    WrongIssuer,
    /// Signed with a key that is not published, under the id of the one that is.
    WrongKey,
    /// It says RS256, and its signature is empty.
    Unsigned,
    /// It says `none` for its algorithm, and its signature is empty.
    AlgNone,
    /// It says HS256, and the public key was the secret: a verifier that goes by what the token says of its
    /// own algorithm takes it.
    KeyConfusion,
    /// There is no `Authorization` header.
    Missing,
    /// The token of an earlier event comes again with this one. The first event of all has its own.
    Replayed,
}

impl TokenFault {
    /// Every fault, [`None`](Self::None) first.
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongAudience,
        Self::WrongIssuer,
        Self::WrongKey,
        Self::Unsigned,
        Self::AlgNone,
        Self::KeyConfusion,
        Self::Missing,
        Self::Replayed,
    ];
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
