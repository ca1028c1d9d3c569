//! Where credentials may go.

use std::fmt;

use url::{Host, Origin, Url};

use crate::Error;

/// The hosts that the service keeps recordings on, by how their names end (official SDKs 1.6.0).
const STORAGE: [&str; 3] = [
    ".asm.skype.com",
    ".asyncgw.teams.microsoft.com",
    ".ams.gov.teams.microsoft.us",
];

/// Paths of operations. An event that named one as the place of a file would have this client hang up a call or
/// delete a user when the file is deleted.
const OPERATIONS: [&str; 2] = ["/calling/", "/identities"];

/// The address of a file of a recording that credentials may be sent to; made by
/// [`Client::content_url`](crate::Client::content_url).
#[derive(Clone, PartialEq, Eq)]
pub struct ContentUrl(Url);

impl ContentUrl {
    pub(super) fn read(location: &str, own: &Origin) -> Result<Self, Error> {
        if location.is_empty() {
            return Err(Error::invalid_input("expected the URL of a file, found no text"));
        }
        // The parser would pass over line breaks, and take a backslash for a slash.
        if location.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(Error::invalid_input(
                "expected a URL without spaces, control characters or backslashes",
            ));
        }
        let url = Url::parse(location)
            .map_err(|error| Error::invalid_input(format!("expected an absolute URL: {error}")))?;
        let url = Self(url);
        url.check(own)?;
        Ok(url)
    }

    /// Holds for the client that asks: an address on one client's endpoint is a stranger's to another.
    pub(super) fn check(&self, own: &Origin) -> Result<(), Error> {
        let url = &self.0;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid_input("expected a URL without a user name"));
        }
        if url.origin() == *own {
            let path = url.path().to_ascii_lowercase();
            // The start of a path is all that counts: what is escaped in it is no operation to the service either,
            // or it is one, and then refused here.
            let decoded = percent_decoded(&path);
            if OPERATIONS.iter().any(|operation| decoded.starts_with(operation)) {
                return Err(Error::invalid_input(
                    "expected the URL of a file, found one of an operation of the API",
                ));
            }
            return Ok(());
        }
        let storage = match url.host() {
            Some(Host::Domain(name)) => STORAGE.iter().any(|end| name.ends_with(end)),
            _ => false,
        };
        if storage && url.scheme() == "https" && url.port().is_none() {
            return Ok(());
        }
        // Host and port only: the rest may be as private as what it leads to.
        Err(Error::invalid_input(format!(
            "expected an https URL of a host below asm.skype.com, asyncgw.teams.microsoft.com or \
             ams.gov.teams.microsoft.us, or of the client's own endpoint; found {}",
            url.origin().ascii_serialization()
        )))
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// The path with its escapes resolved; what is no escape stays.
fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%'
            && let Some((hex, after)) = tail.split_at_checked(2)
            && let Some(value) = std::str::from_utf8(hex)
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            bytes.push(value);
            rest = after;
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).to_ascii_lowercase()
}

