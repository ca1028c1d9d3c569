//! Why calls end and transfers fail: pairs of codes, and what they say.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a call ended: a code that reads like one of HTTP or SIP (0 for many normal endings), and a finer one.
///
/// Pairs that this version has no name for are kept as they are. Source of the named ones: the
/// troubleshooting pages of the Calling SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallEndReason {
    /// The code.
    pub code: u16,
    /// The sub code, up to six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_code: Option<u32>,
}

/// Why a transfer failed; the vocabulary is that of [`CallEndReason`].
#[doc(alias = "TransferErrorCode")]
pub type TransferError = CallEndReason;

/// Whose doing a result was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResultCategory {
    /// As somebody wanted it.
    Success,
    /// What happens when people and networks are as they are.
    ExpectedError,
    /// The client should not have come into this.
    UnexpectedClientError,
    /// The service should not have come into this.
    UnexpectedServerError,
}

macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident = $code:literal / $sub:literal, $category:ident;)+) => {
        impl CallEndReason {
            $($(#[$meta])* pub const $name: Self = Self::new($code, $sub);)+

            /// Whose doing it was, where that is known.
            #[doc(alias = "resultCategories")]
            pub fn category(&self) -> Option<ResultCategory> {
                $(if *self == Self::$name { return Some(ResultCategory::$category); })+
                self.category_of_code()
            }
        }
    };
}

reasons! {
    /// We hung up.
    HUNG_UP = 0/0, Success;
    /// The application that played the call vanished.
    APPLICATION_GONE = 0/4521, ExpectedError;
    /// The call was ended for everybody.
    ENDED_FOR_EVERYONE = 0/4097, Success;
    /// Another participant removed this one.
    REMOVED = 0/5300, Success;
    /// Call Automation or a bot ended it.
    ENDED_BY_AUTOMATION = 0/7000, Success;
    /// The telephone's side ended it.
    ENDED_BY_TELEPHONE = 0/560_000, Success;
    /// The caller gave up.
    CANCELED = 487/0, Success;
    /// Another endpoint of the same identity answered.
    ANSWERED_ELSEWHERE = 487/10_003, Success;
    /// Nobody answered in time.
    UNANSWERED = 487/10_004, ExpectedError;
    /// Declined on all endpoints.
    DECLINED_EVERYWHERE = 487/10_024, Success;
    /// The callee declined.
    DECLINED = 603/0, Success;
    /// The telephone is busy.
    BUSY = 486/560_486, Success;
    /// The callee has no endpoint that is reachable.
    OFFLINE = 480/10_037, ExpectedError;
    /// Set-up was not finished in time by the callee.
    SETUP_TIMED_OUT = 408/10_057, ExpectedError;
    /// The client waited for too long.
    TIMED_OUT = 408/4506, UnexpectedClientError;
    /// The call that was to be replaced is gone.
    REPLACED_CALL_NOT_FOUND = 404/10_202, ExpectedError;
    /// There was no valid token.
    INVALID_TOKEN = 495/4507, UnexpectedClientError;
    /// Offline, and retries are used up.
    NETWORK_LOST = 496/7, ExpectedError;
    /// A request was lost with its connection.
    REQUEST_LOST = 490/4502, UnexpectedClientError;
}

impl CallEndReason {
    /// A pair.
    pub const fn new(code: u16, sub_code: u32) -> Self {
        Self {
            code,
            sub_code: Some(sub_code),
        }
    }

    /// A code alone.
    pub const fn code_only(code: u16) -> Self {
        Self { code, sub_code: None }
    }

    fn category_of_code(self) -> Option<ResultCategory> {
        match (self.code, self.sub_code) {
            (487, Some(540_487)) | (0, Some(5000 | 5003)) => Some(ResultCategory::Success),
            (480, Some(10_076..=10_078)) | (403, Some(510_403)) => Some(ResultCategory::ExpectedError),
            (401, Some(10_009)) | (490 | 491 | 497 | 498, _) => Some(ResultCategory::UnexpectedClientError),
            (500..=599, _) => Some(ResultCategory::UnexpectedServerError),
            _ => None,
        }
    }
}

impl fmt::Display for CallEndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sub_code {
            Some(sub_code) => write!(f, "{}/{sub_code}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

impl std::error::Error for CallEndReason {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_categories_and_strangers_stay_what_they_are() {
        assert_eq!(CallEndReason::DECLINED.category(), Some(ResultCategory::Success));
        assert_eq!(
            CallEndReason::UNANSWERED.category(),
            Some(ResultCategory::ExpectedError)
        );
        assert_eq!(
            CallEndReason::code_only(503).category(),
            Some(ResultCategory::UnexpectedServerError)
        );
        let stranger = CallEndReason::new(777, 123_456);
        assert_eq!(stranger.category(), None);
        let written = serde_json::to_string(&stranger).unwrap();
        assert_eq!(written, r#"{"code":777,"subCode":123456}"#);
        assert_eq!(serde_json::from_str::<CallEndReason>(&written).unwrap(), stranger);
        assert_eq!(stranger.to_string(), "777/123456");
    }
}
