//! The journal of the emulator, for people: lines of a timeline.

use std::collections::HashMap;
use std::sync::Arc;

use acs_emulator::diagram::Diagram;
use acs_emulator::{JournalEntry, JournalKind};
use chrono::{DateTime, Utc};

use crate::terminal::Paint;

/// One line of the timeline, or nothing for an entry that says nothing new.
pub(crate) fn text(
    entry: &JournalEntry,
    started: Option<DateTime<Utc>>,
    names: &HashMap<String, String>,
    paint: Paint,
) -> Option<String> {
    let arrow = acs_emulator::diagram::arrow(entry)?;
    let since = (entry.time - started.unwrap_or(entry.time))
        .to_std()
        .unwrap_or_default();
    let time = format!("{:>3}.{:03}", since.as_secs(), since.subsec_millis());
    let who = if arrow.from == arrow.to {
        name(&arrow.from, names)
    } else {
        format!("{} → {}", name(&arrow.from, names), name(&arrow.to, names))
    };
    let label = if arrow.failed {
        paint.red(&arrow.label)
    } else {
        match entry.kind {
            JournalKind::Request | JournalKind::Response => paint.blue(&arrow.label),
            JournalKind::Event | JournalKind::Delivery => paint.magenta(&arrow.label),
            JournalKind::State | JournalKind::Note => paint.dim(&arrow.label),
            _ => arrow.label.clone(),
        }
    };
    Some(format!("{} {who:<44} {label}", paint.dim(&time)))
}

/// The sequence diagram of some entries.
pub(crate) fn diagram(
    title: &str,
    entries: &[Arc<JournalEntry>],
    names: &HashMap<String, String>,
) -> Diagram {
    Diagram::from_journal(title, entries, |raw_id| names.get(raw_id).cloned())
}

fn name(id: &str, names: &HashMap<String, String>) -> String {
    names.get(id).cloned().unwrap_or_else(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use acs_emulator::{Emulator, PartyScript};

    use super::*;

    #[tokio::test]
    async fn parties_are_named_and_a_state_has_no_arrow() {
        let emulator = Emulator::start().await.unwrap();
        let caller = acs_common::CommunicationIdentifier::phone("+16045550100");
        let ann = acs_common::CommunicationIdentifier::from(emulator.create_user());
        emulator.set_script(&ann, PartyScript::no_answer());
        emulator.party(&caller).call(&ann).unwrap();
        emulator.party(&ann).answer().unwrap();

        let names = HashMap::from([(ann.raw_id().into_owned(), "Ann".to_owned())]);
        let entries = emulator.journal();
        let started = entries.first().map(|entry| entry.time);
        let lines: Vec<String> = entries
            .iter()
            .filter_map(|entry| text(entry, started, &names, Paint::plain()))
            .collect();
        assert!(
            lines.iter().any(|line| line.contains("service → Ann")),
            "{lines:?}"
        );
        assert!(
            lines.iter().any(|line| line.contains("Ann → service")),
            "{lines:?}"
        );
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("  0.") && !line.contains('\x1b')),
            "{lines:?}"
        );

        let diagram = diagram("t", &entries, &names);
        assert!(
            diagram.lanes.iter().any(|lane| lane.label == "Ann"),
            "{:?}",
            diagram.lanes
        );
        emulator.shutdown().await;
    }
}
