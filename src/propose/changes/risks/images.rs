//! Images that go back to an older version.

use std::cmp::Ordering;

use super::super::fields::FieldChange;
use super::super::resource::shown;
use super::table::RiskId;
use crate::vocabulary::{ImageReference, version};

/// Wherever a field that is called `image` changes, also in custom resources.
pub fn downgrades(fields: &[FieldChange]) -> Vec<(RiskId, String)> {
    let images = fields
        .iter()
        .filter(|field| field.path.last().is_some_and(|name| name == "image" || name.ends_with("Image")));
    let older = images
        .filter_map(|field| downgrade(field.before.as_ref()?.as_str()?, field.after.as_ref()?.as_str()?));
    older.collect()
}

/// From one reference to another.
pub fn downgrade(before: &str, after: &str) -> Option<(RiskId, String)> {
    let (before, after) = (ImageReference::parse(before).ok()?, ImageReference::parse(after).ok()?);
    let (old, new) = (before.tag?, after.tag?);
    let is_older = before.repository == after.repository && is_older(&new, &old);
    let message =
        || format!("takes {} from {} back to {}", shown(&after.repository), shown(&old), shown(&new));
    is_older.then(|| (RiskId::ImageDowngrade, message()))
}

/// Words that begin the name of a version before the release.
const BEFORE_RELEASE: [&str; 8] = ["alpha", "beta", "dev", "nightly", "pre", "preview", "rc", "snapshot"];

/// Whether a tag is a version that is certainly older than another. What stands behind the numbers is
/// often a flavour (`1.27-alpine`) and tells nothing, and `1.27` moves, so it is not older than `1.27.3`.
fn is_older(new: &str, old: &str) -> bool {
    let (Some(new_parts), Some(old_parts)) = (parts(new), parts(old)) else { return false };
    let common = new_parts.0.len().min(old_parts.0.len());
    match new_parts.0[..common].cmp(&old_parts.0[..common]) {
        Ordering::Less => true,
        Ordering::Equal if new_parts.0.len() == old_parts.0.len() => {
            let comes_before =
                |suffix: &str| BEFORE_RELEASE.iter().any(|word| suffix.to_lowercase().starts_with(word));
            match (new_parts.1, old_parts.1) {
                (new, "") => comes_before(new),
                (one, other) if comes_before(one) && comes_before(other) => {
                    let [new, old] = [new, old].map(|tag| version::parse(&tag.to_lowercase()));
                    new.zip(old).is_some_and(|(new, old)| new < old)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// The one to three numbers of a version, and what stands behind the first `-`.
fn parts(tag: &str) -> Option<(Vec<u64>, &str)> {
    let text = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let (numbers, suffix) = text.split_once('-').unwrap_or((text, ""));
    let numbers: Vec<u64> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    (1..=4).contains(&numbers.len()).then_some((numbers, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_older() {
        let older = [
            ("1.0.0", "1.1.0"),
            ("v1.9.3", "v1.10"),
            ("1.26-alpine", "1.27-alpine"),
            ("1.26-slim", "1.27-alpine"),
            ("1.2.0-rc.1", "1.2.0"),
            ("1.2.0-rc.1", "1.2.0-rc.2"),
            ("1.2.0-RC1", "1.2.0"),
            ("16", "17"),
            ("2026.01.05", "2026.02.01"),
            ("20260105", "20260201"),
        ];
        for (new, old) in older {
            assert!(is_older(new, old), "{new} is older than {old}");
            assert!(!is_older(old, new), "{old} is not older than {new}");
        }
        let cannot_tell = [
            ("1.27", "1.27.3"),
            ("1.27.3-alpine", "1.27.3"),
            ("1.27.3-alpine", "1.27.3-slim"),
            ("latest", "1.0.0"),
            ("main-6f2c1aa", "main-0d41c2e"),
            ("6f2c1aa", "1.0.0"),
            ("1.2.0-5-gabcdef0", "1.2.0-6-gabcdef1"),
        ];
        for (new, old) in cannot_tell {
            assert!(!is_older(new, old) && !is_older(old, new), "{new} and {old}");
        }
    }
}
