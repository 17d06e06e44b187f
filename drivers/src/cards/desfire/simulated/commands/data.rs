//! Commands on the data of files, and the transaction of backup files.

use super::{Outcome, SimulatedDesfire};
use crate::cards::desfire::simulated::messaging::Filling;
use crate::cards::desfire::simulated::state::File;
use crate::cards::desfire::wire::{
    Access, Communication, FileType, Instruction, Status, from_three_bytes,
};

/// Most bytes that come back to one APDU whose Le is 00.
const LONGEST_ISO_ANSWER: usize = 256;

/// Where a command reads or writes, and how the data goes.
pub(super) struct Span {
    pub(super) communication: Communication,
    offset: usize,
    /// As it was sent.
    pub(super) length: usize,
    /// Where it ends in the file.
    end: usize,
}

impl SimulatedDesfire {
    pub(super) fn reading(&self, header: &[u8]) -> Result<Span, Status> {
        let file = self.file(header)?;
        let communication = self.communication(file, [file.rights.read, file.rights.read_write])?;
        let (offset, length) = offset_and_length(header)?;
        let size = file.contents.len();
        // Length 0 is all there is.
        let end = if length == 0 { size } else { offset + length };
        if offset >= size || end > size {
            return Err(Status::BoundaryError);
        }
        Ok(Span {
            communication,
            offset,
            length,
            end,
        })
    }

    pub(super) fn writing(&self, header: &[u8]) -> Result<Span, Status> {
        let file = self.file(header)?;
        let communication =
            self.communication(file, [file.rights.write, file.rights.read_write])?;
        let (offset, length) = offset_and_length(header)?;
        if length == 0 {
            return Err(Status::ParameterError);
        }
        if offset + length > file.contents.len() {
            return Err(Status::BoundaryError);
        }
        Ok(Span {
            communication,
            offset,
            length,
            end: offset + length,
        })
    }

    /// How the data goes: as the file says when the right comes from the key in use, in clear when everybody has it.
    fn communication(&self, file: &File, rights: [Access; 2]) -> Result<Communication, Status> {
        let is_ours = |access: &Access| match access {
            Access::Key(key) => self.is_authenticated_with(*key),
            Access::Free | Access::Never => false,
        };
        if rights.iter().any(is_ours) {
            Ok(file.communication)
        } else if rights.contains(&Access::Free) {
            Ok(Communication::Plain)
        } else if rights == [Access::Never; 2] {
            Err(Status::PermissionDenied)
        } else {
            Err(Status::AuthenticationError)
        }
    }

    /// What was committed last, also while something else waits to be.
    pub(super) fn read_data(
        &self,
        instruction: Instruction,
        header: &[u8],
    ) -> Result<Outcome, Status> {
        let span = self.reading(header)?;
        let data = self.file(header)?.contents[span.offset..span.end].to_vec();
        let mut outcome = Outcome {
            communication: span.communication,
            filling: if span.length == 0 {
                Filling::Marked
            } else {
                Filling::Zeros
            },
            ..Outcome::open(data)
        };
        if instruction == Instruction::ReadDataIso {
            // Room for padding and MAC at their largest.
            if outcome.data.len() > LONGEST_ISO_ANSWER - 24 {
                return Err(Status::LengthError);
            }
            outcome.longest_frame = LONGEST_ISO_ANSWER;
        }
        Ok(outcome)
    }

    pub(super) fn write_data(&mut self, header: &[u8], data: &[u8]) -> Result<Outcome, Status> {
        let span = self.writing(header)?;
        let file = self.file(header)?;
        let number = file.number;
        let is_backup = file.kind == FileType::Backup;
        let mut contents = match self.uncommitted.get(&number) {
            Some(contents) if is_backup => contents.clone(),
            _ => file.contents.clone(),
        };
        contents[span.offset..span.end].copy_from_slice(data);
        if is_backup {
            self.uncommitted.insert(number, contents);
        } else if let Some(file) = self.selected_application_mut()?.file_mut(number) {
            file.contents = contents;
        }
        Ok(Outcome {
            communication: span.communication,
            ..Outcome::nothing()
        })
    }

    pub(super) fn commit(&mut self) -> Result<Outcome, Status> {
        self.selected_application()?;
        if self.uncommitted.is_empty() {
            return Err(Status::NoChanges);
        }
        for (number, contents) in std::mem::take(&mut self.uncommitted) {
            if let Some(file) = self.selected_application_mut()?.file_mut(number) {
                file.contents = contents;
            }
        }
        Ok(Outcome::nothing())
    }

    pub(super) fn abort(&mut self) -> Result<Outcome, Status> {
        self.selected_application()?;
        if self.uncommitted.is_empty() {
            return Err(Status::NoChanges);
        }
        self.uncommitted.clear();
        Ok(Outcome::nothing())
    }
}

fn offset_and_length(header: &[u8]) -> Result<(usize, usize), Status> {
    match *header {
        [_, o0, o1, o2, l0, l1, l2] => Ok((
            from_three_bytes([o0, o1, o2]),
            from_three_bytes([l0, l1, l2]),
        )),
        _ => Err(Status::LengthError),
    }
}
