//! The conformance suite that every driver must pass.
