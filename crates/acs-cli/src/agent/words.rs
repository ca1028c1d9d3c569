//! The words of a line, and the arguments that several commands have in common.

use std::collections::VecDeque;
use std::time::Duration;

use acs_common::{CommunicationIdentifier, PhoneNumber};

use super::command::{Unclear, Which};

/// The longest time that can be waited: a day.
const LONGEST: f64 = 86_400.0;

/// What is left of a line.
pub(super) struct Words<'a>(VecDeque<&'a str>);

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self(line.split_whitespace().collect())
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        self.0.pop_front()
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.0.front().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a word if it comes next.
    pub(super) fn skip(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word));
        if is_next {
            self.0.pop_front();
        }
        is_next
    }

    /// Takes words off the end if they stand there.
    pub(super) fn ends_with(&mut self, end: &[&str]) -> bool {
        let Some(start) = self.0.len().checked_sub(end.len()) else {
            return false;
        };
        let last = self.0.range(start..);
        let same = last.zip(end).all(|(word, end)| word.eq_ignore_ascii_case(end));
        if same {
            self.0.truncate(start);
        }
        same
    }

    /// Takes a word and the one behind it off the end, where that is what stands there.
    fn last_pair(&mut self, word: &str) -> Option<&'a str> {
        let start = self.0.len().checked_sub(2)?;
        if !self.0.get(start)?.eq_ignore_ascii_case(word) {
            return None;
        }
        let value = self.0.pop_back();
        self.0.pop_back();
        value
    }

    /// The number of a call, alone or behind `in`, if there is one more word.
    pub(super) fn call(&mut self) -> Result<Which, Unclear> {
        self.skip("in");
        self.next().map(number).transpose()
    }

    /// `in CALL` at the end.
    pub(super) fn in_call(&mut self) -> Result<Which, Unclear> {
        self.last_pair("in").map(number).transpose()
    }

    /// `from NUMBER` at the end.
    pub(super) fn from(&mut self) -> Result<Option<PhoneNumber>, Unclear> {
        let Some(text) = self.last_pair("from") else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            let text = text.escape_debug();
            format!("from: expected a telephone number such as +14255550100, found `{text}`")
        })
    }

    /// `for SECONDS` at the end.
    pub(super) fn limit(&mut self) -> Result<Option<Duration>, Unclear> {
        let Some(text) = self.last_pair("for") else {
            return Ok(None);
        };
        seconds(text).map(Some).ok_or_else(|| {
            let text = text.escape_debug();
            format!("for: expected seconds from 0 to {LONGEST}, found `{text}`")
        })
    }

    /// Somebody, by raw id or telephone number.
    pub(super) fn who(&mut self, argument: &str) -> Result<CommunicationIdentifier, Unclear> {
        let expected = format!(
            "{argument}: expected a raw id such as 8:acs:RESOURCE_USER, or a telephone number such as \
             +14255550100"
        );
        let Some(text) = self.next() else {
            return Err(expected);
        };
        let found = || format!("{expected}, found `{}`", text.escape_debug());
        if text.starts_with('+') {
            let number: PhoneNumber = text.parse().map_err(|_| found())?;
            return Ok(number.into());
        }
        // Raw ids begin with the number of their kind.
        let (kind, rest) = text.split_once(':').ok_or_else(found)?;
        let is_kind = !kind.is_empty() && kind.chars().all(|digit| digit.is_ascii_digit());
        if !is_kind || rest.is_empty() {
            return Err(found());
        }
        Ok(CommunicationIdentifier::from_raw_id(text))
    }

    /// Nothing is to be left.
    pub(super) fn end(&mut self, usage: &str) -> Result<(), Unclear> {
        match self.next() {
            None => Ok(()),
            Some(word) => {
                let word = word.escape_debug();
                Err(format!("`{word}`: expected nothing more; usage: {usage}"))
            }
        }
    }
}

fn number(text: &str) -> Result<u32, Unclear> {
    let number = text.trim_start_matches('#').parse().ok();
    number.filter(|number| *number > 0).ok_or_else(|| {
        let text = text.escape_debug();
        format!("CALL: expected the number of a call as `calls` lists it, found `{text}`")
    })
}

/// A time in seconds.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim_end_matches('s').parse().ok()?;
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}
