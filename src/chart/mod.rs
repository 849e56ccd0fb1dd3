//! Chart releases: a Helm chart at the release's version, as what a chart repository holds.
//!
//! For teams whose operators read charts from a repository: [`package()`] makes the `.tgz`, and
//! [`add_to_index`] its entry in `index.yaml`. Both are functions of their inputs alone. The same
//! chart gives the same bytes on every machine and day, so that what was tested in one
//! environment is, by its digest, what the next one gets.

mod folder;
mod ignore;
mod index;
mod package;

pub use folder::Folder;
pub use index::add_to_index;
pub use package::{Package, package};
