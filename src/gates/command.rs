//! `run:`

use std::time::Duration;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Command, Decide, Decision, End};
use crate::vocabulary::Diagnostic;
use crate::yaml::{CommandLine, PeriodOr, TextOr, written_as};

/// A command that decides.
#[derive(Debug, Clone)]
pub struct CommandGate {
    line: CommandLine,
    timeout: Duration,
    pass_token: bool,
}

/// A command that decides
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "CommandGate")]
pub struct Section {
    /// A command line for `sh`, run in the folder of this file
    command: CommandLine,
    /// `1m` when absent
    #[serde(default)]
    timeout: PeriodOr<60>,
    /// Whether the command gets the tokens that Towline has from its environment; `false` when absent
    #[serde(default)]
    pass_token: bool,
}

written_as!(CommandGate = TextOr<Section>);

impl TryFrom<TextOr<Section>> for CommandGate {
    type Error = Diagnostic;

    fn try_from(written: TextOr<Section>) -> Result<Self, Diagnostic> {
        let Section { command, timeout, pass_token } = match written {
            TextOr::Section(section) => section,
            TextOr::Text(line) => Section {
                command: CommandLine::try_from(line)?,
                timeout: PeriodOr::default(),
                pass_token: false,
            },
        };
        match timeout.is_zero() {
            true => Err(Diagnostic::new("a command with no time to run cannot succeed")),
            false => Ok(Self { line: command, timeout: *timeout, pass_token }),
        }
    }
}

/// The exit code of what is closed for now: `EX_TEMPFAIL` of `sysexits.h`.
const FOR_NOW: i32 = 75;

impl Decide for CommandGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let Self { line, timeout, pass_token } = self;
        let ran = asked.evidence.run(&Command { line, timeout: *timeout, pass_token: *pass_token })?;
        let said = |how: &str| match ran.last_line.is_empty() {
            true => how.to_owned(),
            false => format!("{how}: {}", ran.last_line),
        };
        Ok(match ran.end {
            End::Exited(0) => Decision::Open(None),
            End::Exited(FOR_NOW) => Decision::closed_for_now(said("the command says not yet"), asked.now),
            End::Exited(code) => Decision::closed_for_good(said(&format!("the command exited with {code}"))),
            End::Killed(signal) => {
                Decision::closed_for_now(said(&format!("signal {signal} ended the command")), asked.now)
            }
            End::TimedOut => Decision::closed_for_now(said("the command did not end in time"), asked.now),
        })
    }
}
