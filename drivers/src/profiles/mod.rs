//! An access system's metadata and how it stands on a card.
