//! References that lead over the network, and which of them a step allows.

use crate::config::AllowRemote;
use crate::vocabulary::{Diagnostic, Place};

/// The digits of a commit, with SHA-1 and with SHA-256.
const COMMIT: [usize; 2] = [40, 64];

/// Whether kustomize fetches the reference without looking for a file or folder of that name.
pub fn is_url(reference: &str) -> bool {
    let has_scheme = |scheme: &str| {
        reference.get(..scheme.len()).is_some_and(|start| start.trim_start().eq_ignore_ascii_case(scheme))
    };
    reference.contains("://") || has_scheme("http:") || has_scheme("https:")
}

/// What kustomize would fetch where there is no such file: URLs, `git@host:…`, and `host/…` with or
/// without a version behind.
pub fn is_remote(reference: &str) -> bool {
    let host = reference.split('/').next().unwrap_or_default();
    is_url(reference)
        || reference.starts_with("git::")
        || reference.contains("?ref=")
        || reference.contains("?version=")
        || (host.contains('@') && reference.contains(':'))
        || (reference.contains('/') && host.contains('.') && !host.trim_matches('.').is_empty())
}

/// Refuses a remote reference, unless the step allows it.
pub fn check(reference: &str, allow: AllowRemote, place: Place) -> Result<(), Diagnostic> {
    let pinned = is_pinned(reference);
    let (message, hint) = match allow {
        AllowRemote::All => return Ok(()),
        AllowRemote::Pinned if pinned => return Ok(()),
        AllowRemote::Pinned => (
            format!("{reference} names no commit of a git repository"),
            "name a folder of one, with `?ref=<commit>` and all digits of the commit",
        ),
        AllowRemote::None if pinned => (
            format!("{reference} is remote, and `allowRemote` is not set"),
            "keep a copy in this repository, or set `allowRemote: pinned` on the step",
        ),
        AllowRemote::None => (
            format!("{reference} is remote, so the same release could render differently tomorrow"),
            "keep a copy in this repository, or set `allowRemote: true` on the step",
        ),
    };
    Err(Diagnostic::new(message).at(place).hint(hint))
}

/// Whether a commit is all that the reference can mean: no branch and no tag, which move.
fn is_pinned(reference: &str) -> bool {
    let Some((path, query)) = reference.split_once('?') else { return false };
    // kustomize downloads a file as it is, whatever stands behind `?`.
    if [".yaml", ".yml", ".json"].iter().any(|end| path.to_ascii_lowercase().ends_with(end)) {
        return false;
    }
    let mut versions = query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .filter_map(|(key, value)| ["ref", "version"].contains(&key).then_some(value));
    let is_commit =
        |value: &str| COMMIT.contains(&value.len()) && value.chars().all(|c| c.is_ascii_hexdigit());
    versions.clone().next().is_some() && versions.all(is_commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_references_are_known_by_their_looks() {
        for remote in [
            "https://example.com/a.yaml",
            "HTTP:/127.0.0.1/a",
            "github.com/org/repo//base?ref=v1",
            "git@github.com:org/repo",
            "git::ssh://x/y",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in ["../base", "./a.yaml", "deployment.yaml", "base/a.b.yaml", "../../x"] {
            assert!(!is_remote(local), "{local}");
        }
    }

    #[test]
    fn only_commits_are_pinned() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert!(is_pinned(&format!("https://github.com/o/r//base?timeout=90s&ref={commit}")));
        assert!(!is_pinned("github.com/o/r?ref=main"));
        assert!(!is_pinned("github.com/o/r?ref=0123456"));
        assert!(!is_pinned(&format!("github.com/o/r?ref={commit}&version=main")));
        assert!(!is_pinned(&format!("github.com/o/{commit}")));
    }
}
