//! The steps of `templates:`, and which of their keys belong to which engine.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::helm::{HelmValues, Hooks, Keep};
use super::remote::AllowRemote;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{At, Glob, Period, RelativePath};

/// Ten times what a large chart takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A step that makes manifests
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TemplateStep {
    /// A folder or a file, relative to this file. May use `{{ environment }}`, `{{ target }}` and `{{ application }}`
    pub path: At<RelativePath>,
    /// The environments that this step is for, as names or globs; all when absent
    pub(super) only: Option<At<Vec<At<Glob>>>>,
    /// What reads the templates; found from the content when absent
    engine: Option<At<EngineKind>>,
    /// What marks an expression in `jinja` templates; `{{ }}` when absent
    delimiters: Option<At<Delimiters>>,
    /// `jinja`, `plain`: files that are not read, as globs over paths inside the step's folder
    ignore: Option<At<Vec<Glob>>>,
    /// Hand the steps above to this one, as this file in its folder, instead of concatenating
    pub input: Option<At<RelativePath>>,
    /// `helm`: the name of the release
    pub release: Option<At<String>>,
    /// `helm`: the namespace of the release
    pub namespace: Option<At<String>>,
    /// `helm`: values, a later entry wins over an earlier one
    values: Option<Vec<At<HelmValues>>>,
    /// `helm`: the version of Kubernetes that the chart sees; the one helm was built for when absent
    pub kube_version: Option<At<String>>,
    /// `helm`: API versions that the chart sees beside those of Kubernetes
    api_versions: Option<At<Vec<String>>>,
    /// `helm`: whether the custom resource definitions in `crds/` are rendered; `true` when absent
    crds: Option<At<bool>>,
    /// `helm`: the hooks that are rendered, as ordinary resources; `true` stands for all of them, `false` is none
    hooks: Option<At<Hooks>>,
    /// `helm`: whether tests are rendered, as ordinary resources
    tests: Option<At<bool>>,
    /// `helm`: resources with generated values: what git has is kept when the chart gives another value each time
    keep: Option<At<Vec<Keep>>>,
    /// `kustomize`: whether bases may come over the network: `pinned` allows those whose `ref` is a commit
    allow_remote: Option<At<AllowRemote>>,
    /// `jsonnet`: folders that imports are looked for in, relative to this file, the first first
    jpath: Option<At<Vec<RelativePath>>>,
    /// `jsonnet`: how the files get at variables; `tla` when absent
    variables: Option<At<JsonnetVariables>>,
    /// `helm`, `kustomize`, `jsonnet`: variables filled into the step's own files, before its engine reads them
    pub placeholders: Option<At<Placeholders>>,
    /// `jinja`, `helm`, `kustomize`, `jsonnet`: how long it, or each of its templates, may take; `2m` when absent
    timeout: Option<At<Period>>,
}

/// What reads templates
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Engine")]
pub enum EngineKind {
    Jinja,
    /// YAML as it is
    Plain,
    Helm,
    Kustomize,
    Jsonnet,
}

/// What marks an expression in `jinja` templates
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Delimiters {
    // `{{ x }}`, `{% if %}`, `{# … #}`
    #[default]
    #[serde(rename = "{{ }}")]
    Braces,
    // `${{ x }}`, `${% if %}`, `${# … #}`
    #[serde(rename = "${{ }}")]
    DollarBraces,
    // `#{ x }#`, `#% if %#`, `#* … *#`
    #[serde(rename = "#{ }#")]
    Hash,
    // `<< x >>`, `<% if %>`, `<# … #>`
    #[serde(rename = "<< >>")]
    Angle,
    // `$X`, `${X}` and `${X:-else}`, no blocks; `$$X` is `$X`
    #[serde(rename = "$VAR")]
    Shell,
}

/// How Jsonnet files get at variables
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum JsonnetVariables {
    /// As the arguments of the function that the file is
    #[default]
    #[serde(rename = "tla")]
    Arguments,
    /// With `std.extVar`
    #[serde(rename = "extVar")]
    External,
}

/// Variables filled into files of another engine
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Placeholders {
    /// What marks a placeholder
    pub style: PlaceholderStyle,
    /// Globs over paths inside the step's folder; all files when absent
    #[serde(default)]
    pub files: Vec<Glob>,
    /// Globs over files that are left as they are
    #[serde(default)]
    pub ignore: Vec<Glob>,
}

/// What marks a placeholder
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaceholderStyle {
    /// `$NAME`, `${NAME}`, `${NAME:-else}`
    Shell,
    /// `{{ name }}`
    Jinja,
    /// `#{NAME}#`, `#{NAME:-else}#`
    Tokens,
}

/// Checks the keys of all steps. None is fine where edits of files or a chart are all there is to
/// release.
pub(super) fn check(steps: &At<Vec<TemplateStep>>, none_is_fine: bool) -> Result<()> {
    if steps.is_empty() && !none_is_fine {
        return Err(steps.error("`templates` is empty: there would be nothing to deploy").into());
    }
    steps.iter().try_for_each(TemplateStep::check)
}

impl TemplateStep {
    /// The step that reads what stands at a path, with everything else left out.
    pub fn at(path: At<RelativePath>, delimiters: Option<At<Delimiters>>) -> Self {
        Self { path, delimiters, ..Self::default() }
    }

    /// The engine that is named, or that the keys are of. `None`: to be found from the content.
    pub fn engine(&self) -> Option<EngineKind> {
        let of_keys = || {
            let mut keys = self.engine_keys().into_iter();
            keys.find_map(|(.., readers)| if let [only] = readers { Some(*only) } else { None })
        };
        self.engine.as_ref().map(|engine| engine.value).or_else(of_keys)
    }

