//! Arbitrary operations on streams.

use super::super::*;

/// What the host may tell; good news more often than bad.
pub(super) const NEWS: [StreamNews; 7] = [
    StreamNews::Opened,
    StreamNews::Opened,
    StreamNews::Unreachable,
    StreamNews::Interrupted,
    StreamNews::Reestablished,
    StreamNews::Lost,
    StreamNews::Broken,
];

/// What calls are set up with.
pub(super) fn set_up(n: usize) -> (Option<MediaStreamingOptions>, Option<TranscriptionOptions>) {
    let mut media = MediaStreamingOptions::new("wss://app.example/media");
    media.start = n.is_multiple_of(2);
    let mut text = TranscriptionOptions::new("wss://app.example/text", "en-US");
    text.start = n.is_multiple_of(3);
    if n.is_multiple_of(5) {
        text.transport_url = None;
    }
    (
        (!n.is_multiple_of(7)).then_some(media),
        (!n.is_multiple_of(4)).then_some(text),
    )
}

/// An operation on streams, with a context of its own.
pub(super) fn stream(leg: CallConnectionId, kind: u8, number: usize) -> Command {
    let control = ControlStream {
        connection: leg,
        operation_context: Some(format!("stream {number}").into()),
        operation_callback_uri: None,
    };
    match kind {
        0 => Command::StartMediaStreaming(control),
        1 => Command::StopMediaStreaming(control),
        2 => Command::StartTranscription(StartTranscription {
            control,
            locale: None,
            speech_model_endpoint_id: None,
        }),
        3 => Command::UpdateTranscription(UpdateTranscription {
            control,
            locale: Some("en-GB".to_owned()),
            speech_model_endpoint_id: None,
        }),
        _ => Command::StopTranscription(control),
    }
}
