//! Pages: how a list is cut, and the link to the next piece.
//!
//! Links are absolute, made from the host that the request was sent to, with tokens that need no escaping:
//! the official clients decode and re-encode them in different ways.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use super::Service;
use super::body::invalid;
use super::reply::Refusal;
use super::request::Incoming;

/// The query parameter that carries the token.
const TOKEN: &str = "skipToken";

/// One page of a list, and where the next one begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// Cuts the page that the request asks for.
pub(super) fn page<T>(service: &Service, request: &Incoming, items: Vec<T>) -> Result<Page<T>, Refusal> {
    let from = match request.parameter(TOKEN) {
        None => 0,
        Some(token) => read_token(&token)
            .ok_or_else(|| invalid(&format!("the query parameter {TOKEN} is not one of ours.")))?,
    };
    let size = service.page_size.max(1);
    let end = from.saturating_add(size);
    let next = (end < items.len()).then(|| {
        let token = URL_SAFE_NO_PAD.encode(format!("from-{end}"));
        link(service, request, &[(TOKEN, token)])
    });
    Ok(Page {
        items: items.into_iter().skip(from).take(size).collect(),
        next,
    })
}

fn read_token(token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("from-")?.parse().ok()
}

/// A link to the same path with other numbers in its query.
pub(super) fn page_link(service: &Service, request: &Incoming, numbers: &[(&str, usize)]) -> String {
    let numbers: Vec<(&str, String)> = numbers
        .iter()
        .map(|(name, number)| (*name, number.to_string()))
        .collect();
    link(service, request, &numbers)
}

fn link(service: &Service, request: &Incoming, changed: &[(&str, String)]) -> String {
    let kept = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| !changed.iter().any(|(other, _)| name.eq_ignore_ascii_case(other)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .extend_pairs(changed)
        .finish();
    let host = request.host().unwrap_or(&service.authority);
    format!("{}://{host}{}?{query}", service.scheme, request.path)
}

/// A query parameter that counts.
pub(super) fn position(request: &Incoming, name: &str) -> Result<Option<usize>, Refusal> {
    request
        .parameter(name)
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| invalid(&format!("the query parameter {name} is not a number from 0 up.")))
}
