//! Promoting and awaiting, in one process with a clock that stands still: no sleeping, no timing.

mod azure_resource_graph;
mod chain;
mod checks;
mod gates;
mod heads;
mod people;
mod queue;
mod reporters;
mod rings;
mod rollback;
mod rollback_model;
mod source_status;
mod status;
mod waiting;
mod world;
