//! Which of two releases is the newer one.

use std::cmp::Ordering;
use std::path::Path;

use git2::{Oid, Repository};
use semver::Version;

use super::Release;
use crate::vocabulary::version;

/// How `one` stands to `other`: `Greater` when it is newer, `None` when nobody can tell.
///
/// The versions decide when both read as versions and differ; else the builds, when both are
/// numbers and differ; else which source commit the other one's history holds, where the source
/// repository is at hand.
pub fn order(one: &Release, other: &Release, source_repository: Option<&Path>) -> Option<Ordering> {
    compare_versions(&one.version, &other.version)
        .filter(|order| order.is_ne())
        .or_else(|| {
            compare_builds(one.build.as_deref()?, other.build.as_deref()?).filter(|order| order.is_ne())
        })
        .or_else(|| same(one, other))
        .or_else(|| compare_commits(one.commit.as_deref()?, other.commit.as_deref()?, source_repository?))
}

/// The order of two texts that both read as versions: `v1.2`, `1.2.3-rc.1`, `2026.01.05`. Build
/// metadata behind a `+` does not count, as in Semantic Versioning.
pub fn compare_versions(one: &str, other: &str) -> Option<Ordering> {
    Some(version(one)?.cmp_precedence(&version(other)?))
}

/// Nothing tells the two apart.
fn same(one: &Release, other: &Release) -> Option<Ordering> {
    let same = one.version == other.version && one.build == other.build && one.commit == other.commit;
    same.then_some(Ordering::Equal)
}

fn compare_builds(one: &str, other: &str) -> Option<Ordering> {
    Some(one.parse::<u64>().ok()?.cmp(&other.parse::<u64>().ok()?))
}

/// Two or three numbers; one alone could be the beginning of a commit's id.
fn version(text: &str) -> Option<Version> {
    let (text, _) = text.split_once('+').unwrap_or((text, ""));
    let numbers = text.split('-').next().unwrap_or_default();
    version::parse(text).filter(|_| numbers.contains('.'))
}

fn compare_commits(one: &str, other: &str, source_repository: &Path) -> Option<Ordering> {
    let repository = Repository::discover(source_repository).ok()?;
    let (one, other) = (Oid::from_str(one).ok()?, Oid::from_str(other).ok()?);
    if one == other {
        return Some(Ordering::Equal);
    }
    if repository.graph_descendant_of(one, other).ok()? {
        return Some(Ordering::Greater);
    }
    repository.graph_descendant_of(other, one).ok()?.then_some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn release(version: &str, build: Option<&str>, commit: Option<&str>) -> Release {
        Release {
            version: version.to_owned(),
            build: build.map(str::to_owned),
            commit: commit.map(str::to_owned),
            repository: None,
            branch: None,
            images: Vec::new(),
        }
    }

    fn newer(one: (&str, Option<&str>), other: (&str, Option<&str>)) -> Option<Ordering> {
        order(&release(one.0, one.1, None), &release(other.0, other.1, None), None)
    }

    #[test]
    fn versions_decide_first() {
        assert_eq!(newer(("v1.10.0", Some("1")), ("1.9.0", Some("2"))), Some(Ordering::Greater));
        assert_eq!(newer(("1.0.0-rc.2", None), ("1.0.0-rc.10", None)), Some(Ordering::Less));
        assert_eq!(newer(("1.0.0-rc.2", None), ("1.0.0", None)), Some(Ordering::Less));
        assert_eq!(newer(("2026.01.05", None), ("2025.12.31", None)), Some(Ordering::Greater));
    }

    #[test]
    fn then_builds() {
        assert_eq!(newer(("1.0", Some("9")), ("1.0.0", Some("10"))), Some(Ordering::Less));
        assert_eq!(newer(("main", Some("9")), ("1.0.0", Some("10"))), Some(Ordering::Less));
        assert_eq!(newer(("706798123456", Some("9")), ("1", Some("8"))), Some(Ordering::Greater));
    }

    #[test]
    fn nobody_can_tell() {
        assert_eq!(newer(("main", None), ("other", None)), None);
        assert_eq!(newer(("main", Some("a")), ("main", Some("b"))), None);
        assert_eq!(newer(("main", Some("a")), ("main", Some("a"))), Some(Ordering::Equal));
        assert_eq!(newer(("1.2.3.4", None), ("1.2.3.5", None)), None);
    }

    #[test]
    fn then_the_history_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        let who = git2::Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let commit = |message: &str, parents: &[&git2::Commit]| {
            let id = repository.commit(None, &who, &who, message, &tree, parents).unwrap();
            repository.find_commit(id).unwrap()
        };
        let first = commit("first", &[]);
        let (second, aside) = (commit("second", &[&first]), commit("aside", &[&first]));
        let at = |commit: &git2::Commit| release("main", None, Some(&commit.id().to_string()));
        let order = |one, other| order(&at(one), &at(other), Some(folder.path()));
        assert_eq!(order(&second, &first), Some(Ordering::Greater));
        assert_eq!(order(&first, &second), Some(Ordering::Less));
        assert_eq!(order(&first, &first), Some(Ordering::Equal));
        assert_eq!(order(&second, &aside), None);
    }

    proptest! {
        #[test]
        fn turned_around_the_order_is_the_other(
            one in ("v?[0-2](\\.[0-2]){0,3}(-(rc|[0-2])(\\.[0-2])?)?(\\+x)?|[a-c]", "[0-2a]?"),
            other in ("v?[0-2](\\.[0-2]){0,3}(-(rc|[0-2])(\\.[0-2])?)?(\\+x)?|[a-c]", "[0-2a]?"),
        ) {
            let one = release(&one.0, (!one.1.is_empty()).then_some(one.1.as_str()), None);
            let other = release(&other.0, (!other.1.is_empty()).then_some(other.1.as_str()), None);
            prop_assert_eq!(order(&one, &other, None), order(&other, &one, None).map(Ordering::reverse));
            prop_assert_eq!(order(&one, &one, None), Some(Ordering::Equal));
        }
    }
}
