//! Which model each reader is recognised as: by its name, unless the configuration knows better.

use cardbridge_drivers::contract::ReaderProfile;

use super::EncoderName;

/// What the configuration says of readers, in its order; readers that it does not name go by their PC/SC name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles(Vec<(String, ReaderProfile)>);

impl Profiles {
    /// Takes parts of reader names, each with what such a reader is. Upper and lower case are the same.
    #[must_use]
    pub fn new(known: Vec<(String, ReaderProfile)>) -> Self {
        Self(known)
    }

    /// What a reader is: the first entry whose part occurs in its name, or else what the table of models says.
    #[must_use]
    pub fn of(&self, reader: &EncoderName) -> ReaderProfile {
        self.0
            .iter()
            .find(|(part, _)| reader.contains(part))
            .map_or_else(
                || ReaderProfile::of_reader(&reader.0),
                |(_, profile)| *profile,
            )
    }

    /// Whether the configuration, and not the name, says what this reader is.
    #[must_use]
    pub fn is_configured(&self, reader: &EncoderName) -> bool {
        self.0.iter().any(|(part, _)| reader.contains(part))
    }
}
