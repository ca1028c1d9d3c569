//! What about a token did not hold.

use std::fmt;

use crate::{Error, ErrorKind};

/// What about a token did not hold. It is the source of an error of kind
/// [`Unauthorized`](ErrorKind::Unauthorized), see [`Error::token_rejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenRejection {
    /// There is no `Authorization` header.
    Missing,
    /// It is not one bearer token of three parts that can be read.
    Malformed,
    /// It is not signed by RS256, or it demands an extension.
    Algorithm,
    /// It does not name a key of the service.
    UnknownKey,
    /// The signature is not by the key that it names.
    Signature,
    /// It is from somebody else.
    Issuer,
    /// It is for another resource.
    Audience,
    /// It is no longer valid.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It does not say from when to when it is valid, or claims to be for too long.
    Lifetime,
    /// It came before, with another body.
    Replayed,
}

impl TokenRejection {
    fn text(self) -> &'static str {
        match self {
            Self::Missing => "there is none",
            Self::Malformed => "it is not one readable bearer token",
            Self::Algorithm => "it is not signed by RS256",
            Self::UnknownKey => "it does not name a key of the service",
            Self::Signature => "its signature does not fit",
            Self::Issuer => "it is from another issuer",
            Self::Audience => "it is for another audience",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet",
            Self::Lifetime => "its time of validity is missing or too long",
            Self::Replayed => "it came before with another body",
        }
    }
}

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for TokenRejection {}

impl From<TokenRejection> for Error {
    fn from(rejection: TokenRejection) -> Self {
        Self::new(ErrorKind::Unauthorized, "the token of the request does not hold").with_source(rejection)
    }
}
