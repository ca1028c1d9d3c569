//! Whether a browser may be let at the page and the control routes. They need no signature, so a page from
//! elsewhere must not reach them through the browser of whoever runs the emulator.
//!
//! - The `Host` must be a loopback one, or one that was allowed by name. A name that an attacker's name server
//!   points at 127.0.0.1 is neither (DNS rebinding).
//! - What changes something and comes with a foreign `Origin` needs a JSON content type or the header
//!   `x-acs-emulator`. A browser asks before it sends either, and is told no (cross-site request forgery).
//!
//! Programs send no `Origin`; `curl` needs nothing of this.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};

use crate::{Error, ErrorKind};

/// A header that no form can send. Its value does not matter.
const OWN: &str = "x-acs-emulator";

/// A host under which the page and the control routes may be reached beside `localhost`, 127.0.0.0/8 and `[::1]`: a
/// name or an address, without a port. Names are compared whole, in any case; there are no patterns.
///
/// ```
/// use acs_emulator::AllowedHost;
///
/// let host: AllowedHost = "box.lan".parse()?;
/// assert!("*.lan".parse::<AllowedHost>().is_err());
/// # Ok::<(), acs_emulator::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllowedHost(String);

impl FromStr for AllowedHost {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let host = plain(text);
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.bytes().all(fits)
        };
        if host.parse::<IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(is_label)) {
            return Ok(Self(host));
        }
        Err(Error::new(
            ErrorKind::InvalidConfig,
            format!(
                "expected the name of a host or an address, without scheme, port or `*`, and not `{text}`"
            ),
        ))
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An authority without its port.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A host as it is compared: addresses in one spelling, names in small letters and without the dot at the end.
fn plain(host: &str) -> String {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(host).parse::<IpAddr>() {
        return address.to_string();
    }
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Lets a request in, or says what is wrong with it.
pub(crate) fn allowed(parts: &Parts, hosts: &[AllowedHost]) -> Result<(), &'static str> {
    let host = parts
        .uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| text(&parts.headers, &HOST));
    if !host.is_some_and(|host| is_loopback(host) || is_among(host, hosts)) {
        return Err(
            "the Host must be localhost, 127.0.0.1 or [::1], or one that was allowed at the start (--allow-host)",
        );
    }
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let Some(origin) = parts.headers.get(ORIGIN) else {
        return Ok(());
    };
    let same = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, authority)| host.is_some_and(|host| authority.eq_ignore_ascii_case(host)));
    if same || is_json(&parts.headers) || parts.headers.contains_key(OWN) {
        return Ok(());
    }
    Err(
        "from another origin, the content type must be application/json, or there must be a header x-acs-emulator",
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_among(authority: &str, hosts: &[AllowedHost]) -> bool {
    let host = plain(without_port(authority));
    hosts.iter().any(|allowed| allowed.0 == host)
}

/// `localhost` and what ends in it, 127.0.0.0/8 and `[::1]`, with any port.
fn is_loopback(authority: &str) -> bool {
    let host = without_port(authority);
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

fn is_json(headers: &HeaderMap) -> bool {
    text(headers, &CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn admitted(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/emulator/reset");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        allowed(&request.body(()).unwrap().into_parts().0, &[]).is_ok()
    }

    #[test]
    fn hosts_that_are_allowed_by_name_are_let_in_and_no_others() {
        let given = ["Box.Lan", "192.168.0.7", "[2001:DB8::1]", "emulator"];
        let hosts = given.map(|host| host.parse().unwrap());
        for (host, expected) in [
            ("box.lan", true),
            ("BOX.lan.:8080", true),
            ("192.168.0.7:8080", true),
            ("[2001:db8:0::1]:8080", true),
            ("emulator:8080", true),
            ("127.0.0.1:8080", true),
            ("other.lan", false),
            ("a.box.lan", false),
            ("box.lan.attacker.example", false),
            ("192.168.0.70", false),
            ("emulator:8080x", false),
            ("", false),
        ] {
            let request = Request::get("/emulator/health").header("host", host);
            let parts = request.body(()).unwrap().into_parts().0;
            assert_eq!(allowed(&parts, &hosts).is_ok(), expected, "{host}");
        }
        // The page itself may change things; another page of an allowed host may not.
        for (origin, expected) in [("http://box.lan:8080", true), ("http://box.lan:9090", false)] {
            let request = Request::post("/emulator/reset")
                .header("host", "box.lan:8080")
                .header("origin", origin);
            let parts = request.body(()).unwrap().into_parts().0;
            assert_eq!(allowed(&parts, &hosts).is_ok(), expected, "{origin}");
        }

        for wrong in [
            "",
            "*",
            "http://box.lan",
            "box.lan:8080",
            "a..b",
            "*.lan",
            "box.lan/x",
            "[::1]:80",
        ] {
            let error = wrong.parse::<AllowedHost>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{wrong}");
            assert!(
                error.to_string().contains("expected the name of a host"),
                "{error}"
            );
        }
    }

    #[test]
    fn only_loopback_hosts_are_let_in() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("acs.localhost:8080", true),
            ("127.0.0.1", true),
            ("127.8.9.10:65535", true),
            ("[::1]:8080", true),
            ("localhost.:1", true),
            ("attacker.example:8080", false),
            ("127.0.0.1.attacker.example", false),
            ("localhost.attacker.example", false),
            ("notlocalhost", false),
            ("0.0.0.0:8080", false),
            ("192.168.0.7", false),
            ("[2001:db8::1]:8080", false),
            ("", false),
        ] {
            assert_eq!(admitted("GET", &[("host", host)]), expected, "{host}");
        }
        assert!(!admitted("GET", &[]), "no host at all");
    }

    #[test]
    fn a_foreign_page_cannot_change_anything_with_a_form() {
        const HOST: (&str, &str) = ("host", "127.0.0.1:8080");
        let json = ("content-type", "application/json; charset=utf-8");
        let form = ("content-type", "text/plain");
        let own = ("origin", "http://127.0.0.1:8080");
        let foreign = ("origin", "https://attacker.example");
        for (headers, expected) in [
            (vec![HOST], true),
            (vec![HOST, form], true),
            (vec![HOST, own, form], true),
            (vec![HOST, foreign, form], false),
            (vec![HOST, foreign], false),
            (vec![HOST, ("origin", "null"), form], false),
            (vec![HOST, ("origin", "http://127.0.0.1:9090"), form], false),
            (vec![HOST, foreign, json], true),
            (vec![HOST, foreign, ("x-acs-emulator", "1")], true),
        ] {
            assert_eq!(admitted("POST", &headers), expected, "{headers:?}");
        }
        assert!(!admitted("DELETE", &[HOST, foreign]));
        assert!(
            admitted("GET", &[HOST, foreign]),
            "reading is guarded by the browser"
        );
    }
}
