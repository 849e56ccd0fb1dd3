//! Whether a minor of Kubernetes has the kind of a resource, and whether a newer API version has replaced it.

use crate::findings::document_path::DocumentPath;
use crate::findings::finding::{Finding, named};
use crate::kubernetes::{self, Kind, Minor, Stage};
use crate::render::{Resource, group_version};
use crate::vocabulary::text::listed;
use crate::vocabulary::{FindingId, nearest};

/// Versions that are deprecated though no newer one of the same kind is there, the minor since which they
/// are, and what to use instead.
const DEPRECATED: [(&str, &str, &str, &str); 2] = [
    ("v1", "ComponentStatus", "1.25", "ask the components for their health"),
    ("v1", "Endpoints", "1.33", "use `discovery.k8s.io/v1` EndpointSlice"),
];

pub fn is_there(kind: Kind, minor: Minor) -> bool {
    kind.stage(minor) == Stage::There
}

pub fn check(resource: &Resource, minor: Minor) -> Option<Finding> {
    let (api_version, kind) = (resource.id.api_version.as_str(), resource.id.kind.as_str());
    match kubernetes::kind(api_version, kind) {
        None => unknown(resource, minor),
        Some(known) => match known.stage(minor) {
            Stage::There => deprecated(resource, minor),
            Stage::NotYet(since) => {
                let message = format!(
                    "{}: `{api_version}` {kind} is there since Kubernetes {since}, not in {minor}",
                    named(&resource.id)
                );
                Some(found(FindingId::UnknownKind, resource, message, use_instead(resource, minor)))
            }
            Stage::Gone => {
                let message = format!(
                    "{}: Kubernetes {minor} has no `{api_version}` {kind} any more",
                    named(&resource.id)
                );
                Some(found(FindingId::RemovedApi, resource, message, use_instead(resource, minor)))
            }
        },
    }
}

fn found(id: FindingId, resource: &Resource, message: String, hint: Option<String>) -> Finding {
    let finding = Finding::new(id, resource, message).at(DocumentPath::of_keys("apiVersion"));
    Finding { hint, ..finding }
}

/// A kind that is not known, in a group of Kubernetes' own.
fn unknown(resource: &Resource, minor: Minor) -> Option<Finding> {
    let (api_version, kind) = (resource.id.api_version.as_str(), resource.id.kind.as_str());
    let (group, _) = group_version(api_version);
    if !kubernetes::kinds().any(|(of, ..)| group_version(of).0 == group) {
        return None;
    }
    let there = || kubernetes::kinds().filter(|(.., known)| is_there(*known, minor));
    let mut versions: Vec<String> =
        there().filter(|(_, name, _)| *name == kind).map(|(of, ..)| format!("`apiVersion: {of}`")).collect();
    versions.sort();
    let mut near: Vec<&str> =
        there().filter(|(of, ..)| *of == api_version).map(|(_, name, _)| name).collect();
    near.sort_unstable();
    let hint = match versions.is_empty() {
        false => Some(format!("use {}", listed(&versions))),
        true => nearest(kind, near).map(|name| format!("did you mean `{name}`?")),
    };
    let message = format!("{}: Kubernetes has no `{api_version}` {kind}", named(&resource.id));
    let finding = found(FindingId::UnknownKind, resource, message, hint);
    Some(if versions.is_empty() { finding.at(DocumentPath::of_keys("kind")) } else { finding })
}

/// The versions of the same kind that the minor has, those of its own group first.
fn use_instead(resource: &Resource, minor: Minor) -> Option<String> {
    let mut there: Vec<(bool, u8, &str)> = kubernetes::kinds()
        .filter(|(_, kind, known)| *kind == resource.id.kind && is_there(*known, minor))
        .map(|(of, ..)| (group_version(of).0 != group_version(&resource.id.api_version).0, maturity(of), of))
        .collect();
    there.sort_unstable();
    there.first().map(|(_, _, version)| format!("use `apiVersion: {version}`"))
}

/// A stable version comes before a beta, and that before an alpha.
fn maturity(api_version: &str) -> u8 {
    match group_version(api_version).1 {
        version if version.contains("alpha") => 2,
        version if version.contains("beta") => 1,
        _ => 0,
    }
}

fn deprecated(resource: &Resource, minor: Minor) -> Option<Finding> {
    let (api_version, kind) = (resource.id.api_version.as_str(), resource.id.kind.as_str());
    let message =
        format!("{}: `{api_version}` {kind} is deprecated in Kubernetes {minor}", named(&resource.id));
    let listed = DEPRECATED.iter().find(|(of, name, since, _)| {
        *of == api_version && *name == kind && Minor::of_version(since).is_some_and(|since| since <= minor)
    });
    if let Some((.., instead)) = listed {
        return Some(found(FindingId::DeprecatedApi, resource, message, Some((*instead).to_owned())));
    }
    let (group, _) = group_version(api_version);
    let newer = kubernetes::kinds().find(|(of, name, known)| {
        *name == kind && group_version(of).0 == group && maturity(of) == 0 && is_there(*known, minor)
    });
    let (newer, ..) = newer.filter(|_| maturity(api_version) > 0)?;
    Some(found(FindingId::DeprecatedApi, resource, message, Some(format!("use `apiVersion: {newer}`"))))
}
