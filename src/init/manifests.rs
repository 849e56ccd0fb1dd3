//! Manifests: files with `apiVersion` and `kind`, and templates of them. A folder of them is one
//! step; files in it that are none are left out.

use std::path::Path;

use serde_json::Value;

use super::candidate::{Candidate, Step};
use super::environments::is_environment;
use super::folder::{Folder, inside};
use super::read;
use crate::config::EngineKind;

/// API groups of files that configure tools, and that no cluster takes.
const TOOLS: [&str; 21] = [
    "apiserver.config.k8s.io/",
    "audit.k8s.io/",
    "backstage.io/",
    "builtin",
    "cli.kyverno.io/",
    "config.kubernetes.io/",
    "ctlptl.dev/",
    "eksctl.io/",
    "internal.config.kubernetes.io/",
    "k3d.io/",
    "kind.x-k8s.io/",
    "kubeadm.k8s.io/",
    "kubelet.config.k8s.io/",
    "kubeproxy.config.k8s.io/",
    "kubescheduler.config.k8s.io/",
    "kustomize.config.k8s.io/",
    "kuttl.dev/",
    "minikube.sigs.k8s.io/",
    "scorecard.operatorframework.io/",
    "skaffold/",
    "tanka.dev/",
];

/// The files of a folder and those below it. Folders of which none is a manifest are one entry.
#[derive(Default)]
struct Survey {
    manifests: Vec<String>,
    others: Vec<String>,
}

/// Finds folders of manifests, outside of those that are `closed`.
pub struct Finder<'a> {
    pub root: &'a Path,
    pub is_closed: &'a dyn Fn(&Folder) -> bool,
}

impl Finder<'_> {
    pub fn candidates(&self, folder: &Folder) -> Vec<Candidate> {
        let below = || folder.folders.iter().flat_map(|folder| self.candidates(folder));
        if (self.is_closed)(folder) {
            return Vec::new();
        }
        let here = self.here(folder);
        if folder.path == "." {
            return self.outermost(folder, here).into_iter().chain(below()).collect();
        }
        let all = self.below(folder);
        let environments = folder.folders.iter().filter(|it| self.is_environment(it));
        let environments: Vec<&Folder> = environments.collect();
        let is_one = match here.manifests.is_empty() {
            true => !all.manifests.is_empty() && all.others.is_empty() && environments.is_empty(),
            false => true,
        };
        if !is_one {
            return below().collect();
        }
        let mut step = step(&folder.path, all);
        let mut candidates = Vec::new();
        if environments.len() > 1 {
            let is_of_one =
                |path: &String| environments.iter().any(|it| path.starts_with(&format!("{}/", it.name())));
            step.ignore.retain(|path| !is_of_one(path));
            step.ignore.extend(environments.iter().map(|it| format!("{}/**", it.name())));
            candidates.extend(environments.iter().flat_map(|folder| self.candidates(folder)));
        }
        candidates.insert(0, Candidate::of(step));
        candidates
    }

    /// The folder of the pipeline file has other files beside manifests. It is a step where that is
    /// shorter than one for each manifest.
    fn outermost(&self, folder: &Folder, here: Survey) -> Vec<Candidate> {
        let mut others = here.others;
        let inner = folder.folders.iter().filter(|it| (self.is_closed)(it) || !self.below(it).is_empty());
        let inner = inner.map(|it| it.path.clone()).chain(folder.closed.iter().cloned());
        others.extend(inner.map(|path| format!("{path}/**")));
        if here.manifests.len() > 1 && here.manifests.len() > others.len() {
            return vec![Candidate::of(step(".", Survey { manifests: here.manifests, others }))];
        }
        let one = |path: String| Candidate::of(Step::new(path, EngineKind::Plain));
        here.manifests.into_iter().map(one).collect()
    }

    fn is_environment(&self, folder: &Folder) -> bool {
        is_environment(folder.name()) && !self.below(folder).manifests.is_empty()
    }

    /// The files of the folder itself.
    fn here(&self, folder: &Folder) -> Survey {
        let mut survey = Survey::default();
        if folder.files.iter().any(|name| name.ends_with(".jsonnet")) {
            return survey;
        }
        for name in folder.files.iter().filter(|name| is_read(name)) {
            let path = folder.file(name);
            match is_manifest(name, &read::text(self.root, &path)) {
                true => survey.manifests.push(path),
                false => survey.others.push(path),
            }
        }
        survey
    }

    fn below(&self, folder: &Folder) -> Survey {
        let mut survey = self.here(folder);
        survey.others.extend(folder.closed.iter().map(|name| format!("{}/**", folder.file(name))));
        for inner in &folder.folders {
            let Survey { manifests, others } = match (self.is_closed)(inner) {
                true => Survey { others: vec![inner.path.clone()], ..Survey::default() },
                false => self.below(inner),
            };
            match manifests.is_empty() {
                true if others.is_empty() => {}
                true => survey.others.push(format!("{}/**", inner.path)),
                false => survey.others.extend(others),
            }
            survey.manifests.extend(manifests);
        }
        survey
    }
}

