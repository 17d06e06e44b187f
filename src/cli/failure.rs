//! How a command ends badly: an exit code, what happened, what to do now.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use cardbridge_drivers::contract::{ChannelError, DriverError};
use serde_json::{Value, json};

use super::trail::About;
use crate::compose::ComposeError;
use crate::config::ConfigError;
use crate::desk::seam_encoder::AtSeamError;
use crate::desk::wipe::WipeError;
use crate::desk::{DeskError, IssueError};
use crate::encoder::EncoderError;
use crate::encoder::simulated::TrayError;
use crate::encoder::virtual_card::VirtualCardError;
use crate::issuance::encoded::Encoded;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Concern;
use crate::queue::PropertyError;
use crate::seam::SeamError;
use crate::text::Hint;

/// What the exit code of `cardbridge` means. Scripts depend on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something that should not happen.
    Unexpected = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The configuration: an unknown key, a missing or malformed key file, an empty API key, no site keys for a card that needs
    /// them.
    Configuration = 3,
    /// The API refused or is unreachable, or this credential cannot be issued.
    Api = 4,
    /// No encoder.
    Encoder = 5,
    /// The card: none in time, pulled, incompatible, too small, locked, foreign, holds another credential.
    Card = 6,
    /// Written and verified, not yet reported.
    Unreported = 7,
    /// Stopped by SIGHUP before a card was written. This and the two others as shells number them.
    Hangup = 129,
    /// Stopped by SIGINT before a card was written.
    Interrupt = 130,
    /// Stopped by SIGTERM before a card was written.
    Terminate = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The word for a failure that has none of its own.
    fn code(self) -> &'static str {
        match self {
            Self::Done => "output_closed",
            Self::Unexpected => "unexpected",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::Api => "api",
            Self::Encoder => "encoder",
            Self::Card => "card",
            Self::Unreported => "unreported",
            Self::Hangup | Self::Interrupt | Self::Terminate => "stopped",
        }
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    code: &'static str,
    what: String,
    hint: Option<String>,
    about: About,
    begun: Option<Box<Encoded>>,
}

impl Failure {
    /// A failure in two parts: what happened, and what to do now.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit,
            code: exit.code(),
            what: what.into(),
            hint: Some(hint.into()),
            about: About::default(),
            begun: None,
        }
    }

    /// The same, with the word by which scripts know it. They stay as they are; `docs/json.md` has them all.
    #[must_use]
    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// The same with another way to go on.
    #[must_use]
    pub(super) fn advising(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same, for a card and a credential, as far as the failure does not say itself which.
    #[must_use]
    pub(super) fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// A failure that was not foreseen, so that there is nothing better to advise than to look closer.
    #[must_use]
    pub fn unexpected(error: &(dyn Error + 'static)) -> Self {
        Self::new(
            Exit::Unexpected,
            with_causes(error),
            "run it again with --verbose; `cardbridge doctor` looks at this machine",
        )
    }

    /// Our own output could not be written. A program that has read enough (`cardbridge … | head`) closes the pipe: that is no
    /// failure.
    pub(super) fn of_output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(
                Exit::Done,
                "the reader of the output went away",
                "read it to its end",
            );
        }
        Self::new(
            Exit::Unexpected,
            format!("the output cannot be written: {error}"),
            "see where the output goes; a file may be on a full disk",
        )
    }

    /// How the process ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The document that `--json` prints in place of a result.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let begun = self.begun.as_ref();
        let begun = begun.and_then(|begun| serde_json::to_value(begun).ok());
        let mut document = begun.unwrap_or_else(|| self.about.to_json());
        document["error"] = json!({
            "code": self.code,
            "exit": self.exit as u8,
            "message": self.what,
            "hint": self.hint,
        });
        document
    }
}

/// The error and what caused it. A cause that its parent's text already gives is not said twice.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let code = error.code();
        Self::new(Exit::Configuration, error.to_string(), error.hint()).coded(code)
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Config(error) => error.into(),
            ComposeError::Api(error) => error.into(),
            ComposeError::Journal(error) => error.into(),
            ComposeError::Encoder(error) => error.into(),
            ComposeError::Simulated(error) => error.into(),
            ComposeError::Property(error) => {
                let (exit, code) = (exit_of_property(&error), error.code());
                Self::new(exit, error.to_string(), error.hint()).coded(code)
            }
        }
    }
}

impl From<SeamError> for Failure {
    fn from(error: SeamError) -> Self {
        let code = error.code();
        let exit = match error {
            SeamError::Settings(_) => Exit::Configuration,
            _ => Exit::Api,
        };
        Self::new(exit, error.to_string(), error.hint()).coded(code)
    }
}

impl From<EncoderError> for Failure {
    fn from(error: EncoderError) -> Self {
        let code = error.code();
        let exit = match error {
            EncoderError::Channel(error) => exit_of_channel(error),
            _ => Exit::Encoder,
        };
        Self::new(exit, error.to_string(), error.hint()).coded(code)
    }
}

impl From<TrayError> for Failure {
    fn from(error: TrayError) -> Self {
        let code = error.code();
        let exit = match error {
            TrayError::NoEncoder(_) | TrayError::InUse(_) => Exit::Encoder,
            TrayError::NoCard(_) | TrayError::UnknownType(_) => Exit::Usage,
            TrayError::Folder { .. } | TrayError::Memory(_) => Exit::Configuration,
            _ => Exit::Unexpected,
        };
        Self::new(exit, error.to_string(), error.hint()).coded(code)
    }
}

