//! Reading the card, and what the journal knows of it.
//!
//! A card that reads as good is handed out: a whole card that its writer could not note is noted, and so is one that is
//! superseded.

use std::sync::Arc;
use std::time::Duration;

use super::Reader;
use crate::desk::DeskError;
use crate::desk::contents::Contents;
use crate::desk::job::Job;
use crate::desk::known::known;
use crate::desk::notice::Notice;
use crate::desk::reading::{Reading, Verdict};
use crate::desk::target::{OnRecord, Scan};
use crate::issuance::inspect::{Holds, Look, Seen};
use crate::issuance::journal::{Journal, JournalError, JournalReader};
use crate::issuance::state::State;
use crate::issuance::superseded::{note_whole, recognise, superseded_on};

impl Reader {
    pub(super) async fn scan_card(&self, patience: Duration, job: &Job) -> Result<Scan, DeskError> {
        let card = self.take(patience, job).await?;
        let known = known(&card.card, &self.parts.setup);
        let known = job.unless_ended(known).await??;
        let encoder = card.card.encoder();
        let mut scan = Scan {
            encoder: encoder.to_string(),
            contents: None,
            reading: Some(Reading::of(&known.sight, &self.parts.setup)?),
            sight: Some(known.sight.clone()),
            by_seam: None,
            on_record: OnRecord::default(),
            journal_trouble: None,
        };
        if let Ok(seen) = &known.sight.seen {
            let contents = Contents::of(seen, self.parts.journal.as_deref()).await;
            job.tell(Notice::looked(encoder, seen, contents.clone()));
            scan.contents = Some(contents);
            if let Some(journal) = &self.parts.journal
                && let Seen::Known(look) = seen
            {
                self.consult(journal, look, &mut scan).await;
            }
        }
        scan.explain_by_journal();
        Ok(scan)
    }

    /// Asks the journal. One that cannot be written does not keep a card from being explained.
    async fn consult(&self, journal: &Journal, look: &Look, scan: &mut Scan) {
        let noted = noted(journal, look).await;
        if matches!(noted, Ok(true)) {
            self.parts.something_to_report();
        }
        let mut trouble = noted.err();
        let of_card = look.clone();
        let of_journal = journal.read(move |journal| on_record(journal, &of_card));
        match of_journal.await {
            Ok(on_record) => scan.on_record = on_record,
            Err(error) => trouble = trouble.or(Some(error)),
        }
        scan.journal_trouble = trouble.map(Arc::new);
        if let (Some(others), Holds::Verified(record)) = (&self.parts.others, &look.holds)
            && scan.on_record.superseded.is_none()
            && matches!(others.is_superseded(look).await, Ok(true))
        {
            self.parts.something_to_report();
            scan.on_record.superseded = Some(record.acs_credential_id.clone());
        }
    }
}

impl Scan {
    /// Adds what the journal says, so that what is explained, the history and the desk agree on what is open.
    fn explain_by_journal(&mut self) {
        let Some(reading) = &mut self.reading else {
            return;
        };
        let known = &self.on_record;
        let begun_for = known
            .begun
            .as_ref()
            .map(|one| one.acs_credential_id.clone());
        if matches!(reading.verdict, Verdict::Torn { .. }) {
            let begun_for = begun_for.clone();
            reading.judge(Verdict::Torn { begun_for });
        }
        reading.begun_for = begun_for;
        if let Some(superseded) = &known.superseded {
            let acs_credential_id = superseded.clone();
            reading.judge(Verdict::Superseded { acs_credential_id });
        }
        let unreported = known.unreported.as_ref();
        reading.unreported_issuance_id = unreported.map(|one| one.issuance_id.to_string());
    }
}

/// Notes what the card shows; whether there was anything.
async fn noted(journal: &Journal, look: &Look) -> Result<bool, JournalError> {
    if !matches!(look.holds, Holds::Verified(_)) {
        return Ok(false);
    }
    let whole = note_whole(journal, look).await?;
    let superseded = recognise(journal, look).await?;
    Ok(whole.is_some() || superseded.is_some())
}

fn on_record(journal: &JournalReader, look: &Look) -> Result<OnRecord, JournalError> {
    let uid = &look.inspection().uid;
    let mut known = OnRecord {
        begun: journal.open_on_card(uid)?,
        ..OnRecord::default()
    };
    if let Holds::Verified(record) = &look.holds {
        let superseded = superseded_on(journal, look)?;
        known.superseded = superseded.map(|old| old.acs_credential_id.clone());
        known.unreported = journal.of_card(uid)?.into_iter().find(|one| {
            one.state() == State::Reporting && one.acs_credential_id == record.acs_credential_id
        });
    }
    Ok(known)
}
