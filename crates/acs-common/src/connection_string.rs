//! Where a resource is and how it is opened: `endpoint=https://…;accesskey=…`.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::{AccessKey, Error};

/// The address of a resource: scheme, host and port, nothing else.
///
/// `http` is for local services; every resource in the cloud speaks `https`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    url: Url,
    authority: String,
}

impl Endpoint {
    /// Reads an address such as `https://contoso.communication.azure.com/`.
    ///
    /// # Errors
    ///
    /// When the text is no absolute `http` or `https` URL, or holds a path, a query or a user name.
    pub fn new(text: &str) -> Result<Self, Error> {
        let expected = || {
            Error::invalid_input(
                "endpoint",
                "expected an absolute http or https URL without path or query",
            )
        };
        let url = Url::parse(text.trim()).map_err(|source| expected().with_source(source))?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let Some(host) = url.host_str().filter(|_| plain) else {
            return Err(expected());
        };
        // `Url` drops the port when it is the scheme's own, as the `Host` header does.
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self { url, authority })
    }

    /// Host, and port where it is not the scheme's own: what the `Host` header says and what is signed.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The URL, with `/` as its path.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL without the final `/`, for paths to be put behind it.
    pub fn base(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Whether requests are encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.url)
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

/// A connection string as the portal shows it: `endpoint=https://<resource>…/;accesskey=<base64>`.
///
/// Keys are taken in any case and order, other keys are ignored, and the access key may hold `=`. The
/// scheme is kept, so that `http://127.0.0.1:8080` reaches a local service.
///
/// ```
/// use acs_common::ConnectionString;
///
/// let string: ConnectionString = "endpoint=http://127.0.0.1:8080/;accesskey=aGVsbG8=".parse()?;
/// assert_eq!(string.endpoint().authority(), "127.0.0.1:8080");
/// assert!(!format!("{string:?}").contains("aGVsbG8="));
/// # Ok::<(), acs_common::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionString {
    endpoint: Endpoint,
    access_key: AccessKey,
}

impl ConnectionString {
    /// Puts an endpoint and its key together.
    pub fn new(endpoint: Endpoint, access_key: AccessKey) -> Self {
        Self { endpoint, access_key }
    }

    /// Where the resource is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The key that signs its requests.
    pub fn access_key(&self) -> &AccessKey {
        &self.access_key
    }

    /// The connection string as text, key included. Keep it out of logs.
    pub fn expose(&self) -> String {
        format!(
            "endpoint={};accesskey={}",
            self.endpoint,
            self.access_key.expose_base64()
        )
    }
}

impl FromStr for ConnectionString {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut endpoint = None;
        let mut access_key = None;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                return Err(Error::invalid_input(
                    "connection string",
                    "expected `key=value` pairs with `;` in between, found a part without `=`",
                ));
            };
            let slot = match key.trim().to_ascii_lowercase().as_str() {
                "endpoint" => &mut endpoint,
                "accesskey" => &mut access_key,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(Error::invalid_input(
                    "connection string",
                    "expected `endpoint` and `accesskey` once each, found one of them twice",
                ));
            }
        }
        let missing = |what| {
            Error::invalid_input(
                "connection string",
                format!("expected `endpoint` and `accesskey`, found no {what}"),
            )
        };
        Ok(Self {
            endpoint: Endpoint::new(endpoint.ok_or_else(|| missing("endpoint"))?)?,
            access_key: AccessKey::from_base64(access_key.ok_or_else(|| missing("accesskey"))?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_form_is_read_and_written() {
        let text = "endpoint=https://contoso.communication.azure.com/;accesskey=aGVsbG8=";
        let string: ConnectionString = text.parse().unwrap();
        assert_eq!(string.endpoint().authority(), "contoso.communication.azure.com");
        assert_eq!(
            string.endpoint().base(),
            "https://contoso.communication.azure.com"
        );
        assert_eq!(string.access_key().expose(), b"hello");
        assert_eq!(string.expose(), text);
    }

    #[test]
    fn case_order_blanks_and_other_keys_do_not_matter() {
        let string: ConnectionString = " AccessKey=aGVsbG8= ; Region=x ;ENDPOINT=http://localhost:8080;"
            .parse()
            .unwrap();
        assert_eq!(string.endpoint().authority(), "localhost:8080");
        assert!(!string.endpoint().is_https());
    }

    #[test]
    fn the_default_port_is_not_part_of_the_authority() {
        assert_eq!(Endpoint::new("https://h:443/").unwrap().authority(), "h");
        assert_eq!(Endpoint::new("http://h:443").unwrap().authority(), "h:443");
        assert_eq!(
            Endpoint::new("http://[::1]:8080").unwrap().authority(),
            "[::1]:8080"
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_the_key_is_not_shown() {
        for (text, field) in [
            ("", "connection string"),
            ("endpoint=https://h/", "connection string"),
            ("accesskey=aGVsbG8=", "connection string"),
            ("endpoint=https://h/;aGVsbG8", "connection string"),
            (
                "endpoint=https://h/;endpoint=https://i/;accesskey=aGVsbG8=",
                "connection string",
            ),
            ("endpoint=h;accesskey=aGVsbG8=", "endpoint"),
            ("endpoint=ftp://h/;accesskey=aGVsbG8=", "endpoint"),
            ("endpoint=https://h/path;accesskey=aGVsbG8=", "endpoint"),
            ("endpoint=https://u:p@h/;accesskey=aGVsbG8=", "endpoint"),
            ("endpoint=https://h/;accesskey=***", "accesskey"),
        ] {
            let error = text.parse::<ConnectionString>().unwrap_err();
            assert_eq!(error.field(), Some(field), "{text}: {error}");
            assert!(!format!("{error:?}").contains("aGVsbG8"), "{error:?}");
        }
    }
}
