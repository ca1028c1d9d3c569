//! Custom calling context: its limits (how-to guide on contextual information) and its wire form.

use std::collections::BTreeMap;

use acs_call_rest::types;

use crate::{CustomCallingContext, Error};

const FIELD: &str = "custom_calling_context";
const SIP_HEADERS: usize = 5;
const VOIP_HEADERS: usize = 1000;
const NAME: usize = 64;
const SIP_VALUE: usize = 256;
const VOIP_VALUE: usize = 1024;
/// Limit of an older official client; the guide gives none for this header.
const UUI_VALUE: usize = 5000;
const USER_TO_USER: &str = "User-To-User";

/// Nothing is sent for a context without headers.
pub(super) fn custom_calling_context(
    context: CustomCallingContext,
) -> Result<Option<types::CustomCallingContext>, Error> {
    if context.is_empty() {
        return Ok(None);
    }
    let voip: BTreeMap<String, String> = context.voip.into_iter().collect();
    count("VoIP", voip.len(), VOIP_HEADERS)?;
    for (name, value) in &voip {
        length("VoIP header name", name, NAME)?;
        length("VoIP header value", value, VOIP_VALUE)?;
        filled("VoIP header name", name)?;
    }
    let mut sip: BTreeMap<String, String> = context.sip.into_iter().collect();
    count("custom SIP", sip.len(), SIP_HEADERS)?;
    for (name, value) in &sip {
        length("SIP header name", name, NAME)?;
        length("SIP header value", value, SIP_VALUE)?;
        sip_name(name)?;
        sip_value(value)?;
    }
    if let Some(value) = context.uui {
        length("User-To-User value", &value, UUI_VALUE)?;
        filled("User-To-User value", &value)?;
        sip_value(&value)?;
        sip.insert(USER_TO_USER.to_owned(), value);
    }
    Ok(Some(types::CustomCallingContext {
        sip_headers: (!sip.is_empty()).then_some(sip),
        voip_headers: (!voip.is_empty()).then_some(voip),
        teams_phone_call_details: None,
    }))
}

/// Refuses a context where the request has no place for one; dropping it would lose data silently.
pub(super) fn refuse(context: &CustomCallingContext, operation: &str) -> Result<(), Error> {
    if context.is_empty() {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        format_args!("expected none: {operation} carries no headers in API version 2026-03-12"),
    ))
}

fn count(kind: &str, found: usize, limit: usize) -> Result<(), Error> {
    if found <= limit {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        format_args!("expected at most {limit} {kind} headers, found {found}"),
    ))
}

fn length(what: &str, text: &str, limit: usize) -> Result<(), Error> {
    let found = text.chars().count();
    if found <= limit {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        format_args!("{what}: expected at most {limit} characters, found {found}"),
    ))
}

fn filled(what: &str, text: &str) -> Result<(), Error> {
    if !text.is_empty() {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        format_args!("{what}: expected text, found none"),
    ))
}

/// A header name as SIP has it (RFC 3261, `token`), with something behind the prefix.
fn sip_name(name: &str) -> Result<(), Error> {
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    if !name.ends_with('-') && name.chars().all(token) {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        format_args!("SIP header name: expected a prefix and letters, digits or `-`, found `{name}`"),
    ))
}

/// A line break would start a header of its own.
fn sip_value(value: &str) -> Result<(), Error> {
    if !value.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid_input(
        FIELD,
        "SIP header value: expected text without control characters",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SipHeaderPrefix;

    fn wire(context: CustomCallingContext) -> serde_json::Value {
        serde_json::to_value(custom_calling_context(context).unwrap()).unwrap()
    }

    fn refused(context: CustomCallingContext) -> String {
        let error = custom_calling_context(context).unwrap_err();
        assert_eq!(error.field(), Some("custom_calling_context"));
        error.to_string()
    }

    #[test]
    fn headers_are_named_as_the_official_sdks_name_them() {
        let context = CustomCallingContext::new()
            .add_voip("case", "42")
            .add_sip_x("Queue", "billing")
            .add_sip_x_prefixed(SipHeaderPrefix::X, "Trunk", "7")
            .add_sip_uui("abc");
        assert_eq!(
            wire(context),
            json!({
                "voipHeaders": {"case": "42"},
                "sipHeaders": {"X-MS-Custom-Queue": "billing", "X-Trunk": "7", "User-To-User": "abc"},
            })
        );
        assert_eq!(wire(CustomCallingContext::new()), json!(null));
    }

    #[test]
    fn five_sip_headers_and_the_user_to_user_header_are_taken_and_a_sixth_is_not() {
        let five = (0..5).fold(CustomCallingContext::new(), |context, i| {
            context.add_sip_x(format!("H{i}"), "v")
        });
        let full = five.clone().add_sip_uui("u");
        assert_eq!(wire(full)["sipHeaders"].as_object().unwrap().len(), 6);
        assert!(refused(five.add_sip_x("H5", "v")).contains("at most 5"));
    }

    #[test]
    fn a_thousand_voip_headers_are_taken_and_one_more_is_not() {
        let full = (0..1000).fold(CustomCallingContext::new(), |context, i| {
            context.add_voip(format!("h{i}"), "v")
        });
        assert_eq!(wire(full.clone())["voipHeaders"].as_object().unwrap().len(), 1000);
        assert!(refused(full.add_voip("more", "v")).contains("at most 1000"));
    }

    #[test]
    fn lengths_are_limited_and_the_sip_prefix_counts() {
        let new = CustomCallingContext::new;
        // `X-MS-Custom-` has 12 characters.
        assert!(custom_calling_context(new().add_sip_x("n".repeat(52), "v".repeat(256))).is_ok());
        assert!(refused(new().add_sip_x("n".repeat(53), "v")).contains("at most 64"));
        assert!(refused(new().add_sip_x("n", "v".repeat(257))).contains("at most 256"));
        assert!(custom_calling_context(new().add_voip("n".repeat(64), "ü".repeat(1024))).is_ok());
        assert!(refused(new().add_voip("n".repeat(65), "v")).contains("at most 64"));
        assert!(refused(new().add_voip("n", "v".repeat(1025))).contains("at most 1024"));
        assert!(refused(new().add_sip_uui("u".repeat(5001))).contains("at most 5000"));
    }

    #[test]
    fn what_would_break_a_sip_message_is_refused() {
        let new = CustomCallingContext::new;
        for context in [
            new().add_sip_x("", "v"),
            new().add_sip_x("a b", "v"),
            new().add_sip_x("a:", "v"),
            new().add_sip_x("a", "v\r\nTo: x"),
            new().add_sip_uui("u\n"),
            new().add_sip_uui(""),
            new().add_voip("", "v"),
        ] {
            refused(context);
        }
    }
}
