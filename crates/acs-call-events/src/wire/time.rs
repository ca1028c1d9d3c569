//! Times as the service writes them: UTC, `+00:00`, a fraction without trailing zeros (recorded traffic).

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};

/// Reads a time in any RFC 3339 form; `None` for anything else.
pub(crate) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    parse_usual(text).or_else(|| parse_any(text))
}

/// The form that the service writes, without the general parser's detours: each event has one.
fn parse_usual(text: &str) -> Option<DateTime<Utc>> {
    let (date, rest) = text.strip_suffix("+00:00")?.as_bytes().split_at_checked(19)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
    ] = date
    else {
        return None;
    };
    let nanos = match rest {
        [] => 0,
        [b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => {
            number(fraction)? * 10_u32.pow(u32::try_from(9 - fraction.len()).ok()?)
        }
        _ => return None,
    };
    let year = i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?;
    // A second of 60 is left to the general parser, which knows leap seconds.
    NaiveDate::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)?
        .and_hms_nano_opt(
            number(&[*h1, *h2])?,
            number(&[*i1, *i2])?,
            number(&[*s1, *s2])?,
            nanos,
        )
        .map(|time| time.and_utc())
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number: u32, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(*digit - b'0'))
    })
}

fn parse_any(text: &str) -> Option<DateTime<Utc>> {
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

    proptest::proptest! {
        #[test]
        fn the_short_way_reads_what_the_general_one_reads(
            text in "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?(\\+00:00|Z)",
        ) {
            if let Some(time) = parse_usual(&text) {
                proptest::prop_assert_eq!(Some(time), parse_any(&text));
            }
            proptest::prop_assert_eq!(parse_time(&text), parse_any(&text));
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
