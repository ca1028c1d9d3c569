//! The operations of the service, and what happens outside of it: one module for each family.

mod add;
mod answer;
mod calling;
mod connect;
mod create;
mod hangup;
mod moves;
mod outside;
mod query;
mod recording;
mod remove;
mod streaming;
mod transcription;
mod transfer;
