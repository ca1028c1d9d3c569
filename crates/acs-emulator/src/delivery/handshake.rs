//! The two handshakes by which Event Grid asks an address whether it wants its events.
//!
//! Both are repeated until the address agrees, for an application may be started after the emulator. Source:
//! the Event Grid pages on endpoint validation, in both schemas.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use url::Url;

use super::envelope::{RESOURCE, event_grid_time};
use super::post::describe;
use crate::clock::Clock;
use crate::config::EventGridSchema;

/// Who asks, in the CloudEvents handshake.
const ORIGIN: &str = "eventgrid.azure.net";
/// The first pause between two handshakes, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(super) const EVENT_TYPE_HEADER: HeaderName = HeaderName::from_static("aeg-event-type");

/// One attempt to shake hands.
pub(super) struct Handshake<'a> {
    pub(super) client: &'a reqwest::Client,
    pub(super) clock: &'a Clock,
    pub(super) url: &'a Url,
    pub(super) schema: EventGridSchema,
    /// The code to be echoed, and the address to be opened instead.
    pub(super) code: &'a str,
    pub(super) validation_url: Option<&'a str>,
}

/// What the address said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Events may come.
    Agreed,
    /// It answered 200 without the code: somebody may open the validation address by hand.
    Manual,
    /// Not yet; the text says why.
    No(String),
}

/// The pause before the next attempt, longer each time.
pub(super) fn pause(failed: u32) -> Duration {
    PAUSES.0.saturating_mul(1 << failed.min(16)).min(PAUSES.1)
}

impl Handshake<'_> {
    pub(super) async fn attempt(&self) -> Answer {
        let answer = match self.schema {
            EventGridSchema::EventGrid => self.validation_event().await,
            EventGridSchema::CloudEvents => self.options().await,
        };
        answer.unwrap_or_else(|error| Answer::No(describe(&error)))
    }

    async fn validation_event(&self) -> Result<Answer, reqwest::Error> {
        let mut data = json!({ "validationCode": self.code });
        if let (Some(address), Value::Object(data)) = (self.validation_url, &mut data) {
            data.insert("validationUrl".to_owned(), json!(address));
        }
        let body = json!([{
            "id": self.code,
            "topic": RESOURCE,
            "subject": "",
            "data": data,
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": event_grid_time(self.clock.now()),
            "metadataVersion": "1",
            "dataVersion": "2",
        }]);
        let response = self
            .client
            .post(self.url.clone())
            .header(
                EVENT_TYPE_HEADER,
                HeaderValue::from_static("SubscriptionValidation"),
            )
            .json(&body)
            .send()
            .await?;
        let status = response.status();
        let body = response.bytes().await?;
        if status != http::StatusCode::OK {
            // 202 counts as no, too: the guide takes 200 alone.
            return Ok(Answer::No(format!("answered {} instead of 200", status.as_u16())));
        }
        let given = serde_json::from_slice::<Value>(&body)
            .ok()
            .and_then(|body| body.get("validationResponse")?.as_str().map(str::to_owned));
        Ok(match given {
            Some(given) if given == self.code => Answer::Agreed,
            Some(_) => Answer::No("the validationResponse is not the validationCode".to_owned()),
            None => Answer::Manual,
        })
    }

    async fn options(&self) -> Result<Answer, reqwest::Error> {
        let response = self
            .client
            .request(Method::OPTIONS, self.url.clone())
            .header("WebHook-Request-Origin", ORIGIN)
            .header("WebHook-Request-Rate", "120")
            .send()
            .await?;
        let status = response.status();
        let allowed = response
            .headers()
            .get("WebHook-Allowed-Origin")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        // Read to the end, or the connection could not be used again.
        let _ = response.bytes().await;
        if !status.is_success() {
            return Ok(Answer::No(format!("answered {} to OPTIONS", status.as_u16())));
        }
        Ok(match allowed.as_deref().map(str::trim) {
            Some("*") => Answer::Agreed,
            Some(origin) if origin.eq_ignore_ascii_case(ORIGIN) => Answer::Agreed,
            Some(_) => Answer::No(format!("WebHook-Allowed-Origin is neither `*` nor `{ORIGIN}`")),
            None => Answer::No("the answer to OPTIONS has no WebHook-Allowed-Origin".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        assert_eq!(pause(0), Duration::from_millis(100));
        assert_eq!(pause(1), Duration::from_millis(200));
        assert_eq!(pause(5), Duration::from_secs(2));
        assert_eq!(pause(u32::MAX), Duration::from_secs(2));
    }
}
