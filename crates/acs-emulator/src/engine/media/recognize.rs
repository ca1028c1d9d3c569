//! Listening to a participant.

use acs_common::CallConnectionId;
use acs_common::enums::DtmfTone;

use super::command::{Choice, Expect, ToneRules};
use super::length;
use super::model::{Job, MediaKey, MediaStep, Op, Phase, Recognition};
use crate::engine::Engine;
use crate::engine::codes::{self, ResultInformation};
use crate::engine::effect::EventKind;
use crate::engine::event::Recognized;
use crate::engine::world::World;

/// How sure the emulator is of what it hears. It always is; the figure is one of those that the service gives.
const CONFIDENCE: f64 = 0.95;

/// How a recognition ends.
type Verdict = (EventKind, ResultInformation);

const FAILED: EventKind = EventKind::RecognizeFailed {
    failed_play_source_index: None,
};

impl Op {
    fn recognition(&mut self) -> Option<&mut Recognition> {
        match &mut self.job {
            Job::Recognize(recognition) => Some(recognition),
            _ => None,
        }
    }

    /// The prompt is over, at its end or because it was cut short.
    fn prompt_over(&mut self, world: &mut World) {
        self.phase = Phase::Listening;
        self.wait_no_more(world);
        let waits = self
            .recognition()
            .and_then(|recognition| recognition.reaction.as_ref())
            .filter(|reaction| !reaction.barge_in);
        if let Some(after) = waits.map(|reaction| reaction.after) {
            self.later(world, after, MediaStep::React);
        }
    }

    /// Whether input is taken now. Where it cuts the prompt short, that has happened.
    fn takes_input(&mut self, world: &mut World) -> bool {
        let interruptible = self
            .recognition()
            .is_some_and(|recognition| recognition.interrupt_prompt);
        match self.phase {
            Phase::Listening => true,
            Phase::Sounding if interruptible => {
                self.prompt_over(world);
                true
            }
            _ => false,
        }
    }
}

impl Recognition {
    /// Whether keys mean something to it.
    fn hears_tones(&self) -> bool {
        match self.expect {
            Expect::Speech { .. } => false,
            Expect::Tones(_) => true,
            Expect::Choices(_) | Expect::SpeechOrTones { .. } => self.speech.is_none(),
        }
    }

    /// Whether words mean something to it.
    fn hears_speech(&self) -> bool {
        match self.expect {
            Expect::Tones(_) => false,
            Expect::Speech { .. } | Expect::Choices(_) => true,
            Expect::SpeechOrTones { .. } => self.tones.is_empty(),
        }
    }

    fn rules(&self) -> Option<&ToneRules> {
        match &self.expect {
            Expect::Tones(rules) | Expect::SpeechOrTones { tones: rules, .. } => Some(rules),
            Expect::Choices(_) | Expect::Speech { .. } => None,
        }
    }

    /// One more key. Says how it ends, if it does.
    fn tone(&mut self, tone: &DtmfTone) -> Option<Verdict> {
        if let Expect::Choices(choices) = &self.expect {
            let chosen = choices.iter().find(|choice| choice.tone.as_ref() == Some(tone));
            return Some(match chosen {
                Some(choice) => (by_key(choice), codes::TONE_MATCHED),
                None => (FAILED, codes::WRONG_TONE),
            });
        }
        let rules = self.rules()?;
        if rules.stop.contains(tone) {
            return Some((self.collected(), codes::STOP_TONE));
        }
        let full = rules.max.is_some_and(|max| self.tones.len() + 1 >= max);
        self.tones.push(tone.clone());
        full.then(|| (self.collected(), codes::MAX_DIGITS))
    }

    fn collected(&self) -> EventKind {
        EventKind::RecognizeCompleted(Recognized::Dtmf {
            tones: self.tones.clone(),
        })
    }

    /// The words are complete.
    fn understood(&self) -> Verdict {
        let speech = self.speech.as_deref().unwrap_or_default().trim();
        if plain(speech).is_empty() {
            return (FAILED, codes::NO_SPEECH);
        }
        let Expect::Choices(choices) = &self.expect else {
            let speech = speech.to_owned();
            let kind = EventKind::RecognizeCompleted(Recognized::Speech {
                speech,
                confidence: CONFIDENCE,
            });
            return (kind, codes::SPEECH);
        };
        let said = plain(speech);
        let matched = choices.iter().find_map(|choice| {
            let phrase = choice.phrases.iter().find(|phrase| plain(phrase) == said)?;
            Some((choice, phrase))
        });
        match matched {
            Some((choice, phrase)) => {
                let kind = EventKind::RecognizeCompleted(Recognized::Choice {
                    label: choice.label.clone(),
                    recognized_phrase: Some(phrase.clone()),
                    confidence: Some(CONFIDENCE),
                });
                (kind, codes::PHRASE_MATCHED)
            }
            None => (FAILED, codes::PHRASE_NOT_MATCHED),
        }
    }
}

