//! What goes along with a call of an agent: the number that telephones see, and headers.

use acs_calling::protocol::{CustomContext as AgentContext, Refusal};
use acs_common::{CommunicationIdentifier, PhoneNumber};

use crate::engine::{CustomContext, IncomingCustomContext};

/// The name that the User-To-User header has among SIP headers.
const USER_TO_USER: &str = "User-To-User";

/// The number that telephones see. It is needed where one is called. Whether it is the resource's is the engine's to
/// say.
pub(super) fn shown_number(
    called: &[CommunicationIdentifier],
    number: Option<&str>,
) -> Result<Option<CommunicationIdentifier>, Refusal> {
    let refused = |expected: &str| Refusal::new(400, 0, format!("alternateCallerId: {expected}"));
    if !called.iter().any(CommunicationIdentifier::is_phone_number) {
        return Ok(None);
    }
    let number =
        number.ok_or_else(|| refused("expected a number of the resource, for a telephone is called"))?;
    let number: PhoneNumber = number
        .parse()
        .map_err(|_| refused("expected a telephone number such as +14255550100"))?;
    Ok(Some(CommunicationIdentifier::phone(number.as_str())))
}

/// Headers of an agent, as the service takes them: see
/// [`sip_headers_read`](AgentContext::sip_headers_read).
pub(super) fn context(given: Option<AgentContext>) -> CustomContext {
    let Some(given) = given else {
        return CustomContext::default();
    };
    let mut sip_headers = given.sip_headers_read();
    if let Some(value) = given.user_to_user {
        sip_headers.insert(USER_TO_USER.to_owned(), value);
    }
    CustomContext {
        sip_headers,
        voip_headers: given.voip_headers,
    }
}

/// Headers of a call that rings at an agent.
pub(super) fn shown_context(custom: &IncomingCustomContext) -> AgentContext {
    let mut context = AgentContext::default();
    context.voip_headers.clone_from(&custom.voip_headers);
    for (key, value) in &custom.sip_headers {
        if key.eq_ignore_ascii_case(USER_TO_USER) {
            context.user_to_user = Some(value.clone());
        } else {
            context.sip_headers.insert(key.clone(), value.clone());
        }
    }
    context
}
