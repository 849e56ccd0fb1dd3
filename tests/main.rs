//! The tests of Towline from the outside, in one program: it is linked once, and the fakes are
//! compiled once.
//!
//! Each file and folder here is a module, and its name selects its tests: `cargo test readme::`,
//! `cargo test forge_contract::git_cache::`.

mod architecture;
mod changes;
mod chaos;
mod chart_package;
mod chart_release;
mod ci_examples;
mod cli;
mod completions;
mod engines;
mod examples;
mod fakes;
mod findings;
mod forge_contract;
mod fuzz;
mod gates;
mod git_races;
mod git_repository;
mod given;
mod init;
mod isolation;
mod kill;
mod locks;
mod operators;
mod overlays_kubectl;
mod pipeline_file;
mod promote;
mod promote_model;
mod propose;
mod quickstart;
mod readme;
mod real;
mod release;
mod reliability;
mod render;
mod reporters;
mod rollout_model;
mod variables;
mod yaml_edit;
mod yaml_kubectl;

/// Cargo does not look for test files by itself, because `autotests` is off.
#[test]
fn every_file_is_a_module_of_this_program() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_module = path.join("mod.rs").exists() || path.extension().is_some_and(|it| it == "rs");
        let is_declared = include_str!("main.rs").contains(&format!("\nmod {name};\n"));
        assert!(!is_module || is_declared || name == "main", "main.rs has no `mod {name};`");
    }
}
