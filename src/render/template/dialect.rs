//! What Towline's templates do differently from minijinja's, done to a text before it is compiled.
//!
//! - A line that holds nothing but blocks or comments leaves nothing behind, as `trim_blocks` and
//!   `lstrip_blocks` have it. Those two also join `a: {% if b %}c{% endif %}` with the line below,
//!   and take the indentation of `  {% if b %}c: d{% endif %}`. Here such lines stay as they are.
//! - `range`, `dict` and `namespace` are functions only where they are called. A name without a
//!   value is undefined, whatever minijinja would know by it.
//! - `${#` begins no comment: it is how a shell asks for a length.
//!
//! All of it is done by adding characters, so that a place in the text that minijinja knows leads
//! back to one in the template.

use std::ops::Range;

use super::marks::{Marks, marks};
use crate::config::Delimiters;

/// The functions that are there. minijinja knows each by its name with `_` behind it.
pub const FUNCTIONS: [&str; 3] = ["dict", "namespace", "range"];

/// A template as minijinja gets it.
#[derive(Debug, Clone, Default)]
pub struct Adapted {
    pub text: String,
    /// What was added, in order: where in `text`, and how many bytes.
    added: Vec<Range<usize>>,
    /// Whether the end of the last line stays, which minijinja takes away.
    ends_line: bool,
}

impl Adapted {
    pub fn new(template: &str, marks: &Marks) -> Self {
        let ahead = [marks.variable.0, marks.block.0, marks.comment.0].map(|mark| template.find(mark));
        let mut scan = Scan { template, marks, insertions: Vec::new(), tags: Vec::new(), last: 0, ahead };
        scan.run();
        let mut insertions = scan.insertions;
        insertions.sort_by_key(|(at, _)| *at);
        let ends_line = template[scan.last..].ends_with('\n') && template[scan.last..] != *"\n";
        let mut adapted = Self { ends_line, ..Self::default() };
        let mut from = 0;
        for (at, added) in insertions {
            adapted.text.push_str(&template[from..at]);
            let start = adapted.text.len();
            adapted.text.push_str(added);
            adapted.added.push(start..adapted.text.len());
            from = at;
        }
        adapted.text.push_str(&template[from..]);
        adapted
    }

    /// Gives a rendered text the line end that its template has.
    pub fn end_line(&self, rendered: &mut String) {
        if self.ends_line {
            rendered.push('\n');
        }
    }

    /// A piece of the text as it is in the template.
    pub fn original(&self, range: Range<usize>) -> Option<String> {
        let mut piece = String::new();
        let mut from = range.start;
        for added in self.added.iter().filter(|added| added.start < range.end && added.end > range.start) {
            piece.push_str(self.text.get(from..added.start.max(from))?);
            from = added.end;
        }
        piece.push_str(self.text.get(from..range.end.max(from))?);
        Some(piece)
    }
}

/// An expression that stands for itself, as minijinja gets it.
pub fn expression(expression: &str) -> String {
    let adapted = Adapted::new(&format!("{{{{{expression}}}}}"), &marks(Delimiters::Braces)).text;
    adapted[2..adapted.len() - 2].to_owned()
}

/// A block or a comment, from its first to its last character.
struct Tag {
    range: Range<usize>,
    open: &'static str,
    close: &'static str,
}

enum Found {
    Variable,
    Block,
    Comment,
}

