//! The engines that are other people's: what comes out is what their own tools give, and what
//! goes wrong is said.

mod chains;
mod corpus;
mod helm;
mod high_level;
mod jsonnet;
mod jsonnet_corpus;
mod keep;
mod kustomize;
mod stable;
mod support;
mod tools;
