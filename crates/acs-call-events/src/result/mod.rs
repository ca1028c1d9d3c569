//! Result codes: what every event says about how the operation went.

mod reason;
mod usual;

pub use reason::Reason;
pub(crate) use usual::{ResultSeed, SharedResult};

use crate::wire::wire_object;

wire_object! {
    /// How an operation went: a code like that of HTTP or SIP, a sub code that says precisely what
    /// happened, and a message for people (model `ResultInformation` of API version 2026-03-12).
    ///
    /// Compare codes or [`reason`](Self::reason), never messages: the texts vary between recordings for
    /// the same codes. `code` is 200 for every normal end of a call, even where the message shows another.
    ResultInformation {
        /// The class of the result, such as 200, 487 or 603.
        code: i32 = "code",
        /// What happened, such as 7000 (ended by Call Automation) or 8535 (bad audio file).
        sub_code: i32 = "subCode",
        /// A text for people. Call control writes `<phrase>. DiagCode: <code>#<sub code>.@`.
        message: String = "message",
        /// What the SIP side said; only for telephone calls, when the carrier tells it.
        sip_details: Option<DiagnosticInfo> = "sipDetails",
        /// The Q.850 cause; only for telephone calls, when the carrier tells it.
        q850_details: Option<DiagnosticInfo> = "q850Details",
    }
}

wire_object! {
    /// A code of another network, with its text (model `SipDiagnosticInfo`).
    DiagnosticInfo {
        /// The SIP status or Q.850 cause.
        code: i32 = "code",
        /// Its text.
        message: String = "message",
    }
}

impl ResultInformation {
    /// A result by its codes and message.
    pub fn of(code: i32, sub_code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            sub_code,
            message: message.into(),
            ..Self::default()
        }
    }

    /// Whether the code is of the class 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// The name of what the codes say.
    pub fn reason(&self) -> Reason {
        Reason::from_codes(self.code, self.sub_code)
    }
}

impl std::fmt::Display for ResultInformation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.code, self.sub_code)?;
        if !self.message.is_empty() {
            write!(f, " {}", self.message)?;
        }
        Ok(())
    }
}
