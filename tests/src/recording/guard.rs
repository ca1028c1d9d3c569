//! Looks for what must not be in a recording, whoever put it there.

use super::scrub::{guid_at, is_fiction, is_placeholder, number_at};

/// Words that stand beside secrets, in lower case.
const WORDS: &[&str] = &[
    "accesskey=",
    "authorization",
    "bearer ",
    "eyj",
    "hmac-sha256",
    "signature=",
    "communication.azure.com",
    "conv.skype.com",
];
/// Texts without a space that are longer are keys, hashes, tokens or contexts. A path with two user ids of
/// two GUIDs each is cut at its slashes, so the longest honest piece is one escaped user id.
const LONGEST: usize = 90;
/// A base64 hash of SHA-256, or a key.
const HASH: usize = 40;

/// What looks like a secret, like personal data, or like something that differs between two runs.
pub fn findings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lower = text.to_ascii_lowercase();
    for word in WORDS {
        if lower.contains(word) {
            found.push(format!("the word `{word}`"));
        }
    }
    for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        if let Some(guid) = guid_at(text, at).map(|length| &text[at..at + length])
            && !is_placeholder(guid)
        {
            found.push(format!("the id {guid}"));
        }
        if let Some(number) = number_at(text, at).map(|length| &text[at..at + length])
            && !is_fiction(number)
        {
            found.push(format!("the telephone number +{number}"));
        }
    }
    for (at, _) in text.match_indices("127.0.0.1:") {
        let port: String = text[at + 10..].chars().take_while(char::is_ascii_digit).collect();
        if port != "8080" && port != "8081" {
            found.push(format!("the port {port}"));
        }
    }
    for piece in text.split(|c: char| c.is_whitespace() || "\"'\\/?&,;<>()".contains(c)) {
        if piece.len() > LONGEST || looks_like_a_hash(piece) {
            found.push(format!("a text that looks random, of {} characters", piece.len()));
        }
    }
    found
}

/// Base64 of some length: letters in both cases and digits, and neither a GUID nor a word.
fn looks_like_a_hash(piece: &str) -> bool {
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+=_-".contains(c);
    piece.len() >= HASH
        && piece.chars().all(base64)
        && piece.chars().any(|c| c.is_ascii_uppercase())
        && piece.chars().any(|c| c.is_ascii_lowercase())
        && piece.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_there_is_found() {
        for bad in [
            r#""endpoint=x;accesskey=AAAA""#,
            r#""Authorization": "x""#,
            r#""eyJhbGciOiJub25lIn0""#,
            r#""03009180-465d-4342-b871-4e02e2474f93""#,
            r#""8:acs:03009180-465d-4342-b871-4e02e2474f93_0000001d-86c9-1111-2222-333344445555""#,
            r#""4:+491711234567""#,
            r#""4%3A%2B16041234567""#,
            r#""http://127.0.0.1:40001/events""#,
            r#""47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=""#,
            r#""aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaQ==""#,
        ] {
            let halves = bad.replace('/', "");
            assert!(
                !findings(bad).is_empty() || !findings(&halves).is_empty(),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_may_be_there_is_not_found() {
        for good in [
            r#"{"path": "/calling/callConnections/00000000-0000-4000-8000-000000000001?api-version=2026-03-12"}"#,
            r#""8%3Aacs%3A00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002""#,
            r#""4:+14255550100""#,
            r#""http://127.0.0.1:8081/events""#,
            r#""Action is invalid when call is not in Established state.""#,
        ] {
            assert_eq!(findings(good), Vec::<String>::new(), "{good}");
        }
    }
}
