//! What every driver must pass, on every model, on every reader model.
//!
//! Each case plays the desk: puts a simulated card on a simulated reader, pulls it at every command in both ways, puts it
//! back. A failure names the case, the card, the reader, the command at which the card was pulled, and shows the last
//! exchanges.

mod desk;
mod failure;
mod issuing;
mod keyed;
mod refusing;
mod settings;
mod specimens;
mod spoiling;
mod subject;
mod tearing;
mod wiping;

pub use failure::{Failure, Tear, Wrong};
pub use subject::{Ability, Setup, Subject, subjects, subjects_of};

/// One thing that a driver promises.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What is promised, in a few words.
    pub name: &'static str,
    on: On,
    run: fn(&Subject) -> Result<(), Wrong>,
}

/// Which subjects a case is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// Cards that can be written on this reader.
    Writable,
    /// Of these, the ones that are written under keys.
    Keyed,
    /// Cards that cannot be written on this reader.
    Refused,
}

impl Case {
    const fn new(name: &'static str, on: On, run: fn(&Subject) -> Result<(), Wrong>) -> Self {
        Self { name, on, run }
    }

    /// Whether a subject of this ability must pass.
    #[must_use]
    pub fn applies(&self, ability: Ability) -> bool {
        match self.on {
            On::Writable => ability != Ability::Refuses,
            On::Keyed => ability == Ability::WritesUnderKeys,
            On::Refused => ability == Ability::Refuses,
        }
    }
}

/// Everything that a driver promises.
pub const CASES: &[Case] = &[
    Case::new(
        "a blank card takes a record of every size",
        On::Writable,
        issuing::first_issue,
    ),
    Case::new(
        "a card whose UID has another length takes a record",
        On::Writable,
        issuing::other_uids,
    ),
    Case::new(
        "writing the record that stands there writes nothing",
        On::Writable,
        issuing::same_record,
    ),
    Case::new(
        "a record replaces another",
        On::Writable,
        issuing::another_record,
    ),
    Case::new(
        "a record of exactly the capacity fits, one byte more is refused",
        On::Writable,
        issuing::full_card,
    ),
    Case::new(
        "a card pulled during a write is never good, and writing again mends it",
        On::Writable,
        tearing::torn_write,
    ),
    Case::new(
        "a card pulled while it stores is never good, and writing again mends it",
        On::Writable,
        spoiling::half_stored,
    ),
    Case::new(
        "a card that acknowledges a write and forgets it is never good, and writing again mends it",
        On::Writable,
        spoiling::swallowed,
    ),
    Case::new(
        "a card pulled during an inspection is unchanged",
        On::Writable,
        tearing::torn_inspection,
    ),
    Case::new(
        "a wiped card is blank and keeps nothing of the record",
        On::Writable,
        wiping::wipe,
    ),
    Case::new(
        "a card pulled during a wipe is never good, and wiping again ends it",
        On::Writable,
        wiping::torn_wipe,
    ),
    Case::new(
        "a card spoilt within a wipe is never good, and wiping again ends it",
        On::Writable,
        spoiling::spoilt_wipe,
    ),
    Case::new(
        "what is not ours is foreign, and stays until it is overwritten",
        On::Writable,
        specimens::foreign,
    ),
    Case::new(
        "a card that others use too takes a record beside theirs",
        On::Writable,
        specimens::shared,
    ),
    Case::new(
        "a locked card is refused before anything is written",
        On::Writable,
        specimens::locked,
    ),
    Case::new(
        "a card of an earlier key version rolls over to the current one",
        On::Keyed,
        keyed::rolls_over,
    ),
    Case::new(
        "a card pulled while its keys roll over is never good, and writing again ends it",
        On::Keyed,
        keyed::torn_roll_over,
    ),
    Case::new(
        "a card torn under an earlier key version is finished under the current one",
        On::Keyed,
        keyed::torn_before_rotation,
    ),
    Case::new(
        "a card under another site's keys is refused and unchanged",
        On::Keyed,
        keyed::another_site,
    ),
    Case::new(
        "a card that another site has torn is refused and unchanged, or written wholly",
        On::Keyed,
        keyed::torn_at_another_site,
    ),
    Case::new(
        "a card that was written under another setting is read, written and wiped, torn or not",
        On::Keyed,
        settings::changes,
    ),
    Case::new(
        "without site keys a card that needs them is refused and unchanged",
        On::Keyed,
        keyed::without_site_keys,
    ),
    Case::new(
        "a reader that cannot write a card refuses it before anything is written",
        On::Refused,
        refusing::refused,
    ),
];

/// Runs every case that applies.
///
/// # Errors
/// The first case that fails.
pub fn run(subject: &Subject) -> Result<Ability, Failure> {
    let ability = subject.ability().map_err(|wrong| Failure {
        case: "a fresh card is admitted or refused",
        subject: Box::new(*subject),
        wrong,
    })?;
    CASES
        .iter()
        .filter(|case| case.applies(ability))
        .try_for_each(|case| run_case(case, subject))?;
    Ok(ability)
}

/// Runs one case, which must be one that [applies](Case::applies).
///
/// # Errors
/// What the driver did wrong.
pub fn run_case(case: &Case, subject: &Subject) -> Result<(), Failure> {
    (case.run)(subject).map_err(|wrong| Failure {
        case: case.name,
        subject: Box::new(*subject),
        wrong,
    })
}

/// Inspects a card whose memory is `memory`. Whatever is there, the driver must not panic, not write, and not find a
/// record unless its bytes are there. A memory that such a card cannot have is passed over.
///
/// # Errors
/// What the driver did wrong.
pub fn hostile(subject: &Subject, memory: &[u8]) -> Result<(), Failure> {
    specimens::hostile(subject, memory).map_err(|wrong| Failure {
        case: "hostile memory is seen through",
        subject: Box::new(*subject),
        wrong,
    })
}