impl fmt::Debug for ContentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentUrl({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(location: &str, own: &str) -> Option<String> {
        let own = Url::parse(own).unwrap().origin();
        ContentUrl::read(location, &own)
            .err()
            .map(|error| error.to_string())
    }

    const RESOURCE: &str = "https://contoso.communication.azure.com";
    const LOCAL: &str = "http://127.0.0.1:8080";

    #[test]
    fn the_hosts_of_the_service_are_taken() {
        for location in [
            "https://storage.asm.skype.com/v1/objects/0-eus-d12/content/video",
            "https://us-storage.asm.skype.com/v1/objects/0-eus-d12",
            "https://STORAGE.ASM.SKYPE.COM/x",
            "https://storage.asm.skype.com:443/x",
            "https://eu.asyncgw.teams.microsoft.com/x?sig=1",
            "https://gov.ams.gov.teams.microsoft.us/x",
            // Full-width letters and dots mean the plain ones, and the plain ones are asked for.
            "https://storage．asm．skype．com/x",
        ] {
            assert_eq!(refusal(location, RESOURCE), None, "{location}");
            assert_eq!(refusal(location, LOCAL), None, "{location}");
        }
    }

    #[test]
    fn the_endpoint_of_the_client_is_taken_and_no_neighbour_of_it() {
        assert_eq!(refusal("http://127.0.0.1:8080/recordings/1/content", LOCAL), None);
        assert_eq!(
            refusal("https://contoso.communication.azure.com/x", RESOURCE),
            None
        );
        for (location, own) in [
            ("http://127.0.0.1:8081/x", LOCAL),
            ("http://127.0.0.1/x", LOCAL),
            ("https://127.0.0.1:8080/x", LOCAL),
            ("http://localhost:8080/x", LOCAL),
            ("http://127.0.0.2:8080/x", LOCAL),
            ("http://contoso.communication.azure.com/x", RESOURCE),
            ("https://contoso.communication.azure.com:8443/x", RESOURCE),
            ("https://evil.communication.azure.com/x", RESOURCE),
            ("https://contoso.communication.azure.com./x", RESOURCE),
        ] {
            assert!(refusal(location, own).is_some(), "{location}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for location in [
            // Not below, but beside.
            "https://asm.skype.com/x",
            "https://evilasm.skype.com/x",
            "https://storage-asm.skype.com/x",
            "https://storage.asm.skype.com.evil.example/x",
            "https://evil.example/storage.asm.skype.com",
            "https://evil.example/?h=.asm.skype.com",
            "https://evil.example/#.asm.skype.com",
            "https://evil.example:443/.asm.skype.com",
            // A trailing dot is another name to whoever compares, and the same to whoever resolves.
            "https://storage.asm.skype.com./x",
            // Users.
            "https://storage.asm.skype.com@evil.example/x",
            "https://storage.asm.skype.com:pass@evil.example/x",
            "https://user@storage.asm.skype.com/x",
            "https://:pass@storage.asm.skype.com/x",
            // Ports and schemes.
            "https://storage.asm.skype.com:8443/x",
            "https://storage.asm.skype.com:80/x",
            "http://storage.asm.skype.com/x",
            "http://storage.asm.skype.com:443/x",
            "ftp://storage.asm.skype.com/x",
            "file:///x.asm.skype.com",
            "data:text/plain,.asm.skype.com",
            // Letters of other scripts: a Cyrillic `а`, a dotless `ı`.
            "https://storage.аsm.skype.com/x",
            "https://storage.asm.skyрe.com/x",
            "https://storage.asm.skype.cοm/x",
            "https://xn--storage.xn--sm-7kc.skype.com/x",
            // What a careless parser reads otherwise.
            "https://evil.example\\.asm.skype.com/x",
            "https:\\\\evil.example\\.asm.skype.com",
            "https://evil.example/\n.asm.skype.com",
            "https://storage.asm.skype.com /x",
            "https://evil.example%2f.asm.skype.com/x",
            "https://evil.example%00.asm.skype.com/x",
            "https://[::1]/.asm.skype.com",
            "https://127.0.0.1/x",
            "//storage.asm.skype.com/x",
            "storage.asm.skype.com/x",
            "",
        ] {
            assert!(refusal(location, RESOURCE).is_some(), "{location:?}");
            assert!(refusal(location, LOCAL).is_some(), "{location:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_not_the_path() {
        let text = refusal("https://evil.example/private-id", RESOURCE).unwrap();
        assert!(text.contains("https://evil.example"), "{text}");
        assert!(!text.contains("private-id"), "{text}");
    }

    #[test]
    fn an_operation_of_the_api_is_no_file() {
        for path in [
            "/calling/callConnections/1",
            "/Calling/recordings/1",
            "/calling/../calling/recordings/1",
            "/%63alling/recordings/1",
            "/x/../calling/recordings/1",
            "/identities/8:acs:user",
            "/calling%2Frecordings/1",
        ] {
            let text = refusal(&format!("{LOCAL}{path}"), LOCAL).unwrap();
            assert!(text.contains("operation"), "{path}: {text}");
        }
        assert_eq!(refusal("https://storage.asm.skype.com/calling/x", RESOURCE), None);
    }
}
