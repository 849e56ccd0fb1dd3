//! Vocabulary: the words that the rest of the crate has in common.
//!
//! A leaf: it imports nothing of ours. What stands here has no other home, because modules that do
//! not know one another need it: errors, warnings, findings and where they are, how a command ends, the kinds of forge,
//! globs, the parts of an image reference, of a repository's URL and of a version, relative paths, the names
//! that variables may not take, and texts made fit for where they go.

mod diagnostic;
mod finding_id;
mod forge_kind;
pub mod glob;
mod ids;
mod image_reference;
mod merge_method;
mod nearest;
mod outcome;
pub mod paths;
mod place;
pub mod repository_url;
mod reserved;
pub mod text;
pub mod version;
mod warning;

pub use diagnostic::{Diagnostic, not_supported_yet};
pub use finding_id::FindingId;
pub use forge_kind::ForgeKind;
pub use image_reference::{ImageReference, check_digest, check_tag};
pub use merge_method::MergeMethod;
pub use nearest::nearest;
pub use outcome::Outcome;
pub use place::Place;
pub use reserved::{OWN_CONTEXTS, RESERVED, refuse_own_context, reserved};
pub use warning::{Warning, WarningId};
