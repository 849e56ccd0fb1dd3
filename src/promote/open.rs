//! Opens an environment of a promotion.

use anyhow::{Context, Result};

use crate::config::Environment;
use crate::gitops::{Destination, Destinations};

/// Opens an environment, and says which one when that fails.
pub fn open<'a>(destinations: &Destinations<'a>, environment: &'a Environment) -> Result<Destination<'a>> {
    let opened = destinations.open(environment);
    opened.with_context(|| format!("cannot open environment `{}`", environment.name))
}
