//! Which forge a repository's URL belongs to, and what the URL must not hold.

use anyhow::Result;

use crate::forge::registry;
use crate::vocabulary::{Diagnostic, ForgeKind, Place};

/// The repository's location and its forge. A path stays as it is written: relative to the folder
/// of the pipeline file.
pub fn resolve(text: &str, declared: Option<ForgeKind>, place: &Place) -> Result<(String, ForgeKind)> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Diagnostic::new("the repository is neither a URL nor a path").at(place.clone()).into());
    }
    match (parse(text), declared) {
        (Location::Path(path), None | Some(ForgeKind::Local)) => Ok((path.to_owned(), ForgeKind::Local)),
        (Location::Path(_), Some(_)) => {
            let message = "a path names a bare repository, which is its own forge";
            let hint = "write the forge's URL, or leave `forge` out";
            Err(Diagnostic::new(message).at(place.clone()).hint(hint).into())
        }
        (Location::Url { .. }, Some(ForgeKind::Local)) => {
            let message = "the forge `local` needs a path or a `file://` URL";
            Err(Diagnostic::new(message).at(place.clone()).into())
        }
        (Location::Url { host, password }, declared) => {
            if password {
                let message = "the repository's URL holds a password";
                let hint = "take it out; git's credential helpers supply it";
                return Err(Diagnostic::new(message).at(place.clone()).hint(hint).into());
            }
            match declared.or_else(|| registry::kind_of_host(host)) {
                Some(forge) => Ok((text.to_owned(), forge)),
                None => {
                    let message = format!("`{host}` does not tell which forge it is");
                    let hint = "add `forge: github`, `azureDevOps`, `gitlab` or `gitea` to `gitops`";
                    Err(Diagnostic::new(message).at(place.clone()).hint(hint).into())
                }
            }
        }
    }
}

enum Location<'a> {
    Path(&'a str),
    Url { host: &'a str, password: bool },
}

fn parse(text: &str) -> Location<'_> {
    if let Some(path) = text.strip_prefix("file://") {
        return Location::Path(path);
    }
    if let Some((_, rest)) = text.split_once("://") {
        return url(rest.split('/').next().unwrap_or_default());
    }
    // `git@host:path`, as git itself tells it from a path: a colon before the first slash.
    match text.split_once(':') {
        Some((authority, _)) if !authority.contains('/') => url(authority),
        _ => Location::Path(text),
    }
}

fn url(authority: &str) -> Location<'_> {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    Location::Url { host: host.split(':').next().unwrap_or(host), password: user.contains(':') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forge(text: &str) -> Option<ForgeKind> {
        resolve(text, None, &Place::default()).ok().map(|(_, forge)| forge)
    }

    #[test]
    fn the_url_tells_the_forge() {
        assert_eq!(forge("https://github.com/acme/gitops.git"), Some(ForgeKind::GitHub));
        assert_eq!(forge("git@github.com:acme/gitops.git"), Some(ForgeKind::GitHub));
        assert_eq!(forge("https://acme@dev.azure.com/acme/shop/_git/gitops"), Some(ForgeKind::AzureDevOps));
        assert_eq!(forge("git@ssh.dev.azure.com:v3/acme/shop/gitops"), Some(ForgeKind::AzureDevOps));
        assert_eq!(forge("https://acme.visualstudio.com/shop/_git/gitops"), Some(ForgeKind::AzureDevOps));
        assert_eq!(forge("ssh://git@gitlab.acme.com:2222/a/b"), Some(ForgeKind::GitLab));
        assert_eq!(forge("https://codeberg.org/a/b"), Some(ForgeKind::Gitea));
        assert_eq!(forge("file:///srv/gitops.git"), Some(ForgeKind::Local));
        assert_eq!(forge("https://notgithub.com/a/b"), None);
        assert_eq!(forge("https://user:token@github.com/a/b"), None);
    }

    #[test]
    fn a_path_stays_as_it_is_written() {
        let resolve = |text| resolve(text, None, &Place::default()).unwrap().0;
        assert_eq!(resolve("../gitops.git"), "../gitops.git");
        assert_eq!(resolve("/srv/gitops.git"), "/srv/gitops.git");
    }
}
