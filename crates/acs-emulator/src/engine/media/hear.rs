//! What a participant lets be heard, and who hears it.

use std::sync::Arc;
use std::time::Duration;

use acs_common::CallConnectionId;
use acs_common::enums::DtmfTone;

use super::length;
use super::model::{Job, MediaKey};
use crate::engine::Engine;
use crate::engine::codes;
use crate::engine::effect::{Actor, Effect, EventKind, PartyInput};
use crate::engine::input::Input;
use crate::engine::model::CallKey;
use crate::engine::world::FollowUp;

impl Engine {
    /// A participant presses keys or speaks. The one place that everything heard in a call goes through.
    pub(in crate::engine) fn hear(&mut self, call_key: CallKey, raw_id: &str, input: &Input) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(party) = call.participant(raw_id) else {
            return;
        };
        let silenced = party.muted || party.on_hold;
        let (label, duration) = match input {
            Input::Press { tones } => (format!("presses {tones}"), Duration::ZERO),
            Input::Say { text } => (format!("says “{text}”"), length::of_text(text)),
        };
        world.signal(
            call,
            Actor::Party(Arc::clone(&party.raw_id)),
            Actor::Service,
            label,
        );
        world.effects.push(Effect::PartyInput(Box::new(PartyInput {
            server_call_id: call.id.clone(),
            participant: party.identity.clone(),
            time: world.now,
            duration,
            input: input.clone(),
        })));
        // Keys go out over the telephone lines of the call. What came in over one goes to no other, for lines may
        // lead back to here.
        if let (Input::Press { tones }, true) = (input, party.is_virtual()) {
            let lines = call.participants.iter().filter_map(|other| other.line.clone());
            world
                .follow_ups
                .extend(lines.map(|(call, raw_id)| FollowUp::Tones {
                    call,
                    raw_id,
                    tones: tones.clone(),
                }));
        }
        match input {
            Input::Press { tones } => {
                for tone in tones.as_slice() {
                    self.hear_tone(call_key, raw_id, tone);
                }
            }
            // Who is muted or on hold is not heard speaking. Keys do not travel as sound.
            Input::Say { .. } if silenced => {}
            Input::Say { text } => {
                for (connection, key) in self.listening(call_key, raw_id) {
                    self.recognize_speech(&connection, key, text);
                }
            }
        }
    }

    /// Reported first, then recognized. Both may end the call, so everything is looked up anew.
    fn hear_tone(&mut self, call_key: CallKey, raw_id: &str, tone: &DtmfTone) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let mut reports = Vec::new();
        for leg in &mut call.legs {
            if let Some(listener) = leg.media.listener(raw_id) {
                listener.sequence = listener.sequence.saturating_add(1);
                reports.push((listener.operation.clone(), listener.sequence));
            }
        }
        for (operation, sequence_id) in reports {
            let kind = EventKind::ContinuousDtmfRecognitionToneReceived {
                sequence_id,
                tone: tone.clone(),
            };
            Self::report_in(world, call, &operation, kind, codes::OK);
        }
        for (connection, key) in self.listening(call_key, raw_id) {
            self.recognize_tone(&connection, key, tone);
        }
    }

    /// The recognitions that are for a participant. Whether they take input now is theirs to say.
    fn listening(&self, call_key: CallKey, raw_id: &str) -> Vec<(CallConnectionId, MediaKey)> {
        let legs = self.calls.get(&call_key).map(|call| &call.legs);
        let ops = legs
            .into_iter()
            .flatten()
            .flat_map(|leg| leg.media.ops().map(move |op| (leg, op)));
        ops.filter(|(_, op)| matches!(&op.job, Job::Recognize(recognition) if *recognition.target == *raw_id))
            .map(|(leg, op)| (leg.id.clone(), op.key))
            .collect()
    }
}
