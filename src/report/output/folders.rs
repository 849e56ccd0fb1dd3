//! `--all`: what a command prints of each folder.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::ProblemOutput;
use crate::vocabulary::Outcome;

/// What a command did in several folders (`--all`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FoldersOutput<T> {
    /// In the order of the globs, those of each by their names
    pub folders: Vec<FolderOutput<T>>,
}

/// What a command did in one folder: what it prints without `--all`
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FolderOutput<T> {
    /// As the glob has found it: `apps/web`
    pub folder: String,
    /// How the command ended there
    pub outcome: Outcome,
    /// Why the outcome is a failure; left out otherwise
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ProblemOutput>,
    /// About this folder, each once
    pub warnings: Vec<ProblemOutput>,
    #[serde(flatten)]
    pub output: Option<T>,
}
