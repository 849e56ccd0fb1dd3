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

impl ForgeKind {
    /// The forge that the name of a host tells, if it does.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let is = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
        if is("github.com") || is("ghe.com") {
            Some(ForgeKind::GitHub)
        } else if is("dev.azure.com") || is("visualstudio.com") {
            Some(ForgeKind::AzureDevOps)
        } else if host.starts_with("gitlab.") {
            Some(ForgeKind::GitLab)
        } else if is("codeberg.org") || host.starts_with("gitea.") || host.starts_with("forgejo.") {
            Some(ForgeKind::Gitea)
        } else {
            None
        }
    }
}
