//! Filling the placeholders of a YAML file in place: a scalar that has one is written anew, and the
//! rest of the file is left as it is.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::marked::{AllUnfilled, Marked};
use crate::render::fields::Position;
use crate::render::template::tokens::{block_header, whole};
use crate::variables::Data;
use crate::yaml::{self, Kind, Node};

/// The file with its placeholders filled; `None` if it is not YAML.
pub fn fill(marked: &Marked, file: &Path) -> Option<Result<String, AllUnfilled>> {
    let nodes = yaml::parse(&marked.text, file).ok()?;
    let mut filling = Filling { marked, file, written: BTreeMap::new(), unfilled: Vec::new() };
    nodes.iter().for_each(|node| filling.node(node, &Position::root(), ""));
    Some(filling.finish())
}

struct Filling<'a> {
    marked: &'a Marked,
    file: &'a Path,
    /// What stands in the place of a piece of the text, by where that begins, with its length.
    written: BTreeMap<usize, (usize, String)>,
    unfilled: AllUnfilled,
}

impl Filling<'_> {
    fn node(&mut self, node: &Node, at: &Position, key: &str) {
        match &node.kind {
            Kind::String(text) if self.marked.sentinel.marks(text) => {
                let filled = self.scalar(node, text, at, key);
                self.unfilled.extend(filled.err().into_iter().flatten());
            }
            Kind::Sequence(items) => {
                let at = at.item();
                items.iter().for_each(|item| self.node(item, &at, key));
            }
            Kind::Mapping(entries) => {
                let own = at.in_map(entries);
                let at = own.as_ref().unwrap_or(at);
                for (name, value) in entries {
                    self.node(name, &Position::root(), "name");
                    let name = name.scalar_text();
                    self.node(value, &at.key(&name), &name);
                }
            }
            _ => {}
        }
    }

    fn scalar(&mut self, node: &Node, text: &str, at: &Position, key: &str) -> Result<(), AllUnfilled> {
        let marked = self.marked;
        if block_header(node, &marked.text).is_some() {
            return self.block(node);
        }
        let written = match whole(node, text, &marked.text, marked.sentinel) {
            Some(number) => match &marked.value(number)?.data {
                Data::Scalar(scalar) if self.is_text(key) => {
                    self.write(&scalar.text().map_or(Value::Null, |text| text.into()))
                }
                Data::Scalar(scalar) => self.write(&at.fit(scalar)),
                structure => yaml::write_json(&structure.to_value()),
            },
            None => self.write(&marked.expanded(text, &|| node.place(self.file))?.into()),
        };
        self.written.insert(node.offset, (node.length, written));
        Ok(())
    }

    /// The lines of a block keep their indentation, and those of a value get it.
    fn block(&mut self, node: &Node) -> Result<(), AllUnfilled> {
        let (text, mark) = (&self.marked.text, self.marked.sentinel.mark());
        let end = node.offset + node.length;
        let mut at = node.offset;
        while let Some(begin) = text[at..end].find(mark).map(|found| at + found) {
            let inside = begin + mark.len_utf8();
            let Some(length) = text[inside..end].find(mark) else { break };
            at = inside + length + mark.len_utf8();
            let value = self.marked.expanded(&text[begin..at], &|| node.place(self.file))?;
            let line = &text[text[..begin].rfind('\n').map_or(0, |end| end + 1)..begin];
            let indentation = &line[..line.len() - line.trim_start_matches(' ').len()];
            // The line break of the block follows.
            let value = value.strip_suffix('\n').filter(|_| text[at..].starts_with('\n')).unwrap_or(&value);
            let lines: Vec<&str> = value.split('\n').collect();
            self.written.insert(begin, (at - begin, lines.join(&format!("\n{indentation}"))));
        }
        Ok(())
    }

    /// Whether a field of a file that is no Kubernetes resource is text, whatever is put there.
    fn is_text(&self, key: &str) -> bool {
        const KUSTOMIZE: [&str; 8] = [
            "count",
            "create",
            "disableNameSuffixHash",
            "immutable",
            "includeSelectors",
            "includeTemplates",
            "includeCRDs",
            "optional",
        ];
        match self.file.file_name().and_then(|name| name.to_str()) {
            Some("Chart.yaml") => !["deprecated", "enabled"].contains(&key),
            Some("kustomization.yaml" | "kustomization.yml" | "Kustomization") => !KUSTOMIZE.contains(&key),
            _ => false,
        }
    }

    /// A scalar as it can stand anywhere on a line.
    fn write(&self, value: &Value) -> String {
        let is_json = self.file.extension().is_some_and(|end| end == "json");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._/:@-".contains(c);
        match value {
            Value::String(text) if !is_json && text.chars().all(plain) && !text.ends_with(':') => {
                // What no reader takes for something else needs no quotes.
                let written = yaml::write(value).unwrap_or_default();
                if written.trim_end() == text { text.clone() } else { yaml::write_json(value) }
            }
            value => yaml::write_json(value),
        }
    }

    fn finish(self) -> Result<String, AllUnfilled> {
        if !self.unfilled.is_empty() {
            return Err(self.unfilled);
        }
        let text = &self.marked.text;
        let (mut filled, mut from) = (String::with_capacity(text.len()), 0);
        for (start, (length, written)) in self.written {
            filled.push_str(&self.marked.restored(&text[from..start]));
            filled.push_str(&written);
            from = start + length;
        }
        filled.push_str(&self.marked.restored(&text[from..]));
        Ok(filled)
    }
}
