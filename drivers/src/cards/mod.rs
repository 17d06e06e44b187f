//! The card technologies: a file each, a line each in [`ALL`].

use crate::contract::Registration;

/// Every driver that is built in.
pub const ALL: &[Registration] = &[];
