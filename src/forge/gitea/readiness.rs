//! What an open pull request waits for: reviews, and the rules of its base branch as far as the
//! server tells them to whoever does not administer the repository.

use anyhow::{Context, Result, anyhow};

use super::api::Rules;
use super::client::Gitea;
use crate::forge::github_style::{self, Review, SKIPPED, Status, WirePull, branch_path};
use crate::forge::protocol::{Api, Pull, Pulls, Readiness, approval_needed};
use crate::forge::{CommitStatus, MergeReadiness, StatusState};
use crate::http;
use crate::vocabulary::glob::glob;

impl Readiness for Gitea {
    const DATES_APPROVALS: bool = true;

    fn read_readiness(&self, number: u64) -> Result<MergeReadiness> {
        let pull = self.read_pull(number)?;
        if !pull.is_open() {
            return Ok(MergeReadiness::default());
        }
        let cannot = || format!("cannot see what {} waits for", self.name(number));
        let reviews = github_style::reviews(self, number).with_context(cannot)?;
        let rules = self.rules(&pull.base).with_context(cannot)?;
        let opinions = opinions(&reviews);
        let by = |state: &str, wanted: &dyn Fn(&Review) -> bool| -> Vec<String> {
            let by = opinions.iter().filter(|review| review.state == state && wanted(review));
            by.filter_map(|review| Some(review.user.as_ref()?.login.clone())).collect()
        };
        let head = pull.head_commit.to_string();
        let is_of_head = |review: &Review| review.commit_id.as_ref() == Some(&head);
        let mut readiness = MergeReadiness {
            approved_by: by("APPROVED", &is_of_head),
            outdated_approvals: by("APPROVED", &|review| !is_of_head(review)),
            rejected_by: by("REQUEST_CHANGES", &|_| true),
            merges_itself: self.is_scheduled(number).with_context(cannot)?,
            never: rules.keep_out(&pull.base),
            ..MergeReadiness::default()
        };
        if pull.wire.draft {
            readiness.missing.push("the pull request is marked as work in progress".to_owned());
        }
        readiness.missing.extend(missing_approvals(&rules, &opinions));
        let fresh: Vec<&Review> = opinions.iter().copied().filter(|review| is_of_head(review)).collect();
        if missing_approvals(&rules, &opinions).is_none() && missing_approvals(&rules, &fresh).is_some() {
            readiness.missing.push(approval_needed(&readiness.outdated_approvals));
        }
        if rules.enable_status_check {
            let statuses = self.reported(pull.head_commit).with_context(cannot)?;
            let statuses: Vec<_> = statuses.into_iter().map(as_rules_take_it).collect();
            checks(&rules.status_check_contexts.unwrap_or_default(), &statuses, &mut readiness)?;
        }
        // The server does not tell every rule. What it is to merge by itself, lacks nothing, and
        // stays open is waiting for one of those: a head that is up to date, or all who were asked.
        let waits = readiness.merges_itself && readiness.is_clear();
        readiness.behind = waits && pull.wire.is_behind();
        if waits && !readiness.behind || self.was_refused_for_requests(&pull) {
            readiness.missing.extend(requested(&reviews));
        }
        Ok(readiness)
    }
}

impl Gitea {
    pub(super) fn rules(&self, base: &str) -> http::Result<Rules> {
        let branch =
            self.client().get(&self.path(&format!("branches/{}", branch_path(base)))).send_optional()?;
        branch.map_or_else(|| Ok(Rules::default()), |branch| branch.json())
    }

    /// Whether the server said that it waits for all who were asked for a review.
    fn was_refused_for_requests(&self, pull: &Pull<WirePull>) -> bool {
        let said = self.site.refusals.said_of(pull.number, pull.head_commit);
        said.is_some_and(|said| said.contains("official review requests"))
    }
}

/// Who was asked for a review that counts, and has not given it.
fn requested(reviews: &[Review]) -> Option<String> {
    let asked = reviews.iter().filter(|review| review.state == "REQUEST_REVIEW" && review.official);
    let names: Vec<&str> = asked.map(|review| review.reviewer()).collect();
    (!names.is_empty()).then(|| format!("a review by {}", names.join(", ")))
}

/// What was skipped is not in the way.
fn as_rules_take_it(status: Status) -> CommitStatus {
    let skipped = status.state == SKIPPED;
    let status = CommitStatus::from(status);
    if skipped { CommitStatus { state: StatusState::Success, ..status } } else { status }
}

