//! Whether a browser may be let at the page and the control routes. They need no signature, so a page from
//! elsewhere must not reach them through the browser of whoever runs the emulator.
//!
//! - The `Host` must be a loopback one. A name that an attacker's name server points at 127.0.0.1 is not
//!   (DNS rebinding).
//! - What changes something and comes with a foreign `Origin` needs a JSON content type or the header
//!   `x-acs-emulator`. A browser asks before it sends either, and is told no (cross-site request forgery).
//!
//! Programs send no `Origin`; `curl` needs nothing of this.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};

/// A header that no form can send. Its value does not matter.
const OWN: &str = "x-acs-emulator";

/// Lets a request in, or says what is wrong with it.
pub(crate) fn allowed(parts: &Parts) -> Result<(), &'static str> {
    let host = parts
        .uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| text(&parts.headers, &HOST));
    if !host.is_some_and(is_loopback) {
        return Err("the Host must be localhost, 127.0.0.1 or [::1]: this is for the same machine only");
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

/// `localhost` and what ends in it, 127.0.0.0/8 and `[::1]`, with any port.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
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
        allowed(&request.body(()).unwrap().into_parts().0).is_ok()
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
