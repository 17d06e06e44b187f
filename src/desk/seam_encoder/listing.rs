//! The encoders that Seam drives, as it has said last: they are listed again and again, and besides when one is meant that is not known.

use std::sync::{Mutex, PoisonError};

use crate::queue::FoundEncoder;

/// What Seam has said last, to any question.
#[derive(Debug, Default)]
pub(in crate::desk) struct Listing(Mutex<Latest>);

#[derive(Debug, Default)]
struct Latest {
    /// So many questions were asked.
    asked: u64,
    /// The last of them that was answered.
    answered: u64,
    found: Vec<FoundEncoder>,
}

impl Listing {
    /// The number of the question that is about to be asked.
    pub(super) fn question(&self) -> u64 {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest.asked += 1;
        latest.asked
    }

    /// The encoders that there are by the answer to this question, or by the last one where there is none. Nothing where a later
    /// question was answered meanwhile: this answer is out of date.
    pub(super) fn after<E>(
        &self,
        question: u64,
        answer: &Result<Vec<FoundEncoder>, E>,
    ) -> Option<Vec<FoundEncoder>> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if question < latest.answered {
            return None;
        }
        if let Ok(found) = answer {
            latest.answered = question;
            latest.found.clone_from(found);
        }
        Some(latest.found.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoder(id: &str) -> FoundEncoder {
        let encoder = json!({
            "acs_encoder_id": id, "acs_system_id": "s", "workspace_id": "w", "connected_account_id": "c",
            "display_name": id, "created_at": "2026-07-20T09:00:00Z", "errors": [],
        });
        FoundEncoder {
            encoder: serde_json::from_value(encoder).unwrap(),
            system: String::new(),
        }
    }

    #[test]
    fn a_question_that_is_not_answered_takes_no_encoder_away() {
        let listing = Listing::default();
        let regular = listing.question();
        assert_eq!(
            listing.after(regular, &Ok::<_, ()>(Vec::new())),
            Some(Vec::new())
        );
        // Listed as one is meant that is not known.
        let found = vec![encoder("new")];
        let meant = listing.question();
        listing.after(meant, &Ok::<_, ()>(found.clone()));
        let regular = listing.question();
        assert_eq!(listing.after(regular, &Err(())), Some(found));
    }

    #[test]
    fn an_answer_that_is_out_of_date_changes_nothing() {
        let listing = Listing::default();
        let [slow, quick] = [listing.question(), listing.question()];
        let found = vec![encoder("new")];
        listing.after(quick, &Ok::<_, ()>(found.clone()));
        assert_eq!(listing.after(slow, &Ok::<_, ()>(Vec::new())), None);
        assert_eq!(listing.after(slow, &Err(())), None);
        assert_eq!(listing.after(listing.question(), &Err(())), Some(found));
    }
}
