//! Holds: what a rendering's descriptor says of releases that were taken out.

use std::path::Path;

use anyhow::{Context, Result};

use super::descriptor::Descriptor;
use super::rendering::Rendering;
use super::taken_out::{Rollback, TakenOut};

impl Rendering {
    /// Makes it a rollback. `holds` are those of releases that were taken out before.
    pub fn record_rollback(&mut self, rollback: Rollback, holds: Vec<TakenOut>) -> Result<()> {
        self.rollback = Some(rollback.clone());
        self.rewrite(|descriptor| {
            descriptor.rollback = Some(rollback);
            descriptor.holds = holds;
        })
        .map(drop)
    }

    /// Records which releases stay on hold. Whether that changes something is the result.
    pub fn record_holds(&mut self, holds: Vec<TakenOut>) -> Result<bool> {
        self.rewrite(|descriptor| descriptor.holds = holds)
    }

    fn rewrite(&mut self, change: impl FnOnce(&mut Descriptor)) -> Result<bool> {
        let path = Path::new(&self.descriptor);
        let Some(file) = self.files.iter_mut().find(|file| file.path == self.descriptor) else {
            return Ok(false);
        };
        let before = Descriptor::parse(file.content.clone(), path)?;
        let mut descriptor = before.clone();
        change(&mut descriptor);
        if descriptor == before {
            return Ok(false);
        }
        file.content = descriptor.written_now().write().context("cannot record a hold")?.into_bytes();
        Ok(true)
    }
}
