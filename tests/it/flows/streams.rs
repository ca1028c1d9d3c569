//! Media streaming and transcription: an application with client, events and WebSocket, against the emulator.

use std::time::Duration;

use acs_call_automation::media::{
    StartMediaStreamingOptions, StartTranscriptionOptions, StopMediaStreamingOptions,
    StopTranscriptionOptions,
};
use acs_call_automation::{
    CallConnection, CallInvite, CommunicationIdentifier, CreateCallOptions, MediaStreamingOptions,
    TranscriptionOptions,
};
use acs_call_events::token::TokenVerifier;
use acs_call_streaming::server::axum::router;
use acs_call_streaming::{MediaSession, Refusal, ServiceFrame, StreamRequest, StreamingServer};
use acs_common::enums::MediaStreamingAudioChannelType;
use acs_emulator::{Emulator, TokenFault};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::support::{failure, lost, won};

/// A WebSocket server of the application.
struct Sockets {
    url: String,
    sessions: mpsc::UnboundedReceiver<MediaSession>,
    server: JoinHandle<()>,
}

impl Drop for Sockets {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sockets {
    async fn serve(server: StreamingServer) -> Self {
        let (sender, sessions) = mpsc::unbounded_channel();
        let media = router(server, move |session| {
            let _ = sender.send(session);
            async {}
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/media", listener.local_addr().unwrap());
        let app = axum::Router::new().nest("/media", media);
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            sessions,
            server,
        }
    }

    async fn session(&mut self) -> MediaSession {
        soon("a session", self.sessions.recv()).await.unwrap()
    }
}

/// Lets in who brings a token of this emulator for a WebSocket: the lines of the guide.
fn guarded(emulator: &Emulator) -> StreamingServer {
    let verifier = TokenVerifier::builder(emulator.resource_id())
        .issuer(emulator.callback_issuer())
        .metadata_url(emulator.openid_configuration())
        .max_lifetime(Duration::from_secs(24 * 3600))
        .build()
        .unwrap();
    StreamingServer::new(move |request: StreamRequest| {
        let verifier = verifier.clone();
        async move {
            match verifier.verify(request.headers()).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_keys_unavailable() => Err(Refusal::Unavailable),
                Err(_) => Err(Refusal::Unauthorized),
            }
        }
    })
}

/// A call with the telephone that can be streamed and transcribed.
async fn call(world: &World, url: &str) -> CallConnection {
    let invite = CallInvite::phone(TELEPHONE, OWN_NUMBER);
    let media =
        MediaStreamingOptions::new(url, MediaStreamingAudioChannelType::Mixed).enable_bidirectional(true);
    let call = CreateCallOptions::new(invite, world.callback())
        .cognitive_services_endpoint("https://ai.contoso.com/")
        .media_streaming_options(media)
        .transcription_options(TranscriptionOptions::new(url, "en-US"))
        .send(world.client())
        .await
        .unwrap();
    won("CallConnected", call.connected()).await;
    call
}

async fn start(call: &CallConnection) -> acs_call_automation::media::StartMediaStreamingResult {
    call.media()
        .start_media_streaming(StartMediaStreamingOptions::new())
        .await
        .unwrap()
}

#[tokio::test]
async fn only_the_service_gets_a_connection() {
    let world = World::with(Emulator::builder(), None).await;
    let mut sockets = Sockets::serve(guarded(&world.emulator)).await;
    let call = call(&world, &sockets.url).await;
    for fault in TokenFault::ALL {
        if matches!(fault, TokenFault::None | TokenFault::Replayed) {
            continue;
        }
        world.emulator.set_token_fault(fault);
        let error = lost("a bad token", start(&call).await.outcome()).await;
        assert_eq!(failure(&error), (400, 8581), "{fault}");
        assert!(sockets.sessions.try_recv().is_err(), "{fault}");
    }
    world.emulator.set_token_fault(TokenFault::None);
    won("MediaStreamingStarted", start(&call).await.outcome()).await;
    let session = sockets.session().await;
    assert_eq!(session.request().call_connection_id(), call.id());
    // A verifier of callbacks has no business with such a token: it is valid for too long.
    let strict = TokenVerifier::builder(world.emulator.resource_id())
        .issuer(world.emulator.callback_issuer())
        .metadata_url(world.emulator.openid_configuration())
        .build()
        .unwrap();
    assert!(
        strict
            .verify(session.request().headers())
            .await
            .unwrap_err()
            .is_unauthorized()
    );
}

#[tokio::test]
async fn without_a_token_nobody_gets_a_connection() {
    let world = World::with(Emulator::builder().callback_tokens(false), None).await;
    let sockets = Sockets::serve(guarded(&world.emulator)).await;
    let call = call(&world, &sockets.url).await;
    let error = lost("no token", start(&call).await.outcome()).await;
    assert_eq!(failure(&error), (400, 8581));
}

#[tokio::test]
async fn an_echo_bot_is_heard_until_streaming_is_stopped() {
    let world = World::with(Emulator::builder(), None).await;
    let mut sockets = Sockets::serve(StreamingServer::without_authorization()).await;
    let call = call(&world, &sockets.url).await;
    let leg = call.id();
    won("MediaStreamingStarted", start(&call).await.outcome()).await;
    let (mut frames, mut sender) = sockets.session().await.split();
    let mut said = 0;
    // Half a second; the emulator plays at the pace of speech.
    while world
        .emulator
        .heard(leg)
        .is_none_or(|heard| heard.audio.len() < 8_000)
    {
        let frame = soon("a frame", frames.next()).await.unwrap().unwrap();
        if let ServiceFrame::AudioData(heard) = frame {
            said += heard.audio.len();
            sender.send(heard.audio).await.unwrap();
        }
    }
    let properties = call.properties().await.unwrap();
    let subscription = properties.media_streaming.unwrap();
    assert_eq!(subscription.state.unwrap().as_str(), "active");
    let stopped = call
        .media()
        .stop_media_streaming(StopMediaStreamingOptions::new())
        .await
        .unwrap();
    won("MediaStreamingStopped", stopped.outcome()).await;
    while let Some(frame) = soon("the end of the stream", frames.next()).await {
        frame.unwrap();
    }
    assert!(sender.stop_audio().unwrap_err().is_closed());
    let heard = world.emulator.heard(leg).unwrap().audio;
    assert!(heard.len() <= said, "{} of {said}", heard.len());
    assert!(heard.samples().any(|sample| sample != 0), "a tone came back");
}

#[tokio::test]
async fn what_is_said_is_transcribed_in_the_language_that_was_asked_for() {
    let world = World::with(Emulator::builder(), None).await;
    let mut sockets = Sockets::serve(StreamingServer::without_authorization()).await;
    let call = call(&world, &sockets.url).await;
    let started = call
        .media()
        .start_transcription(StartTranscriptionOptions::new().locale("de-DE"))
        .await
        .unwrap();
    won("TranscriptionStarted", started.outcome()).await;
    let mut session = sockets.session().await;
    let metadata = session.transcription_metadata().unwrap();
    assert_eq!(metadata.locale.as_deref(), Some("de-de"));
    let updated = call.media().update_transcription("en-GB").await.unwrap();
    won("TranscriptionUpdated", updated.outcome()).await;
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    world
        .emulator
        .party(telephone.clone())
        .say("good morning")
        .unwrap();
    let text = loop {
        match soon("a text", session.next()).await.unwrap().unwrap() {
            ServiceFrame::TranscriptionData(text) => break text,
            frame => assert!(frame.is_metadata(), "{frame:?}"),
        }
    };
    assert_eq!((text.text.as_str(), text.is_final()), ("good morning", true));
    assert_eq!(text.participant(), Some(telephone));
    let stopped = call
        .media()
        .stop_transcription(StopTranscriptionOptions::new())
        .await
        .unwrap();
    won("TranscriptionStopped", stopped.outcome()).await;
    assert!(soon("the end", session.next()).await.is_none());
}
