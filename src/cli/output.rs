//! What a command says: results to stdout, everything else to stderr, colour only on a terminal.
//!
//! A result waits until it is read, as programs at a pipe do. Nothing else waits: a line of a stream that is not read in time
//! is dropped and counted.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use serde::Serialize;
use serde_json::json;

use super::stream::Stream;
use super::style::{BOLD, RED, YELLOW, mark, printable};
use super::table::{lines, table};
use super::{Exit, Failure, wrap};
use crate::config::Warning;

/// How long a stream may take nothing before this process ends without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a command's words go. Clones share the two streams.
#[derive(Debug, Clone)]
pub struct Output {
    json: bool,
    stdout: Stream,
    stderr: Stream,
    colour: Colour,
}

/// Which streams take colour.
#[derive(Debug, Clone, Copy)]
struct Colour {
    stdout: bool,
    stderr: bool,
}

impl Output {
    /// The streams of this process, as text, or as JSON for scripts.
    #[must_use]
    pub fn new(json: bool) -> Self {
        let colour = Colour {
            stdout: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            stderr: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        };
        let dropped = if json { dropped_document } else { dropped_text };
        Self {
            json,
            stdout: Stream::new(stdout(), dropped),
            stderr: Stream::new(stderr(), dropped_text),
            colour,
        }
    }

    /// Whether a script is reading.
    #[must_use]
    pub fn json(&self) -> bool {
        self.json
    }

    /// The result of a command: one JSON document on a line of its own.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        let line = json_line(document).map_err(|error| Failure::unexpected(&error))?;
        self.stdout
            .say(line)
            .map_err(|error| Failure::of_output(&error))
    }

    /// The result of a command that may be long: one JSON array, written as it comes.
    #[must_use]
    pub fn array(&self) -> Array<'_> {
        Array {
            stdout: &self.stdout,
            is_begun: false,
        }
    }

    /// One JSON document of many, on a line of its own. It does not wait for a reader.
    pub fn event(&self, document: &impl Serialize) {
        match json_line(document) {
            Ok(line) => self.stdout.offer(line),
            Err(error) => tracing::error!("an event cannot be put into JSON: {error}"),
        }
    }

    /// A result as text.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.stdout
            .say(line(text, self.colour.stdout))
            .map_err(|error| Failure::of_output(&error))
    }

    /// One line of text of many, on stdout. It does not wait for a reader.
    pub fn event_text(&self, text: &str) {
        self.stdout.offer(line(text, self.colour.stdout));
    }

    /// The good end of a command, as text: marked on a terminal.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn success(&self, text: &str) -> Result<(), Failure> {
        let mark = mark(std::io::stdout().is_terminal());
        self.text(&format!("{mark}{text}"))
    }

    /// A table as text, made to fit the terminal.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn table(&self, head: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let fitted = wrap::stdout_width().and_then(|width| wrap::fitted(head, &rows, width));
        match fitted {
            Some(lines) => self.text(&lines.join("\n")),
            None => self.text(&table(head, rows, &[])),
        }
    }

    /// Some rows of a table that comes bit by bit; the `first` of them with the head.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn rows(&self, head: &[&str], first: bool, rows: Vec<Vec<String>>) -> Result<(), Failure> {
        if first {
            return self.table(head, rows);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let fitted = wrap::stdout_width().and_then(|width| wrap::fitted(head, &rows, width));
        let lines = fitted.unwrap_or_else(|| lines(None, rows, &[]));
        self.text(&lines.join("\n"))
    }

    /// Something to know that is not the result. It does not wait for a reader, and losing it is no reason to stop.
    pub fn note(&self, text: &str) {
        let text = wrap::lines_wrapped(text, wrap::stderr_width());
        self.stderr.offer(line(&text, self.colour.stderr));
    }

    /// A question, to be answered on the same line.
    pub fn ask(&self, question: &str) {
        self.stderr.offer(question.as_bytes().to_vec());
    }

    /// What goes to stderr as it is, such as logs: it does not wait for a reader either.
    pub(super) fn stderr(&self) -> Lines {
        Lines(self.stderr.clone())
    }

    /// Lets what was said get out, unless it is not being read.
    pub(super) fn drain(&self) {
        self.stdout.drain(PATIENCE);
        self.stderr.drain(PATIENCE);
    }

    /// Something that works but should not stay so.
    pub fn warn(&self, warning: &Warning) {
        self.two_parts(YELLOW, "warning", &warning.what, Some(&warning.hint));
    }

    /// What went wrong, on stderr, beside a result that has said it already.
    pub fn tell(&self, failure: &Failure) {
        self.two_parts(RED, "error", failure.what(), failure.hint());
    }

    /// The end of a command that failed.
    pub fn fail(&self, failure: &Failure) {
        if failure.exit() == Exit::Done {
            return;
        }
        self.tell(failure);
        if self.json {
            // With stdout closed there is no reader left.
            let _ = self.document(&failure.to_json());
        }
    }

    fn two_parts(&self, style: Style, word: &str, what: &str, hint: Option<&str>) {
        let indent = word.len() + 2;
        let fit = |text| wrap::wrapped(&printable(text), wrap::stderr_width(), indent, indent);
        self.note(&format!("{style}{word}:{style:#} {}", fit(what)));
        if let Some(hint) = hint {
            self.note(&format!(
                "{BOLD}{:>width$}:{BOLD:#} {}",
                "fix",
                fit(hint),
                width = word.len()
            ));
        }
    }
}

