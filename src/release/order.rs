//! Which of two releases is the newer one.

use std::cmp::Ordering;
use std::path::Path;

use git2::{Oid, Repository};
use semver::Version;

use super::{Release, source_tree};
use crate::vocabulary::version;

/// What is known of which of two releases is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `Greater`: the first is newer.
    Known(Ordering),
    /// Nothing says that one comes after the other: they have nothing in common that has an order,
    /// or their commits are on two branches.
    None,
    /// The history of the source would tell, and it is not here.
    NoHistory(MissingHistory),
}

/// Why a history does not tell which of its commits comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingHistory {
    /// The clone is shallow.
    Shallow,
    /// The clone does not have one of the commits.
    Commit,
    /// The source is in no repository.
    Repository,
}

/// How `one` stands to `other`, as far as it is known: [`compare`] for those who only want that.
pub fn order(one: &Release, other: &Release, source_repository: Option<&Path>) -> Option<Ordering> {
    match compare(one, other, source_repository) {
        Order::Known(order) => Some(order),
        Order::None | Order::NoHistory(_) => None,
    }
}

/// Which of two releases is newer.
///
/// The versions decide when both read as versions and differ; else which source commit the other
/// one's history holds, where `source_repository` is given; else the builds, when both are numbers
/// and differ. A build is only a number: running the pipeline of an old commit once more gives it
/// a higher one, and another CI system counts from another. Of the same release with two configurations, the
/// one with the newer configuration is newer.
pub fn compare(one: &Release, other: &Release, source_repository: Option<&Path>) -> Order {
    let versions = compare_versions(&one.version, &other.version).filter(|order| order.is_ne());
    if let Some(order) = versions.or_else(|| same(one, other)) {
        return Order::Known(order);
    }
    let is_same = one.commit == other.commit;
    // What is not committed comes with the commit that it was added to.
    let commit = |release: &'_ Release| {
        let source = if is_same { release.source() } else { release.commit.as_ref() };
        source.and_then(|commit| source_tree::clean(commit)).map(str::to_owned)
    };
    let commits = source_repository.zip(commit(one)).zip(commit(other));
    let history = commits.map(|((folder, one), other)| compare_commits(&one, &other, folder));
    if let Some(Order::Known(order)) = history
        && order.is_ne()
    {
        return Order::Known(order);
    }
    let builds = one.build.as_deref().zip(other.build.as_deref());
    match builds.and_then(|(one, other)| compare_builds(one, other)).filter(|order| order.is_ne()) {
        Some(order) => Order::Known(order),
        None => history.unwrap_or(Order::None),
    }
}

/// The order of two texts that both read as versions: `v1.2`, `1.2.3-rc.1`, `2026.01.05`. Build
/// metadata behind a `+` does not count, as in Semantic Versioning.
pub fn compare_versions(one: &str, other: &str) -> Option<Ordering> {
    Some(version(one)?.cmp_precedence(&version(other)?))
}

/// Nothing tells the two apart.
fn same(one: &Release, other: &Release) -> Option<Ordering> {
    let same = one.version == other.version
        && one.build == other.build
        && one.commit == other.commit
        && one.configuration == other.configuration;
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

fn compare_commits(one: &str, other: &str, source_repository: &Path) -> Order {
    if one == other {
        return Order::Known(Ordering::Equal);
    }
    let Ok(repository) = Repository::discover(source_repository) else {
        return Order::NoHistory(MissingHistory::Repository);
    };
    let missing = match repository.is_shallow() {
        true => Order::NoHistory(MissingHistory::Shallow),
        false => Order::NoHistory(MissingHistory::Commit),
    };
    let (Ok(one), Ok(other)) = (Oid::from_str(one), Oid::from_str(other)) else { return missing };
    let descends = |one, other| repository.graph_descendant_of(one, other);
    match (descends(one, other), descends(other, one)) {
        (Ok(true), _) => Order::Known(Ordering::Greater),
        (_, Ok(true)) => Order::Known(Ordering::Less),
        (Ok(false), Ok(false)) if !repository.is_shallow() => Order::None,
        _ => missing,
    }
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
            configuration: None,
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
    fn the_history_of_the_source_decides_before_the_builds() {
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
        let at = |id: &str, build| release("main", build, Some(id));
        let [first, second, aside] = [first, second, aside].map(|commit| commit.id().to_string());
        let compare = |one: &Release, other: &Release| super::compare(one, other, Some(folder.path()));
        assert_eq!(compare(&at(&second, None), &at(&first, None)), Order::Known(Ordering::Greater));
        assert_eq!(compare(&at(&first, None), &at(&second, None)), Order::Known(Ordering::Less));
        assert_eq!(compare(&at(&first, None), &at(&first, None)), Order::Known(Ordering::Equal));
        assert_eq!(compare(&at(&second, None), &at(&aside, None)), Order::None);
        // The pipeline of an old commit once more, and another CI system.
        assert_eq!(compare(&at(&first, Some("9")), &at(&second, Some("8"))), Order::Known(Ordering::Less));
        assert_eq!(compare(&at(&aside, Some("9")), &at(&second, Some("8"))), Order::Known(Ordering::Greater));
        assert_eq!(compare(&at(&first, Some("9")), &at(&first, Some("8"))), Order::Known(Ordering::Greater));

        let gone = "12".repeat(20);
        let missing = |why| Order::NoHistory(why);
        assert_eq!(compare(&at(&gone, None), &at(&second, None)), missing(MissingHistory::Commit));
        assert_eq!(compare(&at(&gone, Some("9")), &at(&first, Some("8"))), Order::Known(Ordering::Greater));
        std::fs::write(folder.path().join(".git/shallow"), format!("{second}\n")).unwrap();
        assert_eq!(compare(&at(&first, None), &at(&second, None)), missing(MissingHistory::Shallow));
        assert_eq!(compare(&at(&gone, None), &at(&second, None)), missing(MissingHistory::Shallow));
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
