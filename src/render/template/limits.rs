//! How much a template may do: far more than one needs, and less than a mistake takes.

use super::marks::Marks;

/// Instructions that one template may take. A large template takes some ten thousand.
pub const FUEL: u64 = 1_000_000;
/// Bytes that one template may give.
pub const MAX_OUTPUT: usize = 16 << 20;
/// How deep includes and macros may call one another; each level takes some of the stack.
pub const MAX_DEPTH: usize = 60;
/// Bytes of one `{{ }}` or `{% %}`: the parser, and what it makes, take some of the stack for each
/// operator.
const MAX_TAG: usize = 256 << 10;
/// The same holds for each `elif`.
const MAX_BRANCHES: usize = 20_000;

/// What in a template is more than it may have.
pub fn exceeded(template: &str, marks: &Marks) -> Option<String> {
    if template.matches("elif").count() > MAX_BRANCHES {
        return Some(format!("there are more than {MAX_BRANCHES} branches"));
    }
    let too_long = [marks.variable, marks.block].into_iter().any(|(open, close)| {
        let mut tags = template.split(open).skip(1);
        tags.any(|rest| rest.len() > MAX_TAG && rest.find(close).unwrap_or(rest.len()) > MAX_TAG)
    });
    too_long.then(|| format!("an expression is longer than {} KiB", MAX_TAG >> 10))
}
