//! `acs`: Azure Communication Services Call Automation on your own machine.
//!
//! `acs serve` is the local service, for applications in any language. `acs agent` is a telephone for it. `acs demo`
//! walks through the call flows of the how-to guides against a service of its own and shows what passes over the wire.

mod agent;
mod config;
mod demo;
mod serve;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// A local Azure Communication Services Call Automation, and a guided demonstration of it.
///
/// Not affiliated with Microsoft. Logs go to stderr and are set by RUST_LOG.
#[derive(Debug, Parser)]
#[command(name = "acs", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the emulated resource until SIGINT or SIGTERM.
    Serve(Box<serve::Args>),
    /// Check a configuration file of `serve`, or print its JSON schema.
    CheckConfig(config::Args),
    /// Be a telephone: sign in, take and place calls, and transfer them.
    Agent(agent::Args),
    /// Walk through the call flows and show every request and event.
    Demo(demo::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let usual = match cli.command {
        // What goes wrong is told among the rest; a log would only come in between.
        Command::Agent(_) => "error",
        _ => "warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let result = match cli.command {
        Command::Serve(args) => serve::run(*args).await,
        Command::CheckConfig(args) => config::run(&args),
        Command::Agent(args) => agent::run(args).await,
        Command::Demo(args) => demo::run(args).await,
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_commands_of_the_readme_are_understood() {
        for line in [
            "acs demo",
            "acs demo --html out.html",
            "acs agent",
            "acs agent --endpoint http://127.0.0.1:8080 --token jwt --device desk --ask",
            "acs agent --connection-string x --identity 8:acs:a_b --name Alice --auto-answer --stay --json",
            "acs serve",
            "acs serve --config acs.toml",
            "acs check-config acs.toml",
            "acs check-config --schema",
            "acs serve --listen 127.0.0.1:8080 --access-key aGVsbG8= --phone-number +16041234567 \
             --event-grid-webhook http://127.0.0.1:3000/events --event-grid-schema cloudevents --users ring --ready-json",
            "acs serve --https --ca-file ca.pem --bearer-token-file token --strict --rate-limit 100/s \
             --allow-host box.lan --allow-host 192.168.0.7",
            "acs serve --clock 10 --seed 3",
            "acs serve --config acs.toml --https=false --strict=false --event-grid-schema eventgrid",
        ] {
            Cli::try_parse_from(line.split_whitespace()).unwrap();
        }
        for line in [
            "acs",
            "acs agent --endpoint somewhere",
            "acs check-config",
            "acs serve --phone-number 604",
            "acs serve --access-key ***",
            "acs serve --users maybe",
            "acs serve --https maybe",
            "acs serve --strict=maybe",
            "acs serve --rate-limit often",
            "acs serve --allow-host *.lan",
            "acs serve --clock 0",
        ] {
            assert!(Cli::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }
}
