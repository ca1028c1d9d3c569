//! The token of a request, as far as this build knows of tokens: without the feature `jwt` there is no verifier,
//! and the types say so.

#[cfg(feature = "jwt")]
pub(super) use with_tokens::{shown, verify, verify_body};
#[cfg(not(feature = "jwt"))]
pub(super) use without_tokens::{shown, verify, verify_body};

#[cfg(feature = "jwt")]
pub(crate) use crate::token::{TokenVerifier as Verifier, VerifiedToken as Token};
#[cfg(not(feature = "jwt"))]
pub(crate) use std::convert::{Infallible as Verifier, Infallible as Token};

#[cfg(feature = "jwt")]
mod with_tokens {
    use http::HeaderMap;

    use crate::Error;
    use crate::token::{TokenRejection, TokenVerifier, VerifiedToken};

    pub(crate) async fn verify(
        verifier: &TokenVerifier,
        headers: &HeaderMap,
    ) -> Result<VerifiedToken, Error> {
        verifier.verify(headers).await
    }

    pub(crate) fn verify_body(
        verifier: &TokenVerifier,
        token: &VerifiedToken,
        body: &[u8],
    ) -> Result<(), Error> {
        verifier.verify_body(token, body)
    }

    /// Whether the request that has failed so has shown a token at all.
    pub(crate) fn shown(error: &Error) -> bool {
        error
            .token_rejection()
            .is_some_and(|rejection| rejection != TokenRejection::Missing)
    }
}

#[cfg(not(feature = "jwt"))]
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "called as the functions with tokens are"
)]
mod without_tokens {
    use std::convert::Infallible;
    use std::future::Ready;

    use http::HeaderMap;

    use crate::Error;

    pub(crate) fn verify(verifier: &Infallible, _: &HeaderMap) -> Ready<Result<Infallible, Error>> {
        match *verifier {}
    }

    pub(crate) fn verify_body(verifier: &Infallible, _: &Infallible, _: &[u8]) -> Result<(), Error> {
        match *verifier {}
    }

    pub(crate) fn shown(_: &Error) -> bool {
        false
    }
}
