//! The pipelines in `templates-examples/ci`, checked by the real linters and run as their systems'
//! runners would run them: each shell step in its order, in a workspace of its own, with the
//! variables that the system documents, against a GitOps repository on this machine.
//!
//! Expressions (`${{ … }}`, `$(…)`) are filled in from small tables; one that no table has fails
//! the test. What is not run is what is no shell: checking out is done by the test, and the waiting
//! task of Azure Pipelines is read, not called.

mod azure;
mod cron;
mod fill;
mod github;
mod gitlab;
mod journey;
mod lint;
mod resume;
mod tekton;
mod world;
