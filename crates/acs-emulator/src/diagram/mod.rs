//! A call as a sequence diagram: who said what to whom, in order.
//!
//! Plain data and four renderings, none of which needs anything from elsewhere: an SVG picture, a page of
//! HTML that holds many diagrams with the JSON behind every arrow, Mermaid text for a README, and JSON by
//! serde.

mod html;
mod journal;
mod mermaid;
mod svg;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use html::page;
pub(crate) use html::policy;
pub use journal::{Arrow, arrow};
pub(crate) use svg::Link;

/// One diagram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagram {
    /// What the diagram shows.
    pub title: String,
    /// Who takes part, from left to right.
    pub lanes: Vec<Lane>,
    /// What is said, from top to bottom.
    pub messages: Vec<Message>,
}

/// A party of a diagram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Lane {
    /// What messages call it by.
    pub id: String,
    /// What stands above its line.
    pub label: String,
    /// What it is.
    pub kind: LaneKind,
}

impl Lane {
    /// A lane.
    pub fn new(id: impl Into<String>, label: impl Into<String>, kind: LaneKind) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            kind,
        }
    }
}

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LaneKind {
    /// The application under development.
    Application,
    /// The emulated service.
    Service,
    /// A user or a telephone.
    Party,
}

/// An arrow of a diagram, or a note when it goes from a lane to itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// When, counted from the first message.
    pub at: Duration,
    /// The lane it comes from.
    pub from: String,
    /// The lane it goes to.
    pub to: String,
    /// What is written on the arrow.
    pub label: String,
    /// What it is.
    pub kind: MessageKind,
    /// Whether it tells of a failure.
    #[serde(default)]
    pub failed: bool,
    /// Whether the application has taken it, where that is known: events and offers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
    /// The number of the journal entry that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The JSON behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<serde_json::Value>,
}

impl Message {
    /// A message without detail.
    pub fn new(
        at: Duration,
        from: impl Into<String>,
        to: impl Into<String>,
        label: impl Into<String>,
        kind: MessageKind,
    ) -> Self {
        Self {
            at,
            from: from.into(),
            to: to.into(),
            label: label.into(),
            kind,
            failed: false,
            taken: false,
            entry: None,
            detail: None,
        }
    }

    /// Sets whether it tells of a failure.
    #[must_use]
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// Sets the number of the journal entry that it was made of.
    #[must_use]
    pub fn entry(mut self, number: u64) -> Self {
        self.entry = Some(number);
        self
    }

    /// Sets the JSON behind it.
    #[must_use]
    pub fn detail(mut self, detail: Option<serde_json::Value>) -> Self {
        self.detail = detail;
        self
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MessageKind {
    /// A request of the application.
    Request,
    /// The answer to one.
    Response,
    /// A callback event or an Event Grid event.
    Event,
    /// Ringing, answering, hanging up: what passes between the service and a party.
    Signal,
    /// A remark.
    Note,
}

impl MessageKind {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Event => "event",
            Self::Signal => "signal",
            Self::Note => "note",
        }
    }
}

impl Diagram {
    /// An empty diagram.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// Adds a lane at the right, unless there is one with its id.
    pub fn lane(&mut self, lane: Lane) {
        if !self.lanes.iter().any(|known| known.id == lane.id) {
            self.lanes.push(lane);
        }
    }

    /// Adds a message at the bottom. A lane that it names and nobody added is added as a party.
    pub fn message(&mut self, message: Message) {
        for id in [&message.from, &message.to] {
            if !self.lanes.iter().any(|known| &known.id == id) {
                self.lanes
                    .push(Lane::new(id.clone(), id.clone(), LaneKind::Party));
            }
        }
        self.messages.push(message);
    }

    fn position(&self, id: &str) -> usize {
        self.lanes
            .iter()
            .position(|lane| lane.id == id)
            .unwrap_or_default()
    }
}

/// Text that may stand in HTML and SVG, in element content and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Control characters are not allowed in XML, not even as references.
            c if c.is_control() && !matches!(c, '\n' | '\t') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Seconds and milliseconds, as the diagrams show time.
fn seconds(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sample() -> Diagram {
        let mut diagram = Diagram::new("A call <1>");
        diagram.lane(Lane::new("app", "Application", LaneKind::Application));
        diagram.lane(Lane::new("acs", "Service", LaneKind::Service));
        diagram.message(Message::new(
            Duration::ZERO,
            "app",
            "acs",
            "POST /calling/callConnections",
            MessageKind::Request,
        ));
        diagram.message(
            Message::new(
                Duration::from_millis(12),
                "acs",
                "bob \"b\"",
                "rings & waits",
                MessageKind::Signal,
            )
            .failed(true)
            .detail(Some(serde_json::json!({"why": "</script>"}))),
        );
        diagram.message(Message::new(
            Duration::from_secs(1),
            "acs",
            "acs",
            "over",
            MessageKind::Note,
        ));
        diagram
    }

    #[test]
    fn lanes_are_added_once_and_where_a_message_needs_them() {
        let mut diagram = sample();
        diagram.lane(Lane::new("app", "Another", LaneKind::Party));
        let labels: Vec<&str> = diagram.lanes.iter().map(|lane| lane.label.as_str()).collect();
        assert_eq!(labels, ["Application", "Service", "bob \"b\""]);
        assert_eq!(diagram.position("bob \"b\""), 2);
    }

    #[test]
    fn json_keeps_everything() {
        let json = serde_json::to_string(&sample()).unwrap();
        assert_eq!(serde_json::from_str::<Diagram>(&json).unwrap(), sample());
    }

    #[test]
    fn nothing_escapes_from_a_rendering() {
        assert_eq!(
            escape("<a b='c' d=\"e\">&\u{1}"),
            "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\u{fffd}"
        );
    }
}
