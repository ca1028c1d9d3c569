//! Bearer tokens for requests, in the form of Microsoft Entra ID: who gives them, and whether one lets in.
//!
//! The authority is the emulator itself. It signs with the first development key, whatever signs callbacks:
//! rotating those keys must not lock the application out. That key is public, as is the endpoint that gives
//! tokens to everybody; they prove that an application asks for a token and sends it, and protect nothing.

use std::fmt;
use std::time::{Duration, SystemTime};

use acs_common::credential::{AccessToken, SCOPE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::KeySet;
use super::key::KeyPair;
use super::keyring::DEVELOPMENT_KEYS;
use crate::clock::later;
use crate::{Error, ErrorKind};

/// What a token for Azure Communication Services is for: its scope without `/.default`. Source: official SDKs
/// 1.6.0, whose scope is `https://communication.azure.com//.default`.
const AUDIENCE: &str = "https://communication.azure.com/";
/// How far clocks may differ, as Microsoft's libraries let pass.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// How long a token is good that nobody wanted otherwise; Entra's are good for 60 to 90 minutes.
const LIFETIME: Duration = Duration::from_secs(3600);

/// What a bearer token of the emulator's own authority shall say; see
/// [`Emulator::bearer_token`](crate::Emulator::bearer_token).
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a token is asked for"]
#[non_exhaustive]
pub struct BearerTokenOptions {
    /// The scope that is asked for; the audience of the token is what stands before `/.default`.
    pub scope: String,
    /// The tenant, a GUID or a domain.
    pub tenant: String,
    /// The application (client) id.
    pub application: String,
    /// From when the token is good; from now where it is `None`.
    pub valid_from: Option<SystemTime>,
    /// How long it is good from then on, in whole seconds.
    pub lifetime: Duration,
}

impl Default for BearerTokenOptions {
    fn default() -> Self {
        Self {
            scope: SCOPE.to_owned(),
            tenant: "local".to_owned(),
            application: Uuid::nil().to_string(),
            valid_from: None,
            lifetime: LIFETIME,
        }
    }
}

impl BearerTokenOptions {
    /// A token for Azure Communication Services, good for an hour from now on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another scope, such as `https://graph.microsoft.com/.default`: a token that does not let in.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// The tenant that the token is of.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// The application that the token is given to.
    pub fn application(mut self, client_id: impl Into<String>) -> Self {
        self.application = client_id.into();
        self
    }

    /// From when the token is good.
    pub fn valid_from(mut self, time: SystemTime) -> Self {
        self.valid_from = Some(time);
        self
    }

    /// How long the token is good.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }
}

/// Gives tokens and checks them.
pub(crate) struct Entra {
    key: KeyPair,
    /// Where the emulator is reached, without a slash at the end.
    origin: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    appid: &'a str,
    oid: String,
    sub: String,
    tid: &'a str,
    ver: &'static str,
    uti: String,
}

/// What is read of a token that somebody sends.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    aud: String,
    #[serde(default)]
    iss: String,
    nbf: Option<i64>,
    exp: Option<i64>,
}

#[derive(Deserialize)]
struct SaidHeader {
    #[serde(default)]
    alg: String,
    #[serde(default)]
    kid: String,
}

impl Entra {
    pub(crate) fn new(origin: &str) -> Result<Self, Error> {
        let [first, _] = DEVELOPMENT_KEYS;
        Ok(Self {
            key: KeyPair::read(first)?,
            origin: origin.to_owned(),
        })
    }

