//! Times as the service writes them: UTC, `+00:00`, a fraction without trailing zeros (recorded traffic).

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

/// Reads a time in any RFC 3339 form; `None` for anything else.
pub(crate) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

/// Writes a time as callbacks carry it.
pub(crate) fn write_time(time: &DateTime<Utc>) -> String {
    let mut text = String::with_capacity(35);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let nanos = time.nanosecond() % 1_000_000_000;
    if nanos != 0 {
        let _ = write!(text, ".{nanos:09}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push_str("+00:00");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_times_come_back_as_they_were() {
        for text in [
            "2026-02-26T22:41:48.7924752+00:00",
            "2025-03-05T08:58:56.702938+00:00",
            "2025-06-20T21:29:47.44939+00:00",
            "0001-01-01T00:00:00+00:00",
        ] {
            assert_eq!(write_time(&parse_time(text).unwrap()), text);
        }
    }

    #[test]
    fn other_zones_are_read_as_utc_and_nonsense_is_no_time() {
        let time = parse_time("2025-03-05T10:58:56.5+02:00").unwrap();
        assert_eq!(write_time(&time), "2025-03-05T08:58:56.5+00:00");
        assert!(parse_time("yesterday").is_none());
        assert!(parse_time("").is_none());
    }
}
