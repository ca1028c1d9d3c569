//! Data that travels with a call to whoever is invited.

/// What stands in front of the name of a custom SIP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SipHeaderPrefix {
    /// `X-MS-Custom-`, which every version of the service takes.
    #[default]
    XMsCustom,
    /// `X-` alone, for session border controllers that expect it (official SDKs since 1.5.0).
    X,
}

impl SipHeaderPrefix {
    /// The text in front of the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::XMsCustom => "X-MS-Custom-",
            Self::X => "X-",
        }
    }
}

/// Data that an invited or transferred party receives with the call: VoIP headers for users, SIP headers
/// for telephones and session border controllers.
///
/// The invited application reads it from its `IncomingCall` event. In API version 2026-03-12 adding a
/// participant and transferring carry it; creating a call and redirecting one do not.
///
/// Limits (how-to guide on contextual information), checked before anything is sent: 5 custom SIP headers
/// beside the User-to-User header, names of at most 64 characters prefix included, values of at most 256;
/// 1,000 VoIP headers, names of at most 64 characters, values of at most 1,024. A header given twice keeps
/// the later value.
///
/// ```
/// use acs_call_automation::CustomCallingContext;
///
/// let context = CustomCallingContext::new()
///     .add_voip("case", "42")
///     .add_sip_x("Queue", "billing")
///     .add_sip_uui("56616e6573613b656e636f64696e673d686578");
/// # let _ = context;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CustomCallingContext {
    pub(crate) voip: Vec<(String, String)>,
    pub(crate) sip: Vec<(String, String)>,
    pub(crate) uui: Option<String>,
}

impl CustomCallingContext {
    /// A context without headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a VoIP header, which reaches users.
    pub fn add_voip(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.voip.push((name.into(), value.into()));
        self
    }

    /// Adds a custom SIP header, which reaches telephones behind direct routing, as `X-MS-Custom-<name>`.
    pub fn add_sip_x(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.add_sip_x_prefixed(SipHeaderPrefix::XMsCustom, name, value)
    }

    /// Adds a custom SIP header with a prefix of your choice.
    pub fn add_sip_x_prefixed(
        mut self,
        prefix: SipHeaderPrefix,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let name = [prefix.as_str(), &name.into()].concat();
        self.sip.push((name, value.into()));
        self
    }

    /// Sets the `User-To-User` SIP header (RFC 7433), of which there is one.
    pub fn add_sip_uui(mut self, value: impl Into<String>) -> Self {
        self.uui = Some(value.into());
        self
    }

    /// Whether there is no header at all.
    pub fn is_empty(&self) -> bool {
        self.voip.is_empty() && self.sip.is_empty() && self.uui.is_none()
    }
}
