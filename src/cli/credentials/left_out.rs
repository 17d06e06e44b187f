//! What the API lists and is not as the API describes it.

use crate::cli::Context;
use crate::config::Warning;
use crate::seam::Odd;

/// Says what is missing from a list because it could not be read.
pub(super) fn left_out(context: &Context, odd: &[Odd]) {
    for odd in odd {
        context.output.warn(&Warning {
            what: format!("left out: {odd}"),
            hint: "give this message to Seam's support; the rest of the list is whole".to_owned(),
        });
    }
}
