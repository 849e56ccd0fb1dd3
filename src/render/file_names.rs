//! The file of each resource: `<kind>-<name>[_<namespace>].yaml`, in a folder that the layout chooses.
//!
//! People keep these names in their GitOps repositories, so a resource gets more than that only where it
//! must: the API group where two kinds share a name, and a hash of its identity where it has characters
//! that not every file system takes, where it is too long, or where another resource would have the same
//! file. Names are lower-case, so that two are never one on a file system that ignores case.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::manifest::{Resource, ResourceId, group_version};
use crate::config::Layout;
use crate::vocabulary::text::hex;

/// The file of all resources with `layout: single`.
pub const SINGLE: &str = "manifests.yaml";
const SUFFIX: &str = ".yaml";
/// The longest file name that file systems take.
const LONGEST: usize = 255;
/// So many characters of a hash tell two identities apart; all of them where those do not.
const SHORT: usize = 10;
const FULL: usize = 64;

/// Gives every resource its file, sorted by file.
pub fn assign(resources: &mut [Resource], layout: Layout) {
    let mut names: Vec<String> = resources.iter().map(|it| plain(&it.id, None)).collect();
    for same in clashes(&names) {
        let groups: HashSet<&str> = same.iter().map(|index| group(&resources[*index].id)).collect();
        for index in same.into_iter().filter(|_| groups.len() > 1) {
            names[index] = plain(&resources[index].id, Some(group(&resources[index].id)));
        }
    }
    for same in clashes(&names) {
        let exact: Vec<usize> =
            same.iter().copied().filter(|index| is_exact(&resources[*index].id)).collect();
        let keeps = if let [only] = exact[..] { Some(only) } else { None };
        for index in same.into_iter().filter(|index| Some(*index) != keeps) {
            names[index] = hashed(&resources[index].id, SHORT);
        }
    }
    for index in clashes(&names).concat() {
        names[index] = hashed(&resources[index].id, FULL);
    }
    for (resource, name) in resources.iter_mut().zip(names) {
        resource.file = name;
    }
    resources.sort_by(|one, other| one.file.cmp(&other.file));
    place(resources, layout);
}

/// Puts the files into the folders of the layout.
fn place(resources: &mut [Resource], layout: Layout) {
    match layout {
        Layout::Flat => return,
        Layout::Kind => {
            for resource in resources.iter_mut() {
                resource.file = format!("{}/{}", escaped(&resource.id.kind), resource.file);
            }
        }
        Layout::App => {
            for resource in resources.iter_mut() {
                if let Some(app) = app(&resource.manifest) {
                    resource.file = format!("{app}/{}", resource.file);
                }
            }
        }
        // What others need comes first: the file may be applied as it is.
        Layout::Single => {
            let rank = |kind: &str| !matches!(kind, "Namespace" | "CustomResourceDefinition");
            resources.sort_by_key(|resource| rank(&resource.id.kind));
            resources.iter_mut().for_each(|resource| SINGLE.clone_into(&mut resource.file));
            return;
        }
    }
    resources.sort_by(|one, other| one.file.cmp(&other.file));
}

/// The folder of a resource by its label `app.kubernetes.io/name`, if it has one.
fn app(manifest: &Value) -> Option<String> {
    let app = manifest.pointer("/metadata/labels/app.kubernetes.io~1name")?.as_str()?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_label = app.chars().all(good) && app.starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_label && app.len() <= 63).then(|| app.to_lowercase())
}

/// The indices of names that are the same, those of one name together.
fn clashes(names: &[String]) -> Vec<Vec<usize>> {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    let mut clashes: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        let earlier = *first.entry(name).or_insert(index);
        if earlier != index {
            clashes.entry(earlier).or_insert_with(|| vec![earlier]).push(index);
        }
    }
    clashes.into_values().collect()
}

/// Without a hash, if that is a name for a file.
fn plain(id: &ResourceId, group: Option<&str>) -> String {
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    let stem = stem(id, group);
    match id.name.chars().all(taken) && stem.len() + SUFFIX.len() <= LONGEST {
        true => stem + SUFFIX,
        false => hashed(id, SHORT),
    }
}

