//! What a party lets be heard, and who hears it.

use std::time::Duration;

use crate::engine::Engine;
use crate::engine::effect::{Actor, Effect, PartyInput};
use crate::engine::input::Input;
use crate::engine::model::CallKey;

use super::length;

impl Engine {
    /// A participant presses keys or speaks. The one place that everything heard in a call goes through.
    pub(in crate::engine) fn hear(&mut self, call_key: CallKey, raw_id: &str, input: &Input) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(party) = call.participant(raw_id) else {
            return;
        };
        let (label, duration) = match input {
            Input::Press { tones } => (format!("presses {tones}"), Duration::ZERO),
            Input::Say { text } => (format!("says “{text}”"), length::of_text(text)),
        };
        world.signal(call, Actor::Party(party.raw_id.clone()), Actor::Service, label);
        world.effects.push(Effect::PartyInput(Box::new(PartyInput {
            server_call_id: call.id.clone(),
            participant: party.identity.clone(),
            time: world.now,
            duration,
            input: input.clone(),
        })));
    }
}
