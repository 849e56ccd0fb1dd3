//! How a pull request is merged.

/// A forge whose repositories are set to one method says `NotMergeable` to another;
/// there `Merge` is what the repository is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergeMethod {
    #[default]
    Merge,
    Squash,
    FastForward,
}
