//! Writing to the terminal: the one place of the program that prints.

use std::io::{IsTerminal as _, Write as _};

/// Writes a line to stdout. A reader that has gone away is no reason to fail.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.as_ref());
    let _ = out.flush();
}

/// Lines that come while somebody may be typing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    prompts: bool,
}

impl Screen {
    /// Where it prompts, it takes the line of the prompt for what it says and writes the prompt again behind.
    pub(crate) fn new(prompts: bool) -> Self {
        Self { prompts }
    }

    pub(crate) fn say(self, text: Option<&str>) {
        let mut out = std::io::stdout().lock();
        if self.prompts {
            let _ = write!(out, "\r\x1b[K");
        }
        if let Some(text) = text {
            let _ = writeln!(out, "{text}");
        }
        if self.prompts {
            let _ = write!(out, "> ");
        }
        let _ = out.flush();
    }

    /// Takes the last prompt away.
    pub(crate) fn leave(self) {
        if self.prompts {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[K");
            let _ = out.flush();
        }
    }
}

/// Writes an error with its causes to stderr.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "error: {error:#}");
}

/// How text is set apart. Plain where stdout is no terminal or `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn detect() -> Self {
        Self(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
    }

    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self(false)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.wrap("31", text)
    }

    pub(crate) fn blue(self, text: &str) -> String {
        self.wrap("34", text)
    }

    pub(crate) fn magenta(self, text: &str) -> String {
        self.wrap("35", text)
    }
}
