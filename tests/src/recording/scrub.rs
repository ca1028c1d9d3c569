//! Takes secrets, personal data and whatever differs between two runs out of a recording.
//!
//! What is replaced is replaced by the same placeholder everywhere in a file, so that a recording stays one
//! story: the leg in the path is the leg in the answer. Placeholders are numbered in order of appearance.

use std::collections::BTreeMap;

use serde_json::Value;

/// In place of what tells nothing: dates, hashes, request ids. The same word as in recordings of the
/// official clients.
pub const SANITIZED: &str = "Sanitized";
/// In place of the endpoint.
pub const ENDPOINT: &str = "http://127.0.0.1:8080";
/// In place of the callback address.
pub const APPLICATION: &str = "http://127.0.0.1:8081/events";

/// Headers whose values tell nothing.
const VOLATILE: &[&str] = &[
    "date",
    "repeatability-first-sent",
    "repeatability-request-id",
    "x-ms-client-request-id",
    "x-ms-content-sha256",
    "x-ms-date",
];
/// Opaque texts, known by the name of their member, and what stands in their place.
const OPAQUE: &[(&str, &str)] = &[
    ("serverCallId", "server-call"),
    ("recordingId", "recording"),
    ("incomingCallContext", "incoming-call-context"),
];
/// The start of every identifier of ours; a number follows.
const ID: &str = "00000000-0000-4000-8000-";
const ID_LENGTH: usize = 36;
/// Numbers of the range that is kept free for fiction.
const FICTION: &[&str] = &["1425555", "1604555"];

/// Placeholders of one file.
#[derive(Debug, Default)]
pub struct Scrubber {
    /// What is replaced as a whole, wherever it stands.
    literals: Vec<(String, String)>,
    opaque: BTreeMap<String, usize>,
    ids: BTreeMap<String, usize>,
    numbers: BTreeMap<String, usize>,
}

impl Scrubber {
    /// A scrubber that also replaces these texts, longest first.
    pub fn new(literals: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        let mut literals: Vec<(String, String)> = literals
            .into_iter()
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, placeholder)| (text, placeholder.to_owned()))
            .collect();
        literals.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self {
            literals,
            ..Self::default()
        }
    }

    /// Scrubs a whole file.
    pub fn scrub(&mut self, file: &mut Value) {
        self.learn(file);
        self.clean(file);
    }

    /// Finds opaque texts by the names of their members, before any text is replaced.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    match (OPAQUE.iter().find(|(known, _)| known == name), member) {
                        (Some((_, placeholder)), Value::String(text)) if !text.is_empty() => {
                            self.learn_opaque(placeholder, text);
                        }
                        _ => self.learn(member),
                    }
                }
            }
            _ => {}
        }
    }

    fn learn_opaque(&mut self, placeholder: &str, text: &str) {
        if self.literals.iter().any(|(known, _)| known == text) {
            return;
        }
        let count = self.opaque.entry(placeholder.to_owned()).or_default();
        *count += 1;
        self.literals
            .insert(0, (text.to_owned(), format!("{placeholder}-{count}")));
    }

    fn clean(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    if VOLATILE.contains(&name.as_str()) && member.is_string() {
                        *member = SANITIZED.into();
                    } else {
                        self.clean(member);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, placeholder) in &self.literals {
            text = text.replace(known, placeholder);
        }
        let text = replace(&text, guid_at, |guid| {
            let next = self.ids.len() + 1;
            let number = *self.ids.entry(guid.to_ascii_lowercase()).or_insert(next);
            format!("{ID}{number:012}")
        });
        replace(&text, number_at, |number| {
            if is_fiction(number) {
                return number.to_owned();
            }
            let next = self.numbers.len();
            let number = *self.numbers.entry(number.to_owned()).or_insert(next);
            format!("142555501{:02}", 50 + number)
        })
    }
}

/// Replaces what `find` finds at a position, given as its length.
fn replace(
    text: &str,
    find: impl Fn(&str, usize) -> Option<usize>,
    mut with: impl FnMut(&str) -> String,
) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let Some(length) = find(text, at) {
            result.push_str(&with(&text[at..at + length]));
            at += length;
        } else {
            let step = text[at..].chars().next().map_or(1, char::len_utf8);
            result.push_str(&text[at..at + step]);
            at += step;
        }
    }
    result
}

/// The length of a GUID that starts here.
pub(super) fn guid_at(text: &str, at: usize) -> Option<usize> {
    let candidate = text.get(at..at + ID_LENGTH)?.as_bytes();
    let fits = candidate.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(ID_LENGTH)
}

/// The length of the digits of an E.164 number that start here, behind a plus sign, escaped or not.
pub(super) fn number_at(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?;
    if !before.ends_with('+') && !before.ends_with("%2B") {
        return None;
    }
    let digits = text.get(at..)?.bytes().take_while(u8::is_ascii_digit).count();
    (7..=15).contains(&digits).then_some(digits)
}

/// Whether digits are a number that nobody has.
pub(super) fn is_fiction(digits: &str) -> bool {
    digits.len() == 11 && FICTION.iter().any(|range| digits.starts_with(range))
}

/// Whether a GUID is one of our placeholders.
pub(super) fn is_placeholder(guid: &str) -> bool {
    guid.starts_with(ID)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_thing_has_one_placeholder_in_the_whole_file() {
        let mut file = json!({
            "input": { "incomingCallContext": "eyJhbGciOi.secret" },
            "request": {
                "path": "/calling/callConnections/2b0D6A3e-0000-4fd7-ae55-37e7590932b1/participants/8%3Aacs%3A401f3500-af14-4fd7-ae55-37e7590932b1_401f3500-af14-4fd7-ae55-37e7590932b2",
                "headers": { "x-ms-date": "Thu, 24 Jul 2025 09:43:52 GMT", "accept": "application/json" },
                "body": { "incomingCallContext": "eyJhbGciOi.secret", "callbackUri": "http://127.0.0.1:40001/events" },
            },
            "response": { "body": {
                "callConnectionId": "2b0d6a3e-0000-4fd7-ae55-37e7590932b1",
                "serverCallId": "aHR0cHM6Ly8=",
                "phones": ["4:+14255550123", "4:+491711234567", "%2B491711234567", "4:+4912"],
            } },
        });
        let mut scrubber = Scrubber::new([("http://127.0.0.1:40001/events".to_owned(), APPLICATION)]);
        scrubber.scrub(&mut file);
        assert_eq!(
            file,
            json!({
                "input": { "incomingCallContext": "incoming-call-context-1" },
                "request": {
                    "path": "/calling/callConnections/00000000-0000-4000-8000-000000000001/participants/8%3Aacs%3A00000000-0000-4000-8000-000000000002_00000000-0000-4000-8000-000000000003",
                    "headers": { "x-ms-date": "Sanitized", "accept": "application/json" },
                    "body": { "incomingCallContext": "incoming-call-context-1", "callbackUri": APPLICATION },
                },
                "response": { "body": {
                    "callConnectionId": "00000000-0000-4000-8000-000000000001",
                    "serverCallId": "server-call-1",
                    "phones": ["4:+14255550123", "4:+14255550150", "%2B14255550150", "4:+4912"],
                } },
            })
        );
        assert_eq!(super::super::findings(&file.to_string()), Vec::<String>::new());
    }
}
