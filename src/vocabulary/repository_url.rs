//! The URL of a repository on a server, taken apart the way git understands it:
//! `https://HOST:PORT/a/b.git`, `ssh://git@HOST/a/b.git`, `git@HOST:a/b.git`.

use percent_encoding::percent_decode_str;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryUrl {
    /// `https`, `http`, `ssh` and what else git has; `ssh` also for `git@HOST:…`.
    pub scheme: String,
    pub user: Option<String>,
    /// What people put behind the user: a password or a token.
    pub password: Option<String>,
    /// In lower case.
    pub host: String,
    /// If it is not the usual one.
    pub port: Option<u16>,
    /// Host and port, as written.
    authority: String,
    /// As written.
    path: String,
    /// Whether it is written as `git@HOST:…`.
    is_short: bool,
}

impl RepositoryUrl {
    /// `None` when the location is on this machine: a path, or a `file://` URL.
    pub fn parse(location: &str) -> Option<Self> {
        let (scheme, authority, path) = match location.split_once("://") {
            Some(("file", _)) => return None,
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(scheme), authority, path)
            }
            // A colon before the first slash.
            None => {
                let (authority, path) = location.split_once(':')?;
                (None, authority, path)
            }
        };
        if scheme.is_none() && authority.contains('/') {
            return None;
        }
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let (user, password) = match user.and_then(|user| user.split_once(':')) {
            Some((user, password)) => (Some(user), Some(password)),
            None => (user, None),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let usual = match scheme {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => Some(22),
        };
        Some(Self {
            scheme: scheme.unwrap_or("ssh").to_owned(),
            user: user.map(decoded),
            password: password.map(decoded),
            host: host.to_ascii_lowercase(),
            port: port.filter(|_| port != usual),
            authority: authority.to_owned(),
            path: path.to_owned(),
            is_short: scheme.is_none(),
        })
    }

    /// For messages, and for git, which gets a password in another way: the URL without one. Over
    /// HTTP the user goes too: people put tokens there.
    pub fn shown(&self) -> String {
        match &self.user {
            Some(user) if self.is_short => format!("{user}@{}:{}", self.authority, self.path),
            None if self.is_short => format!("{}:{}", self.authority, self.path),
            Some(user) if !self.is_http() => {
                format!("{}://{user}@{}{}", self.scheme, self.authority, self.path)
            }
            _ => self.without_user(),
        }
    }

    /// The same place for everybody.
    pub fn without_user(&self) -> String {
        match self.is_short {
            true => self.shown(),
            false => format!("{}://{}{}", self.scheme, self.authority, self.path),
        }
    }

    pub fn is_http(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
    }

    /// `https://HOST:PORT`, which a credential is for, when it is HTTP.
    pub fn site(&self) -> Option<String> {
        self.is_http().then(|| format!("{}://{}", self.scheme, self.authority))
    }

    /// Host and path in the spelling that all URLs of a repository share.
    fn identity(&self) -> (String, Vec<String>) {
        let mut segments: Vec<String> = self.segments().iter().map(|it| it.to_lowercase()).collect();
        let mut host = self.host.clone();
        match host.as_str() {
            "ssh.github.com" => host = "github.com".to_owned(),
            "altssh.gitlab.com" => host = "gitlab.com".to_owned(),
            "ssh.dev.azure.com" | "vs-ssh.visualstudio.com" => {
                host = "dev.azure.com".to_owned();
                segments.retain(|segment| segment != "v3");
            }
            _ => {}
        }
        if let Some(organization) = host.strip_suffix(".visualstudio.com") {
            segments.retain(|segment| segment != "defaultcollection");
            segments.insert(0, organization.to_owned());
            host = "dev.azure.com".to_owned();
        }
        if host == "dev.azure.com" {
            segments.retain(|segment| segment != "_git");
            // A project's first repository has its name, and a URL without it.
            if let [_, repository] = segments.as_slice() {
                segments.push(repository.clone());
            }
        }
        // Bitbucket Data Center has it over HTTP alone.
        if self.is_http() && segments.first().is_some_and(|first| first == "scm") {
            segments.remove(0);
        }
        (host, segments)
    }

    /// The segments of the path, decoded, without `.git`.
    pub fn segments(&self) -> Vec<String> {
        let path = self.path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).split('/').map(decoded).collect()
    }
}