/// A JSON array that is being written. One that is not ended was cut short by what the command then says on stderr.
#[derive(Debug)]
pub struct Array<'a> {
    stdout: &'a Stream,
    is_begun: bool,
}

impl Array<'_> {
    /// Writes some more of it.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn add(&mut self, items: &[impl Serialize]) -> Result<(), Failure> {
        let mut text = Vec::new();
        for item in items {
            text.push(if std::mem::replace(&mut self.is_begun, true) {
                b','
            } else {
                b'['
            });
            serde_json::to_writer(&mut text, item).map_err(|error| Failure::unexpected(&error))?;
        }
        self.say(text)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn end(self) -> Result<(), Failure> {
        let end: &[u8] = if self.is_begun { b"]\n" } else { b"[]\n" };
        self.say(end.to_vec())
    }

    fn say(&self, text: Vec<u8>) -> Result<(), Failure> {
        self.stdout
            .say(text)
            .map_err(|error| Failure::of_output(&error))
    }
}

/// Takes whole pieces of text to stderr, each with one call.
#[derive(Debug, Clone)]
pub(super) struct Lines(Stream);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.offer(text.to_vec());
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn json_line(document: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(document)?;
    line.push(b'\n');
    Ok(line)
}

fn line(text: &str, colour: bool) -> Vec<u8> {
    let text = if colour {
        text.to_owned()
    } else {
        anstream::adapter::strip_str(text).to_string()
    };
    format!("{text}\n").into_bytes()
}

fn dropped_document(count: u64) -> String {
    format!("{}\n", json!({"event": "dropped", "count": count}))
}

fn dropped_text(count: u64) -> String {
    let messages = if count == 1 {
        "message was"
    } else {
        "messages were"
    };
    format!("{count} {messages} dropped: the output was not read in time\n")
}

/// A handle of our own: a thread that holds the lock of the standard library's would hold up a panic too.
#[cfg(unix)]
fn own(stream: impl std::os::fd::AsFd) -> io::Result<std::fs::File> {
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

#[cfg(unix)]
fn stdout() -> Box<dyn Write + Send> {
    match own(io::stdout()) {
        Ok(stdout) => Box::new(stdout),
        Err(_) => Box::new(io::stdout()),
    }
}

#[cfg(unix)]
fn stderr() -> Box<dyn Write + Send> {
    match own(io::stderr()) {
        Ok(stderr) => Box::new(stderr),
        Err(_) => Box::new(io::stderr()),
    }
}

#[cfg(not(unix))]
fn stdout() -> Box<dyn Write + Send> {
    Box::new(io::stdout())
}

#[cfg(not(unix))]
fn stderr() -> Box<dyn Write + Send> {
    Box::new(io::stderr())
}