struct Scan<'a> {
    template: &'a str,
    marks: &'a Marks,
    insertions: Vec<(usize, &'static str)>,
    tags: Vec<Tag>,
    /// Where the last line of nothing but tags ends.
    last: usize,
    /// Where the next of each mark stands.
    ahead: [Option<usize>; 3],
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut at = 0;
        // A tag without an end is minijinja's to refuse.
        while let Some(next) = self.next(at).and_then(|(start, found)| self.read(start, &found)) {
            at = next;
        }
        self.keep_lines();
    }

    /// Where something begins at or after `from`. Of marks that begin with one another, the longer.
    fn next(&mut self, from: usize) -> Option<(usize, Found)> {
        let Marks { variable, block, comment } = self.marks;
        let marks = [variable.0, block.0, comment.0];
        for (ahead, mark) in self.ahead.iter_mut().zip(marks) {
            // A mark that was seen ahead is not looked for again, however many tags there are.
            if ahead.is_some_and(|ahead| ahead < from) {
                *ahead = self.template[from..].find(mark).map(|at| from + at);
            }
        }
        let found = [Found::Variable, Found::Block, Found::Comment];
        let found = self.ahead.iter().zip(marks).zip(found);
        let found = found.filter_map(|((ahead, mark), found)| Some(((*ahead)?, mark.len(), found)));
        let (at, _, found) = found.min_by_key(|(at, length, _)| (*at, usize::MAX - length))?;
        Some((at, found))
    }

    /// Reads what begins at `start`, and gives where it ends.
    fn read(&mut self, start: usize, found: &Found) -> Option<usize> {
        let Marks { variable, block, comment } = *self.marks;
        match found {
            Found::Comment if comment.0 == "{#" && self.template[..start].ends_with('$') => {
                self.insertions.extend([(start, "{{'"), (start + 2, "'}}")]);
                Some(start + 2)
            }
            Found::Comment => {
                let end = start + self.template[start..].find(comment.1)? + comment.1.len();
                self.tags.push(Tag { range: start..end, open: comment.0, close: comment.1 });
                Some(end)
            }
            Found::Variable => self.expression(start + variable.0.len(), variable.1),
            Found::Block => {
                let end = self.expression(start + block.0.len(), block.1)?;
                self.tags.push(Tag { range: start..end, open: block.0, close: block.1 });
                let inside = self.template[start + block.0.len()..end].trim_start_matches(['-', '+']);
                match inside.trim_start().starts_with("raw") {
                    true => self.raw_end(end),
                    false => Some(end),
                }
            }
        }
    }

    /// Where the `endraw` block begins that belongs to a `raw` block which ends at `from`.
    fn raw_end(&self, from: usize) -> Option<usize> {
        let open = self.marks.block.0;
        let mut starts = self.template[from..].match_indices(open).map(|(at, _)| from + at);
        starts.find(|at| {
            let inside = self.template[at + open.len()..].trim_start_matches(['-', '+']);
            inside.trim_start().starts_with("endraw")
        })
    }

    /// Reads an expression up to its closing mark, and renames the functions that it calls.
    fn expression(&mut self, from: usize, close: &str) -> Option<usize> {
        let template = self.template;
        let (mut at, mut depth) = (from, 0_usize);
        loop {
            let rest = template.get(at..)?;
            let c = rest.chars().next()?;
            if depth == 0 && rest.starts_with(close) {
                return Some(at + close.len());
            }
            at += match c {
                '"' | '\'' => string_length(rest)?,
                c if c.is_alphabetic() || c == '_' => {
                    let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
                    self.function(at, &rest[..length], &rest[length..]);
                    length
                }
                c => {
                    match c {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    c.len_utf8()
                }
            };
        }
    }

    fn function(&mut self, at: usize, name: &str, after: &str) {
        let is_called = after.trim_start().starts_with('(');
        let is_attribute = self.template[..at].trim_end().ends_with('.');
        let is_own = || self.template.contains(&format!("macro {name}"));
        if FUNCTIONS.contains(&name) && is_called && !is_attribute && !is_own() {
            self.insertions.push((at + name.len(), "_"));
        }
    }

    /// Where a line holds more than tags, `+` says to leave its blanks and its end alone.
    fn keep_lines(&mut self) {
        let tags: Vec<&Range<usize>> = self.tags.iter().map(|tag| &tag.range).collect();
        let blank = |range: Range<usize>| self.template[range].trim().is_empty();
        let line_start = |at: usize| self.template[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = |at: usize| self.template[at..].find('\n').map_or(self.template.len(), |to| at + to);
        // Whether there are only tags and blanks on the line, up to a tag and behind it.
        let (mut before, mut after) = (vec![true; tags.len()], vec![true; tags.len()]);
        for index in 0..tags.len() {
            let (start, previous) = (tags[index].start, index.checked_sub(1).map(|index| tags[index].end));
            before[index] = match previous.filter(|end| *end > line_start(start)) {
                Some(end) => before[index - 1] && blank(end..start),
                None => blank(line_start(start)..start),
            };
        }
        for index in (0..tags.len()).rev() {
            let (end, next) = (tags[index].end, tags.get(index + 1).map(|tag| tag.start));
            after[index] = match next.filter(|start| *start < line_end(end)) {
                Some(start) => after[index + 1] && blank(end..start),
                None => blank(end..line_end(end)),
            };
        }
        for ((tag, before), after) in self.tags.iter().zip(before).zip(after) {
            let inside = tag.range.start + tag.open.len()..tag.range.end - tag.close.len();
            let text = &self.template[inside.clone()];
            // What is included has no end of its last line, and the line may indent it.
            let is_include = text.trim_start_matches(['-', '+']).trim_start().starts_with("include");
            if before && after && !is_include {
                self.last = tag.range.end;
                continue;
            }
            if !text.starts_with(['-', '+']) {
                self.insertions.push((inside.start, "+"));
            }
            if !text.ends_with(['-', '+']) {
                self.insertions.push((inside.end, "+"));
            }
        }
    }
}

/// The length of the string that a text begins with.
fn string_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    let end = text[1..].find(|c: char| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(template: &str) -> String {
        Adapted::new(template, &marks(Delimiters::Braces)).text
    }

    #[test]
    fn lines_of_nothing_but_tags_are_left_to_minijinja() {
        for template in ["a\n  {% if b %}\nc\n  {% endif %} {# d #}\n", "{%- if b -%}\n{% endif %}"] {
            assert_eq!(adapted(template), template);
        }
        assert_eq!(adapted("a: {% if b %}c{% endif %}\n"), "a: {%+ if b +%}c{%+ endif +%}\n");
        assert_eq!(adapted("  {%- if b %}c{% endif -%}\n"), "  {%- if b +%}c{%+ endif -%}\n");
        assert_eq!(adapted("  {% include 'a' %}\n"), "  {%+ include 'a' +%}\n");
        assert_eq!(adapted("{% if a\n  and b %}\nc: {# d #}\n"), "{% if a\n  and b %}\nc: {#+ d +#}\n");
    }

    #[test]
    fn functions_are_known_by_their_calls() {
        assert_eq!(adapted("{{ range(3) }} range(3)"), "{{ range_(3) }} range(3)");
        assert_eq!(
            adapted("{{ range }}{{ a.range(1) }}{{ 'range(1)' }}"),
            "{{ range }}{{ a.range(1) }}{{ 'range(1)' }}"
        );
        assert_eq!(adapted("{{ {'a': {'b': range (2)}} }}"), "{{ {'a': {'b': range_ (2)}} }}");
        assert_eq!(
            adapted("{% raw %}{{ range(3) }}{% endraw %}\n"),
            "{%+ raw +%}{{ range(3) }}{%+ endraw +%}\n"
        );
        assert_eq!(expression("range(3) | list"), "range_(3) | list");
    }

    #[test]
    fn what_is_added_can_be_taken_away_again() {
        let template = "a: {% if b %}${#c} {{ range(2) }}{% endif %}\nd: {{ 'é' }}\n";
        let adapted = Adapted::new(template, &marks(Delimiters::Braces));
        assert_eq!(adapted.original(0..adapted.text.len()).unwrap(), template);
        let at = adapted.text.find("range_").unwrap();
        assert_eq!(adapted.original(at..at + 9).unwrap(), "range(2)");
        assert_eq!(adapted.original(0..at).unwrap(), template.split_once("range").unwrap().0);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_adapted(template in r"([{}%#$ \n'a(-]|\{%|%\}|\{\{|\}\}|range|raw|é){0,40}") {
            let adapted = Adapted::new(&template, &marks(Delimiters::Braces));
            proptest::prop_assert_eq!(adapted.original(0..adapted.text.len()).unwrap(), template);
        }
    }
}
