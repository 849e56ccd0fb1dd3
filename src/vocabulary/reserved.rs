//! Names that variables may not take.

use super::{Diagnostic, Place};

/// Names that templates have for other things.
pub const RESERVED: [&str; 6] = ["application", "team", "environment", "target", "release", "images"];

/// The error for a variable that takes one of the [`RESERVED`] names.
pub fn reserved(name: &str, place: Option<Place>) -> Diagnostic {
    let message = format!("a variable may not be named `{name}`: templates use that name for something else");
    let hint = format!("other such names: {}", RESERVED.join(", "));
    Diagnostic { place, ..Diagnostic::new(message).hint(hint) }
}
