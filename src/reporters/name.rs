//! The name of a resource, in which `*` stays a wildcard.

use crate::vocabulary::Diagnostic;
use crate::yaml::written_as;

#[derive(Debug, Clone)]
pub(super) struct ResourceName(pub String);

written_as!(ResourceName = String);

impl TryFrom<String> for ResourceName {
    type Error = Diagnostic;

    fn try_from(name: String) -> Result<Self, Diagnostic> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '*');
        if name.is_empty() {
            return Err(Diagnostic::new("the name is empty"));
        }
        if name.chars().all(known) {
            return Ok(Self(name));
        }
        Err(Diagnostic::new(format!("`{}` is not the name of a resource", name.escape_debug()))
            .hint("lower-case letters, digits, `-`, `.`, and `*` for any of these"))
    }
}
