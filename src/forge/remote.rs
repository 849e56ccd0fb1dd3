//! Where a remote repository is: its URL, taken apart the way git understands it.

use anyhow::Result;
use url::Url;

use crate::vocabulary::Diagnostic;
use crate::vocabulary::repository_url::{RepositoryUrl, shown_location};

/// `https://host:port/a/b.git`, `ssh://git@host/a/b.git` or `git@host:a/b.git`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// As it was written, without the user: for messages.
    pub location: String,
    /// `https`, unless the URL says `http`: what the forge's API is asked with.
    pub scheme: &'static str,
    pub host: String,
    /// Of the web server, if the URL tells: the port of an SSH URL is another one.
    pub port: Option<u16>,
    pub is_ssh: bool,
    /// The segments of the path, decoded, without `.git`.
    pub path: Vec<String>,
    pub purpose: Purpose,
}

/// What Towline has to do with a repository: it decides which tokens may be sent to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Gitops,
    /// It is the application's own, where only statuses and deployments are written.
    Source {
        /// Whether the GitOps repository is on the same server, so that its token may be sent there.
        beside_gitops: bool,
    },
}

impl Remote {
    pub fn parse(location: &str) -> Result<Self> {
        let remote = RepositoryUrl::parse(location).as_ref().and_then(of_url);
        remote.filter(Remote::is_sane).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not the URL of a repository", shown_location(location)))
                .hint("write it as `https://HOST/…/NAME.git` or `git@HOST:…/NAME.git`")
                .into()
        })
    }

    /// The host, with its port if that is not the usual one.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether it is at this server, `https://HOST:PORT/…`: what is for one that speaks TLS is not for
    /// the same without it. SSH tells neither scheme nor port, so any will do.
    pub fn is_at(&self, server: &Url) -> bool {
        let same_host = server.host_str().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        same_host && (self.is_ssh || (self.scheme, self.port) == (server.scheme(), server.port()))
    }

    /// Whether it is on the server of another one, whose token may then be sent there.
    pub fn is_beside(&self, other: &Remote) -> bool {
        let is_known_twice = is_azure(&self.host) && is_azure(&other.host);
        let same_host = is_known_twice || self.host == other.host;
        let any_port = self.is_ssh || other.is_ssh;
        same_host && self.scheme == other.scheme && (any_port || self.port == other.port)
    }

    /// Owner and name, where the forge has just these two.
    pub fn owner_and_name(&self) -> Result<(&str, &str)> {
        match self.path.as_slice() {
            [owner, name] => Ok((owner, name)),
            _ => Err(Diagnostic::new(format!("`{}` does not name owner and repository", self.location))
                .hint("write it as `https://HOST/OWNER/NAME.git`")
                .into()),
        }
    }

    /// Segments become parts of other URLs, where these would lead elsewhere.
    fn is_sane(&self) -> bool {
        let odd = |segment: &String| matches!(segment.as_str(), "" | "." | "..");
        !self.host.is_empty() && !self.path.is_empty() && !self.path.iter().any(odd)
    }
}

fn of_url(url: &RepositoryUrl) -> Option<Remote> {
    let (scheme, is_ssh) = match url.scheme.as_str() {
        "https" => ("https", false),
        "http" => ("http", false),
        "ssh" | "git+ssh" => ("https", true),
        _ => return None,
    };
    Some(Remote {
        location: url.shown(),
        scheme,
        host: url.host.clone(),
        port: url.port.filter(|_| !is_ssh),
        is_ssh,
        path: url.segments(),
        purpose: Purpose::Gitops,
    })
}

/// Azure DevOps has two names for its web server and more for SSH.
pub fn is_azure(host: &str) -> bool {
    ["dev.azure.com", "visualstudio.com"]
        .iter()
        .any(|name| host == *name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(location: &str) -> String {
        match Remote::parse(location) {
            Ok(remote) => format!("{}://{} {}", remote.scheme, remote.authority(), remote.path.join(" ")),
            Err(_) => "no".into(),
        }
    }

    #[test]
    fn a_token_in_the_place_of_the_user_is_not_shown() {
        let remote = Remote::parse("https://ghp_secret@github.com/acme/platform/gitops").unwrap();
        insta::assert_snapshot!(remote.owner_and_name().unwrap_err(), @"`https://github.com/acme/platform/gitops` does not name owner and repository");
        insta::assert_snapshot!(Remote::parse("https://ghp_secret@github.com/").unwrap_err(), @"`https://github.com/` is not the URL of a repository");
    }

    #[test]
    fn what_is_on_the_same_server() {
        let beside = |one, other| Remote::parse(one).unwrap().is_beside(&Remote::parse(other).unwrap());
        assert!(beside("https://github.com/acme/greeting", "git@github.com:acme/gitops"));
        assert!(beside("git@ssh.dev.azure.com:v3/a/b/c", "https://a.visualstudio.com/b/_git/d"));
        assert!(!beside("https://github.com/acme/greeting", "https://gitlab.com/acme/gitops"));
        assert!(!beside("http://git.acme.com/a/b", "https://git.acme.com/a/c"));
        assert!(!beside("https://git.acme.com/a/b", "https://git.acme.com:8443/a/c"));
        assert!(!beside("https://github.com.example.org/a/b", "https://github.com/a/c"));
    }

    #[test]
    fn urls_as_git_has_them() {
        assert_eq!(parts("https://github.com/acme/gitops.git"), "https://github.com acme gitops");
        assert_eq!(parts("https://ann@GitHub.com/acme/gitops/"), "https://github.com acme gitops");
        assert_eq!(parts("git@github.com:acme/gitops.git"), "https://github.com acme gitops");
        assert_eq!(parts("ssh://git@git.acme.com:2222/a/b.git"), "https://git.acme.com a b");
        assert_eq!(parts("http://127.0.0.1:8080/a/b"), "http://127.0.0.1:8080 a b");
        assert_eq!(
            parts("https://dev.azure.com/a/my%20shop/_git/b"),
            "https://dev.azure.com a my shop _git b"
        );
        for odd in ["https://github.com/", "ftp://x/a", "https://x/a/../b/%2e%2e", "x", "git@x:"] {
            assert_eq!(parts(odd), "no", "{odd}");
        }
    }
}
