//! Diagrams as one page of HTML that needs nothing else: no network, no script to be read at all.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use super::svg::Link;
use super::{Diagram, escape, seconds};

/// A page with a table of contents, every diagram, and the JSON behind every message.
///
/// The page works without script; the few lines it has only open what an arrow links to.
pub fn page(title: &str, diagrams: &[Diagram]) -> String {
    let title = escape(title);
    let mut page = String::new();
    // Writing to a `String` cannot fail; the results are dropped for that reason.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header><h1>{title}</h1>\n<nav><ol>\n"
    );
    for (index, diagram) in diagrams.iter().enumerate() {
        let _ = writeln!(
            page,
            "<li><a href=\"#d{index}\">{}</a></li>",
            escape(&diagram.title)
        );
    }
    page.push_str("</ol></nav></header>\n<main>\n");
    for (index, diagram) in diagrams.iter().enumerate() {
        section(&mut page, index, diagram);
    }
    let _ = write!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// The content security policy under which the page works: its own style and script, and nothing else.
pub(crate) fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn section(page: &mut String, index: usize, diagram: &Diagram) {
    let anchor = format!("d{index}");
    let _ = write!(
        page,
        "<section id=\"{anchor}\" aria-labelledby=\"{anchor}-title\">\n<h2 id=\"{anchor}-title\">{}</h2>\n\
         <div class=\"picture\" tabindex=\"0\">{}</div>\n<ol class=\"messages\" start=\"0\">\n",
        escape(&diagram.title),
        diagram.svg(Link::Message(&anchor))
    );
    for (number, message) in diagram.messages.iter().enumerate() {
        let class = if message.failed { " failed" } else { "" };
        let head = format!(
            "<span class=\"at\">{}</span> <span class=\"who\">{} → {}</span> <span class=\"{}{class}\">{}</span>",
            seconds(message.at),
            escape(label(diagram, &message.from)),
            escape(label(diagram, &message.to)),
            message.kind.name(),
            escape(&message.label)
        );
        let _ = match &message.detail {
            Some(detail) => writeln!(
                page,
                "<li id=\"{anchor}-{number}\"><details><summary>{head}</summary><pre>{}</pre></details></li>",
                // `to_string` of a JSON value in its pretty form cannot fail: its keys are strings.
                escape(&format!("{detail:#}"))
            ),
            None => writeln!(
                page,
                "<li id=\"{anchor}-{number}\"><div class=\"plain\">{head}</div></li>"
            ),
        };
    }
    page.push_str("</ol>\n</section>\n");
}

fn label<'a>(diagram: &'a Diagram, id: &'a str) -> &'a str {
    diagram
        .lanes
        .iter()
        .find(|lane| lane.id == id)
        .map_or(id, |lane| lane.label.as_str())
}

const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f27;--muted:#6b7280;--line:#b8bec9;--card:#f6f7f9;\
--application:#dbe9ff;--service:#e6e0f8;--party:#dff3e4;--request:#1f5fbf;--event:#7a3ec8;--signal:#1d8348;--failed:#c0392b}\
@media(prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e6e9ef;--muted:#98a1b0;--line:#4a5260;--card:#1d2129;\
--application:#1d3357;--service:#35295a;--party:#1d4029;--request:#7fb0ff;--event:#c39bff;--signal:#6fd08c;--failed:#ff8a7a}}\
body{margin:0 auto;max-width:1400px;padding:1.5rem;background:var(--paper);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,sans-serif}\
a{color:var(--request)}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1rem}\
.picture{overflow-x:auto;background:var(--card);border-radius:8px;padding:.5rem}\
.messages{list-style:none;padding:0;font-size:.85rem}.messages li{border-bottom:1px solid var(--line)}\
.messages summary,.messages .plain{padding:.3rem .25rem}.messages summary{cursor:pointer}.messages .plain{padding-left:1.2rem}\
.messages pre{overflow-x:auto;background:var(--card);padding:.75rem;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}\
.messages li:target{background:var(--card)}.at,.who{color:var(--muted)}.at{font-variant-numeric:tabular-nums}\
.request,.response{color:var(--request)}.event{color:var(--event)}.signal{color:var(--signal)}.note{color:var(--muted)}.failed{color:var(--failed)}";

const SCRIPT: &str = "\
function show(){const at=location.hash&&document.getElementById(location.hash.slice(1));\
const more=at&&at.querySelector('details');if(more)more.open=true}\
addEventListener('hashchange',show);show();";

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn a_page_holds_every_diagram_and_needs_nothing_from_elsewhere() {
        let page = page("Two <calls>", &[sample(), sample()]);
        assert!(page.contains("<title>Two &lt;calls&gt;</title>"));
        assert_eq!(page.matches("<section ").count(), 2);
        assert_eq!(page.matches("<svg ").count(), 2);
        assert!(page.contains("href=\"#d1-2\"") && page.contains("id=\"d1-2\""));
        for foreign in ["http://", "https://", "src=", "@import", "url(h"] {
            let found = page.replace("http://www.w3.org/2000/svg", "").contains(foreign);
            assert!(!found, "{foreign}");
        }
    }

    #[test]
    fn what_is_behind_a_message_cannot_end_the_page() {
        let page = page("t", &[sample()]);
        assert!(page.contains("&lt;/script&gt;"));
        assert_eq!(page.matches("</script>").count(), 1);
    }
}
