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
    let who = format!("{} → {}", name(&arrow.from, names), name(&arrow.to, names));
    let label = if arrow.failed {
        paint.red(&arrow.label)
    } else {
        match entry.kind {
            JournalKind::Request | JournalKind::Response => paint.blue(&arrow.label),
            JournalKind::Event | JournalKind::Delivery => paint.magenta(&arrow.label),
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
