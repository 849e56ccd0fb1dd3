//! The marks in a text that make it a template.

use crate::config::Delimiters;

/// What begins and ends each part of a template.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    pub variable: (&'static str, &'static str),
    pub block: (&'static str, &'static str),
    pub comment: (&'static str, &'static str),
}

/// Comments begin with nothing that a shell writes: `${#a[@]}` and `${a#*/}` are no comments.
pub fn marks(delimiters: Delimiters) -> Marks {
    let (variable, block, comment) = match delimiters {
        Delimiters::Braces | Delimiters::Shell => (("{{", "}}"), ("{%", "%}"), ("{#", "#}")),
        Delimiters::DollarBraces => (("${{", "}}"), ("${%", "%}"), ("${{#", "#}}")),
        Delimiters::Hash => (("#{", "}#"), ("#%", "%#"), ("#{#", "#}#")),
        Delimiters::Angle => (("<<", ">>"), ("<%", "%>"), ("<#", "#>")),
    };
    Marks { variable, block, comment }
}
