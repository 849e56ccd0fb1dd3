//! Names that are Towline's own: variables and contexts of reports may not take them.

use super::{Diagnostic, Place};

/// Names that templates have for other things.
pub const RESERVED: [&str; 6] = ["application", "team", "environment", "target", "release", "images"];

/// The error for a variable that takes one of the [`RESERVED`] names.
pub fn reserved(name: &str, place: Option<Place>) -> Diagnostic {
    let message = format!("a variable may not be named `{name}`: templates use that name for something else");
    let hint = format!("other such names: {}", RESERVED.join(", "));
    Diagnostic { place, ..Diagnostic::new(message).hint(hint) }
}

/// Contexts of commit statuses that begin with this are verdicts, which only a promotion writes.
pub const OWN_CONTEXTS: &str = "towline/";

/// Refuses a context that is Towline's own where one of a report is meant, in any case of letters:
/// some forges take `Towline/` for the same.
pub fn refuse_own_context(context: &str) -> Result<(), Diagnostic> {
    let message = "contexts that begin with `towline/` are Towline's own, not reports of a deployment";
    match context.to_lowercase().starts_with(OWN_CONTEXTS) {
        true => Err(Diagnostic::new(message)),
        false => Ok(()),
    }
}
