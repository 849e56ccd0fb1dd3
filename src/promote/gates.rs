//! Gates: asked before a release enters an environment.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::gates::{Asked, Decision};
use crate::rollout::Next;
use crate::vocabulary::Outcome;

/// What all gates say together.
enum Answer {
    Open,
    Closed(String),
    LookAgain(Timestamp, String),
}

impl Stage<'_> {
    /// How it ends here when a gate keeps the release out; with `once` also when one does for now.
    /// A release that is on the branch has entered already.
    pub(super) fn kept_out(&self) -> Result<Option<EnvironmentResult>> {
        let environment = self.destination.environment;
        if environment.gates.is_empty() {
            return Ok(None);
        }
        let tip = self.destination.base_tip()?;
        if self.content.stands_in(&self.destination.repository, tip)? {
            return Ok(None);
        }
        let clock = &self.destination.clock;
        loop {
            let now = clock.now();
            match self.ask_gates(now)? {
                Answer::Open => return Ok(None),
                Answer::Closed(why) => return Ok(Some(self.result(Outcome::Refused, why))),
                Answer::LookAgain(at, why) if self.request.once => {
                    let look_again = Some(Next::new(now, at));
                    let unfinished = self.result(Outcome::Unfinished, why);
                    return Ok(Some(EnvironmentResult { look_again, ..unfinished }));
                }
                Answer::LookAgain(at, why) => {
                    (self.request.destinations.access.notify)(&format!(
                        "environment `{}`: {why}",
                        environment.name
                    ));
                    // At least a moment, so that a gate that names the past is not asked without end.
                    let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
                    clock.sleep(left.max(Duration::from_secs(1)));
                }
            }
        }
    }

    /// The first gate that is closed decides; else the one that stays closed longest.
    fn ask_gates(&self, now: Timestamp) -> Result<Answer> {
        let environment = self.destination.environment;
        let asked = Asked {
            application: self.destination.application,
            environment: &environment.name,
            release: &self.request.release.version,
            now,
        };
        let mut answer = Answer::Open;
        for gate in &environment.gates {
            let decision = gate
                .decide(&asked)
                .with_context(|| format!("{}: cannot ask the gate `{}`", gate.place, gate.key))?;
            match decision {
                Decision::Open => {}
                Decision::Closed(why) => {
                    return Ok(Answer::Closed(format!("the gate `{}` is closed: {why}", gate.key)));
                }
                Decision::LookAgain(at, why) => {
                    if !matches!(&answer, Answer::LookAgain(other, _) if *other >= at) {
                        let why = format!("the gate `{}` is closed until {at}: {why}", gate.key);
                        answer = Answer::LookAgain(at, why);
                    }
                }
            }
        }
        Ok(answer)
    }
}