fn by_key(choice: &Choice) -> EventKind {
    EventKind::RecognizeCompleted(Recognized::Choice {
        label: choice.label.clone(),
        recognized_phrase: None,
        confidence: None,
    })
}

/// A phrase as it is compared: case, spaces around and between, and the marks at its end do not matter.
fn plain(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    words
        .join(" ")
        .trim_end_matches(['.', ',', '!', '?', ';', ':'])
        .trim_end()
        .to_owned()
}

impl Engine {
    /// A recognition begins to sound: the virtual party that it is for learns that it is asked.
    pub(super) fn ask(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((call_key, _, op)) = self.op_at(connection, key) else {
            return;
        };
        let Some(target) = op.recognition().map(|recognition| recognition.target.clone()) else {
            return;
        };
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let party = call
            .participants
            .iter_mut()
            .find(|party| party.raw_id == target && party.is_virtual());
        let Some(party) = party else { return };
        let script = world.script(&party.identity);
        let reaction = script.when_asked.get(party.asked).cloned();
        party.asked = party.asked.saturating_add(1);
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        let early = reaction
            .as_ref()
            .filter(|reaction| reaction.barge_in)
            .map(|reaction| reaction.after);
        if let Some(recognition) = op.recognition() {
            recognition.reaction = reaction;
        }
        if let Some(after) = early {
            op.later(world, after, MediaStep::React);
        }
    }

    /// The prompt was played to its end.
    pub(super) fn listen(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        let fault = world.media_fault;
        let failure = op
            .recognition()
            .and_then(|recognition| fault.of_listening(!matches!(recognition.expect, Expect::Tones(_))));
        if let Some(result) = failure {
            self.finish_and_advance(connection, key, FAILED, result);
            return;
        }
        // What the party does at once comes before a time-out of no time.
        op.prompt_over(world);
        if let Some(silence) = op.recognition().map(|recognition| recognition.initial_silence) {
            op.wait(world, silence, MediaStep::Silence);
        }
    }

    /// The participant that a recognition listens to pressed a key.
    pub(super) fn recognize_tone(&mut self, connection: &CallConnectionId, key: MediaKey, tone: &DtmfTone) {
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        if !op
            .recognition()
            .is_some_and(|recognition| recognition.hears_tones())
            || !op.takes_input(world)
        {
            return;
        }
        let Some(recognition) = op.recognition() else {
            return;
        };
        let verdict = recognition.tone(tone);
        let inter_tone = recognition.rules().map(|rules| rules.inter_tone);
        match (verdict, inter_tone) {
            (Some((kind, result)), _) => self.finish_and_advance(connection, key, kind, result),
            (None, Some(inter_tone)) => op.wait(world, inter_tone, MediaStep::InterTone),
            (None, None) => {}
        }
    }

    /// The participant that a recognition listens to speaks.
    pub(super) fn recognize_speech(&mut self, connection: &CallConnectionId, key: MediaKey, text: &str) {
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        if !op
            .recognition()
            .is_some_and(|recognition| recognition.hears_speech())
            || !op.takes_input(world)
        {
            return;
        }
        let Some(recognition) = op.recognition() else {
            return;
        };
        let speech = recognition.speech.get_or_insert_default();
        if !speech.is_empty() {
            speech.push(' ');
        }
        speech.push_str(text.trim());
        let end_silence = match recognition.expect {
            Expect::Speech { end_silence } | Expect::SpeechOrTones { end_silence, .. } => end_silence,
            Expect::Choices(_) | Expect::Tones(_) => std::time::Duration::ZERO,
        };
        let time = length::of_text(text).saturating_add(end_silence);
        let time = length::scaled(&world.config, time);
        op.wait(world, time, MediaStep::SpeechEnds);
    }

    /// A recognition has waited long enough.
    pub(super) fn recognition_ends(&mut self, connection: &CallConnectionId, key: MediaKey, step: MediaStep) {
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        let fails = world.config.inter_tone_timeout_fails;
        let Some(recognition) = op.recognition() else {
            return;
        };
        let (kind, result) = match step {
            MediaStep::SpeechEnds => recognition.understood(),
            // Older documents say that it fails, newer ones that it completes with what there is.
            MediaStep::InterTone if fails => (FAILED, codes::INTER_DIGIT),
            MediaStep::InterTone => (recognition.collected(), codes::INTER_DIGIT),
            _ => (FAILED, codes::INITIAL_SILENCE),
        };
        self.finish_and_advance(connection, key, kind, result);
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn phrases_are_compared_by_their_words() {
        for same in ["Sales", " sales ", "SALES.", "sales !", "\tsales?\n"] {
            assert_eq!(plain(same), "sales", "{same}");
        }
        assert_eq!(plain("New  Order,"), "new order");
        assert_ne!(plain("sale"), plain("sales"));
        assert_eq!(plain(" . "), "");
    }
}
