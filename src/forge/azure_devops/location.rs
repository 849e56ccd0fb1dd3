//! The location of an Azure DevOps repository and of its API, parsed from the repository's URL.
//!
//! Azure DevOps Services has had several host names; all are mapped to `dev.azure.com`. Azure
//! DevOps Server has its collections on any host, under `/tfs` in old installations.

use anyhow::{Context, Result};
use url::Url;

use crate::forge::remote::Remote;
use crate::http::segment;
use crate::vocabulary::Diagnostic;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The organization or collection, below which the API is: `https://dev.azure.com/acme`.
    pub collection: Url,
    /// Where people, groups and teams are looked up.
    pub identities: Url,
    /// What the API is asked to be like. Azure DevOps Server lags behind the Services.
    pub api_version: &'static str,
    /// The same for permissions, which were released with 7.0 and are a preview again since.
    pub security_version: &'static str,
    pub project: String,
    pub repository: String,
}

impl Location {
    pub fn of(remote: &Remote) -> Result<Self> {
        let unknown = || {
            Diagnostic::new(format!("`{}` is not the URL of an Azure DevOps repository", remote.location))
                .hint("write it as `https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY` or `https://HOST/COLLECTION/PROJECT/_git/REPOSITORY`")
        };
        let found = match organization(&remote.host) {
            Some(named) => services(remote, named),
            None => server(remote),
        };
        let (collection, identities, api_version, project, repository) = found.ok_or_else(unknown)?;
        let url = |text: &str| Url::parse(text).with_context(|| format!("`{text}` is no URL"));
        Ok(Self {
            collection: url(&collection)?,
            identities: url(&identities)?,
            api_version,
            security_version: if api_version == "7.0" { "7.0" } else { "7.1-preview.1" },
            project,
            repository,
        })
    }
}

/// Collection, identities, version of the API, project, repository.
type Found = (String, String, &'static str, String, String);

/// Whether a host is of the Services.
pub fn is_services(host: &str) -> bool {
    organization(host).is_some()
}

/// Whether a host is of the Services, and the organization if the host names it.
fn organization(host: &str) -> Option<Option<&str>> {
    match host {
        "dev.azure.com" | "ssh.dev.azure.com" | "vs-ssh.visualstudio.com" => Some(None),
        _ => host.strip_suffix(".visualstudio.com").map(Some),
    }
}

fn services(remote: &Remote, named: Option<&str>) -> Option<Found> {
    let path: Vec<&str> = remote.path.iter().map(String::as_str).collect();
    let (organization, project, repository) = match (named, path.as_slice()) {
        (None, ["v3", organization, project, repository]) => (*organization, *project, *repository),
        (None, [organization, rest @ ..]) => {
            let (project, repository) = project_and_name(rest)?;
            (*organization, project, repository)
        }
        (Some(organization), ["DefaultCollection", rest @ ..] | rest) => {
            let (project, repository) = project_and_name(rest)?;
            (organization, project, repository)
        }
        _ => return None,
    };
    let organization = segment(organization);
    Some((
        format!("https://dev.azure.com/{organization}"),
        format!("https://vssps.dev.azure.com/{organization}"),
        "7.1",
        project.to_owned(),
        repository.to_owned(),
    ))
}

fn server(remote: &Remote) -> Option<Found> {
    let path: Vec<&str> = remote.path.iter().map(String::as_str).collect();
    let (before, repository) = match path.as_slice() {
        [before @ .., "_git", repository] => (before, *repository),
        _ => return None,
    };
    // A repository that is named like its project may stand right below the collection.
    let (folders, project) = match before {
        ["tfs", _] | [_] => (before, repository),
        [folders @ .., project] => (folders, *project),
        [] => return None,
    };
    let folders: Vec<String> = folders.iter().map(|folder| segment(folder)).collect();
    let collection = format!("{}://{}/{}", remote.scheme, remote.authority(), folders.join("/"));
    Some((collection.clone(), collection, "7.0", project.to_owned(), repository.to_owned()))
}

/// `PROJECT/_git/REPOSITORY`, or `_git/REPOSITORY` where both have one name.
fn project_and_name<'a>(path: &[&'a str]) -> Option<(&'a str, &'a str)> {
    match path {
        [project, "_git", repository] => Some((project, repository)),
        ["_git", repository] => Some((repository, repository)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(location: &str) -> String {
        match Remote::parse(location).and_then(|remote| Location::of(&remote)) {
            Ok(Location { collection, identities, api_version, project, repository, .. }) => {
                format!("{collection} {identities} {api_version} {project} {repository}")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn all_names_of_the_services_are_one() {
        for location in [
            "https://dev.azure.com/acme/my%20shop/_git/gitops",
            "https://acme@dev.azure.com/acme/my%20shop/_git/gitops",
            "https://acme.visualstudio.com/my%20shop/_git/gitops",
            "https://acme.visualstudio.com/DefaultCollection/my%20shop/_git/gitops",
            "git@ssh.dev.azure.com:v3/acme/my%20shop/gitops",
            "acme@vs-ssh.visualstudio.com:v3/acme/my%20shop/gitops",
        ] {
            assert_eq!(
                parts(location),
                "https://dev.azure.com/acme https://vssps.dev.azure.com/acme 7.1 my shop gitops",
                "{location}"
            );
        }
        assert!(parts("https://dev.azure.com/acme/_git/gitops").ends_with("7.1 gitops gitops"));
    }

    #[test]
    fn a_server_is_at_any_host() {
        let root = "https://git.acme.com:8443";
        let collection = format!("{root}/tfs/Default%20Collection");
        assert_eq!(
            parts(&format!("{collection}/shop/_git/gitops")),
            format!("{collection} {collection} 7.0 shop gitops")
        );
        assert_eq!(
            parts(&format!("{collection}/_git/gitops")),
            format!("{collection} {collection} 7.0 gitops gitops")
        );
        assert_eq!(
            parts(&format!("{root}/acme/_git/gitops")),
            format!("{root}/acme {root}/acme 7.0 gitops gitops")
        );
        assert_eq!(
            parts("ssh://git.acme.com:22/acme/shop/_git/gitops"),
            "https://git.acme.com/acme https://git.acme.com/acme 7.0 shop gitops"
        );
    }

    #[test]
    fn other_urls_are_refused() {
        insta::assert_snapshot!(parts("https://dev.azure.com/acme/shop/gitops"), @"`https://dev.azure.com/acme/shop/gitops` is not the URL of an Azure DevOps repository");
        for odd in ["https://dev.azure.com/acme", "https://git.acme.com/_git/x", "https://git.acme.com/a/b"] {
            assert!(parts(odd).contains("is not the URL"), "{odd}");
        }
    }
}
