//! Codes and fields of DESFire's native commands (MF2DL(H)x0 data sheet, chapters 10 and 11, where it has the command;
//! libfreefare `freefare.h` for the rest).

/// Makes an enum of one-byte codes with its way back from the byte.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $code:ident = $byte:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($(#[$doc])* $code = $byte,)+ }

        impl $name {
            /// The byte as it is sent.
            pub(super) const fn code(self) -> u8 {
                self as u8
            }

            /// What this byte means; `None` for nothing known.
            pub(super) const fn from_code(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$code),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// A command code.
    Instruction {
        AuthenticateLegacy = 0x0A,
        AuthenticateIso = 0x1A,
        WriteData = 0x3D,
        GetKeySettings = 0x45,
        GetCardUid = 0x51,
        ChangeKeySettings = 0x54,
        SelectApplication = 0x5A,
        SetConfiguration = 0x5C,
        ChangeFileSettings = 0x5F,
        GetVersion = 0x60,
        GetKeyVersion = 0x64,
        GetApplicationIds = 0x6A,
        GetFreeMemory = 0x6E,
        GetFileIds = 0x6F,
        AuthenticateEv2First = 0x71,
        AuthenticateEv2NonFirst = 0x77,
        /// `WriteData` of EV2 and later, whose command the reader chains by ISO/IEC 14443-4 and not by additional frames.
        WriteDataIso = 0x8D,
        AbortTransaction = 0xA7,
        AuthenticateAes = 0xAA,
        /// `ReadData` in the same way.
        ReadDataIso = 0xAD,
        /// The rest of a command or of an answer.
        AdditionalFrame = 0xAF,
        ReadData = 0xBD,
        ChangeKey = 0xC4,
        CommitTransaction = 0xC7,
        CreateApplication = 0xCA,
        CreateBackupDataFile = 0xCB,
        CreateStdDataFile = 0xCD,
        DeleteApplication = 0xDA,
        DeleteFile = 0xDF,
        GetFileSettings = 0xF5,
        FormatPicc = 0xFC,
    }
}

codes! {
    /// A status code: the second byte of the status word 91xx.
    Status {
        Ok = 0x00,
        /// Nothing was written, so there is nothing to commit.
        NoChanges = 0x0C,
        OutOfMemory = 0x0E,
        IllegalCommand = 0x1C,
        /// CRC, padding or MAC is wrong.
        IntegrityError = 0x1E,
        NoSuchKey = 0x40,
        LengthError = 0x7E,
        PermissionDenied = 0x9D,
        ParameterError = 0x9E,
        ApplicationNotFound = 0xA0,
        /// The application is damaged and has been closed.
        ApplicationIntegrityError = 0xA1,
        AuthenticationError = 0xAE,
        AdditionalFrame = 0xAF,
        BoundaryError = 0xBE,
        /// The card is damaged and has been closed.
        PiccIntegrityError = 0xC1,
        CommandAborted = 0xCA,
        PiccDisabled = 0xCD,
        /// No room for another application.
        CountError = 0xCE,
        DuplicateError = 0xDE,
        MemoryError = 0xEE,
        FileNotFound = 0xF0,
        FileIntegrityError = 0xF1,
    }
}

/// The first byte of every status word of a native command.
pub(super) const STATUS_CLASS: u8 = 0x91;
/// The class byte of a native command in an ISO/IEC 7816-4 APDU.
pub(super) const WRAPPED_CLASS: u8 = 0x90;
/// The card itself, as an application identifier.
pub(super) const PICC: [u8; 3] = [0; 3];

impl Status {
    /// The status word 91xx.
    pub(super) const fn word(self) -> u16 {
        u16::from_be_bytes([STATUS_CLASS, self.code()])
    }

    /// What a status word means; `None` when it is not one of a native command, or unknown.
    pub(super) const fn from_word(word: u16) -> Option<Self> {
        match word.to_be_bytes() {
            [STATUS_CLASS, code] => Self::from_code(code),
            _ => None,
        }
    }
}

