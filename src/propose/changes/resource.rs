//! A resource as one side of a change has it, and the pods that it makes.

use serde_json::Value;

use crate::vocabulary::text::{code_span, one_line, shorten};

/// A resource, with what tells its kind.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The API group; empty for the core.
    pub group: &'a str,
    pub kind: &'a str,
    pub value: &'a Value,
}

/// A pod that a resource makes.
#[derive(Debug, Clone)]
pub struct Pod<'a> {
    /// Where its template stands in the resource: `/spec/template`.
    pub path: String,
    pub spec: &'a Value,
}

/// A container of a pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    pub name: &'a str,
    pub value: &'a Value,
    pub is_init: bool,
}

/// As many characters of a value are shown.
const SHOWN: usize = 80;

/// A value in a sentence, as Markdown and as a terminal show it.
pub fn shown(text: &str) -> String {
    code_span(&shorten(&one_line(text), SHOWN))
}

/// The elements of a list; none where it is something else.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The texts of a list.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).filter_map(Value::as_str)
}

impl<'a> Resource<'a> {
    /// Nothing of what has no kind.
    pub fn of(value: &'a Value) -> Option<Self> {
        let kind = value["kind"].as_str()?;
        let version = value["apiVersion"].as_str().unwrap_or_default();
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        Some(Self { group, kind, value })
    }

    pub fn is(self, group: &str, kinds: &[&str]) -> bool {
        self.group == group && kinds.contains(&self.kind)
    }

    /// What stands at a JSON pointer; `null` where nothing does.
    pub fn at(self, pointer: &str) -> &'a Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub fn name(self) -> &'a str {
        self.at("/metadata/name").as_str().unwrap_or_default()
    }

    pub fn namespace(self) -> &'a str {
        self.at("/metadata/namespace").as_str().unwrap_or_default()
    }

    /// `Kind namespace/name`
    pub fn label(self) -> String {
        match self.namespace() {
            "" => format!("{} {}", self.kind, self.name()),
            namespace => format!("{} {namespace}/{}", self.kind, self.name()),
        }
    }

    pub fn annotation(self, name: &str) -> Option<&'a str> {
        self.at("/metadata/annotations").get(name)?.as_str()
    }

    /// Whether the operator deletes and creates it again where a field cannot be changed.
    pub fn is_forced(self) -> bool {
        let flux = self.annotation("kustomize.toolkit.fluxcd.io/force");
        let argo = self.annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
        let has = |option| argo.split(',').any(|it| it.trim() == option);
        flux.is_some_and(|value| value.eq_ignore_ascii_case("enabled"))
            || (has("Force=true") && has("Replace=true"))
    }

    /// Whether the operator leaves it in the cluster when it is no longer in git.
    pub fn is_kept(self) -> bool {
        let flux = self.annotation("kustomize.toolkit.fluxcd.io/prune");
        let argo = self.annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
        flux.is_some_and(|value| value.eq_ignore_ascii_case("disabled"))
            || argo.split(',').any(|option| option.trim() == "Prune=false")
    }

    /// The pods that it makes, also those of custom resources: wherever containers stand.
    pub fn pods(self) -> Vec<Pod<'a>> {
        let mut pods = Vec::new();
        // The schema of a definition has fields of these names.
        if self.kind != "CustomResourceDefinition" {
            find_pods(String::new(), self.value, &mut pods);
        }
        pods
    }
}

fn find_pods<'a>(path: String, value: &'a Value, pods: &mut Vec<Pod<'a>>) {
    let Some(map) = value.as_object() else {
        let items = value.as_array().into_iter().flatten().enumerate();
        return items.for_each(|(index, item)| find_pods(format!("{path}/{index}"), item, pods));
    };
    let is_container = |it: &Value| it["name"].is_string();
    let containers = map.get("containers").and_then(Value::as_array);
    if containers.is_some_and(|all| !all.is_empty() && all.iter().all(is_container)) {
        let path = path.strip_suffix("/spec").unwrap_or(&path).to_owned();
        pods.push(Pod { path, spec: value });
        return;
    }
    for (name, value) in map {
        find_pods(format!("{path}/{name}"), value, pods);
    }
}

impl<'a> Pod<'a> {
    /// Those that run before the others come first.
    pub fn containers(&self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        let spec = self.spec;
        let lists = [("initContainers", true), ("containers", false)];
        lists.into_iter().flat_map(move |(list, is_init)| {
            let named = items(&spec[list]).filter_map(|value| Some((value["name"].as_str()?, value)));
            named.map(move |(name, value)| Container { name, value, is_init })
        })
    }

    pub fn container(&self, name: &str) -> Option<Container<'a>> {
        self.containers().find(|container| container.name == name)
    }
}

/// The containers that both sides have, each with its pod.
pub fn in_both<'a>(before: Resource<'a>, after: Resource<'a>) -> Vec<[(Pod<'a>, Container<'a>); 2]> {
    let new = after.pods();
    let mut pairs = Vec::new();
    for old in before.pods() {
        let Some(new) = new.iter().find(|new| new.path == old.path) else { continue };
        for container in old.containers() {
            let same = new.container(container.name);
            pairs.extend(same.map(|same| [(old.clone(), container), (new.clone(), same)]));
        }
    }
    pairs
}
