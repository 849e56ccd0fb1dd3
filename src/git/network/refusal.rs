//! Why a server refuses a push. Servers have no codes for it, so the reasons are recognised by the
//! words that forges use.

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else moved the branch.
    Moved,
    /// The branch takes no pushes, or not from this user.
    Protected,
    /// This user or token may not do it.
    Permission,
    /// A rule about commits, a hook, a policy: what the server says tells which.
    Rule,
}

/// What git says of a reference that is not where it was expected.
const MOVED: [&str; 5] =
    ["non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref"];

/// What forges say, in lower case. The first that fits wins: who may not push to a protected branch
/// has a permission missing, too.
const WORDS: [(Refusal, &[&str]); 3] = [
    // GitLab and Azure DevOps
    (Refusal::Moved, &["incorrect old value provided", "tf401028"]),
    (Refusal::Protected, &["protected branch", "tf402455"]),
    (Refusal::Permission, &["permission", "not allowed to push", "not authorized", "refusing to allow"]),
];

impl Refusal {
    /// From the reason that git prints for the reference, and what the server says beside it.
    pub fn of(reason: &str, server: &str) -> Self {
        if MOVED.iter().any(|words| reason.contains(words)) {
            return Self::Moved;
        }
        let said = format!("{reason}\n{server}").to_lowercase();
        let fits = |words: &&[&str]| words.iter().any(|word| said.contains(word));
        WORDS.iter().find(|(_, words)| fits(words)).map_or(Self::Rule, |(refusal, _)| *refusal)
    }

    /// What people can do about it.
    pub fn hint(self, branch: &str) -> String {
        match self {
            Self::Moved => "run this again".to_owned(),
            Self::Protected => {
                format!("{branch} is protected on the server: allow this user or token to push to it")
            }
            Self::Permission => format!(
                "grant this user or token write access to {branch}, and any other permission that the server names"
            ),
            Self::Rule => {
                format!("a rule or hook on the server refuses it: follow it, or exclude {branch} from it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_was_faster() {
        for reason in [
            "stale info",
            "fetch first",
            "non-fast-forward",
            "failed to update ref",
            "cannot lock ref 'refs/heads/main': is at 1 but expected 2",
            "incorrect old value provided",
            "TF401028: The reference 'refs/heads/main' has already been updated",
        ] {
            assert_eq!(Refusal::of(reason, ""), Refusal::Moved, "{reason}");
        }
        let azure = "remote: TF401028: The reference has already been updated by another client";
        assert_eq!(Refusal::of("rejected", azure), Refusal::Moved);
    }

    #[test]
    fn what_forges_say_is_told_apart() {
        let hook = "pre-receive hook declined";
        for (reason, server, refusal) in [
            ("protected branch hook declined", "GH006: Protected branch update failed", Refusal::Protected),
            (
                hook,
                "GitLab: You are not allowed to push code to protected branches on this project.",
                Refusal::Protected,
            ),
            (
                hook,
                "GitLab: You are not allowed to force push code to a protected branch on this project.",
                Refusal::Protected,
            ),
            (hook, "Gitea: Not allowed to push to protected branch main", Refusal::Protected),
            (
                "TF402455: Pushes to this branch are not permitted; you must use a pull request",
                "",
                Refusal::Protected,
            ),
            (
                "TF401027: You need the Git 'ForcePush' permission to perform this action.",
                "",
                Refusal::Permission,
            ),
            (hook, "Gitea: User permission denied for writing.", Refusal::Permission),
            (
                "refusing to allow a GitHub App to create or update workflow `a.yaml` without `workflows` permission",
                "",
                Refusal::Permission,
            ),
            (
                "push declined due to repository rule violations",
                "error: GH013: Repository rule violations found for refs/heads/towline/dev/greeting.",
                Refusal::Rule,
            ),
            (hook, "GitLab: Commit message does not follow the pattern '^JIRA-'", Refusal::Rule),
            (hook, "", Refusal::Rule),
        ] {
            assert_eq!(Refusal::of(reason, server), refusal, "{reason} {server}");
        }
    }
}
