//! Everything that reads what others wrote, as functions of bytes: for the fuzzers in `fuzz/`, and for the
//! tests, which run the same functions over the kept inputs and over changes of them.
//!
//! A function may refuse what it gets, and must not panic. Where there is more to say, it says so: what was
//! written is read as the same again, and a password is not shown.

mod forges;
mod readers;

use crate::vocabulary::ForgeKind;

/// A function that reads bytes of others.
pub struct Target {
    /// As its file in `fuzz/fuzz_targets/` and its folder in `fuzz/seeds/`.
    pub name: &'static str,
    pub run: fn(&[u8]),
}

/// All of them. To add one: a row here, its file in `fuzz/fuzz_targets/` with a `[[bin]]` in
/// `fuzz/Cargo.toml`, and an input or two in `fuzz/seeds/`.
pub const TARGETS: [Target; 15] = [
    Target { name: "pipeline_file", run: readers::pipeline_file },
    Target { name: "variables", run: readers::variables },
    Target { name: "dotenv", run: readers::dotenv },
    Target { name: "set_argument", run: readers::set_argument },
    Target { name: "overlays", run: readers::overlays },
    Target { name: "junit", run: readers::junit },
    Target { name: "descriptor", run: readers::descriptor },
    Target { name: "local_forge", run: readers::local_forge },
    Target { name: "placeholders", run: readers::placeholders },
    Target { name: "image_reference", run: readers::image_reference },
    Target { name: "url", run: readers::url },
    Target { name: "github", run: |answers| forges::run(ForgeKind::GitHub, answers) },
    Target { name: "gitlab", run: |answers| forges::run(ForgeKind::GitLab, answers) },
    Target { name: "gitea", run: |answers| forges::run(ForgeKind::Gitea, answers) },
    Target { name: "azure_devops", run: |answers| forges::run(ForgeKind::AzureDevOps, answers) },
];

/// Runs one of them.
///
/// # Panics
///
/// If there is none of this name, or it finds a fault.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of the list");
    (target.run)(data);
}
