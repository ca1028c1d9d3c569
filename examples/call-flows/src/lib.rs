//! What the examples stand on: a client with its webhook, on an emulator in this process or on a resource, and
//! people to call.
//!
//! The examples are in `examples/`, one flow each; `examples/README.md` of the repository is their index. Copy
//! one, and put your own client, callback URI and identifiers where it asks the [`Stage`] for them.

mod people;
mod settings;
mod stage;

use std::process::ExitCode;
use std::time::Duration;

pub use people::{Behaviour, Input};
pub use settings::Settings;
pub use stage::Stage;

/// How long a flow may take in the emulator, where nobody has to be waited for.
const EMULATOR_LIMIT: Duration = Duration::from_secs(60);

/// How long a flow may take where people pick up telephones, and files are ready after some minutes.
const RESOURCE_LIMIT: Duration = Duration::from_secs(900);

/// Plays a flow and says how it went: in the emulator, or on the resource that the environment names.
pub async fn play(flow: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>) -> ExitCode {
    match try_play(flow).await {
        Ok(()) => {
            println!("as expected");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn try_play(flow: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let stage = match Settings::from_env()? {
        Some(settings) => Stage::on_resource(settings).await?,
        None => Stage::on_emulator().await?,
    };
    play_on(stage, flow).await
}

/// Plays a flow on a stage, and clears it away.
///
/// # Errors
///
/// When the flow does not go as it expects, or does not end.
pub async fn play_on(
    stage: Stage,
    flow: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let limit = if stage.is_emulated() {
        EMULATOR_LIMIT
    } else {
        RESOURCE_LIMIT
    };
    let result = tokio::time::timeout(limit, flow(&stage)).await;
    stage.close().await;
    result.unwrap_or_else(|_| Err(anyhow::anyhow!("no end within {} s", limit.as_secs())))
}
