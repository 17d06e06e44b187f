//! `cardbridge doctor`: what is wrong with this machine, and how to fix it.

mod desk;
mod finding;
mod machine;
mod pcsc;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::{Context, Exit, Failure, wrap};
use finding::{Finding, Verdict};
use machine::Machine;

/// Check everything that a desk needs, and say what to fix and how.
///
/// The PC/SC service and its readers, drivers and kernel modules that take readers away, the configuration, the record
/// key, the site keys, the journal, the API with its key and its clock, the report receiver. Nothing is changed, no card is touched.
/// Exits 1 when something is broken; warnings alone exit 0. With --json an array of {check, verdict, what, hint}.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge doctor
  sudo cardbridge doctor --service     (with the keys and the journal of the installed service)
  cardbridge doctor --json | jq '.[] | select(.verdict != \"ok\")'")]
pub(super) struct Doctor {
    /// Check with the settings of the installed service: its journal, its keys from /etc/credstore, and nothing of this user's.
    #[arg(long)]
    service: bool,
}

impl Doctor {
    pub(super) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        if !self.service {
            return look(context);
        }
        if let Some(error) = context.environment().hides_secrets_of_service() {
            return Err(Failure::new(
                Exit::Configuration,
                format!("this user cannot see the keys of the service in /etc/credstore: {error}"),
                "sudo cardbridge doctor --service",
            ));
        }
        look(&context.as_service())
    }
}

fn look(context: &Context) -> Result<Exit, Failure> {
    let machine = Machine::this();
    let mut findings = pcsc::look(&machine);
    findings.extend([machine.pn533(), machine.reader_drivers(), machine.polkit()]);
    findings.extend(desk::look(context)?);
    let worst = findings.iter().map(|finding| finding.verdict).max();
    if context.output.json() {
        context.output.document(&findings)?;
    } else {
        for finding in &findings {
            context.output.text(&words(finding))?;
        }
        context.output.note(match worst {
            Some(Verdict::Fail) => "\nsomething is broken: apply the fixes above, in order",
            Some(Verdict::Warn) => "\nthis desk works; look at the warnings when there is time",
            Some(Verdict::Ok) | None => "\nall is well",
        });
    }
    Ok(if worst == Some(Verdict::Fail) {
        Exit::Unexpected
    } else {
        Exit::Done
    })
}

fn words(finding: &Finding) -> String {
    let (style, word) = match finding.verdict {
        Verdict::Ok => (AnsiColor::Green.on_default(), "ok"),
        Verdict::Warn => (AnsiColor::Yellow.on_default().bold(), "warn"),
        Verdict::Fail => (AnsiColor::Red.on_default().bold(), "FAIL"),
    };
    let bold = Style::new().bold();
    let fit = |text: &str, indent| wrap::wrapped(text, wrap::stdout_width(), indent, indent);
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| {
        format!("\n      {bold}fix:{bold:#} {}", fit(hint, 10))
    });
    let what = fit(&format!("{}: {}", finding.check, finding.what), 6);
    format!("{style}{word:<4}{style:#}  {what}{hint}")
}
