//! Rendering, as a person sees it: an application's folder goes in, files or a message come out.

mod atomic;
mod determinism;
mod edits;
mod files;
mod hints;
mod hygiene;
mod images;
mod jinja;
mod manifests;
mod output;
mod overlays;
mod support;
mod transform;
mod types;
