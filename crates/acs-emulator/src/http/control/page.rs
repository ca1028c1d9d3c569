//! What the page reads, and scripts may read as well.

use super::{Answer, Asked};
use crate::dashboard;

pub(super) fn feed(asked: &Asked<'_>) -> Answer {
    Ok(dashboard::feed(asked.service, asked.parts))
}

pub(super) fn entry(asked: &Asked<'_>) -> Answer {
    Ok(dashboard::entry(asked.service, asked.param(0)))
}

pub(super) fn diagram(asked: &Asked<'_>) -> Answer {
    Ok(dashboard::diagram(
        asked.service,
        asked.parts,
        asked.param(0),
        asked.param(1),
    ))
}

/// Files of the page that are there were answered ahead of this.
pub(super) fn file(_asked: &Asked<'_>) -> Answer {
    Ok(dashboard::no_file())
}
