//! Credentials of `azure_core`, which `azure_identity` and others implement.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{AccessToken, TokenCredential};
use crate::Error;

/// Takes any `azure_core` credential, such as those of `azure_identity`.
#[derive(Clone)]
pub struct EntraCredential(Arc<dyn azure_core::credentials::TokenCredential>);

impl EntraCredential {
    /// Wraps a credential.
    pub fn new(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> Self {
        Self(credential)
    }
}

impl fmt::Debug for EntraCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntraCredential")
    }
}

#[async_trait]
impl TokenCredential for EntraCredential {
    async fn token(&self, scopes: &[&str]) -> Result<AccessToken, Error> {
        let token =
            self.0.get_token(scopes, None).await.map_err(|source| {
                Error::credential("the Entra credential gave no token").with_source(source)
            })?;
        Ok(AccessToken::new(token.token.secret(), token.expires_on.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::SCOPE;

    #[derive(Debug)]
    struct Fixed(Option<&'static str>);

    #[async_trait]
    impl azure_core::credentials::TokenCredential for Fixed {
        async fn get_token(
            &self,
            scopes: &[&str],
            _options: Option<azure_core::credentials::TokenRequestOptions<'_>>,
        ) -> azure_core::Result<azure_core::credentials::AccessToken> {
            assert_eq!(scopes, [SCOPE]);
            match self.0 {
                Some(token) => Ok(azure_core::credentials::AccessToken::new(
                    token,
                    azure_core::time::OffsetDateTime::UNIX_EPOCH,
                )),
                None => Err(azure_core::Error::with_message(
                    azure_core::error::ErrorKind::Credential,
                    "no tenant",
                )),
            }
        }
    }

    #[tokio::test]
    async fn token_and_end_are_taken_over() {
        let token = EntraCredential::new(Arc::new(Fixed(Some("jwt"))))
            .token(&[SCOPE])
            .await
            .unwrap();
        assert_eq!(token.token().expose(), "jwt");
        assert_eq!(token.expires_on(), std::time::SystemTime::UNIX_EPOCH);
    }

    #[tokio::test]
    async fn a_failure_keeps_its_cause() {
        let error = EntraCredential::new(Arc::new(Fixed(None)))
            .token(&[SCOPE])
            .await
            .unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("no tenant"), "{cause}");
    }
}
