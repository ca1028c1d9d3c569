//! What is played and heard.

mod faults;
mod hold;
mod keys;
mod listening;
mod playing;
mod queueing;
mod recorded;

use acs_common::enums::DtmfTone;

use super::*;

pub(super) const WAV: &str = "http://127.0.0.1:9000/prompt.wav";

pub(super) fn file(uri: &str) -> PlaySource {
    PlaySource::File {
        uri: uri.to_owned(),
        cache_id: None,
    }
}

/// Everybody hears a file.
pub(super) fn playing(leg: &CallConnectionId) -> Play {
    Play {
        connection: leg.clone(),
        sources: vec![file(WAV)],
        to: Vec::new(),
        repeat: false,
        interrupt: false,
        operation_context: Some("play".into()),
        operation_callback_uri: None,
    }
}

/// Two keys of somebody are collected after a file; nothing is interrupted.
pub(super) fn recognition(leg: &CallConnectionId, target: CommunicationIdentifier) -> Recognize {
    Recognize {
        connection: leg.clone(),
        prompts: vec![file(WAV)],
        target,
        expect: Expect::Tones(rules(Some(2))),
        interrupt_prompt: true,
        initial_silence: seconds(5),
        interrupt: false,
        operation_context: Some("recognize".into()),
        operation_callback_uri: None,
    }
}

pub(super) fn rules(max: Option<usize>) -> ToneRules {
    ToneRules {
        inter_tone: seconds(2),
        max,
        stop: Vec::new(),
    }
}

pub(super) fn recognize(command: Recognize) -> Command {
    Command::Recognize(Box::new(command))
}

impl Lab {
    /// Real time, and a telephone that the engine plays.
    pub(super) fn real_time() -> Self {
        Self::with(|config| config.playback_time_scale = 1.0)
    }

    /// A 1:1 call with the telephone, with AI services or without.
    pub(super) fn telephone(&mut self, cognitive: bool) -> CallConnectionId {
        let mut command = creation(ALICE, &[phone(PHONE)]);
        command.cognitive_services_endpoint = cognitive.then(|| "https://ai.example".to_owned());
        let reply = self.send(Command::CreateCall(command));
        let leg = Self::connection(&reply);
        self.told();
        leg
    }

    /// A group call of the application, another application and the telephone.
    pub(super) fn group(&mut self) -> (CallConnectionId, CallConnectionId) {
        let (a, b) = self.pair();
        self.send(Command::AddParticipant(addition(&a, phone(PHONE))));
        self.told();
        (a, b)
    }

    /// A call with another telephone, with AI services.
    pub(super) fn telephone_of(&mut self, number: &str) -> CallConnectionId {
        let mut command = creation(BOB, &[phone(number)]);
        command.cognitive_services_endpoint = Some("https://ai.example".to_owned());
        let reply = self.send(Command::CreateCall(command));
        Self::connection(&reply)
    }

    /// Who is on hold, when asked.
    pub(super) fn on_hold_now(&mut self, leg: &CallConnectionId) -> Vec<String> {
        let Reply::Participants(list) = self.send(Command::ListParticipants(leg.clone())) else {
            panic!()
        };
        let held = list.iter().filter(|party| party.is_on_hold);
        held.map(|party| party.identifier.raw_id().into_owned()).collect()
    }

    /// What the telephone presses.
    pub(super) fn press(&mut self, tones: &str) {
        self.input(
            &phone(PHONE),
            Input::Press {
                tones: tones.parse().unwrap(),
            },
        );
    }

    /// What the telephone says.
    pub(super) fn say(&mut self, text: &str) {
        self.input(
            &phone(PHONE),
            Input::Say {
                text: text.to_owned(),
            },
        );
    }

    pub(super) fn input(&mut self, who: &CommunicationIdentifier, input: Input) {
        self.send(Command::PartyAction {
            raw_id: who.raw_id().into_owned(),
            action: PartyAction::Input(input),
        });
    }

    /// The data of the latest event of a kind.
    #[track_caller]
    pub(super) fn data(&self, kind: &str) -> Value {
        let found = self
            .events
            .iter()
            .rev()
            .find(|callback| callback.event.kind.name() == kind);
        let callback = found.unwrap_or_else(|| panic!("no {kind}"));
        serde_json::to_value(&callback.event).unwrap()["data"].clone()
    }

    /// Whose `isOnHold` is set, by the latest list of a leg.
    pub(super) fn on_hold(&self, leg: &CallConnectionId) -> Vec<String> {
        let lists = self.events.iter().rev();
        let mut lists = lists.filter(|callback| callback.event.call_connection_id == *leg);
        let list = lists.find_map(|callback| match &callback.event.kind {
            EventKind::ParticipantsUpdated { participants, .. } => Some(participants.clone()),
            _ => None,
        });
        let held = list.unwrap();
        let held = held.iter().filter(|party| party.is_on_hold);
        held.map(|party| party.identifier.raw_id().into_owned()).collect()
    }
}

pub(super) fn tone(name: &str) -> DtmfTone {
    DtmfTone::from(name)
}
