//! Rows in columns, without rules, as wide as they are.

use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::style::{BOLD, printable};

/// A table without rules, its head bold; `numbers` are the columns that are aligned to the right.
#[must_use]
pub fn table(head: &[&str], rows: Vec<Vec<String>>, numbers: &[usize]) -> String {
    let mut lines = lines(Some(head), rows, numbers);
    if let Some(head) = lines.first_mut() {
        *head = format!("{BOLD}{head}{BOLD:#}");
    }
    lines.join("\n")
}

pub(super) fn lines(
    head: Option<&[&str]>,
    rows: Vec<Vec<String>>,
    numbers: &[usize],
) -> Vec<String> {
    let table = blank_table(head, rows, numbers);
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Rows in columns, without rules.
pub(super) fn blank_table(
    head: Option<&[&str]>,
    rows: Vec<Vec<String>>,
    numbers: &[usize],
) -> Table {
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
}
