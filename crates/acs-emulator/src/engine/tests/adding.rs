//! adding