    /// The issuer of the tokens of a tenant.
    pub(crate) fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.origin)
    }

    /// By what tokens are checked.
    pub(crate) fn key_set(&self) -> KeySet {
        KeySet {
            keys: vec![self.key.jwk(self.key.thumbprint())],
        }
    }

    /// Gives a token.
    pub(crate) fn issue(
        &self,
        options: &BearerTokenOptions,
        now: DateTime<Utc>,
    ) -> Result<AccessToken, Error> {
        let scope = &options.scope;
        let audience = scope
            .strip_suffix("/.default")
            .filter(|audience| !audience.is_empty());
        let audience = audience.ok_or_else(|| {
            let message =
                format!("scope: expected a resource and `/.default`, such as {SCOPE}, and not {scope}");
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        let from = options.valid_from.map_or(now, DateTime::from);
        let until = later(from, options.lifetime);
        // The same application is the same object in each of its tokens.
        let object = Uuid::from_u128(options.application.bytes().fold(7, |sum: u128, byte| {
            sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u128::from(byte))
        }));
        let claims = Claims {
            aud: audience,
            iss: self.issuer(&options.tenant),
            iat: from.timestamp(),
            nbf: from.timestamp(),
            exp: until.timestamp(),
            appid: &options.application,
            oid: object.to_string(),
            sub: object.to_string(),
            tid: &options.tenant,
            ver: "2.0",
            uti: Uuid::new_v4().simple().to_string(),
        };
        let header = Header {
            alg: "RS256",
            kid: self.key.thumbprint(),
            typ: "JWT",
        };
        let failed = || {
            Error::new(
                ErrorKind::InvalidInput,
                "bearer token: the system gives no random bytes to sign it",
            )
        };
        let signed = super::issue::part(&header)
            .zip(super::issue::part(&claims))
            .map(|(header, claims)| format!("{header}.{claims}"))
            .ok_or_else(failed)?;
        let signature = self.key.sign(signed.as_bytes()).ok_or_else(failed)?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        Ok(AccessToken::new(token, until.into()))
    }

    /// Whether a token lets in; if not, what about it does not hold. Nothing of the token is told.
    pub(crate) fn check(&self, token: &str, now: DateTime<Utc>) -> Result<(), String> {
        let no_token = || "it is no JSON Web Token".to_owned();
        let (signed, signature) = token.rsplit_once('.').ok_or_else(no_token)?;
        let (header, claims) = signed.split_once('.').ok_or_else(no_token)?;
        let header: SaidHeader = read(header).ok_or_else(no_token)?;
        if header.alg != "RS256" {
            return Err(
                "it is not signed with RS256; an access token of a user does not let in an application"
                    .to_owned(),
            );
        }
        if header.kid != self.key.thumbprint() {
            return Err("it is signed with a key that is not of the emulator's authority".to_owned());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| no_token())?;
        if !self.key.verifies(signed.as_bytes(), &signature) {
            return Err("its signature is not of the emulator's authority".to_owned());
        }
        let said: Said = read(claims).ok_or_else(no_token)?;
        if !said.iss.starts_with(&format!("{}/", self.origin)) {
            return Err(format!("its issuer is not {}", self.issuer("{tenant}")));
        }
        // Both are in use: with the slash as scopes of the SDKs have it, and as the portal shows it.
        if said.aud != AUDIENCE && said.aud != AUDIENCE.trim_end_matches('/') {
            return Err(format!(
                "its audience is not {AUDIENCE}; the scope to ask for is {SCOPE}"
            ));
        }
        match (said.nbf, said.exp) {
            (_, None) => Err("it does not say until when it is good".to_owned()),
            (_, Some(exp)) if exp <= (now - SKEW).timestamp() => Err("it has expired".to_owned()),
            (Some(nbf), _) if nbf > (now + SKEW).timestamp() => Err("it is not good yet".to_owned()),
            _ => Ok(()),
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl fmt::Debug for Entra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entra")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://127.0.0.1:8080";

    fn now() -> DateTime<Utc> {
        "2026-06-20T21:29:09Z".parse().unwrap()
    }

    fn check(options: &BearerTokenOptions) -> Result<(), String> {
        let entra = Entra::new(ORIGIN).unwrap();
        let token = entra.issue(options, now()).unwrap();
        entra.check(token.token().expose(), now())
    }

    #[test]
    fn a_token_lets_in_within_its_time_and_for_its_audience() {
        let good = BearerTokenOptions::new();
        assert_eq!(check(&good), Ok(()));
        assert_eq!(
            check(&good.clone().scope("https://communication.azure.com/.default")),
            Ok(())
        );
        let at = |minutes: i64| SystemTime::from(now() + TimeDelta::minutes(minutes));
        for (options, expected) in [
            (good.clone().valid_from(at(-64)), Ok(())),
            (good.clone().valid_from(at(-65)), Err("it has expired")),
            (good.clone().valid_from(at(5)), Ok(())),
            (good.clone().valid_from(at(6)), Err("it is not good yet")),
        ] {
            assert_eq!(check(&options), expected.map_err(str::to_owned), "{options:?}");
        }
        let error = check(&good.scope("https://graph.microsoft.com/.default")).unwrap_err();
        assert!(error.starts_with("its audience is not"), "{error}");
    }

    #[test]
    fn what_somebody_else_signed_or_changed_does_not_let_in() {
        let entra = Entra::new(ORIGIN).unwrap();
        let token = entra.issue(&BearerTokenOptions::new(), now()).unwrap();
        let token = token.token().expose();
        let elsewhere = Entra::new("https://127.0.0.1:9").unwrap();
        let error = elsewhere.check(token, now()).unwrap_err();
        assert!(error.starts_with("its issuer is not"), "{error}");

        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let mut claims: serde_json::Value = read(&parts[1]).unwrap();
        claims["exp"] = i64::MAX.into();
        parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
        let error = entra.check(&parts.join("."), now()).unwrap_err();
        assert!(error.starts_with("its signature"), "{error}");

        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let error = entra.check(&format!("{none}.{}.", parts[1]), now()).unwrap_err();
        assert!(error.starts_with("it is not signed with RS256"), "{error}");
        for text in ["", "a", "a.b", "a.b.c", "..", "é.é.é"] {
            assert_eq!(
                entra.check(text, now()).unwrap_err(),
                "it is no JSON Web Token",
                "{text}"
            );
        }
    }

    #[test]
    fn a_scope_that_names_no_resource_is_refused() {
        let entra = Entra::new(ORIGIN).unwrap();
        for scope in ["", "/.default", "https://communication.azure.com/"] {
            let error = entra
                .issue(&BearerTokenOptions::new().scope(scope), now())
                .unwrap_err();
            assert!(error.to_string().starts_with("scope: expected"), "{error}");
        }
    }
}
