//! The forms in which readers take a tag's own commands.

/// A way to send a tag's own command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawForm {
    /// `FF 00 00 00 Lc D4 42 …`: ACS readers that pass commands on to a PN532, such as the ACR122U.
    Pn532,
    /// `FF 00 00 00 Lc …`: ACR1252U and ACR1552U take the command as it is.
    Plain,
    /// `FF C2 …`, the transparent session of PC/SC part 3 version 2.02. Upsets an ACR1552U for the commands that follow
    /// it, so it comes last.
    Transparent,
}
