//! A diagram as Mermaid text, which many README renderers draw.

use std::fmt::Write as _;

use super::{Diagram, MessageKind};

impl Diagram {
    /// The diagram as a Mermaid `sequenceDiagram`.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("sequenceDiagram\n");
        // Writing to a `String` cannot fail; the results are dropped for that reason.
        for (index, lane) in self.lanes.iter().enumerate() {
            let _ = writeln!(text, "    participant L{index} as {}", plain(&lane.label));
        }
        for message in &self.messages {
            let (from, to) = (self.position(&message.from), self.position(&message.to));
            let label = plain(&message.label);
            let _ = match message.kind {
                MessageKind::Note => writeln!(text, "    Note over L{from}: {label}"),
                _ if message.failed => writeln!(text, "    L{from}-xL{to}: {label}"),
                MessageKind::Response => writeln!(text, "    L{from}-->>L{to}: {label}"),
                _ => writeln!(text, "    L{from}->>L{to}: {label}"),
            };
        }
        text
    }
}

/// Text that cannot end a Mermaid statement: no line break, no `;`, no `#` that would begin an entity.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ';' => ',',
            '#' => '№',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::plain;

    #[test]
    fn lanes_and_messages_become_statements() {
        assert_eq!(
            sample().to_mermaid(),
            "sequenceDiagram\n    participant L0 as Application\n    participant L1 as Service\n    \
             participant L2 as bob \"b\"\n    L0->>L1: POST /calling/callConnections\n    \
             L1-xL2: rings & waits\n    Note over L1: over\n"
        );
    }

    #[test]
    fn a_label_cannot_start_a_statement_of_its_own() {
        assert_eq!(plain("a;b\nc#d"), "a,b c№d");
    }
}