fn hashed(id: &ResourceId, length: usize) -> String {
    let mut hash = Sha256::new();
    for part in [group(id), &id.kind, id.namespace.as_deref().unwrap_or_default(), &id.name] {
        hash.update(part);
        hash.update([0]);
    }
    let hash = &hex(&hash.finalize())[..length];
    let mut stem = stem(id, None);
    // Escaped names are ASCII.
    stem.truncate(LONGEST - SUFFIX.len() - 1 - length);
    format!("{}-{hash}{SUFFIX}", stem.trim_end_matches(['-', '.', '_']))
}

fn stem(id: &ResourceId, group: Option<&str>) -> String {
    let mut stem = escaped(&id.kind);
    if let Some(group) = group.filter(|group| !group.is_empty()) {
        stem += &format!(".{}", escaped(group));
    }
    stem.push('-');
    stem += &escaped(&id.name);
    if let Some(namespace) = &id.namespace {
        stem.push('_');
        stem += &escaped(namespace);
    }
    stem
}

/// Lower-case, with a dash for what not every file system takes.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') => c,
        _ => '-',
    };
    text.chars().map(escape).collect()
}

/// Whether the name is in the file as it is, and nothing else would be there in the same way.
fn is_exact(id: &ResourceId) -> bool {
    id.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
}

fn group(id: &ResourceId) -> &str {
    group_version(&id.api_version).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Place;

    fn files(layout: Layout, ids: &[(&str, &str, &str)]) -> Vec<String> {
        let resource = |&(api_version, kind, name): &(&str, &str, &str)| Resource {
            id: ResourceId {
                api_version: api_version.into(),
                kind: kind.into(),
                namespace: None,
                name: name.into(),
            },
            manifest: serde_json::json!({"metadata": {"labels": {"app.kubernetes.io/name": "Web"}}}),
            file: String::new(),
            text: String::new(),
            origin: Place::default(),
        };
        let mut resources: Vec<Resource> = ids.iter().map(resource).collect();
        assign(&mut resources, layout);
        resources.into_iter().map(|resource| resource.file).collect()
    }

    const RBAC: &str = "rbac.authorization.k8s.io/v1";

    #[test]
    fn an_ordinary_name_stays_beside_one_that_is_escaped() {
        let names = ["system-web", "system:web", "System-Web", "jane@example.com", "a b"];
        let roles: Vec<_> = names.iter().map(|name| (RBAC, "ClusterRole", *name)).collect();
        insta::assert_snapshot!(files(Layout::Flat, &roles).join("\n"), @r"
        clusterrole-a-b-caf0a5310d.yaml
        clusterrole-jane-example.com-5a927acdf8.yaml
        clusterrole-system-web-20cbad18d6.yaml
        clusterrole-system-web-ea1d5e9d3f.yaml
        clusterrole-system-web.yaml
        ");
    }

    #[test]
    fn a_group_is_added_before_a_hash() {
        let same = [("v1", "Service", "web"), ("serving.knative.dev/v1", "Service", "web")];
        assert_eq!(files(Layout::Flat, &same), ["service-web.yaml", "service.serving.knative.dev-web.yaml"]);
    }

    #[test]
    fn a_long_name_is_shortened() {
        let long = "a".repeat(253);
        let file = &files(Layout::Flat, &[("v1", "ServiceAccount", &long)])[0];
        assert_eq!(file.len(), LONGEST);
        assert!(file.starts_with("serviceaccount-aaa") && file.ends_with(SUFFIX), "{file}");
    }

    #[test]
    fn a_layout_chooses_the_folder() {
        let web = [("apps/v1", "Deployment", "web"), ("v1", "Namespace", "web")];
        assert_eq!(
            files(Layout::Kind, &web),
            ["deployment/deployment-web.yaml", "namespace/namespace-web.yaml"]
        );
        assert_eq!(files(Layout::App, &web), ["web/deployment-web.yaml", "web/namespace-web.yaml"]);
        assert_eq!(files(Layout::Single, &web), [SINGLE, SINGLE]);
    }
}
