//! Generated.

pub(crate) mod enums;
