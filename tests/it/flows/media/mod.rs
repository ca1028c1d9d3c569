//! Media against the emulator: play, ask, tones, hold.

mod ask;
mod hold;
mod play;
mod tones;

use acs_call_automation::media::PlaySource;
use acs_call_automation::{CallConnection, CommunicationIdentifier, CreateCallOptions};
use acs_emulator::{Emulator, EmulatorBuilder, Party, PartyScript};
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::support::won;

/// An application in a call with a telephone, with AI services, and a server of prompts.
struct Stage {
    world: World,
    call: CallConnection,
    files: String,
    server: JoinHandle<()>,
}

impl Stage {
    async fn start() -> Self {
        Self::with(PartyScript::answer()).await
    }

    /// With a telephone that has a script.
    async fn with(script: PartyScript) -> Self {
        Self::build(Emulator::builder(), script).await
    }

    async fn build(settings: EmulatorBuilder, script: PartyScript) -> Self {
        let world = World::with(settings.script(telephone(), script), None).await;
        let call = call(&world, true).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let files = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .route("/mono.wav", get(|| async { wav(1) }))
            .route("/stereo.wav", get(|| async { wav(2) }));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            world,
            call,
            files,
            server,
        }
    }

    fn file(&self, name: &str) -> PlaySource {
        PlaySource::file(format!("{}/{name}", self.files))
    }

    /// A file that can be played.
    fn prompt(&self) -> PlaySource {
        self.file("mono.wav")
    }

    fn party(&self) -> Party {
        self.world.emulator.party(telephone())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn telephone() -> CommunicationIdentifier {
    CommunicationIdentifier::phone(TELEPHONE)
}

/// A call with the telephone.
async fn call(world: &World, intelligence: bool) -> CallConnection {
    let invite = acs_call_automation::CallInvite::phone(TELEPHONE, OWN_NUMBER);
    let mut options = CreateCallOptions::new(invite, world.callback());
    if intelligence {
        options = options.cognitive_services_endpoint("https://ai.contoso.com/");
    }
    let call = options.send(world.client()).await.unwrap();
    won("CallConnected", call.connected()).await;
    call
}

/// Half a second of silence, PCM, 16 bits, 16 kHz.
fn wav(channels: u16) -> Vec<u8> {
    let frame = u32::from(channels) * 2;
    let data = vec![0; usize::try_from(8000 * frame).unwrap()];
    let length = u32::try_from(data.len()).unwrap();
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(16_000u32.to_le_bytes());
    file.extend((16_000 * frame).to_le_bytes());
    file.extend((channels * 2).to_le_bytes());
    file.extend(16u16.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}
