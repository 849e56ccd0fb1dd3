//! Expected reporters: the patterns of `reporters:`, ready to match contexts, and contexts that
//! look as if a pattern was meant for them.

use std::time::Duration;

use anyhow::Result;
use globset::{GlobBuilder, GlobMatcher};

use crate::config::{Environment, Reporter, RolloutOptions};
use crate::forge::{CommitStatus, StatusState};
use crate::vocabulary::{Diagnostic, OWN_CONTEXTS};

/// A declared reporter, compiled.
#[derive(Debug, Clone)]
pub struct Expected {
    /// As it stands in the pipeline file.
    pub pattern: String,
    /// At least this many different contexts.
    pub count: usize,
    success: &'static [&'static str],
    repeat: Option<Duration>,
    exact: GlobMatcher,
    loose: GlobMatcher,
}

/// The reporters that an environment declares. Declaring none at all is an error: a rollout of
/// which nobody says anything would otherwise be a success.
pub fn expected(environment: &Environment) -> Result<Vec<Expected>> {
    let Some(reporters) = &environment.rollout.reporters else {
        let message = format!("environment `{}` does not declare who reports its rollout", environment.name);
        return Err(Diagnostic::new(message)
            .at(environment.place.clone())
            .hint(
                "write `await: {reporters: [{status: \"kustomization/my-app/*\"}]}` with the contexts that \
                 your operator writes, or `await: {reporters: none}` to continue as soon as it is merged",
            )
            .into());
    };
    reporters.iter().map(|reporter| Expected::new(reporter, environment)).collect()
}

impl Expected {
    fn new(reporter: &Reporter, environment: &Environment) -> Result<Self> {
        let compile = |exact: bool| {
            let mut glob = GlobBuilder::new(&reporter.status);
            glob.literal_separator(exact).case_insensitive(!exact);
            glob.build().map(|glob| glob.compile_matcher()).map_err(|error| {
                let (pattern, name) = (&reporter.status, &environment.name);
                let message = format!(
                    "reporter `{pattern}` of environment `{name}` is not a pattern: {}",
                    error.kind()
                );
                Diagnostic::new(message).at(environment.place.clone())
            })
        };
        Ok(Self {
            pattern: reporter.status.clone(),
            count: reporter.count,
            success: reporter.success,
            repeat: reporter.repeat,
            exact: compile(true)?,
            loose: compile(false)?,
        })
    }

    /// Whether a status of this context is a report of this reporter. `*` does not match `/`.
    pub fn matches(&self, context: &str) -> bool {
        !context.starts_with(OWN_CONTEXTS) && self.exact.is_match(context)
    }

    /// What a status of this reporter says. A success that does not say what a success of it says
    /// is news on the way.
    pub fn state_of(&self, status: &CommitStatus) -> StatusState {
        let description = status.description.trim();
        let known = |success: &&str| description.eq_ignore_ascii_case(success);
        match status.state {
            StatusState::Success if !self.success.is_empty() && !self.success.iter().any(known) => {
                StatusState::Pending
            }
            state => state,
        }
    }

    /// How long it may stay unseen: two turns at least, where it is known how long they are.
    pub fn appear(&self, options: &RolloutOptions) -> Duration {
        options.appear.max(self.repeat.unwrap_or_default() * 2)
    }

    /// Whether the pattern was probably meant for this context, which it does not match: only
    /// case or the number of segments differ, or one of the segments that are written out is the
    /// same or a slip of the pen away.
    pub fn nearly_matches(&self, context: &str) -> bool {
        if context.starts_with(OWN_CONTEXTS) || self.exact.is_match(context) {
            return false;
        }
        let lower = context.to_lowercase();
        let pattern = self.pattern.to_lowercase();
        let close = |written: &str| {
            let slip = 1 + written.chars().count() / 5;
            lower.split('/').any(|seen| strsim::damerau_levenshtein(written, seen) <= slip)
        };
        let written_out = |part: &&str| part.chars().count() > 2 && !part.contains(['*', '?', '[', '{']);
        self.loose.is_match(context) || pattern.split('/').filter(written_out).any(close)
    }
}

/// Whether a status is Towline's own.
pub fn is_own(context: &str) -> bool {
    context.starts_with(OWN_CONTEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing;

    fn pattern(status: &str) -> Expected {
        expected(&testing::environment(&[(status, 1)])).unwrap().remove(0)
    }

    #[test]
    fn a_star_stays_inside_its_segment() {
        let pattern = pattern("kustomization/greeting/*");
        assert!(pattern.matches("kustomization/greeting/3c9d8e7f"));
        assert!(!pattern.matches("kustomization/greeting/eu/3c9d8e7f"));
        assert!(!pattern.matches("kustomization/greeting"));
    }

    #[test]
    fn towlines_own_statuses_match_nothing() {
        assert!(!pattern("*/*/*").matches("towline/greeting/dev"));
        assert!(!pattern("*/*/*").nearly_matches("towline/greeting/dev"));
    }

    #[test]
    fn a_near_miss_differs_in_case_depth_or_a_letter() {
        let pattern = pattern("kustomization/greeting/*");
        let near =
            ["Kustomization/greeting/1", "kustomization/greeting/a/b", "helmrelease/greeting/1", "greetings"];
        for context in near {
            assert!(pattern.nearly_matches(context), "{context}");
        }
        for context in ["ci/build", "Sync", "kustomization/greeting/1"] {
            assert!(!pattern.nearly_matches(context), "{context}");
        }
    }

    #[test]
    fn undeclared_reporters_are_an_error_that_says_what_to_write() {
        let mut environment = testing::environment(&[]);
        environment.rollout.reporters = None;
        let error = expected(&environment).unwrap_err();
        let diagnostic = error.downcast_ref::<Diagnostic>().unwrap();
        insta::assert_snapshot!(diagnostic, @"towline.yaml:6:12: environment `dev` does not declare who reports its rollout");
        assert!(diagnostic.hint.as_ref().unwrap().contains("reporters: none"));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let mut environment = testing::environment(&[("a/b", 1)]);
        environment.rollout.reporters.as_mut().unwrap()[0].status = "a/[b".to_owned();
        let error = expected(&environment).unwrap_err();
        insta::assert_snapshot!(error, @"towline.yaml:6:12: reporter `a/[b` of environment `dev` is not a pattern: unclosed character class; missing ']'");
    }
}
