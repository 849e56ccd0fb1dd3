//! Image references: `registry/path:tag@digest`, taken apart.

/// An image reference as text, in its parts.
///
/// The grammar is the one of the OCI distribution specification, as containerd reads it:
/// <https://github.com/distribution/reference>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    pub repository: String,
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

impl ImageReference {
    /// Takes a reference apart. The error says what is wrong with it, as the end of a sentence.
    pub fn parse(text: &str) -> Result<ImageReference, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the registry's port.
        let name = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[name..].find(':') {
            Some(colon) => (&rest[..name + colon], Some(&rest[name + colon + 1..])),
            None => (rest, None),
        };
        check_repository(repository)?;
        tag.map_or(Ok(()), check_tag)?;
        digest.map_or(Ok(()), check_digest)?;
        Ok(ImageReference {
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

fn check_repository(repository: &str) -> Result<(), String> {
    let (registry, path) = match repository.split_once('/') {
        // Only a first part that looks like a host is one; else it is a part of the path.
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, repository),
    };
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if registry.is_some_and(|registry| !registry.chars().all(host)) {
        return Err("the registry is not a host".to_owned());
    }
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| part.chars().all(good) && part.starts_with(edge) && part.ends_with(edge);
    match path.split('/').all(part) {
        true => Ok(()),
        false if path.chars().any(|c| c.is_ascii_uppercase()) => {
            Err("a repository has lower-case letters only".to_owned())
        }
        false => Err("the repository is not valid".to_owned()),
    }
}

/// Checks a tag: letters, digits, `_`, `.`, `-`.
pub fn check_tag(tag: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    match (1..=128).contains(&tag.len()) && tag.chars().all(good) && !tag.starts_with(['.', '-']) {
        true => Ok(()),
        false => Err("invalid tag: use letters, digits, `_`, `.` and `-`, at most 128".to_owned()),
    }
}

/// Checks a digest: `sha256:` and 64 hexadecimal digits, or another algorithm.
pub fn check_digest(digest: &str) -> Result<(), String> {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let good = digest.split_once(':').is_some_and(|(algorithm, hex)| {
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return false,
        };
        hex.len() == length && hex.chars().all(hexadecimal)
    });
    match good {
        true => Ok(()),
        false => Err("invalid digest: use `sha256:` and 64 hexadecimal digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, Option<String>, bool)> {
        ImageReference::parse(text).ok().map(|it| (it.repository, it.tag, it.digest.is_some()))
    }

    #[test]
    fn references_come_apart() {
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(parts("nginx"), Some(("nginx".into(), None, false)));
        assert_eq!(parts("localhost:5000/a/b"), Some(("localhost:5000/a/b".into(), None, false)));
        assert_eq!(
            parts("localhost:5000/a:1.2"),
            Some(("localhost:5000/a".into(), Some("1.2".into()), false))
        );
        let both = format!("ghcr.io/acme/web:v1@{digest}");
        assert_eq!(parts(&both), Some(("ghcr.io/acme/web".into(), Some("v1".into()), true)));
        for bad in ["", "Web", "a b", "a:", "a@sha256:12", "a/", "/a", "a\n", "a:b:c", "https://a/b"] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }
}
