//! Warnings about deployments that a renamed application or environment left behind.

use anyhow::Result;

use super::context::Context;
use crate::gitops::Destinations;
use crate::promote::orphans::{Orphan, orphans};
use crate::release;
use crate::vocabulary::text::one_line;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// The deployments of this source that the pipeline file does not know.
pub fn find(context: &Context, destinations: &Destinations) -> Result<Vec<Orphan>> {
    let source = release::source_repository(&destinations.pipeline.root, &context.process.variables);
    orphans(destinations, source.as_deref())
}

/// Warns of them. What was done is done, so that they cannot be found is no error.
pub fn warn(context: &Context, destinations: &Destinations) {
    for orphan in find(context, destinations).unwrap_or_default() {
        let diagnostic = Diagnostic::new(describe(&orphan)).hint(HINT);
        context.printer.warning(&Warning::new(WarningId::Orphan, diagnostic));
    }
}

pub const HINT: &str = "if it was renamed, write the old name to `formerly` in the pipeline file; if nothing \
                        deploys it any more, put it back into a pipeline file and take it out with `towline remove`";

/// `descriptors/dev/hello.yaml: hello 1.0.0 in dev is in no environment of the pipeline file`
pub fn describe(orphan: &Orphan) -> String {
    let Orphan { application, environment, version, descriptor } = orphan;
    one_line(&format!(
        "{descriptor}: {application} {version} in {environment} is in no environment of the pipeline file"
    ))
}
