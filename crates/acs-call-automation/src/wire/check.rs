//! The rules about input, one function each. Names of fields are those of the setters.

use std::ops::RangeInclusive;
use std::time::Duration;

use acs_common::{
    CallConnectionId, CommunicationIdentifier, IncomingCallContext, InvitationId, OperationContext,
    PhoneNumber, RecordingId,
};
use url::{Host, Url};

use crate::Error;

/// Limit of an older official client; the API description gives none.
const OPERATION_CONTEXT_LIMIT: usize = 5000;

/// The range of the API description, in seconds.
const INVITATION_TIMEOUT: RangeInclusive<u64> = 0..=180;

/// The schemes of an address: in general, and to a loopback address.
struct Schemes {
    secure: &'static str,
    plain: &'static str,
    expected: &'static str,
}

/// Checks an address that the service is to reach, and gives it back as it was written.
pub(super) fn service_uri(field: &'static str, text: String) -> Result<String, Error> {
    address(
        field,
        text,
        &Schemes {
            secure: "https",
            plain: "http",
            expected: "expected an absolute https URI, or http to a loopback address",
        },
    )
}

/// Checks the address of a WebSocket that the service is to open, and gives it back as it was written.
pub(super) fn socket_url(field: &'static str, text: String) -> Result<String, Error> {
    address(
        field,
        text,
        &Schemes {
            secure: "wss",
            plain: "ws",
            expected: "expected an absolute wss URL, or ws to a loopback address",
        },
    )
}

fn address(field: &'static str, text: String, schemes: &Schemes) -> Result<String, Error> {
    let expected = schemes.expected;
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::invalid_input(
            field,
            format_args!("{expected}, without spaces"),
        ));
    }
    // The parser also takes `https:host` and `https:\\host`, which the service does not.
    let authority = text.split_once("://").map(|(_, rest)| rest);
    if authority.is_none_or(|rest| rest.starts_with(['/', '\\'])) {
        return Err(Error::invalid_input(field, expected));
    }
    let url = Url::parse(&text).map_err(|error| {
        Error::invalid_input(field, format_args!("{expected}; the text is no URI: {error}"))
    })?;
    let loopback = match url.host() {
        None => return Err(Error::invalid_input(field, expected)),
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
    };
    match url.scheme() {
        scheme if scheme == schemes.secure => Ok(text),
        scheme if scheme == schemes.plain && loopback => Ok(text),
        scheme if scheme == schemes.plain => Err(Error::invalid_input(
            field,
            format_args!("{expected}; {scheme} to another host is refused by the service"),
        )),
        other => Err(Error::invalid_input(
            field,
            format_args!("{expected}, found scheme `{other}`"),
        )),
    }
}

pub(super) fn operation_callback_uri(given: Option<String>) -> Result<Option<String>, Error> {
    given
        .map(|text| service_uri("operation_callback_uri", text))
        .transpose()
}

pub(super) fn operation_context(given: Option<OperationContext>) -> Result<Option<OperationContext>, Error> {
    if let Some(context) = &given {
        let length = context.as_str().chars().count();
        if !(1..=OPERATION_CONTEXT_LIMIT).contains(&length) {
            return Err(Error::invalid_input(
                "operation_context",
                format_args!("expected 1 to {OPERATION_CONTEXT_LIMIT} characters, found {length}"),
            ));
        }
    }
    Ok(given)
}

/// Whole seconds, 0 to 180.
pub(super) fn invitation_timeout(timeout: Option<Duration>) -> Result<Option<i32>, Error> {
    seconds("invitation_timeout", timeout, INVITATION_TIMEOUT)
}

/// Whole seconds within a range.
pub(super) fn seconds(
    field: &'static str,
    time: Option<Duration>,
    range: RangeInclusive<u64>,
) -> Result<Option<i32>, Error> {
    let Some(time) = time else {
        return Ok(None);
    };
    let whole = (time.subsec_nanos() == 0 && range.contains(&time.as_secs())).then_some(time.as_secs());
    match whole.and_then(|seconds| i32::try_from(seconds).ok()) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Error::invalid_input(
            field,
            format_args!(
                "expected whole seconds from {} to {}, found {time:?}",
                range.start(),
                range.end()
            ),
        )),
    }
}

/// Whole milliseconds, at least one.
pub(super) fn milliseconds(field: &'static str, time: Option<Duration>) -> Result<Option<i32>, Error> {
    let Some(time) = time else {
        return Ok(None);
    };
    let whole = time.subsec_nanos() % 1_000_000 == 0 && !time.is_zero();
    match i32::try_from(time.as_millis()) {
        Ok(milliseconds) if whole => Ok(Some(milliseconds)),
        _ => Err(Error::invalid_input(
            field,
            format_args!(
                "expected whole milliseconds from 1 to {}, found {time:?}",
                i32::MAX
            ),
        )),
    }
}

