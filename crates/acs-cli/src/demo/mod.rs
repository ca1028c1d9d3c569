//! `acs demo`: the call flows of the how-to guides, carried out for real against an emulator in this process,
//! with everything that goes over the wire shown as it happens.
//!
//! Nothing is staged: each chapter is an ordinary application that uses the public crates, and a chapter
//! fails, with the program, when an outcome is not the expected one.

mod chapters;
mod prompts;
mod stage;
mod timeline;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use acs_emulator::diagram;
use anyhow::Context as _;

use self::chapters::{CHAPTERS, Chapter};
use self::stage::Stage;
use crate::serve::Stop;
use crate::terminal::{Paint, line};

/// No chapter takes anywhere near this long; one that does is stuck.
const CHAPTER_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the sequence diagrams of all chapters as one page of HTML.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Only the chapters whose title holds this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Leave the timeline out and print only the steps.
    #[arg(long)]
    quiet: bool,
    /// Leave the emulator with its page running after the chapters, until SIGINT or SIGTERM.
    #[arg(long)]
    keep: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let chosen: Vec<&Chapter> = CHAPTERS
        .iter()
        .filter(|chapter| {
            args.only
                .as_ref()
                .is_none_or(|text| chapter.title.to_lowercase().contains(&text.to_lowercase()))
        })
        .collect();
    anyhow::ensure!(!chosen.is_empty(), "no chapter has that text in its title");
    Ok(if play(&chosen, &args).await? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Plays chapters, and says whether all went as expected.
async fn play(chosen: &[&Chapter], args: &Args) -> anyhow::Result<bool> {
    // Before anything starts, so that no signal is lost.
    let mut stop = args.keep.then(Stop::listen).transpose()?;
    let started = Instant::now();
    let paint = Paint::detect();
    let mut stage = Stage::open(paint, args.quiet).await?;
    stage.introduce();
    let mut diagrams = Vec::new();
    let mut failures = Vec::new();
    for (number, chapter) in chosen.iter().enumerate() {
        stage.begin(number + 1, chapter.title, chapter.about);
        let result = match tokio::time::timeout(CHAPTER_LIMIT, (chapter.play)(&mut stage)).await {
            Ok(result) => result,
            Err(_) => Err(anyhow::anyhow!("stuck for {} s", CHAPTER_LIMIT.as_secs())),
        };
        if let Err(error) = result {
            stage.fail(&error);
            failures.push(chapter.title);
        }
        diagrams.push(stage.end(chapter.title).await);
    }

    if let Some(file) = &args.html {
        let page = diagram::page("Call Automation, chapter by chapter", &diagrams);
        std::fs::write(file, page).with_context(|| format!("{} could not be written", file.display()))?;
        line(format!("\nSequence diagrams: {}", file.display()));
    }
    let steps = stage.steps();
    let seconds = started.elapsed().as_secs_f64();
    if let Some(stop) = &mut stop {
        let page = stage.emulator.endpoint().base();
        line(format!("\nThe calls are at {page} until you press Ctrl-C."));
        stop.wait().await;
    }
    stage.close().await;
    if failures.is_empty() {
        let all = format!(
            "{} chapter(s), {steps} outcomes as expected, {seconds:.1} s",
            chosen.len()
        );
        line(format!("\n{}", paint.green(&all)));
        Ok(true)
    } else {
        let bad = format!(
            "{} of {} chapters failed: {}",
            failures.len(),
            chosen.len(),
            failures.join(", ")
        );
        line(format!("\n{}", paint.red(&bad)));
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Args {
        Args {
            html: None,
            only: None,
            quiet: true,
            keep: false,
        }
    }

    #[tokio::test]
    async fn a_chapter_that_fails_fails_the_demo_and_the_next_still_plays() {
        let failing = Chapter {
            title: "failing",
            about: "does not go as expected",
            play: |_| Box::pin(async { anyhow::bail!("not as expected") }),
        };
        let fine = CHAPTERS.first().unwrap();
        assert!(!play(&[&failing, fine], &args()).await.unwrap());
        assert!(play(&[fine], &args()).await.unwrap());
    }
}
