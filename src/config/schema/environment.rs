//! `environments:` in the pipeline file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Gate, Reporters, VariableSource};
use crate::yaml::At;

/// One stage of the pipeline
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Environment {
    /// A DNS label
    pub name: At<String>,
    /// The environments that come first; when absent the one above
    pub needs: Option<Vec<At<String>>>,
    /// The destinations (clusters, regions); when absent one, of the environment's name
    pub targets: Option<At<Vec<At<Target>>>>,
    /// A folder of nested folders, each leaf of which with a `values.yaml` is a target. Its variables are the
    /// `values.yaml` of all folders on the way, the leaf's last. Stands instead of `targets`
    pub targets_from: Option<At<String>>,
    /// Added behind the pipeline's variables
    #[serde(default)]
    pub variables: Vec<At<VariableSource>>,
    /// Snippets applied on top of the manifests: strategic-merge or JSON patches
    #[serde(default)]
    pub overlays: Vec<At<String>>,
    /// Labels of the pull request
    #[serde(default)]
    pub labels: Vec<At<String>>,
    /// Who is asked to review the pull request
    #[serde(default)]
    pub reviewers: Vec<At<String>>,
    /// Who merges; `manual` when absent
    #[serde(default)]
    pub merge: Merge,
    /// What must hold before a release enters
    #[serde(default)]
    pub gates: Vec<At<Gate>>,
    /// What to wait for after the merge
    #[serde(rename = "await", default)]
    pub rollout: Rollout,
    /// Commands that are run after the deployment
    #[serde(default)]
    pub checks: Vec<At<Check>>,
    /// What to do when the deployment or a check fails; `stop` when absent
    pub on_failure: Option<At<OnFailure>>,
    /// Whether secret values may stand in committed files; `refuse` when absent
    #[serde(default)]
    pub secrets: Secrets,
}

/// One destination inside an environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Target {
    /// A DNS label
    pub name: At<String>,
    /// Added behind the environment's variables
    #[serde(default)]
    pub variables: Vec<At<VariableSource>>,
}

/// Who merges
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// Towline
    Auto,
    /// People
    #[default]
    Manual,
}

/// What to do after a failure
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    Stop,
    /// Propose the last verified release again
    Rollback,
}

/// Whether secret values may stand in committed files
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Secrets {
    Allow,
    #[default]
    Refuse,
}

/// What to wait for after the merge
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rollout {
    /// The commit statuses that tell how the deployment went, or `none`
    pub reporters: Option<Reporters>,
    /// How long people have to merge; `24h` when absent
    pub merge: Option<At<String>>,
    /// How long a reporter may stay unseen after the merge; `15m` when absent
    pub appear: Option<At<String>>,
    /// How long a rollout may take; `30m` when absent
    pub finish: Option<At<String>>,
    /// How long a success must hold; `10s` when absent
    pub settle: Option<At<String>>,
    /// How long a failure may still turn into a success; `2m` when absent
    pub grace: Option<At<String>>,
    /// When a newer deployment takes over: `fail`, or `follow` it; `fail` when absent
    #[serde(default)]
    pub superseded: Superseded,
}

/// What to do when a newer deployment takes over
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Superseded {
    #[default]
    Fail,
    Follow,
}

/// A command that is run after the deployment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Check {
    /// What people see; no other check of the environment has it
    pub name: At<String>,
    /// A command line for `sh`, run in the folder of this file
    pub run: At<String>,
    /// `5m` when absent
    pub timeout: Option<At<String>>,
    /// How often it is tried again after a failure; 0 when absent
    #[serde(default)]
    pub retries: u32,
    /// A JUnit file that the command writes, relative to this file
    pub junit: Option<At<String>>,
}
