//! What goes wrong on purpose.

use serde::Deserialize;
use serde_json::json;

use super::{Answer, Asked, Refused, done, made, ok};
use crate::faults::Fault;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    faults: Vec<Fault>,
}

pub(super) fn list(asked: &Asked<'_>) -> Answer {
    Ok(ok(
        json!({ "faults": asked.service.host.faults().lock().states() }),
    ))
}

pub(super) fn one(asked: &Asked<'_>) -> Answer {
    let state = asked.service.host.faults().lock().state(asked.param(0));
    state.map(ok).ok_or_else(unknown)
}

pub(super) fn add(asked: &Asked<'_>) -> Answer {
    let id = asked.service.add_fault(asked.read()?)?;
    let state = asked.service.host.faults().lock().state(&id);
    Ok(made(json!(state)))
}

/// The fault with this name, from now on as it is given; it begins to count anew.
pub(super) fn put(asked: &Asked<'_>) -> Answer {
    let mut fault: Fault = asked.read()?;
    let id = asked.param(0);
    if fault.id.as_deref().is_some_and(|given| given != id) {
        return Err(Refused::invalid("id: expected the one in the path, or none"));
    }
    fault.id = Some(id.to_owned());
    asked.service.add_fault(fault)?;
    one(asked)
}

/// These and no others. When one of them makes no sense, the faults stay as they are.
pub(super) fn replace(asked: &Asked<'_>) -> Answer {
    let All { faults } = asked.read()?;
    asked.service.replace_faults(faults)?;
    list(asked)
}

pub(super) fn remove(asked: &Asked<'_>) -> Answer {
    if asked.service.remove_fault(asked.param(0)) {
        Ok(done())
    } else {
        Err(unknown())
    }
}

pub(super) fn clear(asked: &Asked<'_>) -> Answer {
    asked.service.replace_faults(Vec::new())?;
    Ok(done())
}

fn unknown() -> Refused {
    Refused::not_found("id: there is no fault with this name")
}
