//! Forges on the loopback interface: real HTTP, real branches, kept state.
//!
//! A fake forge is a [`Service`]: a function from [`Request`] to [`Reply`] over a state of its own
//! and the branches of a real bare repository ([`git::Branches`]). [`Server`] puts it behind a
//! port and does for every fake alike:
//! - checks each request and each reply against the vendor's API description ([`spec::Spec`], from
//!   `tests/specs/`), where there are any also against recorded answers of a real server
//!   ([`recorded::Recorded`]); what is refused makes the test fail when the server is dropped;
//! - gives answers an ETag, and 304 to those who have it, where the vendor does;
//! - does what [`faults::Fault`]s say: once each, to the first request that they fit;
//! - writes down what was asked ([`Server::log`]).
//!
//! To add a forge: trim its description (`tests/specs/README.md`), write the service in a file
//! beside this one (its answers start from [`spec::Spec::example`], which has every field that the
//! description requires), then a bench for it in `tests/forge_contract/`.

pub mod azure_devops;
pub mod faults;
pub mod gateway;
pub mod git;
pub mod git_http;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod graphql;
pub mod message;
pub mod people;
pub mod recorded;
pub mod server;
pub mod spec;
pub mod waiting;

pub use faults::Fault;
pub use message::{Reply, Request};
pub use server::{Server, Service};
pub use spec::Spec;
