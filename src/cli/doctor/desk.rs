//! The configuration and what it leads to: keys, journal, API, report receiver.

use cardbridge_drivers::record::RecordKey;
use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::cli::narrate::clock_off;
use crate::cli::{Context, Failure};
use crate::compose::open_to_others;
use crate::config::{Config, KeySource};
use crate::issuance::journal::{JournalError, JournalReader, can_be_written, owner_of};
use crate::report::Unreachable;
use crate::text::Hint;

/// A clock that is wrong by more makes signatures of reports refused (5 minutes) and cards valid at the wrong time.
const TOLERABLE: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn look(context: &Context) -> Result<Vec<Finding>, Failure> {
    let config = match context.config() {
        Ok(config) => config,
        Err(failure) => return Ok(vec![Finding::failure("configuration", &failure)]),
    };
    let file = config.file.as_ref().map_or_else(
        || "no file; environment and defaults".to_owned(),
        |path| path.display().to_string(),
    );
    let mut findings = vec![
        Finding::ok("configuration", file),
        record_key(context, &config),
        site_keys(&config),
        journal(&config),
    ];
    findings.extend(context.block_on(async {
        let mut findings = api(context, &config).await;
        findings.push(receiver(context, &config).await);
        Ok(findings)
    })?);
    Ok(findings)
}

fn record_key(context: &Context, config: &Config) -> Finding {
    const CHECK: &str = "record key";
    match context.composer(config).record_keys() {
        Err(error) => Finding::failure(CHECK, &error.into()),
        Ok(keys) => {
            let fingerprint = keys.sealing().map(RecordKey::fingerprint);
            let readable = config
                .record
                .key
                .iter()
                .chain(&config.record.previous)
                .find_map(KeySource::warning);
            match readable {
                Some(warning) => Finding::warn(CHECK, warning.what, warning.hint),
                None => Finding::ok(
                    CHECK,
                    format!("fingerprint {}", fingerprint.unwrap_or_default()),
                ),
            }
        }
    }
}

fn site_keys(config: &Config) -> Finding {
    const CHECK: &str = "site keys";
    let Some(source) = &config.cards.site_keys else {
        return match config.site_keys_wanted() {
            Some(error) => Finding::failure(CHECK, &error.into()),
            None => Finding::warn(
                CHECK,
                "none are set: MIFARE Classic, Ultralight C and DESFire cards will be refused",
                "copy the property's own file from another desk, or make the first with `cardbridge keys new --site`; NTAG21x and \
                 Ultralight EV1 cards need none",
            ),
        };
    };
    let keys = match source.read() {
        Ok(file) => file.keys,
        Err(error) => return Finding::failure(CHECK, &error.into()),
    };
    // A journal that cannot be read has a finding of its own.
    let carried = JournalReader::open_to_read(&config.state_dir.value)
        .and_then(|journal| journal.map_or(Ok(Vec::new()), |journal| journal.cards_by_key()))
        .unwrap_or_default();
    if let Some(lost) = carried
        .iter()
        .filter(|cards| keys.version(cards.version).is_none())
        .max_by_key(|cards| cards.version)
    {
        return Finding::fail(
            CHECK,
            format!(
                "{} has no version {}, which {} of this desk carry or may carry",
                source.file.value.display(),
                lost.version,
                cards_in_words(lost.whole + lost.half_way)
            ),
            "it is an old copy, or that version was removed: copy the newest file from another desk, or the copy in the safe",
        );
    }
    if let Some(warning) = source.warning() {
        return Finding::warn(CHECK, warning.what, warning.hint);
    }
    let current = keys.current();
    Finding::ok(
        CHECK,
        format!(
            "version {}, fingerprint {}",
            current.version,
            current.key.fingerprint()
        ),
    )
}

fn cards_in_words(cards: u64) -> String {
    if cards == 1 {
        "1 card".to_owned()
    } else {
        format!("{cards} cards")
    }
}