impl Survey {
    fn is_empty(&self) -> bool {
        self.manifests.is_empty() && self.others.is_empty()
    }
}

fn step(path: &str, survey: Survey) -> Step {
    let others = survey.others.iter().filter_map(|other| inside(path, other));
    let ignore = others.map(str::to_owned).collect();
    Step { ignore, ..Step::new(path, EngineKind::Plain) }
}

/// Whether Towline's own engines read a file of this name.
fn is_read(name: &str) -> bool {
    let ends = [".yaml", ".yml", ".json"];
    !name.starts_with('_') && ends.iter().any(|end| without_template_end(name).ends_with(end))
}

fn without_template_end(name: &str) -> &str {
    name.strip_suffix(".j2").or_else(|| name.strip_suffix(".jinja")).unwrap_or(name)
}

/// Whether a file is a manifest, or a template of one.
fn is_manifest(name: &str, text: &str) -> bool {
    if without_template_end(name).ends_with(".json") {
        return serde_json::from_str::<Value>(text)
            .is_ok_and(|value| is_of_cluster(value["apiVersion"].as_str(), value["kind"].as_str()));
    }
    let kinds = text.lines().filter_map(|line| line.strip_prefix("kind:"));
    let versions = text.lines().filter_map(|line| line.strip_prefix("apiVersion:"));
    versions.zip(kinds).any(|(version, kind)| is_of_cluster(Some(scalar(version)), Some(scalar(kind))))
}

/// The text of a scalar, without quotes and comments.
fn scalar(text: &str) -> &str {
    text.split(" #").next().unwrap_or(text).trim().trim_matches(['"', '\''])
}

fn is_of_cluster(api_version: Option<&str>, kind: Option<&str>) -> bool {
    let (Some(version), Some(kind)) = (api_version, kind) else { return false };
    let is_kubeconfig = version == "v1" && kind == "Config";
    !version.is_empty() && !is_kubeconfig && !TOOLS.iter().any(|tool| version.starts_with(tool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tools_are_no_manifests() {
        assert!(is_manifest("a.yaml", "# x\napiVersion: v1\nkind: Service\n"));
        assert!(is_manifest("a.json", r#"{"apiVersion": "v1", "kind": "Service"}"#));
        assert!(is_manifest(
            "a.yaml.j2",
            "{% if x %}\napiVersion: \"apps/v1\" # y\nkind: Deployment\n{% endif %}"
        ));
        for (name, text) in [
            ("skaffold.yaml", "apiVersion: skaffold/v4beta6\nkind: Config\n"),
            ("kubeconfig.yaml", "apiVersion: v1\nkind: Config\n"),
            ("kind.yaml", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"),
            ("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\n"),
            ("values.yaml", "image: {repository: nginx}\n"),
            ("package.json", r#"{"name": "web"}"#),
        ] {
            assert!(!is_manifest(name, text), "{name}");
        }
    }
}
