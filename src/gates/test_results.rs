//! `tests:`

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::gate::About;
use super::{Asked, Decide, Decision};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::counted;
use crate::yaml::{At, written_as};

/// The test results of an environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestsGate {
    /// The environment whose checks count
    pub environment: At<String>,
    /// At least this many tests must have been run
    pub min_tests: Option<u64>,
    /// At most this many tests may have failed
    pub max_failures: Option<u64>,
    /// At least this part of the tests that ran must have passed: `"99.5%"`
    pub min_passed: Option<Percentage>,
}

/// `"99.5%"`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentage(f64);

written_as!(Percentage = String);

impl TryFrom<String> for Percentage {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let number = text.trim().strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        number.filter(|number| (0.0..=100.0).contains(number)).map(Self).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a percentage", text.escape_debug()))
                .hint("write a number from 0 to 100 and `%`: `\"99.5%\"`")
        })
    }
}

impl Decide for TestsGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let name = &self.environment.value;
        let Some(counts) = asked.evidence.test_counts(name)? else {
            let why = format!("no test results of {} are recorded for environment `{name}`", asked.release);
            return Ok(Decision::closed_for_good(why));
        };
        let passed = counts.ran().saturating_sub(counts.failed);
        let why = if self.min_tests.is_some_and(|least| counts.ran() < least) {
            format!("only {} ran, of {} at least", of_tests(counts.ran()), self.min_tests.unwrap_or_default())
        } else if self.max_failures.is_some_and(|most| counts.failed > most) {
            format!(
                "{} failed, of {} at most",
                of_tests(counts.failed),
                self.max_failures.unwrap_or_default()
            )
        } else if let Some(Percentage(least)) =
            self.min_passed.filter(|least| is_below(passed, counts.ran(), *least))
        {
            format!("{passed} of {} passed, which is less than {least}%", of_tests(counts.ran()))
        } else {
            return Ok(Decision::Open(None));
        };
        Ok(Decision::closed_for_good(format!("in environment `{name}`, {why}")))
    }

    fn check(&self, about: &About) -> Result<()> {
        about.check_before(&self.environment)
    }
}

/// Whether so many that passed are a smaller part of those that ran. Of none, there is no part that passed.
#[expect(clippy::cast_precision_loss, reason = "there are fewer tests than that")]
fn is_below(passed: u64, ran: u64, Percentage(least): Percentage) -> bool {
    ran == 0 || (passed as f64) * 100.0 < least * ran as f64
}

fn of_tests(number: u64) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), "test")
}
