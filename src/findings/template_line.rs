//! The line of a template that a field is written in.
//!
//! A template is no YAML yet, so this looks for the keys of the path one below the other, by their
//! indentation. Where a key could be meant by several lines, or by none, the line above it is the answer:
//! the wrong line would be worse than one that is near.

use std::collections::HashMap;
use std::path::PathBuf;

use super::document_path::{DocumentPath, Step};
use super::grouped::Grouped;
use crate::boundary::Boundary;
use crate::config::Pipeline;

const STATEMENT: &str = "{%";

/// Gives findings the lines that their fields are written in.
pub fn fill_in(pipeline: &Pipeline, found: &mut [Grouped]) {
    let boundary = Boundary::of(&pipeline.root);
    let mut texts: HashMap<PathBuf, Option<String>> = HashMap::new();
    for Grouped { finding, .. } in found {
        if finding.place.line == 0 || finding.path.0.is_empty() {
            continue;
        }
        let file = &finding.place.file;
        let text = texts.entry(file.clone()).or_insert_with(|| {
            let path = file.strip_prefix(&pipeline.root).unwrap_or(file);
            String::from_utf8(boundary.read(path).ok()?).ok()
        });
        if let Some(text) = text {
            finding.place.line = line(text, finding.place.line, &finding.path);
            finding.place.column = 0;
        }
    }
}

/// A line of a map or a list, without what is in front of its key.
struct Line<'a> {
    number: usize,
    /// The columns in front of the key; for the first one of an item that is behind the dash. A statement of
    /// the template is deeper than all.
    indent: usize,
    /// The column of the dash of an item.
    dash: Option<usize>,
    text: &'a str,
}

/// The line in which the value at `path` is written, of the document that begins in line `first`.
fn line(text: &str, first: usize, path: &DocumentPath) -> usize {
    let lines = lines(text, first);
    let mut region = lines.as_slice();
    let mut at = first;
    for step in &path.0 {
        let next = match step {
            Step::Key(key) => below_key(region, key),
            Step::Item(index) => below_item(region, *index),
        };
        let Some((number, below)) = next else { break };
        (at, region) = (number, below);
    }
    at
}

/// The lines of the document that hold something, one for each key.
fn lines(text: &str, first: usize) -> Vec<Line<'_>> {
    let all = text.lines().enumerate().skip(first.saturating_sub(1));
    let document =
        all.skip_while(|(_, line)| line.starts_with("---")).take_while(|(_, line)| !line.starts_with("---"));
    let mut lines = Vec::new();
    for (index, whole) in document {
        let mut rest = whole.trim_start();
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        if rest.starts_with(STATEMENT) {
            lines.push(Line { number: index + 1, indent: usize::MAX, dash: None, text: rest });
            continue;
        }
        let mut indent = whole.len() - rest.len();
        let mut dash = None;
        while let Some(behind) =
            rest.strip_prefix("- ").or_else(|| rest.strip_prefix('-').filter(|it| it.is_empty()))
        {
            dash = dash.or(Some(indent));
            let text = behind.trim_start();
            indent += rest.len() - text.len();
            rest = text;
        }
        lines.push(Line { number: index + 1, indent, dash, text: rest });
    }
    lines
}

/// The line of a key of a map, and the lines of its value.
fn below_key<'a, 'b>(region: &'b [Line<'a>], key: &str) -> Option<(usize, &'b [Line<'a>])> {
    let indent = region.iter().map(|line| line.indent).find(|indent| *indent != usize::MAX)?;
    let is_key = |line: &Line| {
        let rest = line.text.strip_prefix(key).or_else(|| {
            let quoted = line.text.strip_prefix(['"', '\''])?;
            quoted.strip_prefix(key)?.strip_prefix(['"', '\''])
        });
        line.indent == indent && rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    let mut hits = region.iter().enumerate().filter(|(_, line)| is_key(line));
    let (at, line) = hits.next()?;
    if hits.next().is_some() {
        return None;
    }
    let below = &region[at + 1..];
    // The items of a list may stand as far to the left as its key.
    let belongs = |it: &Line| it.indent > indent && it.dash.is_none_or(|dash| dash >= indent);
    let end = below.iter().position(|it| !belongs(it)).unwrap_or(below.len());
    Some((line.number, &below[..end]))
}

/// The line of an item of a list, and its lines.
fn below_item<'a, 'b>(region: &'b [Line<'a>], index: usize) -> Option<(usize, &'b [Line<'a>])> {
    let dash = region.first()?.dash?;
    let starts: Vec<usize> = (0..region.len()).filter(|at| region[*at].dash == Some(dash)).collect();
    let start = *starts.get(index)?;
    // A loop before it may have given any number of items.
    if region[..start].iter().any(|line| line.text.starts_with(STATEMENT)) {
        return None;
    }
    let end = starts.get(index + 1).copied().unwrap_or(region.len());
    Some((region[start].number, &region[start..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
# A comment
---
apiVersion: apps/v1
kind: Deployment
spec:
  replicas: {{ replicas }}
  template:
    spec:
      initContainers:
      {% for name in names %}
      - name: {{ name }}
        image: web
      {% endfor %}
      - name: last
      containers:
      - name: first
      - name: last
        ports:
          - containerPort: 80
            protocoll: TCP
      {% if a %}
      hostname: a
      {% else %}
      hostname: b
      {% endif %}
---
spec: 1
";

    #[test]
    fn a_field_is_found_by_the_keys_above_it() {
        let path = |keys: &str| DocumentPath::of_keys(keys);
        assert_eq!(line(TEMPLATE, 2, &path("spec.replicas")), 6);
        let containers = path("spec.template.spec.containers");
        assert_eq!(line(TEMPLATE, 3, &containers), 15);
        assert_eq!(line(TEMPLATE, 3, &containers.clone().item(0).key("name")), 16);
        let port = containers.item(1).key("ports").item(0);
        assert_eq!(line(TEMPLATE, 3, &port.clone().key("containerPort")), 19);
        assert_eq!(line(TEMPLATE, 3, &port.key("protocoll")), 20);
    }

    #[test]
    fn what_two_lines_could_mean_is_told_by_the_one_above() {
        let path = |keys: &str| DocumentPath::of_keys(keys);
        assert_eq!(line(TEMPLATE, 3, &path("spec.template.spec.hostname")), 8);
        assert_eq!(line(TEMPLATE, 3, &path("spec.missing.deeper")), 5);
        let repeated = path("spec.template.spec.initContainers");
        assert_eq!(line(TEMPLATE, 3, &repeated.item(1).key("name")), 9);
    }
}
