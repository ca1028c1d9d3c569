//! How a webhook is guarded.

use acs_common::Secret;

/// The largest body that is read when nothing else is asked for: 1 MiB. A callback of a full call of 350
/// participants is about a quarter of it.
pub const DEFAULT_BODY_LIMIT: usize = 1 << 20;

/// How a webhook is guarded.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct WebhookConfig {
    pub(crate) body_limit: usize,
    pub(crate) shared_key: Option<(String, Secret)>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            body_limit: DEFAULT_BODY_LIMIT,
            shared_key: None,
        }
    }
}

impl WebhookConfig {
    /// No shared key, bodies up to [`DEFAULT_BODY_LIMIT`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The largest body that is taken, in bytes.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Serves only requests whose query holds this key, such as `?key=…` in the callback URI: the service
    /// keeps the query (recorded traffic). The key is compared in constant time.
    pub fn shared_key(mut self, parameter: impl Into<String>, key: impl Into<Secret>) -> Self {
        self.shared_key = Some((parameter.into(), key.into()));
        self
    }

    /// Whether a request with that query may pass.
    pub(crate) fn admits(&self, query: Option<&str>) -> bool {
        let Some((parameter, key)) = &self.shared_key else {
            return true;
        };
        // Every parameter of that name is compared, so that the time does not tell which one fits.
        url::form_urlencoded::parse(query.unwrap_or("").as_bytes())
            .filter(|(name, _)| name == parameter)
            .fold(false, |admitted, (_, value)| {
                admitted | (Secret::new(&*value) == *key)
            })
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
    }

    #[test]
    fn the_key_is_not_shown() {
        let config = WebhookConfig::new().shared_key("key", Secret::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
