//! What a text looks like on a terminal: its colours, its marks, and nothing in it that steers the terminal.

use anstyle::{AnsiColor, Style};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// What comes before a success: a green check mark where a person looks on, nothing in a file or a pipe.
pub(super) fn mark(on_terminal: bool) -> String {
    if on_terminal {
        format!("{GREEN}✓{GREEN:#} ")
    } else {
        String::new()
    }
}

/// At most `width` characters, the end of a longer text replaced.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
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
