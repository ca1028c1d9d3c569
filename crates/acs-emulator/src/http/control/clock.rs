//! The time of the emulator.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use serde::Deserialize;

use super::{Answer, Asked, Refused, ok};
use crate::clock::{ClockMode, ClockName};

/// The longest step: a year.
const LONGEST: u64 = 366 * 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    mode: ClockName,
    #[serde(default)]
    scale: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

pub(super) fn show(asked: &Asked<'_>) -> Answer {
    Ok(ok(asked.service.host.clock().state()))
}

pub(super) fn set(asked: &Asked<'_>) -> Answer {
    let Set { mode, scale } = asked.read()?;
    let mode = ClockMode::named(mode, scale).map_err(Refused::invalid)?;
    asked.service.set_clock(mode)?;
    show(asked)
}

pub(super) fn advance<'a>(asked: &'a Asked<'a>) -> BoxFuture<'a, Answer> {
    async move {
        let Advance { ms } = asked.read()?;
        if ms > LONGEST {
            return Err(Refused::invalid(format!(
                "ms: expected a number from 0 to {LONGEST}"
            )));
        }
        if !asked.service.host.clock().is_stepped() {
            let message = "clock: expected mode stepped; only such a clock is advanced by hand";
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        asked.service.advance(Duration::from_millis(ms)).await?;
        show(asked)
    }
    .boxed()
}
