//! Render: turns templates, variables and a release into manifests. A pure function of its inputs.
//!
//! It uses neither git nor a forge. The same inputs give the same bytes.
//!
//! ```text
//! engine ─► overlays ─► images ─► transform ─► layout ─► taint ─► descriptor
//! (text)    (patches)   (tags)    (names …)     (files)   (secrets)
//! ```
//!
//! - [`environment`]: the steps above, for one environment
//! - [`request`], [`rendering`], [`manifest`]: what goes in, and what comes out; [`deployed`]: what git
//!   has, for values that are generated once
//! - [`engine`]: the table of template engines, one file or folder an engine; [`contract`] is what an
//!   engine is; [`template`] and [`external`] are what engines share
//! - [`namespaces`]: where resources are that name no namespace
//! - [`overlays`]: patches of single resources; [`transform`]: changes of all of them
//! - [`scope`]: whether a kind belongs to a namespace
//! - [`images`], [`layout`], [`taint`]: the release's images, what each resource is, and secrets that
//!   must not be in them; [`file_names`]: the file of each
//! - [`fields`]: the types that Kubernetes has for the fields of a manifest
//! - [`leftovers`]: values that no cluster takes
//! - [`unjudged`]: resources whose health the declared operator cannot tell
//! - [`inputs`], [`source_paths`]: what a release is made from, and where that is
//! - [`threads`]: what targets and steps are rendered on
//! - [`files`]: everything that goes into the GitOps repository
//! - [`edits`], [`package`], [`high_level`], [`kustomization`]: files that are no manifests
//! - [`record`]: a descriptor that is there and says the same; [`taken_out`] and [`holds`]: what it says of
//!   releases that were rolled back
//! - [`descriptor`]: the record of it all, with [`recorded_files`]; [`ownership`]: which files may be
//!   deleted and overwritten; [`output`]: a rendering on disk,
//!   with [`on_disk`], [`folder_change`], [`twin`], [`scratch`] and [`target_folder`]

mod contract;
mod deployed;
pub mod descriptor;
mod digest;
pub mod edits;
mod engine;
mod environment;
pub(crate) mod external;
mod fields;
mod file_names;
mod files;
mod folder_change;
mod high_level;
mod holds;
mod images;
mod inputs;
mod kustomization;
mod layout;
mod leftovers;
pub mod manifest;
mod namespaces;
mod on_disk;
mod output;
pub mod overlays;
pub mod ownership;
mod package;
mod paths;
mod provenance;
mod record;
mod recorded_files;
mod rendering;
mod request;
mod ring;
mod scope;
mod scratch;
mod source_paths;
mod taint;
pub mod taken_out;
mod target_folder;
pub(crate) mod template;
mod texts;
mod threads;
mod transform;
mod twin;
pub mod unjudged;

pub use deployed::{Deployed, is_manifest};
pub use edits::Edit;
pub use engine::external_engine;
pub use environment::{render, render_all};
pub use images::repositories;
pub use inputs::{InputDigests, ReleaseInputs, USUAL_PLACE};
pub use manifest::{File, RenderedTarget, Resource, ResourceId, group_version, join};
pub use recorded_files::RecordedFiles;
pub use rendering::{EarlierPackage, Rendering};
pub use request::RenderRequest;
pub use ring::{RingRecord, WaitingTarget};
pub use source_paths::SourcePaths;
pub use template::environment::has_expressions;
pub use threads::prepare as prepare_threads;
