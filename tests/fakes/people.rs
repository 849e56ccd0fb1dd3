//! What people and operators do at a forge, past its API: no request of Towline's is in it.

use git2::Oid;
use towline::forge::StatusState;

pub trait People: Send + Sync {
    /// Forgets all pull requests and statuses, for a repository that begins anew.
    fn forget(&self);

    /// Opens a pull request, and tells its number.
    fn open(&self, head: &str, base: &str) -> u64;

    fn close(&self, number: u64);

    /// The pull request is merged, by this commit: it stands on the base branch already.
    fn land(&self, number: u64, commit: Oid);

    /// Somebody approves what a pull request proposes now.
    fn approve(&self, number: u64);

    /// From now on nothing is merged without an approval. Not everywhere is that a rule of the branch.
    fn require_approvals(&self) -> bool {
        false
    }

    /// From now on branches only move to the commits that are proposed, where that is a setting.
    fn only_fast_forward(&self) {}

    /// A report, in the form that operators give it on this forge.
    fn report(&self, commit: Oid, context: &str, state: StatusState);
}

/// The states of commit statuses that most forges have.
pub fn state_name(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Error => "error",
    }
}
