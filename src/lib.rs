//! Towline carries a release through its environments the GitOps way.
//!
//! ```text
//! variables ─┐
//! templates ─┼─► render ─► propose ─► rollout ─► checks ─► the next environment
//! release   ─┘   (pure)    (git+forge) (forge+git)           └────── promote ──────┘
//! ```
//!
//! Each step is a function from a request to a plain result. Steps do not call each other, except
//! that [`promote`] calls all of them. Adapters ([`git`], [`forge`], [`variables`]) do not know the
//! steps. [`cli`] turns arguments into requests, and [`report`] prints results.
//!
//! # Map
//!
//! A module imports only modules above it in this table (`tests/architecture.rs`).
//!
//! | module | holds |
//! |---|---|
//! | [`vocabulary`] | errors and their places, outcomes, kinds of forge, image references |
//! | [`secrets`] | what must not be seen, and the filter of everything that is written |
//! | [`boundary`] | opening input files, none of them outside of the repository |
//! | [`clock`] | what time it is, and waiting |
//! | [`outage`] | how long a server that does not answer is asked again |
//! | [`interrupt`] | what an interrupted process undoes |
//! | [`bounds`] | how much memory and time rendering may take, and room for deep recursion |
//! | [`failpoint`] | where tests kill the process |
//! | [`process`] | running programs with limits |
//! | [`lock_file`] | lock files that do not outlive their owner |
//! | [`scratch`] | folders for what is needed for a moment |
//! | [`http`] | the client of the forges' APIs, and the connections of all that speaks HTTP |
//! | [`git`] | repositories, local and remote |
//! | [`forge`] | pull requests and commit statuses |
//! | [`kubernetes`] | the fields of the Kubernetes API's own kinds |
//! | [`yaml`] | reading, writing and editing YAML |
//! | [`variables`] | variables and their sources |
//! | [`gates`] | what must hold before a release enters an environment |
//! | [`reporters`] | who tells how a rollout went, and how that is read |
//! | [`config`] | `towline.yaml` |
//! | [`release`] | version, images and source of a release |
//! | [`chart`] | packages of Helm charts |
//! | [`render`] | templates to manifests, as a pure function |
//! | [`findings`] | what is wrong with manifests that render |
//! | [`gitops`] | what the GitOps repository holds of an application |
//! | [`rollout`] | whether a proposal is merged, and what the clusters report |
//! | [`propose`] | the pull request |
//! | [`promote`] | a release through its environments |
//! | [`source_status`] | what becomes of a release, shown on the commit that it was made from |
//! | [`notify`] | webhooks that are told what happens to releases |
//! | [`init`] | a first pipeline file |
//! | [`report`] | text, JSON, CI systems |
//! | [`cli`] | the commands |
//! | [`fuzz`] | what reads the bytes of others, for fuzzers and tests |

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, clippy::too_many_lines)
)]

#[cfg(not(unix))]
compile_error!("Towline runs on Linux and macOS; on Windows, use it in WSL");

pub mod boundary;
pub mod bounds;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod failpoint;
pub mod findings;
pub mod forge;
#[doc(hidden)]
pub mod fuzz;
pub mod gates;
pub mod git;
pub mod gitops;
pub mod http;
pub mod init;
pub mod interrupt;
pub mod kubernetes;
pub mod lock_file;
pub mod notify;
pub mod outage;
pub mod process;
pub mod promote;
pub mod propose;
pub mod release;
pub mod render;
pub mod report;
pub mod reporters;
pub mod rollout;
pub mod scratch;
pub mod secrets;
pub mod source_status;
pub mod variables;
pub mod vocabulary;
pub mod yaml;
