//! Whom to call, and what they see.

use acs_common::CommunicationIdentifier;

use crate::CustomCallingContext;

/// A party to call, with what it sees of the caller. Taken by
/// [`create_call`](crate::CallAutomationClient::create_call) and
/// [`add_participant`](crate::CallConnection::add_participant).
///
/// Nothing is checked here. When the request is made, telephone numbers must be E.164, and a telephone
/// needs the number that it is called from.
///
/// ```
/// use acs_call_automation::CallInvite;
///
/// let user = CallInvite::user("8:acs:resource_user").voip_header("case", "42");
/// let telephone = CallInvite::phone("+16041234567", "+16044561234").source_display_name("Contoso");
/// # let _ = (user, telephone);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CallInvite {
    pub(crate) target: CommunicationIdentifier,
    pub(crate) source_caller_id: Option<String>,
    pub(crate) source_display_name: Option<String>,
    pub(crate) custom_calling_context: CustomCallingContext,
}

impl CallInvite {
    /// Invites a party of any kind, such as a Teams user. For a telephone take [`phone`](Self::phone).
    pub fn new(target: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            target: target.into(),
            source_caller_id: None,
            source_display_name: None,
            custom_calling_context: CustomCallingContext::new(),
        }
    }

    /// Invites a user of an ACS resource by id, `8:acs:<resource>_<user>`.
    pub fn user(id: impl Into<String>) -> Self {
        Self::new(CommunicationIdentifier::user(id))
    }

    /// Invites a telephone. Both numbers are E.164; `caller_id` is one that the resource owns, or of a
    /// session border controller.
    pub fn phone(number: impl Into<String>, caller_id: impl Into<String>) -> Self {
        Self::new(CommunicationIdentifier::phone(number)).source_caller_id(caller_id)
    }

    /// Sets the number that a called telephone sees, E.164.
    pub fn source_caller_id(mut self, number: impl Into<String>) -> Self {
        self.source_caller_id = Some(number.into());
        self
    }

    /// Sets the name that the called party sees.
    pub fn source_display_name(mut self, name: impl Into<String>) -> Self {
        self.source_display_name = Some(name.into());
        self
    }

    /// Sends data along with the invitation. Not when creating a call: the request has no place for it.
    pub fn custom_calling_context(mut self, context: CustomCallingContext) -> Self {
        self.custom_calling_context = context;
        self
    }

    /// Sends a VoIP header along, as [`CustomCallingContext::add_voip`].
    pub fn voip_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_calling_context = self.custom_calling_context.add_voip(name, value);
        self
    }

    /// Sends a custom SIP header along, as [`CustomCallingContext::add_sip_x`].
    pub fn sip_x_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_calling_context = self.custom_calling_context.add_sip_x(name, value);
        self
    }

    /// Sends the User-to-User header along, as [`CustomCallingContext::add_sip_uui`].
    pub fn sip_uui(mut self, value: impl Into<String>) -> Self {
        self.custom_calling_context = self.custom_calling_context.add_sip_uui(value);
        self
    }

    /// Whom this invites.
    pub fn target(&self) -> &CommunicationIdentifier {
        &self.target
    }
}

/// Every identifier is an invitation; a telephone then lacks the caller ID that it needs.
impl<T: Into<CommunicationIdentifier>> From<T> for CallInvite {
    fn from(target: T) -> Self {
        Self::new(target)
    }
}
