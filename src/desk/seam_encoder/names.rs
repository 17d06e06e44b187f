//! The names of encoders that Seam drives: each is the only one of its name.

use std::collections::HashMap;

use crate::queue::FoundEncoder;

/// Each with a name of its own: with the access system where two encoders have the same, and with the id where that does not do.
#[must_use]
pub fn named(found: &[FoundEncoder]) -> Vec<(&FoundEncoder, String)> {
    let short = |one: &FoundEncoder| one.encoder.display_name.trim().to_owned();
    let with_system = |one: &FoundEncoder| format!("{} ({})", short(one), one.system);
    let count = |name: &dyn Fn(&FoundEncoder) -> String| {
        let mut counts = HashMap::new();
        for one in found {
            *counts.entry(name(one)).or_insert(0) += 1;
        }
        counts
    };
    let (shorts, longs) = (count(&short), count(&with_system));
    let name = |one: &FoundEncoder| match (short(one), with_system(one)) {
        (name, _) if !name.is_empty() && shorts.get(&name) == Some(&1) => name,
        (_, name) if longs.get(&name) == Some(&1) => name,
        (name, _) => format!("{name} ({})", one.encoder.acs_encoder_id),
    };
    found.iter().map(|one| (one, name(one))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(id: &str, name: &str, system: &str) -> FoundEncoder {
        let encoder = json!({
            "acs_encoder_id": id, "acs_system_id": "s", "connected_account_id": "c", "workspace_id": "w",
            "display_name": name, "errors": [], "created_at": "2026-07-20T10:00:00Z",
        });
        FoundEncoder {
            encoder: serde_json::from_value(encoder).unwrap(),
            system: system.to_owned(),
        }
    }

    #[test]
    fn no_two_have_the_same_name() {
        let found = [
            found("1", "Front desk", "Visionline"),
            found("2", "Encoder", "Visionline"),
            found("3", "Encoder", "Vostio"),
            found("4", "Twin", "Vostio"),
            found("5", "Twin", "Vostio"),
            found("6", " ", "Vostio"),
        ];
        let names: Vec<_> = named(&found).into_iter().map(|(_, name)| name).collect();
        let expected = [
            "Front desk",
            "Encoder (Visionline)",
            "Encoder (Vostio)",
            "Twin (4)",
            "Twin (5)",
            " (Vostio)",
        ];
        assert_eq!(names, expected);
    }
}
