//! What is remote, and what of a URL may be shown.

use percent_encoding::percent_decode_str;

use super::Credential;

/// A URL, or `user@host:path` as git takes it: a colon before the first slash.
pub fn is_remote(location: &str) -> bool {
    let before_slash = location.split('/').next().unwrap_or_default();
    !location.starts_with("file://") && (location.contains("://") || before_slash.contains(':'))
}

/// The location without a user and a password, where people put tokens.
pub fn shown(location: &str) -> String {
    RemoteUrl::parse(location).shown
}

/// The URL of a remote repository, taken apart.
#[derive(Debug, Clone)]
pub struct RemoteUrl {
    shown: String,
    /// `https://host:port`, when it is HTTP.
    site: Option<String>,
    credential: Option<Credential>,
}

impl RemoteUrl {
    pub fn parse(location: &str) -> Self {
        let plain = Self { shown: location.to_owned(), site: None, credential: None };
        let Some((scheme, rest)) = location.split_once("://") else { return plain };
        if !matches!(scheme, "http" | "https") {
            return plain;
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credential =
            user.split_once(':').map(|(name, password)| Credential::new(decode(name), decode(password)));
        let site = format!("{scheme}://{host}");
        Self { shown: format!("{site}{path}"), site: Some(site), credential }
    }

    /// Without the user and the password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The part of the URL that a credential is for.
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// The user and the password that stood in the URL.
    pub fn credential(&self) -> Option<Credential> {
        self.credential.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remote() {
        for remote in ["https://a/b", "ssh://git@a/b", "git@github.com:acme/gitops.git", "host:path"] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in ["/srv/gitops.git", "../a:b/c", "gitops.git", "file:///srv/gitops.git"] {
            assert!(!is_remote(local), "{local}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = RemoteUrl::parse("https://me:s%20e@host:8443/a/b.git");
        assert_eq!(url.shown(), "https://host:8443/a/b.git");
        assert_eq!(url.site(), Some("https://host:8443"));
        assert_eq!(url.credential().unwrap().now().unwrap().unwrap().redact("a s e b"), "a *** b");
        assert_eq!(RemoteUrl::parse("https://acme@dev.azure.com/x").shown(), "https://dev.azure.com/x");
        assert_eq!(RemoteUrl::parse("git@host:a/b").shown(), "git@host:a/b");
    }
}
