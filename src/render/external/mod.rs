//! What engines have in common that render with another tool, or in another tool's language.
//!
//! - [`step`]: such a step, its files, and what becomes of them before an engine reads them
//! - [`placeholders`]: variables in files of another language; [`marked`]: such a file on the way;
//!   [`yaml_file`]: one that is YAML
//! - [`files`]: reading a folder; [`scratch`]: the copy of it that a tool works on
//! - [`tool`]: finding the user's own tool and running it; [`output`]: reading what it printed

pub mod files;
mod marked;
pub mod output;
pub mod placeholders;
pub mod scratch;
pub mod step;
pub mod tool;
mod yaml_file;
