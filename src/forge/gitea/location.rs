//! Where the API of Gitea and Forgejo is.

use anyhow::{Context, Result};
use url::Url;

use crate::forge::remote::Remote;
use crate::forge::row::Connection;
use crate::http::segment;

/// Below the server that a variable names, if the repository is there, else below the host of the
/// repository.
pub fn api_of(connection: &Connection) -> Result<Url> {
    let remote = connection.remote;
    let names = ["GITEA_SERVER_URL", "FORGEJO_SERVER_URL", "GITHUB_SERVER_URL"];
    let server = match connection.server_named_by(&names) {
        Some(server) => server.to_string(),
        None => {
            let (folder, ..) = split(remote)?;
            format!("{}://{}/{folder}", remote.scheme, remote.authority())
        }
    };
    let api = format!("{}/api/v1", server.trim_end_matches('/'));
    Url::parse(&api).with_context(|| format!("`{}` names no server", remote.location))
}

/// The folder of the web server that the forge is in (mostly none), owner and name.
pub fn split(remote: &Remote) -> Result<(String, &str, &str)> {
    match remote.path.as_slice() {
        [folder @ .., owner, name] => {
            let folder: Vec<String> = folder.iter().map(|part| segment(part)).collect();
            Ok((folder.join("/"), owner, name))
        }
        _ => remote.owner_and_name().map(|(owner, name)| (String::new(), owner, name)),
    }
}

/// The repository that requests are redirected to after it was renamed or given to another owner.
/// Reads would work on by its old name, git does too, and no write does.
pub fn moved(from: &Url, to: &Url) -> Option<String> {
    let [before, now] = [from, to].map(|url| {
        let (folder, rest) = url.path().split_once("/api/v1/repos/")?;
        let [owner, name] = rest.splitn(3, '/').take(2).collect::<Vec<_>>()[..] else { return None };
        Some(format!("{}{folder}/{owner}/{name}", url.origin().ascii_serialization()))
    });
    now.filter(|now| before.is_some_and(|before| before != *now)).map(|now| now + ".git")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::row::testing::with_connection;
    use crate::vocabulary::ForgeKind;

    fn api(location: &str, variables: &[(&str, &str)]) -> String {
        with_connection(ForgeKind::Gitea, location, variables, |it| api_of(it).unwrap().to_string())
    }

    #[test]
    fn the_api_is_found_from_the_repository() {
        assert_eq!(api("https://codeberg.org/acme/gitops.git", &[]), "https://codeberg.org/api/v1");
        assert_eq!(api("git@git.acme.com:acme/gitops", &[]), "https://git.acme.com/api/v1");
        assert_eq!(api("https://acme.com:8443/git/acme/gitops", &[]), "https://acme.com:8443/git/api/v1");
    }

    #[test]
    fn a_repository_that_was_renamed_is_told_by_the_redirect() {
        let moved = |from: &str, to: &str| moved(&from.parse().unwrap(), &to.parse().unwrap());
        let api = "https://acme.com/git/api/v1";
        let now = moved(&format!("{api}/repos/acme/gitops/pulls"), &format!("{api}/repos/acme/deploy/pulls"));
        assert_eq!(now.as_deref(), Some("https://acme.com/git/acme/deploy.git"));
        assert_eq!(moved(&format!("{api}/repos/a/b"), &format!("{api}/repos/a/b/")), None);
        assert_eq!(moved(&format!("{api}/user"), &format!("{api}/user/")), None);
    }

    #[test]
    fn a_variable_names_the_server_of_its_own_repositories_only() {
        let actions = [("GITHUB_SERVER_URL", "http://git.acme.com:3000/")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &actions), "http://git.acme.com:3000/api/v1");
        assert_eq!(api("git@codeberg.org:acme/gitops", &actions), "https://codeberg.org/api/v1");
    }
}
