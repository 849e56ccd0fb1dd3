//! How a pull request is merged.

use schemars::JsonSchema;
use serde::Deserialize;

// A forge whose repositories are set to one method says `NotMergeable` to another; there `Merge` is
// what the repository is set to.
/// How a pull request is merged
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MergeMethod {
    /// A merge commit
    #[default]
    Merge,
    /// One new commit
    Squash,
    /// The branch moves to the proposed commit
    FastForward,
}
