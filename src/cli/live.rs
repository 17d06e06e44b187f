//! Issuances as they go on: a bar each on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::screen::{FRAMES_A_SECOND, Screen};
use super::style::{printable, shortened};
use super::{Output, narrate};
use crate::desk::notice::{Notice, Observer};
use crate::issuance::entry::Issuance;

/// What is shown while cards are written. Fits 80 columns.
const TEMPLATE: &str = "  {prefix:<24} {bar:24.green} {pos:>3}/{len:<3} {msg}";

/// A view of issuances that go on.
#[derive(Debug, Clone)]
pub(super) struct Live {
    output: Output,
    terminal: bool,
    bars: MultiProgress,
    shown: Arc<Mutex<HashMap<Uuid, ProgressBar>>>,
}

impl Live {
    /// A view on stderr.
    pub(super) fn new(output: Output) -> Self {
        let screen = Screen::new(output.stderr());
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen), FRAMES_A_SECOND);
        let bars = MultiProgress::with_draw_target(target);
        Self {
            output,
            terminal: std::io::stderr().is_terminal(),
            bars,
            shown: Arc::default(),
        }
    }

    /// What feeds it.
    pub(super) fn observer(&self) -> Observer {
        self.observer_with(HashMap::new())
    }

    /// The same; `names` says what to call a credential, by its id.
    pub(super) fn observer_with(&self, names: HashMap<String, String>) -> Observer {
        let live = self.clone();
        Arc::new(move |notice| live.show(&notice, &names))
    }

    /// Takes the bars away, so that what comes next is alone.
    pub(super) fn clear(&self) {
        for (_, bar) in self.shown().drain() {
            bar.finish_and_clear();
            // A bar that stays among the others would be cleared once more at the next frame, with what is in its place by then.
            self.bars.remove(&bar);
        }
        // A terminal that does not take it shows one bar too many.
        let _ = self.bars.clear();
    }

    fn show(&self, notice: &Notice, names: &HashMap<String, String>) {
        if !self.terminal {
            if let Some(words) = narrate::words(notice) {
                self.output.note(&words);
            }
            return;
        }
        match notice {
            Notice::Claimed(issuance) => {
                self.begin(issuance, names.get(&issuance.acs_credential_id));
            }
            Notice::Writing {
                issuance_id,
                progress,
            } => self.on(*issuance_id, |bar| {
                bar.set_length(count(progress.total));
                bar.set_position(count(progress.done));
                if progress.done == progress.total {
                    bar.set_message("reading back");
                }
            }),
            Notice::Written(issuance) => self.on(issuance.issuance_id, |bar| {
                bar.set_message("verified");
            }),
            Notice::Reported(issuance) => {
                self.on(issuance.issuance_id, |bar| {
                    bar.finish_with_message("reported");
                });
            }
            Notice::NotReported(waiting) => {
                self.on(waiting.issuance.issuance_id, |bar| {
                    bar.abandon_with_message("not reported");
                });
            }
            Notice::NotIssued { .. }
            | Notice::FinishedElsewhere(_)
            | Notice::HoldsAnotherEnd { .. }
            | Notice::ClockOff(_)
            | Notice::Finishing(_)
            | Notice::Wiped(_)
            | Notice::NotNoted { .. }
            | Notice::Invalidated(_)
            | Notice::Overwriting { .. }
            | Notice::Looked { .. }
            | Notice::Tried { .. }
            | Notice::CardPlaced(_)
            | Notice::Encoder(_)
            | Notice::LeftOut(_)
            | Notice::AskedSeam(_)
            | Notice::SeamHasEncoded(_)
            | Notice::Listed { .. }
            | Notice::Unlisted(_)
            | Notice::GivenUp { .. }
            | Notice::Committing(_)
            | Notice::Creation(_)
            | Notice::LeftAlone(_)
            | Notice::PassedOver { .. }
            | Notice::Unreported { .. }
            | Notice::Guests { .. }
            | Notice::Api(_)
            | Notice::JobBegan { .. }
            | Notice::JobHasCard(_)
            | Notice::JobCommitted
            | Notice::CardAwaited { .. }
            | Notice::OtherCard { .. }
            | Notice::JobEnded { .. }
            | Notice::JournalTrouble(_) => {
                if let Some(words) = narrate::words(notice) {
                    self.bars.suspend(|| self.output.note(&words));
                }
            }
        }
    }

    fn begin(&self, issuance: &Issuance, name: Option<&String>) {
        let bar = self.bars.add(ProgressBar::new(1));
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        let name = name.or(issuance.display_name.as_ref()).map_or_else(
            || format!("card {}", issuance.card_uid),
            |name| shortened(name, 24),
        );
        bar.set_prefix(printable(&name));
        bar.set_message("writing");
        self.shown().insert(issuance.issuance_id, bar);
    }

    fn on(&self, issuance_id: Uuid, change: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = self.shown().get(&issuance_id) {
            change(bar);
        }
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<Uuid, ProgressBar>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(commands: usize) -> u64 {
    u64::try_from(commands).unwrap_or(u64::MAX)
}