impl From<VirtualCardError> for Failure {
    fn from(error: VirtualCardError) -> Self {
        let code = error.code();
        let exit = match error {
            VirtualCardError::UnknownModel(_)
            | VirtualCardError::Uid { .. }
            | VirtualCardError::Address { .. } => Exit::Usage,
            VirtualCardError::Random(_) => Exit::Unexpected,
            _ => Exit::Configuration,
        };
        Self::new(exit, error.to_string(), error.hint()).coded(code)
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        let code = error.code();
        Self::new(exit_of_channel(error), error.to_string(), error.hint()).coded(code)
    }
}

impl From<DriverError> for Failure {
    fn from(error: DriverError) -> Self {
        let code = error.code();
        Self::new(exit_of_driver(&error), error.to_string(), error.hint()).coded(code)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::from(&error)
    }
}

impl From<&JournalError> for Failure {
    fn from(error: &JournalError) -> Self {
        Self::new(exit_of_journal(error), error.to_string(), error.hint()).coded(error.code())
    }
}

impl From<&IssueError> for Failure {
    fn from(error: &IssueError) -> Self {
        let exit = match error {
            IssueError::Refused(refusal) => match refusal.concern() {
                Concern::Credential => Exit::Api,
                Concern::Card => Exit::Card,
                Concern::Configuration => Exit::Configuration,
            },
            IssueError::Api(error) if matches!(**error, SeamError::Settings(_)) => {
                Exit::Configuration
            }
            IssueError::Api(_)
            | IssueError::NotFound { .. }
            | IssueError::CreationInDoubt(_)
            | IssueError::Resting(_)
            | IssueError::NothingWaiting => Exit::Api,
            IssueError::Journal(error) => exit_of_journal(error),
            IssueError::Property(error) => exit_of_property(error),
            IssueError::Unreadable(error) | IssueError::Interrupted { cause: error, .. } => {
                exit_of_driver(error)
            }
            IssueError::NotVerified { .. } => Exit::Card,
            IssueError::AtSeam(error) => exit_at_seam(error),
            IssueError::NotWiped(error) => exit_of_wipe(error),
        };
        Self {
            begun: begun(error).map(Box::new),
            ..Self::new(exit, error.to_string(), error.hint()).coded(error.code())
        }
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::from(&error)
    }
}

impl From<&DeskError> for Failure {
    fn from(error: &DeskError) -> Self {
        let exit = match error {
            DeskError::Issue(error) => return error.into(),
            DeskError::Encoder(error)
            | DeskError::NoCard {
                trouble: Some(error),
                ..
            } => return error.clone().into(),
            DeskError::Unreadable(error) => return (*error).into(),
            DeskError::Wipe(error) => return error.into(),
            DeskError::NoHolder { .. } | DeskError::SearchTimedOut => Exit::Api,
            DeskError::NoCard { trouble: None, .. }
            | DeskError::OtherCard { .. }
            | DeskError::Left { .. }
            | DeskError::NotAwaited { .. } => Exit::Card,
            DeskError::Busy { .. } | DeskError::NoneFree | DeskError::Unsupported { .. } => {
                Exit::Encoder
            }
            DeskError::NotNoted(error) => exit_of_journal(error),
            DeskError::Cancelled
            | DeskError::Lacks(_)
            | DeskError::Stopped
            | DeskError::StoppedCreating
            | DeskError::Over => Exit::Unexpected,
        };
        Self::new(exit, error.to_string(), error.hint()).coded(error.code())
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::from(&error)
    }
}

impl From<&WipeError> for Failure {
    fn from(error: &WipeError) -> Self {
        Self::new(exit_of_wipe(error), error.to_string(), error.hint()).coded(error.code())
    }
}

fn exit_of_wipe(error: &WipeError) -> Exit {
    match error {
        WipeError::UnknownCard
        | WipeError::Foreign(_)
        | WipeError::UnknownKeys
        | WipeError::Valid { .. }
        | WipeError::Beside { .. }
        | WipeError::NotBlank { .. } => Exit::Card,
        WipeError::Unreadable(cause) | WipeError::Interrupted { cause, .. } => {
            exit_of_driver(cause)
        }
        WipeError::Journal(error) => exit_of_journal(error),
    }
}

/// What was begun before it went wrong.
fn begun(error: &IssueError) -> Option<Encoded> {
    match error {
        IssueError::AtSeam(error) => Some(Encoded::BySeam(error.encode().clone())),
        error => error.issuance().cloned().map(Encoded::Here),
    }
}

fn exit_at_seam(error: &AtSeamError) -> Exit {
    match error.code() {
        "no_credential_on_encoder" | "incompatible_card_format" | "encoding_interrupted" => {
            Exit::Card
        }
        "encoder_not_online" | "encoder_communication_timeout" | "bridge_disconnected" => {
            Exit::Encoder
        }
        _ => Exit::Api,
    }
}

fn exit_of_property(error: &PropertyError) -> Exit {
    if error.is_of_configuration() {
        Exit::Configuration
    } else {
        Exit::Api
    }
}

fn exit_of_journal(error: &JournalError) -> Exit {
    match error {
        JournalError::Directory { .. } | JournalError::Lost { .. } => Exit::Configuration,
        _ => Exit::Unexpected,
    }
}

fn exit_of_driver(error: &DriverError) -> Exit {
    match error {
        DriverError::Channel(error) => exit_of_channel(*error),
        DriverError::NoSiteKeys { .. } => Exit::Configuration,
        _ => Exit::Card,
    }
}

fn exit_of_channel(error: ChannelError) -> Exit {
    match error {
        ChannelError::ReaderGone => Exit::Encoder,
        ChannelError::Removed
        | ChannelError::Communication
        | ChannelError::Unresponsive
        | ChannelError::TooLong => Exit::Card,
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::unexpected(&error)
    }
}
