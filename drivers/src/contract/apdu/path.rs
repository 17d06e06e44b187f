//! The way for a tag's own commands through one reader, found once and kept.

use super::super::{CardChannel, ChannelError, DriverError, Uid, reselect};
use super::RawForm;
use super::raw::{Frame, RawOutcome, end_session, start_session, transceive};

/// The raw path of one reader: the forms of its make are tried in turn, and the first one that worked is used from then on.
///
/// What a tag was sent stays in force between raw commands and the standard ones of PC/SC part 3: a password or a key that
/// was presented this way also opens the pages to `FF D6`. That is how published programs use an ACR122U (nfc-pcsc,
/// examples for NTAG21x and Ultralight C); **unverified on hardware** for every other make. A transparent session is kept
/// open from the first frame of an exchange to [`close`](Self::close), because no document says what its end does to the tag.
#[derive(Debug)]
pub struct RawPath {
    forms: &'static [RawForm],
    is_found: bool,
    has_session: bool,
}

impl RawPath {
    /// The raw path of the channel's reader; `None` when its make has none.
    #[must_use]
    pub fn of(card: &dyn CardChannel) -> Option<Self> {
        let forms = card.profile().raw;
        (!forms.is_empty()).then_some(Self {
            forms,
            is_found: false,
            has_session: false,
        })
    }

    /// Sends one frame to the tag. `None`: the tag refused it, or no form reached the tag; it is selected again by then, and
    /// whatever it was sent before is forgotten.
    ///
    /// # Errors
    /// What the channel answers, and as [`reselect`].
    pub fn exchange(
        &mut self,
        card: &mut dyn CardChannel,
        uid: &Uid,
        frame: &Frame,
    ) -> Result<Option<Vec<u8>>, DriverError> {
        /// What ACS readers say to every failure, of their own and of the card's.
        const ACS_FAILURE: u16 = 0x6300;

        let forms = self.forms;
        let mut is_acs = false;
        for (index, &form) in forms.iter().enumerate() {
            // It upsets an ACR1552U for the commands that follow it.
            if form == RawForm::Transparent && is_acs {
                break;
            }
            let outcome = self.send(form, card, frame)?;
            if self.is_found || !matches!(outcome, RawOutcome::Failed(_)) {
                self.is_found = true;
                self.forms = &forms[index..=index];
            }
            match outcome {
                RawOutcome::Answered(answer) => return Ok(Some(answer)),
                RawOutcome::TagRefused => {
                    self.close(card)?;
                    reselect(card, uid)?;
                    return Ok(None);
                }
                RawOutcome::Failed(status) => is_acs |= status == ACS_FAILURE,
            }
            self.close(card)?;
            reselect(card, uid)?;
        }
        Ok(None)
    }

    /// Ends what the frames have in common, so that standard commands work again.
    ///
    /// # Errors
    /// What the channel answers.
    pub fn close(&mut self, card: &mut dyn CardChannel) -> Result<(), ChannelError> {
        if std::mem::take(&mut self.has_session) {
            end_session(card)?;
        }
        Ok(())
    }

    fn send(
        &mut self,
        form: RawForm,
        card: &mut dyn CardChannel,
        frame: &Frame,
    ) -> Result<RawOutcome, ChannelError> {
        if form != RawForm::Transparent {
            return form.exchange(card, frame);
        }
        if !self.has_session {
            let start = start_session(card)?;
            if !start.is_success() {
                return Ok(RawOutcome::Failed(start.status));
            }
            self.has_session = true;
        }
        transceive(card, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards;
    use crate::contract::ReaderProfile;
    use crate::contract::apdu::Command;
    use crate::testing::{Recorder, SimulatedReader};

    const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
    const GET_VERSION: [u8; 1] = [0x60];

    fn reader(profile: ReaderProfile) -> Recorder<SimulatedReader> {
        let card = cards::simulate("ntag215", Uid::from(UID)).unwrap();
        Recorder::new(SimulatedReader::new(card, profile))
    }

    fn sent(reader: &Recorder<SimulatedReader>) -> Vec<String> {
        reader
            .exchanges()
            .iter()
            .map(|exchange| hex::encode(exchange.bytes()))
            .collect()
    }

    #[test]
    fn every_make_with_a_raw_path_answers() {
        for &profile in ReaderProfile::ALL {
            let mut reader = reader(profile);
            let Some(mut raw) = RawPath::of(&reader) else {
                assert!(profile.raw.is_empty());
                continue;
            };
            let uid = Uid::from(UID);
            let version = raw
                .exchange(&mut reader, &uid, &Frame::new(&GET_VERSION))
                .unwrap();
            assert_eq!(version.unwrap().len(), 8, "{}", profile.name);
            let refused = raw
                .exchange(&mut reader, &uid, &Frame::new(&[0x77]))
                .unwrap();
            assert_eq!(refused, None, "{}", profile.name);
            raw.close(&mut reader).unwrap();
            let read = Command::read_binary(4, 16).send(&mut reader).unwrap();
            assert!(read.is_success(), "it is selected again");
        }
    }

    #[test]
    fn a_form_that_worked_is_the_only_one_from_then_on() {
        const FORMS: &[RawForm] = &[RawForm::Pn532, RawForm::Transparent];
        let mut reader = reader(ReaderProfile::UTRUST_3700F);
        let mut raw = RawPath {
            forms: FORMS,
            is_found: false,
            has_session: false,
        };
        let uid = Uid::from(UID);
        for _ in 0..2 {
            assert!(
                raw.exchange(&mut reader, &uid, &Frame::new(&GET_VERSION))
                    .unwrap()
                    .is_some()
            );
        }
        raw.close(&mut reader).unwrap();
        assert_eq!(
            sent(&reader),
            [
                "ff00000003d44260",
                "ffca000000",
                "ffc20000028100",
                "ffc200010395016000",
                "ffc200010395016000",
                "ffc20000028200",
            ]
        );
    }

    #[test]
    fn an_acs_reader_sees_no_transparent_session() {
        const FORMS: &[RawForm] = &[RawForm::Plain, RawForm::Transparent];
        let mut reader = reader(ReaderProfile::ACR122U);
        let mut raw = RawPath {
            forms: FORMS,
            is_found: false,
            has_session: false,
        };
        let answer = raw.exchange(&mut reader, &Uid::from(UID), &Frame::new(&GET_VERSION));
        assert_eq!(answer, Ok(None));
        assert!(
            !sent(&reader)
                .iter()
                .any(|command| command.starts_with("ffc2"))
        );
    }
}