codes! {
    /// How a file's data goes over the air.
    Communication {
        /// As it is.
        Plain = 0x00,
        /// With a MAC.
        Mac = 0x01,
        /// Enciphered.
        Full = 0x03,
    }
}

codes! {
    /// A kind of file, as `GetFileSettings` says it.
    FileType {
        Standard = 0x00,
        Backup = 0x01,
        Value = 0x02,
        LinearRecord = 0x03,
        CyclicRecord = 0x04,
        TransactionMac = 0x05,
    }
}

/// Who may do one thing with a file: a half byte of its access rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// After an authentication with this key, 0 to 13.
    Key(u8),
    /// Everybody.
    Free,
    /// Never.
    Never,
}

impl Access {
    const fn of(nibble: u8) -> Self {
        match nibble & 0x0F {
            0x0E => Self::Free,
            0x0F => Self::Never,
            key => Self::Key(key),
        }
    }

    const fn nibble(self) -> u8 {
        match self {
            Self::Key(key) => key & 0x0F,
            Self::Free => 0x0E,
            Self::Never => 0x0F,
        }
    }
}

/// The access rights of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AccessRights {
    pub(super) read: Access,
    pub(super) write: Access,
    pub(super) read_write: Access,
    /// Changing these rights.
    pub(super) change: Access,
}

impl AccessRights {
    /// From the two bytes of a command, the lower one first.
    pub(super) const fn from_bytes([low, high]: [u8; 2]) -> Self {
        Self {
            read: Access::of(high >> 4),
            write: Access::of(high),
            read_write: Access::of(low >> 4),
            change: Access::of(low),
        }
    }

    /// The two bytes of a command, the lower one first.
    pub(super) const fn to_bytes(self) -> [u8; 2] {
        [
            self.read_write.nibble() << 4 | self.change.nibble(),
            self.read.nibble() << 4 | self.write.nibble(),
        ]
    }
}

/// The three bytes of an offset, a length or a size, the lowest first; `None` for what needs more.
pub(super) const fn three_bytes(number: usize) -> Option<[u8; 3]> {
    if number >> 24 != 0 {
        return None;
    }
    let [b0, b1, b2, ..] = number.to_le_bytes();
    Some([b0, b1, b2])
}

/// The number in three bytes, the lowest first.
pub(super) fn from_three_bytes([b0, b1, b2]: [u8; 3]) -> usize {
    usize::from(b0) | usize::from(b1) << 8 | usize::from(b2) << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back() {
        for byte in 0..=u8::MAX {
            if let Some(instruction) = Instruction::from_code(byte) {
                assert_eq!(instruction.code(), byte);
            }
            if let Some(status) = Status::from_code(byte) {
                assert_eq!(status.word(), 0x9100 | u16::from(byte));
                assert_eq!(Status::from_word(status.word()), Some(status));
            }
        }
        assert_eq!(Status::from_word(0x9000), None);
        assert_eq!(Status::from_word(0x6700), None);
        assert_eq!(Instruction::from_code(0xC4), Some(Instruction::ChangeKey));
    }

    #[test]
    fn access_rights_stand_in_half_bytes() {
        let rights = AccessRights {
            read: Access::Key(2),
            write: Access::Key(1),
            read_write: Access::Never,
            change: Access::Key(0),
        };
        assert_eq!(rights.to_bytes(), [0xF0, 0x21]);
        for bytes in [[0xF0, 0x21], [0xEE, 0xEE], [0x3D, 0xEF]] {
            assert_eq!(AccessRights::from_bytes(bytes).to_bytes(), bytes);
        }
    }

    #[test]
    fn numbers_of_three_bytes() {
        assert_eq!(three_bytes(0x0012_3456), Some([0x56, 0x34, 0x12]));
        assert_eq!(three_bytes(0x00FF_FFFF), Some([0xFF; 3]));
        assert_eq!(three_bytes(0x0100_0000), None);
        assert_eq!(from_three_bytes([0x56, 0x34, 0x12]), 0x0012_3456);
    }
}