/// A text that, where it is given, says something.
pub(super) fn given(field: &'static str, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if text.trim().is_empty() => Err(Error::invalid_input(
            field,
            "expected a text, or none to be set, found an empty one",
        )),
        text => Ok(text),
    }
}

/// A language with its region, without which the service refuses to transcribe (how-to guide).
pub(super) fn locale(field: &'static str, text: &str) -> Result<(), Error> {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut parts = text.split('-');
    let language = parts
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && letters(part));
    let region = |part: &str| match part.len() {
        2 => letters(part),
        3 => part.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if language && parts.any(region) {
        return Ok(());
    }
    Err(Error::invalid_input(
        field,
        format_args!(
            "expected a language with its region, such as `en-US`, found `{}`",
            text.escape_debug()
        ),
    ))
}

/// A number that must be E.164: the one a telephone is called from.
pub(super) fn e164(field: &'static str, number: &str) -> Result<(), Error> {
    PhoneNumber::new(number).map(drop).map_err(|_| {
        Error::invalid_input(
            field,
            format_args!("expected E.164 (`+`, then 2 to 15 digits, the first not 0), found `{number}`"),
        )
    })
}

/// Somebody who is in the call, or may be: the raw id must not be empty. Telephones are taken as the
/// service names them, `anonymous` and asserted ids included.
pub(crate) fn identifier(field: &'static str, identifier: &CommunicationIdentifier) -> Result<(), Error> {
    // A telephone without a number has the raw id `4:`, a Teams user without an id `8:orgid:`.
    let raw_id = identifier.raw_id();
    if raw_id.is_empty() || raw_id.ends_with(':') {
        return Err(Error::invalid_input(
            field,
            format_args!("expected an identifier, found `{raw_id}`, which names nobody"),
        ));
    }
    if raw_id.contains(char::is_control) {
        return Err(Error::invalid_input(
            field,
            "expected an identifier without control characters",
        ));
    }
    Ok(())
}

/// Somebody to be called: as [`identifier`], and a telephone is E.164.
pub(super) fn dialled(field: &'static str, target: &CommunicationIdentifier) -> Result<(), Error> {
    identifier(field, target)?;
    match target {
        CommunicationIdentifier::PhoneNumber(phone) => e164(field, phone.number()),
        // The service answers this mix-up with 500 (known issue of version 2022), which says nothing.
        CommunicationIdentifier::CommunicationUser(user)
            if user.id().starts_with('+') || user.id().starts_with("4:") =>
        {
            Err(Error::invalid_input(
                field,
                format_args!("expected the id of a user, found the telephone `{}`", user.id()),
            ))
        }
        _ => Ok(()),
    }
}

/// The caller ID of a request: E.164, and there where a telephone is called.
pub(super) fn caller_id<'a>(
    caller_id: Option<&str>,
    mut targets: impl Iterator<Item = &'a CommunicationIdentifier>,
) -> Result<(), Error> {
    const FIELD: &str = "source_caller_id";
    match caller_id {
        Some(number) => e164(FIELD, number),
        None if targets.any(CommunicationIdentifier::is_phone_number) => Err(Error::invalid_input(
            FIELD,
            "expected the number that the telephone is called from",
        )),
        None => Ok(()),
    }
}

fn id(field: &'static str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input(field, "expected an id, found no text"));
    }
    Ok(())
}

pub(super) fn non_empty(field: &'static str, text: &str) -> Result<(), Error> {
    id(field, text)
}

/// An empty id would turn the path of one operation into that of another.
pub(crate) fn call_connection_id(field: &'static str, call: &CallConnectionId) -> Result<(), Error> {
    path_id(field, call.as_str())
}

/// As [`call_connection_id`], for recordings.
pub(crate) fn recording_id(recording: &RecordingId) -> Result<(), Error> {
    path_id("recording_id", recording.as_str())
}

fn path_id(field: &'static str, text: &str) -> Result<(), Error> {
    id(field, text)?;
    if matches!(text, "." | "..") {
        return Err(Error::invalid_input(field, "expected an id, found a path"));
    }
    Ok(())
}

pub(super) fn invitation_id(invitation: &InvitationId) -> Result<(), Error> {
    id("invitation_id", invitation.as_str())
}

pub(super) fn incoming_call_context(context: &IncomingCallContext) -> Result<(), Error> {
    id("incoming_call_context", context.expose())
}
