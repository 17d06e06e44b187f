//! What a command says: results to stdout, everything else to stderr, colour only on a terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;

use super::{Exit, Failure};
use crate::config::Warning;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// For people, or as JSON for scripts.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a script is reading.
    #[must_use]
    pub fn json(self) -> bool {
        self.json
    }

    /// One JSON document on a line of its own.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn document(self, document: &impl Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(document).map_err(|error| Failure::unexpected(&error))?;
        line.push(b'\n');
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()?;
        Ok(())
    }

    /// A result for people.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn text(self, text: &str) -> Result<(), Failure> {
        writeln!(anstream::stdout(), "{text}")?;
        Ok(())
    }

    /// A table for people; its last column takes what is left of the line.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn table(self, head: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        self.text(&table(head, rows, &[]))
    }

    /// Some rows of a table that comes bit by bit; `head` with the first of them.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn rows(self, head: Option<&[&str]>, rows: Vec<Vec<String>>) -> Result<(), Failure> {
        match head {
            Some(head) => self.table(head, rows),
            None if rows.is_empty() => Ok(()),
            None => self.text(&lines(None, rows, &[]).join("\n")),
        }
    }

    /// Something to know that is not the result. Losing it is no reason to stop, so nothing is returned.
    pub fn note(self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// Something that works but should not stay so.
    pub fn warn(self, warning: &Warning) {
        self.two_parts(YELLOW, "warning", &warning.what, Some(&warning.hint));
    }

    /// What went wrong, on stderr, beside a result that has said it already.
    pub fn tell(self, failure: &Failure) {
        self.two_parts(RED, "error", failure.what(), failure.hint());
    }

    /// The end of a command that failed.
    pub fn fail(self, failure: &Failure) {
        if failure.exit() == Exit::Done {
            return;
        }
        self.tell(failure);
        if self.json {
            // With stdout closed there is nobody left to tell.
            let _ = self.document(&failure.to_json());
        }
    }

    fn two_parts(self, style: Style, word: &str, what: &str, hint: Option<&str>) {
        self.note(&format!("{style}{word}:{style:#} {}", printable(what)));
        if let Some(hint) = hint.map(printable) {
            self.note(&format!(
                "{BOLD}{:>width$}:{BOLD:#} {hint}",
                "do",
                width = word.len()
            ));
        }
    }
}

/// A table without rules, its head bold; `numbers` are the columns that are aligned to the right.
#[must_use]
pub fn table(head: &[&str], rows: Vec<Vec<String>>, numbers: &[usize]) -> String {
    let mut lines = lines(Some(head), rows, numbers);
    if let Some(head) = lines.first_mut() {
        *head = format!("{BOLD}{head}{BOLD:#}");
    }
    lines.join("\n")
}

/// At most `width` characters, the end of a longer text replaced.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Names and values, one pair a line.
#[must_use]
pub fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    pairs
        .iter()
        .map(|(name, value)| format!("{BOLD}{name:<width$}{BOLD:#}  {}", printable(value)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a card or a server says, on one line of a terminal: a control character could pass for a line of ours, or steer the
/// terminal, and so could a mark that turns the direction of writing.
#[must_use]
pub fn printable(text: &str) -> String {
    let harmless = |c: char| {
        let steers = c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if steers {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

fn lines(head: Option<&[&str]>, rows: Vec<Vec<String>>, numbers: &[usize]) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if let Some(head) = head {
        table.set_header(head);
    }
    let printable = |row: Vec<String>| row.iter().map(|cell| printable(cell)).collect();
    table.add_rows(
        rows.into_iter()
            .map(printable)
            .collect::<Vec<Vec<String>>>(),
    );
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
