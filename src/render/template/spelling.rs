//! Rendering with numbers and booleans as they are written.
//!
//! In expressions a value is what it is: `1.10` is a number to compare and to calculate with. In text it
//! is what is written. No value of minijinja is both, so a template is rendered with the one and
//! then, if some variable makes a difference, with the other (see [`values`](super::values)).

use super::names::Names;
use super::tokens::Tokens;
use super::values::Context;
use crate::variables::Scalar;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// What templates see, for both ways.
pub struct Contexts {
    plain: Context,
    as_written: Option<Context>,
    spelled: Vec<(String, Scalar)>,
}

/// A text with tokens in place of values.
pub struct Tokenized {
    pub text: String,
    pub tokens: Tokens,
    /// Without a place.
    pub warning: Option<Warning>,
}

impl Contexts {
    pub fn new(names: &Names) -> Self {
        let as_written = names.are_unusual().then(|| Context::as_written(names));
        Self { plain: Context::new(names), as_written, spelled: names.spelled() }
    }

    /// What `render` makes of the contexts.
    pub fn render(
        &self,
        render: impl Fn(&Context) -> Result<(String, Tokens), Diagnostic>,
    ) -> Result<Tokenized, Diagnostic> {
        let (text, mut tokens) = render(&self.plain)?;
        let Some(context) = &self.as_written else { return Ok(Tokenized { text, tokens, warning: None }) };
        let again = render(context);
        if let Some(name) = context.doubtful_condition() {
            let message = format!("a condition takes `{name}` for true, and its text means false");
            let hint = format!("write `{name} | bool`, or compare it with a text");
            return Err(Diagnostic::new(message).hint(hint));
        }
        let lost = match again {
            Ok((same, written)) if same == text => tokens.respell(written, &self.spelled),
            _ => tokens.without_spelling(&self.spelled),
        };
        let warning = lost.map(warning);
        Ok(Tokenized { text, tokens, warning })
    }
}

fn warning((name, scalar): &(String, Scalar)) -> Warning {
    let (written, value) = (scalar.text().unwrap_or_default(), scalar.to_value());
    let message = format!(
        "`{name}` is written `{written}` and may be inserted as `{value}`, because an expression compares or \
         calculates with it or with another value that has a spelling of its own"
    );
    let hint = "put the value in quotes where it is defined, which makes it text";
    Warning::new(WarningId::LostSpelling, Diagnostic::new(message).hint(hint))
}
