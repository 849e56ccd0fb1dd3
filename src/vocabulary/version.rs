//! Versions as people write them: `v1.2`, `1.2.3-rc.1+build`, `2026.01.05`.

use semver::{BuildMetadata, Prerelease, Version};

/// The version that a text is, with one to three numbers; missing ones are 0. What stands behind
/// `-` and `+` is as in Semantic Versioning.
pub fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text.split_once('+').unwrap_or((text, ""));
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let numbers: Vec<u64> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (major, minor, patch) = match numbers[..] {
        [major] => (major, 0, 0),
        [major, minor] => (major, minor, 0),
        [major, minor, patch] => (major, minor, patch),
        _ => return None,
    };
    Some(Version {
        major,
        minor,
        patch,
        pre: Prerelease::new(pre).ok()?,
        build: BuildMetadata::new(build).ok()?,
    })
}

/// The first version of three numbers in what a program says of itself.
pub fn find_version(said: &str) -> Option<Version> {
    let words = said.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
    words.filter(|word| word.matches('.').count() == 2).find_map(parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_people_write_them() {
        let parse = |text| parse(text).map(|version| version.to_string());
        assert_eq!(parse("v1.2"), Some("1.2.0".into()));
        assert_eq!(parse("1.2.3-rc.1+5"), Some("1.2.3-rc.1+5".into()));
        assert_eq!(parse("2026.01.05"), Some("2026.1.5".into()));
        for bad in ["", "main", "1.2.3.4", "1.2.x", "1.2.3-_", "1..2"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn programs_tell_their_versions() {
        let find = |text| find_version(text).map(|version| version.to_string());
        assert_eq!(find("v3.14.4+g81c902a"), Some("3.14.4".into()));
        assert_eq!(find("{kustomize/v5.0.1  2023-03-14T01:32:48Z  }"), Some("5.0.1".into()));
        assert_eq!(find("no.such.thing"), None);
    }
}
