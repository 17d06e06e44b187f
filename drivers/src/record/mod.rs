//! The card record: see `CARD-RECORD` in the README.
