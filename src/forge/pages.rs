//! The forge's pages about commits of the application's own repository, for people who read a pull request.

use super::row::Pages;
use super::{kind_of_host, row_of};
use crate::vocabulary::repository_url::RepositoryUrl;

/// The page of a commit. Nothing where the repository's host does not tell its forge, or it is no commit.
pub fn commit_page(repository: &str, commit: &str) -> Option<String> {
    page(repository, |pages| pages.commit, commit, commit)
}

/// The page that shows what came between two commits.
pub fn compare_page(repository: &str, from: &str, to: &str) -> Option<String> {
    page(repository, |pages| pages.compare, from, to)
}

fn page(repository: &str, which: fn(&Pages) -> &'static str, from: &str, to: &str) -> Option<String> {
    let is_commit = |text: &str| text.len() >= 40 && text.chars().all(|c| c.is_ascii_hexdigit());
    let url = RepositoryUrl::parse(repository).filter(|_| is_commit(from) && is_commit(to))?;
    // Where SSH has a server of its own, its name is another one.
    let is_of_ssh = ["ssh.", "altssh.", "vs-ssh."].iter().any(|name| url.host.starts_with(name));
    if is_of_ssh {
        return None;
    }
    let pages = row_of(kind_of_host(&url.host)?).pages.as_ref()?;
    let site = url.site().unwrap_or_else(|| format!("https://{}", url.host));
    let path = url.segments().join("/");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:".contains(c);
    // Anything else would have to be escaped, for the address and for Markdown.
    if !format!("{site}{path}").chars().all(is_plain) {
        return None;
    }
    Some(format!("{site}/{path}/{}", which(pages).replace("{from}", from).replace("{to}", to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn every_forge_has_pages() {
        let compare = |repository: &str| {
            compare_page(repository, ONE, TWO).unwrap_or_default().replace(ONE, "1").replace(TWO, "2")
        };
        assert_eq!(compare("https://github.com/acme/web.git"), "https://github.com/acme/web/compare/1...2");
        assert_eq!(compare("git@github.com:acme/web.git"), "https://github.com/acme/web/compare/1...2");
        assert_eq!(
            compare("https://gitlab.acme.com:8443/a/b/web"),
            "https://gitlab.acme.com:8443/a/b/web/-/compare/1...2"
        );
        assert_eq!(compare("https://codeberg.org/acme/web"), "https://codeberg.org/acme/web/compare/1...2");
        assert_eq!(
            compare("https://acme@dev.azure.com/acme/shop/_git/web"),
            "https://dev.azure.com/acme/shop/_git/web/branchCompare?baseVersion=GC1&targetVersion=GC2"
        );
        for unknown in [
            "https://git.example.com/acme/web",
            "/srv/web.git",
            "git@ssh.dev.azure.com:v3/acme/shop/web",
            "https://github.com/acme/web](x)",
        ] {
            assert_eq!(compare(unknown), "", "{unknown}");
        }
        assert_eq!(compare_page("https://github.com/acme/web", "main", TWO), None);
        let page = commit_page("https://github.com/acme/web", ONE);
        assert_eq!(page.unwrap().replace(ONE, "1"), "https://github.com/acme/web/commit/1");
    }
}
