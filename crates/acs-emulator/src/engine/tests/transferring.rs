//! transferring
