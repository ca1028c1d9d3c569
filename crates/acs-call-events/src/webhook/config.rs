//! How a webhook is guarded.

use acs_common::Secret;

use super::proof::Verifier;

/// The largest body that is read when nothing else is asked for: 1 MiB. A callback of a full call of 350
/// participants is about a quarter of it.
pub const DEFAULT_BODY_LIMIT: usize = 1 << 20;

/// How a webhook is guarded.
///
/// Callbacks and Event Grid deliveries may come to the same address, but are proved by different things: only
/// callbacks carry the token of the service. What a request is admitted as is decided by what it has proved,
/// not by what its body looks like.
///
/// | setting | callbacks need | Event Grid deliveries and handshakes need |
/// |---|---|---|
/// | none | nothing | nothing |
/// | [`shared_key`](Self::shared_key) | that key | that key |
/// | [`event_grid_key`](Self::event_grid_key) | nothing | that key |
/// | `token_verifier` (feature `jwt`) | a token | a key of either setting; without one they are refused |
///
/// Settings add up.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct WebhookConfig {
    pub(crate) body_limit: usize,
    shared_key: Option<QueryKey>,
    event_grid_key: Option<QueryKey>,
    pub(crate) token_verifier: Option<Verifier>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            body_limit: DEFAULT_BODY_LIMIT,
            shared_key: None,
            event_grid_key: None,
            token_verifier: None,
        }
    }
}

impl WebhookConfig {
    /// No guard, bodies up to [`DEFAULT_BODY_LIMIT`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The largest body that is taken, in bytes.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Serves only requests whose query holds this key, such as `?key=…` in the callback URI: the service
    /// keeps the query (recorded traffic). The key is compared in constant time. An empty key admits nobody.
    pub fn shared_key(mut self, parameter: impl Into<String>, key: impl Into<Secret>) -> Self {
        self.shared_key = Some(QueryKey::new(parameter, key));
        self
    }

    /// Takes Event Grid deliveries, and answers their handshakes, only where the query holds this key, put
    /// into the address of the event subscription. Compared as [`shared_key`](Self::shared_key) is.
    pub fn event_grid_key(mut self, parameter: impl Into<String>, key: impl Into<Secret>) -> Self {
        self.event_grid_key = Some(QueryKey::new(parameter, key));
        self
    }

    /// Takes callbacks only with a token of the service that holds. Event Grid deliveries carry none: they
    /// need a key from then on, so that nobody passes by taking their form.
    #[cfg(feature = "jwt")]
    pub fn token_verifier(mut self, verifier: crate::token::TokenVerifier) -> Self {
        self.token_verifier = Some(verifier);
        self
    }

    /// Whether a request with that query may pass at all.
    pub(crate) fn admits(&self, query: Option<&str>) -> bool {
        self.shared_key.as_ref().is_none_or(|key| key.is_in(query))
    }

    /// Whether a request that passes may be from Event Grid.
    pub(crate) fn admits_event_grid(&self, query: Option<&str>) -> bool {
        match &self.event_grid_key {
            Some(key) => key.is_in(query),
            None => self.shared_key.is_some() || !self.demands_token(),
        }
    }

    /// Whether callbacks need a token.
    pub(crate) fn demands_token(&self) -> bool {
        self.token_verifier.is_some()
    }
}

/// A key in the query, and the name of its parameter.
#[derive(Clone, Debug)]
struct QueryKey {
    parameter: String,
    key: Secret,
}

impl QueryKey {
    fn new(parameter: impl Into<String>, key: impl Into<Secret>) -> Self {
        Self {
            parameter: parameter.into(),
            key: key.into(),
        }
    }

    fn is_in(&self, query: Option<&str>) -> bool {
        // Every parameter of that name is compared, so that the time does not tell which one fits.
        let fits = url::form_urlencoded::parse(query.unwrap_or("").as_bytes())
            .filter(|(name, _)| *name == self.parameter)
            .fold(false, |fits, (_, value)| {
                fits | (Secret::new(&*value) == self.key)
            });
        fits && !self.key.expose().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_key_in_the_right_place_is_admitted() {
        let config = WebhookConfig::new().shared_key("key", Secret::new("a b+c"));
        for (query, admitted) in [
            (Some("key=a+b%2Bc"), true),
            (Some("q=1&key=a%20b%2Bc&x"), true),
            (Some("key=a+b"), false),
            (Some("key="), false),
            (Some("KEY=a+b%2Bc"), false),
            (Some("other=a+b%2Bc"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(config.admits(query), admitted, "{query:?}");
        }
        assert!(WebhookConfig::new().admits(None));
        assert!(!WebhookConfig::new().shared_key("key", "").admits(Some("key=")));
    }

    #[test]
    fn the_key_of_event_grid_is_its_own() {
        let config = WebhookConfig::new().event_grid_key("grid", "g");
        for query in [None, Some("grid=x"), Some("key=g")] {
            assert!(
                config.admits(query) && !config.admits_event_grid(query),
                "{query:?}"
            );
        }
        assert!(config.admits_event_grid(Some("grid=g")));
        let config = config.shared_key("key", "k");
        assert!(!config.admits(Some("grid=g")));
        assert!(!config.admits_event_grid(Some("key=k")));
        assert!(config.admits(Some("grid=g&key=k")) && config.admits_event_grid(Some("grid=g&key=k")));
    }

    #[test]
    fn the_key_is_not_shown() {
        let config = WebhookConfig::new().shared_key("key", Secret::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