/// A location, which may be a path, without a user and a password.
pub fn shown_location(location: &str) -> String {
    RepositoryUrl::parse(location).map_or_else(|| location.to_owned(), |url| url.shown())
}

/// Whether two URLs are of one repository, however they reach it: over HTTPS or SSH, with a user or
/// without, in upper or lower case, which no forge tells apart.
pub fn is_same_repository(one: &str, other: &str) -> bool {
    match (RepositoryUrl::parse(one), RepositoryUrl::parse(other)) {
        (Some(one), Some(other)) => {
            let port = |url: &RepositoryUrl| url.port.unwrap_or_default();
            // Each scheme has a port of its own.
            let same_port = one.is_http() != other.is_http() || port(&one) == port(&other);
            same_port && one.identity() == other.identity()
        }
        _ => one == other,
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_a_server() {
        for remote in ["https://a/b", "ssh://git@a/b", "git@github.com:acme/gitops.git", "host:path"] {
            assert!(RepositoryUrl::parse(remote).is_some(), "{remote}");
        }
        for local in ["/srv/gitops.git", "../a:b/c", "gitops.git", "file:///srv/gitops.git"] {
            assert_eq!(RepositoryUrl::parse(local), None, "{local}");
        }
    }

    #[test]
    fn one_repository_has_many_urls() {
        for urls in [
            &[
                "https://github.com/Acme/web",
                "git@github.com:acme/web.git",
                "ssh://git@ssh.github.com:443/acme/web",
            ][..],
            &["https://git.example.com:8443/a/web.git", "ssh://git@git.example.com:2222/a/web"],
            &[
                "https://acme@dev.azure.com/acme/shop/_git/web",
                "git@ssh.dev.azure.com:v3/acme/shop/web",
                "https://acme.visualstudio.com/DefaultCollection/shop/_git/web",
            ],
            &["https://dev.azure.com/acme/_git/web", "git@ssh.dev.azure.com:v3/acme/web/web"],
            &[
                "https://bitbucket.acme.com/scm/team/web.git",
                "ssh://git@bitbucket.acme.com:7999/team/web.git",
            ],
        ] {
            assert!(urls.iter().all(|url| is_same_repository(url, urls[0])), "{urls:?}");
        }
        for (one, other) in [
            ("https://github.com/acme/web", "https://github.com/acme/web2"),
            ("https://github.com/acme/web", "https://gitlab.com/acme/web"),
            ("https://host:1/a/web", "https://host:2/a/web"),
            ("https://github.com/acme/web", "/srv/acme/web"),
        ] {
            assert!(!is_same_repository(one, other), "{one} {other}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = RepositoryUrl::parse("https://me:s%20e@Host:8443/a/b%20c.git").unwrap();
        assert_eq!(url.shown(), "https://Host:8443/a/b%20c.git");
        assert_eq!(url.site().as_deref(), Some("https://Host:8443"));
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("me"), Some("s e")));
        assert_eq!((url.host.as_str(), url.port), ("host", Some(8443)));
        assert_eq!(url.segments(), ["a", "b c"]);
        assert_eq!(shown_location("https://token@dev.azure.com/x"), "https://dev.azure.com/x");
        assert_eq!(shown_location("ssh://git:secret@host/a"), "ssh://git@host/a");
        assert_eq!(shown_location("git@host:a/b"), "git@host:a/b");
        assert_eq!(shown_location("../a"), "../a");
    }
}
