//! The terminal as progress bars draw on it: each frame goes out whole, and does not wait for a terminal that is stopped.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;
use terminal_size::{Height, Width, terminal_size_of};

use super::output::Lines;

/// More than an eye sees is not drawn.
pub(super) const FRAMES_A_SECOND: u8 = 20;

/// What a terminal has that does not tell its size.
const USUAL: (Width, Height) = (Width(80), Height(24));

/// The terminal at stderr.
#[derive(Debug)]
pub(super) struct Screen {
    /// What was drawn since the last frame went out.
    frame: Mutex<String>,
    stderr: Lines,
}

impl Screen {
    pub(super) fn new(stderr: Lines) -> Self {
        Self {
            frame: Mutex::default(),
            stderr,
        }
    }

    fn frame(&self) -> MutexGuard<'_, String> {
        self.frame.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, text: &str) {
        self.frame().push_str(text);
    }

    /// A cursor movement of ECMA-48, 8.3.
    fn move_cursor(&self, distance: usize, direction: char) {
        if distance > 0 {
            self.draw(&format!("\x1b[{distance}{direction}"));
        }
    }
}

fn size() -> (Width, Height) {
    terminal_size_of(io::stderr()).unwrap_or(USUAL)
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        size().0.0
    }

    fn height(&self) -> u16 {
        size().1.0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D');
        Ok(())
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.draw(s);
        self.draw("\n");
        Ok(())
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        self.draw(s);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.frame());
        self.stderr.clone().write_all(frame.as_bytes())
    }
}
