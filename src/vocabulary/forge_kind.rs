//! The kinds of forge.

/// A kind of forge: where pull requests and commit statuses live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeKind {
    Local,
    GitHub,
    AzureDevOps,
    GitLab,
    Gitea,
}
