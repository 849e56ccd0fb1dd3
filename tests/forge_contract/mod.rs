//! The contract of [`towline::forge::Forge`]: what its comments promise, for every adapter.
//!
//! An adapter implements [`Bench`] and is added to the list at the end; the suite knows
//! nothing else of it. What only one adapter promises is tested beside its bench. The repository
//! at the other end of a URL, and the command line on both together, are tested here too, because
//! they need the same servers.

mod approvals;
mod at_once;
mod await_merge;
mod azure_devops;
mod azure_devops_access;
mod azure_devops_faults;
mod azure_devops_policies;
mod bad_ends;
mod bench;
mod budgets;
mod canaries;
mod decisions;
mod faults;
mod git_cache;
mod git_command;
mod git_in_process;
mod git_network;
#[cfg(unix)]
mod git_ssh;
mod gitea;
mod gitea_access;
mod gitea_comment;
mod gitea_faults;
mod gitea_journeys;
mod gitea_refusals;
mod gitea_when_ready;
mod github;
mod github_access;
mod github_comment;
mod github_fingerprints;
mod github_queue;
mod github_when_ready;
mod gitlab;
mod gitlab_faults;
mod gitlab_merges;
mod hostile;
mod http;
mod leftover;
mod limits;
mod local;
mod long_wait;
mod merge_auto;
mod outage;
mod ownership;
pub mod promote;
#[cfg(unix)]
mod refusals;
mod releases;
mod reports;
mod resume;
mod rollback;
mod source_status;
mod strike;
mod suite;
mod surroundings;
mod vendor_answers;
mod verdicts;

use std::time::Duration;

use git2::Oid;
use towline::forge::Forge;
use towline::vocabulary::MergeMethod;

use crate::given::Gitops;

/// What the suite needs to know of an adapter: its forge, and the repository behind it.
pub trait Bench: Sync {
    /// A client of its own, as another process would have one.
    fn forge(&self) -> Box<dyn Forge>;

    /// The bare repository whose branches the forge sees.
    fn gitops(&self) -> &Gitops;

    /// The texts of all comments on a pull request, in their order.
    fn comments(&self, number: u64) -> Vec<String>;

    /// The forge's own deployments, the oldest first: environment and state first. `None`: it has none.
    fn deployments(&self) -> Option<Vec<String>> {
        None
    }

    /// Has the repository merge this way, where that is one of its settings.
    fn allow(&self, _: MergeMethod) {}

    /// A person approves the pull request, where there are approvals: whether there are.
    fn approve(&self, _: u64) -> bool {
        false
    }

    /// A person marks the pull request as a draft, or as none, where there are drafts: whether there
    /// are.
    fn draft(&self, _: u64, _: bool) -> bool {
        false
    }

    /// From now on, somebody else writes the statuses; `false`: the forge knows no accounts.
    fn write_statuses_as(&self, _: &str) -> bool {
        false
    }

    /// Lets time pass.
    fn advance(&self, time: Duration);

    /// A person's commit on a branch, which starts at `main` when it is new.
    fn push(&self, branch: &str, files: &[(&str, &str)]) -> Oid {
        self.gitops().push(branch, files)
    }

    fn tip(&self, branch: &str) -> Oid {
        self.gitops().repository().branch_tip(branch).unwrap()
    }

    /// The paths in a commit.
    fn files(&self, commit: Oid) -> Vec<String> {
        let listing = self.gitops().git(&["ls-tree", "-r", "--name-only", &commit.to_string()]);
        listing.lines().map(str::to_owned).collect()
    }

    /// How many parents a commit has.
    fn parents(&self, commit: Oid) -> usize {
        self.gitops().repository().parents(commit).unwrap().len()
    }

    fn message(&self, commit: Oid) -> String {
        self.gitops().repository().message(commit).unwrap()
    }
}

/// A forge where people can make forks.
pub trait Forks: Bench {
    /// Makes it a pull request from a branch of the same name in a fork.
    fn move_to_fork(&self, number: u64);
}

/// One test for each promise, so that a report names the promise that is broken.
macro_rules! tests {
    ($adapter:ident: $($promise:ident,)*) => {
        mod $adapter {
            $(#[test] fn $promise() { crate::forge_contract::suite::$promise(&crate::forge_contract::$adapter::Bench::new()) })*
        }
    };
}

/// A table of the promises, for who runs them in another way.
macro_rules! table {
    ($($promise:ident,)*) => {
        pub const PROMISES: &[(&str, fn(&dyn Bench))] = &[$((stringify!($promise), suite::$promise),)*];
    };
}

/// All promises, given to another macro.
macro_rules! contract {
    ($given:ident! { $($before:tt)* }) => {
        $given! { $($before)*
            finds_nothing_where_nothing_was_opened,
            opens_and_finds_a_pull_request,
            opening_again_adopts_and_updates,
            a_run_that_was_overtaken_does_not_replace_the_text,
            opening_needs_both_branches,
            opening_needs_something_to_merge,
            opens_anew_after_a_merge,
            opens_anew_after_a_close,
            many_openers_get_one_pull_request,
            update_replaces_title_and_body,
            close_ends_without_a_merge,
            closing_a_merged_one_is_an_error,
            an_unknown_number_is_an_error,
            follows_the_tip_of_the_head_branch,
            merges_with_a_merge_commit,
            squashes,
            fast_forwards,
            merging_again_returns_the_same_commit,
            refuses_a_head_that_moved,
            refuses_a_closed_one,
            refuses_a_conflict,
            many_mergers_make_one_merge,
            merges_of_different_pull_requests_do_not_lose_each_other,
            a_head_that_goes_on_after_the_merge_changes_nothing,
            statuses_are_newest_first_and_all_kept,
            a_status_that_waits_can_say_for_something_else,
            concurrent_statuses_are_all_kept,
            what_follows_a_pending_status_is_newest,
            a_fingerprint_changes_with_the_statuses_of_its_commit_only,
            a_status_needs_a_commit,
            lists_newest_first,
            shows_a_deployment_from_its_first_step_to_its_last,
            a_deployment_that_is_over_is_followed_by_another,
            keeps_one_comment,
            a_draft_of_people_is_not_merged_and_stays_one,
            an_approval_is_of_what_was_approved,
            what_is_not_to_be_merged_is_not_merged_by_itself,
            a_pull_request_without_rules_waits_for_nothing,
            merging_when_ready_merges_what_is_ready,
            tells_what_the_token_may_do,
            tells_who_wrote_a_status,
        }
    };
}

contract!(table! {});

/// What the local forge has no forks for.
mod forks {
    tests!(azure_devops: takes_no_forks_pull_request_for_ones_own,);
    tests!(gitea: takes_no_forks_pull_request_for_ones_own,);
    tests!(github: takes_no_forks_pull_request_for_ones_own,);
    tests!(gitlab: takes_no_forks_pull_request_for_ones_own,);
}

mod contract {
    contract!(tests! { azure_devops: });
    contract!(tests! { local: });
    contract!(tests! { gitea: });
    contract!(tests! { github: });
    contract!(tests! { gitlab: });
}
