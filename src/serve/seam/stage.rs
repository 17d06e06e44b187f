//! What the next attempts on simulated encoders are to come to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::failure::Kind;
use crate::encoder::Tray;
use crate::issuance::attempt::{Action, Attempt};

/// The simulated encoders of a desk, and what is to happen on them.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) tray: Tray,
    next: Mutex<HashMap<(Uuid, Turn), Next>>,
}

/// What can be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    EncodeSucceeds,
    EncodeFails,
    ScanSucceeds,
    ScanFails,
}

/// Whose turn it is: encoding and scanning are staged by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Turn {
    Encode,
    Scan,
}

/// What the next attempt of an encoder comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It fails so, and no card is touched; where a credential is named, only the attempt for that one.
    Fails(Kind, Option<Uuid>),
    /// What the card on the encoder, or its absence, makes of it; another card is hardly waited for.
    Soon,
}

impl Stage {
    pub(super) fn new(tray: Tray) -> Self {
        Self {
            tray,
            next: Mutex::default(),
        }
    }

    /// Takes back what was staged before, and stages this.
    pub(super) fn set(&self, encoder: Uuid, turn: Turn, next: Option<Next>) {
        let mut staged = self.next();
        match next {
            Some(next) => staged.insert((encoder, turn), next),
            None => staged.remove(&(encoder, turn)),
        };
    }

    /// What is staged for an attempt; the one after it is as usual.
    pub(super) fn take(&self, attempt: &Attempt) -> Option<Next> {
        let turn = match &attempt.action {
            Action::Encode { .. } => Turn::Encode,
            Action::Scan | Action::ScanToAssign { .. } => Turn::Scan,
        };
        let mut staged = self.next();
        let place = (attempt.acs_encoder_id, turn);
        let next = *staged.get(&place)?;
        if let Next::Fails(_, Some(only)) = next
            && attempt.acs_credential_id() != Some(only.to_string().as_str())
        {
            return None;
        }
        staged.remove(&place);
        Some(next)
    }

    fn next(&self) -> MutexGuard<'_, HashMap<(Uuid, Turn), Next>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
