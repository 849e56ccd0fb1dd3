//! `validate:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kubernetes::{self, Minor};
use crate::vocabulary::{Diagnostic, FindingId, nearest};
use crate::yaml::{At, Glob, Line, RelativePath, written_as};

/// How manifests are checked against the schemas of Kubernetes
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Validate {
    /// The version of Kubernetes, in quotes: `"1.34"`; default: the newest that Towline knows
    pub kubernetes: Option<KubernetesVersion>,
    /// Folders or files with JSON Schemas or custom resource definitions, relative to this file
    #[serde(default)]
    pub schemas: Vec<RelativePath>,
    /// Refuse resources that have no schema
    #[serde(default)]
    pub strict: bool,
    /// Findings that are accepted
    #[serde(default)]
    pub ignore: Vec<At<Ignore>>,
    /// What every container must have
    #[serde(default)]
    pub require: Vec<Requirement>,
}

impl Validate {
    /// The minor of Kubernetes that manifests are for.
    pub fn minor(&self) -> Minor {
        self.kubernetes.as_ref().map_or_else(|| kubernetes::minors().1, |version| version.0)
    }
}

/// Findings that are accepted
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Ignore {
    /// Which findings: `unpinned-image`
    pub id: IgnoredId,
    /// Why they are accepted
    pub reason: Line,
    /// The resources, as `KIND/NAME`, where both may be globs; default: all
    pub resource: Option<Glob>,
}

/// What every container must have
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// A readiness probe, and a liveness or a startup probe, where pods serve
    Probes,
    /// Limits of memory, and requests of memory and CPU
    Limits,
    /// `runAsNonRoot: true`, its own or that of its pod
    RunAsNonRoot,
}

/// `1.34`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KubernetesVersion(pub Minor);

/// The id of a finding, as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IgnoredId(pub FindingId);

written_as!(KubernetesVersion = String, IgnoredId = String);

impl TryFrom<String> for KubernetesVersion {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let Some(minor) = Minor::of_version(&text) else {
            return Err(Diagnostic::new(format!("`{}` is not a version of Kubernetes", text.escape_debug()))
                .hint("write major and minor, in quotes: `\"1.34\"`"));
        };
        let (oldest, newest) = kubernetes::minors();
        if minor < oldest || minor > newest {
            return Err(Diagnostic::new(format!("there are no schemas of Kubernetes {minor}")).hint(
                format!("there are those of {oldest} to {newest}; without `kubernetes`, the newest counts"),
            ));
        }
        Ok(Self(minor))
    }
}

impl TryFrom<String> for IgnoredId {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let known = || FindingId::ALL.iter().map(|id| id.as_str());
        if let Some(id) = FindingId::ALL.iter().find(|id| id.as_str() == text) {
            return Ok(Self(*id));
        }
        let hint = match nearest(&text, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of: {}", known().collect::<Vec<_>>().join(", ")),
        };
        Err(Diagnostic::new(format!("no finding has the id `{}`", text.escape_debug())).hint(hint))
    }
}
