//! joining
