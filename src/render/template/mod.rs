//! Towline's own template language, in files of templates and in values of the pipeline file.
//!
//! - [`names`]: what a template can ask for; [`sentinel`] and [`tokens`]: values never become YAML
//! - [`files`] and [`source`]: the files of a step, and which line of them a rendered line comes from
//! - [`environment`]: minijinja, with our [`marks`], [`dialect`], [`filters`], [`methods`], [`values`],
//!   [`limits`] and [`errors`] ([`unknown_filter`])
//! - [`spelling`]: values as they are written
//! - [`expressions`]: expressions outside of templates; [`placeholders`]: `$NAME` and `#{NAME}#`

pub mod dialect;
pub mod environment;
pub mod errors;
pub mod expressions;
pub mod files;
mod filters;
pub mod limits;
pub mod marks;
mod methods;
pub mod names;
pub mod placeholders;
pub mod sentinel;
pub mod source;
pub mod spelling;
pub mod tokens;
mod unknown_filter;
pub mod values;
