//! What went wrong, as data: the text report, the JSON report and the annotations of CI systems
//! all print from it, so that they say the same thing.

use std::fmt::Display;

use crate::secrets;
use crate::vocabulary::{Diagnostic, Place, Warning};

/// An error or a warning, with its causes.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// What was being done, then why it failed, then why that failed; at least one.
    pub causes: Vec<Diagnostic>,
    /// Which warning or finding it is, if it is one.
    pub id: Option<&'static str>,
}

impl Problem {
    /// All causes in one line, without places.
    pub fn message(&self) -> String {
        self.causes.iter().map(|cause| cause.message.as_str()).collect::<Vec<_>>().join(": ")
    }

    /// The problem of one of several folders. A place says itself which.
    pub fn in_folder(mut self, folder: &str) -> Self {
        if self.place().is_none()
            && let Some(first) = self.causes.first_mut()
        {
            first.message = format!("{folder}: {}", first.message);
        }
        self
    }

    /// The problem as everybody may see it.
    pub fn without_secrets(mut self) -> Self {
        let hide = |text: &mut String| *text = secrets::redact(text).into_owned();
        for cause in &mut self.causes {
            hide(&mut cause.message);
            cause.hint.iter_mut().for_each(hide);
            if let Some(place) = &mut cause.place {
                place.file = secrets::redact(&place.file.to_string_lossy()).into_owned().into();
            }
        }
        self
    }

    /// The place nearest to the root of the matter.
    pub fn place(&self) -> Option<&Place> {
        self.causes.iter().rev().find_map(|cause| cause.place.as_ref())
    }

    /// The hint nearest to the root of the matter.
    pub fn hint(&self) -> Option<&str> {
        self.causes.iter().rev().find_map(|cause| cause.hint.as_deref())
    }
}

impl From<&Diagnostic> for Problem {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self::from(diagnostic.clone())
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { causes: vec![diagnostic], id: None }
    }
}

impl From<&Warning> for Problem {
    fn from(warning: &Warning) -> Self {
        Self { id: Some(warning.id.as_str()), ..Self::from(&warning.diagnostic) }
    }
}

impl From<&anyhow::Error> for Problem {
    fn from(error: &anyhow::Error) -> Self {
        let mut causes: Vec<Diagnostic> = Vec::new();
        for cause in error.chain() {
            let diagnostic = match cause.downcast_ref::<Diagnostic>() {
                Some(diagnostic) => diagnostic.clone(),
                None => context(error, cause),
            };
            match causes.iter_mut().find(|above| tells(above, &diagnostic.message)) {
                Some(above) => {
                    above.place = above.place.take().or(diagnostic.place);
                    above.hint = above.hint.take().or(diagnostic.hint);
                }
                None => causes.push(diagnostic),
            }
        }
        Self { causes, id: None }
    }
}

/// Whether an error repeats its cause at the end of its own text, as some do.
fn tells(above: &Diagnostic, cause: &str) -> bool {
    above.message == cause || above.message.ends_with(&format!(": {cause}"))
}

/// A cause that is not a [`Diagnostic`] by itself. It can be one that was added with
/// `anyhow::Context`, which only the error as a whole can tell.
fn context(error: &anyhow::Error, cause: &dyn Display) -> Diagnostic {
    let message = cause.to_string();
    match error.downcast_ref::<Diagnostic>() {
        Some(diagnostic) if diagnostic.to_string() == message => diagnostic.clone(),
        _ => Diagnostic::new(message),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    fn lines(error: anyhow::Error) -> Vec<String> {
        Problem::from(&error).causes.iter().map(Diagnostic::to_string).collect()
    }

    #[test]
    fn causes_stand_in_order_and_none_is_told_twice() {
        let error = anyhow!("permission denied").context("cannot write x: permission denied");
        assert_eq!(
            lines(error.context("cannot render")),
            ["cannot render", "cannot write x: permission denied"]
        );
    }

    #[test]
    fn a_diagnostic_is_found_as_cause_and_as_context() {
        let diagnostic = || Diagnostic::new("no").at(Place::new("a.yaml", 1, 2)).hint("say yes");
        let cause = Err::<(), _>(anyhow::Error::from(diagnostic())).context("cannot").unwrap_err();
        let context = Err::<(), _>(anyhow!("cannot")).context(diagnostic()).unwrap_err();
        for error in [cause, context] {
            let problem = Problem::from(&error);
            assert_eq!(problem.hint(), Some("say yes"));
            assert_eq!(problem.place().unwrap().to_string(), "a.yaml:1:2");
        }
    }
}
