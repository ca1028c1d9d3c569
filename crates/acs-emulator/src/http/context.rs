//! The limits of custom calling context, as the how-to guide on it gives them.

use std::collections::BTreeMap;

use acs_call_rest::types::CustomCallingContext;

use super::body::invalid;
use super::reply::Refusal;

/// The one SIP header that is not counted with the others.
const USER_TO_USER: &str = "User-To-User";
const SIP_HEADERS: usize = 5;
const VOIP_HEADERS: usize = 1000;
const LONGEST_NAME: usize = 64;
const LONGEST_SIP_VALUE: usize = 256;
const LONGEST_VOIP_VALUE: usize = 1024;
/// An older official client checked this figure.
const LONGEST_USER_TO_USER: usize = 5000;

/// Refuses a context beyond the limits, naming the member.
pub(super) fn check(context: Option<&CustomCallingContext>) -> Result<(), Refusal> {
    let Some(context) = context else { return Ok(()) };
    if let Some(headers) = &context.sip_headers {
        sip(headers).map_err(|what| invalid(&format!("customCallingContext.sipHeaders: {what}.")))?;
    }
    if let Some(headers) = &context.voip_headers {
        voip(headers).map_err(|what| invalid(&format!("customCallingContext.voipHeaders: {what}.")))?;
    }
    Ok(())
}

fn sip(headers: &BTreeMap<String, String>) -> Result<(), String> {
    let counted = headers.keys().filter(|name| !is_user_to_user(name)).count();
    if counted > SIP_HEADERS {
        return Err(format!(
            "{counted} headers besides {USER_TO_USER}, at most {SIP_HEADERS}"
        ));
    }
    for (name, value) in headers {
        if is_user_to_user(name) {
            length(USER_TO_USER, value, LONGEST_USER_TO_USER)?;
            continue;
        }
        // `X-MS-Custom-` is one of them; a plain `X-` is taken since version 1.5 of the clients.
        if !name
            .get(..2)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-"))
        {
            return Err(format!(
                "`{name}` is neither {USER_TO_USER} nor does it begin with `X-`"
            ));
        }
        length("a name", name, LONGEST_NAME)?;
        length(name, value, LONGEST_SIP_VALUE)?;
    }
    Ok(())
}

fn voip(headers: &BTreeMap<String, String>) -> Result<(), String> {
    if headers.len() > VOIP_HEADERS {
        return Err(format!("{} headers, at most {VOIP_HEADERS}", headers.len()));
    }
    for (name, value) in headers {
        length("a name", name, LONGEST_NAME)?;
        length(name, value, LONGEST_VOIP_VALUE)?;
    }
    Ok(())
}

fn is_user_to_user(name: &str) -> bool {
    name.eq_ignore_ascii_case(USER_TO_USER)
}

fn length(what: &str, text: &str, longest: usize) -> Result<(), String> {
    if text.is_empty() && what == "a name" {
        return Err("a name is empty".to_owned());
    }
    if text.chars().count() > longest {
        return Err(format!("{what} is longer than {longest} characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, usize)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, length)| ((*name).to_owned(), "v".repeat(*length)))
            .collect()
    }

    #[test]
    fn limits_of_sip_headers() {
        let five: Vec<String> = (0..5).map(|index| format!("X-MS-Custom-{index}")).collect();
        let mut most: Vec<(&str, usize)> = five.iter().map(|name| (name.as_str(), 256)).collect();
        most.push(("User-To-User", 5000));
        assert_eq!(sip(&headers(&most)), Ok(()));
        most.push(("X-one-more", 1));
        assert!(sip(&headers(&most)).is_err());
        assert!(sip(&headers(&[("X-a", 257)])).is_err());
        assert!(sip(&headers(&[("Case", 1)])).is_err());
        let long = format!("X-{}", "n".repeat(63));
        assert!(sip(&headers(&[(&long, 1)])).is_err());
    }

    #[test]
    fn limits_of_voip_headers() {
        assert_eq!(voip(&headers(&[("any name", 1024)])), Ok(()));
        assert!(voip(&headers(&[("k", 1025)])).is_err());
        assert!(voip(&headers(&[("", 1)])).is_err());
        let many: Vec<String> = (0..=1000).map(|index| index.to_string()).collect();
        let many: Vec<(&str, usize)> = many.iter().map(|name| (name.as_str(), 1)).collect();
        assert!(voip(&headers(&many)).is_err());
    }
}
