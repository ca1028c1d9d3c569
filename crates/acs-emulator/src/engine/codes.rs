//! Result codes and the sentences that go with them, as recorded or documented.

use std::borrow::Cow;

use serde::Serialize;

/// How something went: the `resultInformation` of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResultInformation {
    /// An HTTP or SIP status.
    pub code: u16,
    /// The cause more exactly.
    pub sub_code: u32,
    /// A sentence; compare codes, not sentences.
    pub message: Cow<'static, str>,
}
