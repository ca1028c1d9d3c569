//! Whole flows against the emulator, one file per section of the how-to guides on call control.

mod add;
mod answer;
mod connect;
mod contexts;
mod events;
mod hang_up;
mod media;
mod move_here;
mod outgoing;
mod recording;
mod refusals;
mod roster;
mod streams;
mod support;
mod transfer;
