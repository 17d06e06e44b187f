//! Text and tables that fit the terminal: wrapped at blanks, with ids and commands whole.

use comfy_table::{ColumnConstraint, ContentArrangement, Width};
use terminal_size::terminal_size_of;
use unicode_width::UnicodeWidthStr;

use super::style::{BOLD, printable};
use super::table::blank_table;

/// The room on a line of stdout; `None` when it is no terminal, where nothing is wrapped.
pub(super) fn stdout_width() -> Option<usize> {
    terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// The room on a line of stderr; `None` when it is no terminal.
pub(super) fn stderr_width() -> Option<usize> {
    terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0))
}

/// The text in lines of at most `width`, where the first has `taken` columns behind it and the others begin with `indent`
/// blanks. A command between backticks is not broken, nor is a word, unless it is longer than a line.
pub(super) fn wrapped(text: &str, width: Option<usize>, taken: usize, indent: usize) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    let words = words(text).into_iter().map(|word| (1, word.to_owned()));
    flow(words, width, taken, indent)
}

/// A text of several lines, those that are too long wrapped under their own beginning.
pub(super) fn lines_wrapped(text: &str, width: Option<usize>) -> String {
    let Some(room) = width else {
        return text.to_owned();
    };
    let lines = text.split('\n').map(|line| {
        if visible(line) <= room {
            return line.to_owned();
        }
        let begin = line.len() - line.trim_start().len();
        let (blanks, rest) = line.split_at(begin);
        format!("{blanks}{}", wrapped(rest, width, begin, begin + 2))
    });
    lines.collect::<Vec<_>>().join("\n")
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
        .map(|(name, value)| {
            let indent = width + GAP;
            let value = wrapped(&printable(value), stdout_width(), indent, indent);
            format!("{BOLD}{name:<width$}{BOLD:#}  {value}")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Pieces one after the other, each whole and with so many blanks before it, as many to a line as fit.
fn flow(
    pieces: impl IntoIterator<Item = (usize, String)>,
    width: usize,
    taken: usize,
    indent: usize,
) -> String {
    let mut text = String::new();
    let mut column = taken;
    for (index, (gap, piece)) in pieces.into_iter().enumerate() {
        let room = visible(&piece);
        let gap = if index == 0 { 0 } else { gap };
        if index == 0 || column + gap + room <= width {
            text.push_str(&" ".repeat(gap));
            column += gap;
        } else {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        }
        text.push_str(&piece);
        column += room;
    }
    text
}

/// What is between blanks; what is between backticks counts as one word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '`' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    words
}

/// The columns that a text takes, style codes aside.
fn visible(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

/// The rows in columns where they fit into `width`, with long cells wrapped at blanks; else each row as a paragraph, so that
/// every id stays whole. `None` when the table fits as it is.
pub(super) fn fitted(head: &[&str], rows: &[Vec<String>], width: usize) -> Option<Vec<String>> {
    let columns = |measure: fn(&str) -> usize| -> Vec<usize> {
        let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
        (0..head.len())
            .map(|column| {
                let widest = cells(column).map(|cell| measure(cell)).max();
                widest.unwrap_or_default().max(measure(head[column]))
            })
            .collect()
    };
    let total = |columns: &[usize]| columns.iter().map(|width| width + GAP).sum::<usize>();
    // The gap behind the last column is blank and may fall off.
    let width_with_gap = width + GAP;
    if total(&columns(visible)) <= width_with_gap {
        return None;
    }
    let least = columns(longest_word);
    if total(&least) > width_with_gap {
        return Some(paragraphs(head, rows, width));
    }
    let mut table = blank_table(Some(head), rows.to_vec(), &[]);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    for (column, least) in table.column_iter_mut().zip(least) {
        let least = u16::try_from(least + GAP).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    Some(
        table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect(),
    )
}

/// Blanks between two columns.
const GAP: usize = 2;

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(visible).max().unwrap_or(0)
}

/// Each row as a paragraph of names and values; what is empty is left out.
fn paragraphs(head: &[&str], rows: &[Vec<String>], width: usize) -> Vec<String> {
    const INDENT: usize = 2;
    let pieces = |(name, cell): (&&str, &String)| {
        let name = format!("{BOLD}{name}{BOLD:#}");
        let cell = printable(cell);
        if INDENT + visible(&name) + 1 + visible(&cell) <= width {
            return vec![(GAP, format!("{name} {cell}"))];
        }
        let words = words(&cell).into_iter().map(|word| (1, word.to_owned()));
        std::iter::once((GAP, name)).chain(words).collect()
    };
    let said = |(_, cell): &(&&str, &String)| !cell.is_empty() && *cell != "-";
    rows.iter()
        .map(|row| {
            let cells = head.iter().zip(row).filter(said);
            flow(cells.flat_map(pieces), width, 0, INDENT)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_never_inside_a_command() {
        let text = "put it right, then run `cardbridge config check` once more";
        assert_eq!(
            wrapped(text, Some(30), 4, 4),
            "put it right, then run\n    `cardbridge config check`\n    once more"
        );
        assert_eq!(wrapped(text, None, 4, 4), text);
    }

    #[test]
    fn what_is_longer_than_a_line_stays_whole() {
        assert_eq!(wrapped("a bcdefghij k", Some(6), 0, 1), "a\n bcdefghij\n k");
    }

    #[test]
    fn only_the_lines_that_are_too_long_are_wrapped() {
        let text = "short\n  this one is too long for it\n\nlast";
        assert_eq!(
            lines_wrapped(text, Some(16)),
            "short\n  this one is\n    too long for\n    it\n\nlast"
        );
        assert_eq!(lines_wrapped(text, None), text);
    }

    fn rows() -> Vec<Vec<String>> {
        let id = "73a0a199-024f-454d-a916-9bbda8502c12".to_owned();
        vec![vec![
            id,
            "closed".to_owned(),
            "Suite 302, Garden Wing, north side".to_owned(),
        ]]
    }

    const HEAD: &[&str] = &["credential", "state", "name"];

    #[test]
    fn a_table_that_fits_is_left_as_it_is() {
        assert_eq!(fitted(HEAD, &rows(), 80), None);
    }

    #[test]
    fn a_long_cell_is_wrapped_before_an_id_is_broken() {
        let lines = fitted(HEAD, &rows(), 64).unwrap();
        assert!(
            lines.iter().all(|line| line.chars().count() <= 64),
            "{lines:#?}"
        );
        assert!(
            lines[1].starts_with("73a0a199-024f-454d-a916-9bbda8502c12  closed  Suite"),
            "{lines:#?}"
        );
        assert!(lines.len() > 2, "{lines:#?}");
    }

    #[test]
    fn where_no_columns_fit_each_row_is_a_paragraph() {
        let lines = fitted(HEAD, &rows(), 50).unwrap();
        let plain = anstream::adapter::strip_str(&lines[0]).to_string();
        assert_eq!(
            plain,
            "credential 73a0a199-024f-454d-a916-9bbda8502c12\n  state closed\n  name Suite 302, Garden Wing, north side"
        );
        let narrow = fitted(HEAD, &rows(), 30).unwrap();
        let plain = anstream::adapter::strip_str(&narrow[0]).to_string();
        assert!(
            plain.ends_with("closed  name Suite\n  302, Garden Wing, north side"),
            "{plain}"
        );
    }
}
