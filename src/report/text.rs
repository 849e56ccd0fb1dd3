//! Errors and warnings as people read them:
//!
//! ```text
//! error: cannot render dev
//!   because: deploy/web.yaml:3:12: `replcas` is not defined
//!   hint: did you mean `replicas`?
//! ```

use anstyle::AnsiColor;

use super::{Problem, Style};

/// The problem, with a newline at the end. `level` is the word in front: `error`, `warning`, …
pub fn problem(level: &str, problem: &Problem, style: Style) -> String {
    let color = match level {
        "error" => AnsiColor::Red,
        "warning" => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    let mut text = String::new();
    for (depth, cause) in problem.causes.iter().enumerate() {
        let label = match depth {
            0 => {
                let id = problem.id.map(|id| format!("[{id}]")).unwrap_or_default();
                style.bold(color, &format!("{level}{id}:"))
            }
            _ => "  because:".to_owned(),
        };
        text += &format!("{label} {}\n", indent(&cause.to_string()));
    }
    for hint in problem.causes.iter().filter_map(|cause| cause.hint.as_ref()) {
        text += &format!("  {} {}\n", style.color(AnsiColor::Cyan, "hint:"), indent(hint));
    }
    text
}

/// Lines after the first stand below the first.
fn indent(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::{Diagnostic, Place};

    use super::*;

    #[test]
    fn a_problem_has_its_causes_and_hints_below_it() {
        let cause = Diagnostic::new("`x` is not defined\nhere").at(Place::new("web.yaml", 3, 12));
        let causes = vec![Diagnostic::new("cannot render dev"), cause.hint("did you mean `y`?")];
        insta::assert_snapshot!(problem("error", &Problem { causes, id: None }, Style::plain()), @r"
        error: cannot render dev
          because: web.yaml:3:12: `x` is not defined
            here
          hint: did you mean `y`?
        ");
    }
}
