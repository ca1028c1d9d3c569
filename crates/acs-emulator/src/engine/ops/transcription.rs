//! Starting, changing and stopping transcription.

use crate::engine::Engine;
use crate::engine::error::ServiceError;
use crate::engine::model::{CallKey, LegKey, LegKind};
use crate::engine::reply::Reply;
use crate::engine::stream::{
    ControlStream, StartTranscription, Stream, StreamContent, Track, UpdateTranscription,
};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

/// Language and region, `en-US`: the service wants both (how-to guide on real-time transcription).
pub(in crate::engine) fn check_locale(field: &str, locale: &str) -> Result<(), ServiceError> {
    let mut parts = locale.split('-');
    let letters = |part: &str| part.len() >= 2 && part.chars().all(|letter| letter.is_ascii_alphanumeric());
    let known = parts
        .next()
        .is_some_and(|part| letters(part) && part.len() <= 3 && part.chars().all(char::is_alphabetic));
    let mut regions = 0;
    if known
        && parts.all(|part| {
            regions += 1;
            letters(part)
        })
        && regions > 0
    {
        return Ok(());
    }
    Err(ServiceError::invalid(format!(
        "the field {field} is no locale with a language and a region, such as en-US."
    )))
}

impl Engine {
    /// Refuses a leg that was set up without transcription or without AI services.
    fn transcribed_leg(
        &mut self,
        control: ControlStream,
    ) -> Result<(CallKey, LegKey, Operation), ServiceError> {
        let (call_key, leg_key, operation) = self.stream_leg(control)?;
        let leg = self.calls.get(&call_key).and_then(|call| call.leg(leg_key));
        let leg = leg.ok_or_else(ServiceError::call_not_found)?;
        if leg.streams.get(Track::Transcription).is_none() {
            return Err(ServiceError::no_transcription());
        }
        if !leg.cognitive {
            return Err(ServiceError::no_cognitive_services());
        }
        Ok((call_key, leg_key, operation))
    }

    pub(in crate::engine) fn start_transcription(
        &mut self,
        command: StartTranscription,
    ) -> Result<Reply, ServiceError> {
        let (call, leg, operation) = self.transcribed_leg(command.control)?;
        if let Some(locale) = &command.locale {
            check_locale("locale", locale)?;
        }
        let connection = operation.connection.clone();
        let reply = self.begin_stream(call, leg, operation, Track::Transcription)?;
        if let Some((_, stream)) = self.stream_at(&connection, Track::Transcription)
            && let StreamContent::Transcription {
                locale,
                speech_model_endpoint_id,
                ..
            } = &mut stream.content
        {
            if let Some(new) = command.locale {
                *locale = new;
            }
            if let Some(new) = command.speech_model_endpoint_id {
                *speech_model_endpoint_id = Some(new);
            }
        }
        Ok(reply)
    }

    pub(in crate::engine) fn stop_transcription(
        &mut self,
        command: ControlStream,
    ) -> Result<Reply, ServiceError> {
        let (call, leg, operation) = self.transcribed_leg(command)?;
        self.end_stream(call, leg, operation, Track::Transcription)
    }

    pub(in crate::engine) fn update_transcription(
        &mut self,
        command: UpdateTranscription,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key) = self.established(&command.control.connection)?;
        let leg = self.calls.get(&call_key).and_then(|call| call.leg(leg_key));
        if leg.is_some_and(|leg| leg.kind == LegKind::Connect) {
            return Err(ServiceError::no_update_when_connected());
        }
        let (call, leg, operation) = self.transcribed_leg(command.control)?;
        match &command.locale {
            Some(locale) => check_locale("locale", locale)?,
            None if command.speech_model_endpoint_id.is_none() => {
                return Err(ServiceError::invalid("the field locale is required."));
            }
            None => {}
        }
        let (world, call) = self.split(call).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg_mut(leg).ok_or_else(ServiceError::call_not_found)?;
        if leg.streams.get(Track::Transcription).is_none_or(Stream::is_idle) {
            return Err(ServiceError::wrong_state());
        }
        let task = Task::RetuneTranscription {
            operation,
            locale: command.locale,
            speech_model_endpoint_id: command.speech_model_endpoint_id,
        };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        leg.keep(world, timer);
        Ok(Reply::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::check_locale;

    #[test]
    fn a_locale_has_a_language_and_a_region() {
        for good in ["en-US", "en-us", "zh-Hans-CN", "es-419", "fil-PH"] {
            assert!(check_locale("locale", good).is_ok(), "{good}");
        }
        for bad in ["", "en", "en-", "-US", "english-US", "en_US", "en-U S", "12-US"] {
            let error = check_locale("locale", bad).unwrap_err();
            assert_eq!((error.status, &*error.code), (400, "8523"), "{bad}");
            assert!(error.message.contains("the field locale"), "{}", error.message);
        }
    }
}
