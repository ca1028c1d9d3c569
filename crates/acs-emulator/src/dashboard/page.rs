//! The files of the page, as they are in the program.

use axum::body::Body;
use axum::response::IntoResponse as _;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

/// Scripts and styles come from the files below only, nothing is fetched from elsewhere, nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Paths, types and contents.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("page/index.html")),
    ("/emulator/ui/base.css", CSS, include_str!("page/base.css")),
    ("/emulator/ui/parts.css", CSS, include_str!("page/parts.css")),
    ("/emulator/ui/main.js", SCRIPT, include_str!("page/main.js")),
    ("/emulator/ui/api.js", SCRIPT, include_str!("page/api.js")),
    ("/emulator/ui/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/emulator/ui/store.js", SCRIPT, include_str!("page/store.js")),
    ("/emulator/ui/list.js", SCRIPT, include_str!("page/list.js")),
    ("/emulator/ui/calls.js", SCRIPT, include_str!("page/calls.js")),
    ("/emulator/ui/call.js", SCRIPT, include_str!("page/call.js")),
    ("/emulator/ui/diagram.js", SCRIPT, include_str!("page/diagram.js")),
    ("/emulator/ui/detail.js", SCRIPT, include_str!("page/detail.js")),
    ("/emulator/ui/parties.js", SCRIPT, include_str!("page/parties.js")),
    ("/emulator/ui/agents.js", SCRIPT, include_str!("page/agents.js")),
    ("/emulator/ui/panels.js", SCRIPT, include_str!("page/panels.js")),
    ("/emulator/ui/keys.js", SCRIPT, include_str!("page/keys.js")),
];

/// A file of the page.
pub(super) fn answer(path: &str) -> Option<Response<Body>> {
    let (_, kind, text) = FILES.iter().find(|(known, ..)| *known == path)?;
    let mut response = text.into_response();
    let headers = response.headers_mut();
    guard(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Some(response)
}

/// The paths of the files.
#[cfg(test)]
pub(crate) fn files() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, ..)| *path)
}

/// What every answer to the page says: it is what it says it is, and nobody else's business.
pub(super) fn guard(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> &'static str {
        FILES.iter().find(|(known, ..)| *known == path).unwrap().2
    }

    #[test]
    fn every_file_that_the_page_names_is_there() {
        for (path, _, content) in FILES {
            let named = content
                .split(['"', '\''])
                .filter_map(|word| match word.strip_prefix("./") {
                    Some(module) => Some(format!("/emulator/ui/{module}")),
                    None => word.starts_with("/emulator/ui/").then(|| word.to_owned()),
                });
            for file in named {
                assert!(
                    FILES.iter().any(|(known, ..)| *known == file),
                    "{path} names {file}"
                );
            }
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_no_text_becomes_markup() {
        for (path, _, content) in FILES {
            let content = content.replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http://", "https://", "@import", "url("] {
                assert!(!content.contains(foreign), "{path}: {foreign}");
            }
            for markup in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!content.contains(markup), "{path}: {markup}");
            }
            assert!(content.lines().count() < 400, "{path} is too long");
        }
    }

    #[test]
    fn the_page_keeps_its_own_policy() {
        let html = text("/");
        for inline in [" style=", "<style", " onclick", "javascript:"] {
            assert!(!html.contains(inline), "{inline}");
        }
        assert_eq!(
            html.matches("<script").count(),
            html.matches("<script type=\"module\" src=").count()
        );
        assert!(!POLICY.contains("unsafe"));
    }
}
