//! What other desks have ended of what was begun or written here: the journal follows.

use jiff::Timestamp;

use super::OtherDesks;
use crate::desk::IssueError;
use crate::desk::notice::{GivenUp, Notice};
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::JournalError;
use crate::issuance::seam_encode::Outcome;
use crate::issuance::state::{Event, State};

impl OtherDesks {
    /// Hears what was ended elsewhere and is not noticed yet.
    pub(super) async fn hear(&self) -> Result<Vec<Notice>, IssueError> {
        let mut heard = Vec::new();
        for ended in self.property.ended().await? {
            let id = ended.issuance_id;
            let encoded = self.journal.read(move |journal| {
                Ok(match journal.issuance(id)? {
                    Some(issuance) => Some(Encoded::Here(issuance)),
                    None => journal.seam_encode(id)?.map(Encoded::BySeam),
                })
            });
            if let Some(mut encoded) = encoded.await? {
                let desk = ended.desk.clone();
                heard.extend(self.follow(&mut encoded, ended.state, desk).await?);
                self.note_shared(id, ended.fence, encoded.state()).await?;
            }
            self.property.noticed(&ended).await?;
        }
        Ok(heard)
    }

    /// Has the journal follow what another desk has done, and says so. A card of ours that is good, though its credential was issued again
    /// elsewhere, is superseded: it is reported as no longer good, and has to be wiped.
    pub(super) async fn follow(
        &self,
        encoded: &mut Encoded,
        ended: State,
        desk: String,
    ) -> Result<Option<Notice>, JournalError> {
        let at = Timestamp::now();
        let issuance = match encoded {
            Encoded::Here(issuance) => issuance,
            Encoded::BySeam(encode) if encode.is_open() => {
                let outcome = Outcome::Failed {
                    code: "given_up".to_owned(),
                    message: format!("it was given up at {desk}"),
                };
                self.journal.end_at_seam(encode, outcome, at).await?;
                return Ok(Some(Notice::SeamHasEncoded(encode.clone())));
            }
            Encoded::BySeam(_) => return Ok(None),
        };
        let event = match (issuance.state(), ended) {
            (State::Claiming | State::Writing | State::Torn, _) => Event::GivenUp,
            (_, State::Wiped) => Event::Wiped,
            (State::Reporting | State::Closed, _) => Event::Superseded,
            // What was given up here is on no card that could be good.
            _ => return Ok(None),
        };
        if issuance.state().next(event).is_err() {
            return Ok(None);
        }
        tracing::warn!(issuance_id = %issuance.issuance_id, "ended at {desk}");
        let before = issuance.clone();
        self.journal.advance(issuance, event, at).await?;
        Ok(match event {
            Event::GivenUp => Some(Notice::GivenUp {
                issuance: before,
                why: GivenUp::Elsewhere(desk),
            }),
            Event::Wiped => Some(Notice::Wiped(issuance.clone())),
            // That is reported.
            _ => None,
        })
    }
}