/// Changes nothing: a journal that `doctor` made, run by root, would belong to root, and the service would be shut out.
fn journal(config: &Config) -> Finding {
    const CHECK: &str = "journal";
    let directory = &config.state_dir.value;
    let owner = owner_of(directory).unwrap_or_else(|| "an unknown user".to_owned());
    let place = format!("{}, which belongs to {owner}", directory.display());
    if let Err(error) = can_be_written(directory) {
        return Finding::fail(
            CHECK,
            format!("this user cannot write to {place}: {error}"),
            "run cardbridge as that user, or give another directory with CARDBRIDGE_STATE_DIR or `state_dir`",
        );
    }
    let read = JournalReader::open_to_read(directory).and_then(|journal| {
        journal
            .map(|journal| Ok((journal.unreported()?.len(), journal.has_open()?)))
            .transpose()
    });
    match read {
        Err(JournalError::Earlier { .. }) => Finding::ok(
            CHECK,
            format!(
                "{place}; of an earlier cardbridge, and brought up to date by the next command that issues or reports"
            ),
        ),
        Err(error) => Finding::fail(CHECK, error.to_string(), error.hint()),
        Ok(None) => Finding::ok(CHECK, format!("none yet; it will be created in {place}")),
        Ok(Some((0, false))) => match open_to_others(directory) {
            Some(warning) => Finding::warn(CHECK, warning.what, warning.hint),
            None => Finding::ok(CHECK, place),
        },
        Ok(Some((0, true))) => Finding::warn(
            CHECK,
            "a card was removed too early and waits to be placed again",
            "`cardbridge history` says which; place it on an encoder with `cardbridge run`",
        ),
        Ok(Some((unreported, _))) => Finding::warn(
            CHECK,
            format!("{unreported} not reported yet"),
            "`cardbridge retry` sends what is unreported and says why it fails",
        ),
    }
}

async fn api(context: &Context, config: &Config) -> Vec<Finding> {
    const CHECK: &str = "Seam API";
    let client = match context.composer(config).client() {
        Ok(client) => client,
        Err(error) => return vec![Finding::failure(CHECK, &error.into())],
    };
    match client.workspaces().get_with_time().await {
        Err(error) => vec![Finding::failure(CHECK, &error.into())],
        Ok((workspace, time)) => {
            let sandbox = if workspace.is_sandbox {
                ", a sandbox"
            } else {
                ""
            };
            let here = Finding::ok(
                CHECK,
                format!(
                    "the key is good for workspace \"{}\"{sandbox}",
                    workspace.name
                ),
            );
            vec![here, clock(time, Timestamp::now())]
        }
    }
}

fn clock(api: Option<Timestamp>, here: Timestamp) -> Finding {
    const CHECK: &str = "clock";
    let Some(api) = api else {
        return Finding::ok(CHECK, "the API's answers carry no time");
    };
    let ahead = here.duration_since(api);
    if ahead.abs() <= TOLERABLE {
        return Finding::ok(CHECK, "agrees with the API's");
    }
    Finding::fail(
        CHECK,
        format!("{}; Seam's decides what has ended", clock_off(ahead)),
        "sudo timedatectl set-ntp true; the signatures of reports depend on it, and so does `cardbridge read`",
    )
}

async fn receiver(context: &Context, config: &Config) -> Finding {
    const CHECK: &str = "report receiver";
    let Some(webhook) = &config.report.webhook else {
        return if config.report.assign_card {
            Finding::ok(CHECK, "assign_card")
        } else {
            Finding::warn(
                CHECK,
                "none is configured: issuances stay unreported",
                "set CARDBRIDGE_REPORT_URL and CARDBRIDGE_REPORT_SECRET_FILE, or section [report]",
            )
        };
    };
    let sink = match context.composer(config).event_sink(webhook) {
        Ok(sink) => sink,
        Err(error) => return Finding::failure(CHECK, &error.into()),
    };
    let host = webhook.url.value.host_str().unwrap_or_default();
    match sink.reach().await {
        Ok(()) => Finding::ok(CHECK, format!("{host} answers")),
        Err(Unreachable {
            what,
            is_mistrust: true,
        }) => Finding::fail(
            CHECK,
            format!("{host}: {what}"),
            "its certificate must be for that name and from an authority that this machine trusts (or its CA certificate installed for \
             the whole system), and the clock right; until then no report arrives",
        ),
        Err(Unreachable { what, .. }) => Finding::warn(
            CHECK,
            format!("{host}: {what}"),
            "check the address, the network and the proxy; reports are kept and sent when it answers",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_that_is_off_by_more_than_a_minute_is_broken() {
        let now: Timestamp = "2026-07-20T10:00:00Z".parse().unwrap();
        let verdict =
            |seconds: i64| clock(Some(now + SignedDuration::from_secs(seconds)), now).verdict;
        assert_eq!(verdict(0), Verdict::Ok);
        assert_eq!(verdict(60), Verdict::Ok);
        assert_eq!(verdict(61), Verdict::Fail);
        assert_eq!(verdict(-61), Verdict::Fail);
        let slow = clock(Some(now + SignedDuration::from_secs(120)), now);
        assert!(slow.what.contains("2 minutes behind"), "{}", slow.what);
        assert_eq!(clock(None, now).verdict, Verdict::Ok);
    }
}
