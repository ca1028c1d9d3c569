//! A diagram as an SVG picture. Colours come from CSS variables with fallbacks, so that a page can follow
//! the reader's light or dark setting and a picture of its own still shows.

use std::fmt::Write as _;

use super::{Diagram, LaneKind, MessageKind, escape, seconds};

const TOP: usize = 64;
const ROW: usize = 34;
const MARGIN: usize = 72;
const LETTER: usize = 6;

/// What the messages of a picture link to.
#[derive(Clone, Copy)]
pub(crate) enum Link<'a> {
    /// Nothing.
    None,
    /// `#<anchor>-<number>`, with the place of the message in the diagram.
    Message(&'a str),
    /// `#entry-<number>`, with the number of the journal entry.
    Entry,
}

impl Diagram {
    /// The diagram as an SVG document.
    pub fn to_svg(&self) -> String {
        self.svg(Link::None)
    }

    /// The picture for a page that shows what is behind a message.
    pub(crate) fn svg(&self, link: Link<'_>) -> String {
        let gap = self.gap();
        let width = MARGIN * 2 + gap * self.lanes.len().max(1);
        let height = TOP + ROW * (self.messages.len() + 1);
        let mut svg = String::new();
        // Writing to a `String` cannot fail; the results are dropped for that reason.
        let _ = write!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12">"#,
            escape(&self.title)
        );
        svg.push_str(MARKERS);
        svg.push_str(r#"<g class="lanes">"#);
        self.draw_lanes(&mut svg, gap, height);
        svg.push_str("</g>");
        for (number, message) in self.messages.iter().enumerate() {
            let y = TOP + ROW * number + ROW / 2;
            let linked = match (link, message.entry) {
                (Link::Message(anchor), _) => write!(svg, r##"<a href="#{anchor}-{number}">"##).is_ok(),
                (Link::Entry, Some(entry)) => {
                    let name = format!(
                        "{} s, {} to {}: {}",
                        seconds(message.at),
                        self.lane_label(&message.from),
                        self.lane_label(&message.to),
                        message.label
                    );
                    // The row behind the arrow makes it easy to hit.
                    write!(
                        svg,
                        r##"<a href="#entry-{entry}" data-entry="{entry}" aria-label="{}"><rect class="row" x="2" y="{}" width="{}" height="{ROW}" rx="4" fill="transparent"/>"##,
                        escape(&name),
                        y - ROW / 2 - 3,
                        width - 4
                    )
                    .is_ok()
                }
                _ => false,
            };
            self.draw_message(&mut svg, message, gap, y);
            if linked {
                svg.push_str("</a>");
            }
        }
        svg.push_str("</svg>");
        svg
    }

    /// The distance of lanes: wide enough for every label between the lanes that it spans.
    fn gap(&self) -> usize {
        let longest = self
            .messages
            .iter()
            .map(|message| {
                let lanes = self
                    .position(&message.from)
                    .abs_diff(self.position(&message.to))
                    .max(1);
                (message.label.chars().count() + 2 * usize::from(message.taken)) * LETTER / lanes
            })
            .max()
            .unwrap_or_default();
        let widest = self
            .lanes
            .iter()
            .map(|lane| lane.label.chars().count() * LETTER)
            .max()
            .unwrap_or_default();
        longest.max(widest).clamp(140, 420) + 32
    }

    fn lane_label<'a>(&'a self, id: &'a str) -> &'a str {
        self.lanes
            .iter()
            .find(|lane| lane.id == id)
            .map_or(id, |lane| lane.label.as_str())
    }

    fn draw_lanes(&self, svg: &mut String, gap: usize, height: usize) {
        for (index, lane) in self.lanes.iter().enumerate() {
            let x = middle(index, gap);
            let (left, box_width) = (x - gap / 2 + 8, gap - 16);
            let fill = match lane.kind {
                LaneKind::Application => "var(--application, #dbe9ff)",
                LaneKind::Service => "var(--service, #e6e0f8)",
                LaneKind::Party => "var(--party, #dff3e4)",
            };
            let _ = write!(
                svg,
                r#"<line x1="{x}" y1="44" x2="{x}" y2="{height}" stroke="var(--line, #b8bec9)" stroke-dasharray="3 4"/><rect x="{left}" y="12" width="{box_width}" height="32" rx="6" fill="{fill}"/><text x="{x}" y="32" text-anchor="middle" font-weight="600" fill="var(--ink, #1b1f27)">{}</text>"#,
                escape(&lane.label)
            );
        }
    }

    fn draw_message(&self, svg: &mut String, message: &super::Message, gap: usize, y: usize) {
        let (from, to) = (self.position(&message.from), self.position(&message.to));
        let colour = match (message.failed, message.kind) {
            (true, _) => "var(--failed, #c0392b)",
            (_, MessageKind::Event) => "var(--event, #7a3ec8)",
            (_, MessageKind::Signal) => "var(--signal, #1d8348)",
            (_, MessageKind::Note) => "var(--muted, #6b7280)",
            _ => "var(--request, #1f5fbf)",
        };
        let dash = if message.kind == MessageKind::Response {
            r#" stroke-dasharray="6 4""#
        } else {
            ""
        };
        let _ = write!(
            svg,
            r#"<text x="8" y="{}" fill="var(--muted, #6b7280)" font-size="10">{}</text>"#,
            y + 4,
            seconds(message.at)
        );
        let mut label = escape(&message.label);
        if message.taken {
            label.push_str(" ✓");
        }
        if from == to {
            let x = middle(from, gap);
            let _ = write!(
                svg,
                r#"<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/><text x="{}" y="{}" fill="{colour}">{label}</text>"#,
                x + 10,
                y + 4
            );
            return;
        }
        let (x1, x2) = (middle(from, gap), middle(to, gap));
        let (tip, centre) = (if x2 > x1 { x2 - 2 } else { x2 + 2 }, x1.midpoint(x2));
        let marker = if message.failed {
            "failed"
        } else {
            message.kind.name()
        };
        let _ = write!(
            svg,
            r#"<line x1="{x1}" y1="{y}" x2="{tip}" y2="{y}" stroke="{colour}" stroke-width="1.5"{dash} marker-end="url(#tip-{marker})"/><text x="{centre}" y="{}" text-anchor="middle" fill="{colour}">{label}</text>"#,
            y - 5
        );
    }
}

fn middle(lane: usize, gap: usize) -> usize {
    MARGIN + gap * lane + gap / 2
}

const MARKERS: &str = concat!(
    "<defs>",
    r#"<marker id="tip-request" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--request, #1f5fbf)"/></marker>"#,
    r#"<marker id="tip-response" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--request, #1f5fbf)"/></marker>"#,
    r#"<marker id="tip-event" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--event, #7a3ec8)"/></marker>"#,
    r#"<marker id="tip-signal" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--signal, #1d8348)"/></marker>"#,
    r#"<marker id="tip-note" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--muted, #6b7280)"/></marker>"#,
    r#"<marker id="tip-failed" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--failed, #c0392b)"/></marker>"#,
    "</defs>",
);

#[cfg(test)]
mod tests {
    use super::super::tests::sample;

    #[test]
    fn a_live_picture_links_to_the_entries_and_names_its_links() {
        let mut diagram = sample();
        diagram.messages[1].entry = Some(42);
        diagram.messages[1].taken = true;
        let svg = diagram.svg(super::Link::Entry);
        assert_eq!(svg.matches("<a ").count(), 1, "only what has an entry");
        for text in [
            r##"href="#entry-42" data-entry="42""##,
            r#"aria-label="0.012 s, Service to bob &quot;b&quot;: rings &amp; waits""#,
            "rings &amp; waits ✓",
        ] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
    }

    #[test]
    fn every_lane_and_message_is_drawn_and_escaped() {
        let svg = sample().to_svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert_eq!(svg.matches("<rect ").count(), 3);
        assert_eq!(svg.matches("marker-end").count(), 2);
        assert_eq!(svg.matches("<circle ").count(), 1);
        for text in [
            "A call &lt;1&gt;",
            "bob &quot;b&quot;",
            "rings &amp; waits",
            "0.012",
            "tip-failed",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("<a "));
    }
}