    /// As they are written in the step.
    pub fn own_delimiters(&self) -> Option<Delimiters> {
        self.delimiters.as_ref().map(|it| it.value)
    }

    pub fn delimiters(&self) -> Delimiters {
        self.delimiters.as_ref().map(|it| it.value).unwrap_or_default()
    }

    /// Which files are read, by their paths inside the step's folder.
    pub fn reads(&self) -> impl Fn(&str) -> bool {
        let globs = self.ignore.iter().flat_map(|globs| globs.iter());
        let ignored: Vec<_> = globs.map(|glob| glob.0.compile_matcher()).collect();
        move |path| !ignored.iter().any(|glob| glob.is_match(path))
    }

    /// How long a tool, or a template, may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.as_ref().map_or(TIMEOUT, |timeout| timeout.0)
    }

    pub fn values(&self) -> &[At<HelmValues>] {
        self.values.as_deref().unwrap_or_default()
    }

    pub fn api_versions(&self) -> &[String] {
        self.api_versions.as_ref().map_or(&[], |versions| versions)
    }

    /// Whether what stands in the chart's `crds/` is rendered.
    pub fn crds(&self) -> bool {
        self.crds.as_ref().is_none_or(|it| it.value)
    }

    /// The hooks that are rendered. `None`: the step does not say.
    pub fn hooks(&self) -> Option<&Hooks> {
        self.hooks.as_ref().map(|it| &it.value)
    }

    /// The resources whose generated values stay as git has them.
    pub fn keep(&self) -> &[Keep] {
        self.keep.as_ref().map_or(&[], |keep| keep)
    }

    pub fn tests(&self) -> bool {
        self.tests.as_ref().is_some_and(|it| it.value)
    }

    pub fn allow_remote(&self) -> AllowRemote {
        self.allow_remote.as_ref().map(|it| it.value).unwrap_or_default()
    }

    pub fn jpath(&self) -> Vec<PathBuf> {
        self.jpath.iter().flat_map(|folders| folders.iter()).map(|folder| folder.to_path_buf()).collect()
    }

    pub fn jsonnet_variables(&self) -> JsonnetVariables {
        self.variables.as_ref().map(|it| it.value).unwrap_or_default()
    }

    /// A key that the engine does not read would be ignored without a word, so it is an error.
    fn check(&self) -> Result<()> {
        let Some(engine) = self.engine() else { return Ok(()) };
        let mut keys = self.engine_keys().into_iter();
        let Some((key, place, readers)) = keys.find(|(.., readers)| !readers.contains(&engine)) else {
            return Ok(());
        };
        let names: Vec<_> = readers.iter().map(|reader| format!("`{}`", reader.name())).collect();
        let hint = match names.as_slice() {
            [one] => format!("the engine {one} uses it"),
            more => format!("the engines {} use it", more.join(", ")),
        };
        let error = Diagnostic::new(format!("this step's engine does not use `{key}`"));
        Err(error.at(place.clone()).hint(hint).into())
    }

    /// The keys of a step that not every engine reads, as far as they are there.
    fn engine_keys(&self) -> Vec<(&'static str, &Place, &'static [EngineKind])> {
        const OWN: &[EngineKind] = &[EngineKind::Jinja, EngineKind::Plain];
        const TOOLS: &[EngineKind] = &[EngineKind::Helm, EngineKind::Kustomize, EngineKind::Jsonnet];
        const TIMED: &[EngineKind] =
            &[EngineKind::Jinja, EngineKind::Helm, EngineKind::Kustomize, EngineKind::Jsonnet];
        const HELM: &[EngineKind] = &[EngineKind::Helm];
        const KUSTOMIZE: &[EngineKind] = &[EngineKind::Kustomize];
        const JSONNET: &[EngineKind] = &[EngineKind::Jsonnet];
        fn place<T>(key: &Option<At<T>>) -> Option<&Place> {
            key.as_ref().map(|it| &it.place)
        }
        let keys = [
            ("delimiters", place(&self.delimiters), &[EngineKind::Jinja][..]),
            ("ignore", place(&self.ignore), OWN),
            ("release", place(&self.release), HELM),
            ("namespace", place(&self.namespace), HELM),
            ("values", self.values().first().map(|it| &it.place), HELM),
            ("kubeVersion", place(&self.kube_version), HELM),
            ("apiVersions", place(&self.api_versions), HELM),
            ("crds", place(&self.crds), HELM),
            ("hooks", place(&self.hooks), HELM),
            ("tests", place(&self.tests), HELM),
            ("keep", place(&self.keep), HELM),
            ("allowRemote", place(&self.allow_remote), KUSTOMIZE),
            ("jpath", place(&self.jpath), JSONNET),
            ("variables", place(&self.variables), JSONNET),
            ("placeholders", place(&self.placeholders), TOOLS),
            ("input", place(&self.input), TOOLS),
            ("timeout", place(&self.timeout), TIMED),
        ];
        keys.into_iter().filter_map(|(key, place, readers)| Some((key, place?, readers))).collect()
    }
}

impl EngineKind {
    fn name(self) -> &'static str {
        match self {
            EngineKind::Jinja => "jinja",
            EngineKind::Plain => "plain",
            EngineKind::Helm => "helm",
            EngineKind::Kustomize => "kustomize",
            EngineKind::Jsonnet => "jsonnet",
        }
    }
}
