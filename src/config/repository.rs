//! Which forge a repository's URL belongs to, and what the URL must not hold.

use anyhow::Result;

use crate::forge::kind_of_host;
use crate::secrets::{self, Kind};
use crate::vocabulary::ForgeKind;
use crate::vocabulary::repository_url::RepositoryUrl;
use crate::yaml::At;

/// The repository's location and its forge. A path stays as it is written: relative to the folder
/// of the pipeline file.
/// `section` is where the file says it.
pub fn resolve(
    repository: &At<String>,
    declared: Option<ForgeKind>,
    section: &str,
) -> Result<(String, ForgeKind)> {
    let refused = |message: &str| repository.error(message);
    if repository.trim().is_empty() || repository.chars().any(char::is_control) {
        return Err(refused("the repository is neither a URL nor a path").into());
    }
    let Some(url) = RepositoryUrl::parse(repository) else {
        let path = repository.strip_prefix("file://").unwrap_or(repository);
        return match declared {
            None | Some(ForgeKind::Local) => Ok((path.to_owned(), ForgeKind::Local)),
            Some(_) => Err(refused("a path names a bare repository, which is its own forge")
                .hint("write the forge's URL, or remove `forge`")
                .into()),
        };
    };
    if declared == Some(ForgeKind::Local) {
        return Err(refused("the forge `local` needs a path or a `file://` URL").into());
    }
    secrets::remember_in_urls(Kind::Url, "the URL of a repository", repository);
    // A slash in a password ends what the URL's grammar takes for the host.
    if url.password.is_some() || secrets::has_password(repository) {
        return Err(refused("the repository's URL contains a password")
            .hint("remove it; git's credential helpers supply it")
            .into());
    }
    match declared.or_else(|| kind_of_host(&url.host)) {
        Some(forge) => Ok((repository.value.clone(), forge)),
        None => Err(refused(&format!("cannot detect the forge from the host `{}`", url.host))
            .hint(format!("add `forge: github`, `azureDevOps`, `gitlab` or `gitea` to `{section}`"))
            .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<(String, ForgeKind)> {
        resolve(&At { value: text.to_owned(), ..At::default() }, None, "gitops").ok()
    }

    #[test]
    fn the_url_tells_the_forge() {
        let forge = |text| resolved(text).map(|(_, forge)| forge);
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
        let location = |text| resolved(text).unwrap().0;
        assert_eq!(location("../gitops.git"), "../gitops.git");
        assert_eq!(location("/srv/gitops.git"), "/srv/gitops.git");
    }
}
