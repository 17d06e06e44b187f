//! Commands that list, make, change and delete files.

use super::{Outcome, SimulatedDesfire};
use crate::cards::desfire::simulated::state::{File, MOST_FILES, file_bytes, settings, size};
use crate::cards::desfire::wire::{
    Access, AccessRights, Communication, FileType, Instruction, Status, from_three_bytes,
};

impl SimulatedDesfire {
    pub(super) fn file_ids(&self) -> Result<Outcome, Status> {
        let application = self.selected_application()?;
        self.allowed_by(settings::FREE_LISTING)?;
        let numbers = application.files.iter().map(|file| file.number);
        Ok(Outcome::open(numbers.collect()))
    }

    pub(super) fn file_settings(&self, header: &[u8]) -> Result<Outcome, Status> {
        self.selected_application()?;
        self.allowed_by(settings::FREE_LISTING)?;
        let file = self.file(header)?;
        let mut answer = vec![file.kind.code(), file.communication.code()];
        answer.extend(file.rights.to_bytes());
        answer.extend(size(file.contents.len()));
        Ok(Outcome::open(answer))
    }

    pub(super) fn create_file(
        &mut self,
        instruction: Instruction,
        header: &[u8],
    ) -> Result<Outcome, Status> {
        let &[number, communication, r0, r1, s0, s1, s2] = header else {
            return Err(Status::LengthError);
        };
        let kind = if instruction == Instruction::CreateBackupDataFile {
            FileType::Backup
        } else {
            FileType::Standard
        };
        let application = self.selected_application()?;
        self.allowed_by(settings::FREE_CREATION)?;
        let (communication, rights) = self.settings_of_file([communication, r0, r1])?;
        let size = from_three_bytes([s0, s1, s2]);
        if number >= MOST_FILES || size == 0 {
            return Err(Status::ParameterError);
        }
        if application.file(number).is_some() {
            return Err(Status::DuplicateError);
        }
        self.take_memory(file_bytes(kind, size))?;
        self.selected_application_mut()?.files.push(File {
            number,
            kind,
            communication,
            rights,
            contents: vec![0; size],
        });
        Ok(Outcome::nothing())
    }

    pub(super) fn delete_file(&mut self, header: &[u8]) -> Result<Outcome, Status> {
        self.selected_application()?;
        self.allowed_by(settings::FREE_CREATION)?;
        let number = self.file(header)?.number;
        self.uncommitted.remove(&number);
        let files = &mut self.selected_application_mut()?.files;
        files.retain(|file| file.number != number);
        Ok(Outcome::nothing())
    }

    /// How the new settings must come: enciphered, unless everybody may give them.
    pub(super) fn changing_file(&self, header: &[u8]) -> Result<Communication, Status> {
        match self.file(header)?.rights.change {
            Access::Never => Err(Status::PermissionDenied),
            Access::Free => Ok(Communication::Plain),
            Access::Key(key) if self.is_authenticated_with(key) => Ok(Communication::Full),
            Access::Key(_) => Err(Status::AuthenticationError),
        }
    }

    pub(super) fn change_file_settings(
        &mut self,
        header: &[u8],
        data: &[u8],
    ) -> Result<Outcome, Status> {
        let outcome = Outcome {
            communication: self.changing_file(header)?,
            ..Outcome::nothing()
        };
        let new = data.try_into().map_err(|_| Status::LengthError)?;
        let (communication, rights) = self.settings_of_file(new)?;
        let number = self.file(header)?.number;
        if let Some(file) = self.selected_application_mut()?.file_mut(number) {
            file.communication = communication;
            file.rights = rights;
        }
        Ok(outcome)
    }

    /// The file that a command's first byte names.
    pub(super) fn file(&self, header: &[u8]) -> Result<&File, Status> {
        let number = *header.first().ok_or(Status::LengthError)?;
        if number >= MOST_FILES {
            return Err(Status::ParameterError);
        }
        self.selected_application()?
            .file(number)
            .ok_or(Status::FileNotFound)
    }

    fn settings_of_file(&self, bytes: [u8; 3]) -> Result<(Communication, AccessRights), Status> {
        let [communication, r0, r1] = bytes;
        let communication =
            Communication::from_code(communication).ok_or(Status::ParameterError)?;
        let rights = AccessRights::from_bytes([r0, r1]);
        let keys = self.selected_application()?.keys.len();
        let names_a_key = |access| match access {
            Access::Key(key) => usize::from(key) < keys,
            Access::Free | Access::Never => true,
        };
        let all = [rights.read, rights.write, rights.read_write, rights.change];
        if all.into_iter().all(names_a_key) {
            Ok((communication, rights))
        } else {
            Err(Status::ParameterError)
        }
    }
}