/// Each reviewer's last word. Comments are none, and one that was dismissed is none any more.
fn opinions(reviews: &[Review]) -> Vec<&Review> {
    let mut words: Vec<&Review> = Vec::new();
    let said =
        reviews.iter().filter(|review| matches!(review.state.as_str(), "APPROVED" | "REQUEST_CHANGES"));
    for review in said {
        let login = |review: &Review| review.user.as_ref().map(|user| user.login.clone());
        words.retain(|known| login(known) != login(review));
        words.push(review);
    }
    words.retain(|review| !review.dismissed);
    words
}

/// Only the approvals of those whom the rule names, or who may write, are official.
fn missing_approvals(rules: &Rules, opinions: &[&Review]) -> Option<String> {
    let official = opinions.iter().filter(|review| review.official && review.state == "APPROVED").count();
    let required = rules.required_approvals.unwrap_or_default();
    (official < required).then(|| format!("{official} of {required} approvals given"))
}

/// The rule names patterns: something has to fit each, and all that fits has to succeed. Without
/// patterns it means whatever is reported, and that something is.
fn checks(patterns: &[String], newest_first: &[CommitStatus], readiness: &mut MergeReadiness) -> Result<()> {
    let mut latest: Vec<&CommitStatus> = Vec::new();
    for status in newest_first {
        if latest.iter().all(|known| known.context != status.context) {
            latest.push(status);
        }
    }
    let everything = ["*".to_owned()];
    for pattern in if patterns.is_empty() { &everything } else { patterns } {
        let globbed = glob(pattern, |_| ()).or_else(|_| glob(&globset::escape(pattern), |_| ()));
        let glob = globbed.map_err(|why| anyhow!("a required status is no glob: {why}"))?.compile_matcher();
        let fitting: Vec<_> = latest.iter().filter(|status| glob.is_match(&status.context)).collect();
        if fitting.is_empty() {
            readiness.missing.push(match patterns.is_empty() {
                true => "a commit status is expected".to_owned(),
                false => format!("required status `{pattern}` is expected"),
            });
        }
        for CommitStatus { context, state, .. } in fitting {
            match state {
                StatusState::Success => {}
                StatusState::Pending => {
                    readiness.missing.push(format!("required status `{context}` is pending"))
                }
                _ => readiness.broken.push(format!("required status `{context}` failed")),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn review(user: &str, state: &str, dismissed: bool) -> Review {
        let review =
            json!({"user": {"login": user}, "state": state, "dismissed": dismissed, "official": true});
        serde_json::from_value(review).unwrap()
    }

    #[test]
    fn the_last_word_counts_unless_it_was_dismissed() {
        let reviews = [
            review("ann", "REQUEST_CHANGES", false),
            review("bob", "APPROVED", false),
            review("ann", "APPROVED", false),
            review("bob", "COMMENT", false),
            review("eve", "APPROVED", false),
            review("eve", "REQUEST_CHANGES", true),
        ];
        let words = opinions(&reviews);
        let words: Vec<_> = words
            .iter()
            .map(|word| (word.user.as_ref().unwrap().login.as_str(), word.state.as_str()))
            .collect();
        assert_eq!(words, [("bob", "APPROVED"), ("ann", "APPROVED")]);
    }

    #[test]
    fn what_was_skipped_is_not_in_the_way() {
        let state = |name: &str| {
            let status =
                json!({"id": 1, "status": name, "context": "a", "created_at": "2026-03-01T12:00:00Z"});
            as_rules_take_it(serde_json::from_value(status).unwrap()).state
        };
        assert_eq!(state("skipped"), StatusState::Success);
        assert_eq!(state("warning"), StatusState::Failure);
    }

    #[test]
    fn patterns_want_something_and_all_of_it_well() {
        let status = |context: &str, state| CommitStatus {
            context: context.into(),
            state,
            description: String::new(),
            target_url: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            creator: None,
            creator_id: None,
        };
        let statuses = [
            status("ci/build/linux", StatusState::Success),
            status("ci/lint", StatusState::Pending),
            status("ci/build/linux", StatusState::Failure),
            status("scan", StatusState::Error),
        ];
        let found = |patterns: &[&str]| {
            let mut readiness = MergeReadiness::default();
            let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            checks(&patterns, &statuses, &mut readiness).unwrap();
            (readiness.missing, readiness.broken)
        };
        assert_eq!(found(&["ci/build*"]), (vec![], vec![]));
        insta::assert_debug_snapshot!(found(&["ci/*", "deploy", "scan"]), @r#"
        (
            [
                "required status `ci/lint` is pending",
                "required status `deploy` is expected",
            ],
            [
                "required status `scan` failed",
            ],
        )
        "#);
        assert_eq!(
            found(&[]),
            (
                vec!["required status `ci/lint` is pending".into()],
                vec!["required status `scan` failed".into()]
            )
        );
    }
}
